/* Exact integer sums over ±1 sites, fast enough to be taken after every sweep. */
#ifndef TEMPER_NUM_SPINS_H
#define TEMPER_NUM_SPINS_H

#include <stdint.h>

int64_t temper_spins_sum(const int8_t *a, int64_t n);                  /* Σ a_i */
int64_t temper_spins_dot(const int8_t *a, const int8_t *b, int64_t n); /* Σ a_i b_i */

#endif
