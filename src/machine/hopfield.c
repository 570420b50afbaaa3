/* Hopfield's network as a machine whose couplings are learned: N spins ±1, every pair coupled (Hopfield 1982).
 *
 *     −E(s) = ½ Σ_{i≠j} J_ij s_i s_j + Σ_i h_i s_i        θ = "J" [N][N], "h" [N]
 *
 * so that with symmetric J the sum runs once over each pair, and −∂E/∂J_ij = ½ s_i s_j belongs to each of the two entries of a pair. The
 * diagonal has no part in E. h_i is a field: older texts write a threshold b_i = −h_i.
 *
 * Dynamics: one unit after the other, i = 0 … N−1, each from its heat bath
 *     P(s_i = +1) = 1/(1 + exp(−2x)),   x = β (Σ_j J_ij s_j + h_i) + (1 − β) base_i;
 * β = ∞ is Hopfield's T = 0: s_i takes the sign of its field, and where the field is exactly 0 it stays, so that E never rises and every
 * chain ends in a fixed point. diagonal=yes lets T = 0 fields keep J_ii s_i, as the projection rule of Personnaz et al. has it: units
 * become sticky, basins smaller. At finite T the diagonal would change no energy and is always left out.
 * asymmetric=yes keeps both entries of a pair as they are, as independent perceptrons learn them; there is then no energy that the
 * dynamics obeys, and log_weight speaks of the symmetric part.
 *
 * Local fields are exact integers (core/attractor.h): one that followed a million flips equals one computed afresh, bit for bit. */
#include <math.h>
#include <stddef.h>
#include <string.h>
#include "base/elementary.h"
#include "core/attractor.h"
#include "kernel/kernel.h"
#include "temper/machine.h"
#include "temper/parallel.h"

enum { UNITS_MAX = 32768, CHUNK = 256 };

typedef struct {
    bool diagonal, asymmetric;
    int64_t n;
    temper_attractor net;
} hopfield;

static temper_status build(void *self, const temper_machine_io *io) {
    hopfield *m = self;
    if (io->columns < 2 || io->columns > UNITS_MAX || io->states || io->classes)
        return temper_fail(TEMPER_BAD_OPTION,
                           "hopfield: rows of %lld %s are not what it stores; legal: 2 … %d columns of ±1",
                           (long long)io->columns, io->states || io->classes ? "categories" : "columns",
                           UNITS_MAX);
    m->n = io->columns;
    return temper_attractor_build(&m->net, m->n);
}

static void clear(void *self) { temper_attractor_clear(&((hopfield *)self)->net); }

static temper_unit visible(const void *self) { return (void)self, TEMPER_SPIN; }
static int64_t components(const void *self) { return ((const hopfield *)self)->n; }
static int64_t hidden(const void *self) { return (void)self, 0; }
static int arrays(const void *self) { return (void)self, 2; }

static void array(const void *self, int k, temper_machine_array *out) {
    int64_t n = ((const hopfield *)self)->n;
    if (k == 0)
        *out = (temper_machine_array){.name = "J", .dims = 2, .shape = {n, n}};
    else
        *out = (temper_machine_array){.name = "h", .dims = 1, .field = true, .shape = {n}, .offset = n * n};
}

/* No couplings; fields that give each unit its mean over the rows, h = ½ ln((1 + m)/(1 − m)), clipped. */
static void start(const void *self, const temper_rows_view *rows, temper_stream stream, float *theta) {
    const hopfield *m = self;
    (void)stream;
    memset(theta, 0, (size_t)(m->n * m->n) * sizeof *theta);
    for (int64_t i = 0; i < m->n; i++) {
        double sum = 0, all = 0;
        for (int64_t r = 0; r < rows->n; r++) {
            double w = rows->weight ? rows->weight[r] : 1;
            sum += w * (double)rows->X[r * rows->columns + i];
            all += w;
        }
        double mean = all > 0 ? sum / all : 0;
        mean = mean > 0.998 ? 0.998 : mean < -0.998 ? -0.998 : mean;
        theta[m->n * m->n + i] = (float)(0.5 * temper_log((1 + mean) / (1 - mean)));
    }
}

static temper_status refresh(void *self, const float *theta) {
    hopfield *m = self;
    return temper_attractor_pack(&m->net, theta, m->asymmetric);
}

/* ---- chains: spins [chains][n] are the state, exact integer fields f_i = Σ_j J_ij s_j [chains][n] the scratch ---- */

typedef struct {
    temper_flock *flock;
    const hopfield *m;
    int8_t *s;
    int64_t *f;
} chains;

