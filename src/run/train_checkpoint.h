/* Checkpoints of a training run (the file: run/saving.h): walkers with θ, gradient, memories, clock and thermometer; learning curves
 * and samples so far. What is read is checked: clocks lie in the run, numbers are finite. */
#ifndef TEMPER_RUN_TRAIN_CHECKPOINT_H
#define TEMPER_RUN_TRAIN_CHECKPOINT_H

#include "run/training.h"

temper_status temper_training_save(temper_training *training);
/* Without a checkpoint, the run begins at the beginning, and says so. */
temper_status temper_training_load(temper_training *training);

#endif
