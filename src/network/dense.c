/* dense: y = Wᵀx + b on a vector, or on every token of a sequence; bilinear in x and W. As dual numbers
 *
 *     ẏ = Wᵀẋ + Ẇᵀx + ḃ,     x̄ = W ȳ,     x̄̇ = W ȳ̇ + Ẇ ȳ,     W̄ = Σ x ȳᵀ,     W̄̇ = Σ x ȳ̇ᵀ + ẋ ȳᵀ.
 *
 * Weights are [in][out]. In memory a token is a block of its own: a vector has one, of stride `features`, so whole batches go
 * through one product; a sequence of T tokens has T of them, side by side, [in][T][16]. Sums over samples are one chain in the
 * order block, token, lane. */
#include "network/ops.h"
#include "temper/status.h"

enum { CHUNK = 16 }; /* columns of sixteen samples whose adjoints are turned into rows at a time */

static temper_status shape(const net_node *const *inputs, net_node *node) {
    const net_shape *in = &inputs[0]->shape;
    const int64_t most = 1 << 24, outputs = node->shape.channels;
    if (outputs < 1 || outputs > most)
        return temper_fail(TEMPER_BAD_OPTION, "dense: outputs=%lld, it must be between 1 and %lld",
                           (long long)outputs, (long long)most);
    if (in->height != 1)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "dense: the input is %lld x %lld x %lld, an image; put flatten or global_pool before it",
            (long long)in->channels, (long long)in->height, (long long)in->width);
    node->fan_in = in->channels;
    node->fan_out = outputs;
    node->shape = (net_shape){outputs, 1, in->width};
    node->features = outputs * in->width;
    node->weights = in->channels * outputs;
    node->biases = node->plain ? 0 : outputs;
    node->scratch = (outputs + LANES - 1) / LANES * LANES * LANES * CHUNK;
    return TEMPER_OK;
}

typedef struct { /* how tokens lie: `calls` products over n columns each */
    int64_t calls, n;
    ptrdiff_t in_block, in_k, out_block, out_k, in_call, out_call;
} layout;

static layout layout_of(const net_node *node, int64_t blocks) {
    int64_t T = node->shape.width, in = node->fan_in, out = node->fan_out;
    if (T == 1) return (layout){1, blocks * LANES, in * LANES, LANES, out * LANES, LANES, 0, 0};
    return (layout){blocks, T * LANES, LANES, T * LANES, LANES, T * LANES, in * T * LANES, out * T * LANES};
}

static real *at(real **arrays, const net_run *run, int number, int64_t first) {
    return net_at(arrays[number], &run->graph->node[number], first);
}

/* Where the biases lie in θ, or in something of its shape; NULL: the layer is plain. */
#define BIASES(node, base) ((node)->biases ? (base) + (node)->bias : NULL)

/* y = Wᵀx + bias, or added to what is there. */
static void apply(const net_node *node, net_run *run, layout l, const real *x, const real *W,
                  const real *bias, real *y, bool add) {
    for (int64_t c = 0; c < l.calls; c++) {
        const temper_matmul product = {.m = node->fan_out,
                                       .n = l.n,
                                       .k = node->fan_in,
                                       .a = W,
                                       .a_row = 1,
                                       .a_k = node->fan_out,
                                       .b = x + c * l.in_call,
                                       .b_block = l.in_block,
                                       .b_k = l.in_k,
                                       .c = y + c * l.out_call,
                                       .c_row = l.out_k,
                                       .c_block = l.out_block,
                                       .bias = bias,
                                       .add = add};
        run->kernel->matmul(&product);
    }
}

/* x̄ = W ȳ, or added. */
static void apply_back(const net_node *node, net_run *run, layout l, const real *y, const real *W, real *x,
                       bool add) {
    for (int64_t c = 0; c < l.calls; c++) {
        const temper_matmul product = {.m = node->fan_in,
                                       .n = l.n,
                                       .k = node->fan_out,
                                       .a = W,
                                       .a_row = node->fan_out,
                                       .a_k = 1,
                                       .b = y + c * l.out_call,
                                       .b_block = l.out_block,
                                       .b_k = l.out_k,
                                       .c = x + c * l.in_call,
                                       .c_row = l.in_k,
                                       .c_block = l.in_block,
                                       .add = add};
        run->kernel->matmul(&product);
    }
}

static void forward(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    layout l = layout_of(node, last - first);
    const real *x = at(run->value, run, node->in[0], first), *W = run->theta + node->weight;
    const real *x_dot = net_tangent(node, run, 0);
    (void)scratch;
    if (!run->known)
        apply(node, run, l, x, W, BIASES(node, run->theta), at(run->value, run, node->number, first), false);
    if (!run->tangents) return;
    real *y_dot = at(run->value_dot, run, node->number, first);
    apply(node, run, l, x, run->theta_dot + node->weight, BIASES(node, run->theta_dot), y_dot, false);
    if (x_dot) apply(node, run, l, at(run->value_dot, run, node->in[0], first), W, NULL, y_dot, true);
}

static void reverse(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    layout l = layout_of(node, last - first);
    (void)scratch;
    if (!node->needed[0]) return;
    bool add = !node->first[0];
    const real *y_bar = at(run->adjoint, run, node->number, first), *W = run->theta + node->weight;
    if (!run->known) apply_back(node, run, l, y_bar, W, at(run->adjoint, run, node->in[0], first), add);
    if (!run->tangents) return;
    real *x_bar_dot = at(run->adjoint_dot, run, node->in[0], first);
    apply_back(node, run, l, at(run->adjoint_dot, run, node->number, first), W, x_bar_dot, add);
    apply_back(node, run, l, y_bar, run->theta_dot + node->weight, x_bar_dot, true);
}

