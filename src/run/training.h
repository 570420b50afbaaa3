/* training: all that a train job needs, put together from its settings: data with its parts and scaling, the network, its loss as
 * a potential, the dynamics, and one walker for every member.
 *
 * Member r is the walker of stream {seed, first + r}. Members share nothing that changes, so each has the same bits alone and
 * together. Times are steps (minibatches) of a member; members need not be equally far. */
#ifndef TEMPER_RUN_TRAINING_H
#define TEMPER_RUN_TRAINING_H

#include "run/desk.h"
#include "run/forecast.h"
#include "run/study.h"
#include "temper/dynamics.h"
#include "temper/network.h"

typedef struct { /* start from {.settings, .desk} */
    temper_settings *settings;
    temper_desk *desk;
    temper_dataset *data;
    temper_parts parts;
    temper_scaling scaling;
    temper_loss loss;
    temper_network *network;
    temper_network_task task;
    temper_potential *potential;
    temper_dynamics *dynamics;
    temper_schedule *schedule, *cooling;
    double T; /* asked for, before the cooling */
    int members;
    temper_walker **walker; /* [members] */
    int64_t steps, epoch;   /* of the run, of an epoch */
    bool side_by_side;      /* members share the threads; else each of them uses all */

    /* Learning curves. Moment m lies at step min(m·every·epoch, steps). */
    int64_t every, moments;
    temper_moment *moment; /* [members][moments] */
    int64_t whole; /* at every so many moments, counted from the last, gradients over all data are taken */

    /* Weights that forecasts average over. Sample k lies at step (k + 1 − samples)·gap + steps. */
    int64_t samples, gap;
    float *sample; /* [members][samples][dim] */

    temper_forecaster *forecaster; /* [members] on the validation rows */
    double *noise;                 /* [members][outputs] of squared-loss forecasts, measured at the end */
    float *statistics;             /* [members][statistics] of batch norms, for the validation */
    int64_t *probe, probes;        /* [probes] training rows that those are measured on */
    float *scratch;                /* [members][3][dim] for gradients over all data */
    double seconds;                /* spent in the loop, over all sittings */
} temper_training;

/* From text to things, spelled out in the settings. Where this succeeds the job is legal. */
temper_status temper_training_make(temper_training *training);
/* Walkers at their start, and room for curves and samples. */
temper_status temper_training_begin(temper_training *training);
void temper_training_clear(temper_training *training);

int64_t temper_training_moment_step(const temper_training *training, int64_t m);
int64_t temper_training_sample_step(const temper_training *training, int64_t k);
/* How many moments, or samples, lie at steps ≤ step. */
int64_t temper_training_moments_by(const temper_training *training, int64_t step);
int64_t temper_training_samples_by(const temper_training *training, int64_t step);

#endif
