/* probe: the curvature of a network's loss at one place, times vectors. What does not depend on the vector is computed once and kept. */
#ifndef TEMPER_PROBE_H
#define TEMPER_PROBE_H

#include "temper/network.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    TEMPER_HESSIAN,      /* ∇² of the mean loss (and of the prior) */
    TEMPER_GAUSS_NEWTON, /* mean of JᵀΛJ, Λ the Hessian of the loss in the outputs: the Hessian without the curvature of the network */
    TEMPER_FISHER,       /* mean of ∇ℓ ∇ℓᵀ with labels drawn from the forecast itself, one a row */
    TEMPER_EMPIRICAL_FISHER,    /* the same with the labels of the data */
    TEMPER_GRADIENT_COVARIANCE, /* empirical Fisher − ∇L ∇Lᵀ: noise of minibatches of one */
    TEMPER_NTK                  /* JJᵀ over rows × outputs: another space, of dimension rows·outputs */
} temper_curvature;

typedef struct temper_probe temper_probe;

/* At θ[P], over all rows of the task (task->statistics: constants of batch norms; NULL: they are coupled, then the last three kinds and
 * Gauss–Newton are refused). Keeps the point, as far as `memory` bytes reach (0: a gigabyte): the rest is computed again each time. task's parts and
 * θ are copied or must live on as task says. stream: of drawn labels. */
TEMPER_API temper_status temper_probe_create(temper_probe **probe, const temper_network_task *task,
                                             temper_curvature kind, const float *theta, temper_stream stream,
                                             size_t memory);
TEMPER_API void temper_probe_free(temper_probe *probe);
TEMPER_API int64_t temper_probe_dim(const temper_probe *probe);
/* out[n][dim] = A v[n][dim], several vectors in one sweep. Bits don't depend on threads, on n, or on what was kept. */
TEMPER_API temper_status temper_probe_apply(temper_probe *probe, int64_t n, const float *v, float *out);
/* u, and its gradient grad[P] (or NULL), of the same rows, as a gift. */
TEMPER_API temper_status temper_probe_slope(temper_probe *probe, double *u, float *grad);

#ifdef __cplusplus
}
#endif
#endif
