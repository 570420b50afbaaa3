/* max_pool, avg_pool, global_pool: linear maps of an image onto a smaller one, max_pool at the pixels that were largest in the
 * forward sweep. So values and tangents go through one map, adjoints and their tangents through its transpose. */
#include "network/ops.h"
#include "temper/status.h"

static temper_pool windows(const net_node *node, const net_node *input) {
    bool whole = node->op == &REAL(net_op_global_pool);
    return (temper_pool){.channels = input->shape.channels,
                         .height = (int)input->shape.height,
                         .width = (int)input->shape.width,
                         .size_h = whole ? (int)input->shape.height : node->size,
                         .size_w = whole ? (int)input->shape.width : node->size,
                         .stride = whole ? 1 : node->stride};
}

static void settle(net_node *node, const net_node *input) {
    temper_pool p = windows(node, input);
    node->shape =
        (net_shape){p.channels, (p.height - p.size_h) / p.stride + 1, (p.width - p.size_w) / p.stride + 1};
    node->features = p.channels * node->shape.height * node->shape.width;
}

static temper_status shape(const net_node *const *inputs, net_node *node) {
    const net_shape *in = &inputs[0]->shape;
    if (!node->stride) node->stride = node->size;
    if (node->size < 1 || node->size > 15)
        return temper_fail(TEMPER_BAD_OPTION, "%s: size=%d, it must be between 1 and 15", node->op->name,
                           node->size);
    if (node->stride < 1)
        return temper_fail(TEMPER_BAD_OPTION, "%s: stride=%d, it must be 1 or more", node->op->name,
                           node->stride);
    if (in->height < node->size || in->width < node->size)
        return temper_fail(TEMPER_BAD_OPTION, "%s: size=%d does not fit into an image of %lld x %lld pixels",
                           node->op->name, node->size, (long long)in->height, (long long)in->width);
    settle(node, inputs[0]);
    return TEMPER_OK;
}

static temper_status shape_max(const net_node *const *inputs, net_node *node) {
    temper_status status = shape(inputs, node);
    if (status) return status;
    node->kept = node->features * LANES / (int64_t)sizeof(real); /* a byte per output: which pixel it was */
    node->kept = (node->kept + LANES - 1) / LANES * LANES;
    return TEMPER_OK;
}

static temper_status shape_global(const net_node *const *inputs, net_node *node) {
    settle(node, inputs[0]);
    return TEMPER_OK;
}

/* One block of this op: its windows and where its numbers lie. */
typedef struct {
    temper_pool pool;
    real *x, *x_dot, *y, *y_dot, *x_bar, *x_bar_dot, *y_bar, *y_bar_dot;
    uint8_t *which;
} block;

static real *at(real **arrays, const net_node *node, int64_t b) {
    return arrays && arrays[node->number] ? net_at(arrays[node->number], node, b) : NULL;
}

static block block_of(const net_node *node, const net_run *run, int64_t b) {
    const net_node *in = &run->graph->node[node->in[0]];
    return (block){windows(node, in),
                   at(run->value, in, b),
                   at(run->value_dot, in, b),
                   at(run->value, node, b),
                   at(run->value_dot, node, b),
                   at(run->adjoint, in, b),
                   at(run->adjoint_dot, in, b),
                   at(run->adjoint, node, b),
                   at(run->adjoint_dot, node, b),
                   node->kept ? (uint8_t *)(run->kept[node->number] + b * node->kept) : NULL};
}

static void no_tangent(const net_node *node, real *y_dot) {
    for (int64_t k = 0; k < node->features * LANES; k++) y_dot[k] = 0;
}

static void forward_max(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    (void)scratch;
    for (int64_t b = first; b < last; b++) {
        block u = block_of(node, run, b);
        if (!run->known) run->kernel->pool_max(&u.pool, u.x, u.y, u.which);
        if (!run->tangents) continue;
        if (node->data_tangent[0])
            run->kernel->pool_take(&u.pool, u.which, u.x_dot, u.y_dot);
        else
            no_tangent(node, u.y_dot);
    }
}

static void reverse_max(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    bool add = !node->first[0];
    (void)scratch;
    for (int64_t b = first; b < last && node->needed[0]; b++) {
        block u = block_of(node, run, b);
        if (!run->known) run->kernel->pool_give(&u.pool, u.which, u.y_bar, u.x_bar, add);
        if (run->tangents) run->kernel->pool_give(&u.pool, u.which, u.y_bar_dot, u.x_bar_dot, add);
    }
}

static void forward_mean(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    (void)scratch;
    for (int64_t b = first; b < last; b++) {
        block u = block_of(node, run, b);
        if (!run->known) run->kernel->pool_mean(&u.pool, u.x, u.y);
        if (!run->tangents) continue;
        if (node->data_tangent[0])
            run->kernel->pool_mean(&u.pool, u.x_dot, u.y_dot);
        else
            no_tangent(node, u.y_dot);
    }
}

static void reverse_mean(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    bool add = !node->first[0];
    (void)scratch;
    for (int64_t b = first; b < last && node->needed[0]; b++) {
        block u = block_of(node, run, b);
        if (!run->known) run->kernel->pool_spread(&u.pool, u.y_bar, u.x_bar, add);
        if (run->tangents) run->kernel->pool_spread(&u.pool, u.y_bar_dot, u.x_bar_dot, add);
    }
}

static double flops(const net_node *node) { /* one operation for each pixel of a window */
    return (double)node->features * node->size * node->size;
}

static double flops_global(const net_node *node) { return (double)node->features; }

const net_op REAL(net_op_max_pool) = {.name = "max_pool",
                                      .brief = "largest pixel of each window: size, stride (default: size)",
                                      .shape = shape_max,
                                      .forward = forward_max,
                                      .reverse = reverse_max,
                                      .flops = flops};
const net_op REAL(net_op_avg_pool) = {.name = "avg_pool",
                                      .brief = "mean of each window: size, stride (default: size)",
                                      .shape = shape,
                                      .forward = forward_mean,
                                      .reverse = reverse_mean,
                                      .flops = flops};
const net_op REAL(net_op_global_pool) = {.name = "global_pool",
                                         .brief = "mean over all pixels of a channel, or all tokens",
                                         .shape = shape_global,
                                         .forward = forward_mean,
                                         .reverse = reverse_mean,
                                         .flops = flops_global};
