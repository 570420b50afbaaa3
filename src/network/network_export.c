/* Network to ONNX. A node of the tape is one node of the file or a few; its output is named "v3", its parameters as temper_network_array has them.
 * A value is a vector [N][F], an image [N][C][H][W], or a sequence [N][T][d], which in temper is d x 1 x T. */
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "data/onnx_write.h"
#include "network/network.h"
#include "temper/catalogue.h"
#include "temper/onnx.h"

typedef enum { VECTOR, IMAGE, TOKENS } form;

typedef struct {
    const temper_network *network;
    const float *theta, *statistics;
    temper_onnx_graph graph;
    form form[NET_NODES];
    int array; /* the next one of temper_network_array */
    char in[64], out[64];
    temper_status bad;
} writer;

static bool is(const net_node *node, const char *op) { return !strcmp(node->op->name, op); }

static temper_status refuse(const net_node *node, const char *why) {
    return temper_fail(TEMPER_CANNOT, "onnx: layer %d, %s: %s", node->number - 1, node->op->name, why);
}

#define WHOLE(key, value)                                                                                    \
    {                                                                                                        \
        .name = key, .count = 1, .whole = true, .list = { value }                                            \
    }

static void put(writer *w, const char *type, const char *inputs, const char *outputs) {
    temper_onnx_put_node(&w->graph, type, inputs, outputs, NULL, 0);
}

static void name_value(const writer *w, int number, char name[64]) {
    const bool last = number == w->network->graph->nodes - 1;
    snprintf(name, 64, number == 0 ? "input" : last ? "output" : "v%d", number);
}

/* The arrays of this node as initializers; *inputs gets " 3.weight 3.bias". */
static void put_arrays(writer *w, const net_node *node, bool turned, char inputs[256]) {
    temper_array array;
    char front[16];
    snprintf(front, sizeof front, "%d.", node->number - 1);
    for (; temper_network_array(w->network, w->array, &array) && !strncmp(array.name, front, strlen(front));
         w->array++) {
        float *numbers = temper_alloc((size_t)array.length, sizeof *numbers), *out = numbers;
        if (!numbers) {
            w->bad = TEMPER_NO_MEMORY;
            return;
        }
        temper_network_export(w->network, w->array, array.statistic ? w->statistics : w->theta, numbers);
        if (turned && array.dims == 2) { /* [out][in] to [in][out] */
            const int64_t rows = array.shape[0], columns = array.shape[1];
            out = temper_alloc((size_t)array.length, sizeof *out);
            for (int64_t i = 0; out && i < rows; i++)
                for (int64_t j = 0; j < columns; j++) out[j * rows + i] = numbers[i * columns + j];
            array.shape[0] = columns, array.shape[1] = rows;
            temper_release(numbers);
        }
        if (out) temper_onnx_put_floats(&w->graph, array.name, array.dims, array.shape, out);
        if (!out) w->bad = TEMPER_NO_MEMORY;
        temper_release(out);
        snprintf(inputs + strlen(inputs), 256 - strlen(inputs), " %s", array.name);
    }
}

/* ---- layers ---- */

static temper_status put_dense(writer *w, const net_node *node) {
    const form from = w->form[node->in[0]];
    char inputs[256] = "", middle[80];
    if (from == TOKENS) {
        put_arrays(w, node, true, inputs);
        char *bias = strchr(inputs + 1, ' ');
        snprintf(middle, sizeof middle, "%s_product", w->out);
        char both[384];
        snprintf(both, sizeof both, "%s %.*s", w->in, bias ? (int)(bias - inputs) : 255, inputs);
        put(w, "MatMul", both, bias ? middle : w->out);
        snprintf(both, sizeof both, "%s %s", middle, bias ? bias : "");
        if (bias) put(w, "Add", both, w->out);
        w->form[node->number] = TOKENS;
        return TEMPER_OK;
    }
    const net_shape *s = &w->network->graph->node[node->in[0]].shape;
    if (s->width > 1)
        return refuse(node, "acts on each column of an image, which ONNX does not say as one operator");
    snprintf(inputs, sizeof inputs, "%s", w->in);
    if (from == IMAGE) {
        snprintf(inputs, sizeof inputs, "%s_flat", w->out);
        put(w, "Flatten", w->in, inputs);
    }
    put_arrays(w, node, false, inputs);
    const temper_onnx_setting turned = WHOLE("transB", 1);
    temper_onnx_put_node(&w->graph, "Gemm", inputs, w->out, &turned, 1);
    w->form[node->number] = VECTOR;
    return TEMPER_OK;
}

