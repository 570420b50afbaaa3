#include "run/best.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"

temper_status temper_best_begin(temper_best *best, int reads, int n) {
    *best = (temper_best){.reads = reads, .n = n, .lowest = INFINITY};
    best->energy = temper_alloc((size_t)reads, sizeof *best->energy);
    best->s = temper_alloc((size_t)n, 1);
    if (!best->energy || !best->s) return TEMPER_NO_MEMORY;
    for (int r = 0; r < reads; r++) best->energy[r] = INFINITY;
    return TEMPER_OK;
}

void temper_best_clear(temper_best *best) {
    temper_release(best->energy);
    temper_release(best->s);
    *best = (temper_best){0};
}

void temper_best_look(temper_best *best, temper_chain *const *chains, int nchains) {
    int at = -1;
    for (int k = 0; k < nchains; k++) {
        double E = chains[k]->energy, *seen = &best->energy[k % best->reads];
        if (E < *seen) *seen = E;
        if (E < best->lowest) best->lowest = E, at = k;
    }
    if (at >= 0) memcpy(best->s, chains[at]->s, (size_t)best->n);
}
