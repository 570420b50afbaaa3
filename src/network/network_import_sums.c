/* Add, Sub, Mul, Div; pointwise functions; pools and means. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/plain.h"
#include "network/network_import.h"

static bool is_activity(const net_value *value) { return value && value->kind == NET_ACTIVITY; }
static bool is_constant(const net_value *value) { return value && value->kind == NET_CONSTANT; }

static bool sole(const net_value *value) { return value->uses == 1 && !value->shared; }

static net_value *activity(net_import *im, int k) {
    net_value *value = net_import_in(im, k);
    if (is_activity(value)) return value;
    net_import_refuse(im, "its input %d is %s; legal is the output of a layer, or the data", k + 1,
                      value ? "a constant" : "missing");
    return NULL;
}

/* ---- sums ---- */

static temper_status residual(net_import *im, net_value *a, net_value *b) {
    const net_extent s = net_import_item(im, a)->shape, t = net_import_item(im, b)->shape;
    bool same = a->dims == b->dims && a->turned == b->turned && s.channels == t.channels &&
                s.height == t.height && s.width == t.width;
    for (int k = 0; k < a->dims && same; k++) same = a->shape[k] == b->shape[k];
    if (!same)
        return net_import_refuse(
            im, "it adds outputs of different shapes, in temper %lldx%lldx%lld and %lldx%lldx%lld",
            (long long)s.channels, (long long)s.height, (long long)s.width, (long long)t.channels,
            (long long)t.height, (long long)t.width);
    /* The younger one is read directly, the elder one was saved. */
    net_value *now = a->item > b->item ? a : b, *saved = now == a ? b : a;
    net_item *item = net_import_add(im, now, s);
    if (!item) return im->bad;
    snprintf(item->text, sizeof item->text, "add");
    item->other = saved->item;
    return TEMPER_OK;
}

/* Is e[features] one number for each channel? */
static bool by_channel(const float *e, const net_extent *s) {
    const int64_t pixels = s->height * s->width;
    for (int64_t c = 0; c < s->channels; c++)
        for (int64_t p = 1; p < pixels; p++)
            if (e[c * pixels + p] != e[c * pixels]) return false;
    return true;
}

static bool all(const float *e, int64_t n, float x) {
    for (int64_t k = 0; k < n; k++)
        if (e[k] != x) return false;
    return true;
}

/* y = W x + b + e. */
static temper_status fold_sum(net_import *im, net_value *x, const float *e) {
    net_item *item = net_import_item(im, x);
    const int64_t pixels = item->shape.height * item->shape.width;
    if (!item->part[1]) {
        if (!(item->part[1] = net_import_floats(im, item->shape.channels))) return im->bad;
        item->length[1] = item->shape.channels, item->plain = false;
    }
    for (int64_t c = 0; c < item->shape.channels; c++) item->part[1][c] += e[c * pixels];
    net_import_alias(im, x);
    return TEMPER_OK;
}

/* y = x + e, a layer of its own; of a sequence PyTorch has [tokens][width]. */
static temper_status position(net_import *im, net_value *x, const float *e, const net_value *constant) {
    const net_extent s = net_import_item(im, x)->shape;
    const int64_t n = s.channels * s.height * s.width;
    float *part = net_import_floats(im, n);
    net_item *item = part ? net_import_add(im, x, s) : NULL;
    if (!item) return im->bad;
    snprintf(item->text, sizeof item->text, "position");
    for (int64_t c = 0; c < s.channels; c++)
        for (int64_t p = 0; p < s.height * s.width; p++)
            part[s.height == 1 ? p * s.channels + c : c * s.height * s.width + p] =
                e[c * s.height * s.width + p];
    item->part[0] = part, item->length[0] = n;
    if (constant->constant.count != n)
        net_import_remark(im,
                          "its constant became a layer 'position' with %lld parameters, one for each number",
                          (long long)n);
    return TEMPER_OK;
}

