/* adam: the step that adam and adamw share. */
#ifndef TEMPER_CORE_ADAM_H
#define TEMPER_CORE_ADAM_H

#include "temper/dynamics.h"

typedef struct {
    double rate, beta1, beta2, epsilon, decay;
} temper_adam;

/* decoupled: decay shrinks θ itself instead of joining the gradient. Memories 0 and 1: m, v. */
void temper_adam_step(const temper_adam *adam, bool decoupled, temper_walker *walker);

#endif
