/* Arithmetic of shapes: short lists of whole numbers, as files compute them for Reshape and Pad. */
#include <stdio.h>
#include <string.h>
#include "network/network_import.h"

static bool is_activity(const net_value *value) { return value && value->kind == NET_ACTIVITY; }

static temper_status missing(net_import *im) {
    return net_import_refuse(im, "its input is missing or not readable");
}

void net_import_list(net_import *im, const int64_t *list, int n) {
    net_value *out = net_import_out(im, 0);
    if (!out) return;
    out->kind = NET_WHOLES, out->listed = n, out->columns = 0;
    memcpy(out->list, list, (size_t)n * sizeof *list);
}

temper_status net_import_shape_of(net_import *im) {
    const net_value *x = net_import_in(im, 0);
    int64_t list[NET_LIST] = {NET_BATCH};
    if (!is_activity(x)) return missing(im);
    memcpy(list + 1, x->shape, (size_t)x->dims * sizeof *list);
    net_import_list(im, list, x->dims + 1);
    return TEMPER_OK;
}

/* A list of equal numbers, 0 where nothing is said. */
temper_status net_import_zeros(net_import *im) {
    const net_value *x = net_import_in(im, 0);
    int64_t shape[NET_LIST], list[NET_LIST], value = 0;
    temper_onnx_attribute a;
    temper_onnx_attribute_of(&im->file.node[im->at], "value", &a);
    int n = x ? net_import_wholes(x, shape) : -1;
    if (a.kind == TEMPER_ONNX_TENSOR && temper_onnx_ints(&a.t, &value, 1) != 1) n = -1;
    if (n != 1 || shape[0] < 0 || shape[0] > NET_LIST)
        return net_import_refuse(im, "legal is a short list of whole numbers");
    for (int k = 0; k < shape[0]; k++) list[k] = value;
    net_import_list(im, list, (int)shape[0]);
    return TEMPER_OK;
}

temper_status net_import_concat(net_import *im) {
    int64_t list[NET_LIST], part[NET_LIST];
    int n = 0;
    for (int k = 0; k < im->file.node[im->at].inputs; k++) {
        const net_value *x = net_import_in(im, k);
        int m = x ? net_import_wholes(x, part) : -1;
        if (m < 0 || n + m > NET_LIST)
            return net_import_refuse(im, is_activity(x) ? "no layer of temper puts outputs side by side"
                                                        : "not a list of extents");
        memcpy(list + n, part, (size_t)m * sizeof *part);
        n += m;
    }
    net_import_list(im, list, n);
    return TEMPER_OK;
}

/* Rows of a matrix, chosen by the data: an embedding. */
static temper_status embedding(net_import *im, const net_value *table, net_value *x) {
    const int64_t *s = table->constant.shape;
    if (table->constant.dims != 2 || x->item != 0 || x->dims != 1 || net_import_int(im, "axis", 0) != 0)
        return net_import_refuse(
            im, "legal are rows of a matrix, chosen by the data: an embedding of [batch][tokens]");
    float *W = net_import_numbers(im, table);
    net_item *item = W ? net_import_add(im, x, (net_extent){s[1], 1, x->shape[0]}) : NULL;
    if (!item) return im->bad;
    snprintf(item->text, sizeof item->text, "embedding %lld %lld", (long long)s[0], (long long)s[1]);
    item->part[0] = W, item->length[0] = table->constant.count;
    net_value *y = net_import_out(im, 0);
    y->turned = true;
    net_import_shape(y, 2, x->shape[0], s[1], 0);
    return TEMPER_OK;
}

temper_status net_import_gather(net_import *im) {
    net_value *x = net_import_in(im, 0), *which = net_import_in(im, 1);
    int64_t list[NET_LIST], index[NET_LIST], out[NET_LIST];
    if (x && x->kind == NET_CONSTANT && is_activity(which)) return embedding(im, x, which);
    int n = x ? net_import_wholes(x, list) : -1, m = which ? net_import_wholes(which, index) : -1;
    if (n < 0 || m < 0)
        return net_import_refuse(im, "legal are extents of a shape, and an embedding of the data");
    for (int k = 0; k < m; k++) {
        int64_t at = index[k] < 0 ? index[k] + n : index[k];
        if (at < 0 || at >= n) return net_import_refuse(im, "extent %lld of %d", (long long)index[k], n);
        out[k] = list[at];
    }
    net_import_list(im, out, m);
    return TEMPER_OK;
}

temper_status net_import_turn_list(net_import *im, const net_value *x) {
    const int columns = x->columns ? x->columns : 1, rows = x->listed / columns;
    int64_t list[NET_LIST];
    for (int i = 0; i < x->listed; i++) list[i % columns * rows + i / columns] = x->list[i];
    net_import_list(im, list, x->listed);
    net_import_out(im, 0)->columns = x->columns ? rows : 0;
    return TEMPER_OK;
}

static temper_status slice_list(net_import *im, const net_value *x, int64_t begin, int64_t end) {
    if (begin < INT32_MIN || end < INT32_MIN) return net_import_refuse(im, "its range is out of all bounds");
    if (begin < 0) begin += x->listed;
    if (end < 0) end += x->listed;
    if (end > x->listed) end = x->listed;
    if (begin < 0 || begin > end)
        return net_import_refuse(im, "extents %lld ... %lld of %d", (long long)begin, (long long)end,
                                 x->listed);
    net_import_list(im, x->list + begin, (int)(end - begin));
    return TEMPER_OK;
}

/* Rows of a list, the other way round. */
static temper_status reverse_list(net_import *im, const net_value *x) {
    const int columns = x->columns ? x->columns : 1, rows = x->listed / columns;
    int64_t list[NET_LIST];
    for (int i = 0; i < x->listed; i++) list[(rows - 1 - i / columns) * columns + i % columns] = x->list[i];
    net_import_list(im, list, x->listed);
    net_import_out(im, 0)->columns = x->columns;
    return TEMPER_OK;
}

temper_status net_import_slice_list(net_import *im, const net_value *x) {
    int64_t begin[NET_LIST], end[NET_LIST], axis[NET_LIST], step[NET_LIST] = {1};
    if (net_import_ints(im, "starts", 1, begin) != 1 || net_import_ints(im, "ends", 2, end) != 1)
        return net_import_refuse(im, "its ranges are not readable");
    int a = net_import_ints(im, "axes", 3, axis), s = net_import_ints(im, "steps", 4, step);
    if (s == 1 && step[0] == -1 && begin[0] == -1 && end[0] < -x->listed && (a == 0 || axis[0] == 0))
        return reverse_list(im, x);
    if (x->columns || (s && step[0] != 1))
        return net_import_refuse(im, "legal of a list are some of its extents in a row");
    return slice_list(im, x, begin[0], end[0]);
}
