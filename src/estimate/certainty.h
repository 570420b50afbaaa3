/* How far a classifier's probabilities can be trusted, beyond calibration.h: other calibration errors, calibration after the fact,
 * refusal, detection of foreign inputs, and what an ensemble's members disagree about. Plain arrays in; fixed order; no libm. */
#ifndef TEMPER_ESTIMATE_CERTAINTY_H
#define TEMPER_ESTIMATE_CERTAINTY_H

#include "estimate/calibration.h"

/* ECE over 15 bins of equal numbers of rows (Nguyen & O'Connor 2015); and the mean over classes of the ECE of p_k for [k = y] over 15
 * equal bins (Kull et al. 2019). NaN where there are no rows or no labels. The first sorts, and fails only for want of memory. */
temper_status temper_ece_adaptive(const temper_forecast *forecast, double *ece);
double temper_ece_classwise(const temper_forecast *forecast);

/* Temperature scaling (Guo et al. 2017): the τ > 0 that minimises the NLL of p_k^{1/τ} / Σ p_j^{1/τ} on these rows, found by safeguarded
 * Newton steps on ln τ; and the same applied in place to p[n][classes]. τ is within 1/64 … 64. */
double temper_tempering_fit(const temper_forecast *forecast);
void temper_tempering_apply(double tau, int64_t n, int64_t classes, double *p);

/* Refusal: rows sorted by falling confidence, ties in order. AURC is the mean over coverages of the error among the rows kept
 * (Geifman & El-Yaniv 2017); accuracy_at[k] that of the share coverage[k] of rows with the highest confidence (0 < share ≤ 1, rounded to
 * whole rows, at least one). NaN where there are no rows or no labels. */
temper_status temper_refusal(const temper_forecast *forecast, int k, const double *coverage,
                             double *accuracy_at, double *aurc);

/* Area under the ROC curve of a score that should be higher for `in` than for `out`: P(in > out) + P(in = out)/2. NaN where a set is
 * empty or a score is none. Fails only for want of memory. */
temper_status temper_auroc(const double *in, int64_t nin, const double *out, int64_t nout, double *area);

/* Members' probabilities p[members][n][classes]: total entropy of their mean, its aleatoric part (mean entropy of members) and epistemic part
 * (the difference, mutual information), each averaged over rows, nats. churn: share of rows on which two members decide differently, averaged
 * over pairs. effective: how many different opinions the members hold, M²/Σ_ab B_ab² with the mean overlaps B_ab = ⟨Σ_k √(p_ak p_bk)⟩:
 * 1 when all say the same, M when no two share a class. All NaN for one member. */
typedef struct {
    double total, aleatoric, epistemic, churn, effective;
} temper_disagreement;
void temper_disagreement_of(const double *p, int64_t members, int64_t n, int64_t classes,
                            temper_disagreement *out);

#endif
