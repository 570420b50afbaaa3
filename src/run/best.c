#include "run/best.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "temper/parallel.h"

temper_status temper_best_begin(temper_best *best, int reads, int n) {
    *best = (temper_best){.reads = reads, .n = n};
    best->energy = temper_alloc((size_t)reads, sizeof *best->energy);
    best->s = temper_alloc((size_t)reads * (size_t)n, 1);
    if (!best->energy || !best->s) return TEMPER_NO_MEMORY;
    for (int r = 0; r < reads; r++) best->energy[r] = INFINITY;
    return TEMPER_OK;
}

void temper_best_clear(temper_best *best) {
    temper_release(best->energy);
    temper_release(best->s);
    *best = (temper_best){0};
}

typedef struct {
    temper_best *best;
    temper_chain *const *chains;
    int share;
} look;

static temper_status look_at(void *context, int64_t r) {
    const look *l = context;
    temper_best *best = l->best;
    for (int64_t k = r * l->share; k < (r + 1) * l->share; k++)
        if (l->chains[k]->energy < best->energy[r]) {
            best->energy[r] = l->chains[k]->energy;
            memcpy(best->s + r * best->n, l->chains[k]->s, (size_t)best->n);
        }
    return TEMPER_OK;
}

temper_status temper_best_look(temper_best *best, temper_chain *const *chains, int nchains) {
    look l = {best, chains, nchains / best->reads};
    return temper_parallel(best->reads, look_at, &l);
}
