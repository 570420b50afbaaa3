/* batch_norm and layer_norm: y = γ x̂ + β with x̂ = (x − μ)·r, r = (variance + ε)^(−1/2). Batch norm takes mean μ and variance of a
 * channel over all samples and pixels, layer norm those of a sample's token over its channels. γ and β belong to a channel.
 *
 * Rules, C the centring, q = mean(x̂ ẋ), G = γ ȳ, A = mean(G x̂):
 *
 *     x̂̇ = r (C ẋ − x̂ q),   ṙ/r = −r q,   x̄ = r (C G − x̂ A),   x̄̇ = (ṙ/r) x̄ + r (C Ġ − x̂̇ A − x̂ (mean(Ġ x̂) + mean(G x̂̇))).
 *
 * As batch norm couples samples, its means are collected before the sweep passes, channel by channel over all blocks in order, in
 * double: in a block mean and squared deviations, joined by the formula of Chan, Golub & LeVeque (1983). Then forward and
 * reverse are one linear combination of two to four planes. When not training and with `statistics`, μ and variance
 * are constants: C = 1, q = 0, and no mean of G enters. Padding takes part in no mean, and the adjoint of the input is 0 there. */
#include <math.h>
#include <string.h>
#include "network/ops.h"
#include "temper/parallel.h"
#include "temper/status.h"

static const double EPSILON = 1e-5;
enum { SHARED_OUT = 1 << 18 }; /* numbers of a batch from which several threads collect */

static temper_status shape_norm(const net_node *input, net_node *node) {
    node->shape = input->shape, node->features = input->features;
    node->weights = node->biases = node->shape.channels;
    return TEMPER_OK;
}

/* ---- batch norm: `shared` and `shared_dot` are [5][channels] ---- */

enum {
    MEAN,     /* μ;       its tangent mean ẋ */
    VARIANCE, /* biased;  unused */
    ROOT,     /* r;       q */
    BIAS_BAR, /* Σ ȳ;     Σ ȳ̇ */
    GAIN_BAR, /* Σ ȳ x̂;   Σ (ȳ̇ x̂ + ȳ x̂̇) */
    KINDS
};

typedef struct { /* one channel of a batch */
    const net_node *node;
    const net_run *run;
    int64_t channel, pixels;
    double count; /* samples · pixels */
    bool fixed;   /* μ and variance are constants */
    const real *x_dot;
    double gain, gain_dot, mean, root, mean_dot, q, bias_bar, bias_bar_dot, gain_bar, gain_bar_dot;
} plane;

static real *shared_of(const plane *u, bool dot, int kind) {
    return (dot ? u->run->shared_dot : u->run->shared)[u->node->number] + kind * u->node->shape.channels +
           u->channel;
}

/* Of a norm that collects nothing: what collect would have left. */
static plane frozen_plane(plane u) {
    const real *statistic = u.run->statistics + u.node->statistic + u.channel;
    u.mean = (double)statistic[0];
    u.root = (double)(real)(1 / sqrt((double)statistic[u.node->shape.channels] + EPSILON));
    if (u.run->tangents) u.gain_dot = (double)u.run->theta_dot[u.node->weight + u.channel];
    return u;
}

static plane plane_of(const net_node *node, const net_run *run, int64_t channel) {
    plane u = {.node = node, .run = run, .channel = channel};
    u.pixels = node->shape.height * node->shape.width;
    u.count = (double)run->samples * (double)u.pixels;
    u.fixed = !run->training && run->statistics;
    u.x_dot = net_tangent(node, run, 0);
    u.gain = (double)run->theta[node->weight + channel];
    if (!node->op->collect) return frozen_plane(u);
    u.mean = (double)*shared_of(&u, false, MEAN), u.root = (double)*shared_of(&u, false, ROOT);
    u.bias_bar = (double)*shared_of(&u, false, BIAS_BAR),
    u.gain_bar = (double)*shared_of(&u, false, GAIN_BAR);
    if (!run->tangents) return u;
    u.gain_dot = (double)run->theta_dot[node->weight + channel];
    u.mean_dot = (double)*shared_of(&u, true, MEAN), u.q = (double)*shared_of(&u, true, ROOT);
    u.bias_bar_dot = (double)*shared_of(&u, true, BIAS_BAR);
    u.gain_bar_dot = (double)*shared_of(&u, true, GAIN_BAR);
    return u;
}

