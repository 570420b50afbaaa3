/* Pseudo-likelihood and mean field of a pairwise machine. */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/lateral.h"
#include "temper/parallel.h"

enum { ROWS = 4096 }; /* taken together by the gradient of the pseudo-likelihood */

/* ---- pseudo-likelihood ------------------------------------------------------------------------------------------- */

/* ln p(s_i | others) = −ln(1 + exp(−y)), y the log odds of the value that s_i has. Its gradient with respect to J_ij is r_i s_j/T, and to
 * h_i it is r_i/T, with the residual r_i = s_i − ⟨s_i⟩; so a pair has r_i s_j + r_j s_i. */
typedef struct {
    const temper_lateral *m;
    const temper_rows_view *rows;
    int64_t first, n;
    float *s, *r, *w; /* [blocks][n+1][16] twice, [blocks][16] */
    double *out;
    double scale;
    float *grad;
} pseudo;

static temper_status residual_block(void *context, int64_t block) {
    const pseudo *p = context;
    const temper_lateral *m = p->m;
    const int64_t stride = (m->n + 1) * LANES;
    float *s = p->s + block * stride, *r = p->r + block * stride;
    for (int64_t l = 0; l < LANES && block * LANES + l < p->n; l++) {
        const int64_t row = p->first + block * LANES + l;
        double sum = 0;
        for (int64_t i = 0; i < m->n; i++) s[i * LANES + l] = p->rows->X[row * p->rows->columns + i];
        for (int64_t i = 0; i < m->n; i++) {
            double x = (double)m->h[i], v = (double)s[i * LANES + l];
            for (int64_t k = m->start[i]; k < m->end[i]; k++)
                x += (double)m->J[k] * (double)s[(int64_t)m->to[k] * LANES + l];
            double y = m->spin ? 2 * v * x / m->T : (2 * v - 1) * x / m->T, t = temper_exp(-fabs(y));
            sum -= (y < 0 ? -y : 0) + temper_log1p(t);
            double wrong = (y < 0 ? 1 : t) / (1 + t); /* 1/(1 + e^y): s_i has the other value */
            r[i * LANES + l] = (float)(m->spin ? 2 * v * wrong : (2 * v - 1) * wrong);
        }
        if (p->out) p->out[row] = sum;
        p->w[block * LANES + l] = p->rows->weight ? (float)p->rows->weight[row] : 1;
    }
    return TEMPER_OK;
}

static temper_status gather_row(void *context, int64_t i) {
    const pseudo *p = context;
    const temper_lateral *m = p->m;
    const temper_lateral_sums sums = {(p->n + LANES - 1) / LANES, p->s, p->r, p->w};
    temper_lateral_kernel()->products(&m->rows, &sums, i, true, p->scale, p->grad + m->first[i]);
    double sum = 0;
    for (int64_t c = 0; c < sums.blocks; c++)
        for (int l = 0; l < LANES; l++)
            sum += (double)p->w[c * LANES + l] * (double)p->r[(c * (m->n + 1) + i) * LANES + l];
    p->grad[m->pairs + i] += (float)(p->scale * sum);
    return TEMPER_OK;
}

static double total_weight(const temper_rows_view *rows) {
    double sum = 0;
    for (int64_t i = 0; i < rows->n; i++) sum += rows->weight ? rows->weight[i] : 1;
    return sum;
}

