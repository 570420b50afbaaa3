/* Ising spins on the couplings of a file: max-cut graphs, sparse Ising problems, QUBO.
 *
 *     H = −Σ_{i<j} J_ij s_i s_j − Σ_i h_i s_i
 *
 * An optimiser that minimises H solves the problem of the file (Lucas, Front. Phys. 2:5 (2014); Barahona 1982):
 *     max-cut   J_ij = −w_ij:           cut(s) = Σ_{i<j} w_ij (1 − s_i s_j)/2 = (W − H)/2 is largest;
 *     QUBO      x_i = (1 + s_i)/2:      xᵀQx = H + constant is smallest.
 * data/instance.h describes the formats. */
#include <stddef.h>
#include <string.h>
#include "base/memory.h"
#include "core/pairs.h"
#include "data/instance.h"

typedef struct {
    char *file, *text;
    int format, sign;
    int64_t base;
    temper_pairs pairs;
    double *h; /* [n], or NULL */
    int *colours;
    const char *score;
    double offset, factor;
} graph;

/* A text of one line: the same formats, with ';' for the end of a line. */
static temper_status read_text(temper_instance *instance, const char *text, const temper_reading *how) {
    char *bytes = temper_strdup(text);
    if (!bytes) return TEMPER_NO_MEMORY;
    for (char *p = bytes; *p; p++)
        if (*p == ';') *p = '\n';
    temper_status bad = temper_instance_parse(instance, "graph: text", bytes, strlen(bytes), how);
    temper_release(bytes);
    return bad;
}

static temper_status take(graph *g, temper_instance *instance) {
    temper_pair *list = temper_alloc((size_t)instance->count, sizeof *list);
    if (!list) return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < instance->count; k++)
        list[k] = (temper_pair){instance->pair[k].i, instance->pair[k].j, instance->pair[k].J};
    temper_status bad = temper_pairs_build(&g->pairs, instance->n, list, instance->count);
    temper_release(list);
    g->h = instance->h;
    instance->h = NULL;
    g->score = instance->score;
    g->offset = instance->offset;
    g->factor = instance->factor;
    return bad;
}

static temper_status build(void *self) {
    graph *g = self;
    if (!g->file == !g->text)
        return temper_fail(TEMPER_BAD_OPTION,
                           "graph: needs exactly one of file=PATH and text=LINES, as in "
                           "graph:file=G1.txt; %s",
                           g->file ? "both are given" : "neither is given");
    temper_reading how = {(temper_format)g->format, (int)g->base, g->sign ? 1 : -1};
    temper_instance instance = {0};
    temper_status bad =
        g->file ? temper_instance_read(&instance, g->file, &how) : read_text(&instance, g->text, &how);
    if (!bad) bad = take(g, &instance);
    if (!bad) bad = temper_pairs_colour(&g->pairs, &g->colours);
    temper_instance_clear(&instance);
    return bad;
}

static void clear(void *self) {
    graph *g = self;
    temper_pairs_clear(&g->pairs);
    temper_release(g->h);
    temper_release(g->colours);
}

static int sites(const void *self) { return ((const graph *)self)->pairs.n; }

static double energy(const void *self, const int8_t *s) {
    const graph *g = self;
    double couplings = 0, fields = 0;
    for (int i = 0; i < g->pairs.n; i++) {
        for (int64_t k = g->pairs.start[i]; k < g->pairs.start[i + 1]; k++)
            if (g->pairs.to[k] > i) couplings += g->pairs.J[k] * s[i] * s[g->pairs.to[k]];
        if (g->h) fields += g->h[i] * s[i];
    }
    return -couplings - fields;
}

static void prime(const void *self, const int8_t *s, double *cache) {
    const graph *g = self;
    temper_pairs_fields(&g->pairs, g->h, s, cache);
}

static void set(const void *self, int8_t *s, double *cache, int i, int to) {
    const graph *g = self;
    temper_pairs_set(&g->pairs, s, cache, i, to);
}

static int colour(const void *self, int i) { return ((const graph *)self)->colours[i]; }

static bool bonds(const void *self, temper_bonds *view) {
    const graph *g = self;
    *view = (temper_bonds){g->pairs.start, g->pairs.to, g->pairs.J, g->h};
    return true;
}

static double score(const void *self, const int8_t *s, const char **name) {
    const graph *g = self;
    *name = g->score;
    return g->offset + g->factor * energy(self, s);
}

static const temper_option options[] = {
    {"file", TEMPER_STRING, offsetof(graph, file), "", 0, 0, NULL, "",
     "path of the instance, gzipped or not"},
    {"text", TEMPER_STRING, offsetof(graph, text), "", 0, 0, NULL, "",
     "the instance itself, ';' at the end of its lines"},
    {"format", TEMPER_CHOICE, offsetof(graph, format), "auto", 0, 0, "auto|rudy|coo|qubo", "",
     "auto: 'n m' in the first line is rudy, 'i j J' is coo, 'p' or 'c' is qubo"},
    {"sign", TEMPER_CHOICE, offsetof(graph, sign), "minus", 0, 0, "minus|plus", "",
     "coo holds H = −Σ J s s − Σ h s, or plus: H = +Σ J s s + Σ h s (D-Wave)"},
    {"base", TEMPER_INT, offsetof(graph, base), "0", 0, 1, NULL, "",
     "number of the first site in plain coo and qubo lines (rudy: 1, qbsolv: 0)"},
    {0}};

const temper_system_type temper_system_graph = {
    .about = {"graph",
              "couplings from a file (max-cut, Ising, QUBO), H = −Σ_{i<j} J_ij s_i s_j − Σ_i h_i s_i",
              "A. Lucas, Ising formulations of many NP problems, Front. Phys. 2:5 (2014)",
              "text=6 8;1 2 1;2 3 -1;3 4 2;4 5 1;5 6 1;6 1 -2;1 4 1;2 5 1", options, sizeof(graph)},
    .build = build,
    .clear = clear,
    .sites = sites,
    .cached = sites,
    .energy = energy,
    .prime = prime,
    .alphabet = temper_spin_alphabet,
    .cost = temper_field_cost,
    .set = set,
    .fields = temper_field_yes,
    .colour = colour,
    .bonds = bonds,
    .score = score};
