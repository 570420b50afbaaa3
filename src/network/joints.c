/* The linear ops that only join or rename: add (residual sums), flatten, tokens, and position, which adds learned numbers. */
#include <string.h>
#include "network/ops.h"
#include "temper/status.h"

/* to (+)= from over blocks first … last−1; from NULL is 0. */
static void carry(const net_node *node, const net_run *run, int64_t first, int64_t last, const real *from,
                  real *to, bool add) {
    const int64_t at = first * node->features * LANES, n = (last - first) * node->features * LANES;
    if (from && add)
        run->kernel->blend(n, 1, from + at, 1, to + at, to + at);
    else if (from && from != to)
        memcpy(to + at, from + at, (size_t)n * sizeof *to);
    else if (!from && !add)
        memset(to + at, 0, (size_t)n * sizeof *to);
}

/* One array of the first input to that of the node, with the second added on the way. */
static void join(const net_node *node, const net_run *run, int64_t first, int64_t last,
                 const real *const in[2], real *to) {
    const int64_t at = first * node->features * LANES, n = (last - first) * node->features * LANES;
    if (in[0] && in[1])
        run->kernel->blend(n, 1, in[0] + at, 1, in[1] + at, to + at);
    else
        carry(node, run, first, last, in[0] ? in[0] : in[1], to, false);
}

static void forward(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    const int me = node->number, a = node->in[0], b = node->in[node->inputs - 1];
    const bool two = node->inputs > 1;
    (void)scratch;
    if (!run->known)
        join(node, run, first, last, (const real *[2]){run->value[a], two ? run->value[b] : NULL},
             run->value[me]);
    if (run->tangents)
        join(node, run, first, last,
             (const real *[2]){net_tangent(node, run, 0), two ? net_tangent(node, run, 1) : NULL},
             run->value_dot[me]);
}

static void reverse(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    (void)scratch;
    for (int i = 0; i < node->inputs; i++) {
        if (!node->needed[i]) continue;
        const int me = node->number, it = node->in[i];
        if (!run->known) carry(node, run, first, last, run->adjoint[me], run->adjoint[it], !node->first[i]);
        if (run->tangents)
            carry(node, run, first, last, run->adjoint_dot[me], run->adjoint_dot[it], !node->first[i]);
    }
}

static double one_each(const net_node *node) { return (double)node->features; }

/* ---- add ---- */

static temper_status add_shape(const net_node *const *inputs, net_node *node) {
    node->shape = inputs[0]->shape, node->features = inputs[0]->features;
    if (node->inputs > 1) {
        net_shape a = inputs[0]->shape, b = inputs[1]->shape;
        if (a.channels != b.channels || a.height != b.height || a.width != b.width)
            return temper_fail(
                TEMPER_BAD_OPTION,
                "add: the inputs have the shapes %lldx%lldx%lld and %lldx%lldx%lld; they must be equal",
                (long long)a.channels, (long long)a.height, (long long)a.width, (long long)b.channels,
                (long long)b.height, (long long)b.width);
    }
    return TEMPER_OK;
}

const net_op REAL(net_op_add) = {
    .name = "add",
    .brief = "sum of this and a saved value (residual connection)",
    .shape = add_shape,
    .forward = forward,
    .reverse = reverse,
    .flops = one_each,
};

/* ---- flatten and tokens: another name for the same numbers ---- */

static temper_status flatten_shape(const net_node *const *inputs, net_node *node) {
    node->features = inputs[0]->features;
    node->shape = (net_shape){node->features, 1, 1};
    return TEMPER_OK;
}

const net_op REAL(net_op_flatten) = {
    .name = "flatten",
    .brief = "an image as a vector",
    .shape = flatten_shape,
    .forward = forward,
    .reverse = reverse,
};

static temper_status tokens_shape(const net_node *const *inputs, net_node *node) {
    net_shape s = inputs[0]->shape;
    node->features = inputs[0]->features;
    node->shape = (net_shape){s.channels, 1, s.height * s.width};
    return TEMPER_OK;
}

const net_op REAL(net_op_tokens) = {
    .name = "tokens",
    .brief = "the pixels of an image as a sequence, its channels as their width",
    .shape = tokens_shape,
    .forward = forward,
    .reverse = reverse,
};

/* ---- position: y = x + θ, one number for each feature ---- */

static temper_status position_shape(const net_node *const *inputs, net_node *node) {
    node->shape = inputs[0]->shape, node->features = inputs[0]->features;
    node->weights = node->features;
    node->fan_in = node->fan_out = node->shape.channels;
    return TEMPER_OK;
}

static void broadcast(const net_node *node, int64_t first, int64_t last, const real *theta, real *y) {
    for (int64_t b = first; b < last; b++)
        for (int64_t f = 0; f < node->features; f++)
            for (int l = 0; l < LANES; l++) net_at(y, node, b)[f * LANES + l] += theta[node->weight + f];
}

static void position_forward(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    forward(node, run, first, last, scratch);
    if (!run->known) broadcast(node, first, last, run->theta, run->value[node->number]);
    if (run->tangents) broadcast(node, first, last, run->theta_dot, run->value_dot[node->number]);
}

/* Too little work to be shared: the first share does it. */
static void position_weigh(const net_node *node, net_run *run, net_share share, real *scratch) {
    (void)scratch;
    if (share.part > 0) return;
    const int64_t blocks = share.last - share.first;
    if (run->grad)
        run->kernel->sum_samples(blocks, node->features,
                                 net_at(run->adjoint[node->number], node, share.first),
                                 run->grad + node->weight);
    if (run->tangents)
        run->kernel->sum_samples(blocks, node->features,
                                 net_at(run->adjoint_dot[node->number], node, share.first),
                                 run->grad_dot + node->weight);
}

const net_op REAL(net_op_position) = {
    .name = "position",
    .brief = "a learned number is added to each feature",
    .shape = position_shape,
    .forward = position_forward,
    .reverse = reverse,
    .weigh = position_weigh,
    .flops = one_each,
};
