/* The estimators of a trace. */
#ifndef TEMPER_LANDSCAPE_TRACE_H
#define TEMPER_LANDSCAPE_TRACE_H

#include "landscape/span.h"

enum { TEMPER_TRACE_BLOCK = 8 };

typedef struct {
    temper_operator *A;
    const temper_errand *errand;
    int64_t products, begun; /* may be spent; A->products at the beginning */
    double relative;
    int64_t first; /* number of the first random vector: those before were a pilot's */
} temper_trace_job;

/* Independent samples of one number, in order. */
typedef struct {
    int64_t n;
    double sum, square, cube; /* of x − first */
    double first;
} temper_tally_of;
void temper_tally_one(temper_tally_of *t, double x);
double temper_tally_mean(const temper_tally_of *t);
double temper_tally_error(const temper_tally_of *t); /* standard error of the mean; NaN for one sample */
/* Where the mean of what was sampled is, with 95 %, as multiples of the standard error below (k = 0) and above (1) the samples' mean: Student's t,
 * with the samples' skewness removed (see trace.c). */
double temper_tally_reach(const temper_tally_of *t, int k);

/* value, error, interval: what is known plus the mean of what was sampled. beside: an error that has nothing to do with chance, 0 for none. */
void temper_trace_sampled(temper_trace *out, double known, const temper_tally_of *t, double beside);
/* value ± error on `freedom` degrees: interval; ‖A‖_F from samples of its square. */
void temper_trace_interval(temper_trace *out, double freedom);
void temper_trace_norm(temper_trace *out, const temper_tally_of *square);
/* Is it time to look at the standard error after n samples, and is it small enough? Looks are at 10, 13, 17, 22, …, and the first ones ask for less
 * than was asked for: each is a chance to stop by luck. */
bool temper_trace_enough(const temper_trace_job *job, int64_t n, double value, double error);

temper_status temper_trace_hutchinson(const temper_trace_job *job, temper_trace *out);
/* Y[pilot][dim]: A times the first normal vectors of role SKETCH, or NULL. */
temper_status temper_trace_hutchpp(const temper_trace_job *job, int64_t pilot, const double *Y,
                                   temper_trace *out);
temper_status temper_trace_xtrace(const temper_trace_job *job, int64_t pilot, const double *Y,
                                  temper_trace *out);
/* ‖(1 − P)A‖_F² for sketches of k/2 − 1 and of k − 1 vectors: mean of the squared distances of each Y_i from the span of the others, k/2 or all of
 * them. Y is orthonormalised. R[k·k], room[k (pieces + 3)]. False where the vectors are dependent. */
bool temper_trace_remainders(int64_t dim, int64_t k, double *Y, double *R, double *room, double remainder[2]);
/* s[n] ← the unit vector orthogonal to R's columns j ≠ i: Rᵀs ∝ e_i, forwards. R[j·k + l] = coefficient of q_l in y_j, l ≤ j. Returns
 * 1/|R^{−T}e_i|, the distance of y_i from the span of the others. */
double temper_trace_left_out(int64_t n, int64_t k, const double *R, int64_t i, double *s);
int64_t temper_trace_spent(const temper_trace_job *job);
/* Vectors of a sketch: a share of the products, but no more than a gigabyte. */
int64_t temper_trace_sketch_size(int64_t products, int64_t dim, int64_t share);

#endif
