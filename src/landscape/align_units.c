/* Units by union-find along the tape, groups by what their units' occurrences look like. */
#include "landscape/align_units.h"
#include <string.h>
#include "base/memory.h"

typedef struct {
    const net_graph *graph;
    int64_t base[NET_NODES + 1]; /* channel c of node i is number base[i] + c */
    int32_t *parent;             /* [base[nodes]] */
    int32_t *seen;  /* [base[nodes]] which occurrence of its unit, within its node, a channel is */
    int32_t *count; /* [base[nodes]] of a root: occurrences within one node */
    uint64_t *mark; /* [base[nodes]] of a root: its fingerprint; 0: stays */
    bool *held;     /* [base[nodes]] of a root: stays */
} weave;

static bool is(const net_node *node, const char *op) { return !strcmp(node->op->name, op); }

static int32_t root_of(weave *w, int64_t i) {
    while (w->parent[i] != i) i = w->parent[i] = w->parent[w->parent[i]];
    return (int32_t)i;
}

static void join(weave *w, int64_t a, int64_t b) { /* the earlier one is the root */
    int32_t i = root_of(w, a), j = root_of(w, b);
    w->parent[i > j ? i : j] = i < j ? i : j;
}

static int64_t pixels_of(const net_node *node) { return node->shape.height * node->shape.width; }

/* Which channel of its input a channel is; −1: a new unit. */
static int64_t source_of(const net_node *node, const net_node *in, int64_t c) {
    if (is(node, "flatten")) return c / pixels_of(in);
    return c < in->shape.channels ? c : -1; /* shortcut: the others are zeros */
}

