/* Nodes that only rename numbers, and those of the shortcuts of residual networks. */
#include <stdio.h>
#include <string.h>
#include "network/network_import.h"

static bool is_activity(const net_value *value) { return value && value->kind == NET_ACTIVITY; }

static temper_status missing(net_import *im) {
    return net_import_refuse(im, "its input is missing or not readable");
}

/* Are ONNX's order and temper's the same? A turned sequence of one token, or of width 1, is. */
static bool plain_order(const net_value *value) {
    return !value->turned || value->shape[0] == 1 || value->shape[1] == 1;
}

temper_status net_import_pass(net_import *im) {
    net_value *x = net_import_in(im, 0);
    if (!x || x->kind == NET_UNKNOWN || !net_import_out(im, 0)) return missing(im);
    if (net_import_out(im, 1) && net_import_out(im, 1)->uses)
        return net_import_refuse(im, "its second output is read");
    int64_t to = net_import_int(im, "to", TEMPER_ONNX_F32);
    const bool whole = to == TEMPER_ONNX_I32 || to == TEMPER_ONNX_I64; /* tokens */
    if (x->kind == NET_ACTIVITY && to != TEMPER_ONNX_F32 && to != TEMPER_ONNX_F64 && !(whole && x->item == 0))
        return net_import_refuse(im, "to=%lld; legal is 1, float", (long long)to);
    net_value *y = net_import_alias(im, x);
    int64_t list[NET_LIST];
    int n = x->kind == NET_CONSTANT && to == TEMPER_ONNX_I64 ? net_import_wholes(x, list) : -1;
    if (n >= 0) net_import_list(im, list, n);
    double ratio = net_import_real(im, "ratio", 0), training = 0;
    if (!temper_onnx_is(im->file.node[im->at].type, "Dropout")) return TEMPER_OK;
    if (net_import_in(im, 1)) net_import_scalar(net_import_in(im, 1), &ratio);
    if (net_import_in(im, 2) && (!net_import_scalar(net_import_in(im, 2), &training) || training != 0) &&
        ratio > 0)
        return net_import_refuse(im,
                                 "it is in training mode; legal is evaluation: export after model.eval()");
    if (y->kind == NET_ACTIVITY && ratio > 0)
        net_import_remark(im, "left out (ratio %g): it does nothing when it is not training", ratio);
    return TEMPER_OK;
}

static temper_status cut(net_import *im, net_value *x, int dims, const int64_t *shape) {
    bool same = dims == x->dims;
    for (int k = 0; k < dims && same; k++) same = shape[k] == x->shape[k];
    if (!same && !plain_order(x))
        return net_import_refuse(im,
                                 "it cuts a sequence of tokens another way; legal is the mean over tokens");
    net_value *y = net_import_alias(im, x);
    if (same) return TEMPER_OK;
    y->dims = dims, y->turned = false;
    memcpy(y->shape, shape, (size_t)dims * sizeof *shape);
    return TEMPER_OK;
}

temper_status net_import_flatten(net_import *im) {
    net_value *x = net_import_in(im, 0);
    int64_t axis = net_import_int(im, "axis", 1);
    if (!is_activity(x)) return missing(im);
    if (axis < 0) axis += x->dims + 1;
    if (axis != 1)
        return net_import_refuse(im, "axis=%lld; legal is 1: each sample a vector", (long long)axis);
    const int64_t n = net_import_features(x);
    return cut(im, x, 1, &n);
}

/* ---- constants cut another way ---- */

static temper_status cut_constant(net_import *im, const net_value *x, int dims, const int64_t *shape) {
    int64_t count = 1;
    for (int k = 0; k < dims; k++) count *= shape[k];
    if (count != x->constant.count)
        return net_import_refuse(im, "its constant has %lld numbers, not those of its shape",
                                 (long long)x->constant.count);
    net_value *y = net_import_alias(im, x);
    y->constant.dims = dims;
    memcpy(y->constant.shape, shape, (size_t)dims * sizeof *shape);
    return TEMPER_OK;
}

