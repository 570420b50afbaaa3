/* A point of a learning curve: what the walker's thermometer gathered since the last one, and the scores on the validation rows. */
#ifndef TEMPER_RUN_TRAIN_MOMENT_H
#define TEMPER_RUN_TRAIN_MOMENT_H

#include "run/training.h"

/* Takes moment m of member r, where its walker stands, and resets the thermometer. */
temper_status temper_training_look(temper_training *training, int r, int64_t m);

#endif
