/* Potts machines: packing, gauge, chains. */
#include "core/potts.h"
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "kernel/kernel.h"
#include "temper/parallel.h"

enum { GROUP = 8, EIGHT = 8 };            /* blocks that pass the slab of a unit together */
static const double NUMBERS_MAX = 0x1p29; /* in the slabs */

temper_status temper_potts_build(temper_potts *m) {
    const double numbers = (double)m->V * (double)m->V * (double)(m->q * (m->q + EIGHT - 1));
    if (m->q < 2 || m->q > TEMPER_POTTS_MOST)
        return temper_fail(TEMPER_BAD_OPTION, "maxent: %lld states in a column; legal: 2 … %d",
                           (long long)m->q, TEMPER_POTTS_MOST);
    if (m->coupled && numbers > NUMBERS_MAX)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "maxent: features=pairs of %lld columns with %lld states need %.3g numbers; legal: "
            "at most 2^29 (features=fields has none)",
            (long long)m->V, (long long)m->q, numbers);
    m->pad = (m->q + EIGHT - 1) / EIGHT * EIGHT;
    m->pairs = m->coupled ? m->V * (m->V - 1) / 2 : 0;
    m->field = temper_alloc((size_t)(m->V * m->pad), sizeof *m->field);
    if (!m->field) return TEMPER_NO_MEMORY;
    if (m->coupled) m->slab = temper_alloc((size_t)(m->V * m->V * m->q * m->pad), sizeof *m->slab);
    return m->coupled && !m->slab ? TEMPER_NO_MEMORY : TEMPER_OK;
}

void temper_potts_clear(temper_potts *m) {
    temper_release(m->slab);
    temper_release(m->field);
}

typedef struct {
    temper_potts *m;
    const float *theta;
} packing;

static temper_status pack_unit(void *context, int64_t i) {
    const packing *p = context;
    const temper_potts *m = p->m;
    const int64_t V = m->V, q = m->q, pad = m->pad;
    const float *h = p->theta + m->pairs * q * q + i * q;
    for (int64_t a = 0; a < q; a++) m->field[i * pad + a] = h[a];
    for (int64_t j = 0; m->coupled && j < V; j++) {
        if (j == i) continue;
        const float *J = p->theta + temper_pair_number(V, i < j ? i : j, i < j ? j : i) * q * q;
        const int64_t of_a = i < j ? q : 1, of_b = i < j ? 1 : q;
        for (int64_t b = 0; b < q; b++)
            for (int64_t a = 0; a < q; a++)
                m->slab[temper_potts_place(m, i, j, a, b)] = J[a * of_a + b * of_b];
    }
    return TEMPER_OK;
}

void temper_potts_pack(temper_potts *m, const float *theta) {
    packing p = {m, theta};
    m->theta = theta;
    (void)temper_parallel(m->V, pack_unit, &p);
}

/* ---- zero-sum gauge: J ← J − (mean over a) − (mean over b) + (mean over both), and what is taken from J goes to the fields ---- */

typedef struct {
    const temper_potts *m;
    float *theta;
} gauging;

/* h_i(a) += Σ_j (mean over b of J_ij − mean over both), less its own mean. Every unit takes its own share: first all of them. */
static temper_status gauge_field(void *context, int64_t i) {
    const gauging *g = context;
    const int64_t V = g->m->V, q = g->m->q;
    float *h = g->theta + g->m->pairs * q * q + i * q;
    double sum[TEMPER_POTTS_MOST], mean = 0;
    for (int64_t a = 0; a < q; a++) sum[a] = (double)h[a];
    for (int64_t j = 0; g->m->coupled && j < V; j++) {
        if (j == i) continue;
        const float *J = g->theta + temper_pair_number(V, i < j ? i : j, i < j ? j : i) * q * q;
        const int64_t of_a = i < j ? q : 1, of_b = i < j ? 1 : q;
        for (int64_t a = 0; a < q; a++) {
            double row = 0;
            for (int64_t b = 0; b < q; b++) row += (double)J[a * of_a + b * of_b];
            sum[a] += row / (double)q;
        }
    }
    for (int64_t a = 0; a < q; a++) mean += sum[a] / (double)q;
    for (int64_t a = 0; a < q; a++) h[a] = (float)(sum[a] - mean);
    return TEMPER_OK;
}

/* Then the couplings of i with all j > i. */
static temper_status gauge_row(void *context, int64_t i) {
    const gauging *g = context;
    const int64_t V = g->m->V, q = g->m->q;
    float *J = g->theta + temper_pair_number(V, i, i + 1) * q * q;
    for (int64_t j = i + 1; j < V; j++, J += q * q) {
        double row[TEMPER_POTTS_MOST] = {0}, column[TEMPER_POTTS_MOST] = {0}, all = 0;
        for (int64_t a = 0; a < q; a++)
            for (int64_t b = 0; b < q; b++) row[a] += (double)J[a * q + b], column[b] += (double)J[a * q + b];
        for (int64_t a = 0; a < q; a++) all += row[a] / (double)(q * q);
        for (int64_t a = 0; a < q; a++) row[a] /= (double)q, column[a] /= (double)q;
        for (int64_t a = 0; a < q; a++)
            for (int64_t b = 0; b < q; b++)
                J[a * q + b] = (float)((double)J[a * q + b] - row[a] - column[b] + all);
    }
    return TEMPER_OK;
}

