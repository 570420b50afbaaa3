/* A deep energy-based model: a network f(·; θ) with K outputs is the energy of its own input,
 *
 *     E(x; θ) = ½ Σ_k f_k(x; θ)²,      density ∝ exp(−E(x) − |x|²/2s²).
 *
 * The square keeps E above 0 and the Gaussian of width s keeps it normalisable whatever θ is. The gradient of the likelihood is that of any
 * machine, ⟨−∂E/∂θ⟩_data − ⟨−∂E/∂θ⟩_model; there are no hidden units.
 *
 * A sweep is `steps` steps of Langevin dynamics on U_β(x) = |x|²/2s² + β E(x) − (1 − β) base·x/s² with step h,
 *     x' = x − h ∇U + noise·√(2h) z,
 * which at noise = 1 samples the density up to an error of order h, and with metropolis=yes exactly (MALA: Roberts and Tweedie 1996). Short
 * cold runs (noise < 1) are what deep models are often trained with (Nijkamp, Hill, Han, Zhu and Wu 2020); what they sample is then not the
 * density, and ln Z and likelihoods are not theirs.
 *
 * In one or two dimensions ln Z is exact: a sum over a grid of ±8 s, which for smooth f converges faster than any power of the spacing. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/deep.h"
#include "temper/machine.h"
#include "temper/parallel.h"

enum { GRID = 512 };
static const double LN_TWO_PI = 1.837877066409345483560659472811235, REACH = 8;

typedef struct {
    temper_dims widths;
    int activation;
    int64_t outputs, steps;
    double scale, step, noise;
    bool metropolis;
    int64_t V;
    temper_deep deep; /* its θ is the machine's, as of the last refresh */
} ebm;

/* State of a flock: x[chains][V]. Scratch: slope[chains][V], energies[chains], and of a proposal the same with x itself. */
typedef struct {
    const ebm *m;
    temper_flock *flock;
    float *x, *slope, *x_new, *slope_new;
    double *E, *E_new;
} chains;

static chains of(const temper_flock *flock) {
    const ebm *m = flock->machine->self;
    size_t all = (size_t)(flock->chains * m->V);
    chains c = {.m = m, .flock = (temper_flock *)flock, .x = flock->state, .E = flock->scratch};
    c.E_new = c.E + flock->chains;
    c.slope = (float *)(void *)(c.E_new + flock->chains);
    c.x_new = c.slope + all, c.slope_new = c.x_new + all;
    return c;
}

static void sizes(const void *self, int64_t n, size_t *state, size_t *scratch) {
    const ebm *m = self;
    *state = (size_t)(n * m->V) * sizeof(float);
    *scratch = 2 * (size_t)n * sizeof(double) + 3 * *state;
}

static const char *const activations[] = {"silu", "softplus", "gelu", "tanh", "relu", "leaky"};

static temper_status build(void *self, const temper_machine_io *io) {
    ebm *m = self;
    char model[256];
    if (io->states || io->classes)
        return temper_fail(TEMPER_BAD_OPTION, "ebm: it learns columns of real numbers, these hold %s",
                           io->states ? "categories" : "labels");
    if (m->metropolis && m->noise != 1)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "ebm: metropolis=yes samples the density, and noise=%g another one; legal: noise=1", m->noise);
    int length = snprintf(model, sizeof model, "mlp:");
    for (int k = 0; k < m->widths.n; k++)
        length += snprintf(model + length, sizeof model - (size_t)length, "%s%lld",
                           k ? "x" : "widths=", (long long)m->widths.extent[k]);
    snprintf(model + length, sizeof model - (size_t)length, ",activation=%s", activations[m->activation]);
    m->V = io->columns;
    return temper_deep_build(&m->deep, model, m->V, m->outputs);
}

static void clear(void *self) { temper_deep_clear(&((ebm *)self)->deep); }

static temper_unit visible(const void *self) { return (void)self, TEMPER_GAUSSIAN; }
static int64_t components(const void *self) { return ((const ebm *)self)->V; }
static int64_t hidden(const void *self) { return (void)self, 0; }
static int arrays(const void *self) { return (void)self, 1; }

