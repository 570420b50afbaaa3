/* Fields of Protocol Buffers messages: https://protobuf.dev/programming-guides/encoding. */
#include <string.h>
#include "data/onnx.h"

bool temper_wire_varint(temper_wire *wire, uint64_t *value) {
    *value = 0;
    for (int shift = 0; shift < 70 && wire->at < wire->stop; shift += 7) {
        uint64_t byte = (unsigned char)*wire->at++;
        if (shift == 63 && byte > 1) return false; /* more than 64 bits */
        *value |= (byte & 127) << shift;
        if (byte < 128) return true;
    }
    return false;
}

static bool fixed(temper_wire *wire, int bytes, uint64_t *value) {
    if (wire->stop - wire->at < bytes) return false;
    *value = 0;
    for (int k = bytes - 1; k >= 0; k--) *value = *value << 8 | (unsigned char)wire->at[k];
    wire->at += bytes;
    return true;
}

static bool take(temper_wire *wire, temper_wire_field *field) {
    uint64_t tag, length;
    if (!temper_wire_varint(wire, &tag) || tag >> 3 == 0 || tag >> 3 > 536870911) return false;
    *field = (temper_wire_field){.number = (int)(tag >> 3), .kind = (int)(tag & 7)};
    if (field->kind == 0) return temper_wire_varint(wire, &field->value);
    if (field->kind == 1) return fixed(wire, 8, &field->value);
    if (field->kind == 5) return fixed(wire, 4, &field->value);
    if (field->kind != 2 || !temper_wire_varint(wire, &length)) return false; /* groups are of the past */
    if (length > (uint64_t)(wire->stop - wire->at)) return false;
    field->bytes = (temper_wire){wire->at, wire->at + length};
    wire->at += length;
    return true;
}

bool temper_wire_next(temper_wire *wire, temper_wire_field *field, bool *bad) {
    if (wire->at == wire->stop) return false;
    const char *begin = wire->at;
    if (take(wire, field)) return true;
    wire->at = begin; /* for the sentence */
    *bad = true;
    return false;
}
