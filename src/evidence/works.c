/* Runs along the path. Neal (2001): a run starts at an exact sample of the base and takes
 *     ln w += ln p*_{β_k}(x) − ln p*_{β_{k−1}}(x),   then one sweep at β_k,
 * so that E w = Z/Z_base whatever the sweeps, as long as each leaves its own place invariant. Downwards from a sample of the machine the same
 * holds for Z_base/Z (Burda, Grosse and Salakhutdinov 2015; Grosse, Ghahramani and Adams 2015). By Jensen ln w is too small on
 * average, so the two bracket ln Z: from below and from above (the upper one only if the starts are samples of the machine). */
#include <string.h>
#include "evidence/path.h"

static temper_status walk(temper_path *path, temper_flock *flock, bool up, double *log_w) {
    int64_t K = path->plan.betas;
    temper_status status = TEMPER_OK;
    memset(log_w, 0, (size_t)flock->chains * sizeof *log_w);
    for (int64_t k = 1; k <= K && !status; k++) {
        temper_place to = {temper_path_beta(up ? k : K - k, K), path->base};
        temper_flock_climb(flock, &to, log_w);
        status = flock->trouble ? flock->trouble : temper_path_step(path);
    }
    return status;
}

temper_status temper_path_forward(temper_path *path, double *log_w) {
    temper_flock *flock;
    temper_status status = temper_path_flock(path, &flock, path->plan.runs, FORWARD_FLOCK, 0);
    if (status) return status;
    temper_flock_scatter(flock);
    status = walk(path, flock, true, log_w);
    temper_flock_free(flock);
    return status;
}

temper_status temper_path_reverse(temper_path *path, double *log_w) {
    temper_flock *flock;
    temper_status status = temper_path_flock(path, &flock, path->plan.runs, REVERSE_FLOCK, 1);
    if (status) return status;
    status = temper_path_settle(path, flock);
    if (!status) status = walk(path, flock, false, log_w);
    temper_flock_free(flock);
    return status;
}
