/* plefka: ln Z of a two-layer machine by the Plefka expansion in the coupling between the layers (Plefka 1982; Georges and
 * Yedidia 1991; Gabrié, Tramel and Krzakala 2015). */
#ifndef TEMPER_CORE_PLEFKA_H
#define TEMPER_CORE_PLEFKA_H

#include "core/two_layers.h"

typedef struct {
    int order;        /* 1: naive mean field; 2, 3: TAP */
    double damping;   /* 0 ≤ damping < 1: m ← damping·m + (1 − damping)·new */
    double tolerance; /* stops when the residual is not larger */
    int64_t most;     /* iterations */
} temper_plefka_how;

typedef struct {
    double log_z; /* −free energy of the solution */
    double
        residual; /* of the last iteration: how far a magnetisation was, at most, from what its equation asks */
    int64_t iterations; /* of this start */
    bool converged;     /* residual ≤ tolerance */
} temper_plefka_result;

/* Order 1 … 3, damping ½, tolerance 1e-10, 10000 iterations. */
temper_plefka_how temper_plefka_usual(int order);

/* Binary and spin units only (TEMPER_CANNOT otherwise). `m` [n][V + H]: on entry the starts, visible magnetisations (means, in the
 * units of the layer) then hidden ones; on return the fixed points. NULL: one start (n = 1) at rest, every unit as without couplings.
 * result[n]. stat [V·H + V + H] (unless NULL): ⟨v h⟩ with the correction of the order, ⟨v⟩, ⟨h⟩, mean over the n solutions.
 * Starts run side by side on the threads, each in fixed order. No convergence is a result, not a failure. */
temper_status temper_plefka(const temper_two_layers *of, const temper_plefka_how *how, int64_t n, double *m,
                            temper_plefka_result *result, double *stat);

#endif
