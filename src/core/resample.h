/* resample: systematic resampling, the step of population annealing that gives good members more copies and bad ones fewer.
 *
 * One uniform u; a member of mean copies τ = R w/Σw gets as many copies as there are whole numbers k with k + u between the running sums of τ
 * before and after it. R stays, each count is τ up to one, and so is every sum of neighbours: no other unbiased rule adds less noise. */
#ifndef TEMPER_CORE_RESAMPLE_H
#define TEMPER_CORE_RESAMPLE_H

/* copies[R] holds weights and gets counts, in the order order[R] of members; sum: of the weights, above 0. The running sums end at R
 * whatever the rounding. */
void temper_resample_count(int R, const double *order, double sum, double u, double *copies);

#endif