/* Fills 0 (as it was) and −1 (what is left) into a list of extents; false: it does not come out even. */
static bool complete(int64_t *shape, int n, const int64_t *was, int dims, int64_t features) {
    int64_t known = 1;
    int open = -1;
    for (int k = 0; k < n; k++) {
        if (shape[k] == 0 && k < dims) shape[k] = was[k];
        if (shape[k] == -1 && open >= 0) return false;
        if (shape[k] == -1)
            open = k;
        else if (shape[k] < 1 || known > features / shape[k])
            return false;
        else
            known *= shape[k];
    }
    if (open >= 0) shape[open] = features / known;
    return open < 0 ? known == features : known * shape[open] == features;
}

temper_status net_import_reshape(net_import *im) {
    net_value *x = net_import_in(im, 0);
    int64_t shape[NET_LIST];
    int n = net_import_ints(im, "shape", 1, shape);
    if (!x || n < 0) return net_import_refuse(im, "its shape is computed in a way that is not followed");
    if (n > TEMPER_ONNX_DIMS)
        return net_import_refuse(im, "its shape has %d extents; legal are up to %d", n, TEMPER_ONNX_DIMS);
    if (x->kind == NET_CONSTANT) {
        if (!complete(shape, n, x->constant.shape, x->constant.dims, x->constant.count))
            return net_import_refuse(im, "its shape does not fit its %lld numbers",
                                     (long long)x->constant.count);
        return cut_constant(im, x, n, shape);
    }
    if (x->kind == NET_WHOLES && (n == 1 || (n == 2 && shape[1] > 0 && x->listed % shape[1] == 0))) {
        net_import_list(im, x->list, x->listed);
        net_import_out(im, 0)->columns = n == 2 ? (int)shape[1] : 0;
        return TEMPER_OK;
    }
    if (x->kind != NET_ACTIVITY) return missing(im);
    const int64_t features = net_import_features(x), first = n > 0 ? shape[0] : 1;
    if (n > 0 && complete(shape + 1, n - 1, x->shape, x->dims, features) &&
        (first == NET_BATCH || first == 0 || first == -1 || first == 1 || first == im->batch))
        return cut(im, x, n - 1, shape + 1);
    return net_import_refuse(
        im, "its shape mixes samples, or does not fit the %lld numbers of each; legal is [batch, ...]",
        (long long)features);
}

/* ---- transpositions ---- */

static temper_status transpose_constant(net_import *im, const net_value *x, const int64_t *perm, int n) {
    const int64_t *s = x->constant.shape;
    if (n != 2 || x->constant.dims != 2)
        return net_import_refuse(im, "its constant has %d extents; legal are 2", x->constant.dims);
    float *from = net_import_numbers(im, x), *to = from ? net_import_floats(im, x->constant.count) : NULL;
    if (!to) return im->bad;
    const bool turn = perm[0] == 1;
    for (int64_t i = 0; i < s[0]; i++)
        for (int64_t j = 0; j < s[1]; j++) to[turn ? j * s[0] + i : i * s[1] + j] = from[i * s[1] + j];
    net_value *y = net_import_alias(im, x);
    y->constant.kind = TEMPER_ONNX_F32;
    y->constant.raw = (temper_token){(const char *)to, (size_t)x->constant.count * sizeof *to};
    if (turn) y->constant.shape[0] = s[1], y->constant.shape[1] = s[0];
    return TEMPER_OK;
}

/* [batch][d][places] ↔ [batch][places][d]. */
static temper_status turn(net_import *im, net_value *x) {
    const net_extent s = net_import_item(im, x)->shape;
    const int64_t a = x->shape[0], b = x->shape[1];
    if (!x->turned && s.channels == a && s.height > 1) { /* an image: its pixels become tokens */
        net_item *item = net_import_add(im, x, (net_extent){a, 1, b});
        if (!item) return im->bad;
        snprintf(item->text, sizeof item->text, "tokens");
    } else if (x->turned || s.channels == a || a == 1 || b == 1) {
        net_import_alias(im, x);
    } else {
        return net_import_refuse(im, "it turns numbers that are no sequence in temper");
    }
    net_value *y = net_import_out(im, 0);
    y->turned = !x->turned;
    net_import_shape(y, 2, b, a, 0);
    return TEMPER_OK;
}

