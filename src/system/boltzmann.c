/* A machine of discrete units as a system: what `temper learn` fitted, for every sampler, ensemble and theory.
 *
 *     H = −Σ_{a<b} C_ab x_a x_b − Σ_a b_a x_a
 *
 * over components: a binary or spin unit has one, its value; a potts unit q, one of which is 1. Sites are units, visible ones first. At T = 1
 * its density is that of the machine; a temperature inside the machine is inside C. The cache holds the field of every component,
 * f_a = b_a + Σ_b C_ab x_b, which no unit's own state enters: a look costs O(1), a flip as many additions as the unit has couplings.
 *
 * Without file= it draws a machine, every unit coupled to every other: C ~ N(0, 1/sites), b ~ N(0, 1/4), (seed, DISORDER, 0, index). */
#include <math.h>
#include <stddef.h>
#include <string.h>
#include "base/memory.h"
#include "core/couplings.h"
#include "temper/stream.h"

enum { STATES_MOST = 127 };

typedef struct {
    char *file;
    int64_t visible, hidden, states, seed;
    int units;
    temper_couplings net;
    temper_pairs pairs; /* between components */
    int64_t *number;    /* [entries] of the weight of an entry */
    int *colours;       /* [components] */
    bool spins;
    int8_t values[STATES_MOST];
} boltzmann;

static const int8_t spin_values[] = {-1, 1};

/* ---- build --------------------------------------------------------------------------------------------------------- */

static double draw(const boltzmann *m, int64_t k) {
    return temper_normal((temper_stream){(uint64_t)m->seed, 0}, TEMPER_FOR_DISORDER, 0, k);
}

static temper_status draw_machine(boltzmann *m) {
    static const temper_unit kinds[] = {TEMPER_BINARY, TEMPER_SPIN, TEMPER_POTTS};
    const int64_t n = m->visible + m->hidden, q = kinds[m->units] == TEMPER_POTTS ? m->states : 1;
    temper_couplings *net = &m->net;
    int64_t pair = 0;
    temper_status bad = temper_couplings_make(net, n, n * q, n * (n - 1) / 2 * q * q);
    if (bad) return bad;
    for (int64_t i = 0; i <= n; i++) net->first[i] = (int)(i * q);
    for (int64_t i = 0; i < n; i++) net->unit[i] = kinds[m->units];
    for (int64_t a = 0; a < n * q; a++)
        for (int64_t b = (a / q + 1) * q; b < n * q; b++, pair++)
            net->list[pair] = (temper_pair){(int32_t)a, (int32_t)b, draw(m, pair) / sqrt((double)n)};
    for (int64_t a = 0; a < n * q; a++) net->b[a] = 0.5 * draw(m, pair + a);
    temper_couplings_own(net);
    return TEMPER_OK;
}

static temper_status read_machine(boltzmann *m) {
    temper_machine *machine;
    temper_status bad = temper_machine_read(&machine, m->file);
    if (bad) return bad;
    bad = temper_couplings_read(&m->net, machine);
    temper_machine_free(machine);
    return bad;
}

/* Rows from both ends, and of each entry the number of its weight: the list is built once with numbers for couplings. */
static temper_status build_rows(boltzmann *m) {
    temper_couplings *net = &m->net;
    double *C = temper_alloc((size_t)net->pairs, sizeof *C);
    if (!C) return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < net->pairs; k++) C[k] = net->list[k].J, net->list[k].J = (double)k;
    temper_status bad = temper_pairs_build(&m->pairs, net->components, net->list, net->pairs);
    m->number = bad ? NULL : temper_alloc((size_t)(2 * net->pairs), sizeof *m->number);
    for (int64_t e = 0; m->number && e < 2 * net->pairs; e++) {
        m->number[e] = (int64_t)m->pairs.J[e];
        m->pairs.J[e] = C[m->number[e]];
    }
    temper_release(C);
    temper_release(net->list);
    net->list = NULL;
    return m->number ? temper_pairs_colour(&m->pairs, &m->colours) : TEMPER_NO_MEMORY;
}

static temper_status build(void *self) {
    boltzmann *m = self;
    temper_status bad = m->file ? read_machine(m) : draw_machine(m);
    if (!bad) bad = build_rows(m);
    if (bad) return bad;
    m->spins = true;
    for (int i = 0; i < m->net.units; i++) m->spins &= m->net.unit[i] == TEMPER_SPIN;
    for (int v = 0; v < STATES_MOST; v++) m->values[v] = (int8_t)v;
    return TEMPER_OK;
}

static void clear(void *self) {
    boltzmann *m = self;
    temper_couplings_clear(&m->net);
    temper_pairs_clear(&m->pairs);
    temper_release(m->number);
    temper_release(m->colours);
}

/* ---- energy -------------------------------------------------------------------------------------------------------- */

static int sites(const void *self) { return ((const boltzmann *)self)->net.units; }
static int cached(const void *self) { return ((const boltzmann *)self)->net.components; }

static int alphabet(const void *self, int i, const int8_t **values) {
    const boltzmann *m = self;
    const bool spin = m->net.unit[i] == TEMPER_SPIN;
    *values = spin ? spin_values : m->values;
    return m->net.unit[i] == TEMPER_POTTS ? m->net.first[i + 1] - m->net.first[i] : 2;
}