static chains of(const temper_flock *flock) {
    return (chains){(temper_flock *)flock, flock->machine->self, flock->state, flock->scratch};
}

static void sizes(const void *self, int64_t n, size_t *state, size_t *scratch) {
    const hopfield *m = self;
    *state = (size_t)(n * m->n);
    *scratch = (size_t)(n * m->n) * sizeof(int64_t);
}

static temper_status wake_one(void *context, int64_t c) {
    chains *x = context;
    temper_attractor_fields(&x->m->net, x->s + c * x->m->n, x->f + c * x->m->n);
    return TEMPER_OK;
}

static void wake(temper_flock *flock) {
    chains x = of(flock);
    temper_parallel(flock->chains, wake_one, &x);
}

static double up(double x) { return 1 / (1 + temper_exp(-2 * x)); }

/* Two words of one draw, as temper_uniform joins them. */
static double uniform(const uint32_t *w) { return (double)(((uint64_t)w[0] << 32 | w[1]) >> 11) * 0x1p-53; }

static temper_status scatter_one(void *context, int64_t c) {
    chains *x = context;
    const temper_flock *flock = x->flock;
    int64_t n = x->m->n;
    for (int64_t i = 0; i < n; i++) {
        double u = temper_uniform(flock->stream, TEMPER_FOR_INITIAL, flock->clock, c * n + i);
        double base = flock->place.base ? (double)flock->place.base[i] : 0;
        x->s[c * n + i] = u < up(base) ? 1 : -1;
    }
    return wake_one(context, c);
}

static void scatter(temper_flock *flock) {
    chains x = of(flock);
    temper_parallel(flock->chains, scatter_one, &x);
}

static void clamp(temper_flock *flock, const float *const *row, int64_t n) {
    chains x = of(flock);
    for (int64_t c = 0; c < n; c++)
        for (int64_t i = 0; i < x.m->n; i++) x.s[c * x.m->n + i] = row[c][i] > 0 ? 1 : -1;
    temper_parallel(n, wake_one, &x);
}

static void read(const temper_flock *flock, int64_t chain, float *row) {
    chains x = of(flock);
    for (int64_t i = 0; i < x.m->n; i++) row[i] = x.s[chain * x.m->n + i];
}

static void descend(const hopfield *m, int8_t *s, int64_t *f) {
    const temper_attractor *net = &m->net;
    for (int64_t i = 0; i < m->n; i++) {
        int64_t field = f[i] + (m->diagonal ? net->self[i] * s[i] : 0);
        double x = (double)field * net->unit + net->h[i];
        if (x * s[i] < 0) temper_attractor_flip(net, s, f, i);
    }
}

static void heat(chains *x, int64_t c, int64_t clock) {
    const temper_flock *flock = x->flock;
    const hopfield *m = x->m;
    int8_t *s = x->s + c * m->n;
    int64_t *f = x->f + c * m->n;
    uint32_t words[2 * CHUNK];
    double beta = flock->place.beta;
    for (int64_t i = 0; i < m->n; i++) {
        if (i % CHUNK == 0) {
            int64_t count = m->n - i < CHUNK ? m->n - i : CHUNK;
            temper_kernel()->words(flock->stream, TEMPER_FOR_UNITS, clock, 2 * (c * m->n + i), 2 * count,
                                   words);
        }
        double base = flock->place.base ? (double)flock->place.base[i] : 0;
        double field = beta * ((double)f[i] * m->net.unit + m->net.h[i]) + (1 - beta) * base;
        int to = uniform(words + 2 * (i % CHUNK)) < up(field) ? 1 : -1;
        if (to != s[i]) temper_attractor_flip(&m->net, s, f, i);
    }
}

typedef struct {
    chains x;
    int64_t sweeps;
} journey;

static temper_status sweep_one(void *context, int64_t c) {
    journey *j = context;
    const hopfield *m = j->x.m;
    for (int64_t k = 0; k < j->sweeps; k++) {
        if (isinf(j->x.flock->place.beta))
            descend(m, j->x.s + c * m->n, j->x.f + c * m->n);
        else
            heat(&j->x, c, j->x.flock->clock + k);
    }
    return TEMPER_OK;
}

static void sweep(temper_flock *flock, int64_t n) {
    journey j = {of(flock), n};
    if (!flock->pinned) temper_parallel(flock->chains, sweep_one, &j);
    flock->clock += n;
}

static void swap(temper_flock *a, int64_t i, temper_flock *b, int64_t j) {
    chains x = of(a), y = of(b);
    int64_t n = x.m->n;
    for (int64_t k = 0; k < n; k++) {
        int8_t s = x.s[i * n + k];
        int64_t f = x.f[i * n + k];
        x.s[i * n + k] = y.s[j * n + k], y.s[j * n + k] = s;
        x.f[i * n + k] = y.f[j * n + k], y.f[j * n + k] = f;
    }
}

