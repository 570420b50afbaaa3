/* Roots and maxima of functions of one variable. */
#ifndef TEMPER_NUM_ROOTS_H
#define TEMPER_NUM_ROOTS_H

typedef double (*temper_curve)(const void *context, double x);

/* A root between a and b, where f must have opposite signs (or vanish), to rounding error: Brent 1973, chapter 4.
 * NaN when the signs are equal. */
double temper_root(temper_curve f, const void *context, double a, double b);

/* Largest value of f on [a, b], found at *at: the best point of a grid of 24 steps, then golden sections around it. */
double temper_maximum(temper_curve f, const void *context, double a, double b, double *at);

#endif
