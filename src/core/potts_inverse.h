/* Direct coupling analysis: Potts couplings from rows at once, by the inverse of the covariances of states (mean field, Morcos et al. 2011) or by
 * regressions of every unit on the others (pseudo-likelihood, Ekeberg et al. 2013). */
#ifndef TEMPER_CORE_POTTS_INVERSE_H
#define TEMPER_CORE_POTTS_INVERSE_H

#include "temper/learn.h"

/* θ of a maxent with features=pairs of categories: frequencies mixed with a share `pseudocount` of fair, independent units,
 * J = −C^(−1) over the first q − 1 states (the last one has J = h = 0), fields of naive mean field, then the zero-sum gauge.
 * TEMPER_BAD_DATA where C has no inverse. Memory 3 (V(q−1))² doubles; cost rows·V²/2 + (V(q−1))³. Parallel. */
temper_status temper_potts_inverse(temper_machine *machine, const temper_rows_view *rows, double pseudocount);

/* θ of a maxent with features=pairs of categories: per unit the maximum of ⟨ln p(x_i | the others)⟩ − l2/2 |h_i, J_i|², to a slope of 1e-8 or `steps`
 * steps; couplings in the zero-sum gauge, the mean of what both units say. Memory V²q² floats and per thread 21 V q² doubles; cost about
 * steps·rows·V²·2q. Parallel over units. */
typedef struct {
    double l2;
    int64_t steps;
} temper_regression;
temper_status temper_potts_regress(temper_machine *machine, const temper_rows_view *rows,
                                   const temper_regression *how);

#endif