/* Where the plane of block b lies in an array of this shape. */
static int64_t plane_at(const plane *u, int64_t b) {
    return (b * u->node->features + u->channel * u->pixels) * LANES;
}

/* Σ g and Σ (x − shift) g over the batch. */
static void sum_products(const plane *u, const real *x, double shift, const real *g, double out[2]) {
    double part[2];
    out[0] = out[1] = 0;
    for (int64_t b = 0; b < u->run->blocks; b++) {
        int64_t at = plane_at(u, b);
        u->run->kernel->covary(u->pixels, net_lanes(u->run, b), x + at, (real)shift, g + at, part);
        out[0] += part[0], out[1] += part[1];
    }
}

/* Mean and variance over the batch. */
static void measure(const plane *u, double out[2]) {
    double n = 0, mean = 0, square = 0, part[2];
    const real *x = u->run->value[u->node->in[0]];
    for (int64_t b = 0; b < u->run->blocks; b++) {
        int lanes = net_lanes(u->run, b);
        double m = (double)lanes * (double)u->pixels;
        u->run->kernel->moments(u->pixels, lanes, x + plane_at(u, b), part);
        double off = part[0] / m - mean;
        square += part[1] + off * off * n * m / (n + m);
        mean += off * m / (n + m);
        n += m;
    }
    out[0] = mean, out[1] = square / n;
}

typedef struct {
    const net_node *node;
    net_run *run;
} whole_batch;

/* Mean, variance and 1/√(variance + ε) of a channel, which a known point has already. */
static void settle_channel(plane *u, net_run *run, int64_t c) {
    const net_node *node = u->node;
    const int64_t C = node->shape.channels;
    double s[2];
    if (u->fixed)
        s[0] = (double)run->statistics[node->statistic + c],
        s[1] = (double)run->statistics[node->statistic + C + c];
    else
        measure(u, s);
    for (int i = 0; i < 2 && run->measured; i++)
        run->measured[node->statistic + i * C + c] += (real)(run->weight * s[i]);
    u->mean = s[0], u->root = 1 / sqrt(s[1] + EPSILON);
    *shared_of(u, false, MEAN) = (real)s[0], *shared_of(u, false, VARIANCE) = (real)s[1];
    *shared_of(u, false, ROOT) = (real)u->root;
}

static temper_status collect_channel(void *context, int64_t c) {
    const whole_batch *of = context;
    const net_node *node = of->node;
    net_run *run = of->run;
    plane u = plane_of(node, run, c);
    double dot[2] = {0, 0};
    if (!run->known) settle_channel(&u, run, c);
    if (!run->tangents) return TEMPER_OK;
    if (u.x_dot && !u.fixed) sum_products(&u, run->value[node->in[0]], u.mean, u.x_dot, dot);
    *shared_of(&u, true, MEAN) = (real)(dot[0] / u.count);
    *shared_of(&u, true, ROOT) = (real)(dot[1] / u.count * u.root);
    return TEMPER_OK;
}