static temper_status put_conv(writer *w, const net_node *node) {
    const int64_t k = node->size, s = node->stride, p = node->pad;
    const temper_onnx_setting how[] = {{.name = "kernel_shape", .count = 2, .list = {k, k}},
                                       {.name = "strides", .count = 2, .list = {s, s}},
                                       {.name = "pads", .count = 4, .list = {p, p, p, p}}};
    char inputs[256];
    snprintf(inputs, sizeof inputs, "%s", w->in);
    put_arrays(w, node, false, inputs);
    temper_onnx_put_node(&w->graph, "Conv", inputs, w->out, how, 3);
    w->form[node->number] = IMAGE;
    return TEMPER_OK;
}

static temper_status put_pool(writer *w, const net_node *node) {
    const int64_t k = node->size, s = node->stride;
    const temper_onnx_setting how[] = {{.name = "kernel_shape", .count = 2, .list = {k, k}},
                                       {.name = "strides", .count = 2, .list = {s, s}}};
    temper_onnx_put_node(&w->graph, is(node, "max_pool") ? "MaxPool" : "AveragePool", w->in, w->out, how, 2);
    w->form[node->number] = IMAGE;
    return TEMPER_OK;
}

static temper_status put_global_pool(writer *w, const net_node *node) {
    const bool tokens = w->form[node->in[0]] == TOKENS;
    const temper_onnx_setting how[] = {{.name = "axes", .count = 1, .list = {1}}, WHOLE("keepdims", 0)};
    if (tokens)
        temper_onnx_put_node(&w->graph, "ReduceMean", w->in, w->out, how, 2);
    else
        put(w, "GlobalAveragePool", w->in, w->out);
    w->form[node->number] = tokens ? VECTOR : IMAGE;
    return TEMPER_OK;
}

static temper_status put_pointwise(writer *w, const net_node *node) {
    char a[80], b[80], c[80], two[160];
    const float root = 1.41421356f, one = 1, half = 0.5f;
    const temper_onnx_setting slope = {.name = "alpha", .real = (float)node->slope};
    switch (node->pointwise) {
    case TEMPER_RECTIFIER: put(w, "Relu", w->in, w->out); break;
    case TEMPER_TANH: put(w, "Tanh", w->in, w->out); break;
    case TEMPER_SIGMOID: put(w, "Sigmoid", w->in, w->out); break;
    case TEMPER_SOFTPLUS: put(w, "Softplus", w->in, w->out); break;
    case TEMPER_LEAKY: temper_onnx_put_node(&w->graph, "LeakyRelu", w->in, w->out, &slope, 1); break;
    case TEMPER_SILU:
        snprintf(a, sizeof a, "%s_sigmoid", w->out);
        snprintf(two, sizeof two, "%s %s", w->in, a);
        put(w, "Sigmoid", w->in, a), put(w, "Mul", two, w->out);
        break;
    case TEMPER_GELU: /* x/2 (1 + erf(x/√2)) */
        snprintf(two, sizeof two, "%s_root", w->out), temper_onnx_put_floats(&w->graph, two, 0, NULL, &root);
        snprintf(two, sizeof two, "%s_one", w->out), temper_onnx_put_floats(&w->graph, two, 0, NULL, &one);
        snprintf(two, sizeof two, "%s_half", w->out), temper_onnx_put_floats(&w->graph, two, 0, NULL, &half);
        snprintf(a, sizeof a, "%s_a", w->out), snprintf(b, sizeof b, "%s_b", w->out),
            snprintf(c, sizeof c, "%s_c", w->out);
        snprintf(two, sizeof two, "%s %s_root", w->in, w->out), put(w, "Div", two, a);
        put(w, "Erf", a, b);
        snprintf(two, sizeof two, "%s %s_one", b, w->out), put(w, "Add", two, c);
        snprintf(two, sizeof two, "%s %s", w->in, c), snprintf(a, sizeof a, "%s_d", w->out),
            put(w, "Mul", two, a);
        snprintf(two, sizeof two, "%s %s_half", a, w->out), put(w, "Mul", two, w->out);
        break;
    default: return refuse(node, "a function that is not written");
    }
    return TEMPER_OK;
}

