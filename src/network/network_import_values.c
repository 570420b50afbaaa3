/* What the names of an ONNX graph stand for: who makes them, who reads them, which are numbers known beforehand. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "network/network_import.h"

/* ---- sentences ---- */

static void spell_node(const net_import *im, char *text, size_t size) {
    char type[64], name[64];
    const temper_onnx_node *node = &im->file.node[im->at];
    temper_token token = node->name;
    bool named = token.length > 0;
    if (!named && node->outputs) token = node->output[0];
    snprintf(text, size, "%s%s%s '%s'", im->file.name, ": ", temper_onnx_spell(node->type, type),
             temper_onnx_spell(token, name));
}

temper_status net_import_refuse(net_import *im, const char *format, ...) {
    char who[400], why[300];
    va_list values;
    va_start(values, format);
    vsnprintf(why, sizeof why, format, values);
    va_end(values);
    spell_node(im, who, sizeof who);
    return im->bad = temper_fail(TEMPER_CANNOT, "%s: %s", who, why);
}

void net_import_remark(net_import *im, const char *format, ...) {
    char who[400], what[300];
    va_list values;
    va_start(values, format);
    vsnprintf(what, sizeof what, format, values);
    va_end(values);
    spell_node(im, who, sizeof who);
    temper_text_add(&im->remarks, "%s: %s\n", who + strlen(im->file.name) + 2, what);
}

/* ---- names ---- */

static int find(const net_import *im, temper_token name) {
    if (name.length == 0) return -1;
    for (int k = 0; k < im->values; k++)
        if (temper_onnx_same(im->value[k].name, name)) return k;
    return -1;
}

static net_value *declare(net_import *im, temper_token name, int maker) {
    net_value *value = &im->value[im->values++];
    *value = (net_value){.name = name, .maker = maker};
    return value;
}

static temper_status twice(const net_import *im, temper_token name) {
    char room[64];
    return temper_fail(TEMPER_BAD_DATA, "%s: two things have the name '%s'", im->file.name,
                       temper_onnx_spell(name, room));
}

/* Numbers of the Constant node; several spellings of them. */
static void take_constant(const temper_onnx_node *node, net_value *value) {
    temper_onnx_attribute a;
    temper_onnx_attribute_of(node, "value", &a);
    if (a.kind == TEMPER_ONNX_TENSOR) {
        value->kind = NET_CONSTANT, value->constant = a.t;
        return;
    }
    temper_onnx_attribute_of(node, "value_float", &a);
    if (a.kind == TEMPER_ONNX_FLOAT) {
        value->kind = NET_CONSTANT, value->single = a.f;
        value->constant = (temper_onnx_tensor){.kind = TEMPER_ONNX_F32, .count = 1};
        value->constant.raw = (temper_token){(const char *)&value->single, sizeof value->single};
        return;
    }
    temper_onnx_attribute_of(node, "value_int", &a);
    if (a.kind == TEMPER_ONNX_INT) value->kind = NET_WHOLES, value->list[0] = a.i, value->listed = 1;
    if (a.kind) return;
    temper_onnx_attribute_of(node, "value_ints", &a);
    if (a.kind == TEMPER_ONNX_INTS && (value->listed = temper_onnx_list(&a, value->list, NET_LIST)) >= 0)
        value->kind = NET_WHOLES;
}

static temper_status declare_all(net_import *im) {
    temper_onnx *file = &im->file;
    for (int k = 0; k < file->tensors; k++) {
        if (find(im, file->tensor[k].name) >= 0) return twice(im, file->tensor[k].name);
        net_value *value = declare(im, file->tensor[k].name, -1);
        value->kind = NET_CONSTANT, value->constant = file->tensor[k];
    }
    for (int k = 0; k < file->inputs; k++)
        if (find(im, file->input[k].name) < 0) declare(im, file->input[k].name, -1);
    for (int i = 0; i < file->nodes; i++)
        for (int k = 0; k < file->node[i].outputs; k++) {
            temper_token name = file->node[i].output[k];
            if (name.length == 0) continue;
            if (find(im, name) >= 0) return twice(im, name);
            net_value *value = declare(im, name, i);
            if (temper_onnx_is(file->node[i].type, "Constant")) take_constant(&file->node[i], value);
        }
    return TEMPER_OK;
}

static temper_status link(net_import *im, int i) {
    const temper_onnx_node *node = &im->file.node[i];
    for (int k = 0; k < TEMPER_ONNX_LINKS; k++) im->link[i].in[k] = im->link[i].out[k] = -1;
    for (int k = 0; k < node->outputs; k++) im->link[i].out[k] = find(im, node->output[k]);
    for (int k = 0; k < node->inputs; k++) {
        int v = find(im, node->input[k]);
        if (v < 0 && node->input[k].length == 0) continue;
        im->at = i;
        if (v < 0 || im->value[v].maker >= i) {
            char room[64];
            return net_import_refuse(im, "its input '%s' is %s", temper_onnx_spell(node->input[k], room),
                                     v < 0 ? "made by nobody"
                                           : "made further down; legal is an order in which it is there");
        }
        im->link[i].in[k] = v, im->value[v].uses++;
    }
    return TEMPER_OK;
}

