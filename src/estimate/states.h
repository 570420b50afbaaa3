/* MBAR for any K states, not only those of one energy at several temperatures (temper_mbar, temper/estimate.h): samples x_n drawn in state k, and the log of
 * the unnormalised weight of every sample in every state (Shirts and Chodera, J. Chem. Phys. 129, 124105 (2008)). */
#ifndef TEMPER_ESTIMATE_STATES_H
#define TEMPER_ESTIMATE_STATES_H

#include <stdint.h>
#include "temper/status.h"

typedef struct {
    int K;
    const int64_t *n;           /* [K] samples of each state, ≥ 1, in this order in log_q */
    const double *inefficiency; /* [K] 2 tau of each: a sample counts as 1/(2 tau) of one; NULL: 1 */
    const double *log_q;        /* [Σ n][K] ln of the weight of a sample in a state, finite */
} temper_states;

/* log_z[K]: ln Z_k − ln Z_0; error[K]: one standard error of it, infinity where the states don't overlap. Cost O(Σn K²) a
 * turn, some ten turns. */
temper_status temper_states_solve(const temper_states *states, double *log_z, double *error);

#endif
