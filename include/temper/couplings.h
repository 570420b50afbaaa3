/* couplings: machines of pair couplings (maxent with features=pairs or fields) as files of others, and what is asked of them. */
#ifndef TEMPER_COUPLINGS_H
#define TEMPER_COUPLINGS_H

#include "temper/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Couplings and fields as text, the `_params.dat` of adabmDCA: lines "J i j a b value" and "h i a value", units from 0. Written in the zero-sum gauge, units of
 * two values as categories 0, 1. States are the letters of `alphabet`, or numbers where it is NULL; the reader takes both. Pairs that are not
 * there are 0; every field is. What is read is a maxent of categories. TEMPER_BAD_DATA with file and line. */
TEMPER_API temper_status temper_params_write(const temper_machine *machine, const char *alphabet,
                                             const char *path);
TEMPER_API temper_status temper_params_read(temper_machine **machine, const char *alphabet, const char *path);
/* How much i and j hold together, out[V][V], diagonal 0: the Frobenius norm of J_ij in the zero-sum gauge, without state `gap` (−1: with all), less
 * the average product correction F_i F_j/F (Dunn, Wahl and Gloor 2008). */
TEMPER_API temper_status temper_contacts(const temper_machine *machine, int64_t gap, double *out);
/* stat[P] = weighted mean over the rows of −∂E/∂θ. */
TEMPER_API temper_status temper_machine_mean(const temper_machine *machine, const temper_rows_view *rows,
                                             float *stat);
/* Pearson's correlation, over all pairs and states, of the connected correlations f_ij(a,b) − f_i(a) f_j(b) in two such means (of data rows, of
 * chains, exact ones). 0 where either does not vary. TEMPER_CANNOT for a machine without pairs, or with hidden units. */
TEMPER_API temper_status temper_machine_pearson(const temper_machine *machine, const float *stat,
                                                const float *other, double *pearson);

#ifdef __cplusplus
}
#endif
#endif
