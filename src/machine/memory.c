/* Dense associative memories: the stored rows themselves are the weights, θ = "xi" [P][N]; energies in core/dense.h.
 *
 * Spins (polynomial, exponential): units one after the other, i = 0 … N−1, each by the difference of the energies of its two values; at β = ∞ the
 * lower one, and where they are equal the unit stays. Real units (continuous): at β = ∞ the update of Ramsauer et al., which is softmax attention,
 *     x ← Ξᵀ softmax(b Ξ x);
 * the Gaussian measure exp(−x²/2) belongs to the units (temper/machine.h) and does not feel β. At β = b the density is a mixture of unit Gaussians
 * around b ξ^μ, and a sweep is its Gibbs sampler: draw μ, then x. At any other β a sweep is eight steps of the preconditioned
 * Crank–Nicolson Metropolis method (Cotter, Roberts, Stuart and White 2013), x' = √(1 − a²) x + a z, a² = 4/(4 + N), which the Gaussian
 * measure does not notice: right everywhere, but slow to leave a valley. */
#include <math.h>
#include <stddef.h>
#include <string.h>
#include "base/elementary.h"
#include "core/dense.h"
#include "kernel/kernel.h"
#include "temper/machine.h"
#include "temper/parallel.h"

enum { STEPS = 8 };
static const double HALF_LN_TWO_PI = 0.918938533204672741780329736405617639861;

typedef struct {
    int64_t patterns, degree;
    double sharpness;
    int energy;
    temper_dense dense;
} memory;

static temper_status build(void *self, const temper_machine_io *io) {
    memory *m = self;
    if (io->columns < 2 || io->states || io->classes)
        return temper_fail(TEMPER_BAD_OPTION,
                           "memory: rows of %lld columns, %lld states, %lld classes are not what it stores; "
                           "legal: at least 2 columns of ±1 or real numbers",
                           (long long)io->columns, (long long)io->states, (long long)io->classes);
    m->dense = (temper_dense){.kind = m->energy,
                              .n = io->columns,
                              .P = m->patterns,
                              .degree = m->degree,
                              .sharpness = m->sharpness};
    return temper_dense_build(&m->dense);
}

static void clear(void *self) { temper_dense_clear(&((memory *)self)->dense); }

static temper_unit visible(const void *self) {
    return ((const memory *)self)->energy == TEMPER_CONTINUOUS ? TEMPER_GAUSSIAN : TEMPER_SPIN;
}
static int64_t components(const void *self) { return ((const memory *)self)->dense.n; }
static int64_t hidden(const void *self) { return (void)self, 0; }
static int arrays(const void *self) { return (void)self, 1; }

static void array(const void *self, int k, temper_machine_array *out) {
    const temper_dense *d = &((const memory *)self)->dense;
    (void)k;
    *out = (temper_machine_array){.name = "xi", .dims = 2, .shape = {d->P, d->n}};
}

/* Rows picked evenly from the data, shrunk, with a little noise so that equal ones can part. */
static void start(const void *self, const temper_rows_view *rows, temper_stream stream, float *theta) {
    const temper_dense *d = &((const memory *)self)->dense;
    for (int64_t mu = 0; mu < d->P; mu++) {
        const float *row = rows->X + mu % rows->n * rows->columns;
        for (int64_t i = 0; i < d->n; i++)
            theta[mu * d->n + i] =
                (float)(0.1 * (double)row[i] +
                        0.01 * temper_normal(stream, TEMPER_FOR_INITIAL, 0, mu * d->n + i));
    }
}

static temper_status refresh(void *self, const float *theta) {
    temper_dense_pack(&((memory *)self)->dense, theta);
    return TEMPER_OK;
}

/* ---- chains: x [chains][width] is the state; overlaps M [chains][depth], a proposal's M and x the scratch ---- */

