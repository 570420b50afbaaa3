/* response: how a system answers a small push, beside how it fluctuates by itself.
 *
 * The push is a field on every coordinate, U → U − h Σ_i ε_i θ_i with ε_i = ±1 drawn at random, so that O = Σ ε_i θ_i answers and, averaged over ε,
 *     χ(t, t_w) = (1/d) Σ ε_i ⟨δθ_i(t)⟩/h        and      C(t, t_w) = (1/d) Σ ⟨θ_i(t) θ_i(t_w)⟩ − ⟨θ_i(t)⟩⟨θ_i(t_w)⟩
 * belong together. In equilibrium at T the fluctuation–dissipation theorem says R(t, s) = (1/T) ∂C(t, s)/∂s for the response R to a kick at s; out of it
 *     X(t, s) = T R(t, s)/∂_s C(t, s),      T_eff = T/X
 * (Cugliandolo & Kurchan 1993). Copies with +h and −h see the same noise and the same minibatches as the free one, so that a linear system answers without
 * noise. Times are steps. */
#ifndef TEMPER_RESPONSE_H
#define TEMPER_RESPONSE_H

#include "temper/curvature.h"
#include "temper/dynamics.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TEMPER_WAITS_MAX = 16, TEMPER_LAGS_MAX = 64 };

typedef struct {
    const temper_potential *potential;
    const temper_dynamics *dynamics;
    bool single;        /* float vectors: networks */
    double temperature; /* T, of U = N u; set before every step as a run would */
    double rate;
    const double *theta; /* [dim] where all walkers start, or NULL: each at the potential's start */
    double field;        /* h > 0 */
    int64_t kick;        /* steps that the kick lasts from each waiting time on; 1 … */
    int waits, lags;
    int64_t wait[TEMPER_WAITS_MAX], lag[TEMPER_LAGS_MAX]; /* ascending; lag ≥ kick */
    int chains;                                           /* 3 … ; errors are a jackknife over them */
} temper_response_plan;

typedef struct {             /* at t = wait + lag */
    double C, C_error;       /* C(t, t_w) */
    double drop, drop_error; /* C(t, t_w + kick) − C(t, t_w) */
    double chi, chi_error;   /* answer at t to a field of 1 from t_w on, for ever */
    double R, R_error;       /* answer at t to a field of 1 during the kick alone */
    double X, X_error;       /* T·R/drop; NaN where drop is not three errors from 0 */
    double heat, heat_error; /* T_eff = T/X = drop/R; NaN where R is not three errors from 0 */
} temper_answer;

typedef struct {
    int waits, lags;
    temper_answer *answer; /* [waits][lags] */
    double *C_equal;       /* [waits] C(t_w, t_w) */
    int64_t evaluations;   /* gradients taken */
} temper_response;

/* Cost: chains·(1 + 4 waits) walkers. Bits hang on the plan and the stream alone. TEMPER_DIVERGED where a walker ran away. */
TEMPER_API temper_status temper_response_measure(const temper_response_plan *plan,
                                                 const temper_errand *errand, temper_response *out);
TEMPER_API void temper_response_clear(temper_response *response);

#ifdef __cplusplus
}
#endif
#endif