/* Σ ȳ x̂ = r Σ ȳ (x − μ), and Σ ȳ x̂̇ = r (Σ ȳ (ẋ − mean ẋ) − q Σ ȳ x̂). */
static temper_status collect_channel_reverse(void *context, int64_t c) {
    const whole_batch *of = context;
    net_run *run = of->run;
    const real *x = run->value[of->node->in[0]], *g = run->adjoint[of->node->number];
    plane u = plane_of(of->node, run, c);
    double s[2], s_dot[2], bent[2] = {0, 0};
    if (run->known) {
        s[1] = u.gain_bar / u.root;
    } else {
        sum_products(&u, x, u.mean, g, s);
        *shared_of(&u, false, BIAS_BAR) = (real)s[0];
        *shared_of(&u, false, GAIN_BAR) = (real)(s[1] * u.root);
    }
    if (!run->tangents) return TEMPER_OK;
    sum_products(&u, x, u.mean, run->adjoint_dot[of->node->number], s_dot);
    if (u.x_dot) sum_products(&u, u.x_dot, u.mean_dot, g, bent);
    *shared_of(&u, true, BIAS_BAR) = (real)s_dot[0];
    *shared_of(&u, true, GAIN_BAR) = (real)(u.root * (s_dot[1] + bent[1] - u.q * u.root * s[1]));
    return TEMPER_OK;
}

/* Channels know nothing of each other. Sharing out a small batch would cost more than it saves. */
static void each_channel(const net_node *node, net_run *run, temper_work work) {
    whole_batch of = {node, run};
    if (run->blocks * node->features * LANES >= SHARED_OUT)
        temper_parallel(node->shape.channels, work, &of);
    else
        for (int64_t c = 0; c < node->shape.channels; c++) work(&of, c);
}

static void batch_collect(const net_node *node, net_run *run) { each_channel(node, run, collect_channel); }

static void batch_collect_reverse(const net_node *node, net_run *run) {
    each_channel(node, run, collect_channel_reverse);
}

static temper_status batch_shape(const net_node *const *inputs, net_node *node) {
    node->statistics = 2 * inputs[0]->shape.channels;
    node->shared = KINDS * inputs[0]->shape.channels;
    return shape_norm(inputs[0], node);
}

static void batch_forward(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    (void)scratch;
    for (int64_t b = first; b < last; b++)
        for (int64_t c = 0; c < node->shape.channels; c++) {
            plane u = plane_of(node, run, c);
            int64_t at = plane_at(&u, b);
            temper_combination y = {.terms = 1, .row = {run->value[node->in[0]] + at}, .shift = (real)u.mean};
            y.factor[0] = (real)(u.gain * u.root), y.constant = run->theta[node->bias + c];
            y.out = run->value[node->number] + at;
            if (!run->known) run->kernel->combine(u.pixels, net_lanes(run, b), &y);
            if (!run->tangents) continue;
            y.factor[0] = (real)(u.root * (u.gain_dot - u.gain * u.root * u.q));
            y.constant = (real)((double)run->theta_dot[node->bias + c] - u.gain * u.root * u.mean_dot);
            if (u.x_dot) y.terms = 2, y.row[1] = u.x_dot + at, y.factor[1] = (real)(u.gain * u.root);
            y.out = run->value_dot[node->number] + at;
            run->kernel->combine(u.pixels, net_lanes(run, b), &y);
        }
}

/* x̄ and x̄̇ in planes x, ẋ, ȳ, ȳ̇; the means are 0 where μ and variance are constants. */
static void plane_reverse(const plane *u, int64_t b) {
    const net_node *node = u->node;
    const net_run *run = u->run;
    int64_t at = plane_at(u, b);
    int lanes = net_lanes(run, b);
    const real *x = run->value[node->in[0]] + at, *g = run->adjoint[node->number] + at;
    double r = u->root, gain = u->gain, share = u->fixed ? 0 : 1 / u->count;
    double G = gain * u->bias_bar * share, A = gain * u->gain_bar * share;
    temper_combination s = {.terms = 2, .row = {x, g}, .shift = (real)u->mean, .add = !node->first[0]};
    s.factor[0] = (real)(-r * r * A), s.factor[1] = (real)(r * gain), s.constant = (real)(-r * G);
    s.out = run->adjoint[node->in[0]] + at;
    if (!run->known) run->kernel->combine(u->pixels, lanes, &s);
    if (!run->tangents) return;
    double G_dot = (gain * u->bias_bar_dot + u->gain_dot * u->bias_bar) * share;
    double B = (gain * u->gain_bar_dot + u->gain_dot * u->gain_bar) * share;
    s.factor[0] = (real)(r * r * (2 * r * u->q * A - B));
    s.factor[1] = (real)(r * (u->gain_dot - r * u->q * gain));
    s.constant = (real)(r * (r * u->q * G - G_dot + r * u->mean_dot * A));
    s.terms = 3, s.row[2] = run->adjoint_dot[node->number] + at, s.factor[2] = (real)(r * gain);
    if (u->x_dot) s.terms = 4, s.row[3] = u->x_dot + at, s.factor[3] = (real)(-r * r * A);
    s.out = run->adjoint_dot[node->in[0]] + at;
    run->kernel->combine(u->pixels, lanes, &s);
}

