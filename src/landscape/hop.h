/* hop: one step of a walker in a few coordinates. Langevin's step is done here, number by number, to the bits of temper_walker_steps, whose lanes of 16 and
 * thermometers take three times as long for one or two coordinates; everything else goes there. Inside src/landscape only. */
#ifndef TEMPER_LANDSCAPE_HOP_H
#define TEMPER_LANDSCAPE_HOP_H

#include <stdbool.h>
#include "temper/dynamics.h"

/* Is a step of this walker one that hop can do itself? */
bool temper_hop_suits(const temper_walker *walker);
/* As temper_walker_steps(walker, 1), but for the thermometers, which it leaves alone where `own`. */
void temper_hop(temper_walker *walker, bool own);

#endif
