/* rbm: a restricted Boltzmann machine (harmonium), one layer of visible and one of hidden units of any kinds,
 *
 *     −E(v, h) = Σ b_i v_i + Σ c_j h_j + Σ v_i W_ij h_j      (minus the halves of squares of real units).
 *
 * Given one layer the units of the other are independent; ln of the weight of v alone is b·v + Σ_j ln z(c_j + Σ_i v_i W_ij), with z of
 * a lone unit: 1 + e^x (binary), 2 cosh x (spin), Σ_a e^{x_a} (potts), √(2π) e^{x²/2} (gaussian), √(2π) e^{x²/2} Φ(x) (relu).
 *
 * Two engines: integers for 0/1 units on both sides (core/gibbs.h), floats for all kinds (core/layers.h). They draw other random numbers,
 * from the same law but for the 16 bits of a weight that the integers keep. */
#include "base/memory.h"
#include "core/enumerate.h"
#include "core/gibbs.h"
#include "core/layers.h"
#include "core/plefka.h"
#include "core/pseudo.h"

typedef struct {
    int64_t hidden, states;
    int visible_kind, hidden_kind, engine;
    temper_layers layers;
    temper_gibbs *gibbs; /* NULL: floats */
} rbm;

enum { AUTO }; /* the first choice of `visible`; the others are 1 + temper_unit */
enum { ENGINE_AUTO, ENGINE_INTEGER, ENGINE_FLOAT };

static const temper_layers *layers_of(const temper_flock *flock) {
    return &((const rbm *)flock->machine->self)->layers;
}

static const temper_gibbs *gibbs_of(const temper_flock *flock) {
    return ((const rbm *)flock->machine->self)->gibbs;
}

enum {
    INTEGERS_MOST = 65535,
    COUPLINGS_FEW = 4096
}; /* units of a side; below that speed is no matter, exactness is */
static temper_status choose_engine(rbm *r) {
    const temper_layer *v = &r->layers.layer[0], *h = &r->layers.layer[1];
    const bool can = v->unit == TEMPER_BINARY && h->unit == TEMPER_BINARY && v->units <= INTEGERS_MOST &&
                     h->units <= INTEGERS_MOST;
    if (r->engine == ENGINE_INTEGER && !can)
        return temper_fail(TEMPER_BAD_OPTION,
                           "rbm: engine=integer with %s and %s units, %lld and %lld of them; legal: binary "
                           "ones, at most %d on a side, else engine=float",
                           temper_unit_name(v->unit), temper_unit_name(h->unit), (long long)v->units,
                           (long long)h->units, INTEGERS_MOST);
    const bool pays = r->engine == ENGINE_INTEGER || v->units * h->units >= COUPLINGS_FEW;
    return can && pays && r->engine != ENGINE_FLOAT ? temper_gibbs_create(&r->gibbs, v->units, h->units)
                                                    : TEMPER_OK;
}

static temper_status visible_of(const rbm *r, const temper_machine_io *io, temper_unit *unit) {
    *unit = r->visible_kind != AUTO ? (temper_unit)(r->visible_kind - 1)
            : io->states > 0        ? TEMPER_POTTS
                                    : TEMPER_BINARY;
    if ((*unit == TEMPER_POTTS) != (io->states > 0))
        return temper_fail(TEMPER_BAD_OPTION,
                           "rbm: visible=%s, but the columns of the data %s; legal: potts for categories, "
                           "binary, spin, gaussian or relu for numbers",
                           temper_unit_name(*unit), io->states > 0 ? "hold categories" : "hold numbers");
    if (io->states > TEMPER_STATES_MAX)
        return temper_fail(TEMPER_BAD_OPTION, "rbm: %lld categories in a column; legal: at most %d",
                           (long long)io->states, TEMPER_STATES_MAX);
    return TEMPER_OK;
}

static temper_status build(void *self, const temper_machine_io *io) {
    rbm *r = self;
    temper_unit visible, hidden = (temper_unit)r->hidden_kind;
    temper_status bad = visible_of(r, io, &visible);
    if (bad) return bad;
    const int64_t q = visible == TEMPER_POTTS ? io->states : 1, k = hidden == TEMPER_POTTS ? r->states : 1;
    const double couplings = (double)(io->columns * q) * (double)(r->hidden * k);
    if (couplings > 0x1p31)
        return temper_fail(TEMPER_BAD_OPTION, "rbm: hidden=%lld makes %.3g couplings; legal: at most 2^31",
                           (long long)r->hidden, couplings);
    r->layers = (temper_layers){.n = 2,
                                .layer = {{.unit = visible, .units = io->columns, .states = q},
                                          {.unit = hidden, .units = r->hidden, .states = k}}};
    temper_layers_lay(&r->layers);
    return choose_engine(r);
}

static void clear(void *self) { temper_gibbs_free(((rbm *)self)->gibbs); }

