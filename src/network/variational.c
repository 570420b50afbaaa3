#include "network/variational.h"
#include <string.h>
#include "network/look.h"

enum { PIECE = 1024 }; /* normals at a time */

static int64_t size_of(const net_run *run, int number) { return run->graph->node[number].features * LANES; }

/* What is kept lies array by array, each for all blocks of the run. */
net_cloud net_cloud_of(const net_node *node, const net_run *run, int64_t first) {
    int64_t in = size_of(run, node->in[0]), out = size_of(run, node->number), P = run->graph->parameters;
    real *kept = run->kept[node->number];
    return (net_cloud){.squares = kept + first * in,
                       .ratio = kept + run->blocks * in + first * out,
                       .back = kept + run->blocks * (in + out) + first * in,
                       .V = run->theta + P + node->weight,
                       .V_bias = node->biases ? run->theta + P + node->bias : NULL,
                       .V_bar = run->grad ? run->grad + P + node->weight : NULL,
                       .V_bias_bar = run->grad && node->biases ? run->grad + P + node->bias : NULL};
}

void net_cloud_square(const net_node *node, const net_run *run, int64_t first, int64_t last) {
    int64_t in = size_of(run, node->in[0]);
    const real *x = run->value[node->in[0]] + first * in;
    run->kernel->multiply((last - first) * in, x, x, net_cloud_of(node, run, first).squares, false);
}

void net_cloud_draw(const net_node *node, const net_run *run, int64_t first, int64_t last) {
    real noise[PIECE];
    const int64_t size = size_of(run, node->number), n = (last - first) * size;
    const int64_t address = ((int64_t)node->number << 32) + (run->offset + first) * size;
    real *y = run->value[node->number] + first * size, *ratio = net_cloud_of(node, run, first).ratio;
    for (int64_t k = 0; k < n; k += PIECE) {
        int64_t count = n - k < PIECE ? n - k : PIECE;
        run->kernel->normals(run->stream, TEMPER_FOR_VARIATIONAL, run->step, address + k, count, noise);
        run->kernel->deviate(count, noise, ratio + k, y + k, ratio + k);
    }
}

void net_cloud_return(const net_node *node, const net_run *run, int64_t first, int64_t last) {
    int64_t size = size_of(run, node->number);
    real *ratio = net_cloud_of(node, run, first).ratio;
    const real *y_bar = run->adjoint[node->number] + first * size;
    run->kernel->multiply((last - first) * size, y_bar, ratio, ratio, false);
}

void net_cloud_join(const net_node *node, const net_run *run, int64_t first, int64_t last) {
    int64_t in = size_of(run, node->in[0]), from = first * in;
    run->kernel->multiply((last - first) * in, run->value[node->in[0]] + from,
                          net_cloud_of(node, run, first).back, run->adjoint[node->in[0]] + from, true);
}

void REAL(net_variational)(const net_graph *plain, net_graph *drawn) {
    memcpy(drawn, plain, sizeof *drawn);
    for (int i = 1; i < drawn->nodes; i++) {
        net_node *node = &drawn->node[i];
        int64_t in = drawn->node[node->in[0]].features * LANES, out = node->features * LANES;
        if (!node->op->drawn) continue;
        node->op = node->op->drawn;
        node->kept = in * (node->needed[0] ? 2 : 1) + out;
    }
}
