/* Functions of single numbers, and plain arithmetic of long rows. */
#include "base/elementary.h"

static double sigmoid_of(double x) { return 1 / (1 + temper_exp(-x)); }

static double normal_law(double x) { return 0.5 * __builtin_erfc(-x * 0.70710678118654752440); }

static double normal_density(double x) { return 0.39894228040143267794 * temper_exp(-0.5 * x * x); }

/* f, f', f'' at x. */
static void derivatives(temper_pointwise kind, double slope, double x, double f[3]) {
    double s = sigmoid_of(x), t;
    switch (kind) {
    case TEMPER_RELU: f[0] = x > 0 ? x : 0, f[1] = x > 0, f[2] = 0; break;
    case TEMPER_LEAKY: f[0] = x > 0 ? x : slope * x, f[1] = x > 0 ? 1 : slope, f[2] = 0; break;
    case TEMPER_TANH: t = temper_tanh(x), f[0] = t, f[1] = 1 - t * t, f[2] = -2 * t * (1 - t * t); break;
    case TEMPER_SIGMOID: f[0] = s, f[1] = s * (1 - s), f[2] = s * (1 - s) * (1 - 2 * s); break;
    case TEMPER_GELU:
        f[0] = x * normal_law(x), f[1] = normal_law(x) + x * normal_density(x),
        f[2] = normal_density(x) * (2 - x * x);
        break;
    case TEMPER_SILU:
        f[0] = x * s, f[1] = s * (1 + x * (1 - s)), f[2] = s * (1 - s) * (2 + x * (1 - 2 * s));
        break;
    default: f[0] = x > 30 ? x : temper_log1p(temper_exp(x)), f[1] = s, f[2] = s * (1 - s); break;
    }
}

static bool from_output(temper_pointwise kind) { return kind == TEMPER_RELU; }

static void value(temper_pointwise kind, real leak, int64_t n, const real *x, real *y) {
    double f[3];
    for (int64_t k = 0; k < n; k++) derivatives(kind, (double)leak, (double)x[k], f), y[k] = (real)f[0];
}

static void slope(temper_pointwise kind, real leak, int64_t n, const real *x, const real *y, const real *a,
                  real *out, bool add) {
    double f[3];
    for (int64_t k = 0; k < n; k++) {
        derivatives(kind, (double)leak, (double)(from_output(kind) ? y : x)[k], f);
        real v = (real)f[1] * a[k];
        out[k] = add ? out[k] + v : v;
    }
}

static void bend(temper_pointwise kind, real leak, int64_t n, const real *x, const real *y, const real *a,
                 const real *b, real *out) {
    double f[3];
    for (int64_t k = 0; k < n; k++) {
        derivatives(kind, (double)leak, (double)(from_output(kind) ? y : x)[k], f);
        out[k] += (real)f[2] * a[k] * b[k];
    }
}

static void blend(int64_t n, real a, const real *x, real b, const real *y, real *out) {
    for (int64_t k = 0; k < n; k++) out[k] = y ? fused(a, x[k], b * y[k]) : a * x[k];
}

static void multiply(int64_t n, const real *x, const real *y, real *out, bool add) {
    for (int64_t k = 0; k < n; k++) out[k] = add ? fused(x[k], y[k], out[k]) : x[k] * y[k];
}

static void exp_lanes(int64_t n, const real *x, real *y) {
    for (int64_t k = 0; k < n; k++) y[k] = (real)temper_exp((double)x[k]);
}

static void log_lanes(int64_t n, const real *x, real *y) {
    for (int64_t k = 0; k < n; k++) y[k] = (real)temper_log((double)x[k]);
}
