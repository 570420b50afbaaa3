/* Potts machines unit by unit: pseudo-likelihood and the Plefka expansion of ln Z. */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/potts.h"
#include "temper/parallel.h"

/* ---- pseudo-likelihood: Σ_i ln p(x_i | the others) ---- */

enum { CHUNK = 512 }; /* rows whose residues are kept together */

typedef struct {
    const temper_potts *m;
    const temper_rows_view *rows;
    int64_t first, n; /* rows of this chunk */
    double total;     /* weight of all rows */
    uint8_t *x;       /* [CHUNK/16][V][16], and [V][CHUNK] in turned */
    uint8_t *turned;
    double *residue; /* [V][CHUNK][q]: w ([x_i = a] − p_i(a)) */
    double *out;
    float *grad;
} looking;

/* ln p(x_i = state) from fields f[q][16] of one lane; residue ← w ([x_i = a] − p(a)). */
static double look_at(int64_t q, const float *f, int64_t state, double w, double *residue) {
    double z = 0, top = (double)f[0], e[TEMPER_POTTS_MOST];
    for (int64_t a = 1; a < q; a++) top = (double)f[a * LANES] > top ? (double)f[a * LANES] : top;
    for (int64_t a = 0; a < q; a++) z += e[a] = temper_exp((double)f[a * LANES] - top);
    for (int64_t a = 0; a < q; a++) residue[a] = w * ((a == state) - e[a] / z);
    return (double)f[state * LANES] - top - temper_log(z);
}

/* Sixteen rows; those that are not there lie in state 0. */
static temper_status look_at_block(void *context, int64_t block) {
    const looking *k = context;
    const temper_potts *m = k->m;
    const int64_t V = m->V, q = m->q, r = block * LANES, left = k->n - r, rows = left < LANES ? left : LANES;
    const temper_potts_table table = {V, q, m->pad, m->slab, m->field};
    uint8_t *x = k->x + r * V;
    float f[TEMPER_POTTS_MOST * LANES];
    double sum[LANES] = {0};
    memset(x, 0, (size_t)(LANES * V));
    for (int64_t l = 0; l < rows; l++) {
        const float *row = k->rows->X + (k->first + r + l) * k->rows->columns;
        for (int64_t i = 0; i < V; i++) x[i * LANES + l] = k->turned[i * CHUNK + r + l] = (uint8_t)row[i];
    }
    for (int64_t i = 0; i < V; i++) {
        temper_potts_kernel()->field(&table, i, x, f);
        for (int64_t l = 0; l < rows; l++) {
            const double w = (k->rows->weight ? k->rows->weight[k->first + r + l] : 1) / k->total;
            sum[l] += look_at(q, f + l, x[i * LANES + l], w, k->residue + (i * CHUNK + r + l) * q);
        }
    }
    for (int64_t l = 0; k->out && l < rows; l++) k->out[k->first + r + l] = sum[l];
    return TEMPER_OK;
}

/* All pairs (i, j > i), which unit i and unit j both see. */
static temper_status slope_of_unit(void *context, int64_t i) {
    const looking *k = context;
    const temper_potts *m = k->m;
    const int64_t V = m->V, q = m->q;
    const double *mine = k->residue + i * CHUNK * q;
    const uint8_t *x = k->turned + i * CHUNK;
    double G[TEMPER_POTTS_MOST * TEMPER_POTTS_MOST], h[TEMPER_POTTS_MOST] = {0};
    for (int64_t r = 0; r < k->n; r++)
        for (int64_t a = 0; a < q; a++) h[a] += mine[r * q + a];
    for (int64_t a = 0; a < q; a++) k->grad[m->pairs * q * q + i * q + a] += (float)h[a];
    for (int64_t j = i + 1; m->coupled && j < V; j++) {
        const double *other = k->residue + j * CHUNK * q;
        const uint8_t *y = k->turned + j * CHUNK;
        float *to = k->grad + temper_pair_number(V, i, j) * q * q;
        memset(G, 0, (size_t)(q * q) * sizeof *G);
        for (int64_t r = 0; r < k->n; r++) {
            for (int64_t a = 0; a < q; a++) G[a * q + y[r]] += mine[r * q + a];
            for (int64_t b = 0; b < q; b++) G[x[r] * q + b] += other[r * q + b];
        }
        for (int64_t s = 0; s < q * q; s++) to[s] += (float)G[s];
    }
    return TEMPER_OK;
}