static void batch_reverse(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    (void)scratch;
    if (!node->needed[0]) return;
    for (int64_t b = first; b < last; b++)
        for (int64_t c = 0; c < node->shape.channels; c++) {
            plane u = plane_of(node, run, c);
            plane_reverse(&u, b);
        }
}

/* The sums of the whole batch are there already; whoever has its first block adds them. */
static void batch_weigh(const net_node *node, net_run *run, net_share share, real *scratch) {
    (void)scratch;
    if (run->offset + share.first > 0 || share.part > 0) return;
    for (int64_t c = 0; c < node->shape.channels; c++) {
        plane u = plane_of(node, run, c);
        if (run->grad)
            run->grad[node->weight + c] += (real)u.gain_bar, run->grad[node->bias + c] += (real)u.bias_bar;
        if (!run->tangents) continue;
        run->grad_dot[node->weight + c] += (real)u.gain_bar_dot;
        run->grad_dot[node->bias + c] += (real)u.bias_bar_dot;
    }
}

static double batch_flops(const net_node *node) { return 7 * (double)node->features; }

/* Nothing is collected for a frozen norm: each block adds its own sums, so that no cut into groups shows. A share is some channels. */
static void frozen_weigh(const net_node *node, net_run *run, net_share share, real *scratch) {
    const int64_t C = node->shape.channels;
    const real *x = run->value[node->in[0]], *g = run->adjoint[node->number];
    (void)scratch;
    for (int64_t c = C * share.part / share.parts; c < C * (share.part + 1) / share.parts; c++) {
        plane u = plane_of(node, run, c);
        for (int64_t b = share.first; b < share.last; b++) {
            const int64_t at = plane_at(&u, b);
            const int lanes = net_lanes(run, b);
            double s[2], bent[2] = {0, 0};
            if (run->grad) {
                run->kernel->covary(u.pixels, lanes, x + at, (real)u.mean, g + at, s);
                run->grad[node->weight + c] += (real)(u.root * s[1]), run->grad[node->bias + c] += (real)s[0];
            }
            if (!run->tangents) continue;
            run->kernel->covary(u.pixels, lanes, x + at, (real)u.mean, run->adjoint_dot[node->number] + at,
                                s);
            if (u.x_dot) run->kernel->covary(u.pixels, lanes, u.x_dot + at, 0, g + at, bent);
            run->grad_dot[node->weight + c] += (real)(u.root * (s[1] + bent[1]));
            run->grad_dot[node->bias + c] += (real)s[0];
        }
    }
}

/* Not training, mean and variance are constants: every sample goes its way alone, and back. */
static const net_op frozen = {.name = "batch_norm",
                              .brief = "each channel by constants, then gain and bias",
                              .shape = batch_shape,
                              .forward = batch_forward,
                              .reverse = batch_reverse,
                              .weigh = frozen_weigh,
                              .flops = batch_flops};

const net_op REAL(net_op_batch_norm) = {
    .name = "batch_norm",
    .brief = "each channel to mean 0 and variance 1 over the batch, then gain and bias",
    .shape = batch_shape,
    .forward = batch_forward,
    .reverse = batch_reverse,
    .weigh = batch_weigh,
    .collect = batch_collect,
    .collect_reverse = batch_collect_reverse,
    .flops = batch_flops,
    .frozen = &frozen,
};

