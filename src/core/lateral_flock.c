/* Chains of a pairwise machine: blocks of sixteen, shared out over the threads. */
#include <string.h>
#include "base/elementary.h"
#include "core/lateral.h"
#include "kernel/kernel.h"
#include "temper/parallel.h"

static int64_t blocks_of(int64_t chains) { return (chains + LANES - 1) / LANES; }
static int64_t stride_of(const temper_lateral *m) { return (m->n + 1) * LANES; } /* numbers of a block */
static float *block_of(const temper_lateral *m, const temper_flock *f, int64_t block) {
    return (float *)f->state + block * stride_of(m);
}
static float *unit_of(const temper_lateral *m, const temper_flock *f, int64_t chain, int64_t unit) {
    return block_of(m, f, chain / LANES) + unit * LANES + chain % LANES;
}
/* Scratch: [blocks][n+1][16] words of a sweep, or means instead of samples; then [blocks][16] weights of chains. */
static float *means_of(const temper_lateral *m, const temper_flock *f, int64_t block) {
    return (float *)f->scratch + block * stride_of(m);
}
static float *weights_of(const temper_lateral *m, const temper_flock *f) {
    return means_of(m, f, blocks_of(f->chains));
}

void temper_lateral_sizes(const temper_lateral *m, int64_t chains, size_t *state, size_t *scratch) {
    size_t blocks = (size_t)blocks_of(chains), block = (size_t)stride_of(m) * sizeof(float);
    *state = blocks * block;
    *scratch = blocks * (block + LANES * sizeof(float));
}

/* β and the base of a place, in what a unit's log odds are made of. */
static temper_lateral_bath bath_at(const temper_lateral *m, const temper_place *at) {
    const double factor = m->spin ? 2 : 1;
    return (temper_lateral_bath){.scale = (float)(factor * at->beta / m->T),
                                 .lift = (float)(factor * (1 - at->beta)),
                                 .base = at->base,
                                 .bases = at->base ? m->V : 0,
                                 .spin = m->spin};
}

typedef struct {
    const temper_lateral *m;
    temper_flock *flock;
    const temper_flock *of;
    temper_lateral_bath bath;
    int64_t sweeps;
    const temper_place *at;
    double *out;
    float *features;
} task;

static temper_status sweep_block(void *context, int64_t block) {
    const task *t = context;
    const temper_lateral *m = t->m;
    temper_flock *f = t->flock;
    float *s = block_of(m, f, block);
    uint32_t *words = (uint32_t *)f->scratch + block * stride_of(m);
    for (int64_t k = 0; k < t->sweeps; k++) {
        const int64_t first = f->pinned ? m->V : 0, from = (block * m->n + first) * LANES;
        temper_kernel()->words(f->stream, TEMPER_FOR_UNITS, f->clock + k, from, (m->n - first) * LANES,
                               words + first * LANES);
        temper_lateral_kernel()->sweep(&m->rows, &t->bath, m->V, m->n, words, s);
        if (!f->pinned) temper_lateral_kernel()->sweep(&m->rows, &t->bath, 0, m->V, words, s);
    }
    return TEMPER_OK;
}

void temper_lateral_sweep(const temper_lateral *m, temper_flock *f, int64_t n) {
    task t = {.m = m, .flock = f, .bath = bath_at(m, &f->place), .sweeps = n};
    (void)temper_parallel(blocks_of(f->chains), sweep_block, &t);
    f->clock += n;
}

/* At β = 0: every unit has log odds factor·base. */
static temper_status scatter_block(void *context, int64_t block) {
    const task *t = context;
    const temper_lateral *m = t->m;
    temper_flock *f = t->flock;
    float *s = block_of(m, f, block);
    uint32_t *words = (uint32_t *)f->scratch + block * stride_of(m);
    temper_kernel()->words(f->stream, TEMPER_FOR_INITIAL, f->clock, block * m->n * LANES, m->n * LANES,
                           words);
    memset(s + m->n * LANES, 0, LANES * sizeof *s);
    temper_lateral_kernel()->sweep(&m->rows, &t->bath, 0, m->n, words, s);
    return TEMPER_OK;
}

void temper_lateral_scatter(const temper_lateral *m, temper_flock *f) {
    const temper_place start = {0, f->place.base};
    task t = {.m = m, .flock = f, .bath = bath_at(m, &start)};
    memset(f->state, 0, f->bytes);
    (void)temper_parallel(blocks_of(f->chains), scatter_block, &t);
}

void temper_lateral_clamp(const temper_lateral *m, temper_flock *f, const float *const *row, int64_t n) {
    for (int64_t c = 0; c < n; c++)
        for (int64_t i = 0; i < m->V; i++) *unit_of(m, f, c, i) = row[c][i];
}

void temper_lateral_read(const temper_lateral *m, const temper_flock *f, int64_t chain, float *row) {
    for (int64_t i = 0; i < m->V; i++) row[i] = *unit_of(m, f, chain, i);
}

void temper_lateral_swap(const temper_lateral *m, temper_flock *a, int64_t i, temper_flock *b, int64_t j) {
    for (int64_t k = 0; k < m->n; k++) {
        float *x = unit_of(m, a, i, k), *y = unit_of(m, b, j, k), kept = *x;
        *x = *y, *y = kept;
    }
}

