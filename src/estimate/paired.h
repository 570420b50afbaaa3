/* Two methods compared over the same seeds: is the one better, by how much, and could it be chance? Plain arrays in. */
#ifndef TEMPER_ESTIMATE_PAIRED_H
#define TEMPER_ESTIMATE_PAIRED_H

#include "temper/status.h"

typedef struct {
    int n;             /* pairs */
    double a, b;       /* means */
    double difference; /* mean of b − a */
    double error;      /* its standard error */
    double low, high;  /* 95 % interval (Student) */
    double
        effect; /* Hedges' g_av: the difference in units of the pooled standard deviation, corrected for small n */
    double effect_low, effect_high;
    double p; /* two-sided: paired t-test for n ≥ 2; NaN where there is nothing to test (n < 2) */
} temper_paired;

/* a[n] and b[n] of the same seeds. All differences equal: p = 1 if they are 0, else 0. */
temper_status temper_paired_compare(const double *a, const double *b, int n, temper_paired *out);
/* The same for runs that share no seeds: Welch's test. */
temper_status temper_welch_compare(const double *a, int na, const double *b, int nb, temper_paired *out);
/* Holm's step-down correction of n p-values, in place: valid whatever their dependence. NaNs are no tests and stay. */
temper_status temper_holm(double *p, int n);
/* Standard deviation over n seeds with its 95 % interval (χ²), n ≥ 2. */
void temper_deviation(const double *x, int n, double *deviation, double *low, double *high);
/* Ratio of the standard deviations of two methods, a over b, with its 95 % interval: bootstrap over the pairs with the words of stream {0, 0},
 * TEMPER_FOR_BOOTSTRAP, on the logarithm. */
temper_status temper_deviation_ratio(const double *a, const double *b, int n, double *ratio, double *low,
                                     double *high);
/* Quantile of Student's distribution, and its two-sided tail; ν > 0. */
double temper_student_quantile(double p, double nu);
double temper_student_tail(double t, double nu);

#endif