/* ---- layer norm: mean and r of each token and lane are kept, and in kept_dot mean ẋ and q ---- */

static int64_t tokens_of(const net_node *node) { return node->shape.height * node->shape.width; }

static temper_status layer_shape(const net_node *const *inputs, net_node *node) {
    shape_norm(inputs[0], node);
    node->kept = 2 * tokens_of(node) * LANES;
    node->scratch = 4 * tokens_of(node) * LANES;
    return TEMPER_OK;
}

static temper_layer_norm layer_of(const net_node *node, const net_run *run, int64_t b) {
    int64_t at = b * node->features * LANES, half = tokens_of(node) * LANES;
    real *kept = run->kept[node->number] + b * node->kept;
    const real *x_dot = net_tangent(node, run, 0);
    temper_layer_norm s = {.features = node->shape.channels, .tokens = tokens_of(node)};
    s.epsilon = (real)EPSILON;
    s.x = run->value[node->in[0]] + at, s.x_dot = x_dot ? x_dot + at : NULL;
    s.gain = run->theta + node->weight, s.bias = run->theta + node->bias;
    s.y = run->value[node->number] + at;
    s.mean = kept, s.r = kept + half;
    if (!run->tangents) return s;
    s.gain_dot = run->theta_dot + node->weight, s.bias_dot = run->theta_dot + node->bias;
    s.y_dot = run->value_dot[node->number] + at;
    s.mean_dot = run->kept_dot[node->number] + b * node->kept, s.q = s.mean_dot + half;
    return s;
}

static void layer_forward(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    for (int64_t b = first; b < last; b++) {
        temper_layer_norm s = layer_of(node, run, b);
        s.scratch = scratch;
        if (!run->known) run->kernel->layer_forward(&s);
        if (run->tangents) run->kernel->layer_tangent(&s);
    }
}

static void adjoint_of(const net_node *node, const net_run *run, int64_t b, temper_layer_norm *s) {
    int64_t at = b * node->features * LANES;
    s->g = run->adjoint[node->number] + at;
    if (run->tangents) s->g_dot = run->adjoint_dot[node->number] + at;
}

static void layer_reverse(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    if (!node->needed[0]) return;
    for (int64_t b = first; b < last; b++) {
        int64_t at = b * node->features * LANES;
        temper_layer_norm s = layer_of(node, run, b);
        adjoint_of(node, run, b, &s);
        s.add = !node->first[0], s.scratch = scratch;
        if (!run->known) s.x_bar = run->adjoint[node->in[0]] + at;
        run->kernel->layer_reverse(&s);
        if (!run->tangents) continue;
        s.x_bar_dot = run->adjoint_dot[node->in[0]] + at;
        run->kernel->layer_reverse_tangent(&s);
    }
}

static void layer_weigh(const net_node *node, net_run *run, net_share share, real *scratch) {
    int64_t C = node->shape.channels;
    (void)scratch;
    for (int64_t b = share.first; b < share.last; b++) {
        temper_layer_norm s = layer_of(node, run, b);
        adjoint_of(node, run, b, &s);
        if (run->grad) s.gain_bar = run->grad + node->weight, s.bias_bar = run->grad + node->bias;
        if (run->tangents)
            s.gain_bar_dot = run->grad_dot + node->weight, s.bias_bar_dot = run->grad_dot + node->bias;
        run->kernel->layer_weigh(&s, C * share.part / share.parts, C * (share.part + 1) / share.parts);
    }
}

static double layer_flops(const net_node *node) { return 7 * (double)node->features; }

const net_op REAL(net_op_layer_norm) = {
    .name = "layer_norm",
    .brief = "each token to mean 0 and variance 1 over its channels, then gain and bias",
    .shape = layer_shape,
    .forward = layer_forward,
    .reverse = layer_reverse,
    .weigh = layer_weigh,
    .flops = layer_flops,
};
