/* What a training run is worth: members and ensemble judged on the test rows, once, when all weights are final. */
#ifndef TEMPER_RUN_TRAIN_RESULTS_H
#define TEMPER_RUN_TRAIN_RESULTS_H

#include "run/report.h"
#include "run/training.h"

typedef struct { /* a mean over members: of curves at their last quarter, of scores on the validation rows */
    double mean, error;
} temper_spread;

typedef struct { /* start from {0} */
    temper_study study;
    double *test[TEMPER_MARKS];             /* [members] scores on the test rows */
    double *checked[TEMPER_MARKS];          /* [members] and on the validation rows */
    temper_spread validation[TEMPER_MARKS]; /* of those */
    temper_spread loss, T_config, T_kinetic, T_gradient, fdr, noise_scale; /* fdr: left over right side */
    temper_spread U, S, F;        /* variational: of the training set */
    double dynamics_T;            /* temperature of the dynamics' own noise, 0: it has none */
    temper_table told;            /* by the ensemble: of all members, one below the other */
    float *statistics;            /* [members][samples][statistics] of the final weights */
    temper_forecaster forecaster; /* on the test rows; then the ensemble's */
    temper_text verdict;
} temper_trained;

temper_status temper_trained_judge(temper_trained *trained, temper_training *training);
void temper_trained_clear(temper_trained *trained);
/* Sentences about what came out, one a line, into trained->verdict and the study. */
void temper_trained_verdict(temper_trained *trained, const temper_training *training);
/* The first thing that is wrong under strict rules, as a sentence in TEMPER_DIAGNOSTIC. */
temper_status temper_trained_strict(const temper_trained *trained, const temper_training *training);

/* train_report.c: JSON and table. */
temper_status temper_trained_report(const temper_trained *trained, const temper_training *training,
                                    temper_report **report);
/* train_files.c: network.json, weights/, curves.csv, predictions.csv in the run directory. */
temper_status temper_trained_write(const temper_trained *trained, const temper_training *training);

#endif