/* x_a */
static double component(const boltzmann *m, const int8_t *s, int a) {
    const int i = m->net.owner[a];
    return m->net.unit[i] == TEMPER_POTTS ? s[i] == a - m->net.first[i] : s[i];
}

static double energy(const void *self, const int8_t *s) {
    const boltzmann *m = self;
    double H = 0;
    for (int a = 0; a < m->net.components; a++) {
        double x = component(m, s, a), sum = m->net.b[a];
        if (x == 0) continue;
        for (int64_t e = m->pairs.start[a]; e < m->pairs.start[a + 1]; e++)
            if (m->pairs.to[e] < a) sum += m->pairs.J[e] * component(m, s, m->pairs.to[e]);
        H -= x * sum;
    }
    return H;
}

static void change(const boltzmann *m, double *f, int a, double by) {
    for (int64_t e = m->pairs.start[a]; e < m->pairs.start[a + 1]; e++)
        f[m->pairs.to[e]] += by * m->pairs.J[e];
}

static void prime(const void *self, const int8_t *s, double *f) {
    const boltzmann *m = self;
    memcpy(f, m->net.b, (size_t)m->net.components * sizeof *f);
    for (int a = 0; a < m->net.components; a++) {
        double x = component(m, s, a);
        if (x != 0) change(m, f, a, x);
    }
}

static double cost(const void *self, const int8_t *s, const double *f, int i, int to) {
    const boltzmann *m = self;
    const double *own = f + m->net.first[i];
    return m->net.unit[i] == TEMPER_POTTS ? own[s[i]] - own[to] : (s[i] - to) * own[0];
}

static void set(const void *self, int8_t *s, double *f, int i, int to) {
    const boltzmann *m = self;
    const int a = m->net.first[i], from = s[i];
    s[i] = (int8_t)to;
    if (from == to) return;
    if (m->net.unit[i] == TEMPER_POTTS) {
        change(m, f, a + from, -1);
        change(m, f, a + to, 1);
    } else {
        change(m, f, a, to - from);
    }
}

static bool fields(const void *self) { return ((const boltzmann *)self)->spins; }

/* Components of one unit have the same neighbours in order, so the same colour. */
static int colour(const void *self, int i) {
    const boltzmann *m = self;
    return m->colours[m->net.first[i]];
}

static bool bonds(const void *self, temper_bonds *view) {
    const boltzmann *m = self;
    *view = (temper_bonds){m->pairs.start, m->pairs.to, m->pairs.J, m->net.b};
    return m->spins;
}

/* ---- learning: w is C of the pairs, then b ----------------------------------------------------------------------------- */

static int weights(const void *self) {
    const boltzmann *m = self;
    return (int)m->net.pairs + m->net.components;
}

static void slope(const void *self, const int8_t *s, double *dHdw) {
    const boltzmann *m = self;
    for (int a = 0; a < m->net.components; a++) {
        double x = component(m, s, a);
        dHdw[m->net.pairs + a] -= x;
        for (int64_t e = m->pairs.start[a]; x != 0 && e < m->pairs.start[a + 1]; e++)
            if (m->pairs.to[e] < a) dHdw[m->number[e]] -= x * component(m, s, m->pairs.to[e]);
    }
}

static void learn(void *self, const double *dw) {
    boltzmann *m = self;
    for (int64_t e = 0; e < 2 * m->net.pairs; e++) m->pairs.J[e] += dw[m->number[e]];
    for (int a = 0; a < m->net.components; a++) m->net.b[a] += dw[m->net.pairs + a];
}

static const temper_option options[] = {
    {"file", TEMPER_STRING, offsetof(boltzmann, file), "", 0, 0, NULL, "",
     "a machine of discrete units that `temper learn` wrote; the other options are then idle"},
    {"visible", TEMPER_INT, offsetof(boltzmann, visible), "8", 1, 4096, NULL, "sites",
     "visible units of a drawn machine"},
    {"hidden", TEMPER_INT, offsetof(boltzmann, hidden), "4", 0, 4096, NULL, "sites",
     "hidden units of a drawn machine"},
    {"units", TEMPER_CHOICE, offsetof(boltzmann, units), "binary", 0, 0, "binary|spin|potts", "",
     "values of its sites: 0 and 1; −1 and +1; 0 … states − 1"},
    {"states", TEMPER_INT, offsetof(boltzmann, states), "3", 2, STATES_MOST, NULL, "", "of a potts unit"},
    {"seed", TEMPER_INT, offsetof(boltzmann, seed), "1", 0, 9e18, NULL, "", "of its couplings"},
    {0}};

const temper_system_type temper_system_boltzmann = {
    .about = {"boltzmann", "a learned machine of discrete units, H = −Σ_{a<b} C_ab x_a x_b − Σ_a b_a x_a",
              "D. H. Ackley, G. E. Hinton and T. J. Sejnowski, Cognitive Science 9, 147 (1985)",
              "visible=4,hidden=3", options, sizeof(boltzmann)},
    .build = build,
    .clear = clear,
    .sites = sites,
    .cached = cached,
    .energy = energy,
    .prime = prime,
    .alphabet = alphabet,
    .cost = cost,
    .set = set,
    .fields = fields,
    .colour = colour,
    .bonds = bonds,
    .weights = weights,
    .slope = slope,
    .learn = learn};
