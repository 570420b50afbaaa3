/* Tensors: a shape, a kind, and the numbers, either as raw bytes or as fields, packed or one by one. */
#include <string.h>
#include "data/onnx.h"

enum {
    DIMS = 1,
    KIND = 2,
    FLOATS = 4,
    INT32S = 5,
    INT64S = 7,
    NAME = 8,
    RAW = 9,
    DOUBLES = 10,
    ELSEWHERE = 14
};

/* Bytes of a number in raw data; 0: not read. */
static int size_of(int kind) {
    switch (kind) {
    case TEMPER_ONNX_F32:
    case TEMPER_ONNX_I32: return 4;
    case TEMPER_ONNX_F64:
    case TEMPER_ONNX_I64: return 8;
    case TEMPER_ONNX_F16:
    case TEMPER_ONNX_BF16: return 2;
    case TEMPER_ONNX_BOOL: return 1;
    default: return 0;
    }
}

/* The field that holds numbers of this kind; halves lie in the low bits of 32-bit numbers. */
static int field_of(int kind) {
    return kind == TEMPER_ONNX_F32   ? FLOATS
           : kind == TEMPER_ONNX_F64 ? DOUBLES
           : kind == TEMPER_ONNX_I64 ? INT64S
                                     : INT32S;
}

/* The numbers of a tensor one after another, as their bits. */
typedef struct {
    temper_wire message, packed, raw;
    int field, width; /* width: bytes of a fixed one in a row; 0: varints */
    int size;
} walk;

static walk walk_of(const temper_onnx_tensor *t) {
    walk w = {.message = t->message, .field = field_of(t->kind), .size = size_of(t->kind)};
    w.width = w.field == FLOATS ? 4 : w.field == DOUBLES ? 8 : 0;
    if (t->raw.at) w.raw = (temper_wire){t->raw.at, t->raw.at + t->raw.length};
    if (t->raw.at) w.message = (temper_wire){0};
    return w;
}

static bool bits(temper_wire *bytes, int size, uint64_t *x) {
    if (bytes->stop - bytes->at < size || bytes->at == bytes->stop) return false;
    *x = 0;
    for (int k = size - 1; k >= 0; k--) *x = *x << 8 | (unsigned char)bytes->at[k];
    bytes->at += size;
    return true;
}

static bool next(walk *w, uint64_t *x, bool *bad) {
    temper_wire_field f;
    if (w->raw.at) return bits(&w->raw, w->size, x);
    for (;;) {
        if (w->packed.at < w->packed.stop) {
            bool right = w->width ? bits(&w->packed, w->width, x) : temper_wire_varint(&w->packed, x);
            *bad |= !right;
            return right;
        }
        if (!temper_wire_next(&w->message, &f, bad)) return false;
        if (f.number != w->field) continue;
        if (f.kind != 2) return *x = f.value, true;
        w->packed = f.bytes;
    }
}

static temper_status expected(const char *name, const temper_onnx_tensor *t, const char *what) {
    char room[64];
    return temper_fail(TEMPER_BAD_DATA, "%s: tensor '%s': expected %s", name,
                       temper_onnx_spell(t->name, room), what);
}

static bool add_extent(temper_onnx_tensor *t, uint64_t extent) {
    if (t->dims == TEMPER_ONNX_DIMS || extent > INT64_MAX) return false;
    t->shape[t->dims++] = (int64_t)extent;
    return true;
}

static bool read_shape(temper_onnx_tensor *t, const temper_wire_field *f) {
    temper_wire row = f->bytes;
    uint64_t extent;
    if (f->kind == 0) return add_extent(t, f->value);
    while (f->kind == 2 && row.at < row.stop)
        if (!temper_wire_varint(&row, &extent) || !add_extent(t, extent)) return false;
    return f->kind == 2;
}

/* As many numbers as the shape says, which bounds the shape by the bytes that are there. */
static temper_status count_numbers(const char *name, const temper_onnx_tensor *t) {
    const int size = size_of(t->kind);
    int64_t n = 0;
    bool bad = false;
    if (!size) return TEMPER_OK; /* nobody can read it: it may not be needed */
    if (t->raw.at) {
        n = t->raw.length % (size_t)size ? -1 : (int64_t)(t->raw.length / (size_t)size);
    } else {
        uint64_t x;
        walk w = walk_of(t);
        while (next(&w, &x, &bad)) n++;
    }
    if (bad) return expected(name, t, "whole numbers in its fields");
    if (n == t->count) return TEMPER_OK;
    char room[64];
    return temper_fail(TEMPER_BAD_DATA, "%s: tensor '%s': its shape asks for %lld numbers, there are %lld%s",
                       name, temper_onnx_spell(t->name, room), (long long)t->count, n < 0 ? 0 : (long long)n,
                       n < 0 ? " and a part of one" : " (truncated file?)");
}