static void array(const void *self, int k, temper_machine_array *out) {
    (void)k;
    *out = (temper_machine_array){
        .name = "theta", .dims = 1, .shape = {temper_network_parameters(((const ebm *)self)->deep.network)}};
}

static void start(const void *self, const temper_rows_view *rows, temper_stream stream, float *theta) {
    (void)rows;
    temper_network_start(((const ebm *)self)->deep.network, TEMPER_INIT_AUTO, 1, stream, theta);
}

static temper_status refresh(void *self, const float *theta) {
    ((ebm *)self)->deep.theta = theta;
    return TEMPER_OK;
}

/* Where memory is short the flock is in trouble; else, where x ran away, NaN says so. */
static void slopes(const chains *c, const float *x, int64_t n, double *E, float *slope) {
    if (temper_deep_slopes(&c->m->deep, x, n, E, slope) == TEMPER_NO_MEMORY)
        c->flock->trouble = TEMPER_NO_MEMORY;
}

/* ---- chains ---- */

static void wake(temper_flock *flock) {
    chains c = of(flock);
    slopes(&c, c.x, flock->chains, c.E, c.slope);
}

/* In units of 1/s²: the mean of the base is base_i, as that of units of width 1 is (core/base_fields.c). */
static double base_of(const ebm *m, const temper_place *p, int64_t i) {
    return p->base ? (double)p->base[i] / (m->scale * m->scale) : 0;
}

static temper_status scatter_one(void *context, int64_t k) {
    chains *c = context;
    const temper_flock *f = c->flock;
    const double s = c->m->scale;
    for (int64_t i = 0; i < c->m->V; i++)
        c->x[k * c->m->V + i] =
            (float)(s * s * base_of(c->m, &f->place, i) +
                    s * temper_normal(f->stream, TEMPER_FOR_INITIAL, f->clock, k * c->m->V + i));
    return TEMPER_OK;
}

static void scatter(temper_flock *flock) {
    chains c = of(flock);
    temper_parallel(flock->chains, scatter_one, &c);
    if (c.m->deep.theta) wake(flock);
}

static void clamp(temper_flock *flock, const float *const *row, int64_t n) {
    chains c = of(flock);
    for (int64_t k = 0; k < n; k++) memcpy(c.x + k * c.m->V, row[k], (size_t)c.m->V * sizeof *c.x);
    slopes(&c, c.x, n, c.E, c.slope);
}

static void read(const temper_flock *flock, int64_t k, float *row) {
    chains c = of(flock);
    memcpy(row, c.x + k * c.m->V, (size_t)c.m->V * sizeof *row);
}

static double drift(const chains *c, const float *x, const float *slope, int64_t i) {
    const temper_place *p = &c->flock->place;
    return (double)x[i] / (c->m->scale * c->m->scale) + p->beta * (double)slope[i] -
           (1 - p->beta) * base_of(c->m, p, i);
}

typedef struct {
    chains c;
    int64_t step; /* number of this Langevin step, of all */
} journey;

static temper_status propose(void *context, int64_t k) {
    journey *j = context;
    const chains *c = &j->c;
    const int64_t V = c->m->V;
    const float *x = c->x + k * V, *slope = c->slope + k * V;
    const double h = c->m->step, spread = c->m->noise * sqrt(2 * h);
    for (int64_t i = 0; i < V; i++)
        c->x_new[k * V + i] =
            (float)((double)x[i] - h * drift(c, x, slope, i) +
                    spread * temper_normal(c->flock->stream, TEMPER_FOR_UNITS, j->step, k * V + i));
    return TEMPER_OK;
}

