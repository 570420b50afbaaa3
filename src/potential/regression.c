/* Linear regression, the smallest loss with data: over N rows (x_i, t_i)
 *
 *     u(θ) = (1/N) Σ_i (x_i·θ − t_i)²/2 + decay·|θ|²/2,     U = N u.
 *
 * The minibatch noise of its gradient is known for every θ, so the stationary state of a dynamics with all its correlations is the
 * solution of linear equations (docs/dynamics.md). Three sets of rows:
 *     teacher  x ~ N(0, 1), t = w·x/√dim + noise·ξ, w ~ N(0, 1): drawn once, from `seed`
 *     coins    x = 1, t = ±1 in turn: the mean of N numbers of variance 1 (N even)
 *     eight    eight fixed rows in the plane (the test problem of docs/dynamics.md)
 *
 * A look sees `batch` rows: drawn one by one (replace), a subset of that size (subset), or the next cut from a permutation that
 * is drawn anew for each epoch (shuffle). */
#include <string.h>
#include "base/memory.h"
#include "temper/potential.h"

enum { TEACHER, COINS, EIGHT };
enum { REPLACE, SUBSET, SHUFFLE };

typedef struct {
    int data, draw;
    int64_t dim, samples, batch, seed;
    double noise, decay;
    double *x, *t; /* [samples][dim], [samples]; one block */
} regression;

static const double eight_x[8][2] = {{1, .2},    {.5, -1},  {-.3, .8}, {1.2, .4},
                                     {-.7, -.6}, {.1, 1.1}, {.9, -.2}, {-1.1, .5}};
static const double eight_t[8] = {.7, -1.2, .9, 1.4, -1.0, .8, .5, -.4};

static void draw_teacher(regression *r) {
    const temper_stream stream = {(uint64_t)r->seed, 0};
    double norm = 1 / __builtin_sqrt((double)r->dim);
    for (int64_t i = 0; i < r->samples; i++) {
        double *x = r->x + i * r->dim;
        r->t[i] = r->noise * temper_normal(stream, TEMPER_FOR_DISORDER, 2, i);
        for (int64_t k = 0; k < r->dim; k++) {
            x[k] = temper_normal(stream, TEMPER_FOR_DISORDER, 1, i * r->dim + k);
            r->t[i] += norm * temper_normal(stream, TEMPER_FOR_DISORDER, 0, k) * x[k];
        }
    }
}

static temper_status build(void *self) {
    regression *r = self;
    static const struct {
        const char *name;
        int64_t dim, samples;
    } own[] = {{"teacher", 10, 100}, {"coins", 1, 100}, {"eight", 2, 8}};
    bool fixed = r->data == EIGHT, odd = r->data == COINS && r->samples % 2;
    if ((r->data != TEACHER && r->dim && r->dim != own[r->data].dim) ||
        (fixed && r->samples && r->samples != 8) || odd)
        return temper_fail(TEMPER_BAD_OPTION,
                           "regression: dim=%lld,samples=%lld; data=%s has dim=%lld and %s",
                           (long long)r->dim, (long long)r->samples, own[r->data].name,
                           (long long)own[r->data].dim, fixed ? "samples=8" : "an even number of samples");
    if (!r->dim) r->dim = own[r->data].dim;
    if (!r->samples) r->samples = own[r->data].samples;
    if (!r->batch) r->batch = r->samples;
    if (r->batch > r->samples && r->draw != REPLACE)
        return temper_fail(
            TEMPER_BAD_OPTION, "regression: batch=%lld is more than samples=%lld, which draw=%s cannot give",
            (long long)r->batch, (long long)r->samples, r->draw == SUBSET ? "subset" : "shuffle");
    size_t n = (size_t)r->samples, d = (size_t)r->dim;
    if (!(r->x = temper_alloc(n, (d + 1) * sizeof(double)))) return TEMPER_NO_MEMORY;
    r->t = r->x + n * d;
    for (int64_t i = 0; i < r->samples && r->data == COINS; i++) r->x[i] = 1, r->t[i] = i % 2 ? -1 : 1;
    if (r->data == TEACHER) draw_teacher(r);
    if (r->data == EIGHT) memcpy(r->x, eight_x, sizeof eight_x), memcpy(r->t, eight_t, sizeof eight_t);
    return TEMPER_OK;
}

static void clear(void *self) { temper_release(((regression *)self)->x); }

static int64_t dim(const void *self) { return ((const regression *)self)->dim; }
static int64_t samples(const void *self) { return ((const regression *)self)->samples; }

static int64_t batches(const void *self) {
    const regression *r = self;
    return (r->samples + r->batch - 1) / r->batch;
}

static size_t scratch(const void *self) {
    const regression *r = self;
    return r->draw == REPLACE ? 0 : (size_t)r->samples * sizeof(int64_t);
}

static void start(const void *self, temper_stream stream, double *theta) {
    const regression *r = self;
    for (int64_t k = 0; k < r->dim; k++) theta[k] = temper_normal(stream, TEMPER_FOR_INITIAL, 0, k);
}