temper_status net_import_names(net_import *im) {
    int64_t count = im->file.tensors + im->file.inputs;
    for (int i = 0; i < im->file.nodes; i++) count += im->file.node[i].outputs;
    im->value = temper_alloc((size_t)count, sizeof *im->value);
    im->link = temper_alloc((size_t)im->file.nodes, sizeof *im->link);
    if (!im->value || !im->link) return TEMPER_NO_MEMORY;
    temper_status bad = declare_all(im);
    for (int i = 0; i < im->file.nodes && !bad; i++) bad = link(im, i);
    int v = bad ? -1 : find(im, im->file.output[0].name);
    if (v >= 0) im->value[v].uses++;
    return bad;
}

void net_import_clear(net_import *im) {
    while (im->owned) {
        net_owned *next = im->owned->next;
        temper_release(im->owned);
        im->owned = next;
    }
    temper_release(im->value);
    temper_release(im->link);
    temper_release(im->item);
    temper_text_clear(&im->remarks);
    temper_onnx_clear(&im->file);
}

net_value *net_import_in(const net_import *im, int k) {
    int v = im->link[im->at].in[k];
    return v < 0 ? NULL : &im->value[v];
}

net_value *net_import_out(const net_import *im, int k) {
    int v = im->link[im->at].out[k];
    return v < 0 ? NULL : &im->value[v];
}

/* ---- numbers ---- */

float *net_import_floats(net_import *im, int64_t n) {
    const size_t head = 64; /* keeps the alignment of the block */
    if (n < 0 || n > INT32_MAX) {
        net_import_refuse(im, "it needs %lld numbers; legal are up to %d", (long long)n, INT32_MAX);
        return NULL;
    }
    net_owned *block = temper_alloc((size_t)n * sizeof(float) + head, 1);
    if (!block) return im->bad = TEMPER_NO_MEMORY, NULL;
    block->next = im->owned, im->owned = block;
    return (float *)(void *)((char *)block + head);
}

float *net_import_numbers(net_import *im, const net_value *value) {
    char room[64];
    if (value->kind != NET_CONSTANT) {
        net_import_refuse(im, "'%s' is computed; legal is a constant", temper_onnx_spell(value->name, room));
        return NULL;
    }
    float *out = net_import_floats(im, value->constant.count);
    if (!out) return NULL;
    if (!temper_onnx_floats(&value->constant, out)) {
        net_import_refuse(
            im,
            "the numbers of '%s' are of type %d; legal are float, double, float16, bfloat16, int32, int64",
            temper_onnx_spell(value->name, room), value->constant.kind);
        return NULL;
    }
    for (int64_t k = 0; k < value->constant.count; k++)
        if (!isfinite(out[k])) {
            net_import_refuse(im, "number %lld of '%s' is not finite", (long long)k,
                              temper_onnx_spell(value->name, room));
            return NULL;
        }
    return out;
}

bool net_import_scalar(const net_value *value, double *x) {
    float single;
    if (!value || value->kind != NET_CONSTANT || value->constant.count != 1) return false;
    if (!temper_onnx_floats(&value->constant, &single)) return false;
    *x = (double)single;
    return true;
}

int net_import_wholes(const net_value *value, int64_t out[NET_LIST]) {
    if (value->kind == NET_CONSTANT) return temper_onnx_ints(&value->constant, out, NET_LIST);
    if (value->kind != NET_WHOLES) return -1;
    memcpy(out, value->list, sizeof value->list);
    return value->listed;
}

int net_import_ints(const net_import *im, const char *name, int k, int64_t out[NET_LIST]) {
    temper_onnx_attribute a;
    temper_onnx_attribute_of(&im->file.node[im->at], name, &a);
    if (a.kind == TEMPER_ONNX_INTS) return temper_onnx_list(&a, out, NET_LIST);
    const net_value *value = k < 0 ? NULL : net_import_in(im, k);
    return value ? net_import_wholes(value, out) : 0;
}

int64_t net_import_int(const net_import *im, const char *name, int64_t otherwise) {
    temper_onnx_attribute a;
    temper_onnx_attribute_of(&im->file.node[im->at], name, &a);
    return a.kind == TEMPER_ONNX_INT ? a.i : otherwise;
}

double net_import_real(const net_import *im, const char *name, double otherwise) {
    temper_onnx_attribute a;
    temper_onnx_attribute_of(&im->file.node[im->at], name, &a);
    return a.kind == TEMPER_ONNX_FLOAT ? (double)a.f : otherwise;
}
