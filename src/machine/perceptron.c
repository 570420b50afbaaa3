/* The threshold unit of McCulloch and Pitts (1943), and Rosenblatt's perceptron when it learns: n inputs, one output.
 *
 *     y = 1 if w·x + b ≥ 0, else 0                        θ = "w" [n], "b" [1];  b is minus the threshold
 *
 * A row is x_1 … x_n and, in its last column, the label y (io.classes = 2). As an energy: −E(x, y) = y (w·x + b), so that at inverse temperature
 * β the unit fires with probability 1/(1 + exp(−β (w·x + b))), and β = ∞ is the threshold unit. Inputs are given, never sampled: a sweep moves
 * the label alone, and all probabilities are conditional on x. There is no ln Z over inputs. */
#include <math.h>
#include <stddef.h>
#include <string.h>
#include "base/elementary.h"
#include "temper/machine.h"

typedef struct {
    int64_t n; /* inputs */
    const float *theta;
} perceptron;

static temper_status build(void *self, const temper_machine_io *io) {
    perceptron *m = self;
    if (io->classes != 2 || io->columns < 2)
        return temper_fail(TEMPER_BAD_OPTION,
                           "perceptron: rows of %lld columns with %lld classes; legal: at least one input, "
                           "then a label, of 2 classes",
                           (long long)io->columns, (long long)io->classes);
    m->n = io->columns - 1;
    return TEMPER_OK;
}

static temper_unit visible(const void *self) { return (void)self, TEMPER_GAUSSIAN; }
static int64_t components(const void *self) { return ((const perceptron *)self)->n + 1; }
static int64_t hidden(const void *self) { return (void)self, 0; }
static int arrays(const void *self) { return (void)self, 2; }

static void array(const void *self, int k, temper_machine_array *out) {
    int64_t n = ((const perceptron *)self)->n;
    if (k == 0)
        *out = (temper_machine_array){.name = "w", .dims = 1, .shape = {n}};
    else
        *out = (temper_machine_array){.name = "b", .dims = 1, .field = true, .shape = {1}, .offset = n};
}

static void start(const void *self, const temper_rows_view *rows, temper_stream stream, float *theta) {
    (void)rows, (void)stream;
    memset(theta, 0, (size_t)(((const perceptron *)self)->n + 1) * sizeof *theta);
}

/* Nothing to pack: θ stays where it is as long as the machine lives. */
static temper_status refresh(void *self, const float *theta) {
    ((perceptron *)self)->theta = theta;
    return TEMPER_OK;
}

/* The state is the rows themselves, [chains][n + 1]. */
static float *row_of(const temper_flock *flock, int64_t c) {
    const perceptron *m = flock->machine->self;
    return (float *)flock->state + c * (m->n + 1);
}

static void sizes(const void *self, int64_t chains, size_t *state, size_t *scratch) {
    *state = (size_t)(chains * (((const perceptron *)self)->n + 1)) * sizeof(float);
    *scratch = 0;
}

static double field(const perceptron *m, const float *x) {
    double sum = (double)m->theta[m->n];
    for (int64_t k = 0; k < m->n; k++) sum += (double)m->theta[k] * (double)x[k];
    return sum;
}

static double fires(double x) {
    return x < 0 ? temper_exp(x) / (1 + temper_exp(x)) : 1 / (1 + temper_exp(-x));
}

static double base_of(const temper_place *place, const perceptron *m) {
    return place->base ? (double)place->base[m->n] : 0;
}

static void scatter(temper_flock *flock) {
    const perceptron *m = flock->machine->self;
    memset(flock->state, 0, flock->bytes);
    for (int64_t c = 0; c < flock->chains; c++)
        row_of(flock, c)[m->n] = temper_uniform(flock->stream, TEMPER_FOR_INITIAL, flock->clock, c) <
                                         fires(base_of(&flock->place, m))
                                     ? 1
                                     : 0;
}

static void clamp(temper_flock *flock, const float *const *row, int64_t n) {
    const perceptron *m = flock->machine->self;
    for (int64_t c = 0; c < n; c++) memcpy(row_of(flock, c), row[c], (size_t)(m->n + 1) * sizeof(float));
}

