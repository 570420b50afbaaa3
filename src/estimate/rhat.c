/* Rank-normalised split R-hat (Vehtari, Gelman, Simpson, Carpenter, Bürkner: Bayesian Analysis 16, 667 (2021)).
 *
 * Each chain is split in two, so that a drift shows as a difference between halves. Numbers are replaced by normal
 * quantiles of their ranks, so that heavy tails and infinite variances do no harm. The folded version, of the distance
 * to the median, sees chains of equal centre and unequal width. The larger of the two is returned. */
#include <math.h>
#include <stdlib.h>
#include "base/memory.h"
#include "temper/estimate.h"

typedef struct {
    double value;
    int64_t place;
} ranked;

static int ascending(const void *a, const void *b) {
    double x = ((const ranked *)a)->value, y = ((const ranked *)b)->value;
    return (x > y) - (x < y);
}

/* z with Φ(z) = p, 0 < p < 1. Start: Abramowitz and Stegun 26.2.23, off by 4.5e-4; then two steps of Halley's method on
 * the upper tail, whose density is −exp(−z²/2)/√2π. */
static double normal_quantile(double p) {
    double tail = p < 0.5 ? p : 1 - p;
    double t = sqrt(-2 * log(tail));
    double z =
        t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    for (int step = 0; step < 2; step++) {
        double density = exp(-0.5 * z * z) / 2.506628274631000502; /* √2π */
        double miss = (0.5 * erfc(z / 1.414213562373095049) - tail) / density;
        z += miss / (1 - 0.5 * z * miss);
    }
    return p < 0.5 ? -z : z;
}

/* Sorts, and puts Φ⁻¹((rank − 3/8)/(S + 1/4)) (Blom) at each number's place; equal numbers share their mean rank. */
static void rank_normalise(ranked *r, int64_t S, double *z) {
    qsort(r, (size_t)S, sizeof *r, ascending);
    for (int64_t i = 0, j; i < S; i = j) { /* r[i … j) are equal; their ranks are i+1 … j */
        for (j = i + 1; j < S && r[j].value == r[i].value;) j++;
        double rank = 0.5 * (double)(i + 1 + j);
        double quantile = normal_quantile((rank - 0.375) / ((double)S + 0.25));
        for (int64_t k = i; k < j; k++) z[r[k].place] = quantile;
    }
}

/* √(var⁺/W), eqs. 1–4, of z[M][h]: var⁺ = (h−1)/h·W + B/h. NaN if all are equal, infinity if each chain is constant. */
static double split_rhat(const double *z, int M, int64_t h) {
    double grand = 0, B = 0, W = 0;
    for (int64_t i = 0; i < M * h; i++) grand += z[i];
    grand /= (double)M * (double)h;
    for (int c = 0; c < M; c++) {
        const double *chain = z + c * h;
        double mean = 0, square = 0;
        for (int64_t i = 0; i < h; i++) mean += chain[i] - grand;
        mean /= (double)h;
        for (int64_t i = 0; i < h; i++) {
            double d = chain[i] - grand - mean;
            square += d * d;
        }
        W += square / (double)(h - 1) / M;
        B += mean * mean / (M - 1);
    }
    const double rounding = 1e-24; /* of squares of quantiles, which are of order 1 */
    if (W < rounding) return B < rounding ? NAN : INFINITY;
    return sqrt((double)(h - 1) / (double)h + B / W);
}

static double median(const ranked *r, int64_t S) { return 0.5 * r[S / 2].value + 0.5 * r[(S - 1) / 2].value; }

temper_status temper_rhat(const double *x, int chains, int64_t n, double *rhat) {
    if (chains < 1 || chains > INT32_MAX / 2 || n < 4)
        return temper_fail(TEMPER_BAD_OPTION, "rhat: chains=%d n=%lld, needs at least 1 chain of 4 numbers",
                           chains, (long long)n);
    for (int64_t i = 0; i < chains * n; i++)
        if (!isfinite(x[i]))
            return temper_fail(TEMPER_BAD_DATA, "rhat: number %lld of chain %lld is %g, must be finite",
                               (long long)(i % n), (long long)(i / n), x[i]);
    int64_t h = n / 2, S = 2 * chains * h;
    ranked *r = temper_alloc((size_t)S, sizeof *r + sizeof(double));
    if (!r) return TEMPER_NO_MEMORY;
    double *z = (double *)(r + S);
    for (int64_t i = 0; i < S; i++) { /* of an odd n the middle number is left out */
        int64_t half = i / h, first = half / 2 * n + (half % 2 ? n - h : 0);
        r[i] = (ranked){x[first + i % h], i};
    }
    rank_normalise(r, S, z);
    double bulk = split_rhat(z, 2 * chains, h), centre = median(r, S);
    for (int64_t i = 0; i < S; i++) r[i].value = fabs(r[i].value - centre);
    rank_normalise(r, S, z);
    double folded = split_rhat(z, 2 * chains, h);
    *rhat = fmax(bulk, folded); /* a two-valued series may fold to a constant, whose NaN fmax passes over */
    temper_release(r);
    return TEMPER_OK;
}
