/* Gemm, MatMul, Conv, BatchNormalization, LayerNormalization, Gather of an embedding: layers with parameters. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "network/network_import.h"

static const double EPSILON = 1e-5; /* of temper's norms */

/* What input k must be; with a sentence otherwise. */
static net_value *activity(net_import *im, int k) {
    net_value *value = net_import_in(im, k);
    if (value && value->kind == NET_ACTIVITY) return value;
    net_import_refuse(im, "its input %d is %s; legal is the output of a layer, or the data", k + 1,
                      value ? "a constant" : "missing");
    return NULL;
}

static float *constant(net_import *im, int k, int dims, const net_value **value) {
    *value = net_import_in(im, k);
    if (*value && (*value)->kind == NET_CONSTANT && (*value)->constant.dims == dims)
        return net_import_numbers(im, *value);
    net_import_refuse(im, "its input %d is %s; legal is a constant with %d extents", k + 1,
                      !*value                          ? "missing"
                      : (*value)->kind != NET_CONSTANT ? "computed"
                                                       : "of another rank",
                      dims);
    return NULL;
}

/* One number for each of n channels from a constant of n, 1 x n or 1 numbers. */
static float *per_channel(net_import *im, int k, int64_t n) {
    const net_value *value = net_import_in(im, k);
    const temper_onnx_tensor *t = &value->constant;
    if (value->kind == NET_CONSTANT &&
        (t->count == 1 || (t->count == n && t->dims && t->shape[t->dims - 1] == n))) {
        float *from = net_import_numbers(im, value), *out = from ? net_import_floats(im, n) : NULL;
        for (int64_t i = 0; out && i < n; i++) out[i] = from[t->count == 1 ? 0 : i];
        return out;
    }
    net_import_refuse(im, "its input %d is %s; legal are constants of %lld numbers", k + 1,
                      value->kind == NET_CONSTANT ? "of another shape" : "computed", (long long)n);
    return NULL;
}

static void scale(float *x, int64_t n, double factor) {
    for (int64_t i = 0; i < n; i++) x[i] = (float)((double)x[i] * factor);
}

/* y = W x + b; W is [in][out], or turned [out][in]. */
static temper_status dense(net_import *im, net_value *value, int weight, bool turned, float **W) {
    const net_value *b;
    float *from = constant(im, weight, 2, &b);
    if (!from) return im->bad;
    const int64_t in = b->constant.shape[turned], out = b->constant.shape[!turned];
    const net_extent shape = net_import_item(im, value)->shape;
    if (in != shape.channels || out < 1)
        return net_import_refuse(im, "its weights are %lldx%lld; legal are those for %lld inputs",
                                 (long long)b->constant.shape[0], (long long)b->constant.shape[1],
                                 (long long)shape.channels);
    if (!(*W = net_import_floats(im, in * out))) return im->bad;
    for (int64_t o = 0; o < out; o++)
        for (int64_t i = 0; i < in; i++) (*W)[o * in + i] = from[turned ? o * in + i : i * out + o];
    net_item *item = net_import_add(im, value, (net_extent){out, 1, shape.width});
    if (!item) return im->bad;
    snprintf(item->text, sizeof item->text, "dense %lld", (long long)out);
    item->part[0] = *W, item->length[0] = in * out, item->plain = item->scalable = true;
    net_value *y = net_import_out(im, 0);
    y->shape[y->dims - 1] = out;
    return TEMPER_OK;
}

static void give_bias(net_item *item, float *bias) {
    item->part[1] = bias, item->length[1] = item->shape.channels, item->plain = false;
}