static temper_unit visible_unit(const void *self) { return ((const rbm *)self)->layers.layer[0].unit; }
static int64_t components(const void *self) { return ((const rbm *)self)->layers.layer[0].width; }
static int64_t hidden_units(const void *self) { return ((const rbm *)self)->layers.layer[1].width; }
static int arrays(const void *self) { return temper_layers_arrays(&((const rbm *)self)->layers); }
static void array_of(const void *self, int k, temper_machine_array *out) {
    temper_layers_array(&((const rbm *)self)->layers, k, out);
}

static void start(const void *self, const temper_rows_view *rows, temper_stream stream, float *theta) {
    temper_layers_start(&((const rbm *)self)->layers, rows, stream, theta);
}

static void gauge(const void *self, float *theta) {
    temper_layers_gauge(&((const rbm *)self)->layers, theta);
}

static temper_status refresh(void *self, const float *theta) {
    rbm *r = self;
    r->layers.theta = theta;
    return r->gibbs ? temper_gibbs_refresh(r->gibbs, theta) : TEMPER_OK;
}

static void sizes(const void *self, int64_t chains, size_t *state, size_t *scratch) {
    const rbm *r = self;
    if (r->gibbs)
        temper_gibbs_sizes(r->gibbs, chains, state, scratch);
    else
        temper_layers_sizes(&r->layers, chains, state, scratch);
}

static void wake(temper_flock *flock) {
    if (gibbs_of(flock)) temper_gibbs_wake(gibbs_of(flock), flock);
}

static void scatter(temper_flock *flock) {
    if (gibbs_of(flock))
        temper_gibbs_scatter(gibbs_of(flock), flock);
    else
        temper_layers_scatter(layers_of(flock), flock);
}

static void clamp(temper_flock *flock, const float *const *row, int64_t n) {
    if (gibbs_of(flock))
        temper_gibbs_clamp(gibbs_of(flock), flock, row, n);
    else
        temper_layers_clamp(layers_of(flock), flock, row, n);
}

static void read_row(const temper_flock *flock, int64_t chain, float *row) {
    if (gibbs_of(flock))
        temper_gibbs_read(gibbs_of(flock), flock, chain, row);
    else
        temper_layers_read(layers_of(flock), flock, chain, row);
}

static void sweep(temper_flock *flock, int64_t n) {
    if (gibbs_of(flock))
        temper_gibbs_sweep(gibbs_of(flock), flock, n);
    else
        temper_layers_sweep(layers_of(flock), flock, n);
}

static void swap(temper_flock *a, int64_t i, temper_flock *b, int64_t j) {
    if (gibbs_of(a))
        temper_gibbs_swap(gibbs_of(a), a, i, b, j);
    else
        temper_layers_swap(layers_of(a), a, i, b, j);
}

static void log_weight(const temper_flock *flock, const temper_place *at, double *out) {
    if (gibbs_of(flock))
        temper_gibbs_log_weight(gibbs_of(flock), flock, at, out);
    else
        temper_layers_log_weight(layers_of(flock), flock, at, out);
}

static void climb(temper_flock *flock, const temper_place *to, double *log_w) {
    if (gibbs_of(flock))
        temper_gibbs_climb(gibbs_of(flock), flock, to, log_w);
    else
        temper_layers_climb(layers_of(flock), flock, to, log_w);
}

static double log_base(const void *self, const float *base) {
    return temper_layers_log_base(&((const rbm *)self)->layers, base);
}

static void statistics(const temper_flock *flock, int64_t n, const double *weight, double scale,
                       float *stat) {
    if (gibbs_of(flock))
        temper_gibbs_statistics(gibbs_of(flock), flock, n, weight, scale, stat);
    else
        temper_layers_statistics(layers_of(flock), flock, n, weight, scale, stat);
}

static bool fused(const void *self) { return ((const rbm *)self)->gibbs != NULL; }

static temper_status learn(void *self, temper_flock *data, temper_flock *model, float *theta,
                           const temper_stride *stride) {
    return temper_gibbs_learn(((rbm *)self)->gibbs, data, model, theta, stride);
}

static void centre(const void *self, const float *data, bool standardise, float *grad) {
    temper_layers_centre(&((const rbm *)self)->layers, data, standardise, grad);
}

static void features(const temper_flock *flock, float *out) {
    if (gibbs_of(flock))
        temper_gibbs_features(gibbs_of(flock), flock, out);
    else
        temper_layers_features(layers_of(flock), flock, out);
}

static temper_two_layers plain_arrays(const rbm *r) {
    const temper_layer *v = &r->layers.layer[0], *h = &r->layers.layer[1];
    const float *theta = r->layers.theta;
    return (temper_two_layers){v->unit,   h->unit, v->units,        h->units,       v->states,
                               h->states, theta,   theta + v->bias, theta + h->bias};
}

