/* npy, NumPy's format of one array: "\x93NUMPY", version, length of the header, and a header that is a Python dictionary
 *
 *     {'descr': '<f4', 'fortran_order': False, 'shape': (60000, 784), }
 *
 * of exactly these three keys in any order; nothing else of Python is understood. */
#include <string.h>
#include "data/array.h"

typedef struct { /* a place in the header */
    const char *name, *start, *at, *stop;
} scan;

static temper_status expected(const scan *s, const char *what) {
    return temper_fail(TEMPER_BAD_DATA, "%s: byte %lld: expected %s in the npy header", s->name,
                       (long long)(s->at - s->start), what);
}

static void blanks(scan *s) {
    while (s->at < s->stop && (*s->at == ' ' || *s->at == '\n')) s->at++;
}

/* Is `word` next? Then it is passed. */
static bool next(scan *s, const char *word) {
    size_t length = strlen(word);
    blanks(s);
    if ((size_t)(s->stop - s->at) < length || memcmp(s->at, word, length)) return false;
    s->at += length;
    return true;
}

static temper_status read_type(scan *s, temper_array *array) {
    static const struct {
        const char *descr;
        temper_number type;
    } known[] = {{"'|u1'", TEMPER_U1}, {"'|i1'", TEMPER_I1}, {"'|b1'", TEMPER_B1}, {"'<i2'", TEMPER_I2},
                 {"'<i4'", TEMPER_I4}, {"'<i8'", TEMPER_I8}, {"'<f4'", TEMPER_F4}, {"'<f8'", TEMPER_F8}};
    for (int k = 0; k < 8; k++)
        if (next(s, known[k].descr)) {
            array->type = known[k].type;
            return TEMPER_OK;
        }
    return expected(s, "one of the types |u1 |i1 |b1 <i2 <i4 <i8 <f4 <f8");
}

static temper_status read_order(scan *s, bool *fortran) {
    *fortran = next(s, "True");
    return *fortran || next(s, "False") ? TEMPER_OK : expected(s, "True or False");
}

static temper_status read_shape(scan *s, temper_array *array) {
    if (!next(s, "(")) return expected(s, "a shape, '('");
    while (!next(s, ")")) {
        int64_t extent = 0;
        const char *digits = s->at;
        while (s->at < s->stop && *s->at >= '0' && *s->at <= '9' && s->at - digits < 15)
            extent = 10 * extent + (*s->at++ - '0');
        if (s->at == digits) return expected(s, "a whole number");
        if (array->rank == TEMPER_RANK_MAX) return expected(s, "a shape of 1 to 4 extents");
        array->extent[array->rank++] = extent;
        if (next(s, ")")) break;
        if (!next(s, ",")) return expected(s, "',' or ')'");
    }
    return array->rank ? TEMPER_OK : expected(s, "a shape of 1 to 4 extents");
}

static temper_status read_header(scan *s, temper_array *array) {
    static const char *const keys[] = {"'descr'", "'fortran_order'", "'shape'"};
    bool seen[3] = {false}, fortran = false;
    if (!next(s, "{")) return expected(s, "'{'");
    while (!next(s, "}")) {
        int key = 0;
        while (key < 3 && !next(s, keys[key])) key++;
        if (key == 3 || seen[key]) return expected(s, "each of 'descr', 'fortran_order' and 'shape' once");
        seen[key] = true;
        if (!next(s, ":")) return expected(s, "':'");
        temper_status bad = key == 0   ? read_type(s, array)
                            : key == 1 ? read_order(s, &fortran)
                                       : read_shape(s, array);
        if (bad) return bad;
        if (next(s, "}")) break;
        if (!next(s, ",")) return expected(s, "',' or '}'");
    }
    blanks(s);
    if (s->at < s->stop) return expected(s, "nothing behind '}'");
    if (!seen[0] || !seen[1] || !seen[2])
        return expected(s, "each of 'descr', 'fortran_order' and 'shape' once");
    if (fortran && array->rank > 1)
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: expected an array in C order, found one in Fortran order; "
                           "numpy.ascontiguousarray changes that",
                           s->name);
    return TEMPER_OK;
}

temper_status temper_npy_view(temper_array *array, temper_bytes bytes) {
    const unsigned char *head = (const unsigned char *)bytes.at;
    *array = (temper_array){.name = bytes.name};
    if (bytes.length < 12 || memcmp(head, "\x93NUMPY", 6) || head[6] < 1 || head[6] > 3 || head[7] != 0)
        return temper_fail(TEMPER_BAD_DATA, "%s: byte 0: expected \\x93NUMPY and a version 1.0, 2.0 or 3.0",
                           bytes.name);
    size_t start = head[6] == 1 ? 10 : 12, size = head[8] | (size_t)head[9] << 8;
    if (start == 12) size |= (size_t)head[10] << 16 | (size_t)head[11] << 24;
    if (size > bytes.length - start)
        return temper_fail(TEMPER_BAD_DATA,
                           "%s: byte 8: expected a header of %zu bytes, found %zu (truncated file?)",
                           bytes.name, size, bytes.length - start);
    scan s = {bytes.name, bytes.at, bytes.at + start, bytes.at + start + size};
    temper_status bad = read_header(&s, array);
    if (bad) return bad;
    array->at = head + start + size;
    return temper_array_fit(array, bytes.length - start - size);
}