/* The first n places of a random permutation of the rows (Fisher–Yates from the front), by the words of `step`. */
static const int64_t *permuted(const regression *r, const temper_look *look, int64_t step, int64_t n) {
    int64_t *row = look->scratch;
    for (int64_t i = 0; i < r->samples; i++) row[i] = i;
    for (int64_t i = 0; i < n; i++) {
        uint32_t word = temper_word(look->stream, TEMPER_FOR_MINIBATCH, step, i);
        int64_t j = i + temper_below(word, (uint32_t)(r->samples - i)), swap = row[i];
        row[i] = row[j], row[j] = swap;
    }
    return row;
}

typedef struct { /* the rows of one look: row[0 … n), or by words, or all */
    const int64_t *row;
    int64_t n;
    bool words;
} selection;

static selection chosen(const regression *r, const temper_look *look) {
    int64_t epoch = look->step / batches(r), first = look->step % batches(r) * r->batch,
            left = r->samples - first;
    if (look->whole || (r->draw != REPLACE && r->batch == r->samples))
        return (selection){NULL, r->samples, false};
    if (r->draw == REPLACE) return (selection){NULL, r->batch, true};
    if (r->draw == SUBSET) return (selection){permuted(r, look, look->step, r->batch), r->batch, false};
    return (selection){permuted(r, look, epoch, r->samples) + first, left < r->batch ? left : r->batch,
                       false};
}

static int64_t row_of(const regression *r, const temper_look *look, const selection *rows, int64_t j) {
    if (!rows->words) return rows->row ? rows->row[j] : j;
    return temper_below(temper_word(look->stream, TEMPER_FOR_MINIBATCH, look->step, j), (uint32_t)r->samples);
}

static double along(const double *x, const double *y, int64_t n) {
    double sum = 0;
    for (int64_t k = 0; k < n; k++) sum += x[k] * y[k];
    return sum;
}

/* u; unless grad is NULL ∇u = (1/n) Σ (x·θ − t) x + decay·θ; unless v is NULL Hv = (1/n) Σ (x·v) x + decay·v. */
static double look_at(const regression *r, const temper_look *look, const double *theta, const double *v,
                      double *grad, double *Hv) {
    selection rows = chosen(r, look);
    double loss = 0, share = 1 / (double)rows.n;
    int64_t d = r->dim;
    for (int64_t k = 0; grad && k < d; k++) grad[k] = r->decay * theta[k];
    for (int64_t k = 0; v && k < d; k++) Hv[k] = r->decay * v[k];
    for (int64_t j = 0; j < rows.n; j++) {
        int64_t i = row_of(r, look, &rows, j);
        const double *x = r->x + i * d;
        double miss = along(x, theta, d) - r->t[i], bend = v ? along(x, v, d) : 0;
        loss += miss * miss / 2;
        for (int64_t k = 0; grad && k < d; k++) grad[k] += share * miss * x[k];
        for (int64_t k = 0; v && k < d; k++) Hv[k] += share * bend * x[k];
    }
    return share * loss + r->decay * along(theta, theta, d) / 2;
}

static double energy(const void *self, const temper_look *look, const double *theta) {
    return look_at(self, look, theta, NULL, NULL, NULL);
}

static double slope(const void *self, const temper_look *look, const double *theta, double *grad) {
    return look_at(self, look, theta, NULL, grad, NULL);
}

static double curve(const void *self, const temper_look *look, const double *theta, const double *v,
                    double *grad, double *Hv) {
    return look_at(self, look, theta, v, grad, Hv);
}

static const temper_option options[] = {
    {"data", TEMPER_CHOICE, offsetof(regression, data), "teacher", 0, 0, "teacher|coins|eight", "",
     "which rows"},
    {"dim", TEMPER_INT, offsetof(regression, dim), "0", 0, 1e6, NULL, "",
     "coordinates; 0: teacher 10, coins 1, eight 2"},
    {"samples", TEMPER_INT, offsetof(regression, samples), "0", 0, 1e8, NULL, "",
     "N; 0: teacher and coins 100, eight 8"},
    {"batch", TEMPER_INT, offsetof(regression, batch), "0", 0, 1e8, NULL, "", "rows of a minibatch; 0: N"},
    {"draw", TEMPER_CHOICE, offsetof(regression, draw), "shuffle", 0, 0, "replace|subset|shuffle", "",
     "rows one by one, as a set, or a new order for each epoch"},
    {"noise", TEMPER_REAL, offsetof(regression, noise), "0.1", 0, 1e6, NULL, "", "of the teacher's answers"},
    {"decay", TEMPER_REAL, offsetof(regression, decay), "0.01", 0, 1e6, NULL, "",
     "1/(N · variance of the prior)"},
    {"seed", TEMPER_INT, offsetof(regression, seed), "0", 0, 9e15, NULL, "", "of the teacher"},
    {0}};

const temper_potential_type temper_potential_regression = {
    .about = {"regression", "U = Σ_i (x_i·θ − t_i)²/2 + N·decay·|θ|²/2, on minibatches",
              "Gauss 1809; Yaida, ICLR 2019", "data=eight,batch=2", options, sizeof(regression)},
    .build = build,
    .clear = clear,
    .dim = dim,
    .samples = samples,
    .batches = batches,
    .scratch = scratch,
    .start = start,
    .energy = energy,
    .slope = slope,
    .curve = curve,
};