temper_status temper_potts_pseudo(const temper_potts *m, const temper_rows_view *rows, double *out,
                                  float *grad) {
    looking k = {.m = m, .rows = rows, .out = out, .grad = grad};
    for (int64_t r = 0; r < rows->n; r++) k.total += rows->weight ? rows->weight[r] : 1;
    if (!(k.total > 0))
        return temper_fail(TEMPER_BAD_OPTION, "maxent: weights of the rows sum to %g; legal: above 0",
                           k.total);
    k.x = temper_alloc((size_t)(2 * CHUNK * m->V), 1);
    k.residue = temper_alloc((size_t)(CHUNK * m->V * m->q), sizeof *k.residue);
    k.turned = k.x ? k.x + CHUNK * m->V : NULL;
    temper_status bad = k.x && k.residue ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (; !bad && k.first < rows->n; k.first += CHUNK) {
        k.n = rows->n - k.first < CHUNK ? rows->n - k.first : CHUNK;
        bad = temper_parallel((k.n + LANES - 1) / LANES, look_at_block, &k);
        if (!bad && grad) bad = temper_parallel(m->V, slope_of_unit, &k);
    }
    temper_release(k.x);
    temper_release(k.residue);
    return bad;
}

/* ---- Plefka expansion ----
 * ln Z ≈ extremum over m of Σ_i [h_i·m_i − Σ_a m_i ln m_i] + Σ_{i<j} m_i J_ij m_j + ½ Σ_{i<j} K_ij,
 * K_ij = Σ_ab m_i(a) m_j(b) D(a, b)², D = J less its means over a, over b, plus its mean over both, all with weights m: the variance of what
 * the pair adds to −E beyond what each of its units could explain. */

enum { TURNS = 2000 };
static const double ENOUGH = 1e-12;

typedef struct {
    const temper_potts *m;
    int order;
    const double *now; /* [V][q] */
    double *next;
    float *stat;
    double *unit; /* [V] terms of ln Z */
} plefka;

static double coupling(const temper_potts *m, int64_t i, int64_t j, int64_t a, int64_t b) {
    return (double)m->slab[temper_potts_place(m, i, j, a, b)];
}

/* Σ_b m_j(b) J(a, b) for each a, and Σ_a m_i(a) J(a, b) for each b. */
static double means_of(const plefka *p, int64_t i, int64_t j, double *over_b, double *over_a) {
    const int64_t q = p->m->q;
    const double *mi = p->now + i * q, *mj = p->now + j * q;
    double all = 0;
    memset(over_b, 0, (size_t)q * sizeof *over_b);
    memset(over_a, 0, (size_t)q * sizeof *over_a);
    for (int64_t b = 0; b < q; b++)
        for (int64_t a = 0; a < q; a++) {
            double J = coupling(p->m, i, j, a, b);
            over_b[a] += mj[b] * J, over_a[b] += mi[a] * J;
        }
    for (int64_t a = 0; a < q; a++) all += mi[a] * over_b[a];
    return all;
}

/* x(a) = h(a) + Σ_j [Σ_b m_j J + ½ ∂K_ij/∂m_i(a)], and m ∝ e^x, half way from where it was. */
static temper_status turn_unit(void *context, int64_t i) {
    const plefka *p = context;
    const temper_potts *m = p->m;
    const int64_t q = m->q;
    double x[TEMPER_POTTS_MOST], over_b[TEMPER_POTTS_MOST], over_a[TEMPER_POTTS_MOST], top = -INFINITY, z = 0;
    for (int64_t a = 0; a < q; a++) x[a] = (double)m->field[i * m->pad + a];
    for (int64_t j = 0; m->coupled && j < m->V; j++) {
        if (j == i) continue;
        const double all = means_of(p, i, j, over_b, over_a), *mj = p->now + j * q;
        for (int64_t a = 0; a < q; a++) {
            double square = 0;
            for (int64_t b = 0; p->order > 1 && b < q; b++) {
                double D = coupling(m, i, j, a, b) - over_b[a] - over_a[b] + all;
                square += mj[b] * D * D;
            }
            x[a] += over_b[a] + 0.5 * square;
        }
    }
    for (int64_t a = 0; a < q; a++) top = x[a] > top ? x[a] : top;
    for (int64_t a = 0; a < q; a++) z += x[a] = temper_exp(x[a] - top);
    for (int64_t a = 0; a < q; a++) p->next[i * q + a] = 0.5 * p->now[i * q + a] + 0.5 * x[a] / z;
    return TEMPER_OK;
}

