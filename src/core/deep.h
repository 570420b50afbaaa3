/* deep: a network as the energy of its own input, E(x; θ) = ½ Σ_k f_k(x; θ)², row by row: its values, its slopes in x, and in θ. */
#ifndef TEMPER_CORE_DEEP_H
#define TEMPER_CORE_DEEP_H

#include "temper/network.h"

typedef struct {
    temper_network *network;
    int64_t V, outputs;
    const float *theta; /* not its own */
    double *zero;       /* targets of the loss ½ Σ f², all 0 */
    int64_t *row;       /* 0, 1, 2 … */
} temper_deep;

/* model: "mlp:widths=64x64,…". On failure, too, the caller clears. */
temper_status temper_deep_build(temper_deep *deep, const char *model, int64_t V, int64_t outputs);
void temper_deep_clear(temper_deep *deep);
/* E[n] and slope[n][V] = ∇E of rows x[n][V]. Where it fails the E of the rows concerned are NaN. */
temper_status temper_deep_slopes(const temper_deep *deep, const float *x, int64_t n, double *E, float *slope);
temper_status temper_deep_energies(const temper_deep *deep, const float *x, int64_t n, double *E);
enum { TEMPER_DEEP_ROWS = 4096 };
/* grad[P] = mean of ∂E/∂θ over n ≤ TEMPER_DEEP_ROWS rows. */
temper_status temper_deep_mean(const temper_deep *deep, const float *x, int64_t n, float *grad);

#endif
