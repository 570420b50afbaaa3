#include "estimate/paired.h"
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include "base/memory.h"

typedef struct {
    double mean, variance; /* of n − 1 degrees of freedom, NaN for n < 2 */
} moments;

static moments moments_of(const double *x, int n) {
    double mean = 0, m2 = 0;
    for (int k = 0; k < n; k++) mean += (x[k] - mean) / (k + 1);
    for (int k = 0; k < n; k++) m2 += (x[k] - mean) * (x[k] - mean);
    return (moments){mean, n > 1 ? m2 / (n - 1) : NAN};
}

static double covariance(const double *a, const double *b, int n) {
    double ma = moments_of(a, n).mean, mb = moments_of(b, n).mean, sum = 0;
    for (int k = 0; k < n; k++) sum += (a[k] - ma) * (b[k] - mb);
    return sum / (n - 1);
}

/* Scores that are equal but for rounding are equal: else a test would find meaning in the last bits. */
static double gap(double a, double b) {
    double d = b - a;
    return fabs(d) <= 1e-12 * fmax(fabs(a), fabs(b)) ? 0 : d;
}

/* t = difference/error with ν degrees of freedom. Without scatter (scores come in whole rows) t says nothing, and what is
 * left is that all n differences have one sign: 2^(1 − n), the sign test. */
static void test(temper_paired *out, double nu) {
    if (isnan(out->error)) {
        out->low = out->high = out->p = NAN;
        return;
    }
    double reach = out->error > 0 ? temper_student_quantile(0.975, nu) * out->error : 0;
    out->low = out->difference - reach;
    out->high = out->difference + reach;
    if (out->error > 0)
        out->p = temper_student_tail(out->difference / out->error, nu);
    else
        out->p = out->difference == 0 ? 1 : ldexp(1, 1 - out->n);
}

/* The effect d = difference/s with s² = (s_a² + s_b²)/2, which has ν_s degrees of freedom. E d = δ √(ν/2) Γ((ν − 1)/2)/Γ(ν/2) ≈ δ/(1 − 3/(4ν − 1)) (Hedges
 * 1981), which is taken out. Interval: Student's of the difference at this s, and χ² of 1/s at this difference, distances from d added in
 * squares on each side (as intervals of a product are by MOVER: Zou & Donner 2008). `reach` is half of Student's interval. */
static void size_up(temper_paired *out, double variance, double nu) {
    out->effect = out->effect_low = out->effect_high = NAN;
    if (out->n < 3 || !(variance > 0)) return;
    double s = sqrt(variance), d = fabs(out->difference) / s, reach = (out->high - out->low) / 2 / s;
    double less = d * (1 - sqrt(temper_chi2_quantile(0.025, nu) / nu));
    double more = d * (sqrt(temper_chi2_quantile(0.975, nu) / nu) - 1);
    double low = d - sqrt(reach * reach + less * less), high = d + sqrt(reach * reach + more * more);
    bool down = out->difference < 0;
    out->effect = (1 - 3 / (4 * nu - 1)) * (down ? -d : d);
    out->effect_low = down ? -high : low;
    out->effect_high = down ? -low : high;
}

temper_status temper_paired_compare(const double *a, const double *b, int n, temper_paired *out) {
    *out = (temper_paired){.n = n, .effect = NAN, .effect_low = NAN, .effect_high = NAN};
    if (n < 1) return temper_fail(TEMPER_BAD_OPTION, "paired comparison: n=%d pairs, at least 1", n);
    moments A = moments_of(a, n), B = moments_of(b, n);
    double mean = 0, m2 = 0;
    for (int k = 0; k < n; k++) mean += (gap(a[k], b[k]) - mean) / (k + 1);
    for (int k = 0; k < n; k++) m2 += (gap(a[k], b[k]) - mean) * (gap(a[k], b[k]) - mean);
    out->a = A.mean, out->b = B.mean, out->difference = mean;
    out->error = n > 1 ? sqrt(m2 / (n - 1) / n) : NAN;
    test(out, n - 1);
    if (n < 3) return TEMPER_OK;
    /* Var s_a² = 2σ_a⁴/(n − 1), and s_a² and s_b² have the covariance 2σ_ab²/(n − 1). */
    double shared = covariance(a, b, n), sum = A.variance + B.variance;
    double squares = A.variance * A.variance + B.variance * B.variance + 2 * shared * shared;
    size_up(out, sum / 2, (n - 1) * sum * sum / squares);
    return TEMPER_OK;
}