temper_status temper_lateral_pseudo(const temper_lateral *m, const temper_rows_view *rows, double *out,
                                    float *grad) {
    if (m->n > m->V)
        return temper_fail(TEMPER_CANNOT,
                           "boltzmann: pseudo-likelihood needs hidden=0; this machine has %lld hidden units",
                           (long long)(m->n - m->V));
    const int64_t most = rows->n < ROWS ? rows->n : ROWS, blocks = (most + LANES - 1) / LANES;
    const size_t block = (size_t)((m->n + 1) * LANES);
    float *room = temper_alloc((size_t)blocks, (2 * block + LANES) * sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    pseudo p = {
        .m = m, .rows = rows, .s = room, .r = room + (size_t)blocks * block, .out = out, .grad = grad};
    p.w = p.r + (size_t)blocks * block;
    p.scale = 1 / (m->T * total_weight(rows));
    for (p.first = 0; p.first < rows->n; p.first += most) {
        p.n = rows->n - p.first < most ? rows->n - p.first : most;
        memset(p.w, 0, (size_t)(blocks * LANES) * sizeof *p.w); /* lanes beyond the last row weigh nothing */
        (void)temper_parallel((p.n + LANES - 1) / LANES, residual_block, &p);
        if (grad) (void)temper_parallel(m->n, gather_row, &p);
    }
    temper_release(room);
    return TEMPER_OK;
}

/* ---- mean field: Plefka 1982; Thouless, Anderson and Palmer 1977 ---------------------------------------------------
 * With V_i the variance of a unit of mean m_i (1 − m², or m(1 − m)), couplings over T:
 *
 *     ln Z ≈ Σ S(m_i) + Σ h_i m_i + Σ_{i<j} J_ij m_i m_j  [order 2: + ½ Σ_{i<j} J_ij² V_i V_j]
 *
 * stationary where the field of unit i is h_i + Σ J_ij m_j [+ ½ V'(m_i) Σ_j J_ij² V_j]. Units in turn, halfway to the new mean. */

enum { ITERATIONS = 10000 };
static const double CLOSE = 1e-10;

static double variance(bool spin, double m) { return spin ? (1 - m) * (1 + m) : m * (1 - m); }

static double field_at(const temper_lateral *m, int order, const double *mean, int64_t i) {
    double x = (double)m->h[i] / m->T, reaction = 0;
    for (int64_t k = m->start[i]; k < m->end[i]; k++) {
        double J = (double)m->J[k] / m->T, mj = mean[m->to[k]];
        x += J * mj;
        reaction += J * J * variance(m->spin, mj);
    }
    return order == 1 ? x : x + 0.5 * (m->spin ? -2 * mean[i] : 1 - 2 * mean[i]) * reaction;
}

static double mean_in(bool spin, double x) {
    return spin ? temper_tanh(x) : 0.5 + 0.5 * temper_tanh(0.5 * x);
}

static double iterate(const temper_lateral *m, int order, double *mean) {
    double residual = 1;
    for (int k = 0; k < ITERATIONS && residual > CLOSE; k++) {
        residual = 0;
        for (int64_t i = 0; i < m->n; i++) {
            double change = 0.5 * (mean_in(m->spin, field_at(m, order, mean, i)) - mean[i]);
            mean[i] += change;
            if (fabs(change) > residual) residual = fabs(change);
        }
    }
    return residual;
}

static double entropy(double p) { return p > 0 ? -p * temper_log(p) : 0; }

static double plefka(const temper_lateral *m, int order, const double *mean, float *stat) {
    double log_z = 0;
    for (int64_t i = 0; i < m->n; i++) {
        double p = m->spin ? 0.5 * (1 + mean[i]) : mean[i], V = variance(m->spin, mean[i]);
        log_z += entropy(p) + entropy(1 - p) + (double)m->h[i] / m->T * mean[i];
        for (int64_t k = m->above[i]; k < m->end[i]; k++) {
            double J = (double)m->J[k] / m->T, mj = mean[m->to[k]], VV = V * variance(m->spin, mj);
            log_z += J * mean[i] * mj + (order == 2 ? 0.5 * J * J * VV : 0);
            if (stat) stat[m->pair[k]] = (float)((mean[i] * mj + (order == 2 ? J * VV : 0)) / m->T);
        }
        if (stat) stat[m->pairs + i] = (float)(mean[i] / m->T);
    }
    return log_z;
}

temper_status temper_lateral_mean_field(const temper_lateral *m, int order, const temper_flock *from,
                                        double *log_z, float *stat, double *residual) {
    if (order < 1 || order > 2)
        return temper_fail(TEMPER_CANNOT, "boltzmann: mean field of order %d; legal: 1 (naive), 2 (TAP)",
                           order);
    double *mean = temper_alloc((size_t)m->n, sizeof *mean);
    if (!mean) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < m->n; i++) {
        const float *state = from ? from->state : NULL;
        mean[i] = mean_in(m->spin, (double)m->h[i] / m->T);
        if (!from || i >= m->V) continue;
        mean[i] = 0;
        for (int64_t c = 0; c < from->chains; c++)
            mean[i] += (double)state[(c / LANES * (m->n + 1) + i) * LANES + c % LANES] / (double)from->chains;
    }
    double last = iterate(m, order, mean);
    *log_z = plefka(m, order, mean, stat);
    if (residual) *residual = last;
    temper_release(mean);
    return TEMPER_OK;
}
