/* embedding: T tokens, given as numbers 0 … vocabulary−1, become T learned vectors: y = W[token], W [vocabulary][width]. As
 * with dense, shape.channels is the width on the way into shape(). Numbers are rounded; those outside the vocabulary, refused when data are read, count as its ends. */
#include "network/ops.h"
#include "temper/status.h"

static temper_status shape(const net_node *const *inputs, net_node *node) {
    net_shape s = inputs[0]->shape;
    const int64_t width = node->shape.channels, most = (int64_t)1 << 31;
    if (node->vocabulary < 1 || width < 1 || width > most / node->vocabulary)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "embedding: vocabulary=%d, width=%lld; legal are 1 … 2^31, and so is their product",
            node->vocabulary, (long long)width);
    if (s.height != 1 || (s.channels != 1 && s.width != 1))
        return temper_fail(TEMPER_BAD_OPTION,
                           "embedding: its input is %lldx%lldx%lld; legal is one number per token",
                           (long long)s.channels, (long long)s.height, (long long)s.width);
    if (node->in[0] != 0)
        return temper_fail(TEMPER_BAD_OPTION, "embedding: its input is the output of a layer; legal are only "
                                              "the data, as tokens");
    node->shape = (net_shape){width, 1, inputs[0]->features};
    node->features = width * inputs[0]->features;
    node->weights = node->vocabulary * width;
    node->fan_in = node->fan_out = width;
    return TEMPER_OK;
}

static int64_t token(const net_node *node, real x) {
    const real last = (real)(node->vocabulary - 1);
    if (!(x > 0)) return 0; /* NaN too */
    return x >= last ? node->vocabulary - 1 : (int64_t)(x + (real)0.5);
}

static void look_up(const net_node *node, const real *x, const real *theta, real *y) {
    const int64_t T = node->shape.width, d = node->shape.channels;
    const real *row[LANES];
    for (int64_t t = 0; t < T; t++) {
        for (int l = 0; l < LANES; l++) row[l] = theta + node->weight + token(node, x[t * LANES + l]) * d;
        for (int64_t i = 0; i < d; i++)
            for (int l = 0; l < LANES; l++) y[(i * T + t) * LANES + l] = row[l][i];
    }
}

static void forward(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    (void)scratch;
    for (int64_t b = first; b < last; b++) {
        const real *x = run->value[node->in[0]] + b * node->shape.width * LANES;
        if (!run->known) look_up(node, x, run->theta, net_at(run->value[node->number], node, b));
        if (run->tangents) look_up(node, x, run->theta_dot, net_at(run->value_dot[node->number], node, b));
    }
}

/* Each sample's slopes go to the rows of its tokens, sample by sample, token by token. Shares are columns of W. */
static void hand_out(const net_node *node, net_share share, const real *x, const real *g, real *grad) {
    const int64_t T = node->shape.width, d = node->shape.channels;
    const int64_t from = d * share.part / share.parts, to = d * (share.part + 1) / share.parts;
    for (int l = 0; l < LANES; l++)
        for (int64_t t = 0; t < T; t++) {
            real *row = grad + node->weight + token(node, x[t * LANES + l]) * d;
            for (int64_t i = from; i < to; i++) row[i] += g[(i * T + t) * LANES + l];
        }
}

static void weigh(const net_node *node, net_run *run, net_share share, real *scratch) {
    (void)scratch;
    for (int64_t b = share.first; b < share.last; b++) {
        const real *x = run->value[node->in[0]] + b * node->shape.width * LANES;
        if (run->grad) hand_out(node, share, x, net_at(run->adjoint[node->number], node, b), run->grad);
        if (run->tangents)
            hand_out(node, share, x, net_at(run->adjoint_dot[node->number], node, b), run->grad_dot);
    }
}

const net_op REAL(net_op_embedding) = {
    .name = "embedding",
    .brief = "each token of the data as a learned vector",
    .shape = shape,
    .forward = forward,
    .weigh = weigh,
};
