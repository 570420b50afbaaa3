/* Event files read back by a reader of our own, written from the format's description; checksums by the published vectors. */
#include "data/tfevents.h"
#include "base/memory.h"
#include "check.h"

static void checksum(void) { /* RFC 3720, appendix B.4, and the check value of the CRC catalogue */
    unsigned char block[32];
    CHECK(temper_crc32c("123456789", 9) == 0xE3069283u, "%08x", temper_crc32c("123456789", 9));
    memset(block, 0, 32);
    CHECK(temper_crc32c(block, 32) == 0x8A9136AAu, "%08x", temper_crc32c(block, 32));
    memset(block, 0xFF, 32);
    CHECK(temper_crc32c(block, 32) == 0x62A8AB43u, "%08x", temper_crc32c(block, 32));
    for (int k = 0; k < 32; k++) block[k] = (unsigned char)k;
    CHECK(temper_crc32c(block, 32) == 0x46DD794Eu, "%08x", temper_crc32c(block, 32));
    CHECK(temper_crc32c("", 0) == 0, "of nothing");
}

typedef struct { /* an event as read */
    double wall;
    long long step;
    char version[32], tag[256];
    float value;
} event;

typedef struct {
    const unsigned char *at, *end;
    bool bad;
} cursor;

static uint64_t fixed(cursor *c, int bytes) {
    uint64_t x = 0;
    if (c->end - c->at < bytes) return c->bad = true, 0;
    for (int k = 0; k < bytes; k++) x |= (uint64_t)c->at[k] << 8 * k;
    c->at += bytes;
    return x;
}

static uint64_t varint(cursor *c) {
    uint64_t x = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        uint64_t byte = fixed(c, 1);
        x |= (byte & 0x7F) << shift;
        if (byte < 0x80) return x;
    }
    c->bad = true;
    return 0;
}

static cursor piece(cursor *c) {
    uint64_t length = varint(c);
    if (length > (uint64_t)(c->end - c->at)) c->bad = true, length = 0;
    cursor inner = {c->at, c->at + length, c->bad};
    c->at += length;
    return inner;
}

static void text_of(cursor inner, char *text, size_t size) {
    size_t length = (size_t)(inner.end - inner.at) < size - 1 ? (size_t)(inner.end - inner.at) : size - 1;
    memcpy(text, inner.at, length);
    text[length] = 0;
}

static void read_message(cursor c, event *e, int depth) { /* depth 0: event, 1: summary, 2: value */
    while (!c.bad && c.at < c.end) {
        uint64_t key = varint(&c), bits;
        int field = (int)(key >> 3), wire = (int)(key & 7);
        if (depth == 0 && field == 1 && wire == 1) {
            bits = fixed(&c, 8);
            memcpy(&e->wall, &bits, 8);
        } else if (depth == 0 && field == 2 && wire == 0) {
            e->step = (long long)varint(&c);
        } else if (depth == 0 && field == 3 && wire == 2) {
            text_of(piece(&c), e->version, sizeof e->version);
        } else if ((depth == 0 && field == 5 && wire == 2) || (depth == 1 && field == 1 && wire == 2)) {
            read_message(piece(&c), e, depth + 1);
        } else if (depth == 2 && field == 1 && wire == 2) {
            text_of(piece(&c), e->tag, sizeof e->tag);
        } else if (depth == 2 && field == 2 && wire == 5) {
            uint32_t half = (uint32_t)fixed(&c, 4);
            memcpy(&e->value, &half, 4);
        } else {
            c.bad = true;
        }
    }
    CHECK(!c.bad, "the message does not read");
}

static uint32_t unmask(uint32_t masked) {
    uint32_t turned = masked - 0xA282EAD8u;
    return turned >> 17 | turned << 15;
}

static bool next(cursor *c, event *e) {
    if (c->at == c->end) return false;
    const unsigned char *head = c->at;
    uint64_t length = fixed(c, 8);
    CHECK(unmask((uint32_t)fixed(c, 4)) == temper_crc32c(head, 8), "checksum of the length");
    CHECK(length <= (uint64_t)(c->end - c->at), "length %llu", (unsigned long long)length);
    if (check_bad) return false;
    *e = (event){0};
    read_message((cursor){c->at, c->at + length, false}, e, 0);
    const unsigned char *body = c->at;
    c->at += length;
    CHECK(unmask((uint32_t)fixed(c, 4)) == temper_crc32c(body, length), "checksum of the event");
    return !check_bad;
}

static void round_trip(void) {
    static const long long steps[] = {0, 1, 127, 128, 300, 1LL << 40};
    temper_text file = {0};
    event e;
    char tag[64];
    temper_tfevents_begin(&file, 1700000000.25);
    for (int k = 0; k < 6; k++) {
        snprintf(tag, sizeof tag, "validation/number_%d", k);
        temper_tfevents_number(&file, tag, steps[k], 1e9 + k, k == 3 ? -0.1 : 1.5 * k);
    }
    cursor c = {(unsigned char *)file.data, (unsigned char *)file.data + file.length, false};
    CHECK(next(&c, &e) && !strcmp(e.version, "brain.Event:2") && e.wall == 1700000000.25, "first: %s, %.17g",
          e.version, e.wall);
    for (int k = 0; k < 6; k++) {
        snprintf(tag, sizeof tag, "validation/number_%d", k);
        CHECK(next(&c, &e), "event %d", k);
        CHECK(e.step == steps[k] && e.wall == 1e9 + k && !strcmp(e.tag, tag), "event %d: %lld, %.17g, %s", k,
              e.step, e.wall, e.tag);
        CHECK(e.value == (k == 3 ? -0.1f : 1.5f * (float)k), "event %d: %g", k, (double)e.value);
    }
    CHECK(c.at == c.end, "something is left");
    temper_text_clear(&file);
}

static void long_tags(void) { /* cut, and the lengths of two bytes fit */
    char tag[600];
    event e;
    temper_text file = {0};
    memset(tag, 'x', sizeof tag - 1);
    tag[sizeof tag - 1] = 0;
    temper_tfevents_number(&file, tag, 1, 0, 2);
    cursor c = {(unsigned char *)file.data, (unsigned char *)file.data + file.length, false};
    CHECK(next(&c, &e) && strlen(e.tag) == 200 && e.value == 2, "%zu characters, %g", strlen(e.tag),
          (double)e.value);
    temper_text_clear(&file);
}

int main(void) {
    RUN(checksum);
    RUN(round_trip);
    RUN(long_tags);
    return check_end();
}