temper_status net_import_gemm(net_import *im) {
    net_value *x = activity(im, 0);
    double alpha = net_import_real(im, "alpha", 1), beta = net_import_real(im, "beta", 1);
    float *W;
    if (!x) return im->bad;
    if (net_import_int(im, "transA", 0))
        return net_import_refuse(im, "transA=1; legal is 0: samples are rows");
    temper_status bad = net_import_vector(im, x);
    if (!bad) bad = dense(im, x, 1, net_import_int(im, "transB", 0) != 0, &W);
    if (bad) return bad;
    net_item *item = &im->item[im->items - 1];
    scale(W, item->length[0], alpha);
    if (net_import_in(im, 2)) {
        float *bias = per_channel(im, 2, item->shape.channels);
        if (!bias) return im->bad;
        scale(bias, item->shape.channels, beta);
        give_bias(item, bias);
    }
    if (alpha != 1 || (!item->plain && beta != 1))
        net_import_remark(im, "alpha=%g and beta=%g are in the weights and biases", alpha, beta);
    return TEMPER_OK;
}

temper_status net_import_matmul(net_import *im) {
    net_value *x = activity(im, 0);
    float *W;
    if (!x) return im->bad;
    temper_status bad = x->dims == 2 ? net_import_sequence(im, x) : net_import_vector(im, x);
    return bad ? bad : dense(im, x, 1, false, &W);
}

/* ---- convolution ---- */

/* Two equal numbers of an attribute. */
static temper_status square(net_import *im, const char *name, int64_t otherwise, int64_t *side) {
    int64_t list[NET_LIST];
    int n = net_import_ints(im, name, -1, list);
    *side = n == 0 ? otherwise : list[0];
    if (n == 0 || (n == 2 && list[0] == list[1])) return TEMPER_OK;
    if (n == 2)
        return net_import_refuse(im, "%s are %lld and %lld; legal are equal ones", name, (long long)list[0],
                                 (long long)list[1]);
    return net_import_refuse(im, "%s are %d numbers; legal are 2: images", name, n);
}

/* Zeros on each side of an image of `side` pixels; all four sides alike. */
static temper_status padding(net_import *im, const net_extent *in, int64_t size, int64_t stride,
                             int64_t *pad) {
    int64_t list[NET_LIST] = {0};
    temper_onnx_attribute how;
    temper_onnx_attribute_of(&im->file.node[im->at], "auto_pad", &how);
    int n = net_import_ints(im, "pads", -1, list);
    *pad = 0;
    if (how.kind == TEMPER_ONNX_STRING &&
        (temper_onnx_is(how.s, "SAME_UPPER") || temper_onnx_is(how.s, "SAME_LOWER"))) {
        const int64_t side[2] = {in->height, in->width};
        for (int k = 0; k < 2; k++) {
            int64_t both = ((side[k] - 1) / stride) * stride + size - side[k];
            if (both < 0) both = 0;
            list[k] = both / 2, list[k + 2] = both - both / 2;
        }
        n = 4;
    } else if (how.kind == TEMPER_ONNX_STRING && temper_onnx_is(how.s, "VALID")) {
        n = 0;
    }
    if (n != 0 && n != 4) return net_import_refuse(im, "pads are %d numbers; legal are 4: images", n);
    if (n == 0) return TEMPER_OK;
    if (list[0] != list[1] || list[0] != list[2] || list[0] != list[3] || list[0] < 0)
        return net_import_refuse(
            im, "pads are %lld, %lld, %lld, %lld; legal are equal ones on all four sides", (long long)list[0],
            (long long)list[1], (long long)list[2], (long long)list[3]);
    *pad = list[0];
    return TEMPER_OK;
}

static temper_status conv_item(net_import *im, net_value *x, const net_value *w, float *W,
                               const int64_t how[2]) {
    const int64_t *s = w->constant.shape, stride = how[0], pad = how[1], k = s[2];
    const net_extent in = net_import_item(im, x)->shape;
    if (s[1] != in.channels || s[2] != s[3])
        return net_import_refuse(im,
                                 "its filters are %lldx%lldx%lld; legal are square ones for %lld channels",
                                 (long long)s[1], (long long)s[2], (long long)s[3], (long long)in.channels);
    if (stride < 1 || stride > 255 || k < 1 || k > 255 || pad >= k || in.height + 2 * pad < k ||
        in.width + 2 * pad < k)
        return net_import_refuse(
            im,
            "size %lld, stride %lld, pad %lld on %lldx%lld pixels; legal are sizes 1 ... 255 that fit "
            "in, strides 1 ... 255 and pads below the size",
            (long long)k, (long long)stride, (long long)pad, (long long)in.height, (long long)in.width);
    net_extent out = {s[0], (in.height + 2 * pad - k) / stride + 1, (in.width + 2 * pad - k) / stride + 1};
    net_item *item = net_import_add(im, x, out);
    if (!item) return im->bad;
    snprintf(item->text, sizeof item->text, "conv %lld %lld stride=%lld pad=%lld", (long long)s[0],
             (long long)k, (long long)stride, (long long)pad);
    item->part[0] = W, item->length[0] = w->constant.count, item->plain = item->scalable = true;
    net_import_shape(net_import_out(im, 0), 3, out.channels, out.height, out.width);
    return TEMPER_OK;
}

