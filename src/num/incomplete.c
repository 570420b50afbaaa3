#include "num/incomplete.h"
#include <float.h>
#include <math.h>
#include "base/elementary.h"
#include "num/roots.h"

/* Stirling's series where it has converged to double precision, from x + 12 on; below by Γ(x) = Γ(x + n)/(x (x + 1) … (x + n − 1)). */
double temper_ln_gamma(double x) {
    static const double half_ln_2pi = 0.918938533204672741780329736405617640;
    double product = 1;
    for (; x < 12; x += 1) product *= x;
    double y = 1 / (x * x);
    double series = (1.0 / 12 - y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y / 1188)))) / x;
    return (x - 0.5) * temper_log(x) - x + half_ln_2pi + series - temper_log(product);
}

/* A continued fraction is walked forwards by Lentz's method: c and d are ratios of successive numerators and of denominators,
 * kept away from 0. */
static double away(double x) { return fabs(x) < 1e-300 ? 1e-300 : x; }

/* I_x(a, b) = x^a y^b/(a B(a, b)) · 1/(1 + d₁/(1 + d₂/(1 + …))), DLMF 8.17.22: fast for x < (a + 1)/(a + b + 2); else I_x(a, b) = 1 − I_y(b, a). */
double temper_beta_share(double a, double b, double x, double y) {
    if (!(x > 0)) return 0;
    if (!(y > 0)) return 1;
    if (x > (a + 1) / (a + b + 2)) return 1 - temper_beta_share(b, a, y, x);
    double c = 1, d = 1 / away(1 - (a + b) * x / (a + 1)), h = d;
    for (int m = 1; m < 100000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / away(1 + even * d), c = away(1 + even / c);
        h *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / away(1 + odd * d), c = away(1 + odd / c);
        h *= d * c;
        if (fabs(d * c - 1) < DBL_EPSILON) break;
    }
    double ln_x = x < 0.5 ? temper_log(x) : temper_log1p(-y),
           ln_y = y < 0.5 ? temper_log(y) : temper_log1p(-x);
    double ln_B = temper_ln_gamma(a) + temper_ln_gamma(b) - temper_ln_gamma(a + b);
    return temper_exp(a * ln_x + b * ln_y - ln_B) * h / a;
}

/* The series Σ xᵏ/((a + 1) … (a + k)) below the maximum of the integrand, above it the continued fraction of the upper part, DLMF 8.9.2. */
double temper_gamma_share(double a, double x) {
    if (!(x > 0)) return 0;
    double front = temper_exp(a * temper_log(x) - x - temper_ln_gamma(a));
    if (x < a + 1) {
        double term = 1 / a, sum = term;
        for (double k = a + 1; term > sum * DBL_EPSILON; k += 1) sum += term *= x / k;
        return front * sum;
    }
    double b = x + 1 - a, c = 1e300, d = 1 / away(b), h = d;
    for (int k = 1; k < 100000; k++) {
        double step = -k * (k - a);
        b += 2;
        d = 1 / away(b + step * d), c = away(b + step / c);
        h *= d * c;
        if (fabs(d * c - 1) < DBL_EPSILON) break;
    }
    return 1 - front * h;
}

double temper_student_tail(double t, double nu) {
    return temper_beta_share(nu / 2, 0.5, nu / (nu + t * t), t * t / (nu + t * t));
}

/* Quantiles are roots in u = ln x, which is found to a relative error of some 1e-15 wherever x lies: the share below e^u is
 * compared with p. */
typedef struct {
    int kind; /* 0 Student |t|, 1 χ², 2 F */
    double p, nu, nu2;
} quest;

static double excess(const void *context, double u) {
    const quest *q = context;
    double x = temper_exp(u);
    if (q->kind == 0) return q->p - temper_student_tail(x, q->nu);
    if (q->kind == 1) return temper_gamma_share(q->nu / 2, x / 2) - q->p;
    double part = q->nu * x, all = part + q->nu2;
    return temper_beta_share(q->nu / 2, q->nu2 / 2, part / all, q->nu2 / all) - q->p;
}

static double solve(const quest *q) {
    double low = -1, high = 1;
    while (excess(q, low) > 0 && low > -700) low *= 2;
    while (excess(q, high) < 0 && high < 700) high *= 2;
    return temper_exp(temper_root(excess, q, low, high));
}

double temper_student_quantile(double p, double nu) {
    if (p == 0.5) return 0;
    double tail = p < 0.5 ? 2 * p : 2 * (1 - p), t = solve(&(quest){0, tail, nu, 0});
    return p < 0.5 ? -t : t;
}

double temper_chi2_quantile(double p, double nu) { return solve(&(quest){1, p, nu, 0}); }

double temper_f_quantile(double p, double nu1, double nu2) { return solve(&(quest){2, p, nu1, nu2}); }
