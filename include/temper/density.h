/* The exact density of states of the two-dimensional Ising model: whole numbers g(E) with Z = Σ g(E) e^{−E/T}. */
#ifndef TEMPER_DENSITY_H
#define TEMPER_DENSITY_H

#include <stdint.h>
#include "temper/export.h"
#include "temper/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Lines "E g" of the n x m torus with J = 1, E ascending, zeros left out; at least one extent is even, both are 2 or
 * more, and n·m ≤ 1024. Cost O((nm)³): 10 ms for 16x16, a second for 32x32. Caller frees with temper_free. */
TEMPER_API temper_status temper_density_text(int64_t n, int64_t m, char **text);

#ifdef __cplusplus
}
#endif
#endif
