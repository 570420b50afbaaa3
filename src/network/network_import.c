/* ONNX to network: the data, the nodes one after another, the output. network_import.h says how. */
#include "network/network_import.h"
#include <stdio.h>
#include <string.h>
#include "base/memory.h"

static temper_status nothing(net_import *im) {
    (void)im;
    return TEMPER_OK;
}

static const struct {
    const char *type;
    net_import_node *read;
} known[] = {{"Gemm", net_import_gemm},
             {"MatMul", net_import_matmul},
             {"Conv", net_import_conv},
             {"BatchNormalization", net_import_batch_norm},
             {"LayerNormalization", net_import_layer_norm},
             {"Add", net_import_sum},
             {"Sum", net_import_sum},
             {"Sub", net_import_sum},
             {"Mul", net_import_product},
             {"Div", net_import_product},
             {"Relu", net_import_pointwise},
             {"Tanh", net_import_pointwise},
             {"Sigmoid", net_import_pointwise},
             {"Softplus", net_import_pointwise},
             {"Gelu", net_import_pointwise},
             {"Swish", net_import_pointwise},
             {"LeakyRelu", net_import_leaky},
             {"Softmax", net_import_softmax},
             {"LogSoftmax", net_import_softmax},
             {"MaxPool", net_import_max_pool},
             {"AveragePool", net_import_average_pool},
             {"GlobalAveragePool", net_import_global_pool},
             {"ReduceMean", net_import_mean},
             {"Flatten", net_import_flatten},
             {"Reshape", net_import_reshape},
             {"Transpose", net_import_transpose},
             {"Squeeze", net_import_squeeze},
             {"Unsqueeze", net_import_squeeze},
             {"Identity", net_import_pass},
             {"Dropout", net_import_pass},
             {"Cast", net_import_pass},
             {"Slice", net_import_slice},
             {"Pad", net_import_pad},
             {"Shape", net_import_shape_of},
             {"Gather", net_import_gather},
             {"Concat", net_import_concat},
             {"ConstantOfShape", net_import_zeros},
             {"Constant", nothing}};
enum { KNOWN = sizeof known / sizeof *known };

static temper_status of_pattern(net_import *im) {
    const net_link *link = &im->link[im->at];
    if (link->pattern == NET_LAYER_NORM) return net_import_layer_norm(im);
    if (link->pattern == NET_SLICES) return net_import_slice(im);
    const net_value *x = &im->value[link->source];
    if (x->kind != NET_ACTIVITY) return net_import_refuse(im, "its input is a constant");
    net_item *item = net_import_add(im, x, net_import_item(im, x)->shape);
    if (!item) return im->bad;
    snprintf(item->text, sizeof item->text, "%s", link->pattern == NET_GELU ? "gelu" : "silu");
    return TEMPER_OK;
}

/* Values of an old operator set whose inputs are joined along a given axis. */
static temper_status check_old(net_import *im) {
    if (im->file.set >= 7 || im->file.set < 1) return TEMPER_OK;
    temper_onnx_attribute axis;
    temper_onnx_attribute_of(&im->file.node[im->at], "axis", &axis);
    const temper_token type = im->file.node[im->at].type;
    const bool sum = temper_onnx_is(type, "Add") || temper_onnx_is(type, "Sub") ||
                     temper_onnx_is(type, "Mul") || temper_onnx_is(type, "Div");
    if (axis.kind && sum)
        return net_import_refuse(im, "axis=%lld, of operator sets before 7", (long long)axis.i);
    return TEMPER_OK;
}

static temper_status read_node(net_import *im, int i) {
    const temper_onnx_node *node = &im->file.node[i];
    im->at = i;
    if (im->link[i].pattern < 0) return TEMPER_OK;
    if (node->domain.length && !temper_onnx_is(node->domain, "ai.onnx")) {
        char room[64];
        return net_import_refuse(im, "an operator of the domain '%s'; legal are those of ONNX itself",
                                 temper_onnx_spell(node->domain, room));
    }
    temper_status bad = check_old(im);
    if (bad) return bad;
    if (im->link[i].pattern > 0) return of_pattern(im);
    for (int k = 0; k < KNOWN; k++) {
        if (!temper_onnx_is(node->type, known[k].type)) continue;
        if (known[k].read != nothing && im->link[i].out[0] < 0)
            return net_import_refuse(im, "it has no output");
        return known[k].read(im);
    }
    return net_import_refuse(im, "no layer of temper does that");
}

