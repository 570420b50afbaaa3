/* probe: the curvature of a network's loss at one place, times vectors. What does not depend on the vector is computed once and kept. */
#ifndef TEMPER_PROBE_H
#define TEMPER_PROBE_H

#include "temper/network.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {                 /* ℓ: the loss of a row, z: its outputs, J = ∂z/∂θ, P parameters */
               TEMPER_HESSIAN, /* ∇² of the mean loss, and of the prior: the only kind that has the prior in it */
               TEMPER_GAUSS_NEWTON, /* mean of JᵀΛJ, Λ = ∂²ℓ/∂z²: the Hessian without the curvature of the network */
               TEMPER_FISHER, /* mean of ∇ℓ ∇ℓᵀ with a label or target of each row drawn from the forecast itself */
               TEMPER_EMPIRICAL_FISHER,    /* the same with those of the data */
               TEMPER_GRADIENT_COVARIANCE, /* empirical Fisher − ∇L ∇Lᵀ: noise of minibatches of one */
               TEMPER_NTK /* JJᵀ: another space, of dimension rows·outputs, [row][output] */
} temper_curvature;

typedef struct temper_probe temper_probe;

/* At θ[P], over all rows of the task (task->statistics: constants of batch norms; NULL: the batches that the task cuts the rows into couple
 * theirs, and then the Hessian alone is legal, of the mean over these batches). Keeps the point, as far as `memory` bytes reach (0: a
 * gigabyte): the rest is computed again each time. θ and task are copied; what the task points to must live on.
 *
 * stream: of the drawn labels, address (stream, TEMPER_FOR_NOISE, row of the data); the forecast is softmax without smoothing or
 * confidence, N(z, 1), or N(mean, variance). TEMPER_CANNOT in words: variational tasks; Fisher of the hinge loss, which is no forecast;
 * Gauss–Newton where the loss is not convex in the outputs (learned variance, confidence > 0) or flat (hinge). */
TEMPER_API temper_status temper_probe_create(temper_probe **probe, const temper_network_task *task,
                                             temper_curvature kind, const float *theta, temper_stream stream,
                                             size_t memory);
TEMPER_API void temper_probe_free(temper_probe *probe);
TEMPER_API int64_t temper_probe_dim(const temper_probe *probe);
/* out[n][dim] = A v[n][dim], several vectors in one sweep. Bits don't depend on threads, on n, or on what was kept. Allocates nothing. With the
 * point kept a Hessian costs some 1.1 to 2 gradients, the other kinds about one. Threads share chunks of 256 rows, and where
 * there are more threads than chunks, the vectors of a chunk. */
TEMPER_API temper_status temper_probe_apply(temper_probe *probe, int64_t n, const float *v, float *out);
/* u, and its gradient grad[P] (or NULL), of the same rows, with the prior, as the task's potential tells them: borrows memory. */
TEMPER_API temper_status temper_probe_slope(temper_probe *probe, double *u, float *grad);

#ifdef __cplusplus
}
#endif
#endif
