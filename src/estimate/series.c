/* Mean and error of correlated series, and their autocorrelation.
 *
 * The variance of a mean of N = chains·n numbers is C_F/N with C_F = Σ_t C(t) over all lags, both signs, and C the
 * autocovariance. The infinite sum is cut by Geyer's initial monotone sequence (Statistical Science 7, 473 (1992)):
 * for a reversible chain Γ_m = C(2m) + C(2m+1) is positive and falls with m, so its estimates are summed while they
 * are positive and held from rising. A slow, weak mode keeps the sum open, where Sokal's window c·tau has closed.
 *
 * Deviations are taken from the mean of all chains. Chains that disagree then show as a correlation that doesn't
 * decay, and the sum runs into its end at n/2: it has become the variance between chains, with chains − 1 degrees of
 * freedom. So the within-chain and the between-chain estimate are the two ends of one formula. */
#include <math.h>
#include <stdbool.h>
#include "base/memory.h"
#include "num/fft.h"
#include "temper/estimate.h"

enum { CHUNK = 4096 };

static const double MOST_OF_SERIES = 2.0 / 3; /* beyond this share the correction 1/(1 − r) means nothing */

static temper_status check(const double *x, int chains, int64_t n) {
    if (chains < 1 || n < 1)
        return temper_fail(TEMPER_BAD_OPTION, "estimate: chains=%d n=%lld, both must be at least 1", chains,
                           (long long)n);
    for (int64_t i = 0; i < chains * n; i++)
        if (!isfinite(x[i]))
            return temper_fail(TEMPER_BAD_DATA, "estimate: number %lld of chain %lld is %g, must be finite",
                               (long long)(i % n), (long long)(i / n), x[i]);
    return TEMPER_OK;
}

/* Mean of x − origin. Chunks of fixed size keep the rounding error of long sums small. */
static double mean_from(const double *x, int64_t count, double origin) {
    double sum = 0;
    for (int64_t start = 0; start < count; start += CHUNK) {
        int64_t end = start + CHUNK < count ? start + CHUNK : count;
        double part = 0;
        for (int64_t i = start; i < end; i++) part += x[i] - origin;
        sum += part;
    }
    return sum / (double)count;
}

/* Mean and power of two near the largest deviation (scale 0: all numbers are equal). Two passes, so that a series
 * with a large offset loses nothing. */
static temper_status centre(const double *x, int64_t count, double *mean, double *scale) {
    double low = x[0], high = x[0];
    for (int64_t i = 1; i < count; i++) {
        if (x[i] < low) low = x[i];
        if (x[i] > high) high = x[i];
    }
    *mean = x[0];
    *scale = 0;
    if (low == high) return TEMPER_OK;
    if (!isfinite((high - low) * CHUNK))
        return temper_fail(TEMPER_BAD_DATA, "estimate: numbers from %g to %g, their range overflows", low,
                           high);
    *mean += mean_from(x, count, *mean);
    *mean += mean_from(x, count, *mean);
    int exponent;
    (void)frexp(high - low, &exponent);
    *scale = ldexp(1.0, exponent < -1000 ? -1000 : exponent);
    return TEMPER_OK;
}

/* Adds |z^|² of two chains, one as real and one as imaginary part: the real part of the transform of that is the sum of
 * their autocorrelations. */
static void add_power(const double *z, int64_t length, double *power) {
    for (int64_t k = 0; k < length; k++) power[2 * k] += z[2 * k] * z[2 * k] + z[2 * k + 1] * z[2 * k + 1];
}

/* C[t], 0 ≤ t < lags ≤ n: mean of y_i y_{i+t} over all pairs of all chains, y = (x − mean)/scale. By transforms of
 * length ≥ n + lags, so that the ends don't meet (Wiener and Khinchin). */
static temper_status autocovariance(const double *x, int chains, int64_t n, int64_t lags, double *C) {
    double mean, scale;
    temper_status status = centre(x, chains * n, &mean, &scale);
    if (status) return status;
    for (int64_t t = 0; t < lags; t++) C[t] = 0;
    if (scale == 0) return TEMPER_OK;
    int64_t length = temper_fft_length(n + lags);
    double *work = temper_alloc((size_t)length, 5 * sizeof *work);
    if (!work) return TEMPER_NO_MEMORY;
    double *z = work, *power = work + 2 * length, *root = work + 4 * length;
    temper_fft_roots(length, root);
    for (int c = 0; c < chains; c += 2) {
        for (int64_t i = 0; i < length; i++) {
            bool inside = i < n;
            z[2 * i] = inside ? (x[c * n + i] - mean) / scale : 0;
            z[2 * i + 1] = inside && c + 1 < chains ? (x[(c + 1) * n + i] - mean) / scale : 0;
        }
        temper_fft(length, z, root);
        add_power(z, length, power);
    }
    temper_fft(length, power, root);
    for (int64_t t = 0; t < lags; t++)
        C[t] = power[2 * t] / (double)length / ((double)chains * (double)(n - t));
    temper_release(work);
    return TEMPER_OK;
}

