/* Are samples of a model as good as fresh data? Plain rows in, float X[n][columns] row-major. Exact, parallel; nothing depends on threads. */
#ifndef TEMPER_ESTIMATE_QUALITY_H
#define TEMPER_ESTIMATE_QUALITY_H

#include <stdbool.h>
#include <stdint.h>
#include "temper/status.h"

typedef enum {
    TEMPER_HAMMING, /* number of entries that differ */
    TEMPER_JACCARD, /* 1 − (both ≠ 0)/(one ≠ 0), of 0/1 rows; 0 between rows that are all 0 */
    TEMPER_EUCLID   /* √Σ (x − y)² */
} temper_metric;

typedef struct {
    int64_t n, columns;
    const float *X;
} temper_sample_rows;

/* Distance from each row of `a` to its nearest and second nearest row of `b` (second may be NULL; infinity where b has no such row). same: a and b are one set,
 * and a row is not its own neighbour. first[a.n], second[a.n]. Rows of two values (0/1 or ±1) are packed into bits: about 10⁸ pairs of 784 a second and
 * core; others columns/2 ns a pair. */
temper_status temper_nearest_rows(const temper_sample_rows *a, const temper_sample_rows *b,
                                  temper_metric metric, bool same, double *first, double *second);

/* Nearest-neighbour adversarial accuracy (Yale et al. 2020) of data T and samples S, each of n ≥ 2 rows:
 *     truth = share of T whose nearest row of S is further than its nearest other row of T;   syn = the same with T and S exchanged;   total = ½(truth + syn).
 * Ties count ½. ½: cannot be told apart; near 0: S copies T; near 1: S is elsewhere. Errors are those of shares of independent rows;
 * that of total is the safe sum, since both shares look at the same rows. */
typedef struct {
    double total, truth, syn;
    double error, truth_error, syn_error;
} temper_adversary;
temper_status temper_adversarial_accuracy(const temper_sample_rows *T, const temper_sample_rows *S,
                                          temper_metric metric, temper_adversary *out);

/* Does S remember T? ratio: mean over S of (distance to the nearest row of T)/(to the second nearest), 0/0 = 1; copies: share of S at distance 0. Fresh data S
 * give the values to compare with. */
typedef struct {
    double ratio, ratio_error, copies, nearest; /* nearest: mean distance */
} temper_remembrance;
temper_status temper_memorisation(const temper_sample_rows *T, const temper_sample_rows *S,
                                  temper_metric metric, temper_remembrance *out);

/* Means and connected pair correlations C_ij, i < j, of two sets of rows: Pearson correlation and root mean square difference between the two. NaN where there is nothing
 * to compare (one column, all constant). Cost O(n columns²). */
typedef struct {
    double mean_pearson, mean_rms, pair_pearson, pair_rms;
} temper_moments;
temper_status temper_compare_moments(const temper_sample_rows *a, const temper_sample_rows *b,
                                     temper_moments *out);

/* Wasserstein-1 distance ∫|F_a − F_b| dx between the distributions of two sets of numbers, na, nb ≥ 1. Sorts copies. */
temper_status temper_wasserstein(const double *a, int64_t na, const double *b, int64_t nb, double *distance);

/* Time in which chains forget their start: q[chains][n] is the overlap of a chain at time t with itself at time 0, `apart` that of strangers; the first time, between
 * two steps by interpolation, at which the mean over chains of (q(t) − apart)/(q(0) − apart) is 1/e. Infinity: not within n. error: jackknife over chains. */
temper_status temper_forgetting_time(const double *q, int chains, int64_t n, double apart, double *time,
                                     double *error);

#endif
