/* descent: heavy-ball or Nesterov momentum along a force that the dynamics has put into walker->grad, be it a gradient at θ or elsewhere.
 *
 *     G ← G + λθ,     v ← μ v + G,     θ ← θ − η v          Nesterov: θ ← θ − η (G + μ v)
 *
 * What goes to the thermometer is θ·G, |G|² and the right side of FDR1, as in sgd: ⟨θ·G⟩ = (η/2)(1 + μ)⟨|v|²⟩ follows from stationarity
 * of |θ|² and θ·v alone, whatever the force G is. */
#ifndef TEMPER_CORE_DESCENT_H
#define TEMPER_CORE_DESCENT_H

#include "temper/dynamics.h"

typedef struct {
    double rate, momentum, decay; /* η (that of the walker counts), μ, λ */
    bool nesterov;
} temper_descent;

/* Nesterov's look ahead needs a momentum. name: of the dynamics, for the sentence. */
temper_status temper_descent_check(const temper_descent *descent, const char *name);
/* u: the energy that this step shows on the thermometer and as walker->energy. Memory 0: v. */
void temper_descend(const temper_descent *descent, temper_walker *walker, double u);

#endif
