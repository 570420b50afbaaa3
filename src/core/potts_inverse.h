/* Mean-field direct coupling analysis: Potts couplings from the inverse of the covariances of states (Morcos et al. 2011). */
#ifndef TEMPER_CORE_POTTS_INVERSE_H
#define TEMPER_CORE_POTTS_INVERSE_H

#include "temper/learn.h"

/* θ of a maxent with features=pairs of categories: frequencies mixed with a share `pseudocount` of fair, independent units,
 * J = −C^(−1) over the first q − 1 states (the last one has J = h = 0), fields of naive mean field, then the zero-sum gauge.
 * TEMPER_BAD_DATA where C has no inverse. Memory 3 (V(q−1))² doubles; cost rows·V²/2 + (V(q−1))³. Parallel. */
temper_status temper_potts_inverse(temper_machine *machine, const temper_rows_view *rows, double pseudocount);

#endif
