/* rbm: a restricted Boltzmann machine (harmonium), one layer of visible and one of hidden units of any kinds,
 *
 *     −E(v, h) = Σ b_i v_i + Σ c_j h_j + Σ v_i W_ij h_j      (minus the halves of squares of real units).
 *
 * Given one layer the units of the other are independent; ln of the weight of v alone is b·v + Σ_j ln z(c_j + Σ_i v_i W_ij), with z of
 * a lone unit: 1 + e^x (binary), 2 cosh x (spin), Σ_a e^{x_a} (potts), √(2π) e^{x²/2} (gaussian), √(2π) e^{x²/2} Φ(x) (relu). */
#include <math.h>
#include "core/enumerate.h"
#include "core/layers.h"

typedef struct {
    int64_t hidden, states;
    int visible_kind, hidden_kind;
    temper_layers layers;
} rbm;

enum { AUTO }; /* the first choice of `visible`; the others are 1 + temper_unit */

static const temper_layers *layers_of(const temper_flock *flock) {
    return &((const rbm *)flock->machine->self)->layers;
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
    return TEMPER_OK;
}

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

static temper_status refresh(void *self, const float *theta) {
    ((rbm *)self)->layers.theta = theta;
    return TEMPER_OK;
}

static void sizes(const void *self, int64_t chains, size_t *state, size_t *scratch) {
    temper_layers_sizes(&((const rbm *)self)->layers, chains, state, scratch);
}

static void scatter(temper_flock *flock) { temper_layers_scatter(layers_of(flock), flock); }

static void clamp(temper_flock *flock, const float *const *row, int64_t n) {
    temper_layers_clamp(layers_of(flock), flock, row, n);
}

static void read_row(const temper_flock *flock, int64_t chain, float *row) {
    temper_layers_read(layers_of(flock), flock, chain, row);
}

static void sweep(temper_flock *flock, int64_t n) { temper_layers_sweep(layers_of(flock), flock, n); }

static void swap(temper_flock *a, int64_t i, temper_flock *b, int64_t j) {
    temper_layers_swap(layers_of(a), a, i, b, j);
}

static void log_weight(const temper_flock *flock, const temper_place *at, double *out) {
    temper_layers_log_weight(layers_of(flock), flock, at, out);
}

static void climb(temper_flock *flock, const temper_place *to, double *log_w) {
    temper_layers_climb(layers_of(flock), flock, to, log_w);
}

static double log_base(const void *self, const float *base) {
    return temper_layers_log_base(&((const rbm *)self)->layers, base);
}

static void statistics(const temper_flock *flock, int64_t n, const double *weight, double scale, float *stat) {
    temper_layers_statistics(layers_of(flock), flock, n, weight, scale, stat);
}

static void centre(const void *self, const float *data, bool standardise, float *grad) {
    temper_layers_centre(&((const rbm *)self)->layers, data, standardise, grad);
}

static void features(const temper_flock *flock, float *out) {
    temper_layers_features(layers_of(flock), flock, out);
}

static temper_two_layers plain_arrays(const rbm *r) {
    const temper_layer *v = &r->layers.layer[0], *h = &r->layers.layer[1];
    const float *theta = r->layers.theta;
    return (temper_two_layers){v->unit,   h->unit,   v->units,          h->units,         v->states,
                               h->states, theta,     theta + v->bias,   theta + h->bias};
}

static double enumerable(const void *self) {
    const temper_two_layers of = plain_arrays(self);
    return temper_enumerable(&of);
}

static temper_status exact(const void *self, double beta, double *log_z, double *stat, double *energy) {
    const temper_two_layers of = plain_arrays(self);
    return temper_enumerate(&of, beta, log_z, stat, energy);
}

static const temper_option options[] = {
    {"hidden", TEMPER_INT, offsetof(rbm, hidden), "100", 1, 1e6, NULL, "", "number of hidden units"},
    {"visible", TEMPER_CHOICE, offsetof(rbm, visible_kind), "auto", 0, 0,
     "auto|binary|spin|potts|gaussian|relu", "",
     "kind of the visible units; auto: potts where columns hold categories, else binary"},
    {"hidden_units", TEMPER_CHOICE, offsetof(rbm, hidden_kind), "binary", 0, 0,
     "binary|spin|potts|gaussian|relu", "", "kind of the hidden units"},
    {"states", TEMPER_INT, offsetof(rbm, states), "2", 2, TEMPER_STATES_MAX, NULL, "",
     "states of a hidden potts unit"},
    {0}};

const temper_machine_type temper_machine_rbm = {
    .about = {"rbm", "-E = b v + c h + v W h: one visible and one hidden layer, units of any kind",
              "Smolensky 1986; Hinton 2002", "hidden=5", options, sizeof(rbm)},
    .build = build,
    .visible = visible_unit,
    .components = components,
    .hidden = hidden_units,
    .arrays = arrays,
    .array = array_of,
    .start = start,
    .refresh = refresh,
    .sizes = sizes,
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
    .features = features,
    .enumerable = enumerable,
    .exact = exact,
};
