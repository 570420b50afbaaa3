/* dbm: a deep Boltzmann machine, visible units and layers of hidden ones, each coupled to its neighbours (Salakhutdinov and Hinton 2009),
 *
 *     −E = b·v + Σ_l c_l·h_l + vᵀ W1 h_1 + h_1ᵀ W2 h_2 + …
 *
 * Even layers v, h_2, … given odd ones are independent, and the reverse: a graph of two sides. A chain keeps v, h_2, …; h_1, h_3, … are summed
 * out of its weight. So the weight of v alone is known only for one hidden layer (which rbm does better), and `marginal` is false.
 * Data: hidden units of pinned chains are represented by their mean field (`inference` rounds), or with inference=0 by Gibbs samples,
 * which want several sweeps after each change of the rows. */
#include <math.h>
#include "base/memory.h"
#include "core/enumerate.h"
#include "core/layers.h"

typedef struct {
    temper_dims hidden;
    int visible_kind, hidden_kind;
    int64_t inference;
    temper_layers layers;
} dbm;

static const temper_layers *inside(const void *self) { return &((const dbm *)self)->layers; }
static const temper_layers *layers_of(const temper_flock *flock) { return inside(flock->machine->self); }

static temper_status build(void *self, const temper_machine_io *io) {
    static const temper_unit kinds[] = {TEMPER_BINARY, TEMPER_SPIN, TEMPER_GAUSSIAN, TEMPER_RELU};
    dbm *d = self;
    double couplings = 0;
    if (io->states > 0)
        return temper_fail(TEMPER_BAD_OPTION,
                           "dbm: the columns of the data hold categories; legal: numbers (rbm takes both)");
    d->layers = (temper_layers){.n = 1 + d->hidden.n, .inference = d->inference};
    d->layers.layer[0] = (temper_layer){.unit = kinds[d->visible_kind], .units = io->columns, .states = 1};
    for (int l = 1; l < d->layers.n; l++) {
        d->layers.layer[l] =
            (temper_layer){.unit = kinds[d->hidden_kind], .units = d->hidden.extent[l - 1], .states = 1};
        couplings += (double)d->layers.layer[l - 1].units * (double)d->layers.layer[l].units;
    }
    if (couplings > 0x1p31)
        return temper_fail(TEMPER_BAD_OPTION, "dbm: the layers have %.3g couplings; legal: at most 2^31",
                           couplings);
    temper_layers_lay(&d->layers);
    return TEMPER_OK;
}

static temper_unit visible_unit(const void *self) { return inside(self)->layer[0].unit; }
static int64_t components(const void *self) { return inside(self)->layer[0].width; }
static int64_t hidden_units(const void *self) { return inside(self)->total - inside(self)->layer[0].width; }
static int arrays(const void *self) { return temper_layers_arrays(inside(self)); }
static void array_of(const void *self, int k, temper_machine_array *out) {
    temper_layers_array(inside(self), k, out);
}

static void start(const void *self, const temper_rows_view *rows, temper_stream stream, float *theta) {
    temper_layers_start(inside(self), rows, stream, theta);
}

static temper_status refresh(void *self, const float *theta) {
    ((dbm *)self)->layers.theta = theta;
    return TEMPER_OK;
}

static void sizes(const void *self, int64_t chains, size_t *state, size_t *scratch) {
    temper_layers_sizes(inside(self), chains, state, scratch);
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
    return temper_layers_log_base(inside(self), base);
}

static void statistics(const temper_flock *flock, int64_t n, const double *weight, double scale,
                       float *stat) {
    temper_layers_statistics(layers_of(flock), flock, n, weight, scale, stat);
}

static void centre(const void *self, const float *data, bool standardise, float *grad) {
    temper_layers_centre(inside(self), data, standardise, grad);
}

static void features(const temper_flock *flock, float *out) {
    temper_layers_features(layers_of(flock), flock, out);
}

/* ---- exact: all even layers side by side are one layer, all odd ones another ---- */

static temper_two_layers sides_of(const temper_layers *of) {
    temper_two_layers two = {of->layer[0].unit, of->layer[1].unit, 0, 0, 1, 1, NULL, NULL, NULL};
    for (int l = 0; l < of->n; l++) *(l % 2 ? &two.H : &two.V) += of->layer[l].units;
    return two;
}

static bool alike(const temper_layers *of) { return of->n == 2 || of->layer[0].unit == of->layer[1].unit; }

