/* Lanczos's method from several random vectors side by side: tridiagonal matrices, for quadrature. */
#ifndef TEMPER_LANDSCAPE_LANCZOS_H
#define TEMPER_LANDSCAPE_LANCZOS_H

#include "landscape/span.h"

typedef struct {
    int64_t probes, steps;
    double *alpha,
        *beta;       /* [probes][steps]; beta[j] couples j with j + 1, the last one with what was cut off */
    int64_t *length; /* [probes] steps done: fewer where an invariant subspace was closed, beta there is 0 */
} temper_lanczos;

/* From unit vectors, uniform on the sphere, of the errand's stream. Fully reorthogonalised while a gigabyte holds a basis; beyond that against the
 * last vectors that fit (at least three). */
temper_status temper_lanczos_run(temper_operator *A, temper_role role, int64_t probes, int64_t steps,
                                 const temper_errand *errand, temper_lanczos *out);
void temper_lanczos_clear(temper_lanczos *l);
/* Gauss's rule of probe p from its first `steps` steps (0: all): node[·] ascending, weight (Σ = 1), residual (or NULL). work[3 · steps]. Returns the number
 * of nodes, or 0 where the eigenvalues did not converge. */
int64_t temper_lanczos_rule(const temper_lanczos *l, int64_t p, int64_t steps, double *node, double *weight,
                            double *residual, double *work);

#endif
