#include "data/tfevents.h"
#include <string.h>

enum { TAG_MAX = 200, ROOM = TAG_MAX + 64 };

uint32_t temper_crc32c(const void *data, size_t length) {
    const unsigned char *at = data;
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t k = 0; k < length; k++) {
        crc ^= at[k];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0x82F63B78u & (0u - (crc & 1)));
    }
    return ~crc;
}

typedef struct { /* a message that is being written */
    unsigned char byte[ROOM];
    size_t length;
} message;

static void put(message *m, const void *data, size_t length) {
    memcpy(m->byte + m->length, data, length);
    m->length += length;
}

static void put_fixed(message *m, uint64_t x, int bytes) {
    for (int k = 0; k < bytes; k++) m->byte[m->length++] = (unsigned char)(x >> 8 * k);
}

/* Seven bits a byte, the lowest first; the top bit says that more follow. */
static void put_varint(message *m, uint64_t x) {
    for (; x >= 0x80; x >>= 7) m->byte[m->length++] = (unsigned char)(x | 0x80);
    m->byte[m->length++] = (unsigned char)x;
}

enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 }; /* wire types of protocol buffers */
static void put_key(message *m, int field, int wire) { put_varint(m, (uint64_t)(field << 3 | wire)); }

static void put_bytes(message *m, int field, const void *data, size_t length) {
    put_key(m, field, BYTES);
    put_varint(m, length);
    put(m, data, length);
}

static void put_wall(message *m, double wall) {
    uint64_t bits;
    memcpy(&bits, &wall, sizeof bits);
    put_key(m, 1, FIXED64);
    put_fixed(m, bits, 8);
}

static uint32_t masked(const void *data, size_t length) {
    uint32_t crc = temper_crc32c(data, length);
    return (crc >> 15 | crc << 17) + 0xA282EAD8u;
}

static void append(temper_text *file, const message *event) {
    message head = {.length = 0}, tail = {.length = 0};
    put_fixed(&head, event->length, 8);
    put_fixed(&head, masked(head.byte, 8), 4);
    put_fixed(&tail, masked(event->byte, event->length), 4);
    temper_text_bytes(file, (const char *)head.byte, head.length);
    temper_text_bytes(file, (const char *)event->byte, event->length);
    temper_text_bytes(file, (const char *)tail.byte, tail.length);
}

void temper_tfevents_begin(temper_text *file, double wall) {
    static const char version[] = "brain.Event:2";
    message event = {.length = 0};
    put_wall(&event, wall);
    put_bytes(&event, 3, version, sizeof version - 1);
    append(file, &event);
}

void temper_tfevents_number(temper_text *file, const char *tag, int64_t step, double wall, double value) {
    message event = {.length = 0}, summary = {.length = 0}, entry = {.length = 0};
    size_t length = strlen(tag);
    float number = (float)value;
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    put_bytes(&entry, 1, tag, length < TAG_MAX ? length : TAG_MAX);
    put_key(&entry, 2, FIXED32);
    put_fixed(&entry, bits, 4);
    put_bytes(&summary, 1, entry.byte, entry.length);
    put_wall(&event, wall);
    put_key(&event, 2, VARINT);
    put_varint(&event, (uint64_t)step);
    put_bytes(&event, 5, summary.byte, summary.length);
    append(file, &event);
}
