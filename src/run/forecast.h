/* forecast: what weights say about rows. Of labels the probabilities softmax(z); of numbers the mean and variance of a Gaussian,
 * in units of the data, with variance e^v (loss gaussian) or one noise for all rows that was measured on others (loss squared). Several weights are
 * averaged: probabilities by their mean, Gaussians by the mean and variance of their mixture. */
#ifndef TEMPER_RUN_FORECAST_H
#define TEMPER_RUN_FORECAST_H

#include "base/text.h"
#include "estimate/calibration.h"
#include "temper/network.h"

typedef struct { /* what is forecast, and by which network; all borrowed */
    const temper_network *network;
    const temper_samples *samples;
    const temper_scaling *scaling;
    temper_loss loss;
    int64_t classes, targets; /* one of them is 0 */
    const int64_t *row;       /* [n] */
    int64_t n;
} temper_forecast_task;

typedef struct {
    temper_forecast_task task;
    int64_t width; /* numbers of a row of p: classes, or 2·targets */
    int64_t added; /* weights so far */
    float *z;      /* [n][outputs of the network] */
    double *p;     /* [n][width] sums over the weights: probabilities, or means and (variance + mean²) */
    double *q;     /* [width] of one row and one weight */
    int32_t *y;    /* [n] labels of the rows, or NULL */
    double *t;     /* [n][targets], or NULL */
} temper_forecaster;

temper_status temper_forecaster_begin(temper_forecaster *forecaster, const temper_forecast_task *task);
void temper_forecaster_clear(temper_forecaster *forecaster);
void temper_forecaster_reset(temper_forecaster *forecaster);
/* One more vector of weights. */
temper_status temper_forecaster_add(temper_forecaster *forecaster, const float *theta,
                                    const float *statistics);
/* Turns sums into the average, in p. Then only what follows, and reset, makes sense. */
void temper_forecaster_average(temper_forecaster *forecaster);
/* noise[targets]: mean square of target − mean over the rows; and the same added to the variance of every row. */
void temper_forecaster_residual(const temper_forecaster *forecaster, double *noise);
void temper_forecaster_blur(temper_forecaster *forecaster, const double *noise);
/* Pooling members: adds the average (of one member) to sum[n][width]; and makes the mean over members of such a sum the average. */
void temper_forecaster_pour(const temper_forecaster *forecaster, double *sum);
void temper_forecaster_pooled(temper_forecaster *forecaster, const double *sum, int64_t members);
/* The average as a forecast to be judged; needs labels or targets. */
temper_forecast temper_forecaster_judged(const temper_forecaster *forecaster);
/* The average as CSV with a head. Labels: row, label (where known), class = argmax, p_0, p_1, … Numbers: row, target_k (where known),
 * mean_k, deviation_k. Rows count from 0 in the data set. */
void temper_forecaster_csv(const temper_forecaster *forecaster, temper_text *out);

#endif