temper_status net_import_conv(net_import *im) {
    net_value *x = activity(im, 0);
    const net_value *w;
    if (!x) return im->bad;
    temper_status bad =
        x->dims == 3 ? net_import_image(im, x)
                     : net_import_refuse(im, "its input has %d extents beside the batch; legal are 3: images",
                                         x->dims);
    int64_t group = net_import_int(im, "group", 1), dilation, how[2];
    if (!bad && group != 1) bad = net_import_refuse(im, "group=%lld; legal is 1", (long long)group);
    if (!bad) bad = square(im, "dilations", 1, &dilation);
    if (!bad && dilation != 1)
        bad = net_import_refuse(im, "dilations are %lld; legal is 1", (long long)dilation);
    if (!bad) bad = square(im, "strides", 1, &how[0]);
    if (bad) return bad;
    float *W = constant(im, 1, 4, &w);
    if (!W) return im->bad;
    int64_t size;
    if ((bad = square(im, "kernel_shape", w->constant.shape[2], &size))) return bad;
    if (size != w->constant.shape[2])
        return net_import_refuse(im, "kernel_shape=%lld, and its filters have %lld rows", (long long)size,
                                 (long long)w->constant.shape[2]);
    bad = padding(im, &net_import_item(im, x)->shape, w->constant.shape[2], how[0] > 0 ? how[0] : 1, &how[1]);
    if (!bad) bad = conv_item(im, x, w, W, how);
    if (bad || !net_import_in(im, 2)) return bad;
    net_item *item = &im->item[im->items - 1];
    float *bias = per_channel(im, 2, item->shape.channels);
    if (bias) give_bias(item, bias);
    return bias ? TEMPER_OK : im->bad;
}

/* ---- norms ---- */

static bool near(double a, double b) { return fabs(a - b) <= 1e-6 * fabs(b); }

/* r = (variance + ε)^(−1/2): another ε is put into the variances. */
static temper_status other_epsilon(net_import *im, float *variance, int64_t n, double epsilon) {
    if (near(epsilon, EPSILON)) return TEMPER_OK;
    for (int64_t i = 0; i < n; i++) {
        double v = (double)variance[i] + epsilon - EPSILON;
        if (!(v >= 0))
            return net_import_refuse(
                im, "epsilon=%g and a variance of %g; legal is %g, or a sum of at least that", epsilon,
                (double)variance[i], EPSILON);
        variance[i] = (float)v;
    }
    net_import_remark(im, "epsilon=%g became %g, and the difference was added to the variances", epsilon,
                      EPSILON);
    return TEMPER_OK;
}

static temper_status check_norm(net_import *im, const net_value *x) {
    const bool old = im->file.set > 0 && im->file.set < 7;
    if (net_import_int(im, "training_mode", 0) || (old && !net_import_int(im, "is_test", 0)))
        return net_import_refuse(im,
                                 "it is in training mode; legal is evaluation: export after model.eval()");
    if (!net_import_int(im, "spatial", 1))
        return net_import_refuse(im, "spatial=0; legal is 1: one mean for a channel");
    if (x->dims == 2 && !x->turned) return TEMPER_OK; /* [batch][channels][places] */
    if (x->dims != 1 && x->dims != 3)
        return net_import_refuse(im, "its input has %d extents beside the batch; legal are 1, 2 and 3",
                                 x->dims);
    return TEMPER_OK;
}