static double enumerable(const void *self) {
    const temper_two_layers of = plain_arrays(self);
    return temper_enumerable(&of);
}

static temper_status exact(const void *self, double beta, double *log_z, double *stat, double *energy) {
    const temper_two_layers of = plain_arrays(self);
    return temper_enumerate(&of, beta, log_z, stat, energy);
}

static temper_status pseudo(const void *self, const temper_rows_view *rows, double *out, float *grad) {
    const temper_two_layers of = plain_arrays(self);
    return temper_pseudo(&of, rows, out, grad);
}

/* Starts: the rows of the flock and their hidden means. */
static temper_status starts_of(const rbm *r, const temper_flock *from, double *m) {
    const int64_t V = r->layers.layer[0].width, H = r->layers.layer[1].width, n = from->chains;
    float *row = temper_alloc((size_t)V, sizeof *row);
    float *mean = temper_alloc((size_t)(n * H), sizeof *mean);
    if (row && mean) {
        features(from, mean);
        for (int64_t c = 0; c < n; c++) {
            read_row(from, c, row);
            for (int64_t i = 0; i < V; i++) m[c * (V + H) + i] = (double)row[i];
            for (int64_t j = 0; j < H; j++) m[c * (V + H) + V + j] = (double)mean[c * H + j];
        }
    }
    const bool bad = !row || !mean;
    temper_release(row);
    temper_release(mean);
    return bad ? TEMPER_NO_MEMORY : TEMPER_OK;
}

/* ln Z of the best solution, which is the largest; statistics are means over all of them. */
static temper_status mean_field(const void *self, int order, const temper_flock *from, double *log_z,
                                float *stat, double *residual) {
    const rbm *r = self;
    const temper_two_layers of = plain_arrays(r);
    const temper_plefka_how how = temper_plefka_usual(order);
    const int64_t P = r->layers.parameters, n = from ? from->chains : 1;
    double *m = from ? temper_alloc((size_t)n, (size_t)(of.V + of.H) * sizeof *m) : NULL;
    double *sums = temper_alloc(stat ? (size_t)P : 0, sizeof *sums);
    temper_plefka_result *result = temper_alloc((size_t)n, sizeof *result);
    temper_status bad = (m || !from) && sums && result ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad && from && of.visible <= TEMPER_SPIN && of.hidden <= TEMPER_SPIN) bad = starts_of(r, from, m);
    if (!bad) bad = temper_plefka(&of, &how, n, m, result, stat ? sums : NULL);
    for (int64_t k = 0; !bad && k < n; k++)
        if (k == 0 || result[k].log_z > *log_z) *log_z = result[k].log_z, *residual = result[k].residual;
    for (int64_t k = 0; !bad && stat && k < P; k++) stat[k] = (float)sums[k];
    temper_release(m);
    temper_release(sums);
    temper_release(result);
    return bad;
}

static const temper_option options[] = {
    {"hidden", TEMPER_INT, offsetof(rbm, hidden), "100", 1, 65535, NULL, "", "number of hidden units"},
    {"visible", TEMPER_CHOICE, offsetof(rbm, visible_kind), "auto", 0, 0,
     "auto|binary|spin|potts|gaussian|relu", "",
     "kind of the visible units; auto: potts where columns hold categories, else binary"},
    {"hidden_units", TEMPER_CHOICE, offsetof(rbm, hidden_kind), "binary", 0, 0,
     "binary|spin|potts|gaussian|relu", "", "kind of the hidden units"},
    {"states", TEMPER_INT, offsetof(rbm, states), "2", 2, TEMPER_STATES_MAX, NULL, "",
     "states of a hidden potts unit"},
    {"engine", TEMPER_CHOICE, offsetof(rbm, engine), "auto", 0, 0, "auto|integer|float", "",
     "auto: integer for binary units on both sides and 4096 couplings or more, else float"},
    {0}};

const temper_machine_type temper_machine_rbm = {
    .about = {"rbm", "-E = b v + c h + v W h: one visible and one hidden layer, units of any kind",
              "Smolensky 1986; Hinton 2002", "hidden=5", options, sizeof(rbm)},
    .build = build,
    .clear = clear,
    .visible = visible_unit,
    .components = components,
    .hidden = hidden_units,
    .arrays = arrays,
    .array = array_of,
    .start = start,
    .refresh = refresh,
    .sizes = sizes,
    .wake = wake,
    .scatter = scatter,
    .clamp = clamp,
    .read = read_row,
    .sweep = sweep,
    .swap = swap,
    .log_weight = log_weight,
    .marginal = true,
    .climb = climb,
    .log_base = log_base,
    .statistics = statistics,
    .centre = centre,
    .learn = learn,
    .fused = fused,
    .features = features,
    .gauge = gauge,
    .enumerable = enumerable,
    .exact = exact,
    .pseudo = pseudo,
    .mean_field = mean_field,
};
