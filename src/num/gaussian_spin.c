/* One ±1 spin in a Gaussian field x = μ + √v z. */
#include "num/gaussian_spin.h"
#include <math.h>
#include "num/quadrature.h"

typedef struct {
    double beta, mu, root_v;
    int all;
} field;

/* e = e^{−2|X|}, tanh X and sech² X from one exponential; expm1 where 1 − e would cancel. */
static void spin(double X, double *e, double *t, double *s) {
    double size = fabs(X), less = size < 1 ? -expm1(-2 * size) : 0;
    *e = size < 1 ? 1 - less : exp(-2 * size);
    *t = copysign((size < 1 ? less : 1 - *e) / (1 + *e), X);
    *s = 4 * *e / ((1 + *e) * (1 + *e));
}

static void integrands(const void *context, double z, double *y) {
    const field *a = context;
    double x = a->mu + a->root_v * z, X = a->beta * x, e, t, s;
    spin(X, &e, &t, &s);
    y[0] = t;
    y[1] = s;
    y[2] = t * t;
    if (!a->all) return;
    y[3] = s * s;
    y[4] = fabs(X) + log1p(e);
    y[5] = log1p(e) + 2 * fabs(X) * e / (1 + e); /* ln 2cosh X − X tanh X */
    y[6] = t * s;
    y[7] = x * s;
    y[8] = x * t * s;
}

temper_gaussian_spin temper_spin_average(double beta, double mu, double v, int all) {
    field a = {beta, mu, sqrt(v), all};
    double y[9] = {0};
    if (a.root_v > 0)
        temper_gaussian_mean(integrands, &a, all ? 9 : 3, -mu / a.root_v, 1 / (beta * a.root_v), y);
    else
        integrands(&a, 0, y);
    return (temper_gaussian_spin){.m = y[0],
                                  .s = y[1],
                                  .q = y[2],
                                  .ss = y[3],
                                  .ln_2cosh = y[4],
                                  .entropy = y[5],
                                  .m_mu = beta * y[1],
                                  .m_v = -beta * beta * y[6],
                                  .m_beta = y[7],
                                  .q_mu = 2 * beta * y[6],
                                  .q_v = beta * beta * (3 * y[3] - 2 * y[1]),
                                  .q_beta = 2 * y[8]};
}
