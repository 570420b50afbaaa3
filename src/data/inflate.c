/* Packed bytes in memory: gzip, and the raw deflate streams of zip archives. */
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "data/samples.h"
#ifdef TEMPER_ZLIB
#include <zlib.h>

static const size_t UNPACKED_LIMIT = (size_t)1 << 31;

static void *give(void *unused, unsigned count, unsigned size) {
    (void)unused;
    return temper_alloc(count, size);
}

static void take(void *unused, void *block) {
    (void)unused;
    temper_release(block);
}

static temper_status damaged(temper_bytes packed, const z_stream *z, int state) {
    if (state == Z_MEM_ERROR) return temper_fail(TEMPER_NO_MEMORY, "%s: no room to unpack it", packed.name);
    if (state == Z_OK || state == Z_BUF_ERROR)
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: byte %zu: expected more compressed data, found the end (truncated file?)",
                           packed.name, packed.length);
    return temper_fail(TEMPER_BAD_DATA, "%s: byte %lu: expected compressed data, found damage: %s",
                       packed.name, z->total_in, z->msg ? z->msg : "no reason");
}

/* Member after member, since gzip files may be concatenated. */
static temper_status unpack(z_stream *z, temper_bytes packed, temper_text *text) {
    unsigned char block[65536];
    for (;;) {
        z->next_out = block, z->avail_out = sizeof block;
        int state = inflate(z, Z_NO_FLUSH);
        size_t count = sizeof block - z->avail_out;
        if (count > UNPACKED_LIMIT - text->length)
            return temper_fail(TEMPER_BAD_DATA, "%s: expected at most 2 GiB unpacked, found more",
                               packed.name);
        temper_text_bytes(text, (const char *)block, count);
        if (text->failed) return TEMPER_NO_MEMORY;
        if (state == Z_STREAM_END && z->avail_in == 0) return TEMPER_OK;
        if (state == Z_STREAM_END) state = inflateReset(z);
        if (state != Z_OK) return damaged(packed, z, state);
    }
}

/* `window` as inflateInit2 wants it. The length fits: no file is longer than 2 GiB. */
static temper_status begin(z_stream *z, temper_bytes packed, int window) {
    *z = (z_stream){.zalloc = give, .zfree = take, .avail_in = (unsigned)packed.length};
    z->next_in = (unsigned char *)packed.at;
    int state = inflateInit2(z, window);
    return state == Z_OK ? TEMPER_OK : damaged(packed, z, state);
}

temper_status temper_gunzip(temper_bytes packed, char **data, size_t *length) {
    z_stream z;
    temper_text text = {0};
    *data = NULL;
    if (packed.length < 2 || memcmp(packed.at, "\x1f\x8b", 2)) return TEMPER_OK;
    temper_status bad = begin(&z, packed, 16 + MAX_WBITS); /* 16: with a gzip head */
    if (bad) return bad;
    bad = unpack(&z, packed, &text);
    inflateEnd(&z);
    *length = text.length;
    if (bad)
        temper_text_clear(&text);
    else if (!(*data = temper_text_take(&text)))
        bad = TEMPER_NO_MEMORY;
    return bad;
}

temper_status temper_inflate(temper_bytes packed, char *data, size_t length) {
    z_stream z;
    temper_status bad = begin(&z, packed, -MAX_WBITS);
    if (bad) return bad;
    z.next_out = (unsigned char *)data, z.avail_out = (unsigned)length;
    int state = inflate(&z, Z_FINISH);
    if (state != Z_STREAM_END || z.avail_out > 0 || z.avail_in > 0)
        bad = state == Z_STREAM_END || z.avail_out == 0
                  ? temper_fail(TEMPER_BAD_DATA,
                                "%s: expected exactly %zu bytes unpacked from %zu, found others", packed.name,
                                length, packed.length)
                  : damaged(packed, &z, state);
    inflateEnd(&z);
    return bad;
}
#else
temper_status temper_gunzip(temper_bytes packed, char **data, size_t *length) {
    (void)length;
    *data = NULL;
    if (packed.length < 2 || memcmp(packed.at, "\x1f\x8b", 2)) return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT, "%s: is packed with gzip, and this temper was built without zlib",
                       packed.name);
}

temper_status temper_inflate(temper_bytes packed, char *data, size_t length) {
    (void)data, (void)length;
    return temper_fail(TEMPER_CANNOT,
                       "%s: is deflated, and this temper was built without zlib; numpy.savez without "
                       "'_compressed' stores instead",
                       packed.name);
}
#endif
