/* Sums over all 2^n configurations of n ±1 units, in the order of a Gray code: one unit flips from each to the next. For machines of few
 * units; the way to check everything else. */
#ifndef TEMPER_CORE_SPIN_STATES_H
#define TEMPER_CORE_SPIN_STATES_H

#include <stdint.h>
#include "temper/status.h"

enum { TEMPER_SPIN_STATES_MAX = 30 };

typedef struct {
    int n; /* 1 … TEMPER_SPIN_STATES_MAX */
    void *context;
    void (*begin)(void *context, const int8_t *s);         /* computes what flips keep up to date */
    void (*flip)(void *context, const int8_t *s, int i);   /* s_i has just changed its sign */
    double (*log_weight)(void *context, const int8_t *s);  /* ln w(s) */
    void (*add)(void *context, const int8_t *s, double p); /* of the second pass: this s has probability p */
} temper_spin_states;

/* ln Σ_s w(s). Rounding of incremental sums does not grow: every 4096 states `begin` is called again. */
double temper_spin_states_sum(const temper_spin_states *states);
/* A second pass, that hands every s with its probability to `add`. */
void temper_spin_states_mean(const temper_spin_states *states, double log_z);

#endif
