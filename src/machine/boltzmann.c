/* The Boltzmann machine (D. H. Ackley, G. E. Hinton and T. J. Sejnowski, Cognitive Science 9, 147 (1985)): visible and hidden units of two
 * values, any of which may be coupled,
 *
 *     E(s) = −(Σ_{i<j} J_ij s_i s_j + Σ_i h_i s_i)/T,        density exp(−E).
 *
 * h are fields: their thresholds are −h. The temperature stands inside E, so that T = 10 is the same machine with weights ten times as large.
 * The 0/1 machine of a ±1 one has couplings 4 J and fields 2 h_i − 2 Σ_j J_ij, and the constant Σ_{i<j} J_ij − Σ h_i in −E T. Units move one
 * after the other, hidden ones first; core/lateral.h says with what probability. */
#include <math.h>
#include "base/elementary.h"
#include "core/lateral.h"

enum { UNITS_MAX = 16384 };

typedef struct {
    temper_lateral net; /* first: the system boltzmann reads machines through it */
    int64_t hidden, group;
    int units, connections;
    char *pairs;
    double temperature, spread;
} boltzmann;

static const temper_lateral *net(const void *self) { return &((const boltzmann *)self)->net; }
static const temper_lateral *of(const temper_flock *flock) { return net(flock->machine->self); }

static temper_status build(void *self, const temper_machine_io *io) {
    boltzmann *m = self;
    if (io->columns + m->hidden > UNITS_MAX)
        return temper_fail(TEMPER_BAD_OPTION,
                           "boltzmann: %lld units of the rows and hidden=%lld; legal: at most %d in all",
                           (long long)io->columns, (long long)m->hidden, UNITS_MAX);
    if (m->pairs && m->connections != TEMPER_LATERAL_FULL)
        return temper_fail(TEMPER_BAD_OPTION, "boltzmann: pairs=%.24s and connections: legal is one of them",
                           m->pairs);
    m->net.spin = m->units == 1;
    m->net.T = m->temperature;
    m->net.V = io->columns, m->net.n = io->columns + m->hidden;
    const temper_lateral_wiring wiring = {
        m->pairs ? TEMPER_LATERAL_LIST : (temper_lateral_pattern)m->connections, m->group, m->pairs};
    return temper_lateral_build(&m->net, &wiring);
}

static void clear(void *self) { temper_lateral_clear(&((boltzmann *)self)->net); }

static temper_unit visible(const void *self) { return net(self)->spin ? TEMPER_SPIN : TEMPER_BINARY; }
static int64_t components(const void *self) { return net(self)->V; }
static int64_t hidden(const void *self) { return net(self)->n - net(self)->V; }

static int arrays(const void *self) { return net(self)->pairs > 0 ? 2 : 1; }

static void array(const void *self, int k, temper_machine_array *a) {
    const temper_lateral *m = net(self);
    if (k == 0 && m->pairs > 0)
        *a = (temper_machine_array){.name = "J", .dims = 1, .shape = {m->pairs}};
    else
        *a = (temper_machine_array){
            .name = "h", .dims = 1, .field = true, .shape = {m->n}, .offset = m->pairs};
}

static double mean_of(const temper_rows_view *rows, int64_t column) {
    double sum = 0, weights = 0;
    for (int64_t i = 0; i < rows->n; i++) {
        double w = rows->weight ? rows->weight[i] : 1;
        sum += w * (double)rows->X[i * rows->columns + column], weights += w;
    }
    return sum / weights;
}

/* Visible fields give the means of the rows; hidden ones are 0. A hidden unit needs couplings that are not 0 and not those of its
 * neighbour: equal ones have equal gradients for ever. Pairs of visible units begin at 0. */
static void start(const void *self, const temper_rows_view *rows, temper_stream stream, float *theta) {
    const boltzmann *b = self;
    const temper_lateral *m = &b->net;
    for (int64_t i = 0; i < m->n; i++) {
        for (int64_t k = m->above[i]; k < m->end[i]; k++)
            theta[m->pair[k]] =
                m->to[k] < m->V
                    ? 0
                    : (float)(m->T * b->spread * temper_normal(stream, TEMPER_FOR_INITIAL, 0, m->pair[k]));
        theta[m->pairs + i] = 0;
        if (i >= m->V) continue;
        double p = mean_of(rows, i), least = 0.01;
        if (m->spin) p = 0.5 * (1 + p);
        p = p < least ? least : p > 1 - least ? 1 - least : p;
        theta[m->pairs + i] = (float)(m->T * (m->spin ? 0.5 : 1) * temper_log(p / (1 - p)));
    }
}