temper_status temper_onnx_tensor_view(temper_onnx_tensor *t, temper_bytes bytes) {
    temper_wire wire = {bytes.at, bytes.at + bytes.length};
    temper_wire_field f;
    bool bad = false, shape = true, outside = false;
    *t = (temper_onnx_tensor){.count = 1, .message = wire};
    while (temper_wire_next(&wire, &f, &bad)) {
        if (f.number == DIMS) shape = shape && read_shape(t, &f);
        if (f.number == KIND && f.kind == 0) t->kind = f.value < 1000 ? (int)f.value : 0;
        if (f.number == NAME && f.kind == 2)
            t->name = (temper_token){f.bytes.at, (size_t)(f.bytes.stop - f.bytes.at)};
        if (f.number == RAW && f.kind == 2)
            t->raw = (temper_token){f.bytes.at, (size_t)(f.bytes.stop - f.bytes.at)};
        if (f.number == ELSEWHERE && f.kind == 0) outside = f.value == 1;
    }
    if (bad) return expected(bytes.name, t, "fields up to its end (truncated file?)");
    if (!shape) return expected(bytes.name, t, "a shape of at most 8 whole numbers");
    if (outside)
        return expected(bytes.name, t,
                        "its numbers in this file, not in another one beside it (external data)");
    for (int k = 0; k < t->dims; k++) {
        if (t->shape[k] && t->count > INT64_MAX / 8 / t->shape[k])
            return expected(bytes.name, t, "a shape whose product is below 2^60");
        t->count *= t->shape[k];
    }
    return count_numbers(bytes.name, t);
}

static float float_of(uint64_t word) {
    uint32_t low = (uint32_t)word;
    float x;
    memcpy(&x, &low, sizeof x);
    return x;
}

static double double_of(uint64_t word) {
    double x;
    memcpy(&x, &word, sizeof x);
    return x;
}

/* IEEE binary16: 1 sign, 5 exponent, 10 mantissa bits; exact in float. */
static float half(uint64_t h) {
    uint64_t sign = (h >> 15 & 1) << 31, exponent = h >> 10 & 31, mantissa = h & 1023;
    if (exponent == 31) return float_of(sign | 0x7f800000 | mantissa << 13);
    if (exponent > 0) return float_of(sign | (exponent + 112) << 23 | mantissa << 13);
    float x = (float)mantissa / 16777216; /* subnormal: units of 2^-24 */
    return sign ? -x : x;
}

bool temper_onnx_floats(const temper_onnx_tensor *t, float *out) {
    walk w = walk_of(t);
    bool bad = false;
    uint64_t x;
    if (!w.size) return false;
    for (int64_t k = 0; k < t->count && next(&w, &x, &bad); k++) switch (t->kind) {
        case TEMPER_ONNX_F32: out[k] = float_of(x); break;
        case TEMPER_ONNX_F64: out[k] = (float)double_of(x); break;
        case TEMPER_ONNX_F16: out[k] = half(x); break;
        case TEMPER_ONNX_BF16: out[k] = float_of((x & 65535) << 16); break;
        case TEMPER_ONNX_I32: out[k] = (float)(int32_t)(uint32_t)x; break;
        case TEMPER_ONNX_BOOL: out[k] = (float)(x & 1); break;
        default: out[k] = (float)(int64_t)x;
        }
    return true;
}

int temper_onnx_ints(const temper_onnx_tensor *t, int64_t *out, int most) {
    walk w = walk_of(t);
    bool bad = false;
    uint64_t x;
    if ((t->kind != TEMPER_ONNX_I32 && t->kind != TEMPER_ONNX_I64) || t->count > most) return -1;
    for (int64_t k = 0; k < t->count && next(&w, &x, &bad); k++)
        out[k] = t->kind == TEMPER_ONNX_I32 ? (int64_t)(int32_t)(uint32_t)x : (int64_t)x;
    return (int)t->count;
}