static temper_status weigh_block(void *context, int64_t block) {
    const task *t = context;
    const temper_lateral *m = t->m;
    const float *s = block_of(m, t->of, block);
    double gain[LANES], base[LANES] = {0};
    temper_lateral_kernel()->gain(&m->rows, s, gain);
    for (int64_t i = 0; t->at->base && i < m->V; i++)
        for (int l = 0; l < LANES; l++) base[l] += (double)t->at->base[i] * (double)s[i * LANES + l];
    for (int l = 0; l < LANES && block * LANES + l < t->of->chains; l++)
        t->out[block * LANES + l] = t->at->beta / m->T * gain[l] + (1 - t->at->beta) * base[l];
    return TEMPER_OK;
}

void temper_lateral_log_weight(const temper_lateral *m, const temper_flock *f, const temper_place *at,
                               double *out) {
    task t = {.m = m, .of = f, .at = at, .out = out};
    (void)temper_parallel(blocks_of(f->chains), weigh_block, &t);
}

/* ln (e^a + e^b) */
static double log_sum(double a, double b) {
    return (a > b ? a : b) + temper_log1p(temper_exp(-(a > b ? a - b : b - a)));
}

double temper_lateral_log_base(const temper_lateral *m, const float *base) {
    double sum = (double)(m->n - m->V) * temper_log(2);
    for (int64_t i = 0; i < m->V; i++) {
        double b = base ? (double)base[i] : 0;
        sum += log_sum(m->spin ? -b : 0, b);
    }
    return sum;
}

/* ---- statistics -------------------------------------------------------------------------------------------------- */

static temper_status mean_block(void *context, int64_t block) {
    const task *t = context;
    const temper_lateral *m = t->m;
    const float *s = block_of(m, t->of, block);
    float *b = means_of(m, t->of, block);
    memcpy(b, s, (size_t)stride_of(m) * sizeof *b);
    temper_lateral_kernel()->means(&m->rows, &t->bath, m->V, m->n, s, b);
    return TEMPER_OK;
}

typedef struct {
    const temper_lateral *m;
    temper_lateral_sums sums;
    double scale;
    float *stat;
} harvest;

static temper_status harvest_row(void *context, int64_t i) {
    const harvest *h = context;
    const temper_lateral *m = h->m;
    const bool both = i >= m->V;
    temper_lateral_kernel()->products(&m->rows, &h->sums, i, both, both ? h->scale / 2 : h->scale,
                                      h->stat + m->first[i]);
    double sum = 0;
    for (int64_t c = 0; c < h->sums.blocks; c++) {
        const float *w = h->sums.w + c * LANES, *b = h->sums.b + c * stride_of(m) + i * LANES;
        for (int l = 0; l < LANES; l++) sum += (double)w[l] * (double)b[l];
    }
    h->stat[m->pairs + i] += (float)(h->scale * sum);
    return TEMPER_OK;
}

void temper_lateral_statistics(const temper_lateral *m, const temper_flock *f, int64_t n,
                               const double *weight, double scale, float *stat) {
    const int64_t blocks = blocks_of(n);
    task t = {.m = m, .of = f, .bath = bath_at(m, &f->place)};
    float *w = weights_of(m, f);
    for (int64_t c = 0; c < blocks * LANES; c++) w[c] = c >= n ? 0 : weight ? (float)weight[c] : 1;
    (void)temper_parallel(blocks, mean_block, &t);
    harvest h = {m, {blocks, f->state, f->scratch, w}, scale / m->T, stat};
    (void)temper_parallel(m->n, harvest_row, &h);
}

static temper_status feature_block(void *context, int64_t block) {
    const task *t = context;
    const temper_lateral *m = t->m;
    const int64_t hidden = m->n - m->V;
    (void)mean_block(context, block);
    for (int l = 0; l < LANES && block * LANES + l < t->of->chains; l++)
        for (int64_t j = 0; j < hidden; j++)
            t->features[(block * LANES + l) * hidden + j] = means_of(m, t->of, block)[(m->V + j) * LANES + l];
    return TEMPER_OK;
}

void temper_lateral_features(const temper_lateral *m, const temper_flock *f, float *out) {
    task t = {.m = m, .of = f, .bath = bath_at(m, &f->place), .features = out};
    (void)temper_parallel(blocks_of(f->chains), feature_block, &t);
}

/* The gradient of a machine of s − μ instead of s, brought back (Montavon and Müller 2012): with g the plain one, everything times T,
 *     G_ij = g_ij − μ_j g_i − μ_i g_j,      G_i = g_i − Σ_j G_ij μ_j. */
void temper_lateral_centre(const temper_lateral *m, const float *data, bool standardise, float *grad) {
    float *g = grad + m->pairs;
    const float *mu = data + m->pairs; /* ⟨s⟩/T */
    for (int64_t i = 0; i < m->n; i++)
        for (int64_t k = m->above[i]; k < m->end[i]; k++) {
            const int64_t j = m->to[k];
            double a = m->T * (double)mu[i], b = m->T * (double)mu[j], least = m->spin ? 0.2 : 0.05;
            double G = (double)grad[m->pair[k]] - b * (double)g[i] - a * (double)g[j];
            if (standardise) {
                double x = m->spin ? 1 - a * a : a * (1 - a), y = m->spin ? 1 - b * b : b * (1 - b);
                G /= (x > least ? x : least) * (y > least ? y : least);
            }
            grad[m->pair[k]] = (float)G;
        }
    for (int64_t i = 0; i < m->n; i++) {
        double sum = (double)g[i];
        for (int64_t k = m->start[i]; k < m->end[i]; k++)
            sum -= (double)grad[m->pair[k]] * m->T * (double)mu[m->to[k]];
        g[i] = (float)sum;
    }
}
