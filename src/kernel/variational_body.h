/* Weights that are Gaussians, w ~ N(μ, V), V = e^{2ρ}: what the sums of a layer and the divergence from the prior need. */
#include "base/elementary.h"

/* y += s ε and ratio = ε/s, with s = √variance; where the variance is 0 nothing is uncertain, and ratio is 0. A variance that is not
 * a number makes y none either. n is a multiple of 16; ratio may be the variance. */
static void deviate(int64_t n, const real *noise, const real *variance, real *y, real *ratio) {
    const wide least = wide_all(sizeof(real) == 4 ? (real)0x1p-126 : (real)0x1p-1022), none = wide_all(0);
    for (int64_t k = 0; k < n; k += WIDE) {
        wide epsilon = wide_load(noise + k), v = wide_load(variance + k), s = wide_root(v);
        wide_store(y + k, wide_fma(s, epsilon, wide_load(y + k)));
        wide_store(ratio + k, wide_pick(wide_below(v, least), none, epsilon / s));
    }
}

/* A register, or the n < WIDE numbers that are left. */
FLAT wide load_few(const real *x, int64_t n) { return n >= WIDE ? wide_load(x) : load_some(x, n); }
FLAT void store_few(real *x, wide v, int64_t n) { n >= WIDE ? wide_store(x, v) : store_some(x, v, n); }

/* V = e^{2ρ}, any n. */
static void variances(int64_t n, const real *rho, real *V) {
    for (int64_t k = 0; k < n; k += WIDE) {
        wide r = load_few(rho + k, n - k);
        store_few(V + k, exp_of(r + r), n - k);
    }
}

/* Σ ½ ((μ² + V)/prior − 1 − 2ρ + ln prior) = KL(N(μ, V) ‖ N(0, prior)), any n: the sum of dot, in double. */
static double divergence(int64_t n, const real *mu, const real *rho, const real *V, double prior) {
    const double by = 1 / prior, rest = temper_log(prior) - 1;
    joiner whole = {.count = 0};
    for (int64_t k = 0; k < n; k += UPDATE_CHUNK) {
        double lane[LANES];
        doubles sum[LANES / DOUBLES] = {{0}};
        int64_t m = n - k < UPDATE_CHUNK ? n - k : UPDATE_CHUNK, i = 0;
        for (; i + LANES <= m; i += LANES)
            for (int s = 0; s < LANES / DOUBLES; s++) {
                const int64_t at = k + i + s * DOUBLES;
                doubles u = doubles_of(mu + at), r = doubles_of(rho + at);
                sum[s] += (u * u + doubles_of(V + at)) * by - (r + r) + rest;
            }
        memcpy(lane, sum, sizeof lane);
        for (int l = 0; i + l < m; l++) {
            double u = (double)mu[k + i + l], r = (double)rho[k + i + l];
            lane[l] += (u * u + (double)V[k + i + l]) * by - (r + r) + rest;
        }
        join(&whole, tree_of(lane));
    }
    return 0.5 * joined(&whole);
}

/* g ← V (g + a) − b, any n: from a slope with respect to V to one with respect to ρ. */
static void relax(int64_t n, const real *V, double a, double b, real *g) {
    const wide more = wide_all((real)a), less = wide_all((real)-b);
    for (int64_t k = 0; k < n; k += WIDE) {
        wide v = load_few(V + k, n - k), slope = load_few(g + k, n - k);
        store_few(g + k, wide_fma(v, slope + more, less), n - k);
    }
}
