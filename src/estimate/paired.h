/* Two methods compared over seeds: is the one better, by how much, and could it be chance? Plain arrays in. Nothing here depends on libm.
 *
 * Scores of seeds are taken for normal. Student's and the χ² intervals and that of Pitman and Morgan are then exact, Welch's is close, and
 * that of the effect is on the safe side: tests/physics/significance.c counts how often each holds the truth. */
#ifndef TEMPER_ESTIMATE_PAIRED_H
#define TEMPER_ESTIMATE_PAIRED_H

#include "num/incomplete.h"
#include "temper/status.h"

typedef struct {
    int n;             /* pairs; of Welch's test the smaller number of seeds */
    double a, b;       /* means */
    double difference; /* mean of b − a */
    double error;      /* its standard error */
    double low, high;  /* 95 % interval (Student) */
    double
        effect; /* Hedges' g_av: the difference in units of √((s_a² + s_b²)/2), corrected for small n; NaN for n < 3 or where s = 0 */
    double effect_low, effect_high; /* its 95 % interval */
    double p;                       /* two-sided; NaN where there is nothing to test (n < 2) */
} temper_paired;

/* a[n] and b[n] of the same seeds: the paired t-test, n ≥ 1. All differences equal: p = 1 if they are 0, else 2^(1 − n), the sign test's. Differences of 1e-12 of the
 * numbers are rounding, and count as 0. */
temper_status temper_paired_compare(const double *a, const double *b, int n, temper_paired *out);
/* The same for runs that share no seeds: Welch's test. */
temper_status temper_welch_compare(const double *a, int na, const double *b, int nb, temper_paired *out);
/* Holm's step-down correction of n p-values, in place: valid whatever their dependence. NaNs are no tests and stay. Fails only for
 * want of memory. */
temper_status temper_holm(double *p, int n);
/* Standard deviation over n seeds with its 95 % interval (χ²); NaN for n < 2. */
void temper_deviation(const double *x, int n, double *deviation, double *low, double *high);

typedef struct {
    double ratio, low, high; /* with its 95 % interval; NaN where a deviation is 0 or seeds are too few */
} temper_ratio;
/* Standard deviation of a over that of b: over the same n ≥ 3 seeds (Pitman 1939, Morgan 1939), or over seeds of their own (F), na, nb ≥ 2. */
temper_ratio temper_deviation_ratio(const double *a, const double *b, int n);
temper_ratio temper_deviation_ratio_free(const double *a, int na, const double *b, int nb);

#endif
