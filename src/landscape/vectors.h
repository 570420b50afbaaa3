/* Long vectors: sums in chunks of 4096, then over chunks, so that the bits depend on the length alone. */
#ifndef TEMPER_LANDSCAPE_VECTORS_H
#define TEMPER_LANDSCAPE_VECTORS_H

#include <stdint.h>

static inline double temper_inner(int64_t n, const double *a, const double *b) {
    enum { CHUNK = 4096, WIDE = 8 };
    double total = 0;
    for (int64_t from = 0; from < n; from += CHUNK) {
        int64_t m = n - from < CHUNK ? n - from : CHUNK, i = 0;
        double lane[WIDE] = {0}, sum = 0;
        for (; i + WIDE <= m; i += WIDE)
            for (int j = 0; j < WIDE; j++) lane[j] += a[from + i + j] * b[from + i + j];
        for (int j = 0; i < m; i++, j++) lane[j] += a[from + i] * b[from + i];
        for (int j = 0; j < WIDE; j++) sum += lane[j];
        total += sum;
    }
    return total;
}

#endif