temper_status net_import_sum(net_import *im) {
    net_value *a = net_import_in(im, 0), *b = net_import_in(im, 1);
    const bool minus = temper_onnx_is(im->file.node[im->at].type, "Sub");
    if (im->file.node[im->at].inputs != 2)
        return net_import_refuse(im, "it has %d inputs; legal are 2", im->file.node[im->at].inputs);
    if (is_activity(a) && is_activity(b)) {
        if (minus)
            return net_import_refuse(im, "it takes outputs of layers from each other; legal is a constant");
        return residual(im, a, b);
    }
    if (is_constant(a) && is_activity(b) && !minus) {
        net_value *held = a;
        a = b, b = held;
    }
    if (!is_activity(a) || !is_constant(b))
        return net_import_refuse(im, "legal are outputs of layers plus or minus constants");
    float *e;
    temper_status bad = net_import_expand(im, b, a, &e);
    if (bad) return bad;
    const net_item *item = net_import_item(im, a);
    const int64_t n = net_import_features(a);
    for (int64_t k = 0; k < n && minus; k++) e[k] = -e[k];
    if (all(e, n, 0)) return net_import_alias(im, a), TEMPER_OK;
    if (item->scalable && sole(a) && by_channel(e, &item->shape)) return fold_sum(im, a, e);
    return position(im, a, e, b);
}

/* ---- products ---- */

temper_status net_import_product(net_import *im) {
    net_value *a = net_import_in(im, 0), *b = net_import_in(im, 1);
    const bool over = temper_onnx_is(im->file.node[im->at].type, "Div");
    if (is_constant(a) && is_activity(b) && !over) {
        net_value *held = a;
        a = b, b = held;
    }
    if (!is_activity(a) || !is_constant(b))
        return net_import_refuse(im, "legal are outputs of layers times constants, and x*sigmoid(x)");
    float *e;
    temper_status bad = net_import_expand(im, b, a, &e);
    if (bad) return bad;
    net_item *item = net_import_item(im, a);
    const int64_t n = net_import_features(a), pixels = item->shape.height * item->shape.width;
    for (int64_t k = 0; k < n && over; k++) {
        if (e[k] == 0) return net_import_refuse(im, "it divides by 0");
        e[k] = 1 / e[k];
    }
    if (all(e, n, 1)) return net_import_alias(im, a), TEMPER_OK;
    if (!item->scalable || !sole(a) || !by_channel(e, &item->shape))
        return net_import_refuse(
            im, "a factor that the layer before it cannot take up; legal is one number a channel behind "
                "Gemm, MatMul, Conv or a norm that nothing else reads");
    const int64_t row = item->length[0] / item->shape.channels;
    for (int64_t c = 0; c < item->shape.channels; c++) {
        for (int64_t k = 0; k < row; k++) item->part[0][c * row + k] *= e[c * pixels];
        if (item->part[1]) item->part[1][c] *= e[c * pixels];
    }
    net_import_alias(im, a);
    net_import_remark(im, "its factor is in the weights of the layer before it");
    return TEMPER_OK;
}

/* ---- pointwise ---- */

static temper_status pointwise(net_import *im, net_value *x, const char *text) {
    net_item *item = x ? net_import_add(im, x, net_import_item(im, x)->shape) : NULL;
    if (!item) return im->bad;
    snprintf(item->text, sizeof item->text, "%s", text);
    return TEMPER_OK;
}

temper_status net_import_pointwise(net_import *im) {
    static const char *const known[][2] = {{"Relu", "relu"},         {"Tanh", "tanh"}, {"Sigmoid", "sigmoid"},
                                           {"Softplus", "softplus"}, {"Gelu", "gelu"}, {"Swish", "silu"}};
    const temper_onnx_node *node = &im->file.node[im->at];
    temper_onnx_attribute how;
    temper_onnx_attribute_of(node, "approximate", &how);
    if (how.kind == TEMPER_ONNX_STRING && !temper_onnx_is(how.s, "none"))
        return net_import_refuse(im, "approximate=tanh; legal is none, the exact function");
    if (temper_onnx_is(node->type, "Swish") && net_import_real(im, "alpha", 1) != 1)
        return net_import_refuse(im, "alpha=%g; legal is 1", net_import_real(im, "alpha", 1));
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (temper_onnx_is(node->type, known[k][0])) return pointwise(im, activity(im, 0), known[k][1]);
    return net_import_refuse(im, "no layer of temper does that");
}