static temper_status put_norm(writer *w, const net_node *node) {
    const form from = w->form[node->in[0]];
    const temper_onnx_setting how[] = {{.name = "epsilon", .real = 1e-5f}, WHOLE("axis", -1)};
    char inputs[256];
    const bool batch = is(node, "batch_norm");
    if (batch && from == TOKENS) return refuse(node, "of a sequence: ONNX has it for images and vectors");
    if (!batch && from == IMAGE)
        return refuse(node, "of the pixels of an image: ONNX has it for vectors and sequences");
    if (batch && !w->statistics) return refuse(node, "its statistics are not given");
    snprintf(inputs, sizeof inputs, "%s", w->in);
    put_arrays(w, node, false, inputs);
    temper_onnx_put_node(&w->graph, batch ? "BatchNormalization" : "LayerNormalization", inputs, w->out, how,
                         batch ? 1 : 2);
    return TEMPER_OK;
}

static temper_status put_flatten(writer *w, const net_node *node) {
    char turned[80];
    const temper_onnx_setting perm = {.name = "perm", .count = 3, .list = {0, 2, 1}};
    snprintf(turned, sizeof turned, "%s_turned", w->out);
    if (w->form[node->in[0]] == TOKENS) {
        temper_onnx_put_node(&w->graph, "Transpose", w->in, turned, &perm, 1);
        put(w, "Flatten", turned, w->out);
    } else {
        put(w, "Flatten", w->in, w->out);
    }
    w->form[node->number] = VECTOR;
    return TEMPER_OK;
}

static temper_status put_tokens(writer *w, const net_node *node) {
    const int64_t shape[3] = {0, node->shape.channels, node->shape.width};
    const temper_onnx_setting perm = {.name = "perm", .count = 3, .list = {0, 2, 1}};
    char name[80], inputs[160], flat[80];
    if (w->form[node->in[0]] != IMAGE) return refuse(node, "of something else than an image");
    snprintf(name, sizeof name, "%s_shape", w->out), snprintf(flat, sizeof flat, "%s_flat", w->out);
    temper_onnx_put_wholes(&w->graph, name, 3, shape);
    snprintf(inputs, sizeof inputs, "%s %s", w->in, name);
    put(w, "Reshape", inputs, flat);
    temper_onnx_put_node(&w->graph, "Transpose", flat, w->out, &perm, 1);
    w->form[node->number] = TOKENS;
    return TEMPER_OK;
}

static temper_status put_position(writer *w, const net_node *node) {
    char inputs[256];
    snprintf(inputs, sizeof inputs, "%s", w->in);
    if (w->form[node->in[0]] == IMAGE && node->shape.height == 1 && node->shape.width > 1)
        return refuse(node, "of an image of one row");
    put_arrays(w, node, false, inputs);
    put(w, "Add", inputs, w->out);
    return TEMPER_OK;
}

static temper_status put_add(writer *w, const net_node *node) {
    char inputs[160], other[64];
    if (w->form[node->in[0]] != w->form[node->in[node->inputs - 1]])
        return refuse(node, "joins a vector and an image");
    name_value(w, node->in[node->inputs - 1], other);
    snprintf(inputs, sizeof inputs, "%s %s", w->in, other);
    put(w, "Add", inputs, w->out);
    return TEMPER_OK;
}

static temper_status put_dropout(writer *w, const net_node *node) {
    char inputs[160];
    const float rate = (float)node->rate;
    snprintf(inputs, sizeof inputs, "%s_rate", w->out);
    temper_onnx_put_floats(&w->graph, inputs, 0, NULL, &rate);
    snprintf(inputs, sizeof inputs, "%s %s_rate", w->in, w->out);
    put(w, "Dropout", inputs, w->out);
    return TEMPER_OK;
}

static temper_status put_embedding(writer *w, const net_node *node) {
    char inputs[256] = "", whole[80], both[384];
    const temper_onnx_setting to = WHOLE("to", 7);
    snprintf(whole, sizeof whole, "%s_whole", w->out);
    temper_onnx_put_node(&w->graph, "Cast", w->in, whole, &to, 1);
    put_arrays(w, node, false, inputs);
    snprintf(both, sizeof both, "%s %s", inputs, whole);
    put(w, "Gather", both, w->out);
    w->form[node->number] = TOKENS;
    return TEMPER_OK;
}

