/* One site of lattice_row: the reference itself, and what the vector kernels do at the edges of a row. */
#ifndef TEMPER_KERNEL_LATTICE_SITE_H
#define TEMPER_KERNEL_LATTICE_SITE_H

#include <stdbool.h>
#include "kernel/levels.h"

/* False, and the site is untouched, when its word equals its threshold. */
static inline bool lattice_site(int8_t *row, const int8_t *up, const int8_t *down, int width, int x,
                                const uint32_t *words, const uint32_t flip[2][5], uint32_t always) {
    int left = row[x ? x - 1 : width - 1], right = row[x + 1 < width ? x + 1 : 0];
    int s = row[x] > 0, m = (left > 0) + (right > 0) + (up[x] > 0) + (down[x] > 0);
    bool sure = always >> (2 * m + s) & 1;
    if (!sure && words[x] == flip[s][m]) return false;
    if (sure || words[x] < flip[s][m]) row[x] = (int8_t)-row[x];
    return true;
}

#endif