static void print(char *text, size_t size, const char *format, ...) {
    va_list values;
    va_start(values, format);
    temper_plain_format(text, size, format, values);
    va_end(values);
}

/* The shortest decimal that is this float. */
static void spell(double x, char *text, size_t size) {
    for (int digits = 1; digits <= 9; digits++) {
        print(text, size, "leaky slope=%.*g", digits, x);
        if ((float)temper_plain_number(text + strlen("leaky slope=")) == (float)x) return;
    }
}

temper_status net_import_leaky(net_import *im) {
    char text[64] = "";
    double slope = net_import_real(im, "alpha", 0.01);
    if (!(slope >= 0 && slope <= 1)) return net_import_refuse(im, "alpha=%g; legal is 0 ... 1", slope);
    spell(slope, text, sizeof text);
    return pointwise(im, activity(im, 0), text);
}

static bool is_output(const net_import *im, const net_value *value) {
    temper_token name = im->file.output[0].name;
    return temper_onnx_same(name, value->name);
}

/* The loss does it: −ln softmax(z)_y is temper's cross entropy of z. */
temper_status net_import_softmax(net_import *im) {
    net_value *x = activity(im, 0), *y = net_import_out(im, 0);
    const bool old = im->file.set > 0 && im->file.set < 13;
    int64_t axis = net_import_int(im, "axis", old ? 1 : -1);
    if (!x) return im->bad;
    if (!y || !is_output(im, y) || y->uses != 1)
        return net_import_refuse(im, "legal is one as the last layer alone, and the softmax of an attention");
    if (x->dims != 1 || (axis != 1 && axis != -1))
        return net_import_refuse(im, "axis=%lld of %d; legal is the last one of [batch][classes]",
                                 (long long)axis, x->dims + 1);
    net_import_alias(im, x);
    im->softmax = true;
    net_import_remark(im, "left to the loss: temper's outputs are what goes into it");
    return TEMPER_OK;
}

/* ---- pools ---- */

static temper_status two(net_import *im, const char *name, int64_t otherwise, int64_t out[2]) {
    int64_t list[NET_LIST];
    int n = net_import_ints(im, name, -1, list);
    if (n != 0 && n != 2) return net_import_refuse(im, "%s are %d numbers; legal are 2: images", name, n);
    out[0] = n ? list[0] : otherwise, out[1] = n ? list[1] : otherwise;
    return TEMPER_OK;
}

static temper_status no_padding(net_import *im) {
    int64_t list[NET_LIST], dilation[2] = {1, 1};
    temper_onnx_attribute how;
    temper_onnx_attribute_of(&im->file.node[im->at], "auto_pad", &how);
    int n = net_import_ints(im, "pads", -1, list);
    for (int k = 0; k < n; k++)
        if (list[k]) return net_import_refuse(im, "pads=%lld; legal is 0", (long long)list[k]);
    if (n < 0) return net_import_refuse(im, "pads are not readable");
    if (how.kind == TEMPER_ONNX_STRING && !temper_onnx_is(how.s, "NOTSET") && !temper_onnx_is(how.s, "VALID"))
        return net_import_refuse(im, "auto_pad is SAME; legal are VALID and NOTSET");
    temper_status bad = two(im, "dilations", 1, dilation);
    if (!bad && (dilation[0] != 1 || dilation[1] != 1))
        bad = net_import_refuse(im, "dilations are %lld and %lld; legal is 1", (long long)dilation[0],
                                (long long)dilation[1]);
    return bad;
}

static temper_status global(net_import *im, net_value *x) {
    const net_extent in = net_import_item(im, x)->shape;
    net_item *item = net_import_add(im, x, (net_extent){in.channels, 1, 1});
    if (!item) return im->bad;
    snprintf(item->text, sizeof item->text, "global_pool");
    net_import_shape(net_import_out(im, 0), 3, in.channels, 1, 1);
    return TEMPER_OK;
}