void temper_potts_gauge(const temper_potts *m, float *theta) {
    gauging g = {m, theta};
    (void)temper_parallel(m->V, gauge_field, &g);
    if (m->coupled) (void)temper_parallel(m->V, gauge_row, &g);
}

/* ---- chains ---- */

static int64_t blocks_of(const temper_flock *f) { return (f->chains + LANES - 1) / LANES; }
static uint8_t *block_of(const temper_potts *m, const temper_flock *f, int64_t block) {
    return (uint8_t *)f->state + block * m->V * LANES;
}
/* Unit i of a chain; unit i + 1 is LANES further. */
static uint8_t *unit_of(const temper_potts *m, const temper_flock *f, int64_t chain, int64_t i) {
    return block_of(m, f, chain / LANES) + i * LANES + chain % LANES;
}

/* Scratch: words [blocks][V][16] of a sweep, or states [V][chains] for the statistics. */
void temper_potts_sizes(const temper_potts *m, int64_t chains, size_t *state, size_t *scratch) {
    size_t blocks = (size_t)((chains + LANES - 1) / LANES);
    *state = blocks * LANES * (size_t)m->V;
    *scratch = *state * sizeof(uint32_t);
}

static temper_potts_table table_of(const temper_potts *m) {
    return (temper_potts_table){m->V, m->q, m->pad, m->slab, m->field};
}

typedef struct {
    const temper_potts *m;
    temper_flock *flock;
    temper_potts_bath bath;
    temper_potts_table table;
    temper_purpose purpose;
    int64_t sweeps;
} sweeping;

static temper_status sweep_group(void *context, int64_t group) {
    const sweeping *s = context;
    const temper_potts *m = s->m;
    temper_flock *f = s->flock;
    const int64_t first = group * GROUP, left = blocks_of(f) - first, blocks = left < GROUP ? left : GROUP;
    uint32_t *words = (uint32_t *)f->scratch + first * m->V * LANES;
    for (int64_t k = 0; k < s->sweeps; k++) {
        temper_kernel()->words(f->stream, s->purpose, f->clock + k, first * m->V * LANES,
                               blocks * m->V * LANES, words);
        for (int64_t i = 0; i < m->V; i++)
            temper_potts_kernel()->visit(&s->table, &s->bath, i, blocks, words + i * LANES, m->V * LANES,
                                         block_of(m, f, first));
    }
    return TEMPER_OK;
}

void temper_potts_sweep(const temper_potts *m, temper_flock *f, int64_t n) {
    sweeping s = {.m = m,
                  .flock = f,
                  .bath = {(float)f->place.beta, (float)(1 - f->place.beta), f->place.base},
                  .table = table_of(m),
                  .purpose = TEMPER_FOR_UNITS,
                  .sweeps = n};
    if (!f->pinned) (void)temper_parallel((blocks_of(f) + GROUP - 1) / GROUP, sweep_group, &s);
    f->clock += n;
}

/* At β = 0: every unit on its own in the fields of the base. */
void temper_potts_scatter(const temper_potts *m, temper_flock *f) {
    sweeping s = {.m = m,
                  .flock = f,
                  .bath = {0, 1, f->place.base},
                  .table = table_of(m),
                  .purpose = TEMPER_FOR_INITIAL,
                  .sweeps = 1};
    memset(f->state, 0, f->bytes);
    s.table.slab = NULL;
    (void)temper_parallel((blocks_of(f) + GROUP - 1) / GROUP, sweep_group, &s);
}

void temper_potts_clamp(const temper_potts *m, temper_flock *f, const float *const *row, int64_t n) {
    for (int64_t c = 0; c < n; c++)
        for (int64_t i = 0; i < m->V; i++) *unit_of(m, f, c, i) = (uint8_t)row[c][i];
}

void temper_potts_read(const temper_potts *m, const temper_flock *f, int64_t chain, float *row) {
    for (int64_t i = 0; i < m->V; i++) row[i] = *unit_of(m, f, chain, i);
}

void temper_potts_swap(const temper_potts *m, temper_flock *a, int64_t i, temper_flock *b, int64_t j) {
    for (int64_t k = 0; k < m->V; k++) {
        uint8_t *x = unit_of(m, a, i, k), *y = unit_of(m, b, j, k), kept = *x;
        *x = *y, *y = kept;
    }
}

