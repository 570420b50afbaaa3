/* work: a system driven from one energy to another, U_λ = (1 − λ) U_0 + λ U_1 at temperature T_λ between T_0 and T_1, while it moves by Langevin steps: work, heat, and what
 * they say about free energy. Energies are U = N u.
 *
 * Step k of n: λ jumps from λ_{k−1} to λ_k = k/n, which does the work W += U_{λ_k}(x) − U_{λ_{k−1}}(x), and w += U_{λ_k}(x)/T_{λ_k} − U_{λ_{k−1}}(x)/T_{λ_{k−1}}, w = W/T where T stays; then one
 * move at λ_k, which takes up the heat Q += U_{λ_k}(x′) − U_{λ_k}(x). W + Q = U_1(end) − U_0(begin), exactly, whatever the step.
 * Moves are Metropolis-adjusted (Roberts & Tweedie 1996): each leaves exp(−U_λ/T_λ) alone, so that ⟨e^{−w}⟩ = Z_1/Z_0 (Jarzynski 1997) and P_F(w) e^{−w} = P_R(−w) Z_1/Z_0 (Crooks 1999) hold at
 * any step size; or plain Euler steps, with a bias of order η. */
#ifndef TEMPER_WORK_H
#define TEMPER_WORK_H

#include "temper/curvature.h"
#include "temper/estimate.h"
#include "temper/potential.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const temper_potential *from,
        *to;     /* U_0, U_1: of the same coordinates and the same N; may be one and the same (a ramp of T) */
    double T[2]; /* above 0 */
    double rate; /* η > 0, in the units of u */
    int64_t steps, burn; /* n; moves before, from the potential's start at the end where a run begins */
    int runs;            /* each way; 3 … */
    bool plain;          /* Euler steps */
} temper_work_plan;

typedef struct {          /* of one run */
    double w, W, Q, rise; /* rise: U(end) − U(begin) */
} temper_worked;

typedef struct {
    int runs;
    temper_worked *forward, *reverse; /* [runs] each */
    double acceptance;                /* share of moves taken */
    temper_reading w, W, Q,
        entropy; /* means of the way forward; entropy = ⟨w⟩ − ΔΦ ≥ 0, what was produced, in units of k_B */
    /* ΔΦ = −ln(Z_1/Z_0), ΔF/T where T stays: by Jarzynski forward and reverse, by Bennett from both */
    temper_reading jarzynski, jarzynski_reverse, bennett;
    double ess
        [2]; /* effective number of runs behind each Jarzynski mean: below some tens its error is not to be trusted */
} temper_work_done;

/* u + γ|θ − centre|²/2N, which holds together near a place where u alone need not (a network), and whose runs begin there. potential and centre[dim] stay the
 * caller's. γ > 0, in the units of U. Freed by temper_potential_free. */
TEMPER_API temper_status temper_potential_tie(temper_potential **tied, const temper_potential *potential,
                                              double gamma, const double *centre);

/* Runs are streams {seed, chain + run} forward, chain + 2^30 + run in reverse. Cost: 2·runs·(burn + steps) gradients of each potential. */
TEMPER_API temper_status temper_drive_measure(const temper_work_plan *plan, const temper_errand *errand,
                                              temper_work_done *out);
TEMPER_API void temper_drive_clear(temper_work_done *done);

#ifdef __cplusplus
}
#endif
#endif