static temper_status pool(net_import *im, const char *name, bool mean) {
    net_value *x = activity(im, 0);
    int64_t size[2] = {0}, stride[2] = {1, 1};
    if (!x) return im->bad;
    temper_status bad = net_import_image(im, x);
    if (!bad) bad = no_padding(im);
    if (!bad) bad = two(im, "kernel_shape", 0, size);
    if (!bad) bad = two(im, "strides", 1, stride);
    if (bad) return bad;
    const net_extent in = net_import_item(im, x)->shape;
    if (mean && size[0] == in.height && size[1] == in.width) return global(im, x);
    if (net_import_out(im, 1) && net_import_out(im, 1)->uses)
        return net_import_refuse(im, "its second output, the places of the maxima, is not read");
    if (size[0] != size[1] || stride[0] != stride[1])
        return net_import_refuse(im, "windows of %lldx%lld, strides %lld and %lld; legal are equal ones",
                                 (long long)size[0], (long long)size[1], (long long)stride[0],
                                 (long long)stride[1]);
    if (size[0] < 1 || size[0] > 15 || stride[0] < 1 || stride[0] > 255 || size[0] > in.height ||
        size[0] > in.width)
        return net_import_refuse(
            im, "windows of %lld, stride %lld on %lldx%lld pixels; legal are windows 1 ... 15 that fit in",
            (long long)size[0], (long long)stride[0], (long long)in.height, (long long)in.width);
    int64_t rest = (in.height - size[0]) % stride[0] + (in.width - size[0]) % stride[0];
    if (net_import_int(im, "ceil_mode", 0) && rest)
        return net_import_refuse(im, "ceil_mode=1, and windows stick out of the image; legal is 0");
    net_extent out = {in.channels, (in.height - size[0]) / stride[0] + 1,
                      (in.width - size[0]) / stride[0] + 1};
    net_item *item = net_import_add(im, x, out);
    if (!item) return im->bad;
    snprintf(item->text, sizeof item->text, "%s %lld stride=%lld", name, (long long)size[0],
             (long long)stride[0]);
    net_import_shape(net_import_out(im, 0), 3, out.channels, out.height, out.width);
    return TEMPER_OK;
}

temper_status net_import_max_pool(net_import *im) { return pool(im, "max_pool", false); }
temper_status net_import_average_pool(net_import *im) { return pool(im, "avg_pool", true); }

temper_status net_import_global_pool(net_import *im) {
    net_value *x = activity(im, 0);
    temper_status bad = x ? net_import_image(im, x) : im->bad;
    return bad ? bad : global(im, x);
}

/* Mean over all pixels, or over all tokens. */
temper_status net_import_mean(net_import *im) {
    net_value *x = activity(im, 0);
    int64_t axis[NET_LIST];
    int n = net_import_ints(im, "axes", 1, axis);
    if (!x) return im->bad;
    bool over[3] = {false};
    for (int k = 0; k < n; k++) {
        int64_t a = axis[k] < 0 ? axis[k] + x->dims + 1 : axis[k];
        if (a >= 1 && a <= 2) over[a] = true;
        if (a == 3) over[0] = true;
    }
    const bool pixels = n == 2 && x->dims == 3 && over[2] && over[0];
    const bool tokens = n == 1 && x->dims == 2 && (x->turned ? over[1] : over[2]);
    if (!pixels && !tokens)
        return net_import_refuse(im,
                                 "legal are means over the pixels of an image and the tokens of a sequence");
    temper_status bad = pixels ? net_import_image(im, x) : TEMPER_OK;
    if (!bad && tokens && net_import_item(im, x)->shape.channels != x->shape[x->turned])
        bad = net_import_refuse(im, "its input was cut another way by a Reshape");
    if (!bad) bad = global(im, x);
    if (bad) return bad;
    net_value *y = net_import_out(im, 0);
    const int64_t channels = net_import_item(im, y)->shape.channels;
    const bool keep = net_import_int(im, "keepdims", 1) != 0, turned = x->turned;
    y->turned = false;
    if (!keep) return net_import_shape(y, 1, channels, 0, 0), TEMPER_OK;
    if (tokens) net_import_shape(y, 2, turned ? 1 : channels, turned ? channels : 1, 0);
    return TEMPER_OK;
}
