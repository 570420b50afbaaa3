/* The phase of a two-layer machine of ±1 units, from its couplings alone. Inside src/evidence only. */
#ifndef TEMPER_EVIDENCE_PHASE_H
#define TEMPER_EVIDENCE_PHASE_H

#include "temper/evidence.h"

typedef struct {
    int64_t V, H, modes; /* modes = min(V, H) */
    const double *w;     /* [modes] singular values of J, descending */
    const double *u, *v; /* [modes][V], [modes][H] their vectors */
    const double *a, *c; /* [V], [H] fields */
} temper_couplings;

/* Fills signals, edge (of J), sigma, strength, stability, states and phase. */
temper_status temper_phase_find(const temper_couplings *of, temper_spectrum *out);

#endif