/* C_F = Σ C(t) over −W ≤ t ≤ W by the initial monotone sequence; returns W. C has `lags` ≥ 1 entries. */
static int64_t initial_monotone(const double *C, int64_t lags, double *C_F) {
    double sum = -C[0], last = INFINITY;
    int64_t m = 0;
    for (; 2 * m + 1 < lags; m++) { /* sum = Σ C(t) over |t| ≤ 2m − 1, each pair held below the one before */
        double Gamma = C[2 * m] + C[2 * m + 1];
        if (!(Gamma > 0)) break;
        if (Gamma > last) Gamma = last;
        sum += 2 * Gamma;
        last = Gamma;
    }
    *C_F = m > 0 ? sum : C[0];
    return m > 0 ? 2 * m - 1 : 0;
}

/* Fills tau, its error, the effective size and the error of the mean from the autocovariance.
 *
 * Removing the mean takes C_F/N from every C(t) and so the share r = (2W+1)/N from C_F: it is given back (Wolff, Comput.
 * Phys. Commun. 156, 143 (2004), eq. 49, to all orders). C_F is known to a relative √(2r) (Madras and Sokal 1988), as if
 * from nu = 1/r − 1 degrees of freedom. One error cannot serve Student's quantiles at 68 % and at 95 %, which are wider
 * than the normal ones by 1 + 1/(2nu) and 1 + 1.2/nu; √(1 + 2/nu) stands between them. */
static void judge(const double *C, int64_t lags, int64_t N, temper_estimate *out) {
    double C_F, noise = C[0] / sqrt((double)N); /* of a single C(t) */
    int64_t W = initial_monotone(C, lags, &C_F);
    C_F = fmax(C_F, fmin(4 * noise, C[0])); /* more anticorrelation cannot be told from luck */
    double r = (double)(2 * W + 1) / (double)N;
    if (r > MOST_OF_SERIES) r = MOST_OF_SERIES;
    double nu = 1 / r - 1;
    C_F /= 1 - r;
    out->tau = C_F / (2 * (C[0] + C_F / (double)N));
    out->tau_error = out->tau * sqrt(2 / nu);
    out->ess = (double)N / (2 * out->tau);
    out->error = sqrt(C_F / (double)N * (1 + 2 / nu));
}

static temper_status error_of_mean(const double *x, int chains, int64_t n, double scale,
                                   temper_estimate *out) {
    int64_t lags = (n + 1) / 2 + 1;
    if (lags > n) lags = n;
    double *C = temper_alloc((size_t)lags, sizeof *C);
    if (!C) return TEMPER_NO_MEMORY;
    temper_status status = autocovariance(x, chains, n, lags, C);
    if (!status) {
        judge(C, lags, chains * n, out);
        out->error *= scale;
    }
    temper_release(C);
    return status;
}

temper_status temper_estimate_mean(const double *x, int chains, int64_t n, temper_estimate *out) {
    temper_status status = check(x, chains, n);
    if (status) return status;
    double mean, scale;
    status = centre(x, chains * n, &mean, &scale);
    if (status) return status;
    int64_t N = chains * n;
    *out = (temper_estimate){.mean = mean, .tau = 0.5, .ess = (double)N, .rhat = NAN, .count = N};
    if (N == 1) out->error = INFINITY; /* one number says nothing about its error */
    if (scale == 0) return TEMPER_OK;
    status = error_of_mean(x, chains, n, scale, out);
    if (!status && n >= 4) status = temper_rhat(x, chains, n, &out->rhat);
    return status;
}

temper_status temper_autocorrelation(const double *x, int chains, int64_t n, int64_t lags, double *rho) {
    temper_status status = check(x, chains, n);
    if (status) return status;
    if (lags < 1 || lags > n)
        return temper_fail(TEMPER_BAD_OPTION, "autocorrelation: lags=%lld, must be 1 … %lld", (long long)lags,
                           (long long)n);
    status = autocovariance(x, chains, n, lags, rho);
    if (status) return status;
    double C_0 = rho[0];
    for (int64_t t = 1; t < lags; t++) rho[t] = C_0 > 0 ? rho[t] / C_0 : 0;
    rho[0] = 1;
    return TEMPER_OK;
}
