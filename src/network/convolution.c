/* conv: y = w ⋆ x + bias, bilinear in x and w. As dual numbers
 *
 *     ẏ = ẇ ⋆ x + w ⋆ ẋ,     x̄ = w ⋆ᵀ ȳ,     x̄̇ = w ⋆ᵀ ȳ̇ + ẇ ⋆ᵀ ȳ,     w̄ = x ⊗ ȳ,     w̄̇ = x ⊗ ȳ̇ + ẋ ⊗ ȳ.
 *
 * Weights are [channels][kernel_h][kernel_w][filters]. The kernels do the arithmetic, block by block. */
#include "network/ops.h"
#include "temper/status.h"

static temper_status shape(const net_node *const *inputs, net_node *node) {
    const net_shape *in = &inputs[0]->shape;
    int64_t filters = node->shape.channels, most = 1 << 20;
    int stride = node->stride ? node->stride : 1;
    if (filters < 1 || filters > most)
        return temper_fail(TEMPER_BAD_OPTION, "conv: filters=%lld, it must be between 1 and %lld",
                           (long long)filters, (long long)most);
    if (node->size < 1 || node->size > 255)
        return temper_fail(TEMPER_BAD_OPTION, "conv: size=%d, it must be between 1 and 255", node->size);
    if (stride < 1 || node->pad < 0 || node->pad >= node->size)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "conv: stride=%d pad=%d, stride must be 1 or more and pad between 0 and size−1 = %d", stride,
            node->pad, node->size - 1);
    if (in->channels > most || in->height > most || in->width > most ||
        in->height + 2 * node->pad < node->size || in->width + 2 * node->pad < node->size)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "conv: size=%d pad=%d does not fit into an image of %lld x %lld pixels, %lld channels",
            node->size, node->pad, (long long)in->height, (long long)in->width, (long long)in->channels);
    node->stride = stride;
    temper_conv *c = &node->conv;
    *c = (temper_conv){.channels = (int)in->channels,
                       .height = (int)in->height,
                       .width = (int)in->width,
                       .filters = (int)filters,
                       .kernel_h = node->size,
                       .kernel_w = node->size,
                       .stride = stride,
                       .pad = node->pad};
    c->out_h = (c->height + 2 * c->pad - c->kernel_h) / stride + 1;
    c->out_w = (c->width + 2 * c->pad - c->kernel_w) / stride + 1;
    node->shape = (net_shape){filters, c->out_h, c->out_w};
    node->features = filters * c->out_h * c->out_w;
    node->fan_in = (int64_t)c->channels * c->kernel_h * c->kernel_w;
    node->fan_out = filters * c->kernel_h * c->kernel_w;
    node->weights = node->fan_in * filters;
    node->biases = node->plain ? 0 : filters;
    node->scratch = (int64_t)temper_net_kernel()->conv_scratch(c);
    return TEMPER_OK;
}

/* Where block `first` of an array lies; NULL where there is no array. */
static real *at(real **arrays, const net_run *run, int number, int64_t first) {
    return net_at(arrays[number], &run->graph->node[number], first);
}

static void forward(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    const temper_net_kernels *kernel = run->kernel;
    const temper_conv *c = &node->conv;
    int in = node->in[0], out = node->number;
    const real *x = at(run->value, run, in, first), *w = run->theta + node->weight;
    if (!run->known)
        kernel->conv_forward(c, last - first, x, w, node->biases ? run->theta + node->bias : NULL,
                             at(run->value, run, out, first), false, scratch);
    if (!run->tangents) return;
    real *y_dot = at(run->value_dot, run, out, first);
    kernel->conv_forward(c, last - first, x, run->theta_dot + node->weight,
                         node->biases ? run->theta_dot + node->bias : NULL, y_dot, false, scratch);
    if (node->data_tangent[0])
        kernel->conv_forward(c, last - first, at(run->value_dot, run, in, first), w, NULL, y_dot, true,
                             scratch);
}

