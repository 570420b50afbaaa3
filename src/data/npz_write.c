/* Sections 4.3.7, 4.3.12 and 4.3.16 of PKWARE's APPNOTE 6.3; the npy header as in numpy/lib/format.py. The clock is left out: every
 * member carries the first moment that zip knows, so that equal weights give equal bytes. */
#include "data/npz_write.h"
#include <string.h>
#include "base/memory.h"
#include "data/array.h"

enum { VERSION = 20, STORED = 0, EPOCH = 1 << 5 | 1 }; /* 1 January 1980 */

static void little(temper_text *text, uint32_t x, int bytes) {
    for (int k = 0; k < bytes; k++) {
        char byte = (char)(x >> 8 * k & 255);
        temper_text_bytes(text, &byte, 1);
    }
}

/* Magic, version, length and a Python dictionary, blanks up to a multiple of 64 that ends with a newline. */
static void npy(temper_text *text, const temper_npz_array *array) {
    char shape[128];
    temper_text words = {0};
    size_t count = 1;
    for (int k = 0; k < array->dims; k++) {
        temper_text_add(&words, "%lld,%s", (long long)array->shape[k], k + 1 < array->dims ? " " : "");
        count *= (size_t)array->shape[k];
    }
    size_t length = words.length < sizeof shape ? words.length : sizeof shape - 1;
    if (words.data) memcpy(shape, words.data, length);
    if (array->dims > 1 && length) length--; /* (3, 4) but (3,) */
    text->failed |= words.failed;
    temper_text_clear(&words);
    temper_text head = {0};
    temper_text_add(&head, "{'descr': '<f4', 'fortran_order': False, 'shape': (%.*s), }", (int)length, shape);
    while ((10 + head.length + 1) % 64 && !head.failed) temper_text_add(&head, " ");
    temper_text_add(&head, "\n");
    temper_text_bytes(text, "\x93NUMPY\1\0", 8);
    little(text, (uint32_t)head.length, 2);
    temper_text_bytes(text, head.data, head.failed ? 0 : head.length);
    text->failed |= head.failed;
    temper_text_clear(&head);
    temper_text_bytes(text, (const char *)array->numbers, count * sizeof(float));
}

typedef struct {
    uint32_t crc, size, offset;
} member;

/* Fields that the local header and the directory share. */
static void shared_fields(temper_text *text, const member *m, const char *name) {
    little(text, VERSION, 2), little(text, 0, 2), little(text, STORED, 2), little(text, 0, 2),
        little(text, EPOCH, 2);
    little(text, m->crc, 4), little(text, m->size, 4), little(text, m->size, 4);
    little(text, (uint32_t)strlen(name) + 4, 2), little(text, 0, 2);
}

static void add_member(temper_text *zip, const temper_npz_array *array, member *m) {
    temper_text body = {0};
    npy(&body, array);
    m->offset = (uint32_t)zip->length;
    m->size = (uint32_t)body.length;
    m->crc = body.failed ? 0 : temper_crc32(body.data, body.length);
    temper_text_bytes(zip, "PK\3\4", 4);
    shared_fields(zip, m, array->name);
    temper_text_add(zip, "%s.npy", array->name);
    if (!body.failed) temper_text_bytes(zip, body.data, body.length);
    zip->failed |= body.failed;
    temper_text_clear(&body);
}

static void add_directory(temper_text *zip, const temper_npz_array *array, const member *m, int n) {
    size_t start = zip->length;
    for (int k = 0; k < n; k++) {
        temper_text_bytes(zip, "PK\1\2", 4), little(zip, VERSION, 2);
        shared_fields(zip, &m[k], array[k].name);
        little(zip, 0, 2), little(zip, 0, 2), little(zip, 0, 2),
            little(zip, 0, 4); /* comment, disk, attributes */
        little(zip, m[k].offset, 4);
        temper_text_add(zip, "%s.npy", array[k].name);
    }
    uint32_t size = (uint32_t)(zip->length - start);
    temper_text_bytes(zip, "PK\5\6", 4);
    little(zip, 0, 4), little(zip, (uint32_t)n, 2), little(zip, (uint32_t)n, 2);
    little(zip, size, 4), little(zip, (uint32_t)start, 4), little(zip, 0, 2);
}

temper_status temper_npz_write(const char *path, const temper_npz_array *array, int n) {
    uint64_t bytes = 0;
    for (int k = 0; k < n; k++) {
        uint64_t count = 1;
        for (int i = 0; i < array[k].dims; i++) count *= (uint64_t)array[k].shape[i];
        bytes += 4 * count + 1024;
    }
    if (n > 65534 || bytes > UINT32_MAX)
        return temper_fail(TEMPER_CANNOT,
                           "%s: %d arrays of %llu bytes; an npz file has up to 65534, of 4 GiB together",
                           path, n, (unsigned long long)bytes);
    member *m = temper_alloc((size_t)n, sizeof *m);
    if (!m) return TEMPER_NO_MEMORY;
    temper_text zip = {0};
    for (int k = 0; k < n; k++) add_member(&zip, &array[k], &m[k]);
    add_directory(&zip, array, m, n);
    temper_release(m);
    temper_status bad = zip.failed ? TEMPER_NO_MEMORY : temper_write_file(path, zip.data, zip.length);
    temper_text_clear(&zip);
    return bad;
}