/* Every stride-th pixel, then channels of zeros. */
static temper_status put_shortcut(writer *w, const net_node *node) {
    const int64_t behind =
        node->shape.channels - node->pad - w->network->graph->node[node->in[0]].shape.channels;
    const int64_t starts[2] = {0, 0}, ends[2] = {INT32_MAX, INT32_MAX}, axes[2] = {2, 3},
                  steps[2] = {node->stride, node->stride};
    const int64_t pads[8] = {0, node->pad, 0, 0, 0, behind, 0, 0};
    const int64_t *list[] = {starts, ends, axes, steps, pads};
    static const char *const names[] = {"starts", "ends", "axes", "steps", "pads"};
    char all[400], part[80], middle[80];
    snprintf(all, sizeof all, "%s", w->in), snprintf(middle, sizeof middle, "%s_pixels", w->out);
    for (int k = 0; k < 5; k++) {
        snprintf(part, sizeof part, "%s_%s", w->out, names[k]);
        temper_onnx_put_wholes(&w->graph, part, k < 4 ? 2 : 8, list[k]);
        if (k < 4) snprintf(all + strlen(all), sizeof all - strlen(all), " %s", part);
    }
    put(w, "Slice", all, middle);
    snprintf(all, sizeof all, "%s %s", middle, part);
    put(w, "Pad", all, w->out);
    w->form[node->number] = IMAGE;
    return TEMPER_OK;
}

static temper_status put_layer(writer *w, const net_node *node) {
    static const struct {
        const char *op;
        temper_status (*put)(writer *, const net_node *);
    } known[] = {{"dense", put_dense},
                 {"conv", put_conv},
                 {"max_pool", put_pool},
                 {"avg_pool", put_pool},
                 {"global_pool", put_global_pool},
                 {"pointwise", put_pointwise},
                 {"batch_norm", put_norm},
                 {"layer_norm", put_norm},
                 {"flatten", put_flatten},
                 {"tokens", put_tokens},
                 {"position", put_position},
                 {"add", put_add},
                 {"dropout", put_dropout},
                 {"embedding", put_embedding},
                 {"shortcut", put_shortcut}};
    name_value(w, node->in[0], w->in), name_value(w, node->number, w->out);
    w->form[node->number] = w->form[node->in[0]];
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (is(node, known[k].op)) return known[k].put(w, node);
    return refuse(node, "ONNX has no operator for it");
}

/* ---- the whole ---- */

static void put_ends(writer *w) {
    const net_graph *graph = w->network->graph;
    const net_node *data = &graph->node[0], *last = &graph->node[graph->nodes - 1];
    const int64_t image[3] = {data->shape.channels, data->shape.height, data->shape.width};
    const int64_t end[3] = {last->shape.channels, last->shape.height, last->shape.width};
    const int64_t turned[2] = {last->shape.width, last->shape.channels};
    const form shape = w->form[last->number];
    temper_onnx_put_value(&w->graph, false, "input", w->form[0] == IMAGE ? 3 : 1, image);
    temper_onnx_put_value(&w->graph, true, "output",
                          shape == IMAGE    ? 3
                          : shape == TOKENS ? 2
                                            : 1,
                          shape == TOKENS ? turned : end);
}

/* The data are an image where they have pixels, or where a layer for images reads them. */
static form form_of_data(const net_graph *graph) {
    if (graph->node[0].shape.height * graph->node[0].shape.width > 1) return IMAGE;
    for (int i = 1; i < graph->nodes; i++)
        if (graph->node[i].in[0] == 0 &&
            (is(&graph->node[i], "conv") || strstr(graph->node[i].op->name, "pool")))
            return IMAGE;
    return VECTOR;
}

static temper_status export(writer *w, const char *path) {
    const net_graph *graph = w->network->graph;
    temper_status bad = TEMPER_OK;
    int64_t set = 13;
    w->form[0] = form_of_data(graph);
    for (int i = 1; i < graph->nodes && !bad; i++) {
        if (is(&graph->node[i], "layer_norm")) set = 17;
        bad = put_layer(w, &graph->node[i]);
        if (!bad) bad = w->bad;
    }
    if (bad) return bad;
    put_ends(w);
    temper_text model = {0};
    temper_onnx_put_model(&w->graph, set, "temper", temper_version(), &model);
    bad = model.failed ? temper_fail(TEMPER_NO_MEMORY, "onnx: out of memory")
          : model.length > INT32_MAX
              ? temper_fail(TEMPER_CANNOT, "onnx: the file would be above 2 GiB, the limit of the format")
              : temper_write_file(path, model.data, model.length);
    temper_text_clear(&model);
    return bad;
}

temper_status temper_onnx_write(const char *path, const temper_network *network, const float *theta,
                                const float *statistics) {
    writer *w = temper_alloc(1, sizeof *w);
    if (!w) return TEMPER_NO_MEMORY;
    w->network = network, w->theta = theta, w->statistics = statistics;
    temper_status bad = export(w, path);
    temper_text_clear(&w->graph.graph);
    temper_release(w);
    return bad;
}