temper_status temper_welch_compare(const double *a, int na, const double *b, int nb, temper_paired *out) {
    int n = na < nb ? na : nb;
    *out = (temper_paired){.n = n, .effect = NAN, .effect_low = NAN, .effect_high = NAN};
    if (n < 1)
        return temper_fail(TEMPER_BAD_OPTION, "comparison: na=%d and nb=%d numbers, at least 1", na, nb);
    moments A = moments_of(a, na), B = moments_of(b, nb);
    double va = A.variance / na, vb = B.variance / nb;
    out->a = A.mean, out->b = B.mean, out->difference = gap(A.mean, B.mean);
    out->error = sqrt(va + vb);
    test(out, (va + vb) * (va + vb) / (va * va / (na - 1) + vb * vb / (nb - 1))); /* Welch 1947 */
    if (n < 3) return TEMPER_OK;
    double sum = A.variance + B.variance;
    double squares = A.variance * A.variance / (na - 1) + B.variance * B.variance / (nb - 1);
    size_up(out, sum / 2, sum * sum / squares);
    return TEMPER_OK;
}

typedef struct {
    double p;
    int place;
} one_test;

static int ascending(const void *a, const void *b) {
    const one_test *x = a, *y = b;
    if (x->p != y->p) return x->p < y->p ? -1 : 1;
    return x->place - y->place;
}

/* The smallest of m is multiplied by m, the next by m − 1, …; none may fall below the one before it. */
temper_status temper_holm(double *p, int n) {
    one_test *tests = temper_alloc((size_t)(n > 0 ? n : 0), sizeof *tests);
    int m = 0;
    double before = 0;
    if (!tests) return TEMPER_NO_MEMORY;
    for (int k = 0; k < n; k++)
        if (!isnan(p[k])) tests[m++] = (one_test){p[k], k};
    if (m > 1) qsort(tests, (size_t)m, sizeof *tests, ascending);
    for (int k = 0; k < m; k++) {
        double corrected = (m - k) * tests[k].p;
        if (corrected > 1) corrected = 1;
        if (corrected < before) corrected = before;
        p[tests[k].place] = before = corrected;
    }
    temper_release(tests);
    return TEMPER_OK;
}

void temper_deviation(const double *x, int n, double *deviation, double *low, double *high) {
    *deviation = *low = *high = NAN;
    if (n < 2) return;
    double s = sqrt(moments_of(x, n).variance), nu = n - 1;
    *deviation = s;
    *low = s * sqrt(nu / temper_chi2_quantile(0.975, nu));
    *high = s * sqrt(nu / temper_chi2_quantile(0.025, nu));
}

/* x = a/ω + b and y = a/ω − b are uncorrelated when ω = σ_a/σ_b: the interval holds the ω at which their correlation is not significant. Its
 * ends have the squares F (K ∓ √(K² − 1)) with F = s_a²/s_b² and K = 1 + 2 (1 − r²) t²/(n − 2), t of n − 2 degrees of freedom. */
temper_ratio temper_deviation_ratio(const double *a, const double *b, int n) {
    if (n < 3) return (temper_ratio){NAN, NAN, NAN};
    double va = moments_of(a, n).variance, vb = moments_of(b, n).variance, shared = covariance(a, b, n);
    if (!(va > 0 && vb > 0)) return (temper_ratio){NAN, NAN, NAN};
    double t = temper_student_quantile(0.975, n - 2), free = 1 - shared * shared / (va * vb);
    double K = 1 + 2 * (free > 0 ? free : 0) * t * t / (n - 2), wide = K + sqrt(K * K - 1);
    double ratio = sqrt(va / vb);
    return (temper_ratio){ratio, ratio / sqrt(wide), ratio * sqrt(wide)};
}

temper_ratio temper_deviation_ratio_free(const double *a, int na, const double *b, int nb) {
    if (na < 2 || nb < 2) return (temper_ratio){NAN, NAN, NAN};
    double va = moments_of(a, na).variance, vb = moments_of(b, nb).variance;
    if (!(va > 0 && vb > 0)) return (temper_ratio){NAN, NAN, NAN};
    double ratio = sqrt(va / vb);
    return (temper_ratio){ratio, ratio / sqrt(temper_f_quantile(0.975, na - 1, nb - 1)),
                          ratio / sqrt(temper_f_quantile(0.025, na - 1, nb - 1))};
}
