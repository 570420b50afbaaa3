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

typedef struct { /* the leases of the moment, by place */
    lease live[NET_NODES * NET_ARRAYS * 2];
    int n;
    size_t top;
} ground;

/* The first gap that is wide enough, at tick `now`. */
static size_t rent(ground *g, int64_t now, int64_t dies, size_t size) {
    int kept = 0, k = 0;
    for (int i = 0; i < g->n; i++)
        if (g->live[i].dies >= now) g->live[kept++] = g->live[i];
    g->n = kept;
    size_t from = 0;
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

static void forward_leases(const net_graph *graph, const ticks *t, bool tangents, net_layout *out,
                           ground *g) {
    for (int i = 1; i < graph->nodes; i++) {
        const net_node *node = &graph->node[i];
        int home = lodging(graph, i);
        size_t size = padded(node->features * LANES) * (size_t)out->window;
        size_t kept = padded(node->kept) * (size_t)out->window, shared = padded(node->shared);
        int64_t dies = t->dies[i] > t->ahead[i] ? t->dies[i] : t->ahead[i];
        for (int dot = 0; dot <= tangents; dot++) {
            /* The curvature of a kinked line is 0: only there the tangent of the input may be overwritten. */
            bool in_place = home != i && (!dot || node->pointwise <= TEMPER_LEAKY);
            if (in_place)
                out->at[i][NET_VALUE][dot] = out->at[node->in[0]][NET_VALUE][dot];
            else
                out->at[i][NET_VALUE][dot] = rent(g, t->ahead[i], t->dies[home], size);
            if (kept) out->at[i][NET_KEPT][dot] = rent(g, t->ahead[i], dies, kept);
            if (shared) out->at[i][NET_SHARED][dot] = rent(g, t->ahead[i], dies, shared);
            out->plan.values += in_place ? 0 : size * sizeof(real);
            out->plan.kept += (kept + shared) * sizeof(real);
        }
    }
}

/* x̄ = f'(x) ȳ may overwrite ȳ, where nothing is added to x̄ later. */
static bool takes_over(const net_node *node) {
    return node->op == &REAL(net_op_pointwise) && node->first[0] && node->needed[0];
}

/* The last tick of an adjoint, and of those that overwrite it. */
static int64_t end_of(const net_graph *graph, const ticks *t, int i) {
    while (takes_over(&graph->node[i])) i = graph->node[i].in[0];
    return t->back[i];
}

static void rent_adjoint(const net_graph *graph, const ticks *t, bool tangents, int i, int64_t born,
                         net_layout *out, ground *g) {
    size_t size = padded(graph->node[i].features * LANES) * (size_t)out->window;
    for (int dot = 0; dot <= tangents; dot++) {
        out->at[i][NET_ADJOINT][dot] = rent(g, born, end_of(graph, t, i), size);
        out->plan.adjoints += size * sizeof(real);
    }
}

/* An adjoint is born where the last node that reads its value is the first on the way back to write it. */
static void reverse_leases(const net_graph *graph, const ticks *t, bool tangents, net_layout *out,
                           ground *g) {
    rent_adjoint(graph, t, tangents, graph->nodes - 1, t->turn, out, g);
    for (int i = graph->nodes - 1; i > 0; i--) {
        const net_node *node = &graph->node[i];
        if (takes_over(node)) {
            for (int dot = 0; dot <= tangents; dot++)
                out->at[node->in[0]][NET_ADJOINT][dot] = out->at[i][NET_ADJOINT][dot];
            continue;
        }
        for (int k = 0; k < node->inputs; k++)
            if (node->first[k] && node->needed[k])
                rent_adjoint(graph, t, tangents, node->in[k], t->back[i], out, g);
    }
}

static int64_t group_of(const net_graph *graph) {
    int64_t reals = 0;
    for (int i = 0; i < graph->nodes; i++)
        if (lodging(graph, i) == i) reals += graph->node[i].features * LANES + graph->node[i].kept;
    int64_t group = WARM / (int64_t)sizeof(float) / (reals + 1) / 2 * 2;
    return group < 2 ? 2 : group > GROUP_MOST ? GROUP_MOST : group;
}

void net_lay_out(const net_graph *graph, int64_t blocks, bool learning, bool tangents, int threads,
                 net_layout *layout) {
    ground g;
    ticks t;
    g.n = 0, g.top = 0;
    memset(layout, 0, sizeof *layout);
    memset(layout->at, 0xff, sizeof layout->at);
    int64_t scratch = 0;
    for (int i = 1; i < graph->nodes; i++) {
        layout->couples |= net_couples(&graph->node[i]);
        if (graph->node[i].scratch > scratch) scratch = graph->node[i].scratch;
    }
    layout->workers = threads > 1 && blocks > 1 && learning ? threads : 1;
    layout->whole = layout->couples || layout->workers > 1;
    layout->group = group_of(graph);
    layout->window = layout->whole || blocks < layout->group ? blocks : layout->group;
    layout->input = padded(graph->node[0].features * LANES) * (size_t)blocks;
    layout->scratch = padded(scratch);
    tell_time(graph, layout->whole, learning, &t);
    forward_leases(graph, &t, tangents, layout, &g);
    if (learning) reverse_leases(graph, &t, tangents, layout, &g);
    layout->arena = g.top;
}
