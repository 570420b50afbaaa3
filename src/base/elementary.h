/* The elementary functions that results depend on: libm differs by version and by machine, these do not. Only
 * IEEE + - * / on doubles and integer work on their bits, rounding to nearest, no fma: equal bits everywhere.
 *
 * Largest error seen against long double, in ulp of the result (tests/unit/elementary.c, 10^7 points each):
 *     exp 0.62 (0.75 where the result is subnormal)   expm1 1.04   log 0.84   log1p 0.83   tanh 1.03   sin, cos 0.80
 *     erf 1.97   erfc 3.50
 * NaN gives NaN, overflow infinity; subnormal arguments and results are right; expm1, log1p, tanh keep the sign of 0. */
#ifndef TEMPER_BASE_ELEMENTARY_H
#define TEMPER_BASE_ELEMENTARY_H

double temper_exp(double x);
double temper_expm1(double x);
double temper_log(double x); /* −inf at 0, NaN below */
double temper_log1p(double x);
double temper_tanh(double x);
double temper_erf(double x);
double temper_erfc(double x);                             /* 1 − erf without cancellation; 0 from 27.3 on */
void temper_sincos2pi(double turn, double *s, double *c); /* sin and cos of 2π·turn, exact at quarter turns */
void temper_sincos(double x, double *s,
                   double *c); /* of x in radians; beyond 2^31 by turns, to the 53 bits of x/2π */

#endif
