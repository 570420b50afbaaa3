/* What moves in a network along a plane. */
#include <string.h>
#include "network/ops.h"
#include "network/scan_parts.h"

/* Products of a chunk, of the level above and of the direction that is added at each point, are to stay in the second-level cache. */
enum { WARM = 1 << 20, ROWS_LEAST = 32 };
/* What need not be done at each point must be a twentieth of the work: less is lost again in fetching products. */
static const double WORTH = 0.05;

static bool moved(const float *direction, const net_node *node) {
    for (int64_t i = 0; i < node->weights + node->biases; i++)
        if (direction[node->weight + i] != 0) return true;
    return false;
}

static bool linear(const net_node *node) { return node->op == &net_op_dense || node->op == &net_op_conv; }

/* The only reader of node i, if it has just one (the loss reads the last node); else 0. */
static int reader_of(const net_graph *graph, int i) {
    int reader = 0, readers = i == graph->nodes - 1;
    for (int j = i + 1; j < graph->nodes; j++)
        for (int k = 0; k < graph->node[j].inputs; k++)
            if (graph->node[j].in[k] == i) reader = j, readers++;
    return readers == 1 && reader > 0 ? reader : 0;
}

static bool rectifies(const net_node *node) {
    return node->op == &net_op_pointwise && node->pointwise == TEMPER_RECTIFIER;
}

static temper_pool pool_of(const net_node *node, const net_node *in) {
    return (temper_pool){.channels = in->shape.channels,
                         .height = (int)in->shape.height,
                         .width = (int)in->shape.width,
                         .size_h = node->size,
                         .size_w = node->size,
                         .stride = node->stride};
}

/* What stands behind linear node i, in either order: relu, max_pool. */
static void take_in(net_plane *plane, int i) {
    const net_graph *graph = plane->graph;
    net_joint joint = {.here = true, .linear = i};
    int at = i;
    for (int next; (next = reader_of(graph, at)) > 0; at = next) {
        const net_node *node = &graph->node[next];
        if (rectifies(node) && !joint.rectified)
            joint.rectified = true;
        else if (node->op == &net_op_max_pool && !joint.pooled)
            joint.pooled = true, joint.pool = pool_of(node, &graph->node[at]);
        else
            break;
        plane->motion[next] = NET_ABSORBED;
    }
    plane->joint[at] = joint;
}

/* Motion of every node; plain: of all at each point, but for the data. */
static void settle(net_plane *plane, bool plain) {
    const net_graph *graph = plane->graph;
    memset(plane->read, 0, sizeof plane->read), memset(plane->joint, 0, sizeof plane->joint);
    plane->motion[0] = NET_STILL;
    for (int i = 1; i < graph->nodes; i++) {
        const net_node *node = &graph->node[i];
        bool still = !plain, own = plain;
        for (int k = 0; k < node->inputs; k++) still &= plane->motion[node->in[k]] == NET_STILL;
        for (int k = 0; k < plane->scan->axes; k++) own |= plane->moves[i][k];
        plane->motion[i] = still && !own ? NET_STILL : still && linear(node) ? NET_LINEAR : NET_FREE;
        for (int k = 0; k < node->inputs && plane->motion[i] == NET_FREE; k++)
            plane->read[node->in[k]] |= plane->motion[node->in[k]] == NET_STILL;
    }
    plane->read[graph->nodes - 1] |= plane->motion[graph->nodes - 1] == NET_STILL; /* by the loss */
    for (int i = 1; i < graph->nodes; i++)
        if (plane->motion[i] == NET_LINEAR) take_in(plane, i);
}

/* Arrays of a source: for all of its products, and those of them that a point reads. */
static int arrays_of(const net_plane *plane, int i, int *at_point) {
    int axes = 0;
    for (int k = 0; k < plane->scan->axes; k++) axes += plane->moves[i][k];
    bool source = plane->motion[i] == NET_LINEAR || plane->read[i];
    if (plane->motion[i] != NET_LINEAR) axes = 0;
    *at_point = source ? axes ? 2 : 1 : 0;
    return source ? axes ? 2 * axes : 1 : 0;
}

/* Bytes of one row in all sources. */
static size_t row_bytes(const net_plane *plane, bool at_point) {
    size_t bytes = 0;
    for (int i = 0; i < plane->graph->nodes; i++) {
        int warm, all = arrays_of(plane, i, &warm);
        bytes += (size_t)(at_point ? warm : all) * (size_t)plane->graph->node[i].features * sizeof(float);
    }
    return bytes;
}

static int64_t rows_of(const net_plane *plane) {
    if (plane->graph->coupled) return plane->problem->task.batch;
    int64_t most = plane->problem->task.rows < NET_CHUNK ? plane->problem->task.rows : NET_CHUNK;
    int64_t rows = WARM / (int64_t)row_bytes(plane, true) / ROWS_LEAST * ROWS_LEAST;
    rows = rows < ROWS_LEAST ? ROWS_LEAST : rows;
    return rows < most ? rows : most;
}

/* Share of the forward pass that stands still or is a sum of products. */
static double spared(const net_plane *plane) {
    double all = 0, free_nodes = 0;
    for (int i = 1; i < plane->graph->nodes; i++) {
        const net_node *node = &plane->graph->node[i];
        const double work = node->op->flops ? node->op->flops(node) : 0;
        all += work;
        if (plane->motion[i] == NET_FREE) free_nodes += work;
    }
    return all > 0 ? 1 - free_nodes / all : 1;
}

void net_plane_find(net_plane *plane) {
    const net_graph *graph = plane->graph;
    for (int i = 1; i < graph->nodes; i++)
        for (int k = 0; k < plane->scan->axes; k++)
            plane->moves[i][k] = moved(plane->scan->direction[k], &graph->node[i]);
    settle(plane, plane->scan->plain);
    plane->rows = rows_of(plane);
    if (spared(plane) >= WORTH && row_bytes(plane, false) * (size_t)plane->rows <= plane->limits->products)
        return;
    settle(plane, true);
    plane->rows = rows_of(plane);
}