static double enumerable(const void *self) {
    const temper_two_layers two = sides_of(inside(self));
    return alike(inside(self)) ? temper_enumerable(&two) : INFINITY;
}

/* First unit of layer l on its side. */
static int64_t place_of(const temper_layers *of, int l) {
    int64_t place = 0;
    for (int k = l % 2; k < l; k += 2) place += of->layer[k].units;
    return place;
}

/* Copies between θ (or statistics of its shape) and the arrays of the two sides. */
static void spread(const temper_layers *of, const temper_two_layers *two, float *W, float *b, float *c) {
    for (int l = 0; l < of->n; l++) {
        const temper_layer *here = &of->layer[l];
        for (int64_t i = 0; i < here->units; i++)
            (l % 2 ? c : b)[place_of(of, l) + i] = of->theta[here->bias + i];
        for (int64_t i = 0; l > 0 && i < here[-1].units; i++)
            for (int64_t j = 0; j < here->units; j++) {
                const int64_t below = place_of(of, l - 1) + i, at = place_of(of, l) + j;
                W[l % 2 ? below * two->H + at : at * two->H + below] =
                    of->theta[here->coupling + i * here->units + j];
            }
    }
}

static void gather(const temper_layers *of, const temper_two_layers *two, const double *stat, double *out) {
    const double *b = stat + two->V * two->H, *c = b + two->V;
    for (int l = 0; l < of->n; l++) {
        const temper_layer *here = &of->layer[l];
        for (int64_t i = 0; i < here->units; i++) out[here->bias + i] = (l % 2 ? c : b)[place_of(of, l) + i];
        for (int64_t i = 0; l > 0 && i < here[-1].units; i++)
            for (int64_t j = 0; j < here->units; j++) {
                const int64_t below = place_of(of, l - 1) + i, at = place_of(of, l) + j;
                out[here->coupling + i * here->units + j] =
                    stat[l % 2 ? below * two->H + at : at * two->H + below];
            }
    }
}

static temper_status exact(const void *self, double beta, double *log_z, double *stat, double *energy) {
    const temper_layers *of = inside(self);
    temper_two_layers two = sides_of(of);
    if (!alike(of))
        return temper_fail(TEMPER_CANNOT, "dbm: an exact sum needs visible and hidden units of one kind");
    if (temper_enumerable(&two) > 30)
        return temper_fail(TEMPER_CANNOT, "dbm: an exact sum over 2^%.0f states; legal: at most 2^30",
                           temper_enumerable(&two));
    const size_t pairs = (size_t)(two.V * two.H), all = pairs + (size_t)(two.V + two.H);
    float *W = temper_alloc(all, sizeof *W);
    double *sums = temper_alloc(stat ? all : 0, sizeof *sums);
    temper_status bad = W && sums ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad) {
        spread(of, &two, W, W + pairs, W + pairs + two.V);
        two.W = W, two.b = W + pairs, two.c = two.b + two.V;
        bad = temper_enumerate(&two, beta, log_z, stat ? sums : NULL, energy);
    }
    if (!bad && stat) gather(of, &two, sums, stat);
    temper_release(W);
    temper_release(sums);
    return bad;
}

static const temper_option options[] = {
    {"hidden", TEMPER_DIMS, offsetof(dbm, hidden), "500x1000", 1, 1e6, NULL, "",
     "units of each hidden layer, from the visible side on"},
    {"visible", TEMPER_CHOICE, offsetof(dbm, visible_kind), "binary", 0, 0, "binary|spin|gaussian|relu", "",
     "kind of the visible units"},
    {"hidden_units", TEMPER_CHOICE, offsetof(dbm, hidden_kind), "binary", 0, 0, "binary|spin|gaussian|relu",
     "", "kind of the hidden units"},
    {"inference", TEMPER_INT, offsetof(dbm, inference), "10", 0, 1000, NULL, "",
     "rounds of mean field for the hidden units of data; 0: Gibbs samples"},
    {0}};

const temper_machine_type temper_machine_dbm = {
    .about = {"dbm", "-E = b v + c1 h1 + c2 h2 + ... + v W1 h1 + h1 W2 h2 + ...: layers of hidden units",
              "Salakhutdinov and Hinton 2009", "hidden=4x3", options, sizeof(dbm)},
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
    .folded = true,
    .climb = climb,
    .log_base = log_base,
    .statistics = statistics,
    .centre = centre,
    .features = features,
    .enumerable = enumerable,
    .exact = exact,
};
