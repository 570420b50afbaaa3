/* study: what a training run leaves behind, in plain arrays: the source of its results, its JSON and its page. */
#ifndef TEMPER_RUN_STUDY_H
#define TEMPER_RUN_STUDY_H

#include <stdint.h>
#include "estimate/calibration.h"
#include "temper/dataset.h"
#include "temper/estimate.h"

enum { TEMPER_SCORES_MAX = 8 }; /* TEMPER_BINS = 15: estimate/calibration.h */

typedef struct
{ /* one point of the learning curves of one member, taken at the end of an epoch (0: before the first step) */
    int64_t step, evaluations;
    double rate, temperature;               /* asked for: η and T */
    double train_energy;                    /* mean u over the minibatches of the epoch; NaN at 0 */
    double validation[TEMPER_SCORES_MAX];   /* the scores below */
    double T_config, T_kinetic, T_gradient; /* measured; NaN where there is none */
    double fdr_left, fdr_right;             /* FDR1 */
    double noise_scale;                     /* samples */
    /* with --monitor, NaN else: ∇²u on some training rows, the edge of stability beside it, mean |∂ℓ/∂x|, and what that cost in gradients of all rows */
    double lambda1, lambda1_error, trace, trace_error, edge, sensitivity, monitored;
} temper_moment;

typedef struct {      /* a score: name, and its values on the test set */
    const char *name; /* "accuracy", "nll", "brier", "ece"; "rmse", "log_likelihood", "coverage" */
    const char *unit;
    double member[64];     /* the first 64 members */
    double mean, error;    /* over members; error NaN for one member */
    double ensemble;       /* of the averaged prediction */
    double ensemble_error; /* bootstrap over test rows */
} temper_score;

typedef struct {
    const char *data, *model, *dynamics, *ensemble; /* spelled out */
    const char *command;
    int members;
    int64_t moments;       /* points of each learning curve */
    int monitor;           /* train_monitor.h */
    temper_moment *moment; /* [members][moments] */
    int scores;
    temper_score score[TEMPER_SCORES_MAX];
    int64_t parameters, steps, epochs; /* of one member */
    int64_t gradient_evaluations;      /* of all members */
    double seconds, samples_per_second;
    double temperature; /* asked for at the end */
    char hash[65];
    /* test set predictions: ensemble average */
    int64_t tests, classes, outputs;
    const int32_t *y; /* [tests] */
    const double *t;  /* [tests][outputs] */
    double *
        p; /* [tests][classes] ensemble probabilities; regression: [tests][2·outputs] means and variances, in units of the data */
    double *spread; /* [tests] mutual information between members (regression: variance of means) */
    const temper_samples *samples; /* for pictures of single test rows */
    const int64_t *row;            /* [tests] */
    const char *verdict;           /* sentences, one a line */
} temper_study;

#endif
