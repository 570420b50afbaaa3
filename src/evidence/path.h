/* The path from the base to the machine, E_β = (1 − β) E_base + β E, and what runs along it leave behind. Inside src/evidence only. */
#ifndef TEMPER_EVIDENCE_PATH_H
#define TEMPER_EVIDENCE_PATH_H

#include "core/base_fields.h"
#include "temper/evidence.h"

/* Flock numbers, added to plan.stream.chain. */
enum { FORWARD_FLOCK, REVERSE_FLOCK, PILOT_FLOCK, RUNG_FLOCK, ROW_FLOCK, MODEL_FLOCK };

typedef struct {
    const temper_machine *machine;
    temper_evidence_plan plan; /* defaults filled in */
    float *base;               /* [components], or NULL */
    double log_base;           /* ln Z of the base */
    int64_t done, total;       /* steps, for plan.tell */
} temper_path;

/* Checks the plan, fills in its defaults and finds the base; total is the caller's. */
temper_status temper_path_open(temper_path *path, const temper_machine *machine,
                               const temper_evidence_plan *plan);
void temper_path_close(temper_path *path);
/* TEMPER_CANNOT where chains of the machine do not sample its density. */
temper_status temper_path_balanced(const temper_machine *machine);
/* β_k, k = 0 … plan.betas, from 0 to 1. Pure arithmetic. */
double temper_path_beta(int64_t k, int64_t betas);
/* A step is done: tells, and fails when asked to stop. */
temper_status temper_path_step(temper_path *path);
/* A flock of chains at β on the path, not yet scattered. */
temper_status temper_path_flock(const temper_path *path, temper_flock **flock, int64_t chains, int number,
                                double beta);
/* Chains at β = 1 start at rows drawn with their weights (or at random without rows). */
temper_status temper_path_clamp(const temper_path *path, temper_flock *flock);
/* The same, then plan.burn sweeps, each a step. */
temper_status temper_path_settle(temper_path *path, temper_flock *flock);

/* log weights of runs: ln w with E w = Z/Z_base (forward), = Z_base/Z (reverse). log_w[runs]. */
temper_status temper_path_forward(temper_path *path, double *log_w);
temper_status temper_path_reverse(temper_path *path, double *log_w);

/* ln of the mean of e^{log_w}, with its error; sign −1: of its inverse, so that low and high change places. TEMPER_DIVERGED for NaN. */
temper_status temper_weigh(const double *log_w, int64_t n, int sign, temper_evidence *out);

/* The estimators with a path of their own. */
temper_status temper_log_z_bridge(temper_path *path, temper_evidence *out);
temper_status temper_log_z_mbar(temper_path *path, temper_evidence *out);
temper_status temper_log_z_integration(temper_path *path, temper_evidence *out);

#endif