temper_status net_import_batch_norm(net_import *im) {
    net_value *x = activity(im, 0);
    if (!x) return im->bad;
    temper_status bad = check_norm(im, x);
    if (!bad && x->dims != 2) bad = x->dims == 1 ? net_import_vector(im, x) : net_import_image(im, x);
    if (bad) return bad;
    if (x->dims == 2) net_import_columns(im, x);
    const net_extent shape = net_import_item(im, x)->shape;
    if (shape.channels != x->shape[0])
        return net_import_refuse(im, "its channels were cut another way by a Reshape");
    float *part[NET_PARTS];
    for (int k = 0; k < NET_PARTS; k++) {
        if (!net_import_in(im, k + 1)) return net_import_refuse(im, "its input %d is missing", k + 2);
        if (!(part[k] = per_channel(im, k + 1, shape.channels))) return im->bad;
    }
    if ((bad = other_epsilon(im, part[3], shape.channels, net_import_real(im, "epsilon", EPSILON))))
        return bad;
    for (int64_t i = 0; i < shape.channels; i++)
        if (part[3][i] < 0)
            return net_import_refuse(im, "the variance of channel %lld is %g; legal is 0 or more",
                                     (long long)i, (double)part[3][i]);
    net_item *item = net_import_add(im, x, shape);
    if (!item) return im->bad;
    snprintf(item->text, sizeof item->text, "batch_norm");
    for (int k = 0; k < NET_PARTS; k++) item->part[k] = part[k], item->length[k] = shape.channels;
    item->scalable = true;
    return TEMPER_OK;
}

static temper_status norm_item(net_import *im, net_value *x, const int part[2], double epsilon) {
    const net_extent shape = net_import_item(im, x)->shape;
    if (!near(epsilon, EPSILON)) return net_import_refuse(im, "epsilon=%g; legal is %g", epsilon, EPSILON);
    net_item *item = net_import_add(im, x, shape);
    if (!item) return im->bad;
    snprintf(item->text, sizeof item->text, "layer_norm");
    for (int k = 0; k < 2; k++) {
        const net_value *value = part[k] < 0 ? NULL : &im->value[part[k]];
        item->length[k] = shape.channels;
        item->part[k] = value ? net_import_numbers(im, value) : net_import_floats(im, shape.channels);
        if (!item->part[k]) return im->bad;
        for (int64_t i = 0; i < shape.channels && !value && k == 0; i++) item->part[k][i] = 1;
        if (value && (value->constant.count != shape.channels || value->constant.dims != 1))
            return net_import_refuse(im, "its %s has %lld numbers; legal are %lld: those of the last axis",
                                     k ? "bias" : "gain", (long long)value->constant.count,
                                     (long long)shape.channels);
    }
    item->scalable = true;
    return TEMPER_OK;
}

temper_status net_import_layer_norm(net_import *im) {
    const net_link *link = &im->link[im->at];
    if (link->pattern == NET_LAYER_NORM) {
        net_value *x = &im->value[link->source];
        if (x->kind != NET_ACTIVITY) return net_import_refuse(im, "its input is a constant");
        temper_status bad = x->dims == 2 ? net_import_sequence(im, x) : net_import_vector(im, x);
        return bad ? bad : norm_item(im, x, link->extra, link->number);
    }
    net_value *x = activity(im, 0);
    if (!x) return im->bad;
    int64_t axis = net_import_int(im, "axis", -1);
    if (axis != -1 && axis != x->dims)
        return net_import_refuse(im, "axis=%lld; legal is -1, the last", (long long)axis);
    for (int k = 1; k < 3; k++)
        if (net_import_out(im, k) && net_import_out(im, k)->uses)
            return net_import_refuse(im, "its mean or deviation is read");
    temper_status bad = x->dims == 2 ? net_import_sequence(im, x) : net_import_vector(im, x);
    return bad ? bad : norm_item(im, x, &link->in[1], net_import_real(im, "epsilon", EPSILON));
}
