/* tick: the end of every sampler's sweep. */
#ifndef TEMPER_CORE_TICK_H
#define TEMPER_CORE_TICK_H

#include "temper/chain.h"

enum { TEMPER_REFRESH = 1024 };

/* One step of the clock. Cache and energy, which moves only follow, are recomputed where the clock, not the call,
 * says so: rounding stays bounded, and 2 + 2 sweeps are 4 sweeps to the last bit. */
static inline void temper_chain_tick(temper_chain *chain) {
    if (++chain->clock % TEMPER_REFRESH == 0) temper_chain_refresh(chain);
}

#endif
