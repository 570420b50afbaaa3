/* A ladder of inverse temperatures from β = 0 down to the coldest asked for, with energies sampled on every rung. */
#ifndef TEMPER_RUN_LADDER_H
#define TEMPER_RUN_LADDER_H

#include "base/sha256.h"
#include "run/free_energy.h"

typedef struct { /* start from {0} */
    int rungs;
    double *T, *beta; /* [rungs] ascending in β, beta[0] = 0 */
    int64_t *count;   /* [rungs] energies */
    double **E;       /* [rungs] → extensive energies, chain after chain */
    double *block;    /* of all energies, in order of rungs */
    double *mean, *error, *variance,
        *inefficiency; /* [rungs] of E; inefficiency = 2 tau of the energies kept */
} temper_ladder;

/* Spaces the rungs by Δβ = 1/σ_E, found by a pilot run, so that neighbouring histograms of energy overlap. */
temper_status temper_ladder_build(temper_ladder *ladder, const temper_free_energy_order *order,
                                  temper_desk *desk);
temper_status temper_ladder_sample(temper_ladder *ladder, const temper_free_energy_order *order,
                                   temper_desk *desk, temper_sha256 *sha);
void temper_ladder_clear(temper_ladder *ladder);

/* A seed for a part of the job that must share no draw with the others. */
uint64_t temper_ladder_seed(uint64_t seed, int part);

#endif
