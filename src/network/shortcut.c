/* shortcut: every stride-th pixel of an image, and channels of zeros behind those that it has (`front` of them before): how a residual sum passes to
 * a smaller image with more channels without weights (He, Zhang, Ren & Sun 2016, option A). Linear. */
#include <string.h>
#include "network/ops.h"
#include "temper/status.h"

static temper_status shape(const net_node *const *inputs, net_node *node) {
    const net_shape *in = &inputs[0]->shape;
    int64_t channels = node->shape.channels;
    if (node->pad < 0 || channels < in->channels + node->pad)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "shortcut: channels=%lld; legal are %lld, those of its input and those of 0 in front, or more",
            (long long)channels, (long long)in->channels + node->pad);
    if (node->stride < 1)
        return temper_fail(TEMPER_BAD_OPTION, "shortcut: stride=%d; legal is 1 or more", node->stride);
    node->shape =
        (net_shape){channels, (in->height - 1) / node->stride + 1, (in->width - 1) / node->stride + 1};
    node->features = channels * node->shape.height * node->shape.width;
    return TEMPER_OK;
}

/* The pixels that are there: out[front + c][i][j] = in[c][i·stride][j·stride]. */
static void take(const net_node *node, const net_shape *in, const real *x, real *y) {
    const net_shape *s = &node->shape;
    const size_t pixel = LANES * sizeof *y;
    const int64_t plane = s->height * s->width * LANES, behind = node->pad + in->channels;
    memset(y, 0, (size_t)(node->pad * plane) * sizeof *y);
    memset(y + behind * plane, 0, (size_t)((s->channels - behind) * plane) * sizeof *y);
    y += node->pad * plane;
    for (int64_t c = 0; c < in->channels; c++)
        for (int64_t i = 0; i < s->height; i++)
            for (int64_t j = 0; j < s->width; j++)
                memcpy(y + ((c * s->height + i) * s->width + j) * LANES,
                       x + ((c * in->height + i * node->stride) * in->width + j * node->stride) * LANES,
                       pixel);
}

/* Its adjoint, added. */
static void give(const net_node *node, const net_shape *in, const real *y_bar, real *x_bar) {
    const net_shape *s = &node->shape;
    y_bar += node->pad * s->height * s->width * LANES;
    for (int64_t c = 0; c < in->channels; c++)
        for (int64_t i = 0; i < s->height; i++)
            for (int64_t j = 0; j < s->width; j++) {
                const real *from = y_bar + ((c * s->height + i) * s->width + j) * LANES;
                real *to =
                    x_bar + ((c * in->height + i * node->stride) * in->width + j * node->stride) * LANES;
                for (int l = 0; l < LANES; l++) to[l] += from[l];
            }
}

static void forward(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    const net_node *in = &run->graph->node[node->in[0]];
    (void)scratch;
    for (int64_t b = first; b < last; b++) {
        if (!run->known)
            take(node, &in->shape, net_at(run->value[in->number], in, b),
                 net_at(run->value[node->number], node, b));
        if (!run->tangents) continue;
        real *y_dot = net_at(run->value_dot[node->number], node, b);
        if (node->data_tangent[0])
            take(node, &in->shape, net_at(run->value_dot[in->number], in, b), y_dot);
        else
            memset(y_dot, 0, (size_t)node->features * LANES * sizeof *y_dot);
    }
}

static void reverse(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    const net_node *in = &run->graph->node[node->in[0]];
    (void)scratch;
    if (!node->needed[0]) return;
    for (int dot = run->known; dot <= run->tangents; dot++) {
        real *const *adjoint = dot ? run->adjoint_dot : run->adjoint;
        for (int64_t b = first; b < last; b++) {
            real *x_bar = net_at(adjoint[in->number], in, b);
            if (node->first[0]) memset(x_bar, 0, (size_t)in->features * LANES * sizeof *x_bar);
            give(node, &in->shape, net_at(adjoint[node->number], node, b), x_bar);
        }
    }
}

const net_op REAL(net_op_shortcut) = {
    .name = "shortcut",
    .brief = "every stride-th pixel, more channels by zeros",
    .shape = shape,
    .forward = forward,
    .reverse = reverse,
};
