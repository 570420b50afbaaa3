/* Where a series becomes stationary: MSER-5 (White, Simulation 69, 323 (1997); White, Cobb, Spratt 2000). The series
 * is cut into means of five; leaving out the first d of m means, the squared half-width of the interval of what is left
 * is MSER(d) = Σ_{j ≥ d} (z_j − z̄_d)²/(m − d)². Too small a d keeps the transient in the sum, too large a one wastes
 * numbers in the divisor; d is the minimum. Chains that start together share their transient and are averaged. */
#include <math.h>
#include "temper/estimate.h"

enum { BATCH = 5 };

static double batch_mean(const double *x, int chains, int64_t n, int64_t j) {
    double sum = 0;
    for (int c = 0; c < chains; c++)
        for (int64_t i = j * BATCH; i < (j + 1) * BATCH; i++) sum += x[c * n + i] / ((double)chains * BATCH);
    return sum;
}

temper_status temper_burn_in(const double *x, int chains, int64_t n, int64_t *first) {
    if (chains < 1 || n < 1)
        return temper_fail(TEMPER_BAD_OPTION, "burn_in: chains=%d n=%lld, both must be at least 1", chains,
                           (long long)n);
    for (int64_t i = 0; i < chains * n; i++)
        if (!isfinite(x[i]))
            return temper_fail(TEMPER_BAD_DATA, "burn_in: number %lld of chain %lld is %g, must be finite",
                               (long long)(i % n), (long long)(i / n), x[i]);
    *first = 0;
    int64_t m = n / BATCH, best = 0;
    double mean = 0, square = 0, least = INFINITY;
    /* From the back, with Welford's update: mean and square are those of z_d … z_{m−1}. The half before m/2 is the
     * only one that may be cut: a minimum beyond it is an artefact of few numbers. */
    for (int64_t d = m - 1; d >= 0; d--) {
        double z = batch_mean(x, chains, n, d), left = (double)(m - d), step = z - mean;
        mean += step / left;
        square += step * (z - mean);
        double mser = square / (left * left);
        if (d <= m / 2 && mser <= least) least = mser, best = d;
    }
    *first = best * BATCH;
    return TEMPER_OK;
}