typedef struct {
    const temper_potts *m;
    const temper_flock *flock;
    const temper_place *at;
    double *out;
} weighing;

static temper_status weigh_block(void *context, int64_t block) {
    const weighing *w = context;
    const temper_potts *m = w->m;
    const int64_t V = m->V, q = m->q, pad = m->pad, of_b = q <= TEMPER_POTTS_FEW ? 1 : pad;
    for (int64_t c = block * LANES; c < (block + 1) * LANES && c < w->flock->chains; c++) {
        const uint8_t *x = unit_of(m, w->flock, c, 0);
        double gain = 0, base = 0;
        for (int64_t i = 0; i < V; i++) {
            const uint8_t a = x[i * LANES];
            const float *J = m->coupled ? m->slab + temper_potts_place(m, i, 0, a, 0) : NULL;
            double sum[2] = {(double)m->field[i * pad + a], 0};
            for (int64_t j = 0; m->coupled && j < i; j++)
                sum[j & 1] += (double)J[j * q * pad + x[j * LANES] * of_b];
            gain += sum[0] + sum[1];
            if (w->at->base) base += (double)w->at->base[i * q + a];
        }
        w->out[c] = w->at->beta * gain + (1 - w->at->beta) * base;
    }
    return TEMPER_OK;
}

void temper_potts_log_weight(const temper_potts *m, const temper_flock *f, const temper_place *at,
                             double *out) {
    weighing w = {m, f, at, out};
    (void)temper_parallel(blocks_of(f), weigh_block, &w);
}

double temper_potts_log_base(const temper_potts *m, const float *base) {
    double sum = 0;
    for (int64_t i = 0; i < m->V; i++) {
        double top = base ? (double)base[i * m->q] : 0, z = 0;
        for (int64_t a = 1; base && a < m->q; a++)
            if ((double)base[i * m->q + a] > top) top = (double)base[i * m->q + a];
        for (int64_t a = 0; a < m->q; a++) z += base ? temper_exp((double)base[i * m->q + a] - top) : 1;
        sum += top + temper_log(z);
    }
    return sum;
}

/* ---- statistics ---- */

typedef struct {
    const temper_potts *m;
    const temper_flock *flock;
    int64_t n;
    const double *weight;
    double scale;
    float *stat;
} counting;

static temper_status turn_unit(void *context, int64_t i) {
    const counting *k = context;
    uint8_t *to = (uint8_t *)k->flock->scratch + i * k->n;
    for (int64_t c = 0; c < k->n; c += LANES)
        memcpy(to + c, unit_of(k->m, k->flock, c, i), (size_t)(k->n - c < LANES ? k->n - c : LANES));
    return TEMPER_OK;
}

/* stat[a][b] += scale·Σ_c w_c [x = a][y = b]. Chains go to four tables in turn: an addition need not wait for the one before. */
static void count_pair(const counting *k, const uint8_t *x, const uint8_t *y, float *stat) {
    const int64_t q = k->m->q, cells = q * q;
    double table[4][TEMPER_POTTS_MOST * TEMPER_POTTS_MOST];
    for (int r = 0; r < 4; r++) memset(table[r], 0, (size_t)cells * sizeof(double));
    int64_t c = 0;
    for (; c + 4 <= k->n; c += 4)
        for (int r = 0; r < 4; r++) table[r][x[c + r] * q + y[c + r]] += k->weight ? k->weight[c + r] : 1;
    for (; c < k->n; c++) table[0][x[c] * q + y[c]] += k->weight ? k->weight[c] : 1;
    for (int64_t s = 0; s < cells; s++) {
        double sum = (table[0][s] + table[1][s]) + (table[2][s] + table[3][s]);
        stat[s] += (float)(k->scale * sum);
    }
}

static temper_status count_unit(void *context, int64_t i) {
    const counting *k = context;
    const temper_potts *m = k->m;
    const int64_t q = m->q;
    const uint8_t *x = (const uint8_t *)k->flock->scratch;
    double own[TEMPER_POTTS_MOST] = {0};
    float *h = k->stat + m->pairs * q * q + i * q;
    for (int64_t c = 0; c < k->n; c++) own[x[i * k->n + c]] += k->weight ? k->weight[c] : 1;
    for (int64_t a = 0; a < q; a++) h[a] += (float)(k->scale * own[a]);
    for (int64_t j = i + 1; m->coupled && j < m->V; j++)
        count_pair(k, x + i * k->n, x + j * k->n, k->stat + temper_pair_number(m->V, i, j) * q * q);
    return TEMPER_OK;
}

void temper_potts_statistics(const temper_potts *m, const temper_flock *f, int64_t n, const double *weight,
                             double scale, float *stat) {
    counting k = {m, f, n, weight, scale, stat};
    (void)temper_parallel(m->V, turn_unit, &k);
    (void)temper_parallel(m->V, count_unit, &k);
}