static temper_status refresh(void *self, const float *theta) {
    temper_lateral_pack(&((boltzmann *)self)->net, theta);
    return TEMPER_OK;
}

static void sizes(const void *self, int64_t chains, size_t *state, size_t *scratch) {
    temper_lateral_sizes(net(self), chains, state, scratch);
}
static void scatter(temper_flock *flock) { temper_lateral_scatter(of(flock), flock); }
static void clamp(temper_flock *flock, const float *const *row, int64_t n) {
    temper_lateral_clamp(of(flock), flock, row, n);
}
static void read(const temper_flock *flock, int64_t chain, float *row) {
    temper_lateral_read(of(flock), flock, chain, row);
}
static void sweep(temper_flock *flock, int64_t n) { temper_lateral_sweep(of(flock), flock, n); }
static void swap(temper_flock *a, int64_t i, temper_flock *b, int64_t j) {
    temper_lateral_swap(of(a), a, i, b, j);
}
static void log_weight(const temper_flock *flock, const temper_place *at, double *out) {
    temper_lateral_log_weight(of(flock), flock, at, out);
}
static double log_base(const void *self, const float *base) {
    return temper_lateral_log_base(net(self), base);
}

static void statistics(const temper_flock *flock, int64_t n, const double *weight, double scale,
                       float *stat) {
    temper_lateral_statistics(of(flock), flock, n, weight, scale, stat);
}
static void centre(const void *self, const float *data, bool standardise, float *grad) {
    temper_lateral_centre(net(self), data, standardise, grad);
}
static void features(const temper_flock *flock, float *out) {
    temper_lateral_features(of(flock), flock, out);
}

static double enumerable(const void *self) { return (double)net(self)->n; }
static temper_status exact(const void *self, double beta, double *log_z, double *stat, double *energy) {
    return temper_lateral_exact(net(self), beta, log_z, stat, energy);
}
static temper_status score(const void *self, const temper_rows_view *rows, double *out) {
    return temper_lateral_score(net(self), rows, out);
}
static temper_status pseudo(const void *self, const temper_rows_view *rows, double *out, float *grad) {
    return temper_lateral_pseudo(net(self), rows, out, grad);
}
static temper_status mean_field(const void *self, int order, const temper_flock *from, double *log_z,
                                float *stat, double *residual) {
    return temper_lateral_mean_field(net(self), order, from, log_z, stat, residual);
}

static const temper_option options[] = {
    {"hidden", TEMPER_INT, offsetof(boltzmann, hidden), "0", 0, UNITS_MAX, NULL, "units", "hidden units"},
    {"units", TEMPER_CHOICE, offsetof(boltzmann, units), "binary", 0, 0, "binary|spin", "",
     "values of every unit: 0 and 1, or −1 and +1"},
    {"temperature", TEMPER_REAL, offsetof(boltzmann, temperature), "1", 1e-6, 1e6, NULL, "energy",
     "T: energies are divided by it, and so are gradients"},
    {"connections", TEMPER_CHOICE, offsetof(boltzmann, connections), "full", 0, 0,
     "full|semi|restricted|groups", "",
     "full: every pair; semi: none between hidden units; restricted: visible with hidden only; groups: that, and visible units inside groups"},
    {"group", TEMPER_INT, offsetof(boltzmann, group), "4", 1, UNITS_MAX, NULL, "units",
     "visible units of a group, for connections=groups"},
    {"pairs", TEMPER_STRING, offsetof(boltzmann, pairs), "", 0, 0, NULL, "",
     "instead of connections, the pairs themselves, visible units first: 0-1;1-2"},
    {"start", TEMPER_REAL, offsetof(boltzmann, spread), "0.1", 0, 10, NULL, "",
     "standard deviation of first couplings with hidden units, over T"},
    {0}};

const temper_machine_type temper_machine_boltzmann = {
    .about =
        {"boltzmann",
         "visible and hidden units, any pairs of them coupled, E = −(Σ_{i<j} J_ij s_i s_j + Σ h_i s_i)/T",
         "D. H. Ackley, G. E. Hinton and T. J. Sejnowski, Cognitive Science 9, 147 (1985)",
         "hidden=2,units=spin,temperature=1.5", options, sizeof(boltzmann)},
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
    .scatter = scatter,
    .clamp = clamp,
    .read = read,
    .sweep = sweep,
    .swap = swap,
    .log_weight = log_weight,
    .log_base = log_base,
    .statistics = statistics,
    .centre = centre,
    .enumerable = enumerable,
    .exact = exact,
    .score = score,
    .pseudo = pseudo,
    .mean_field = mean_field,
    .features = features};
