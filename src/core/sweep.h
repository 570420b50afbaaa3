/* sweep: the single-site sweep that Metropolis and heat bath share. They differ in temper_rule alone.
 *
 * Draws: the turn at site i in sweep `clock` is decided by word i of (stream, TEMPER_FOR_MOVES, clock), in random
 * order turn k by word k. So the order of equal colours, the path through the code and the threads that run it
 * cannot change a result. */
#ifndef TEMPER_CORE_SWEEP_H
#define TEMPER_CORE_SWEEP_H

#include "core/chance.h"
#include "temper/sampler.h"

typedef enum {
    TEMPER_ORDER_AUTO,       /* colour on a lattice of two colours, sequential on everything else */
    TEMPER_ORDER_SEQUENTIAL, /* site 0, 1, 2, … */
    TEMPER_ORDER_RANDOM,     /* n times a site drawn with replacement */
    TEMPER_ORDER_COLOUR      /* all sites of colour 0, then of colour 1, … */
} temper_order;

/* Refuses, in the name of `thing`, colour order where there are no colours. */
temper_status temper_sweep_suits(const char *thing, temper_order order, const temper_system *system);
/* Bytes of scratch per chain. A chain that has less is swept all the same, only slower. */
size_t temper_sweep_scratch(temper_order order, const temper_system *system);
/* Every chain makes `sweeps` sweeps; parallel over chains. */
temper_status temper_sweep(temper_rule rule, temper_order order, temper_chain *const *chains, int nchains,
                           int64_t sweeps);

#endif
