/* Chains at rungs, every sample weighed at every rung (Shirts and Chodera 2008). What a chain of a machine keeps has a weight that is not linear in β once
 * hidden units are summed out, so the weights themselves are taken, not one energy. Correlated samples count as 1/(2 tau), with tau that of
 * ln p*_1 − ln p*_0 at their rung. */
#include "base/memory.h"
#include "estimate/states.h"
#include "evidence/rungs.h"
#include "temper/estimate.h"

typedef struct {
    const temper_path *path;
    const temper_rung_ladder *ladder;
    double *log_q;  /* [K][chains][kept][K] */
    double *series; /* [chains][kept], and log weights of one look before */
} board;

static void look(void *context, int rung, int64_t sample, const temper_flock *flock) {
    board *b = context;
    int K = b->ladder->K;
    int64_t C = flock->chains;
    for (int k = 0; k < K; k++) {
        temper_place at = {b->ladder->beta[k], b->path->base};
        temper_flock_log_weight(flock, &at, b->series);
        for (int64_t c = 0; c < C; c++)
            b->log_q[((rung * C + c) * b->ladder->kept + sample) * K + k] = b->series[c];
    }
}

static temper_status solve(board *b, int64_t C, temper_evidence *out) {
    int K = b->ladder->K;
    int64_t n = C * b->ladder->kept, total = 0;
    double *room = temper_alloc(3 * (size_t)K, sizeof *room), *log_z = room + K, *error = room + 2 * K;
    int64_t *count = temper_alloc((size_t)K, sizeof *count);
    temper_status status = room && count ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int r = 0; r < K && !status; r++) {
        temper_estimate seen;
        for (int64_t i = 0; i < n; i++) {
            const double *q = b->log_q + (r * n + i) * K;
            b->series[i] = q[K - 1] - q[0];
        }
        status = temper_estimate_mean(b->series, (int)C, b->ladder->kept, &seen);
        room[r] = seen.tau > 0.5 ? 2 * seen.tau : 1;
        count[r] = n;
        total += n;
    }
    if (!status) status = temper_states_solve(&(temper_states){K, count, room, b->log_q}, log_z, error);
    if (!status) {
        double z = b->path->log_base + log_z[K - 1], e = error[K - 1];
        *out = (temper_evidence){.log_z = z,
                                 .error = e,
                                 .low = z - 3 * e,
                                 .high = z + 3 * e,
                                 .ess = 1 / (e * e + 1 / (double)total)};
    }
    temper_release(room);
    temper_release(count);
    return status;
}

temper_status temper_log_z_mbar(temper_path *path, temper_evidence *out) {
    temper_rung_ladder ladder;
    temper_status status = temper_rung_ladder_build(path, &ladder);
    int64_t C = path->plan.runs, n = C * ladder.kept;
    board b = {path, &ladder, NULL, NULL};
    if (!status) {
        b.log_q = temper_alloc((size_t)(n * ladder.K), (size_t)ladder.K * sizeof *b.log_q);
        b.series = temper_alloc((size_t)n, sizeof *b.series);
        status = b.log_q && b.series ? temper_rung_ladder_walk(path, &ladder, look, &b) : TEMPER_NO_MEMORY;
    }
    if (!status) status = solve(&b, C, out);
    temper_release(b.log_q);
    temper_release(b.series);
    temper_rung_ladder_clear(&ladder);
    return status;
}
