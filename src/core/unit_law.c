#include "core/unit_law.h"
#include "base/elementary.h"

static const double HALF_LN_TWO_PI = 0.91893853320467274178;

/* 0, 1: z = 1 + e^x. */
static double binary(double x, double *mean) {
    double e = temper_exp(x < 0 ? x : -x);
    if (mean) *mean = (x < 0 ? e : 1) / (1 + e);
    return (x > 0 ? x : 0) + temper_log1p(e);
}

/* −1, 1: z = 2 cosh x. */
static double spin(double x, double *mean) {
    double size = x < 0 ? -x : x;
    if (mean) *mean = temper_tanh(x);
    return size + temper_log1p(temper_exp(-2 * size));
}

/* Real: z = √(2π) e^{x²/2}. */
static double gaussian(double x, double *mean) {
    if (mean) *mean = x;
    return 0.5 * x * x + HALF_LN_TWO_PI;
}

/* Real and ≥ 0: z = √(2π) e^{x²/2} Φ(x). Far below 0, z is Mills' ratio of −x = y, a continued fraction (Laplace):
 * z = 1/(y + 1/(y + 2/(y + 3/(y + …)))). The mean is x + 1/z, there the fraction without its first term: no difference is left. */
static double relu(double x, double *mean) {
    enum { TERMS = 120 }; /* enough for all digits from y = 3 on */
    if (x < -3) {
        double y = -x, tail = 0;
        for (int k = TERMS; k >= 1; k--) tail = k / (y + tail);
        if (mean) *mean = tail;
        return -temper_log(y + tail);
    }
    double Phi = 0.5 * temper_erfc(-0.70710678118654752440 * x);
    if (mean) *mean = x + 0.39894228040143267794 * temper_exp(-0.5 * x * x) / Phi;
    return 0.5 * x * x + HALF_LN_TWO_PI + temper_log(Phi);
}

/* One of q states: z = Σ_a e^{x_a}. */
static double potts(int64_t q, const double *x, double *mean) {
    double top = x[0], sum = 0;
    for (int64_t a = 1; a < q; a++)
        if (x[a] > top) top = x[a];
    for (int64_t a = 0; a < q; a++) {
        double e = temper_exp(x[a] - top);
        if (mean) mean[a] = e;
        sum += e;
    }
    for (int64_t a = 0; mean && a < q; a++) mean[a] /= sum;
    return top + temper_log(sum);
}

double temper_unit_law(temper_unit unit, int64_t n, int64_t states, const double *x, double *mean) {
    double sum = 0;
    if (unit == TEMPER_POTTS) {
        for (int64_t i = 0; i < n; i++) sum += potts(states, x + i * states, mean ? mean + i * states : NULL);
        return sum;
    }
    double (*law)(double, double *) = unit == TEMPER_BINARY     ? binary
                                      : unit == TEMPER_SPIN     ? spin
                                      : unit == TEMPER_GAUSSIAN ? gaussian
                                                                : relu;
    for (int64_t i = 0; i < n; i++) sum += law(x[i], mean ? mean + i : NULL);
    return sum;
}
