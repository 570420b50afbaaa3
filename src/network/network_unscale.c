/* A network that was trained on scaled numbers, as one that takes and gives the numbers themselves.
 *
 * Inputs: x' = (x − s)·c, so a first layer y = W x' + b is y = (W c) x + (b − W c s). A convolution that pads adds zeros of x', which are no
 * zeros of x: there, and where a layer has no bias to take the shift, only scales can be folded. Outputs z' = (z − s)·c are undone by the last
 * layer likewise: z = z'/c + s, and a logarithm of a variance by −2 ln c. Sums go in double. */
#include <math.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "network/network.h"
#include "network/ops.h"
#include "temper/onnx.h"

static temper_status refuse(const net_node *node, const char *why) {
    return temper_fail(
        TEMPER_CANNOT,
        "unscale: the network was trained on scaled numbers, and layer %d, %s, %s; legal are runs "
        "with scaling=none, and networks that begin and end with a dense layer",
        node->number - 1, node->op->name, why);
}

/* The only reader of a node; NULL: there are others, or none. */
static const net_node *reader_of(const net_graph *graph, int number) {
    const net_node *reader = NULL;
    for (int i = number + 1; i < graph->nodes; i++)
        for (int k = 0; k < graph->node[i].inputs; k++) {
            if (graph->node[i].in[k] != number) continue;
            if (reader) return NULL;
            reader = &graph->node[i];
        }
    return reader;
}

/* The first layer that does something with the data: what is before keeps them in their order. */
static const net_node *first_layer(const net_graph *graph) {
    const net_node *node = reader_of(graph, 0);
    while (node && (node->op == &net_op_flatten || node->op == &net_op_tokens || node->op == &net_op_dropout))
        node = reader_of(graph, node->number);
    return node;
}

static bool bent(const double *shift, const double *scale, int64_t n) {
    for (int64_t k = 0; k < n; k++)
        if (shift[k] != 0 || scale[k] != 1) return true;
    return false;
}

/* Weights of dense layers are [in][out], of convolutions [channels][kernel][kernel][filters]: those of one channel lie together. */
static void fold_channel(float *W, int64_t n, int64_t out, double shift, double scale, double *offset) {
    for (int64_t i = 0; i < n; i++) {
        double w = (double)W[i] * scale;
        offset[i % out] -= w * shift;
        W[i] = (float)w;
    }
}

static temper_status fold_inputs(const net_graph *graph, float *theta, const temper_scaling *s) {
    const net_node *node = first_layer(graph);
    if (!bent(s->shift, s->scale, s->features)) return TEMPER_OK;
    if (!node || (node->op != &net_op_dense && node->op != &net_op_conv))
        return refuse(node ? node : &graph->node[1], "reads the data as they are");
    const net_shape *in = &graph->node[node->in[0]].shape;
    const int64_t pixels = in->height * in->width, out = node->shape.channels;
    bool shifted = false;
    for (int64_t k = 0; k < s->features; k++) {
        shifted |= s->shift[k] != 0;
        if (s->shift[k] != s->shift[k / pixels * pixels] || s->scale[k] != s->scale[k / pixels * pixels])
            return refuse(node, "has one weight for inputs that are scaled differently");
    }
    if (shifted && node->op == &net_op_conv && node->pad > 0)
        return refuse(node, "pads with zeros of the scaled image");
    if (shifted && !node->biases) return refuse(node, "has no bias, which could take the shift");
    double *offset = temper_alloc((size_t)out, sizeof *offset);
    if (!offset) return TEMPER_NO_MEMORY;
    const int64_t each = node->weights / in->channels;
    for (int64_t c = 0; c < in->channels; c++)
        fold_channel(theta + node->weight + c * each, each, out, s->shift[c * pixels], s->scale[c * pixels],
                     offset);
    for (int64_t k = 0; k < out && node->biases; k++)
        theta[node->bias + k] = (float)((double)theta[node->bias + k] + offset[k]);
    temper_release(offset);
    return TEMPER_OK;
}

static temper_status fold_outputs(const net_graph *graph, float *theta, const temper_scaling *s) {
    const net_node *node = &graph->node[graph->nodes - 1];
    const double *shift = s->shift + s->features, *scale = s->scale + s->features;
    if (!bent(shift, scale, s->outputs)) return TEMPER_OK;
    if (node->op != &net_op_dense || !node->biases || node->features != node->shape.channels)
        return refuse(node, "gives scaled targets, which only a dense layer with a bias can undo");
    const int64_t out = node->features, in = node->weights / out;
    for (int64_t k = 0; k < out; k++) {
        const double c = scale[k % s->outputs];
        float *b = &theta[node->bias + k];
        if (k >= s->outputs) { /* the logarithm of a variance */
            *b = (float)((double)*b - 2 * temper_log(c));
            continue;
        }
        for (int64_t i = 0; i < in; i++) {
            float *w = &theta[node->weight + i * out + k];
            *w = (float)((double)*w / c);
        }
        *b = (float)((double)*b / c + shift[k]);
    }
    return TEMPER_OK;
}

temper_status temper_model_unscale(temper_model *model, const temper_scaling *scaling) {
    const net_graph *graph = model->network->graph;
    temper_status bad = fold_inputs(graph, model->theta, scaling);
    return bad ? bad : fold_outputs(graph, model->theta, scaling);
}