typedef struct { /* W̄ (+)= Σ x ȳᵀ and, unless b is NULL, b̄ (+)= Σ ȳ */
    const real *x, *y;
    real *W, *b;
    bool add;
} outer_sum;

/* Rows from … to−1 of W̄, over columns of sixteen samples. First the lanes of ȳ become rows, sixteen outputs to a panel. */
static void outer_columns(const net_node *node, net_run *run, outer_sum s, int64_t columns,
                          const int64_t rows[2], real *scratch) {
    static const real one = 1;
    const int64_t T = node->shape.width, in = node->fan_in, out = node->fan_out, k = columns * LANES;
    for (int64_t c = 0; c < columns; c++)
        run->kernel->rows(s.y + (T == 1 ? c * out : c) * LANES, out, T * LANES, scratch + c * LANES * LANES,
                          LANES, k * LANES);
    temper_matmul product = {.m = rows[1] - rows[0],
                             .n = out,
                             .k = k,
                             .a = s.x + rows[0] * T * LANES,
                             .a_row = T * LANES,
                             .a_k = 1,
                             .a_inner = T == 1 ? LANES : 0,
                             .a_outer = in * LANES,
                             .b = scratch,
                             .b_block = k * LANES,
                             .b_k = LANES,
                             .c = s.W + rows[0] * out,
                             .c_row = out,
                             .c_block = LANES,
                             .add = s.add};
    run->kernel->matmul(&product);
    if (!s.b) return;
    product.m = 1, product.c = s.b;
    product.a = &one, product.a_row = product.a_k = product.a_inner = product.a_outer = 0;
    run->kernel->matmul(&product); /* 1·ȳ + sum is rounded as ȳ + sum is */
}

/* The share's rows of W̄, and with its first part b̄, over its blocks; x and y are those of block 0. */
static void outer(const net_node *node, net_run *run, net_share share, outer_sum s, real *scratch) {
    const int64_t T = node->shape.width, in = node->fan_in, out = node->fan_out;
    const int64_t rows[2] = {in * share.part / share.parts, in * (share.part + 1) / share.parts};
    const int64_t alike = T == 1 ? share.last - share.first : T; /* columns at equal distances */
    const real *x = s.x, *y = s.y;
    if (share.part > 0) s.b = NULL;
    if (rows[0] == rows[1] && !s.b) return;
    for (int64_t b = share.first; b < share.last; b += T == 1 ? alike : 1)
        for (int64_t c = 0; c < alike; c += CHUNK) {
            s.x = x + (b * in * T + c * (T == 1 ? in : 1)) * LANES;
            s.y = y + (b * out * T + c * (T == 1 ? out : 1)) * LANES;
            outer_columns(node, run, s, alike - c < CHUNK ? alike - c : CHUNK, rows, scratch);
            s.add = true;
        }
}

static void weigh(const net_node *node, net_run *run, net_share share, real *scratch) {
    const real *x = run->value[node->in[0]], *x_dot = net_tangent(node, run, 0);
    const real *y_bar = run->adjoint[node->number];
    const bool add = !net_begins(run, &share);
    if (run->grad)
        outer(node, run, share, (outer_sum){x, y_bar, run->grad + node->weight, BIASES(node, run->grad), add},
              scratch);
    if (!run->tangents) return;
    real *W_bar_dot = run->grad_dot + node->weight, *b_bar_dot = BIASES(node, run->grad_dot);
    outer(node, run, share, (outer_sum){x, run->adjoint_dot[node->number], W_bar_dot, b_bar_dot, add},
          scratch);
    if (x_dot) outer(node, run, share, (outer_sum){x_dot, y_bar, W_bar_dot, NULL, true}, scratch);
}

static double flops(const net_node *node) { return (2 * (double)node->fan_in + 1) * (double)node->features; }

/* ---- Gaussian weights: variational.h ---- */

static void forward_drawn(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    layout l = layout_of(node, last - first);
    net_cloud cloud = net_cloud_of(node, run, first);
    forward(node, run, first, last, scratch);
    net_cloud_square(node, run, first, last);
    apply(node, run, l, cloud.squares, cloud.V, cloud.V_bias, cloud.ratio, false);
    net_cloud_draw(node, run, first, last);
}

static void reverse_drawn(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    layout l = layout_of(node, last - first);
    net_cloud cloud = net_cloud_of(node, run, first);
    net_cloud_return(node, run, first, last);
    reverse(node, run, first, last, scratch);
    if (!node->needed[0]) return;
    apply_back(node, run, l, cloud.ratio, cloud.V, cloud.back, false);
    net_cloud_join(node, run, first, last);
}

static void weigh_drawn(const net_node *node, net_run *run, net_share share, real *scratch) {
    net_cloud cloud = net_cloud_of(node, run, 0);
    weigh(node, run, share, scratch);
    if (!run->grad) return;
    outer(node, run, share,
          (outer_sum){cloud.squares, cloud.ratio, cloud.V_bar, cloud.V_bias_bar, !net_begins(run, &share)},
          scratch);
}

static double flops_drawn(const net_node *node) { return 2 * flops(node); }

static const net_op drawn = {.name = "dense",
                             .brief = "dense with Gaussian weights",
                             .shape = shape,
                             .forward = forward_drawn,
                             .reverse = reverse_drawn,
                             .weigh = weigh_drawn,
                             .stores = true,
                             .flops = flops_drawn};

const net_op REAL(net_op_dense) = {
    .name = "dense",
    .brief = "y = Wᵀx + b of a vector, or of every token of a sequence: outputs",
    .shape = shape,
    .forward = forward,
    .reverse = reverse,
    .weigh = weigh,
    .stores = true,
    .flops = flops,
    .drawn = &drawn};