static bool passes(const net_node *node) {
    static const char *const names[] = {"pointwise", "dropout",  "batch_norm",  "layer_norm",
                                        "max_pool",  "avg_pool", "global_pool", "flatten",
                                        "tokens",    "position", "add",         "shortcut"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (is(node, names[k])) return true;
    return false;
}

static bool mixes(const net_node *node) {
    return is(node, "dense") || is(node, "conv") || is(node, "embedding");
}

static void hold(weave *w, const net_node *node) {
    for (int64_t c = 0; c < node->shape.channels; c++) w->held[root_of(w, w->base[node->number] + c)] = true;
}

static void tie(weave *w) {
    const net_graph *graph = w->graph;
    for (int i = 1; i < graph->nodes; i++) {
        const net_node *node = &graph->node[i];
        for (int k = 0; k < node->inputs && passes(node); k++) {
            const net_node *in = &graph->node[node->in[k]];
            for (int64_t c = 0; c < node->shape.channels; c++) {
                int64_t from = source_of(node, in, c);
                if (from >= 0) join(w, w->base[in->number] + from, w->base[i] + c);
            }
        }
    }
    hold(w, &graph->node[0]); /* once all are joined: a root tells for all */
    hold(w, &graph->node[graph->nodes - 1]);
    for (int i = 1; i < graph->nodes; i++) {
        const net_node *node = &graph->node[i];
        if (passes(node) || mixes(node)) continue;
        hold(w, node);
        for (int k = 0; k < node->inputs; k++) hold(w, &graph->node[node->in[k]]);
    }
}

static uint64_t stir(uint64_t h, uint64_t x) { /* splitmix64's finaliser */
    h = (h ^ x) + 0x9e3779b97f4a7c15u;
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return h ^ (h >> 31);
}

/* Two units have the same fingerprint where they occur at the same nodes as often, linked in the same way: then exchanging occurrence
 * q of one with occurrence q of the other, everywhere, is an automorphism of the tape. */
static void fingerprint(weave *w) {
    for (int i = 0; i < w->graph->nodes; i++) {
        const net_node *node = &w->graph->node[i];
        for (int64_t c = 0; c < node->shape.channels; c++) w->count[root_of(w, w->base[i] + c)] = 0;
        for (int64_t c = 0; c < node->shape.channels; c++) {
            int32_t u = root_of(w, w->base[i] + c);
            w->seen[w->base[i] + c] = w->count[u]++;
            w->mark[u] = stir(w->mark[u], (uint64_t)i);
            for (int k = 0; k < node->inputs && passes(node); k++) {
                const net_node *in = &w->graph->node[node->in[k]];
                int64_t from = source_of(node, in, c);
                w->mark[u] =
                    stir(w->mark[u], from < 0 ? 0 : 1 + (uint64_t)w->seen[w->base[in->number] + from]);
            }
        }
    }
}

/* ---- units numbered, groups listed ---- */

/* seen[root] ← number of the unit. */
static int32_t number_units(weave *w) {
    int32_t units = 0;
    for (int64_t i = 0; i < w->base[w->graph->nodes]; i++)
        if (w->parent[i] == i) w->seen[i] = units++;
    return units;
}

/* Quadratic in the number of groups, which is about that of layers. */
static temper_status group_units(weave *w, align_units *units) {
    const int64_t all = w->base[w->graph->nodes];
    uint64_t *mark = temper_alloc((size_t)units->units + 1, sizeof *mark);
    units->group = temper_alloc((size_t)units->units + 1, sizeof *units->group);
    units->member = temper_alloc((size_t)units->units + 1, sizeof *units->member);
    units->first = temper_alloc((size_t)units->units + 2, sizeof *units->first);
    if (!mark || !units->group || !units->member || !units->first) {
        temper_release(mark);
        return TEMPER_NO_MEMORY;
    }
    for (int64_t i = 0; i < all; i++)
        if (w->parent[i] == i) mark[w->seen[i]] = w->held[i] ? 0 : w->mark[i] | 1;
    for (int32_t u = 0; u < units->units; u++) units->group[u] = -1;
    int64_t used = 0;
    for (int32_t u = 0; u < units->units; u++) {
        if (!mark[u]) continue;
        const uint64_t like = mark[u];
        const int64_t before = used;
        for (int32_t v = u; v < units->units; v++)
            if (mark[v] == like) units->member[used++] = v, units->group[v] = units->groups, mark[v] = 0;
        if (used - before < 2)
            units->group[u] = -1, used = before; /* alone: it has nobody to change places with */
        else
            units->first[++units->groups] = used;
    }
    temper_release(mark);
    return TEMPER_OK;
}

/* ---- arrays ---- */

/* room: units of all nodes, then their orders. */
static void list_units(weave *w, align_units *units) {
    const int64_t all = w->base[w->graph->nodes];
    for (int64_t i = 0; i < all; i++) units->room[i] = w->seen[root_of(w, i)];
    for (int i = 0; i < w->graph->nodes; i++) {
        const int64_t n = w->graph->node[i].shape.channels, at = w->base[i];
        int32_t *order = units->room + all + at;
        for (int64_t c = 0; c < n; c++) { /* insertion: nearly sorted, units are numbered along the tape */
            int64_t k = c;
            for (; k > 0 && units->room[at + order[k - 1]] > units->room[at + c]; k--)
                order[k] = order[k - 1];
            order[k] = (int32_t)c;
        }
    }
}

static align_axis axis_of(const weave *w, const align_units *units, int i) {
    const int64_t all = w->base[w->graph->nodes];
    return (align_axis){w->graph->node[i].shape.channels, units->room + w->base[i],
                        units->room + all + w->base[i]};
}

static void list_blocks(const weave *w, align_units *units) {
    for (int i = 1; i < w->graph->nodes; i++) {
        const net_node *node = &w->graph->node[i];
        align_axis none = {.n = 1}, me = axis_of(w, units, i);
        if (!passes(node) && !mixes(node)) continue;
        align_block weights = {node->weight, 1, none, me, false}, biases = {node->bias, 1, none, me, false};
        if (is(node, "dense") || is(node, "conv")) {
            weights.in = axis_of(w, units, node->in[0]);
            weights.reps = node->weights / (weights.in.n * me.n);
        } else if (is(node, "embedding")) {
            weights.reps = node->vocabulary;
        } else if (is(node, "position")) {
            weights.in = me, weights.out = none, weights.reps = pixels_of(node);
        }
        if (node->weights) units->block[units->blocks++] = weights;
        if (node->biases) units->block[units->blocks++] = biases;
        for (int half = 0; half < 2 && node->statistics; half++)
            units->block[units->blocks++] =
                (align_block){node->statistic + half * (node->statistics / 2), 1, none, me, true};
    }
}

static temper_status find(weave *w, align_units *units) {
    const size_t all = (size_t)w->base[w->graph->nodes];
    w->parent = temper_alloc(all, sizeof *w->parent);
    w->seen = temper_alloc(all, sizeof *w->seen);
    w->count = temper_alloc(all, sizeof *w->count);
    w->mark = temper_alloc(all, sizeof *w->mark);
    w->held = temper_alloc(all, sizeof *w->held);
    units->room = temper_alloc(2 * all, sizeof *units->room);
    units->block = temper_alloc((size_t)w->graph->nodes * 4, sizeof *units->block);
    if (!w->parent || !w->seen || !w->count || !w->mark || !w->held || !units->room || !units->block)
        return TEMPER_NO_MEMORY;
    for (size_t i = 0; i < all; i++) w->parent[i] = (int32_t)i;
    tie(w);
    fingerprint(w);
    units->units = number_units(w);
    list_units(w, units);
    list_blocks(w, units);
    return group_units(w, units);
}

temper_status temper_align_units_find(const net_graph *graph, align_units *units) {
    memset(units, 0, sizeof *units);
    weave *w = temper_alloc(1, sizeof *w);
    if (!w) return TEMPER_NO_MEMORY;
    w->graph = graph;
    for (int i = 0; i < graph->nodes; i++) w->base[i + 1] = w->base[i] + graph->node[i].shape.channels;
    temper_status bad = w->base[graph->nodes] < INT32_MAX
                            ? find(w, units)
                            : temper_fail(TEMPER_CANNOT, "align: the network has too many units");
    temper_release(w->parent);
    temper_release(w->seen);
    temper_release(w->count);
    temper_release(w->mark);
    temper_release(w->held);
    temper_release(w);
    return bad;
}

void temper_align_units_clear(align_units *units) {
    temper_release(units->first);
    temper_release(units->member);
    temper_release(units->group);
    temper_release(units->block);
    temper_release(units->room);
    memset(units, 0, sizeof *units);
}

int64_t temper_align_place(const align_axis *axis, int32_t u, int64_t q) {
    int64_t low = 0, high = axis->n; /* Invariant: the first place of u, if there is one, is low … high. */
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (axis->unit[axis->order[middle]] < u)
            low = middle + 1;
        else
            high = middle;
    }
    return low + q < axis->n && axis->unit[axis->order[low + q]] == u ? axis->order[low + q] : -1;
}
