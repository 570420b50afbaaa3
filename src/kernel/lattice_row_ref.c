#include "kernel/lattice_site.h"

int temper_lattice_row_ref(int8_t *row, const int8_t *up, const int8_t *down, int width, int first,
                           const uint32_t *words, const uint32_t flip[2][5], uint32_t always) {
    for (int x = first; x < width; x += 2)
        if (!lattice_site(row, up, down, width, x, words, flip, always)) return x;
    return -1;
}
