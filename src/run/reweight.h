/* Numbers at temperatures that were not sampled, from the energies recorded at those that were: of one temperature by
 * Ferrenberg & Swendsen (Phys. Rev. Lett. 61, 2635 (1988)), of several by MBAR, which is their multi-histogram method
 * without bins.
 *
 * Derived numbers (heat capacity, Binder ratio) are functions of reweighted means; their errors come from the
 * influences on these means. Their bias is of the order of 1/ess, smaller than the error by √ess. */
#ifndef TEMPER_RUN_REWEIGHT_H
#define TEMPER_RUN_REWEIGHT_H

#include "base/json.h"
#include "run/results.h"

typedef struct {            /* start from {0} */
    temper_results results; /* what was recorded, at T; last of each T: log_z_difference */
    double *ess;            /* [temperatures] of the weights */
    double *reach; /* [temperatures] outside the sampled range: |Δβ| σ_E to the nearest; within: 0 */
    double first;  /* the first sampled temperature, T0 of log_z_difference */
    int sampled;   /* number of sampled temperatures */
    double gap[2]; /* sampled neighbours that share hardly any energy; NaN: none */
} temper_reweighted;

/* TEMPER_CANNOT unless the temperatures, sampled and asked for, are above 0 and the former not too many. */
temper_status temper_reweight_check(const double *sampled, int nsampled, const double *T, int n);
/* `series` records energy; `sampled` are its results. */
temper_status temper_reweight(temper_reweighted *out, const temper_series *series,
                              const temper_results *sampled, const double *T, int n);
temper_status temper_reweight_judge(temper_reweighted *out, const temper_system *system);
void temper_reweighted_clear(temper_reweighted *out);

/* The member "reweighted", null where nothing was done; the table, and the advice, which are then empty. */
void temper_reweighted_json(temper_json *json, const temper_reweighted *of);
void temper_reweighted_text(temper_text *text, const temper_reweighted *of);
void temper_reweighted_advice(temper_text *text, const temper_reweighted *of);

#endif
