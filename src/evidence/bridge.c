/* Runs up and down the path joined by Bennett's acceptance ratio (estimate/bennett.c).
 * Crooks's relation wants the way down to undo the sweeps of the way up. A sweep hidden, visible of a machine whose hidden units are summed
 * out is its own reverse. Sequential sweeps are not: there the join is as good as the two orders are alike, which long paths make them. */
#include <math.h>
#include "base/memory.h"
#include "evidence/path.h"
#include "temper/estimate.h"

temper_status temper_log_z_bridge(temper_path *path, temper_evidence *out) {
    int64_t n = path->plan.runs;
    double *up = temper_alloc(2 * (size_t)n, sizeof *up), *down = up + n, D = 0, error = NAN;
    if (!up) return TEMPER_NO_MEMORY;
    temper_evidence seen;
    temper_status status = temper_path_forward(path, up);
    if (!status) status = temper_weigh(up, n, 1, &seen); /* refuses what is not finite */
    if (!status) status = temper_path_reverse(path, down);
    if (!status) status = temper_weigh(down, n, -1, &seen);
    if (!status) status = temper_bennett(up, n, down, n, &D, &error);
    if (!status) {
        double log_z = path->log_base + D, variance = error * error;
        *out = (temper_evidence){.log_z = log_z,
                                 .error = error,
                                 .low = log_z - 3 * error,
                                 .high = log_z + 3 * error,
                                 .ess = 1 / (variance + 1 / (2.0 * (double)n))};
    }
    temper_release(up);
    return status;
}
