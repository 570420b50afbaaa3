/* Quadrature, the averages of a spin in a Gaussian field, roots and maxima. */
#include "check.h"
#include "num/gaussian_spin.h"
#include "num/quadrature.h"
#include "num/roots.h"

static void power(const void *context, double x, double *y) {
    y[0] = pow(x, *(const int *)context);
    y[1] = 1;
}

static void legendre(void) { /* exact up to degree 31 */
    for (int n = 0; n <= 31; n++) {
        double y[2] = {0, 0}, a = -0.7, b = 1.1;
        temper_gauss_legendre(power, &n, 2, a, b, y);
        CHECK_NEAR(y[0], (pow(b, n + 1) - pow(a, n + 1)) / (n + 1), 2e-14);
        CHECK_NEAR(y[1], b - a, 1e-15);
    }
}

static double log_of(const void *context, double x) { return *(const double *)context * log(x); }
static double root_of(const void *context, double x) { return *(const double *)context / sqrt(x); }
static double gentle(const void *context, double x) { return *(const double *)context * cos(x); }

static void singular_ends(void) {
    double one = 1;
    CHECK_NEAR(temper_tanh_sinh(log_of, &one, 0, 1), -1, 1e-14);
    CHECK_NEAR(temper_tanh_sinh(root_of, &one, 0, 4), 4, 1e-7); /* half of it sits within 1e-16 of the end */
    CHECK_NEAR(temper_tanh_sinh(gentle, &one, -0.4, 1.3), sin(1.3) + sin(0.4), 1e-14);
}

static void gaussian_moments(void) {
    for (int n = 0; n <= 8; n++) { /* (n−1)!! */
        double y[2], truth = n % 2 ? 0 : 1;
        for (int k = n - 1; k > 1 && truth > 0; k -= 2) truth *= k;
        temper_gaussian_trapezoid(power, &n, 2, 240, y);
        CHECK_NEAR(y[0], truth, 1e-11 * (1 + truth));
        temper_gaussian_panels(power, &n, 2, 0.3, 0.2, y);
        CHECK_NEAR(y[0], truth, 1e-11 * (1 + truth));
        CHECK_NEAR(y[1], 1, 1e-15);
    }
}

typedef struct {
    double kink, width;
} step;

static void step_shape(const void *context, double z, double *y) {
    const step *s = context;
    double t = tanh((z - s->kink) / s->width);
    y[0] = t;
    y[1] = t * t;
    y[2] = (1 - t * t) / s->width; /* → 2δ(z − kink) */
}

/* Two rules for one integral, from wide to narrow steps, kinks inside and outside. A 32-node Gauss–Hermite rule would be
 * wrong in the third digit at width 0.3 (theory.md section 1). */
static void rules_agree(void) {
    static const double kinks[] = {0, 0.37, -2.2, 8.5, -40};
    for (int k = 0; k < 5; k++)
        for (double width = 8; width > 2e-3; width /= 2) {
            step s = {kinks[k], width};
            double a[3], b[3], c[3];
            temper_gaussian_trapezoid(step_shape, &s, 3, 240 + (int)(80 / width), a);
            temper_gaussian_panels(step_shape, &s, 3, s.kink, width, b);
            temper_gaussian_mean(step_shape, &s, 3, s.kink, width, c);
            for (int i = 0; i < 3; i++) {
                CHECK_NEAR(a[i], b[i], 1e-13);
                CHECK_NEAR(a[i], c[i], 1e-13);
            }
        }
    for (double width = 1e-3; width > 1e-14; width /= 100) { /* a sign and a delta function, up to width² */
        step s = {0.37, width};
        double y[3];
        temper_gaussian_mean(step_shape, &s, 3, s.kink, width, y);
        CHECK_NEAR(y[0], -erf(0.37 / sqrt(2)), width * width + 1e-14);
        CHECK_NEAR(y[2], 2 * exp(-0.37 * 0.37 / 2) / sqrt(2 * acos(-1)),
                   width * width + 1e-13 + 3e-16 / width); /* z − kink rounds */
    }
}

