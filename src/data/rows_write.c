#include "data/rows_write.h"
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"

static bool ends_with(const char *path, const char *end) {
    size_t length = strlen(path), tail = strlen(end);
    return length > tail && !strcmp(path + length - tail, end);
}

/* Magic, version, length of the header; the header ends with a newline at a multiple of 64 bytes. */
static void npy_head(int64_t rows, int64_t columns, temper_text *text) {
    char head[128];
    int n =
        snprintf(head, sizeof head - 12, "{'descr': '<f4', 'fortran_order': False, 'shape': (%lld, %lld), }",
                 (long long)rows, (long long)columns);
    const char magic[10] = {'\x93', 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0};
    temper_text_bytes(text, magic, 10);
    memset(head + n, ' ', 118 - (size_t)n);
    head[117] = '\n';
    temper_text_bytes(text, head, 118);
}

temper_status temper_rows_path(const char *path) {
    if (ends_with(path, ".npy") || ends_with(path, ".csv")) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_OPTION, "%s: rows are written to a path that ends in .npy or .csv", path);
}

temper_status temper_rows_write(const char *path, const float *x, int64_t rows, int64_t columns) {
    temper_text text = {0};
    temper_status legal = temper_rows_path(path);
    if (legal) return legal;
    if (ends_with(path, ".npy")) {
        npy_head(rows, columns, &text);
        temper_text_bytes(&text, (const char *)(const void *)x, (size_t)(rows * columns) * sizeof *x);
    } else {
        for (int64_t i = 0; i < rows && !text.failed; i++)
            for (int64_t j = 0; j < columns; j++)
                temper_text_add(&text, "%.9g%c", (double)x[i * columns + j], j + 1 < columns ? ',' : '\n');
    }
    temper_status bad = text.failed ? TEMPER_NO_MEMORY : temper_write_file(path, text.data, text.length);
    temper_text_clear(&text);
    return bad;
}
