/* Influence functions (Cook & Weisberg 1980; Koh & Liang 2017). Without row i the network is trained on L − ℓ_i/N; where θ was the minimum of L the
 * new one is, to first order in 1/N,
 *
 *     θ_(i) = θ + (H + λ)⁻¹ ∇ℓ_i / N,      so any other loss changes by  ∇L_askedᵀ (H + λ)⁻¹ ∇ℓ_i / N
 *
 * One solve for what is asked, then a gradient and a product for each row. With the row's own curvature taken out of H, rank one where the loss is
 * squared and the model linear, (Sherman & Morrison) the change is divided by 1 − h_i, h_i = ∇ℓ_iᵀ(H + λ)⁻¹∇ℓ_i/N · (ℓ''/ℓ'²), and h is what the
 * row's forecast weighs in itself. */
#include "temper/influence.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/errand.h"
#include "landscape/vectors.h"
#include "network/network.h"

typedef struct {
    temper_landscape *landscape;
    const temper_network_task *task;
    const double *theta;
    const temper_influence_plan *plan;
    const temper_errand *errand;
    temper_operator *A;
    int64_t dim;
    double N;
    double *asked, *s, *grad, *solved; /* [dim]: ∇L_asked, (H + λ)⁻¹ of it, ∇ℓ_i, (H + λ)⁻¹ of it */
} inquiry;

static temper_status solve(const inquiry *q, const double *b, double *x, temper_solution *how) {
    const temper_solve_plan plan = {.definite = true,
                                    .shift = q->plan->damping,
                                    .tolerance = q->plan->tolerance > 0 ? q->plan->tolerance : 1e-5,
                                    .most = q->plan->most ? q->plan->most : 500};
    memset(x, 0, (size_t)q->dim * sizeof *x);
    return temper_solve(q->A, b, &plan, NULL, x, how);
}

/* One row: its change, and what it weighs in itself. */
static temper_status weigh(const inquiry *q, int64_t row, double *change, double *self) {
    temper_solution how;
    double loss;
    temper_status bad = temper_rows_slope(q->task, q->theta, 1, &row, q->plan->precise, &loss, q->grad);
    if (bad) return bad;
    *change = temper_inner(q->dim, q->s, q->grad) / q->N;
    if (!self && !q->plan->leverage) return TEMPER_OK;
    bad = solve(q, q->grad, q->solved, &how);
    double own = temper_inner(q->dim, q->grad, q->solved) / q->N;
    if (self) *self = own;
    if (q->plan->leverage) /* squared loss ℓ = r²/2: ∇ℓ = r x, so h = own/r² = own/2ℓ */
        *change /= 1 - (loss > 0 ? own / (2 * loss) : 0);
    return bad;
}

static temper_status inquire(inquiry *q, int64_t m, const int64_t *asked, int64_t n, const int64_t *row,
                             double *change, double *self, temper_influence_note *note) {
    temper_solution how;
    double loss;
    temper_status bad = temper_rows_slope(q->task, q->theta, m, asked, q->plan->precise, &loss, q->asked);
    if (!bad) bad = solve(q, q->asked, q->s, &how);
    if (!bad) *note = (temper_influence_note){how.residual, how.curvature, how.products, how.converged};
    for (int64_t i = 0; i < n && !bad; i++) {
        bad = weigh(q, row[i], &change[i], self ? &self[i] : NULL);
        if (!bad) bad = temper_errand_step(q->errand, i + 1, n);
    }
    note->products = q->A->products;
    return bad;
}

temper_status temper_influence_find(temper_landscape *landscape, const double *theta,
                                    const temper_influence_plan *plan, int64_t m, const int64_t *asked,
                                    int64_t n, const int64_t *row, const temper_errand *errand,
                                    double *change, double *self, temper_influence_note *note) {
    inquiry q = {
        landscape, temper_landscape_task(landscape), theta, plan, errand, NULL, 0, 0, NULL, NULL, NULL, NULL};
    *note = (temper_influence_note){0};
    if (!q.task) return temper_fail(TEMPER_CANNOT, "influence: only a network has rows to leave out");
    if (!(plan->damping >= 0 && plan->damping < INFINITY))
        return temper_fail(TEMPER_BAD_OPTION, "influence: damping=%g is not a number from 0", plan->damping);
    if (plan->kind != TEMPER_HESSIAN && plan->kind != TEMPER_GAUSS_NEWTON)
        return temper_fail(TEMPER_BAD_OPTION,
                           "influence: kind=%d; it is the Hessian or Gauss-Newton that says how θ answers",
                           (int)plan->kind);
    if (plan->leverage && q.task->network->objective.loss != TEMPER_SQUARED)
        return temper_fail(TEMPER_CANNOT, "influence: leverage is for the squared loss");
    q.dim = temper_landscape_dim(landscape), q.N = (double)q.task->rows;
    q.asked = temper_alloc((size_t)q.dim, 4 * sizeof *q.asked);
    if (!q.asked) return TEMPER_NO_MEMORY;
    q.s = q.asked + q.dim, q.grad = q.s + q.dim, q.solved = q.grad + q.dim;
    temper_status bad =
        temper_landscape_operator(landscape, plan->kind, theta, temper_errand_stream(errand), &q.A);
    if (!bad) bad = inquire(&q, m, asked, n, row, change, self, note);
    temper_operator_free(q.A);
    temper_release(q.asked);
    return bad;
}
