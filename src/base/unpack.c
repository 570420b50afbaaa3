/* Files that may be packed with gzip. */
#include <string.h>
#include "base/lines.h"
#include "base/memory.h"
#include "base/text.h"
#ifdef TEMPER_ZLIB
#include <zlib.h>

static void *give(void *unused, unsigned count, unsigned size) {
    (void)unused;
    return temper_alloc(count, size);
}

static void take(void *unused, void *block) {
    (void)unused;
    temper_release(block);
}

/* Inflates member after member (gzip files may be concatenated) and appends to `text`. */
static temper_status inflate_all(z_stream *z, const char *path, size_t limit, temper_text *text) {
    unsigned char block[65536];
    for (;;) {
        z->next_out = block, z->avail_out = sizeof block;
        int state = inflate(z, Z_NO_FLUSH);
        size_t count = sizeof block - z->avail_out;
        if (count > limit - text->length)
            return temper_fail(TEMPER_BAD_DATA, "%s: unpacks to more than the limit of %zu bytes", path,
                               limit);
        temper_text_bytes(text, (const char *)block, count);
        if (text->failed || state == Z_MEM_ERROR) return TEMPER_NO_MEMORY;
        if (state == Z_STREAM_END) {
            if (z->avail_in == 0) return TEMPER_OK;
            if (inflateReset(z) != Z_OK) return TEMPER_BAD_DATA;
        } else if (state == Z_BUF_ERROR || (state == Z_OK && z->avail_in == 0 && z->avail_out > 0)) {
            return temper_fail(TEMPER_BAD_DATA, "%s: the compressed data ends too early (truncated file?)",
                               path);
        } else if (state != Z_OK) {
            return temper_fail(TEMPER_BAD_DATA, "%s: damaged gzip data: %s", path,
                               z->msg ? z->msg : "no reason");
        }
    }
}

static temper_status unpack(const char *path, size_t limit, char **data, size_t *length) {
    if (*length > UINT32_MAX)
        return temper_fail(TEMPER_BAD_DATA, "%s: compressed files may have at most 4 GB", path);
    z_stream z = {
        .zalloc = give, .zfree = take, .next_in = (unsigned char *)*data, .avail_in = (unsigned)*length};
    if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) /* 16: with a gzip head */
        return temper_fail(TEMPER_NO_MEMORY, "%s: no room to unpack it", path);
    temper_text text = {0};
    temper_status bad = inflate_all(&z, path, limit, &text);
    inflateEnd(&z);
    if (bad) {
        temper_text_clear(&text);
        return bad;
    }
    size_t count = text.length;
    char *unpacked = temper_text_take(&text);
    if (!unpacked) return TEMPER_NO_MEMORY;
    temper_release(*data);
    *data = unpacked, *length = count;
    return TEMPER_OK;
}
#else
static temper_status unpack(const char *path, size_t limit, char **data, size_t *length) {
    (void)limit, (void)data, (void)length;
    return temper_fail(TEMPER_CANNOT, "%s: is packed with gzip, and this temper was built without zlib",
                       path);
}
#endif

temper_status temper_read_unpacked(const char *path, size_t limit, char **data, size_t *length) {
    temper_status bad = temper_read_file(path, limit, data, length);
    if (!bad && *length >= 2 && !memcmp(*data, "\x1f\x8b", 2)) {
        bad = unpack(path, limit, data, length);
        if (bad) {
            temper_release(*data);
            *data = NULL, *length = 0;
        }
    }
    return bad;
}
