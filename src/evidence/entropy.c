/* Entropy of a machine: S = −Σ p ln p = ln Z − ⟨ln p*⟩. Few states and an exact ln Z: the sum itself. Else from chains at β = 1, and the
 * error joins that of ⟨ln p*⟩, corrected for autocorrelation, and that of ln Z. */
#include <math.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "evidence/path.h"
#include "temper/estimate.h"

enum { BITS = 16, BLOCK = 1024 };

/* Number of visible configurations, or 0 when they are too many or real. */
static int64_t few(const temper_machine *machine) {
    temper_unit unit = machine->type->visible(machine->self);
    if (unit == TEMPER_GAUSSIAN || unit == TEMPER_RELU) return 0;
    int64_t q = unit == TEMPER_POTTS ? machine->io.states : 2, all = 1;
    for (int64_t i = 0; i < machine->io.columns; i++)
        if ((all *= q) > 1 << BITS) return 0;
    return all;
}

/* Number k written in base q over the columns; spins are −1, 1. */
static void digits(const temper_machine *machine, int64_t k, float *row) {
    temper_unit unit = machine->type->visible(machine->self);
    int64_t q = unit == TEMPER_POTTS ? machine->io.states : 2;
    for (int64_t i = 0; i < machine->io.columns; i++, k /= q)
        row[i] = (float)(unit == TEMPER_SPIN ? 2 * (k % q) - 1 : k % q);
}

static temper_status enumerate(const temper_machine *machine, int64_t all, double log_z,
                               temper_model_entropy *out) {
    int64_t V = machine->io.columns;
    float *X = temper_alloc(BLOCK * (size_t)V, sizeof *X);
    double *score = temper_alloc(BLOCK, sizeof *score), S = 0;
    temper_status status = X && score ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t first = 0; first < all && !status; first += BLOCK) {
        temper_rows_view rows = {.n = all - first < BLOCK ? all - first : BLOCK, .columns = V, .X = X};
        for (int64_t i = 0; i < rows.n; i++) digits(machine, first + i, X + i * V);
        status = temper_machine_score(machine, &rows, score);
        for (int64_t i = 0; i < rows.n && !status; i++)
            S -= temper_exp(score[i] - log_z) * (score[i] - log_z);
    }
    if (!status) *out = (temper_model_entropy){.entropy = S, .tau = NAN, .rhat = NAN};
    temper_release(X);
    temper_release(score);
    return status;
}

static temper_status chains(temper_path *path, temper_flock *flock, const temper_evidence *of,
                            temper_model_entropy *out) {
    int64_t C = path->plan.runs, n = path->plan.sweeps;
    double *now = temper_alloc((size_t)C, sizeof *now),
           *series = temper_alloc((size_t)(C * n), sizeof *series);
    temper_status status = now && series ? temper_path_settle(path, flock) : TEMPER_NO_MEMORY;
    for (int64_t t = 0; t < n && !status; t++) {
        temper_flock_sweep(flock, 1);
        temper_flock_log_weight(flock, &flock->place, now);
        for (int64_t c = 0; c < C; c++) series[c * n + t] = now[c];
        status = flock->trouble ? flock->trouble : temper_path_step(path);
    }
    temper_estimate seen;
    if (!status) status = temper_estimate_mean(series, (int)C, n, &seen);
    if (!status)
        *out = (temper_model_entropy){.entropy = of->log_z - seen.mean,
                                      .error = sqrt(seen.error * seen.error + of->error * of->error),
                                      .tau = seen.tau,
                                      .rhat = seen.rhat};
    temper_release(now);
    temper_release(series);
    return status;
}

temper_status temper_evidence_entropy(const temper_machine *machine, const temper_evidence *of,
                                      const temper_evidence_plan *plan, temper_model_entropy *out) {
    int64_t all = few(machine);
    if (of->error == 0 && machine->type->marginal && all > 0) return enumerate(machine, all, of->log_z, out);
    if (of->error == 0 && machine->type->exact && machine->type->enumerable(machine->self) <= BITS &&
        !machine->type->marginal && !machine->type->folded) {
        double log_z, energy;
        temper_status status = machine->type->exact(machine->self, 1, &log_z, NULL, &energy);
        if (!status) *out = (temper_model_entropy){.entropy = log_z + energy, .tau = NAN, .rhat = NAN};
        return status;
    }
    temper_path path;
    temper_flock *flock = NULL;
    temper_status status = temper_path_open(&path, machine, plan);
    path.total = path.plan.burn + path.plan.sweeps;
    if (!status) status = temper_path_balanced(machine);
    if (!status) status = temper_path_flock(&path, &flock, path.plan.runs, MODEL_FLOCK, 1);
    if (!status) status = chains(&path, flock, of, out);
    temper_flock_free(flock);
    temper_path_close(&path);
    return status;
}
