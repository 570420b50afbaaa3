/* average: the running mean of weights over the late part of training, as swa and swag take it. */
#ifndef TEMPER_CORE_AVERAGE_H
#define TEMPER_CORE_AVERAGE_H

#include "temper/ensemble.h"

typedef struct { /* which moments: every `every` epochs, after the first `from` of all steps */
    double from, every;
} temper_window;

int64_t temper_window_stride(const temper_window *window, int64_t epoch); /* in steps, at least 1 */
bool temper_window_due(const temper_window *window, const temper_crew *crew);
/* Moments that the whole run has. Refuses windows of fewer than `least`, in the name of `who`. */
temper_status temper_window_check(const temper_window *window, const char *who, const temper_crew *crew,
                                  int64_t least);

/* Moments taken so far: state[0], or 0 where a damaged file left what cannot be. */
int64_t temper_window_taken(const temper_crew *crew);

/* Takes x, the n-th of them (from 1), into the mean of [dim] numbers. The mean is mean + rest: rest holds what float cannot, less than half an
 * ulp of each. So the error stays below 3u·max|x − mean| + n·u²·|mean|/2, u = 2⁻²⁴, where a plain m += (x − m)/n loses n·u·|mean|/2. */
void temper_average_add(int64_t dim, int64_t n, const float *x, float *mean, float *rest);
/* Takes x into the variance about the mean, v_n = (1 − 1/n) v_{n−1} + (1 − 1/n)/n · (x − mean_{n−1})²: before temper_average_add.
 * Never negative; over the n moments, not n − 1. */
void temper_average_spread(int64_t dim, int64_t n, const float *x, const float *mean, float *variance);

#endif
