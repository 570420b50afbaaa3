/* From log weights to ln of their mean. With w̄ and s the mean and standard error of the weights, the error of ln w̄ is s/w̄ (delta method), and
 * the effective number of runs (Σ w)²/Σ w². The largest weight is taken out first, so nothing overflows. */
#include <math.h>
#include "base/elementary.h"
#include "evidence/path.h"

temper_status temper_weigh(const double *log_w, int64_t n, int sign, temper_evidence *out) {
    double most = -INFINITY, sum = 0, squares = 0, spread = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!(log_w[i] < INFINITY))
            return temper_fail(
                TEMPER_DIVERGED,
                "evidence: the log weight of run %lld is %g; are the weights of the machine finite?",
                (long long)i, log_w[i]);
        if (log_w[i] > most) most = log_w[i];
    }
    if (!(most > -INFINITY))
        return temper_fail(TEMPER_DIVERGED, "evidence: all %lld runs have weight 0", (long long)n);
    for (int64_t i = 0; i < n; i++) {
        double w = temper_exp(log_w[i] - most);
        sum += w;
        squares += w * w;
    }
    double mean = sum / (double)n;
    for (int64_t i = 0; i < n; i++) {
        double d = temper_exp(log_w[i] - most) - mean;
        spread += d * d;
    }
    double s = sqrt(spread / ((double)n * (double)(n - 1)));
    double low = mean > 3 * s ? most + temper_log(mean - 3 * s) : -INFINITY,
           high = most + temper_log(mean + 3 * s);
    *out = (temper_evidence){.log_z = sign * (most + temper_log(mean)),
                             .error = s / mean,
                             .low = sign > 0 ? low : -high,
                             .high = sign > 0 ? high : -low,
                             .ess = sum * sum / squares};
    return TEMPER_OK;
}
