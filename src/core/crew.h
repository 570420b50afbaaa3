/* crew: what ensembles that move the walkers of a crew through temperature have in common. */
#ifndef TEMPER_CORE_CREW_H
#define TEMPER_CORE_CREW_H

#include "temper/ensemble.h"

/* Refuses, in the name of `who`, walkers that no temperature moves, and T = 0. */
temper_status temper_crew_thermal(const char *who, const temper_crew *crew);

/* U[j] = N·u of walker j over all data, ∞ where it is not a number, side by side on the threads. Counted in its
 * evaluations as ⌈batches/3⌉: a look without a gradient costs a third of one with it. */
temper_status temper_crew_energies(const temper_crew *crew, double *U);

/* From now on the walker is one at temperature T: a momentum, memory 0 of a thermal dynamics that draws it in `begin`, is scaled
 * by √(T/T_before), so that its distribution is the one at T. Both temperatures above 0. (sghmc keeps p half a kick before the end of its step;
 * so p is wrong by (√(T/T_before) − 1)(h/2)∇u until friction has taken that away: second order in h and in steps of a ladder.) */
void temper_walker_warm(temper_walker *walker, double T);

/* θ, memories and the last energy of one walker of a crew to another. Stream, clock and temperature stay. */
void temper_walker_follow(temper_walker *walker, const temper_walker *example);

#endif