static void spin_averages(void) {
    static const double betas[] = {0.3, 1, 4, 300}, mus[] = {0, 0.4, 2}, vs[] = {0.01, 0.6, 2.5};
    for (int i = 0; i < 36; i++) {
        double beta = betas[i / 9], mu = mus[i / 3 % 3], v = vs[i % 3], d = 1e-5;
        temper_gaussian_spin g = temper_spin_average(beta, mu, v, 1),
                             some = temper_spin_average(beta, mu, v, 0);
        CHECK(g.m == some.m && g.s == some.s && g.q == some.q, "the short form differs");
        CHECK_NEAR(g.q, 1 - g.s, 1e-14);
        temper_gaussian_spin a = temper_spin_average(beta, mu + d, v, 0),
                             b = temper_spin_average(beta, mu - d, v, 0);
        double small = 2e-8 * beta * beta * beta * (beta < 10) + 1e-3 * (beta > 10) * (g.q_v * g.q_v + 1);
        CHECK_NEAR(g.m_mu, (a.m - b.m) / (2 * d), small);
        CHECK_NEAR(g.q_mu, (a.q - b.q) / (2 * d), small);
        a = temper_spin_average(beta, mu, v + d, 0), b = temper_spin_average(beta, mu, v - d, 0);
        CHECK_NEAR(g.m_v, (a.m - b.m) / (2 * d), small);
        CHECK_NEAR(g.q_v, (a.q - b.q) / (2 * d), small);
        a = temper_spin_average(beta + d, mu, v, 1), b = temper_spin_average(beta - d, mu, v, 1);
        CHECK_NEAR(g.m_beta, (a.m - b.m) / (2 * d), small);
        CHECK_NEAR(g.q_beta, (a.q - b.q) / (2 * d), small);
        /* ∂⟨ln 2cosh⟩/∂β = ⟨x t⟩ = (⟨ln 2cosh⟩ − entropy)/β */
        CHECK_NEAR((g.ln_2cosh - g.entropy) / beta, (a.ln_2cosh - b.ln_2cosh) / (2 * d), 1e-7);
        /* ⟨x t⟩ = μm + vβ⟨s⟩ by parts */
        CHECK_NEAR((g.ln_2cosh - g.entropy) / beta, mu * g.m + v * beta * g.s, 1e-12);
    }
    temper_gaussian_spin fixed = temper_spin_average(2, 0.7, 0, 1);
    CHECK_NEAR(fixed.m, tanh(1.4), 1e-15);
    CHECK_NEAR(fixed.ss, pow(1 / cosh(1.4), 4), 1e-15);
}

static double cubic(const void *context, double x) { return x * x * x - *(const double *)context; }
static double flat(const void *context, double x) { return x < *(const double *)context ? -1e-3 : 1; }
static double hill(const void *context, double x) { return -cosh(x - *(const double *)context); }
static double two_hills(const void *context, double x) { return sin(x) + *(const double *)context * x; }

static void roots(void) {
    double c = 2.385;
    CHECK_NEAR(temper_root(cubic, &c, 0, 1e6), cbrt(c), 1e-15);
    CHECK_NEAR(temper_root(cubic, &c, 5, -1), cbrt(c), 1e-15);
    CHECK(isnan(temper_root(cubic, &c, 2, 5)), "no change of sign");
    CHECK_NEAR(temper_root(flat, &c, 0, 10), c, 1e-14);
    double zero = 0;
    CHECK_NEAR(temper_root(cubic, &zero, 0, 3), 0, 0);
    double tiny = 1e-60;
    CHECK_NEAR(temper_root(cubic, &tiny, 0, 1) / 1e-20, 1, 1e-14);
}

static void maxima(void) {
    double at, c = 0.4567;
    CHECK_NEAR(temper_maximum(hill, &c, -3, 4, &at), -1, 1e-15);
    CHECK_NEAR(at, c, 1e-11);
    CHECK_NEAR(temper_maximum(hill, &c, 2, 4, &at), -cosh(2 - c), 1e-3); /* at an end */
    CHECK_NEAR(at, 2, 3e-4);
    double tilt = 0.05; /* hills near π/2 and 5π/2, the second is higher: cos x = −tilt */
    temper_maximum(two_hills, &tilt, 0, 10, &at);
    CHECK_NEAR(at, 2 * acos(-1) + acos(-tilt), 1e-10);
}

int main(void) {
    RUN(legendre);
    RUN(singular_ends);
    RUN(gaussian_moments);
    RUN(rules_agree);
    RUN(spin_averages);
    RUN(roots);
    RUN(maxima);
    return check_end();
}
