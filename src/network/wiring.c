/* Who reads whom: what net_graph_finish adds to the nodes once all are there. */
#include "network/engine.h"
#include "network/model.h"
#include "network/ops.h"

/* Ops whose way back never looks at their own value, so that their reader may overwrite it. */
static bool forgets(const net_op *op) {
    return op == &REAL(net_op_dense) || op == &REAL(net_op_conv) || op == &REAL(net_op_batch_norm) ||
           op == &REAL(net_op_add) || op == &REAL(net_op_flatten) || op == &REAL(net_op_tokens) ||
           op == &REAL(net_op_position);
}

/* Ops that can write over their first input: the value is the same, a sum begun there, or a function whose slope the
 * output tells. */
static bool can_take_over(const net_node *node) {
    if (node->op == &REAL(net_op_pointwise)) return temper_net_kernel()->from_output(node->pointwise);
    return node->op == &REAL(net_op_flatten) || node->op == &REAL(net_op_tokens) ||
           (node->op == &REAL(net_op_add) && node->inputs == 2 && node->in[0] != node->in[1]);
}

/* A value may be written over by its only reader, if the op that made it forgets it. Where that op itself writes over its input,
 * the same was asked of the op before: no one in such a chain needs what lay there. */
static void settle_places(net_graph *graph) {
    int readers[NET_NODES] = {0};
    for (int i = 1; i < graph->nodes; i++)
        for (int k = 0; k < graph->node[i].inputs; k++) readers[graph->node[i].in[k]]++;
    for (int i = 1; i < graph->nodes; i++) {
        net_node *node = &graph->node[i];
        int p = node->in[0];
        node->in_place = p > 0 && readers[p] == 1 && can_take_over(node) && forgets(graph->node[p].op);
    }
}

/* Who is the first on the way back to write an adjoint. */
static void settle_order(net_graph *graph) {
    bool written[NET_NODES] = {false};
    for (int i = graph->nodes - 1; i > 0; i--)
        for (int k = 0; k < graph->node[i].inputs; k++) {
            net_node *node = &graph->node[i];
            node->first[k] = node->needed[k] && !written[node->in[k]];
            written[node->in[k]] |= node->needed[k];
        }
}

void net_freeze(const net_graph *graph, net_graph *frozen) {
    *frozen = *graph;
    frozen->coupled = false;
    for (int i = 1; i < frozen->nodes; i++)
        if (frozen->node[i].op->frozen) frozen->node[i].op = frozen->node[i].op->frozen;
}

bool net_open(const net_graph *graph, net_graph *open) {
    net_freeze(graph, open);
    for (int i = 1; i < open->nodes; i++) {
        net_node *node = &open->node[i];
        if (!node->op->reverse) return false;
        for (int k = 0; k < node->inputs; k++) node->needed[k] = true;
    }
    settle_order(open);
    return true;
}

void net_graph_finish(net_graph *graph) {
    bool learns[NET_NODES] = {false};
    int64_t theta = 0, statistics = 0;
    graph->coupled = false;
    for (int i = 1; i < graph->nodes; i++) {
        net_node *node = &graph->node[i];
        node->weight = theta, node->bias = theta + node->weights;
        theta += node->weights + node->biases;
        node->statistic = statistics, statistics += node->statistics;
        graph->coupled |= node->op->collect || node->op->collect_reverse;
        learns[i] = node->weights + node->biases > 0;
        for (int k = 0; k < node->inputs;
             k++) { /* without weights before it, an input has no slope and no tangent */
            node->needed[k] = node->data_tangent[k] = learns[node->in[k]];
            learns[i] |= learns[node->in[k]];
        }
    }
    settle_order(graph);
    settle_places(graph);
    graph->parameters = theta, graph->statistics = statistics;
}
