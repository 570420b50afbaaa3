/* Activities: outputs of layers to be, under the names and extents that they have in the file. */
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "network/network_import.h"

int64_t net_import_features(const net_value *value) {
    int64_t n = 1;
    for (int k = 0; k < value->dims; k++) n *= value->shape[k];
    return n;
}

net_item *net_import_item(const net_import *im, const net_value *value) { return &im->item[value->item]; }

void net_import_shape(net_value *value, int dims, int64_t a, int64_t b, int64_t c) {
    value->dims = dims;
    value->shape[0] = a, value->shape[1] = b, value->shape[2] = c;
}

/* Readers of an item are the layers after it alone, as long as nothing reads another name of it. */
static bool read_again(const net_value *value) { return value->uses > 1 || value->shared; }

static net_item *append(net_import *im, const net_value *value, net_extent shape) {
    const int64_t most = INT32_MAX;
    if (im->items == NET_ITEMS) {
        net_import_refuse(im, "there are more than %d layers", NET_ITEMS - 1);
        return NULL;
    }
    if (shape.channels < 1 || shape.height < 1 || shape.width < 1 || shape.channels > most ||
        shape.height > most / shape.channels || shape.width > most / shape.channels / shape.height) {
        net_import_refuse(im, "it gives %lld x %lld x %lld numbers; legal are 1 ... %lld together",
                          (long long)shape.channels, (long long)shape.height, (long long)shape.width,
                          (long long)most);
        return NULL;
    }
    net_item *item = &im->item[im->items++];
    *item = (net_item){.in = value->item, .other = -1, .shape = shape};
    return item;
}

net_item *net_import_add(net_import *im, const net_value *value, net_extent shape) {
    net_item *item = append(im, value, shape);
    net_value *out = net_import_out(im, 0);
    if (!item || !out) return item;
    out->kind = NET_ACTIVITY, out->item = im->items - 1;
    out->dims = value->dims, out->turned = value->turned, out->shared = false;
    memcpy(out->shape, value->shape, sizeof out->shape);
    return item;
}

net_value *net_import_alias(net_import *im, const net_value *value) {
    net_value *out = net_import_out(im, 0);
    const temper_token name = out->name;
    const int uses = out->uses, maker = out->maker;
    *out = *value;
    out->name = name, out->uses = uses, out->maker = maker;
    if (value->constant.raw.at == (const char *)&value->single)
        out->constant.raw.at = (const char *)&out->single; /* the number moves along */
    out->shared = read_again(value);
    return out;
}

static temper_status not_that(net_import *im, const net_value *value, const char *what) {
    char shape[160] = "";
    size_t n = 0;
    for (int k = 0; k < value->dims && n < sizeof shape; k++)
        n +=
            (size_t)snprintf(shape + n, sizeof shape - n, "%s%lld", k ? "x" : "", (long long)value->shape[k]);
    const net_item *item = net_import_item(im, value);
    return net_import_refuse(im, "its input is [batch]x%s (in temper %lldx%lldx%lld); legal is %s", shape,
                             (long long)item->shape.channels, (long long)item->shape.height,
                             (long long)item->shape.width, what);
}

static temper_status insert(net_import *im, net_value *value, net_extent shape, const char *text) {
    net_item *item = append(im, value, shape);
    if (!item) return im->bad;
    snprintf(item->text, sizeof item->text, "%s", text);
    value->item = im->items - 1, value->shared = false;
    return TEMPER_OK;
}

temper_status net_import_vector(net_import *im, net_value *value) {
    const net_extent *s = &net_import_item(im, value)->shape;
    if (value->dims > 1 || value->turned)
        return not_that(im, value, "a vector, [batch][features]; Flatten makes one");
    if (s->height == 1 && s->width == 1) return TEMPER_OK;
    return insert(im, value, (net_extent){net_import_features(value), 1, 1}, "flatten");
}

static bool untouched(const net_import *im) {
    for (int k = 1; k < im->items; k++)
        if (im->item[k].in == 0 || im->item[k].other == 0) return false;
    return true;
}

temper_status net_import_image(net_import *im, net_value *value) {
    net_extent *s = &net_import_item(im, value)->shape;
    if (value->dims != 3 || value->turned)
        return not_that(im, value, "an image, [batch][channels][height][width]");
    if (value->item == 0 && untouched(im))
        *s = (net_extent){value->shape[0], value->shape[1], value->shape[2]};
    if (s->channels == value->shape[0] && s->height == value->shape[1] && s->width == value->shape[2])
        return TEMPER_OK;
    return not_that(im, value, "an image that no Reshape has cut another way");
}

temper_status net_import_sequence(net_import *im, net_value *value) {
    const net_extent *s = &net_import_item(im, value)->shape;
    if (value->dims == 2 && value->turned && s->height == 1 && s->channels == value->shape[1] &&
        s->width == value->shape[0])
        return TEMPER_OK;
    return not_that(im, value,
                    "a sequence, [batch][tokens][features], as Transpose makes one of an image's pixels");
}

void net_import_columns(net_import *im, net_value *value) {
    if (value->item == 0 && untouched(im) && !value->turned)
        net_import_item(im, value)->shape = (net_extent){value->shape[0], 1, value->shape[1]};
}

/* Strides of a constant that is broadcast to the extents of a value: 0 along what it repeats. */
static bool broadcast(const temper_onnx_tensor *t, const net_value *value, int64_t stride[TEMPER_ONNX_DIMS]) {
    int64_t step = 1;
    if (t->dims > value->dims + 1) return false;
    for (int k = 0; k < value->dims; k++) stride[k] = 0;
    for (int k = t->dims - 1, to = value->dims - 1; k >= 0; k--, to--) {
        int64_t extent = to < 0 ? 1 : value->shape[to];
        if (t->shape[k] != extent && t->shape[k] != 1) return false;
        if (to >= 0) stride[to] = t->shape[k] == 1 ? 0 : step;
        step *= t->shape[k];
    }
    return true;
}

temper_status net_import_expand(net_import *im, const net_value *constant, const net_value *value,
                                float **out) {
    int64_t stride[TEMPER_ONNX_DIMS], place[TEMPER_ONNX_DIMS] = {0};
    const int64_t n = net_import_features(value);
    float *from = net_import_numbers(im, constant);
    *out = from ? net_import_floats(im, n) : NULL;
    if (!*out) return im->bad;
    if (!broadcast(&constant->constant, value, stride))
        return net_import_refuse(
            im, "the shape of its constant does not go with the other input; legal are extents that are "
                "equal or 1, and 1 for the batch");
    for (int64_t i = 0; i < n; i++) {
        int64_t at = 0, to = i;
        for (int k = 0; k < value->dims; k++) at += place[k] * stride[k];
        if (value->turned) to = place[1] * value->shape[0] + place[0];
        (*out)[to] = from[at];
        for (int k = value->dims - 1; k >= 0 && ++place[k] == value->shape[k]; k--) place[k] = 0;
    }
    return TEMPER_OK;
}
