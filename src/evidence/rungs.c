/* Where the rungs are. The thermodynamic length of a path is Λ = ∫ σ dβ with σ² the variance of ∂/∂β ln p (Crooks 2007): neighbours at a
 * distance of ½ overlap well whatever the machine. A short pilot of 32 chains measures σ(β) by the spread of its work; a tenth of the
 * rungs go by β itself, so that a flat stretch is not left empty. */
#include <math.h>
#include "base/memory.h"
#include "evidence/rungs.h"

enum { PILOTS = 32, PILOT_BETAS = 1000, RUNGS_LEAST = 9, RUNGS_MOST = 257, KEPT = 20 };
static const double STEP = 0.5, EVEN = 0.1;

/* length[k] of the path up to β_k, k = 0 … n. */
static temper_status pilot(temper_path *path, int64_t n, double *length) {
    temper_flock *flock;
    temper_status status = temper_path_flock(path, &flock, PILOTS, PILOT_FLOCK, 0);
    if (status) return status;
    temper_flock_scatter(flock);
    for (int64_t k = 1; k <= n && !status; k++) {
        double work[PILOTS] = {0}, mean = 0, spread = 0;
        temper_place to = {temper_path_beta(k, n), path->base};
        temper_flock_climb(flock, &to, work);
        for (int c = 0; c < PILOTS; c++) mean += work[c] / PILOTS;
        for (int c = 0; c < PILOTS; c++) spread += (work[c] - mean) * (work[c] - mean) / (PILOTS - 1);
        length[k] = length[k - 1] + sqrt(spread);
        if (flock->trouble)
            status = flock->trouble;
        else if (!(length[k] < INFINITY))
            status = temper_fail(
                TEMPER_DIVERGED,
                "evidence: a log weight is not finite at β=%g; are the weights of the machine?", to.beta);
        if (!status) status = temper_path_step(path);
    }
    temper_flock_free(flock);
    return status;
}

static void place(temper_rung_ladder *ladder, int64_t n, const double *length) {
    const bool flat = !(length[n] > 0); /* the machine is the base: by β alone */
    double whole = flat ? 1 : length[n], even = flat ? 1 : EVEN;
    int64_t k = 0;
    for (int r = 0; r < ladder->K; r++) {
        double want = (double)r / (ladder->K - 1), here = 0, next = 0, from, to = 0;
        for (;; k++) { /* the pilot's step that holds `want` */
            from = temper_path_beta(k, n);
            to = temper_path_beta(k + 1, n);
            here = even * from + (1 - even) * length[k] / whole;
            next = even * to + (1 - even) * length[k + 1] / whole;
            if (next >= want || k + 1 >= n) break;
        }
        ladder->beta[r] = from + (to - from) * (want - here) / (next - here);
    }
    ladder->beta[0] = 0;
    ladder->beta[ladder->K - 1] = 1;
}

temper_status temper_rung_ladder_build(temper_path *path, temper_rung_ladder *ladder) {
    const temper_evidence_plan *p = &path->plan;
    int64_t n = p->betas < PILOT_BETAS ? p->betas : PILOT_BETAS;
    path->total = n;
    *ladder = (temper_rung_ladder){.kept = p->sweeps < KEPT ? p->sweeps : KEPT};
    ladder->stride = p->sweeps / ladder->kept;
    double *length = temper_alloc((size_t)n + 1, sizeof *length);
    if (!length) return TEMPER_NO_MEMORY;
    temper_status status = pilot(path, n, length);
    if (!status) {
        double steps = ceil(length[n] / STEP);
        ladder->K = p->rungs                  ? (int)p->rungs
                    : steps < RUNGS_LEAST - 1 ? RUNGS_LEAST
                    : steps > RUNGS_MOST - 1  ? RUNGS_MOST
                                              : (int)steps + 1;
        ladder->beta = temper_alloc((size_t)ladder->K, sizeof *ladder->beta);
        status = ladder->beta ? TEMPER_OK : TEMPER_NO_MEMORY;
    }
    if (!status) {
        place(ladder, n, length);
        path->total += ladder->K * ladder->kept;
    }
    temper_release(length);
    return status;
}

void temper_rung_ladder_clear(temper_rung_ladder *ladder) { temper_release(ladder->beta); }

temper_status temper_rung_ladder_walk(temper_path *path, const temper_rung_ladder *ladder, temper_look look,
                                      void *context) {
    temper_flock *flock;
    temper_status status = temper_path_flock(path, &flock, path->plan.runs, RUNG_FLOCK, 0);
    if (status) return status;
    temper_flock_scatter(flock);
    for (int k = 0; k < ladder->K && !status; k++) {
        flock->place.beta = ladder->beta[k];
        temper_flock_sweep(flock,
                           1 + path->plan.sweeps /
                                   4); /* the rung before is near: a quarter of the time to forget it */
        for (int64_t t = 0; t < ladder->kept && !status; t++) {
            temper_flock_sweep(flock, ladder->stride);
            look(context, k, t, flock);
            status = flock->trouble ? flock->trouble : temper_path_step(path);
        }
    }
    temper_flock_free(flock);
    return status;
}