temper_status net_import_transpose(net_import *im) {
    net_value *x = net_import_in(im, 0);
    int64_t perm[NET_LIST], shape[TEMPER_ONNX_DIMS];
    if (x && x->kind == NET_WHOLES) return net_import_turn_list(im, x);
    if (!x || (x->kind != NET_ACTIVITY && x->kind != NET_CONSTANT)) return missing(im);
    const int dims = x->kind == NET_CONSTANT ? x->constant.dims : x->dims + 1;
    int n = net_import_ints(im, "perm", -1, perm), last = -1;
    for (int k = 0; k < dims && n == 0; k++) perm[k] = dims - 1 - k;
    if (n != 0 && n != dims) return net_import_refuse(im, "perm has %d numbers; legal are %d", n, dims);
    for (int k = 0; k < dims; k++)
        if (perm[k] < 0 || perm[k] >= dims)
            return net_import_refuse(im, "perm holds %lld", (long long)perm[k]);
    if (x->kind == NET_CONSTANT) return transpose_constant(im, x, perm, dims);
    if (perm[0] != 0)
        return net_import_refuse(im, "it moves the batch; legal is a permutation of the others");
    if (dims == 3 && perm[1] == 2 && perm[2] == 1) return turn(im, x);
    /* Else extents of 1 may move. */
    for (int k = 1; k < dims; k++) {
        shape[k - 1] = x->shape[perm[k] - 1];
        if (shape[k - 1] == 1) continue;
        if ((int)perm[k] < last)
            return net_import_refuse(im, "it turns an image; legal are sequences, and extents of 1");
        last = (int)perm[k];
    }
    return cut(im, x, dims - 1, shape);
}

/* ---- extents of 1 come and go ---- */

static temper_status squeeze(net_import *im, const int64_t *from, int dims, int64_t *shape, int *out) {
    const bool in = temper_onnx_is(im->file.node[im->at].type, "Unsqueeze");
    int64_t axis[NET_LIST];
    int n = net_import_ints(im, "axes", 1, axis);
    bool mark[2 * TEMPER_ONNX_DIMS] = {false};
    const int all = in ? dims + n : dims;
    if (n < 0 || all > TEMPER_ONNX_DIMS)
        return net_import_refuse(im, "its axes are not readable, or too many");
    for (int k = 0; k < n; k++) {
        int64_t a = axis[k] < 0 ? axis[k] + all : axis[k];
        if (a < 0 || a >= all) return net_import_refuse(im, "axis %lld of %d", (long long)axis[k], all);
        mark[a] = true;
    }
    *out = 0;
    for (int k = 0, at = 0; k < all; k++) {
        if (in && mark[k])
            shape[(*out)++] = 1;
        else if (!in && (n ? mark[k] : from[k] == 1)) {
            if (from[at++] != 1) return net_import_refuse(im, "axis %d has not the extent 1", k);
        } else if (at < dims)
            shape[(*out)++] = from[at++];
    }
    return TEMPER_OK;
}

temper_status net_import_squeeze(net_import *im) {
    net_value *x = net_import_in(im, 0);
    int64_t from[TEMPER_ONNX_DIMS + 1] = {NET_BATCH}, shape[TEMPER_ONNX_DIMS];
    int n;
    if (!x || x->kind == NET_UNKNOWN) return missing(im);
    if (x->kind == NET_WHOLES) return net_import_list(im, x->list, x->listed), TEMPER_OK;
    if (x->kind == NET_CONSTANT) {
        temper_status bad = squeeze(im, x->constant.shape, x->constant.dims, shape, &n);
        return bad ? bad : cut_constant(im, x, n, shape);
    }
    memcpy(from + 1, x->shape, sizeof x->shape);
    temper_status bad = squeeze(im, from, x->dims + 1, shape, &n);
    if (!bad && (n < 1 || shape[0] != NET_BATCH))
        bad = net_import_refuse(im, "it moves the batch; legal are the other axes");
    return bad ? bad : cut(im, x, n - 1, shape + 1);
}

/* ---- every k-th pixel, channels of zeros: shortcuts of residual networks ---- */

/* All of an axis, or every step-th place of it. */
static bool whole_axis(int64_t begin, int64_t end, int64_t extent) {
    return (begin == 0 || begin <= -extent) && end >= extent;
}

