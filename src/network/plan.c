#include "network/plan.h"
#include <string.h>
#include "network/ops.h"

/* A group should stay in the second-level cache, and is large enough that a weight's gradient is not fetched for too few
 * samples. An even number of blocks, because convolutions sum over two at a time. */
enum { WARM = 1 << 20, GROUP_MOST = 32 };

typedef struct { /* an array while it lives */
    size_t from, size;
    int64_t dies;
} lease;

#define FOREVER INT64_MAX

typedef struct { /* the leases of the moment, by place */
    lease live[NET_NODES * NET_ARRAYS * 2];
    int n;
    size_t top;
} ground;

/* The first gap that is wide enough, at tick `now`. What never dies is put at the end. */
static size_t rent(ground *g, int64_t now, int64_t dies, size_t size) {
    int kept = 0, k = 0;
    size_t from = 0;
    if (dies == FOREVER) {
        from = g->top, g->top += size;
        return from;
    }
    for (int i = 0; i < g->n; i++)
        if (g->live[i].dies >= now) g->live[kept++] = g->live[i];
    g->n = kept;
    while (k < g->n && g->live[k].from < from + size) from = g->live[k].from + g->live[k].size, k++;
    for (int i = g->n++; i > k; i--) g->live[i] = g->live[i - 1];
    g->live[k] = (lease){from, size, dies};
    if (from + size > g->top) g->top = from + size;
    return from;
}

static size_t padded(int64_t reals) { return ((size_t)reals + LANES - 1) / LANES * LANES; }

/* The node whose memory this node's value lies in. */
static int lodging(const net_graph *graph, int i) {
    while (graph->node[i].in_place && graph->node[i].in[0] > 0) i = graph->node[i].in[0];
    return i;
}

/* Ticks. Forward a node has ahead[i]; the loss comes at `turn`; on the way back the node has back[i]. */
typedef struct {
    int64_t ahead[NET_NODES], back[NET_NODES], turn;
    int64_t dies[NET_NODES]; /* last tick of the value, of the node that it lies in */
} ticks;

static void tell_time(const net_graph *graph, bool whole, bool learning, ticks *t) {
    int64_t segment = 0;
    for (int i = 0; i < graph->nodes; i++) {
        t->back[i] = whole ? segment : i;
        segment += i > 0 && net_couples(&graph->node[i]);
        t->ahead[i] = whole ? segment : i;
    }
    t->turn = whole ? segment + 1 : graph->nodes;
    for (int i = 0; i < graph->nodes; i++) t->back[i] = 2 * t->turn - t->back[i];
    for (int i = 0; i < graph->nodes; i++) t->dies[i] = learning ? t->back[i] : t->ahead[i];
    if (learning) return;
    for (int i = 1; i < graph->nodes; i++)
        for (int k = 0; k < graph->node[i].inputs; k++)
            if (t->dies[lodging(graph, graph->node[i].in[k])] < t->ahead[i])
                t->dies[lodging(graph, graph->node[i].in[k])] = t->ahead[i];
    t->dies[lodging(graph, graph->nodes - 1)] = t->turn;
}

typedef struct
{ /* an estate for plain numbers and one for tangents: one and the same, unless a point is kept */
    ground *g[2];
    bool keep, adjoints; /* of the point */
    bool tangents;
} estate;

static int64_t life(const estate *e, int dot, int64_t dies) { return e->keep && !dot ? FOREVER : dies; }

static void forward_leases(const net_graph *graph, const ticks *t, net_layout *out, const estate *e) {
    for (int i = 1; i < graph->nodes; i++) {
        const net_node *node = &graph->node[i];
        int home = lodging(graph, i);
        size_t size = padded(node->features * LANES) * (size_t)out->window;
        size_t kept = padded(node->kept) * (size_t)out->window, shared = padded(node->shared);
        int64_t dies = t->dies[i] > t->ahead[i] ? t->dies[i] : t->ahead[i];
        for (int dot = 0; dot <= e->tangents; dot++) {
            /* The curvature of a kinked line is 0: only there the tangent of the input may be overwritten. */
            bool in_place = home != i && (!dot || node->pointwise <= TEMPER_LEAKY);
            if (in_place)
                out->at[i][NET_VALUE][dot] = out->at[node->in[0]][NET_VALUE][dot];
            else
                out->at[i][NET_VALUE][dot] = rent(e->g[dot], t->ahead[i], life(e, dot, t->dies[home]), size);
            if (kept) out->at[i][NET_KEPT][dot] = rent(e->g[dot], t->ahead[i], life(e, dot, dies), kept);
            if (shared)
                out->at[i][NET_SHARED][dot] = rent(e->g[dot], t->ahead[i], life(e, dot, dies), shared);
            out->plan.values += in_place ? 0 : size * sizeof(real);
            out->plan.kept += (kept + shared) * sizeof(real);
        }
    }
}