typedef struct {
    const temper_flock *flock;
    const temper_dense *d;
    double beta;
    const float *base;
    int64_t sweeps;     /* of sweep */
    double *out;        /* of log_weight */
    const double *mass; /* of statistics: weights of chains … */
    int64_t chains;
    double scale;
    float *stat;
} work;

static work on(const temper_flock *flock) {
    return (work){.flock = flock,
                  .d = &((const memory *)flock->machine->self)->dense,
                  .beta = flock->place.beta,
                  .base = flock->place.base};
}
static double *x_of(const work *w, int64_t c) { return (double *)w->flock->state + c * w->d->width; }
static double *M_of(const work *w, int64_t c) {
    return (double *)w->flock->scratch + c * (2 * w->d->depth + w->d->width);
}

static void sizes(const void *self, int64_t chains, size_t *state, size_t *scratch) {
    const temper_dense *d = &((const memory *)self)->dense;
    *state = (size_t)(chains * d->width) * sizeof(double);
    *scratch = (size_t)(chains * (2 * d->depth + d->width)) * sizeof(double);
}

static double up(double x) { return 1 / (1 + temper_exp(-x)); }

static temper_status scatter_one(void *context, int64_t c) {
    const work *w = context;
    const temper_flock *flock = w->flock;
    for (int64_t i = 0; i < w->d->n; i++) {
        double base = w->base ? (double)w->base[i] : 0;
        int64_t k = c * w->d->n + i;
        if (w->d->kind == TEMPER_CONTINUOUS)
            x_of(w, c)[i] = base + temper_normal(flock->stream, TEMPER_FOR_INITIAL, flock->clock, k);
        else
            x_of(w, c)[i] =
                temper_uniform(flock->stream, TEMPER_FOR_INITIAL, flock->clock, k) < up(2 * base) ? 1 : -1;
    }
    return TEMPER_OK;
}

static void scatter(temper_flock *flock) {
    work w = on(flock);
    temper_parallel(flock->chains, scatter_one, &w);
}

static void clamp(temper_flock *flock, const float *const *row, int64_t n) {
    work w = on(flock);
    for (int64_t c = 0; c < n; c++)
        for (int64_t i = 0; i < w.d->n; i++) {
            double x = (double)row[c][i];
            x_of(&w, c)[i] = w.d->kind == TEMPER_CONTINUOUS ? x : x > 0 ? 1 : -1;
        }
}

static void read(const temper_flock *flock, int64_t chain, float *row) {
    work w = on(flock);
    for (int64_t i = 0; i < w.d->n; i++) row[i] = (float)x_of(&w, chain)[i];
}

static void sweep_spins(const work *w, int64_t c, int64_t clock) {
    const temper_dense *d = w->d;
    double *x = x_of(w, c), *M = M_of(w, c);
    temper_dense_overlaps(d, x, M);
    for (int64_t i = 0; i < d->n; i++) {
        double gain = temper_dense_look(d, M, i, x[i]), to = x[i];
        if (isinf(w->beta)) {
            if (gain * x[i] < 0) to = -x[i];
        } else {
            double field = w->beta * gain + (w->base ? 2 * (1 - w->beta) * (double)w->base[i] : 0);
            double u = temper_uniform(w->flock->stream, TEMPER_FOR_UNITS, clock, c * d->n + i);
            to = u < up(field) ? 1 : -1;
        }
        if (to == x[i]) continue;
        temper_kernel()->lanes_add(M, to - x[i], d->columns + i * d->depth, d->depth);
        x[i] = to;
    }
}

static void attend(const work *w, int64_t c) {
    const temper_dense *d = w->d;
    double *x = x_of(w, c), *M = M_of(w, c);
    temper_dense_overlaps(d, x, M);
    temper_dense_slope(d, M, M);
    for (int64_t i = 0; i < d->n; i++)
        x[i] = temper_kernel()->lanes_dot(d->columns + i * d->depth, M, d->depth);
}

