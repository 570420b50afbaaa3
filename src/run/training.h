/* training: all that a train job needs, put together from its settings: data with its parts and scaling, the network, its loss as
 * a potential, the dynamics, the ensemble, and a crew of walkers for every seed.
 *
 * A member is what one seed gives: walkers r·group … r·group + group − 1 of the streams {seed, (first + r)·group + j}. Members share
 * nothing that changes, so each has the same bits alone and together. Times are steps of a walker; members need not be equally far. */
#ifndef TEMPER_RUN_TRAINING_H
#define TEMPER_RUN_TRAINING_H

#include "run/desk.h"
#include "run/forecast.h"
#include "run/study.h"
#include "temper/ensemble.h"
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
    temper_ensemble *ensemble;
    double T;             /* asked for, before the cooling */
    temper_stream shared; /* {seed, 0}: of what --vary freezes */
    bool frozen_noise;
    int members, group;            /* seeds; walkers of one */
    temper_walker **walker;        /* [members][group] */
    temper_crew *crew;             /* [members] */
    double *state;                 /* [members][states of the ensemble] */
    float *vector;                 /* [members][vectors of the ensemble][dim] */
    int64_t steps, batches, looks; /* of the run; minibatches of an epoch; gradients of a step */
    enum { MEMBERS_ABREAST, WALKERS_ABREAST, ONE_BY_ONE } order; /* what the threads share */

    /* An epoch is as many gradients as there are minibatches: epoch e ends with step e·batches/looks. Learning curves have a moment after
     * every `every` epochs, and at the end. */
    int64_t every, moments;
    temper_moment *moment; /* [members][moments] */
    int64_t whole; /* at every so many moments, counted from the last, gradients over all data are taken */
    int monitor;   /* bits of train_monitor.h: what is looked at then, beside */

    /* Weights that forecasts average over: at each of `times` steps due[times], ascending, a member gives `takes` of them. */
    int64_t times, takes, samples; /* samples = times·takes */
    int64_t *due;
    int64_t parameters; /* of the network; the coordinates of a walker may be more */
    float *sample;      /* [members][samples][parameters] */

    temper_forecaster *forecaster; /* [members] on the validation rows */
    double *noise;                 /* [members][outputs] of squared-loss forecasts, measured at the end */
    float *statistics;             /* [members][statistics] of batch norms, for the validation */
    int64_t *probe, probes;        /* [probes] training rows that those are measured on */
    float *scratch; /* [members][3][dim] for gradients over all data, and for weights on their way */
    double seconds; /* spent in the loop, over all sittings */
} temper_training;

/* From text to things, spelled out in the settings. Where this succeeds the job is legal. */
temper_status temper_training_make(temper_training *training);
/* Walkers at their start, and room for curves and samples. */
temper_status temper_training_begin(temper_training *training);
void temper_training_clear(temper_training *training);

/* training_data.c: the data, and what of the task concerns them. */
temper_status temper_training_data(temper_training *training);
/* Label noise of the settings, on the training rows: the same rows get the same wrong labels whenever the data are read. */
temper_status temper_training_spoil(temper_dataset *set, const temper_parts *parts,
                                    const temper_settings *settings);
/* The place of a word in a list of n; where it is "auto" and that is not in the list, *choice stays as it is. */
temper_status temper_training_choose(const char *option, const char *word, const char *const *list, int n,
                                     int *choice);

/* training_times.c: what lies where on the way. */
temper_status temper_training_plan(temper_training *training);
int64_t temper_training_epoch_step(const temper_training *training, int64_t epoch);
int64_t temper_training_epochs_by(const temper_training *training, int64_t step); /* that are over */
/* Of the run. The last step may look beyond its end: 3 epochs of 5 minibatches are 8 steps of 2 gradients. */
int64_t temper_training_epochs(const temper_training *training);
int64_t temper_training_moment_step(const temper_training *training, int64_t m);
/* How many moments, or times of samples, lie at steps ≤ step. */
int64_t temper_training_moments_by(const temper_training *training, int64_t step);
int64_t temper_training_times_by(const temper_training *training, int64_t step);

#endif
