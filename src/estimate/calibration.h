/* Forecasts judged: how often they are right, and whether their probabilities are honest. Plain arrays in.
 *
 * Labels (classes > 0): p[n][classes] are probabilities and y[n] what came. With the forecast ŷ = argmax p (the lowest of equals)
 * and its confidence c = max p,
 *     accuracy  share of rows with ŷ = y
 *     nll       mean of −ln p_y, in nats
 *     brier     mean of Σ_k (p_k − [k = y])²  (Brier 1950: 0 … 2)
 *     ece       Σ_b (n_b/n)·|share right in b − mean confidence in b| over 15 equal bins of c (Naeini et al. 2015)
 * Numbers (classes = 0): p[n][2·outputs] are means, then variances of Gaussians; t[n][outputs] what came.
 *     rmse           root of the mean square of t − mean
 *     log_likelihood mean of ln N(t; mean, variance) over rows and outputs, in nats
 *     coverage_50, coverage_90, coverage_95  share of t in the central interval of that probability
 *
 * Sums go row by row in order, and nothing here depends on libm: equal bits everywhere. */
#ifndef TEMPER_ESTIMATE_CALIBRATION_H
#define TEMPER_ESTIMATE_CALIBRATION_H

#include <stdbool.h>
#include <stdint.h>
#include "temper/status.h"

enum { TEMPER_BINS = 15, TEMPER_MARKS = 5 };

typedef struct {
    int64_t n, classes, outputs;
    const double *p;  /* [n][classes], or [n][2·outputs] */
    const int32_t *y; /* [n] 0 … classes − 1 */
    const double *t;  /* [n][outputs] */
} temper_forecast;

/* Names of the marks of labels or numbers, and what they are counted in; returns how many there are. */
int temper_mark_names(bool labels, const char *name[TEMPER_MARKS], const char *unit[TEMPER_MARKS]);
/* Fills value[temper_mark_names()]; NaN where there are no rows. */
void temper_forecast_marks(const temper_forecast *forecast, double *value);
/* The same, and the standard error of each over the choice of rows: 200 bootstrap samples with the words of stream {0, 0},
 * TEMPER_FOR_BOOTSTRAP. Fails only for want of memory. Cost O(200 n), on all threads. */
temper_status temper_forecast_errors(const temper_forecast *forecast, double *value, double *error);

/* Rows, mean confidence and share right in each of 15 bins of confidence (k/15, (k+1)/15]; NaN in empty ones. */
typedef struct {
    int64_t count[TEMPER_BINS];
    double confidence[TEMPER_BINS], right[TEMPER_BINS];
} temper_reliability;
/* Of the bins (b/15, (b + 1)/15] that of p; 0 is in the first, and so is what is no number. */
int temper_bin(double p);
void temper_forecast_reliability(const temper_forecast *forecast, temper_reliability *out);

/* Probabilities of one row of scores z[classes]: e^{z_k} / Σ e^{z_j}. */
void temper_softmax(const float *z, int64_t classes, double *p);
/* −Σ p ln p in nats. */
double temper_entropy(const double *p, int64_t classes);

#endif
