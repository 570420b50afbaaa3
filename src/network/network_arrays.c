/* The arrays of a network as PyTorch knows them. Node i of the tape is module i−1 of a torch.nn.Sequential of the same layers,
 * so that its load_state_dict takes what temper exports.
 *
 *     dense       θ [in][out]                              weight [out][in]
 *     conv        θ [channels][kernel_h][kernel_w][filters]  weight [filters][channels][kernel_h][kernel_w]
 *     position    θ [width][tokens]                        weight [tokens][width]; of an image as it is
 *     embedding   [vocabulary][width] in both; norms [channels] in both */
#include <stdio.h>
#include <string.h>
#include "network/network.h"

enum { WEIGHT, BIAS, MEAN, VARIANCE, KINDS };
static const char *const suffix[KINDS] = {"weight", "bias", "running_mean", "running_var"};

static int64_t length_of(const net_node *node, int kind) {
    return kind == WEIGHT ? node->weights : kind == BIAS ? node->biases : node->statistics / 2;
}

static bool is(const net_node *node, const char *op) { return !strcmp(node->op->name, op); }

/* PyTorch's shape, and how the same numbers lie in θ: element (i, j) of a matrix [rows][columns] is (j, i) there. */
typedef struct {
    int dims;
    int64_t shape[4];
    int64_t rows, columns; /* 0: in the same order */
} form;

static form form_of(const net_node *node, int kind) {
    const net_shape *s = &node->shape;
    form f = {.dims = 1, .shape = {length_of(node, kind)}};
    if (kind != WEIGHT) return f;
    if (is(node, "dense")) return (form){2, {node->fan_out, node->fan_in}, node->fan_out, node->fan_in};
    if (is(node, "conv")) {
        const temper_conv *c = &node->conv;
        return (form){4, {c->filters, c->channels, c->kernel_h, c->kernel_w}, c->filters, node->fan_in};
    }
    if (is(node, "embedding")) return (form){.dims = 2, .shape = {node->vocabulary, s->channels}};
    if (is(node, "position") && s->height == 1)
        return (form){2, {s->width, s->channels}, s->width, s->channels};
    if (is(node, "position")) return (form){.dims = 3, .shape = {s->channels, s->height, s->width}};
    return f;
}

/* Array k belongs to this node and is of this kind. */
static const net_node *find(const temper_network *network, int k, int *kind) {
    const net_graph *graph = network->graph;
    for (int i = 1; i < graph->nodes; i++)
        for (*kind = 0; *kind < KINDS; ++*kind)
            if (length_of(&graph->node[i], *kind) > 0 && k-- == 0) return &graph->node[i];
    return NULL;
}

static int64_t offset_of(const net_node *node, int kind) {
    return kind == WEIGHT ? node->weight
           : kind == BIAS ? node->bias
                          : node->statistic + (kind == VARIANCE ? node->statistics / 2 : 0);
}

bool temper_network_array(const temper_network *network, int k, temper_array *array) {
    int kind = 0; /* set by find, for every k that is legal */
    const net_node *node = k < 0 ? NULL : find(network, k, &kind);
    if (!node) return false;
    form f = form_of(node, kind);
    memset(array, 0, sizeof *array);
    snprintf(array->name, sizeof array->name, "%d.%s", node->number - 1, suffix[kind]);
    array->offset = offset_of(node, kind), array->length = length_of(node, kind);
    array->dims = f.dims, array->statistic = kind >= MEAN;
    memcpy(array->shape, f.shape, sizeof array->shape);
    return true;
}

void temper_network_export(const temper_network *network, int k, const float *theta, float *out) {
    int kind = 0; /* set by find, for every k that is legal */
    const net_node *node = find(network, k, &kind);
    form f = form_of(node, kind);
    const float *from = theta + offset_of(node, kind);
    if (!f.rows) memcpy(out, from, (size_t)length_of(node, kind) * sizeof *out);
    for (int64_t i = 0; i < f.rows; i++)
        for (int64_t j = 0; j < f.columns; j++) out[i * f.columns + j] = from[j * f.rows + i];
}

void temper_network_import(const temper_network *network, int k, const float *in, float *theta) {
    int kind = 0; /* set by find, for every k that is legal */
    const net_node *node = find(network, k, &kind);
    form f = form_of(node, kind);
    float *to = theta + offset_of(node, kind);
    if (!f.rows) memcpy(to, in, (size_t)length_of(node, kind) * sizeof *to);
    for (int64_t i = 0; i < f.rows; i++)
        for (int64_t j = 0; j < f.columns; j++) to[j * f.rows + i] = in[i * f.columns + j];
}