/* x̄ = f'(x) ȳ may overwrite ȳ, where nothing is added to x̄ later. */
static bool takes_over(const net_node *node) {
    return node->op == &REAL(net_op_pointwise) && node->first[0] && node->needed[0];
}

/* In a kept point ȳ must stay if f'' asks for it. */
static bool overwrites(const net_node *node, const estate *e, int dot) {
    return takes_over(node) && (!e->keep || dot || node->pointwise <= TEMPER_LEAKY);
}

/* The last tick of an adjoint, and of those that overwrite it. */
static int64_t end_of(const net_graph *graph, const ticks *t, int i) {
    while (takes_over(&graph->node[i])) i = graph->node[i].in[0];
    return t->back[i];
}

static void rent_adjoint(const net_graph *graph, const ticks *t, int i, int64_t born, int dot,
                         net_layout *out, const estate *e) {
    size_t size = padded(graph->node[i].features * LANES) * (size_t)out->window;
    out->at[i][NET_ADJOINT][dot] = rent(e->g[dot], born, life(e, dot, end_of(graph, t, i)), size);
    out->plan.adjoints += size * sizeof(real);
}

/* An adjoint is born where the last node that reads its value is the first on the way back to write it. */
static void reverse_leases(const net_graph *graph, const ticks *t, net_layout *out, const estate *e) {
    for (int dot = e->keep && !e->adjoints; dot <= e->tangents; dot++)
        rent_adjoint(graph, t, graph->nodes - 1, t->turn, dot, out, e);
    for (int i = graph->nodes - 1; i > 0; i--) {
        const net_node *node = &graph->node[i];
        for (int k = 0; k < node->inputs; k++) {
            if (!node->first[k] || !node->needed[k]) continue;
            for (int dot = e->keep && !e->adjoints; dot <= e->tangents; dot++)
                if (overwrites(node, e, dot))
                    out->at[node->in[k]][NET_ADJOINT][dot] = out->at[i][NET_ADJOINT][dot];
                else
                    rent_adjoint(graph, t, node->in[k], t->back[i], dot, out, e);
        }
    }
}

static int64_t group_of(const net_graph *graph) {
    int64_t reals = 0;
    for (int i = 0; i < graph->nodes; i++)
        if (lodging(graph, i) == i) reals += graph->node[i].features * LANES + graph->node[i].kept;
    int64_t group = WARM / (int64_t)sizeof(float) / (reals + 1) / 2 * 2;
    return group < 2 ? 2 : group > GROUP_MOST ? GROUP_MOST : group;
}

/* What both layouts have: windows, workers, scratch. */
static void survey(const net_graph *graph, int64_t blocks, int workers, net_layout *layout) {
    int64_t scratch = 0;
    memset(layout, 0, sizeof *layout);
    memset(layout->at, 0xff, sizeof layout->at);
    for (int i = 1; i < graph->nodes; i++) {
        layout->couples |= net_couples(&graph->node[i]);
        if (graph->node[i].scratch > scratch) scratch = graph->node[i].scratch;
    }
    layout->workers = workers;
    layout->whole = layout->couples || layout->workers > 1;
    layout->group = group_of(graph);
    layout->window = layout->whole || blocks < layout->group ? blocks : layout->group;
    layout->input = padded(graph->node[0].features * LANES) * (size_t)blocks;
    layout->scratch = padded(scratch);
}

void net_lay_out(const net_graph *graph, int64_t blocks, bool learning, bool tangents, int threads,
                 net_layout *layout) {
    ground g;
    ticks t;
    const estate e = {.g = {&g, &g}, .tangents = tangents};
    g.n = 0, g.top = 0;
    survey(graph, blocks, threads > 1 && blocks > 1 && learning ? threads : 1, layout);
    tell_time(graph, layout->whole, learning, &t);
    forward_leases(graph, &t, layout, &e);
    if (learning) reverse_leases(graph, &t, layout, &e);
    layout->arena = g.top;
}

void net_lay_out_point(const net_graph *graph, int64_t blocks, bool adjoints, net_layout *layout) {
    ground g[2];
    ticks t;
    const estate e = {.g = {&g[0], &g[1]}, .keep = true, .adjoints = adjoints, .tangents = true};
    g[0].n = g[1].n = 0, g[0].top = g[1].top = 0;
    survey(graph, blocks, 1, layout);
    tell_time(graph, layout->whole, true, &t);
    forward_leases(graph, &t, layout, &e);
    reverse_leases(graph, &t, layout, &e);
    layout->point = g[0].top, layout->arena = g[1].top;
}
