/* unit_law: one unit alone in a field x. Its weight is exp(x s) times the reference measure exp(−s²/2) where s is real; summed over
 * its values this gives ln z(x), whose slope is the mean ⟨s⟩. For potts units x and ⟨s⟩ have one component per state. */
#ifndef TEMPER_CORE_UNIT_LAW_H
#define TEMPER_CORE_UNIT_LAW_H

#include "temper/machine.h"

/* Σ ln z over n units of `states` components each, in index order; their means go to mean[n·states] unless it is NULL.
 * Relative error of each term below 4e-15, of means below
 * 3e-14 (potts: 1e-15 times the largest |x|). */
double temper_unit_law(temper_unit unit, int64_t n, int64_t states, const double *x, double *mean);

#endif
