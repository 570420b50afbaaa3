/* Forward and reverse runs joined (Bennett 1976; Shirts, Bair, Hooker and Pande 2003). With a = ln w of the n_F runs up, b = ln w of the n_R runs down,
 * and Crooks's relation P_F(a) e^{a − D} = P_R(b = −a), the most likely D = ln Z − ln Z_base solves
 *     Σ_F f(M − a + D) = Σ_R f(−M − b − D),   f(x) = 1/(1 + eˣ),  M = ln(n_F/n_R).
 * The left side falls with D and the right side rises: one root. Its variance is
 *     (⟨f²⟩_F/⟨f⟩_F² − 1)/n_F + (⟨f²⟩_R/⟨f⟩_R² − 1)/n_R.
 * Crooks's relation wants the way down to undo the sweeps of the way up. A sweep hidden, visible of a machine whose hidden units are summed
 * out is its own reverse. Sequential sweeps are not: there the join is as good as the two orders are alike, which long paths make them. */
#include <math.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "evidence/path.h"

static double fermi(double x) { return x > 700 ? 0 : 1 / (1 + temper_exp(x)); }

/* Σ f(shift − a) and, unless NULL, the relative variance of its mean. */
static double side(const double *a, int64_t n, double shift, double *variance) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) {
        double f = fermi(shift - a[i]);
        sum += f;
        squares += f * f;
    }
    if (variance) *variance = (squares / sum * ((double)n / sum) - 1) / (double)(n - 1);
    return sum;
}

static void join(const double *up, const double *down, int64_t n, double *D, double *variance) {
    double low = INFINITY, high = -INFINITY, v_up,
           v_down; /* the root lies between the extremes of a and −b */
    for (int64_t i = 0; i < n; i++) {
        low = fmin(low, fmin(up[i], -down[i]));
        high = fmax(high, fmax(up[i], -down[i]));
    }
    low -= 1;
    high += 1;
    for (int k = 0; k < 200 && low < high; k++) {
        *D = 0.5 * (low + high);
        if (side(up, n, *D, NULL) > side(down, n, -*D, NULL))
            low = *D;
        else
            high = *D;
    }
    side(up, n, *D, &v_up);
    side(down, n, -*D, &v_down);
    *variance = v_up + v_down;
}

temper_status temper_log_z_bridge(temper_path *path, temper_evidence *out) {
    int64_t n = path->plan.runs;
    double *up = temper_alloc(2 * (size_t)n, sizeof *up), *down = up + n, D = 0, variance = NAN;
    if (!up) return TEMPER_NO_MEMORY;
    temper_evidence seen;
    temper_status status = temper_path_forward(path, up);
    if (!status) status = temper_weigh(up, n, 1, &seen); /* refuses what is not finite */
    if (!status) status = temper_path_reverse(path, down);
    if (!status) status = temper_weigh(down, n, -1, &seen);
    if (!status) {
        join(up, down, n, &D, &variance);
        double log_z = path->log_base + D, error = sqrt(variance);
        *out = (temper_evidence){.log_z = log_z,
                                 .error = error,
                                 .low = log_z - 3 * error,
                                 .high = log_z + 3 * error,
                                 .ess = 1 / (variance + 1 / (2.0 * (double)n))};
    }
    temper_release(up);
    return status;
}