static void reverse(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    const temper_net_kernels *kernel = run->kernel;
    const temper_conv *c = &node->conv;
    int in = node->in[0], out = node->number;
    bool add = !node->first[0];
    if (!node->needed[0]) return;
    const real *y_bar = at(run->adjoint, run, out, first), *w = run->theta + node->weight;
    if (!run->known)
        kernel->conv_data(c, last - first, y_bar, w, at(run->adjoint, run, in, first), add, scratch);
    if (!run->tangents) return;
    real *x_bar_dot = at(run->adjoint_dot, run, in, first);
    kernel->conv_data(c, last - first, at(run->adjoint_dot, run, out, first), w, x_bar_dot, add, scratch);
    kernel->conv_data(c, last - first, y_bar, run->theta_dot + node->weight, x_bar_dot, true, scratch);
}

/* A share is some kernel rows (r, channel); the one with row 0 has the bias too. */
static void weigh(const net_node *node, net_run *run, net_share share, real *scratch) {
    const temper_net_kernels *kernel = run->kernel;
    const temper_conv *c = &node->conv;
    int64_t rows = (int64_t)c->channels * c->kernel_h, blocks = share.last - share.first;
    int from = (int)(rows * share.part / share.parts), to = (int)(rows * (share.part + 1) / share.parts);
    int in = node->in[0], out = node->number;
    if (from == to) return;
    const real *x = at(run->value, run, in, share.first), *y_bar = at(run->adjoint, run, out, share.first);
    if (run->grad)
        kernel->conv_weights(c, blocks, x, y_bar, run->grad + node->weight,
                             node->biases ? run->grad + node->bias : NULL, from, to, scratch);
    if (!run->tangents) return;
    real *w_bar_dot = run->grad_dot + node->weight;
    kernel->conv_weights(c, blocks, x, at(run->adjoint_dot, run, out, share.first), w_bar_dot,
                         node->biases ? run->grad_dot + node->bias : NULL, from, to, scratch);
    if (node->data_tangent[0])
        kernel->conv_weights(c, blocks, at(run->value_dot, run, in, share.first), y_bar, w_bar_dot, NULL,
                             from, to, scratch);
}

static double flops(const net_node *node) {
    return 2 * (double)node->fan_in * (double)node->features + (node->biases ? (double)node->features : 0);
}

/* ---- Gaussian weights: variational.h ---- */

static void forward_drawn(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    net_cloud cloud = net_cloud_of(node, run, first);
    forward(node, run, first, last, scratch);
    net_cloud_square(node, run, first, last);
    run->kernel->conv_forward(&node->conv, last - first, cloud.squares, cloud.V, cloud.V_bias, cloud.ratio,
                              false, scratch);
    net_cloud_draw(node, run, first, last);
}

static void reverse_drawn(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    net_cloud cloud = net_cloud_of(node, run, first);
    net_cloud_return(node, run, first, last);
    reverse(node, run, first, last, scratch);
    if (!node->needed[0]) return;
    run->kernel->conv_data(&node->conv, last - first, cloud.ratio, cloud.V, cloud.back, false, scratch);
    net_cloud_join(node, run, first, last);
}

static void weigh_drawn(const net_node *node, net_run *run, net_share share, real *scratch) {
    int64_t rows = (int64_t)node->conv.channels * node->conv.kernel_h;
    int from = (int)(rows * share.part / share.parts), to = (int)(rows * (share.part + 1) / share.parts);
    net_cloud cloud = net_cloud_of(node, run, share.first);
    weigh(node, run, share, scratch);
    if (!run->grad || from == to) return;
    run->kernel->conv_weights(&node->conv, share.last - share.first, cloud.squares, cloud.ratio, cloud.V_bar,
                              cloud.V_bias_bar, from, to, scratch);
}

static double flops_drawn(const net_node *node) { return 2 * flops(node); }

static const net_op drawn = {.name = "conv",
                             .brief = "convolution with Gaussian weights",
                             .shape = shape,
                             .forward = forward_drawn,
                             .reverse = reverse_drawn,
                             .weigh = weigh_drawn,
                             .flops = flops_drawn};

const net_op REAL(net_op_conv) = {
    .name = "conv",
    .brief = "convolution with a bias, unless plain: filters, size, stride, pad",
    .shape = shape,
    .forward = forward,
    .reverse = reverse,
    .weigh = weigh,
    .flops = flops,
    .drawn = &drawn};
