/* Integrals over an interval and over the Gaussian measure Dz = e^{−z²/2} dz/√(2π). */
#ifndef TEMPER_NUM_QUADRATURE_H
#define TEMPER_NUM_QUADRATURE_H

/* Several integrands at one point: y[0 … count) of x. */
typedef void (*temper_integrand)(const void *context, double x, double *y);
enum { TEMPER_INTEGRANDS = 12 };

/* 16-point Gauss–Legendre on [a, b], added to y[0 … count). Exact for polynomials of degree 31. */
void temper_gauss_legendre(temper_integrand f, const void *context, int count, double a, double b, double *y);

/* ∫_a^b f by the double-exponential rule (Takahasi & Mori 1974): algebraic and logarithmic singularities at the
 * ends do no harm. About 15 digits for functions analytic inside. */
double temper_tanh_sinh(double (*f)(const void *context, double x), const void *context, double a, double b);

/* ∫Dz f(z) for f that varies over a distance `width` around z = `kink` and is smooth elsewhere, like tanh((z −
 * kink)/width). The trapezoid on [−9, 9] while it is cheap, else panels that shrink towards the kink. */
void temper_gaussian_mean(temper_integrand f, const void *context, int count, double kink, double width,
                          double *mean);
/* The two rules themselves; each judges the other in the tests. */
void temper_gaussian_trapezoid(temper_integrand f, const void *context, int count, int intervals,
                               double *mean);
void temper_gaussian_panels(temper_integrand f, const void *context, int count, double kink, double width,
                            double *mean);

#endif
