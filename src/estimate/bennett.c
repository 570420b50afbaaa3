/* Means of exponentials, and ratios of partition functions from work done both ways.
 *
 * Forward and reverse joined (Bennett 1976; Shirts, Bair, Hooker and Pande 2003). With a = ln w of n_F runs up, b = ln w of n_R runs down, and Crooks's relation
 * P_F(a) e^{a − D} = P_R(b = −a), the most likely D = ln(Z_1/Z_0) solves
 *     Σ_F f(M − a + D) = Σ_R f(−M − b − D),   f(x) = 1/(1 + eˣ),  M = ln(n_F/n_R).
 * The left side falls with D and the right side rises: one root. Its variance is
 *     (⟨f²⟩_F/⟨f⟩_F² − 1)/n_F + (⟨f²⟩_R/⟨f⟩_R² − 1)/n_R. */
#include <math.h>
#include <stddef.h>
#include "base/elementary.h"
#include "temper/estimate.h"

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

static temper_status all_finite(const double *a, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(a[i]))
            return temper_fail(TEMPER_BAD_DATA, "log weight %lld is not finite", (long long)i);
    return TEMPER_OK;
}

temper_status temper_bennett(const double *up, int64_t n_up, const double *down, int64_t n_down,
                             double *log_ratio, double *error) {
    if (n_up < 2 || n_down < 2)
        return temper_fail(TEMPER_BAD_OPTION, "bennett: %lld and %lld runs, legal are 2 and more each way",
                           (long long)n_up, (long long)n_down);
    temper_status bad = all_finite(up, n_up);
    if (!bad) bad = all_finite(down, n_down);
    if (bad) return bad;
    double low = INFINITY, high = -INFINITY, M = temper_log((double)n_up / (double)n_down), D = 0, v_up,
           v_down;
    for (int64_t i = 0; i < n_up; i++) low = fmin(low, up[i]), high = fmax(high, up[i]);
    for (int64_t i = 0; i < n_down; i++) low = fmin(low, -down[i]), high = fmax(high, -down[i]);
    low -= 1 + fabs(M), high += 1 + fabs(M); /* the root lies between the extremes of a and −b, M aside */
    for (int k = 0; k < 200 && low < high; k++) {
        D = 0.5 * (low + high);
        if (side(up, n_up, M + D, NULL) > side(down, n_down, -M - D, NULL))
            low = D;
        else
            high = D;
    }
    side(up, n_up, M + D, &v_up);
    side(down, n_down, -M - D, &v_down);
    *log_ratio = D;
    *error = __builtin_sqrt(v_up + v_down);
    return TEMPER_OK;
}

/* The mean without x_i is (S − e^{x_i})/(n − 1), so that the jackknife of its logarithm needs no second pass over pairs. */
temper_status temper_log_mean_exp(const double *x, int64_t n, double *value, double *error, double *ess) {
    if (n < 2)
        return temper_fail(TEMPER_BAD_OPTION, "log_mean_exp: %lld numbers, legal are 2 and more",
                           (long long)n);
    temper_status bad = all_finite(x, n);
    if (bad) return bad;
    double top = -INFINITY, sum = 0, squares = 0, mean = 0, spread = 0;
    for (int64_t i = 0; i < n; i++) top = fmax(top, x[i]);
    for (int64_t i = 0; i < n; i++) {
        double w = temper_exp(x[i] - top);
        sum += w, squares += w * w;
    }
    double whole = temper_log(sum / (double)n);
    for (int64_t i = 0; i < n; i++)
        mean += temper_log(fmax(sum - temper_exp(x[i] - top), 0x1p-1000) / (double)(n - 1)) / (double)n;
    for (int64_t i = 0; i < n; i++) {
        double d = temper_log(fmax(sum - temper_exp(x[i] - top), 0x1p-1000) / (double)(n - 1)) - mean;
        spread += d * d;
    }
    *ess = sum * sum / squares;
    *value = top + (*ess > 10 ? (double)n * whole - (double)(n - 1) * mean
                              : whole); /* a few numbers that rule the mean have no bias to tell */
    *error = __builtin_sqrt(spread * (double)(n - 1) / (double)n);
    return TEMPER_OK;
}
