/* Elementary combinations that must neither overflow nor cancel. */
#include "num/special.h"
#include <math.h>

double temper_ln_2cosh(double x) { return fabs(x) + log1p(exp(-2 * fabs(x))); }

double temper_sech2(double x) {
    double e = exp(-2 * fabs(x));
    return 4 * e / ((1 + e) * (1 + e));
}

/* Products up to 20! are exact; above, Stirling's series, whose first term left out is below 2e-14/n at n = 21.
 * libm's lgamma would store a sign in a global. */
double temper_ln_factorial(int64_t n) {
    if (n <= 20) {
        double product = 1;
        for (int64_t i = 2; i <= n; i++) product *= (double)i;
        return log(product);
    }
    const double half_ln_2pi = 0.918938533204672741780329736405617640;
    double x = (double)n, y = 1 / (x * x);
    double series = (1.0 / 12 - y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y / 1188)))) / x;
    return (x + 0.5) * log(x) - x + half_ln_2pi + series;
}

double temper_ln_binomial(int64_t n, int64_t k) {
    return temper_ln_factorial(n) - temper_ln_factorial(k) - temper_ln_factorial(n - k);
}

/* Gauss: K = π / (2 agm(1, k')), and E = K (1 − Σ_n 2^{n−1} c_n²) with c_0 = k, c_{n+1} = (a_n − b_n)/2.
 * The mean converges quadratically; from kc = 1e-300 it takes 13 steps. */
static double agm(double kc, double *sum) {
    const double pi = 3.14159265358979323846;
    double a = 1, b = kc, power = 0.5;
    *sum = power * (1 - kc) * (1 + kc);
    for (int n = 0; n < 40 && fabs(a - b) > 1e-16 * a; n++) {
        double c = (a - b) / 2, mean = (a + b) / 2;
        b = sqrt(a * b);
        a = mean;
        power *= 2;
        *sum += power * c * c;
    }
    return pi / (2 * a);
}

double temper_elliptic_K(double kc) {
    double sum;
    return kc == 0 ? INFINITY : agm(kc, &sum);
}

double temper_elliptic_E(double kc) {
    double sum, K;
    if (kc == 0) return 1;
    K = agm(kc, &sum);
    return K * (1 - sum);
}
