/* The lowest energy seen by every read, and the configuration of the lowest of all. */
#ifndef TEMPER_RUN_BEST_H
#define TEMPER_RUN_BEST_H

#include "temper/chain.h"

typedef struct { /* start from {0} */
    int reads, n;
    double *energy; /* [reads] INFINITY before the first look */
    double lowest;
    int8_t *s; /* [n] */
} temper_best;

temper_status temper_best_begin(temper_best *best, int reads, int n);
void temper_best_clear(temper_best *best);
/* Chain k belongs to read k mod reads. */
void temper_best_look(temper_best *best, temper_chain *const *chains, int nchains);

#endif