static void read(const temper_flock *flock, int64_t chain, float *row) {
    const perceptron *m = flock->machine->self;
    memcpy(row, row_of(flock, chain), (size_t)(m->n + 1) * sizeof *row);
}

/* Labels are independent of what they were: the last of n sweeps is all that counts. */
static void sweep(temper_flock *flock, int64_t n) {
    const perceptron *m = flock->machine->self;
    double beta = flock->place.beta, base = base_of(&flock->place, m);
    flock->clock += n;
    for (int64_t c = 0; c < flock->chains && n > 0 && !flock->pinned; c++) {
        float *row = row_of(flock, c);
        double x = field(m, row);
        if (isinf(beta))
            row[m->n] = x >= 0 ? 1 : 0;
        else
            row[m->n] = temper_uniform(flock->stream, TEMPER_FOR_UNITS, flock->clock - 1, c) <
                                fires(beta * x + (1 - beta) * base)
                            ? 1
                            : 0;
    }
}

static void swap(temper_flock *a, int64_t i, temper_flock *b, int64_t j) {
    const perceptron *m = a->machine->self;
    float *x = row_of(a, i), *y = row_of(b, j);
    for (int64_t k = 0; k <= m->n; k++) {
        float kept = x[k];
        x[k] = y[k], y[k] = kept;
    }
}

static void log_weight(const temper_flock *flock, const temper_place *at, double *out) {
    const perceptron *m = flock->machine->self;
    for (int64_t c = 0; c < flock->chains; c++) {
        const float *row = row_of(flock, c);
        out[c] = (double)row[m->n] * (at->beta * field(m, row) + (1 - at->beta) * base_of(at, m));
    }
}

/* Of the label, at given inputs. */
static double log_base(const void *self, const float *base) {
    double b = base ? (double)base[((const perceptron *)self)->n] : 0;
    return (b > 0 ? b : 0) + temper_log1p(temper_exp(-fabs(b)));
}

static void statistics(const temper_flock *flock, int64_t n, const double *weight, double scale,
                       float *stat) {
    const perceptron *m = flock->machine->self;
    for (int64_t k = 0; k <= m->n; k++) {
        double sum = 0;
        for (int64_t c = 0; c < n; c++) {
            const float *row = row_of(flock, c);
            double x = k < m->n ? (double)row[k] : 1;
            sum += (weight ? weight[c] : 1) * (double)row[m->n] * x;
        }
        stat[k] += (float)(scale * sum);
    }
}

static double enumerable(const void *self) { return (void)self, INFINITY; }

static temper_status exact(const void *self, double beta, double *log_z, double *stat, double *energy) {
    (void)self, (void)beta, (void)log_z, (void)stat, (void)energy;
    return temper_fail(TEMPER_CANNOT,
                       "perceptron: its inputs are given and have no distribution to sum over");
}

/* ln p(y | x): logistic regression. Its gradient is (y − p) x. */
static temper_status pseudo(const void *self, const temper_rows_view *rows, double *out, float *grad) {
    const perceptron *m = self;
    double all = 0;
    for (int64_t r = 0; r < rows->n; r++) all += rows->weight ? rows->weight[r] : 1;
    for (int64_t r = 0; r < rows->n; r++) {
        const float *row = rows->X + r * rows->columns;
        double y = (double)row[m->n], x = field(m, row), sx = y > 0 ? x : -x;
        out[r] = (sx < 0 ? sx : 0) - temper_log1p(temper_exp(-fabs(sx)));
        double g = (y - fires(x)) * (rows->weight ? rows->weight[r] : 1) / all;
        for (int64_t k = 0; k <= m->n && grad; k++) grad[k] += (float)(g * (k < m->n ? (double)row[k] : 1));
    }
    return TEMPER_OK;
}

static const temper_option options[] = {{0}};

const temper_machine_type temper_machine_perceptron = {
    .about = {"perceptron", "threshold unit on labelled rows, y = 1 if w·x + b ≥ 0",
              "F. Rosenblatt, Psychol. Rev. 65, 386 (1958)", "", options, sizeof(perceptron)},
    .build = build,
    .labelled = true,
    .visible = visible,
    .components = components,
    .method = "perceptron",
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
    .log_base = log_base,
    .statistics = statistics,
    .enumerable = enumerable,
    .exact = exact,
    .pseudo = pseudo};