/* Adds the steps that the node says to by[]: of channels, rows, columns. */
static temper_status steps_of(net_import *im, const net_value *x, int64_t by[4]) {
    int64_t begin[NET_LIST], end[NET_LIST], axis[NET_LIST], step[NET_LIST];
    int n = net_import_ints(im, "starts", 1, begin), m = net_import_ints(im, "ends", 2, end);
    int a = net_import_ints(im, "axes", 3, axis), s = net_import_ints(im, "steps", 4, step);
    if (n < 1 || n != m || (a != 0 && a != n) || (s != 0 && s != n))
        return net_import_refuse(im, "its ranges are not readable");
    for (int k = 0; k < n; k++) {
        int64_t at = a ? axis[k] : k;
        if (at < 0) at += x->dims + 1;
        if (at < 1 || at > x->dims || !whole_axis(begin[k], end[k], x->shape[at - 1]))
            return net_import_refuse(im, "legal is every k-th pixel of the whole image, from the first");
        const int64_t by_now = s ? step[k] : 1;
        by[at] = by_now >= 1 && by_now <= 255 && by[at] <= 255 ? by[at] * by_now : 0; /* 0: out of range */
    }
    if (by[1] == 1 && by[2] >= 1 && by[3] >= 1 && by[2] <= 255 && by[3] <= 255) return TEMPER_OK;
    return net_import_refuse(im, "its steps; legal are 1 ... 255 for rows and columns, and 1 for channels");
}

static temper_status shortcut(net_import *im, const net_value *x, net_extent out, int64_t stride,
                              int64_t front) {
    net_item *item = net_import_add(im, x, out);
    if (!item) return im->bad;
    snprintf(item->text, sizeof item->text, "shortcut %lld stride=%lld front=%lld", (long long)out.channels,
             (long long)stride, (long long)front);
    net_import_shape(net_import_out(im, 0), 3, out.channels, out.height, out.width);
    return TEMPER_OK;
}

temper_status net_import_slice(net_import *im) {
    const net_link *link = &im->link[im->at];
    const bool pair = link->pattern == NET_SLICES;
    net_value *x = pair ? &im->value[link->source] : net_import_in(im, 0);
    int64_t by[4] = {1, 1, 1, 1};
    if (x && x->kind == NET_WHOLES) return net_import_slice_list(im, x);
    if (!is_activity(x)) return missing(im);
    temper_status bad = net_import_image(im, x);
    if (!bad) bad = steps_of(im, x, by);
    if (!bad && pair) {
        const int now = im->at;
        im->at = link->extra[0];
        bad = steps_of(im, x, by);
        im->at = now;
    }
    if (bad) return bad;
    const net_extent in = net_import_item(im, x)->shape;
    if (by[2] != by[3])
        return net_import_refuse(im, "steps %lld and %lld; legal are equal ones", (long long)by[2],
                                 (long long)by[3]);
    if (by[2] == 1) return net_import_alias(im, x), TEMPER_OK;
    net_extent out = {in.channels, (in.height - 1) / by[2] + 1, (in.width - 1) / by[2] + 1};
    return shortcut(im, x, out, by[2], 0);
}

/* Zeros in front of the channels and behind them. */
temper_status net_import_pad(net_import *im) {
    net_value *x = net_import_in(im, 0);
    int64_t pad[NET_LIST];
    double value = net_import_real(im, "value", 0);
    temper_onnx_attribute mode;
    temper_onnx_attribute_of(&im->file.node[im->at], "mode", &mode);
    int n = net_import_ints(im, "pads", 1, pad);
    if (!is_activity(x)) return missing(im);
    if (n != 2 * (x->dims + 1)) return net_import_refuse(im, "its pads are not readable");
    if (net_import_in(im, 2)) {
        if (!net_import_scalar(net_import_in(im, 2), &value))
            return net_import_refuse(im, "its value is computed");
    }
    if (mode.kind == TEMPER_ONNX_STRING && !temper_onnx_is(mode.s, "constant"))
        return net_import_refuse(im, "its mode; legal is constant");
    bool some = false;
    for (int k = 0; k < n; k++) {
        some |= pad[k] != 0;
        if (pad[k] && (x->dims != 3 || k % 4 != 1 || pad[k] < 0 || pad[k] > INT32_MAX))
            return net_import_refuse(im, "legal are channels of zeros; pads of Conv are its own");
    }
    if (!some) return net_import_alias(im, x), TEMPER_OK;
    if (value != 0) return net_import_refuse(im, "value=%g; legal is 0", value);
    temper_status bad = net_import_image(im, x);
    net_extent out = net_import_item(im, x)->shape;
    out.channels += pad[1] + pad[5];
    return bad ? bad : shortcut(im, x, out, 1, pad[1]);
}