/* U(x) − U(x'), and the asymmetry of the proposal: |x' − x + h ∇U(x)|² − |x − x' + h ∇U(x')|² over 4h. */
static temper_status decide(void *context, int64_t k) {
    journey *j = context;
    const chains *c = &j->c;
    const int64_t V = c->m->V;
    float *x = c->x + k * V, *y = c->x_new + k * V, *slope = c->slope + k * V,
          *slope_new = c->slope_new + k * V;
    const temper_place *p = &c->flock->place;
    const double h = c->m->step, s2 = c->m->scale * c->m->scale;
    double gain = p->beta * (c->E[k] - c->E_new[k]);
    for (int64_t i = 0; i < V && c->m->metropolis; i++) {
        double a = x[i], b = y[i], there = b - a + h * drift(c, x, slope, i),
               back = a - b + h * drift(c, y, slope_new, i);
        gain += (a * a - b * b) / (2 * s2) - (1 - p->beta) * base_of(c->m, p, i) * (a - b);
        gain += (there * there - back * back) / (4 * h);
    }
    if (c->m->metropolis &&
        !(temper_uniform(c->flock->stream, TEMPER_FOR_MOVES, j->step, k) < temper_exp(gain >= 0 ? 0 : gain)))
        return TEMPER_OK;
    memcpy(x, y, (size_t)V * sizeof *x);
    memcpy(slope, slope_new, (size_t)V * sizeof *slope);
    c->E[k] = c->E_new[k];
    return TEMPER_OK;
}

/* Invariant: E and slope are those of x. */
static void sweep(temper_flock *flock, int64_t n) {
    journey j = {of(flock), 0};
    j.step = flock->clock * j.c.m->steps;
    for (int64_t t = 0; t < n * j.c.m->steps && !flock->pinned; t++, j.step++) {
        temper_parallel(flock->chains, propose, &j);
        slopes(&j.c, j.c.x_new, flock->chains, j.c.E_new, j.c.slope_new);
        temper_parallel(flock->chains, decide, &j);
    }
    flock->clock += n;
}

static void swap(temper_flock *a, int64_t i, temper_flock *b, int64_t j) {
    chains x = of(a), y = of(b);
    const int64_t V = x.m->V;
    for (int64_t k = 0; k < V; k++) {
        float kept = x.x[i * V + k];
        x.x[i * V + k] = y.x[j * V + k], y.x[j * V + k] = kept;
        kept = x.slope[i * V + k];
        x.slope[i * V + k] = y.slope[j * V + k], y.slope[j * V + k] = kept;
    }
    double kept = x.E[i];
    x.E[i] = y.E[j], y.E[j] = kept;
}

static double weight_of(const ebm *m, const float *x, double E, const temper_place *at) {
    double square = 0, along = 0;
    for (int64_t i = 0; i < m->V; i++)
        square += (double)x[i] * x[i], along += base_of(m, at, i) * (double)x[i];
    return (1 - at->beta) * along - at->beta * E - square / (2 * m->scale * m->scale);
}

static void log_weight(const temper_flock *flock, const temper_place *at, double *out) {
    chains c = of(flock);
    for (int64_t k = 0; k < flock->chains; k++) out[k] = weight_of(c.m, c.x + k * c.m->V, c.E[k], at);
}

/* To the order of h, or exactly with metropolis=yes. */
static bool balanced(const void *self) { return ((const ebm *)self)->noise == 1; }

static double log_base(const void *self, const float *base) {
    const ebm *m = self;
    const temper_place at = {0, base};
    double sum = 0;
    for (int64_t i = 0; i < m->V; i++) {
        double b = base_of(m, &at, i) * m->scale;
        sum += LN_TWO_PI / 2 + temper_log(m->scale) + b * b / 2;
    }
    return sum;
}

/* ---- learning ---- */

static void statistics(const temper_flock *flock, int64_t n, const double *weight, double scale,
                       float *stat) {
    chains c = of(flock);
    const int64_t P = temper_network_parameters(c.m->deep.network), at_once = weight ? 1 : TEMPER_DEEP_ROWS;
    float *grad = temper_alloc((size_t)P, sizeof *grad);
    for (int64_t first = 0; first < n; first += at_once) {
        int64_t count = n - first < at_once ? n - first : at_once;
        double factor = -scale * (double)count * (weight ? weight[first] : 1);
        temper_status bad =
            grad ? temper_deep_mean(&c.m->deep, c.x + first * c.m->V, count, grad) : TEMPER_NO_MEMORY;
        if (bad) factor = NAN;
        if (bad == TEMPER_NO_MEMORY) c.flock->trouble = bad;
        for (int64_t k = 0; k < P; k++)
            stat[k] = (float)((double)stat[k] + factor * (grad ? (double)grad[k] : 0));
    }
    temper_release(grad);
}