/* What unit i and its pairs with j > i add to ln Z; their statistics are the slopes of it. */
static temper_status sum_unit(void *context, int64_t i) {
    const plefka *p = context;
    const temper_potts *m = p->m;
    const int64_t q = m->q;
    const double *mi = p->now + i * q;
    double over_b[TEMPER_POTTS_MOST], over_a[TEMPER_POTTS_MOST], sum = 0;
    for (int64_t a = 0; a < q; a++) {
        sum += mi[a] * (double)m->field[i * m->pad + a] - (mi[a] > 0 ? mi[a] * temper_log(mi[a]) : 0);
        if (p->stat) p->stat[m->pairs * q * q + i * q + a] = (float)mi[a];
    }
    for (int64_t j = i + 1; m->coupled && j < m->V; j++) {
        const double *mj = p->now + j * q, all = means_of(p, i, j, over_b, over_a);
        float *stat = p->stat ? p->stat + temper_pair_number(m->V, i, j) * q * q : NULL;
        sum += all;
        for (int64_t a = 0; a < q; a++)
            for (int64_t b = 0; b < q; b++) {
                double D = p->order > 1 ? coupling(m, i, j, a, b) - over_b[a] - over_a[b] + all : 0;
                sum += 0.5 * mi[a] * mj[b] * D * D;
                if (stat) stat[a * q + b] = (float)(mi[a] * mj[b] * (1 + D));
            }
    }
    p->unit[i] = sum;
    return TEMPER_OK;
}

/* Frequencies of the chains of a flock, or 1/q. */
static void begin_at(const temper_potts *m, const temper_flock *from, double *now) {
    const double each = from ? 1 / (double)from->chains : 0, least = from ? 1e-6 : 1 / (double)m->q;
    for (int64_t k = 0; k < m->V * m->q; k++) now[k] = least;
    for (int64_t c = 0; from && c < from->chains; c++)
        for (int64_t i = 0; i < m->V; i++)
            now[i * m->q + ((const uint8_t *)from->state)[(c / LANES * m->V + i) * LANES + c % LANES]] +=
                each;
}

temper_status temper_potts_mean_field(const temper_potts *m, int order, const temper_flock *from,
                                      double *log_z, float *stat, double *residual) {
    const int64_t numbers = m->V * m->q;
    if (order > 2)
        return temper_fail(TEMPER_CANNOT, "maxent: mean field of order=%d of categories; legal: 1, 2", order);
    double *now = temper_alloc((size_t)(2 * numbers + m->V), sizeof *now);
    if (!now) return TEMPER_NO_MEMORY;
    plefka p = {m, order, now, now + numbers, stat, now + 2 * numbers};
    begin_at(m, from, now);
    *residual = 1;
    for (int turn = 0; turn<TURNS && * residual> ENOUGH; turn++) {
        (void)temper_parallel(m->V, turn_unit, &p);
        *residual = 0;
        for (int64_t k = 0; k < numbers; k++) {
            double change = fabs(p.next[k] - now[k]);
            *residual = change > *residual ? change : *residual;
        }
        memcpy(now, p.next, (size_t)numbers * sizeof *now);
    }
    (void)temper_parallel(m->V, sum_unit, &p);
    *log_z = 0;
    for (int64_t i = 0; i < m->V; i++) *log_z += p.unit[i];
    temper_release(now);
    return TEMPER_OK;
}