/* ---- the data ---- */

static temper_status no_input(const net_import *im, int found) {
    return temper_fail(TEMPER_CANNOT,
                       "%s: the graph has %d inputs that are not constants; legal is 1, the data",
                       im->file.name, found);
}

/* Fills what the file leaves free from what the caller knows. */
static temper_status fill_shape(const net_import *im, const temper_onnx_value *input, net_value *data) {
    const temper_network_io *io = im->how ? im->how->io : NULL;
    int open = 0;
    for (int k = 0; k < data->dims; k++) {
        data->shape[k] = input->shape[k + 1];
        open += data->shape[k] < 1;
    }
    const int64_t image[3] = {io ? io->channels : 0, io ? io->height : 0, io ? io->width : 0};
    for (int k = 0; k < data->dims && open; k++) {
        if (data->shape[k] > 0) continue;
        if (data->dims == 3 && image[0]) data->shape[k] = image[k], open--;
        if (data->dims == 1 && io) data->shape[k] = io->features, open--;
    }
    if (open)
        return temper_fail(TEMPER_BAD_OPTION,
                           "%s: the shape of a sample is left free in the file; say what the data are",
                           im->file.name);
    int64_t features = 1;
    for (int k = 0; k < data->dims; k++) {
        if (data->shape[k] > INT32_MAX / features)
            return temper_fail(TEMPER_CANNOT, "%s: a sample has more than %d numbers", im->file.name,
                               INT32_MAX);
        features *= data->shape[k];
    }
    if (io && io->features != features)
        return temper_fail(TEMPER_BAD_DATA, "%s: takes %lld numbers for a sample, the data have %lld",
                           im->file.name, (long long)features, (long long)io->features);
    return TEMPER_OK;
}

static temper_status read_data(net_import *im) {
    const temper_onnx_value *input = NULL;
    net_value *data = NULL;
    int found = 0;
    for (int k = 0; k < im->file.inputs; k++)
        for (int v = 0; v < im->values; v++) {
            if (im->value[v].kind != NET_UNKNOWN || im->value[v].maker >= 0 ||
                !temper_onnx_same(im->value[v].name, im->file.input[k].name))
                continue;
            found++, input = &im->file.input[k], data = &im->value[v];
        }
    if (found != 1) return no_input(im, found);
    if (input->dims < 1)
        return temper_fail(TEMPER_CANNOT, "%s: its input has no shape in the file; legal is [batch, ...]",
                           im->file.name);
    im->batch = input->shape[0];
    data->kind = NET_ACTIVITY, data->item = 0, data->dims = input->dims - 1;
    temper_status bad = fill_shape(im, input, data);
    if (bad) return bad;
    net_extent *s = &im->item[0].shape;
    const temper_network_io *io = im->how ? im->how->io : NULL;
    im->items = 1;
    *s = (net_extent){net_import_features(data), 1, 1};
    if (data->dims == 3) *s = (net_extent){data->shape[0], data->shape[1], data->shape[2]};
    if (data->dims == 1 && io && io->channels) *s = (net_extent){io->channels, io->height, io->width};
    return TEMPER_OK;
}

/* ---- the whole ---- */

static temper_status import(net_import *im, temper_model *model) {
    char room[64];
    if (im->file.outputs > 1)
        temper_text_add(&im->remarks, "of %d outputs the first one, '%s', is taken\n", im->file.outputs,
                        temper_onnx_spell(im->file.output[0].name, room));
    temper_status bad = net_import_names(im);
    if (!bad && !(im->item = temper_alloc(NET_ITEMS, sizeof *im->item))) bad = TEMPER_NO_MEMORY;
    if (!bad) bad = read_data(im);
    if (!bad) net_import_patterns(im);
    for (int i = 0; i < im->file.nodes && !bad; i++) bad = read_node(im, i);
    return bad ? bad : net_import_finish(im, model);
}

temper_status temper_onnx_parse(temper_model *model, const char *name, const void *bytes, size_t length,
                                const temper_model_how *how) {
    *model = (temper_model){0};
    net_import *im = temper_alloc(1, sizeof *im);
    if (!im) return TEMPER_NO_MEMORY;
    im->how = how;
    temper_status bad = temper_onnx_view(&im->file, (temper_bytes){name, bytes, length});
    if (!bad) bad = import(im, model);
    net_import_clear(im);
    temper_release(im);
    if (bad) temper_model_clear(model);
    return bad;
}