/* ln of the weight relative to the Gaussian measure. */
static double tilt(const work *w, const double *x, double *M) {
    double sum = 0;
    temper_dense_overlaps(w->d, x, M);
    for (int64_t i = 0; i < w->d->n && w->base; i++) sum += (double)w->base[i] * x[i];
    return w->beta * temper_dense_weight(w->d, M) + (1 - w->beta) * sum;
}

/* Draws of one step: normals 0 … n−1, then, in a block of its own, a uniform number. */
static int64_t draw_at(const work *w, int64_t c, int k) {
    return (c * STEPS + k) * ((w->d->n + 1) / 2 * 2 + 2);
}

static void gibbs(const work *w, int64_t c, int64_t clock) {
    const temper_dense *d = w->d;
    double *x = x_of(w, c), *M = M_of(w, c);
    int64_t at = draw_at(w, c, 0), mu = 0;
    temper_dense_overlaps(d, x, M);
    temper_dense_slope(d, M, M);
    double u = temper_uniform(w->flock->stream, TEMPER_FOR_UNITS, clock, at + (d->n + 1) / 2 * 2);
    for (double sum = M[0]; mu + 1 < d->P && u >= sum; sum += M[mu]) mu++;
    for (int64_t i = 0; i < d->n; i++)
        x[i] = d->sharpness * d->rows[mu * d->width + i] +
               (w->base ? (1 - w->beta) * (double)w->base[i] : 0) +
               temper_normal(w->flock->stream, TEMPER_FOR_UNITS, clock, at + i);
}

static void crank(const work *w, int64_t c, int64_t clock) {
    const temper_dense *d = w->d;
    double *x = x_of(w, c), *M = M_of(w, c), *M_new = M + d->depth, *x_new = M_new + d->depth;
    double a2 = 4 / (4 + (double)d->n), a = sqrt(a2), keep = sqrt(1 - a2), now = tilt(w, x, M);
    for (int k = 0; k < STEPS; k++) {
        int64_t at = draw_at(w, c, k);
        for (int64_t i = 0; i < d->n; i++)
            x_new[i] = keep * x[i] + a * temper_normal(w->flock->stream, TEMPER_FOR_UNITS, clock, at + i);
        double then = tilt(w, x_new, M_new);
        double u = temper_uniform(w->flock->stream, TEMPER_FOR_UNITS, clock, at + (d->n + 1) / 2 * 2);
        if (u >= temper_exp(then - now)) continue;
        memcpy(x, x_new, (size_t)d->n * sizeof *x);
        now = then;
    }
}

static temper_status sweep_one(void *context, int64_t c) {
    const work *w = context;
    for (int64_t k = 0; k < w->sweeps; k++) {
        int64_t clock = w->flock->clock + k;
        if (w->d->kind != TEMPER_CONTINUOUS)
            sweep_spins(w, c, clock);
        else if (isinf(w->beta))
            attend(w, c);
        else if (w->beta == w->d->sharpness)
            gibbs(w, c, clock);
        else
            crank(w, c, clock);
    }
    return TEMPER_OK;
}

static void sweep(temper_flock *flock, int64_t n) {
    work w = on(flock);
    w.sweeps = n;
    if (!flock->pinned) temper_parallel(flock->chains, sweep_one, &w);
    flock->clock += n;
}

static void swap(temper_flock *a, int64_t i, temper_flock *b, int64_t j) {
    work u = on(a), v = on(b);
    double *x = x_of(&u, i), *y = x_of(&v, j);
    for (int64_t k = 0; k < u.d->n; k++) {
        double kept = x[k];
        x[k] = y[k], y[k] = kept;
    }
}

static temper_status weigh_one(void *context, int64_t c) {
    const work *w = context;
    const double *x = x_of(w, c);
    double gauss = 0;
    for (int64_t i = 0; i < w->d->n && w->d->kind == TEMPER_CONTINUOUS; i++) gauss += 0.5 * x[i] * x[i];
    w->out[c] = tilt(w, x, M_of(w, c)) - gauss;
    return TEMPER_OK;
}

