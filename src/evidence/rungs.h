/* Rungs of the path: where chains stop and are measured. Inside src/evidence only. */
#ifndef TEMPER_EVIDENCE_RUNGS_H
#define TEMPER_EVIDENCE_RUNGS_H

#include "evidence/path.h"

typedef struct {
    int K;
    double *beta;   /* [K] ascending, 0 … 1 */
    int64_t kept;   /* samples of a chain at a rung */
    int64_t stride; /* sweeps between them */
} temper_rung_ladder;

/* Puts the rungs at equal thermodynamic length; path->total and kept are then known. */
temper_status temper_rung_ladder_build(temper_path *path, temper_rung_ladder *ladder);
void temper_rung_ladder_clear(temper_rung_ladder *ladder);
/* Chains walk up the ladder; `look` sees them at every rung and kept sweep. */
typedef void (*temper_look)(void *context, int rung, int64_t sample, const temper_flock *flock);
temper_status temper_rung_ladder_walk(temper_path *path, const temper_rung_ladder *ladder, temper_look look,
                                      void *context);

#endif
