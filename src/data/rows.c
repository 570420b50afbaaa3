#include "data/rows.h"
#include <string.h>
#include "base/memory.h"

static const size_t FILE_LIMIT = (size_t)1 << 30;
enum { IDX_UBYTE = 8, IDX_EXTENTS = 4 };

static int64_t big_endian(const unsigned char *p) {
    return (int64_t)p[0] << 24 | (int64_t)p[1] << 16 | (int64_t)p[2] << 8 | (int64_t)p[3];
}

static temper_status parse_idx(temper_rows *rows, temper_lines *lines, int64_t most) {
    const unsigned char *bytes = (const unsigned char *)lines->next;
    size_t length = (size_t)(lines->end - lines->next);
    int extents = bytes[3];
    if (bytes[2] != IDX_UBYTE)
        return temper_lines_fail(lines, "expected an IDX file of unsigned bytes (type 8), found type %d",
                                 bytes[2]);
    if (extents < 1 || extents > IDX_EXTENTS || length < 4 + 4 * (size_t)extents)
        return temper_lines_fail(lines, "expected an IDX header of 1 to %d extents, found %d in %zu bytes",
                                 IDX_EXTENTS, extents, length);
    int64_t count = big_endian(bytes + 4), cols = 1, head = 4 + 4 * extents, held = (int64_t)length - head;
    /* Invariant: cols ≤ 2^30, so no product overflows. */
    for (int k = 1; k < extents && cols >= 0; k++) {
        cols *= big_endian(bytes + 4 + 4 * k);
        if (cols > 1 << 30) cols = -1;
    }
    if (count < 1 || cols < 1)
        return temper_lines_fail(lines,
                                 "expected an IDX header with extents of at least 1, and rows of at most "
                                 "2^30 numbers");
    if (cols * count != held)
        return temper_lines_fail(lines, "expected %lld x %lld bytes after the header, found %lld%s",
                                 (long long)count, (long long)cols, (long long)held,
                                 held < cols * count ? " (truncated file?)" : "");
    rows->rows = count < most ? count : most;
    rows->cols = cols;
    rows->x = temper_alloc((size_t)rows->rows * (size_t)cols, sizeof *rows->x);
    if (!rows->x) return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < rows->rows * cols; k++) rows->x[k] = bytes[head + k];
    return TEMPER_OK;
}

static temper_status append(temper_rows *rows, int64_t *used, int64_t *room, double x) {
    if (*used == *room) {
        int64_t more = *room ? 2 * *room : 1024;
        double *grown = temper_regrow(rows->x, (size_t)*used, (size_t)more, sizeof *grown);
        if (!grown) return TEMPER_NO_MEMORY;
        rows->x = grown;
        *room = more;
    }
    rows->x[(*used)++] = x;
    return TEMPER_OK;
}

/* The number at the front of what is left of a word, up to its comma. */
static temper_token front(temper_token *rest) {
    const char *comma = memchr(rest->at, ',', rest->length);
    temper_token word = {rest->at, comma ? (size_t)(comma - rest->at) : rest->length};
    size_t gone = word.length + (comma != NULL);
    rest->at += gone;
    rest->length -= gone;
    return word;
}

/* One line. A comma ends a number and wants another one; blanks alone separate as well. */
static temper_status parse_line(temper_rows *rows, temper_lines *lines, int64_t *used, int64_t *room) {
    temper_token rest;
    bool wanting = false, fresh = true; /* after a comma; no number since the last comma */
    while (temper_lines_word(lines, &rest)) {
        while (rest.length > 0) {
            bool comma = rest.at[0] == ',';
            if (comma && fresh)
                return temper_lines_fail(lines, "expected a number in front of the comma, found none");
            temper_token word = front(&rest);
            double x;
            wanting = word.at + word.length < lines->stop && word.at[word.length] == ',';
            fresh = wanting;
            if (comma) continue;
            temper_status bad = temper_lines_real(lines, word, "number", &x);
            if (!bad) bad = append(rows, used, room, x);
            if (bad) return bad;
        }
    }
    return wanting ? temper_lines_fail(lines, "expected a number after the last comma, found none")
                   : TEMPER_OK;
}

static temper_status parse_text(temper_rows *rows, temper_lines *lines, int64_t most) {
    int64_t used = 0, room = 0;
    while (rows->rows < most && temper_lines_next(lines)) {
        int64_t before = used;
        temper_status bad = parse_line(rows, lines, &used, &room);
        if (bad) return bad;
        if (rows->rows++ == 0) rows->cols = used;
        if (used - before != rows->cols)
            return temper_lines_fail(lines, "expected %lld numbers as in the first row, found %lld",
                                     (long long)rows->cols, (long long)(used - before));
    }
    return rows->rows ? TEMPER_OK : temper_lines_fail(lines, "expected rows of numbers, found none");
}

temper_status temper_rows_parse(temper_rows *rows, const char *name, const char *bytes, size_t length,
                                int64_t most) {
    temper_lines lines;
    *rows = (temper_rows){0};
    temper_lines_begin(&lines, name, bytes, length);
    bool idx = length >= 4 && bytes[0] == 0 && bytes[1] == 0;
    temper_status bad = idx ? parse_idx(rows, &lines, most) : parse_text(rows, &lines, most);
    if (bad) temper_rows_clear(rows);
    return bad;
}

temper_status temper_rows_read(temper_rows *rows, const char *path, int64_t most) {
    char *bytes;
    size_t length;
    *rows = (temper_rows){0};
    temper_status bad = temper_read_unpacked(path, FILE_LIMIT, &bytes, &length);
    if (bad) return bad;
    bad = temper_rows_parse(rows, path, bytes, length, most);
    temper_release(bytes);
    return bad;
}

void temper_rows_clear(temper_rows *rows) {
    temper_release(rows->x);
    *rows = (temper_rows){0};
}