static void log_weight(const temper_flock *flock, const temper_place *at, double *out) {
    work w = on(flock);
    w.beta = at->beta, w.base = at->base, w.out = out;
    temper_parallel(flock->chains, weigh_one, &w);
}

static double log_base(const void *self, const float *base) {
    const temper_dense *d = &((const memory *)self)->dense;
    double sum = 0;
    for (int64_t i = 0; i < d->n; i++) {
        double b = base ? fabs((double)base[i]) : 0;
        sum += d->kind == TEMPER_CONTINUOUS ? HALF_LN_TWO_PI + 0.5 * b * b
                                            : b + temper_log1p(temper_exp(-2 * b));
    }
    return sum;
}

static temper_status slope_one(void *context, int64_t c) {
    const work *w = context;
    temper_dense_overlaps(w->d, x_of(w, c), M_of(w, c));
    temper_dense_slope(w->d, M_of(w, c), M_of(w, c));
    return TEMPER_OK;
}

/* Row μ of Σ_c weight_c (∂(−E)/∂M_μ) x_i, chains in order. */
static temper_status mean_row(void *context, int64_t mu) {
    const work *w = context;
    for (int64_t i = 0; i < w->d->n; i++) {
        double sum = 0;
        for (int64_t c = 0; c < w->chains; c++)
            sum += (w->mass ? w->mass[c] : 1) * M_of(w, c)[mu] * x_of(w, c)[i];
        w->stat[mu * w->d->n + i] += (float)(w->scale * sum);
    }
    return TEMPER_OK;
}

static void statistics(const temper_flock *flock, int64_t n, const double *weight, double scale,
                       float *stat) {
    work w = on(flock);
    w.mass = weight, w.chains = n, w.scale = scale, w.stat = stat;
    temper_parallel(n, slope_one, &w);
    temper_parallel(w.d->P, mean_row, &w);
}

static double enumerable(const void *self) {
    const memory *m = self;
    return m->energy == TEMPER_CONTINUOUS ? INFINITY : (double)m->dense.n;
}

static temper_status exact(const void *self, double beta, double *log_z, double *stat, double *energy) {
    return temper_dense_exact(&((const memory *)self)->dense, beta, log_z, stat, energy);
}

static const temper_option options[] = {
    {"patterns", TEMPER_INT, offsetof(memory, patterns), NULL, 1, 1e7, NULL, "", "how many it holds"},
    {"energy", TEMPER_CHOICE, offsetof(memory, energy), "polynomial", 0, 0,
     "polynomial|exponential|continuous", "", "of the overlaps; continuous: real units"},
    {"degree", TEMPER_INT, offsetof(memory, degree), "3", 2, 64, NULL, "", "d of energy=polynomial"},
    {"sharpness", TEMPER_REAL, offsetof(memory, sharpness), "1", 1e-6, 1e6, NULL, "",
     "b of energy=continuous: the inverse temperature inside its softmax"},
    {0}};

const temper_machine_type temper_machine_memory = {
    .about = {"memory", "dense associative memory, E a steep function of overlaps with stored patterns",
              "D. Krotov & J. J. Hopfield, NIPS 29 (2016); H. Ramsauer et al., ICLR (2021)", "patterns=3",
              options, sizeof(memory)},
    .build = build,
    .clear = clear,
    .visible = visible,
    .components = components,
    .method = "store",
    .hidden = hidden,
    .arrays = arrays,
    .array = array,
    .start = start,
    .refresh = refresh,
    .sizes = sizes,
    .scatter = scatter,
    .clamp = clamp,
    .read = read,
    .sweep = sweep,
    .swap = swap,
    .log_weight = log_weight,
    .marginal = true,
    .log_base = log_base,
    .curved = true,
    .statistics = statistics,
    .enumerable = enumerable,
    .exact = exact};