static void log_weight(const temper_flock *flock, const temper_place *at, double *out) {
    chains x = of(flock);
    int64_t n = x.m->n;
    for (int64_t c = 0; c < flock->chains; c++) {
        double base = 0;
        for (int64_t i = 0; i < n && at->base; i++) base += (double)at->base[i] * x.s[c * n + i];
        out[c] =
            (1 - at->beta) * base - at->beta * temper_attractor_energy(&x.m->net, x.s + c * n, x.f + c * n);
    }
}

static bool balanced(const void *self) { return !((const hopfield *)self)->asymmetric; }

static double log_base(const void *self, const float *base) {
    const hopfield *m = self;
    double sum = 0;
    for (int64_t i = 0; i < m->n; i++) {
        double b = base ? fabs((double)base[i]) : 0;
        sum += b + temper_log1p(temper_exp(-2 * b));
    }
    return sum;
}

typedef struct {
    chains x;
    int64_t chains;
    const double *weight;
    double scale;
    float *stat;
} means;

/* Row i of ½⟨s_i s_j⟩, block by block of columns, chains in order. */
static temper_status mean_row(void *context, int64_t i) {
    const means *a = context;
    int64_t n = a->x.m->n;
    double field = 0;
    for (int64_t first = 0; first < n; first += CHUNK) {
        int64_t count = n - first < CHUNK ? n - first : CHUNK;
        double sum[CHUNK] = {0};
        for (int64_t c = 0; c < a->chains; c++) {
            const int8_t *s = a->x.s + c * n;
            double w = (a->weight ? a->weight[c] : 1) * s[i];
            if (first == 0) field += w;
            for (int64_t j = 0; j < count; j++) sum[j] += w * s[first + j];
        }
        for (int64_t j = 0; j < count; j++)
            if (first + j != i) a->stat[i * n + first + j] += (float)(0.5 * a->scale * sum[j]);
    }
    a->stat[n * n + i] += (float)(a->scale * field);
    return TEMPER_OK;
}

static void statistics(const temper_flock *flock, int64_t n, const double *weight, double scale,
                       float *stat) {
    means a = {of(flock), n, weight, scale, stat};
    temper_parallel(a.x.m->n, mean_row, &a);
}

/* ---- exact, small ---- */

static double enumerable(const void *self) {
    const hopfield *m = self;
    return m->asymmetric ? INFINITY : (double)m->n;
}

static temper_status exact(const void *self, double beta, double *log_z, double *stat, double *energy) {
    const hopfield *m = self;
    if (m->asymmetric)
        return temper_fail(TEMPER_CANNOT, "hopfield: asymmetric=yes has no energy to sum over");
    return temper_attractor_exact(&m->net, beta, log_z, stat, energy);
}

static temper_status pseudo(const void *self, const temper_rows_view *rows, double *out, float *grad) {
    return temper_attractor_pseudo(&((const hopfield *)self)->net, rows, out, grad);
}

static const temper_option options[] = {
    {"diagonal", TEMPER_FLAG, offsetof(hopfield, diagonal), "no", 0, 0, NULL, "",
     "fields at T = 0 keep J_ii s_i, which makes units sticky"},
    {"asymmetric", TEMPER_FLAG, offsetof(hopfield, asymmetric), "no", 0, 0, NULL, "",
     "J_ij and J_ji are used as they are instead of their mean; there is no energy then"},
    {0}};

const temper_machine_type temper_machine_hopfield = {
    .about = {"hopfield",
              "associative memory of ±1 units, E = −½ Σ_{i≠j} J_ij s_i s_j − Σ h_i s_i, J learnt from rows",
              "J. J. Hopfield, Proc. Natl. Acad. Sci. USA 79, 2554 (1982)", "", options, sizeof(hopfield)},
    .build = build,
    .clear = clear,
    .visible = visible,
    .components = components,
    .method = "hebb",
    .hidden = hidden,
    .arrays = arrays,
    .array = array,
    .start = start,
    .refresh = refresh,
    .sizes = sizes,
    .wake = wake,
    .scatter = scatter,
    .clamp = clamp,
    .read = read,
    .sweep = sweep,
    .swap = swap,
    .log_weight = log_weight,
    .marginal = true,
    .balanced = balanced,
    .log_base = log_base,
    .statistics = statistics,
    .enumerable = enumerable,
    .exact = exact,
    .pseudo = pseudo};
