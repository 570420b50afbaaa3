/* influence: what a trained network hangs on: inputs, samples, layers, weights; and what it would be without one of its samples. */
#ifndef TEMPER_INFLUENCE_H
#define TEMPER_INFLUENCE_H

#include "temper/landscape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- rows ---- */

/* For row[n] of the task's samples: norm |∇_θ ℓ_i| and loss ℓ_i (either may be NULL), without prior, at θ[P]. Batch norms are constants
 * (task->statistics). n gradients of one row, side by side; the bits don't depend on threads or on the other rows. */
TEMPER_API temper_status temper_row_slopes(const temper_network_task *task, const double *theta, int64_t n,
                                           const int64_t *row, const temper_errand *errand, double *norm,
                                           double *loss);
/* grad[P] = mean of ∇_θ ℓ over row[n]. precise: in double. */
TEMPER_API temper_status temper_rows_slope(const temper_network_task *task, const double *theta, int64_t n,
                                           const int64_t *row, bool precise, double *u, double *grad);

/* ---- inputs ---- */

/* ∂ℓ/∂x_f over the task's rows, x as it lies in the data set: mean of its size, and with its sign, with standard errors (NaN of one row). Each [features], or NULL. */
TEMPER_API temper_status temper_input_slopes(const temper_network_task *task, const double *theta,
                                             double *size, double *size_error, double *with_sign,
                                             double *sign_error);

/* ---- weights ---- */

/* Of each weight: |θ_i ∂L/∂θ_i|, what it is worth to first order, and H_ii θ_i²/2, to second at a minimum (LeCun et al. 1990, optimal brain
 * damage), its standard error from `probes` random vectors. Each [dim]. */
TEMPER_API temper_status temper_weight_worth(temper_landscape *landscape, const double *theta, int64_t probes,
                                             const temper_errand *errand, double *first, double *second,
                                             double *error);

/* ---- influence functions (Cook & Weisberg 1980; Koh & Liang 2017) ---- */

typedef struct {           /* zeros are defaults */
    temper_curvature kind; /* TEMPER_HESSIAN, or TEMPER_GAUSS_NEWTON where the Hessian is not definite */
    double damping;        /* λ ≥ 0 */
    double tolerance;      /* of the solves; 1e-5 */
    int64_t most;          /* products of a solve; 0: 500 */
    bool precise;          /* rows in double, as a landscape that is */
    bool leverage; /* one step further: divided by 1 − h_i, h_i = g_iᵀ(H + λ)⁻¹g_i/N; a solve for each row */
} temper_influence_plan;

typedef struct {
    double residual, curvature; /* of the solve for the asked rows; see temper_solution */
    int64_t products;
    bool converged;
} temper_influence_note;

/* How the mean loss of asked[m] changes when row[i] is left out of the landscape's rows and the network is trained again, to first order in 1/N:
 *     change_i = ∇L_askedᵀ (H + λ)⁻¹ ∇ℓ_i / N
 * H is the curvature of the landscape at θ (with its prior), which should be a minimum. rows are numbers within the data set; they should be
 * rows of the landscape. self[n] (or NULL): g_iᵀ(H + λ)⁻¹ g_i / N, by a solve each. A network's landscape only. Leave-one-out is exact to second
 * order for linear models; with `leverage` it is exact for linear regression. */
TEMPER_API temper_status temper_influence_find(temper_landscape *landscape, const double *theta,
                                               const temper_influence_plan *plan, int64_t m,
                                               const int64_t *asked, int64_t n, const int64_t *row,
                                               const temper_errand *errand, double *change, double *self,
                                               temper_influence_note *note);

#ifdef __cplusplus
}
#endif
#endif
