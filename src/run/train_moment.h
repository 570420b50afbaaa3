/* A point of a learning curve: what the walker's thermometer gathered since the last one, and the scores on the validation rows. */
#ifndef TEMPER_RUN_TRAIN_MOMENT_H
#define TEMPER_RUN_TRAIN_MOMENT_H

#include "run/training.h"

/* Weights k = 0 … takes−1 that stand for member r now, into theta[parameters]. Uses its scratch. */
void temper_training_weights(temper_training *training, int r, int64_t k, float *theta);
/* Number of the walker of member r whose thermometer is shown. */
int temper_training_lead(const temper_training *training, int r);
/* Takes moment m of member r, where its walkers stand, and resets their thermometers. */
temper_status temper_training_look(temper_training *training, int r, int64_t m);

#endif
