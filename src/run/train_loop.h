/* The loop of a training run: members move on in slices, side by side; between slices it tells, saves and stops. */
#ifndef TEMPER_RUN_TRAIN_LOOP_H
#define TEMPER_RUN_TRAIN_LOOP_H

#include "run/training.h"

/* Goes back to the checkpoint when the desk resumes, and runs to the end, to a stop (TEMPER_STOPPED), or to a loss that is not
 * finite (TEMPER_DIVERGED, with a checkpoint of the last finite state). Leaves a checkpoint in the run directory. */
temper_status temper_training_run(temper_training *training);

#endif
