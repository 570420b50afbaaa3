/* attention: o = softmax(q kᵀ/√w) v for each of `heads` heads of width w. The input is q, k and v stacked, 3d × 1 × T, what one dense
 * layer makes for each token; the output is d × 1 × T, d = heads·w. The arithmetic is in kernel/attention_body.h. */
#include "network/ops.h"
#include "temper/status.h"

static temper_status shape(const net_node *const *inputs, net_node *node) {
    net_shape s = inputs[0]->shape;
    if (s.height != 1 || s.channels % 3)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "attention: its input is %lldx%lldx%lld; legal is a sequence 3d x 1 x tokens of q, k "
            "and v",
            (long long)s.channels, (long long)s.height, (long long)s.width);
    if (node->heads < 1 || s.channels / 3 % node->heads)
        return temper_fail(TEMPER_BAD_OPTION, "attention: heads=%d; legal are the divisors of the width %lld",
                           node->heads, (long long)s.channels / 3);
    node->shape = (net_shape){s.channels / 3, 1, s.width};
    node->features = node->shape.channels * s.width;
    node->scratch = (32 * s.width + 8 * node->shape.channels / node->heads) * LANES;
    return TEMPER_OK;
}

static temper_attention block_of(const net_node *node, const net_run *run, int64_t b, real *scratch) {
    const int64_t at = b * node->features * LANES;
    const real *x_dot = net_tangent(node, run, 0);
    temper_attention s = {.heads = node->heads, .tokens = node->shape.width, .scratch = scratch};
    s.width = node->shape.channels / node->heads;
    s.x = run->value[node->in[0]] + 3 * at, s.x_dot = x_dot ? x_dot + 3 * at : NULL;
    if (!run->known) s.y = run->value[node->number] + at;
    if (run->tangents) s.y_dot = run->value_dot[node->number] + at;
    return s;
}

static void forward(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    for (int64_t b = first; b < last; b++) {
        temper_attention s = block_of(node, run, b, scratch);
        run->kernel->attention_forward(&s);
    }
}

static void reverse(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    if (!node->needed[0]) return;
    for (int64_t b = first; b < last; b++) {
        const int64_t at = b * node->features * LANES;
        temper_attention s = block_of(node, run, b, scratch);
        s.g = run->adjoint[node->number] + at;
        if (!run->known) s.x_bar = run->adjoint[node->in[0]] + 3 * at;
        s.add = !node->first[0];
        if (run->tangents) {
            s.g_dot = run->adjoint_dot[node->number] + at;
            s.x_bar_dot = run->adjoint_dot[node->in[0]] + 3 * at;
        }
        run->kernel->attention_reverse(&s);
    }
}

static double flops(const net_node *node) {
    double T = (double)node->shape.width;
    return T * T * (4 * (double)node->shape.channels + 5 * node->heads);
}

const net_op REAL(net_op_attention) = {
    .name = "attention",
    .brief = "softmax(q kT/sqrt(width)) v over the tokens of a sample, in `heads` heads",
    .shape = shape,
    .forward = forward,
    .reverse = reverse,
    .flops = flops,
};