/* ---- exact in one or two dimensions ---- */

static double enumerable(const void *self) {
    const ebm *m = self;
    return m->V == 1 ? 9 : m->V == 2 ? 18 : INFINITY; /* log2 of GRID^V */
}

static temper_status exact(const void *self, double beta, double *log_z, double *stat, double *energy) {
    const ebm *m = self;
    if (m->V > 2 || stat)
        return temper_fail(TEMPER_CANNOT, "ebm: %s",
                           stat ? "mean slopes are not to be had exactly; replay or pcd learn from chains"
                                : "ln Z is exact in one or two dimensions only; method=ais estimates it");
    const int64_t n = m->V == 1 ? GRID : GRID * GRID;
    const double reach = REACH * m->scale, spacing = 2 * reach / GRID;
    const temper_place at = {beta, NULL};
    float *x = temper_alloc((size_t)(n * m->V), sizeof *x);
    double *E = temper_alloc((size_t)n, sizeof *E), most = -INFINITY, sum = 0, mean = 0;
    temper_status bad = x && E ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < n && !bad; k++)
        for (int64_t i = 0; i < m->V; i++)
            x[k * m->V + i] = (float)(-reach + spacing * ((double)(i ? k / GRID : k % GRID) + 0.5));
    if (!bad) bad = temper_deep_energies(&m->deep, x, n, E);
    for (int64_t k = 0; k < n && !bad; k++) most = fmax(most, weight_of(m, x + k * m->V, E[k], &at));
    for (int64_t k = 0; k < n && !bad; k++) {
        double w = temper_exp(weight_of(m, x + k * m->V, E[k], &at) - most);
        sum += w, mean += w * E[k];
    }
    if (!bad) *log_z = most + temper_log(sum) + (double)m->V * temper_log(spacing);
    if (!bad && energy) *energy = mean / sum;
    temper_release(x);
    temper_release(E);
    return bad;
}

static const temper_option options[] = {
    {"widths", TEMPER_DIMS, offsetof(ebm, widths), "64x64", 1, 65536, NULL, "units",
     "hidden layers of the network"},
    {"activation", TEMPER_CHOICE, offsetof(ebm, activation), "silu", 0, 0,
     "silu|softplus|gelu|tanh|relu|leaky", "", "between the layers; smooth ones make smooth energies"},
    {"outputs", TEMPER_INT, offsetof(ebm, outputs), "8", 1, 1024, NULL, "",
     "K, whose squares add up to the energy"},
    {"scale", TEMPER_REAL, offsetof(ebm, scale), "2", 1e-3, 1e6, NULL, "units of the data",
     "s, width of the Gaussian that holds it together"},
    {"steps", TEMPER_INT, offsetof(ebm, steps), "10", 1, 1e6, NULL, "", "Langevin steps of one sweep"},
    {"step", TEMPER_REAL, offsetof(ebm, step), "0.01", 1e-9, 1e6, NULL, "", "h, length of a Langevin step"},
    {"noise", TEMPER_REAL, offsetof(ebm, noise), "1", 0, 1, NULL, "",
     "1 samples the density, less is colder"},
    {"metropolis", TEMPER_FLAG, offsetof(ebm, metropolis), "no", 0, 0, NULL, "",
     "accept or reject every step, so that the density is sampled exactly (noise=1)"},
    {0}};

const temper_machine_type temper_machine_ebm = {
    .about =
        {"ebm", "deep energy-based model, E(x) = ½ Σ_k f_k(x; θ)² of a network f, p ∝ exp(−E − |x|²/2s²)",
         "Y. LeCun, S. Chopra, R. Hadsell, M. Ranzato and F. Huang, A Tutorial on Energy-Based Learning (2006)",
         "widths=5,outputs=2,metropolis=yes,step=0.2", options, sizeof(ebm)},
    .build = build,
    .clear = clear,
    .visible = visible,
    .components = components,
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
    .curved = true,
    .method = "replay",
    .enumerable = enumerable,
    .exact = exact};
