/* simple: energies of one or two coordinates, where everything about a walker in a landscape is known exactly: how often it is where, how long it
 * takes to leave; beside them what walkers do.
 *
 * In units per sample: u = U/N, and dynamics at T/N (temper/potential.h). exp(−U/T) = exp(−u/(T/N)). Times are steps × rate. */
#ifndef TEMPER_SIMPLE_H
#define TEMPER_SIMPLE_H

#include "temper/curvature.h"
#include "temper/dynamics.h"
#include "temper/estimate.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TEMPER_WELLS_MAX = 128 };

/* ---- equilibrium by quadrature, one or two coordinates ---- */

typedef struct {
    double temperature, log_z, free_energy; /* ln ∫exp(−U/T), −T ln Z */
    double energy;                          /* ⟨U⟩ */
    double x[2], xx[2];                     /* ⟨θ_k⟩, ⟨θ_k²⟩ */
    /* Euler's step (langevin) has the density exp(−U/T)(1 + η g) to first order, g = |∇u|²/(4T/N) − ∇²u/2: what η adds to the means, divided by η. NaN where
     * the potential tells no curvature. */
    double energy_step, x_step[2], xx_step[2];
    double low[2], high[2]; /* outside the density is below e^−45 of its largest */
    double lowest;          /* U there */
    double error;           /* of ln Z, by halving the rule */
} temper_equilibrium;

/* TEMPER_CANNOT for more than two coordinates; TEMPER_DIVERGED where U does not hold the walker together. Where U is NaN nobody can be. */
TEMPER_API temper_status temper_equilibrium_find(const temper_potential *potential, double temperature,
                                                 temper_equilibrium *out);
/* Share of the time in each of the bins of equal width between low[axis] and high[axis]; step (may be NULL): what η adds, divided by η. */
TEMPER_API temper_status temper_equilibrium_bins(const temper_potential *potential,
                                                 const temper_equilibrium *of, int axis, int bins,
                                                 double *share, double *step);

/* ---- wells, barriers and escape, one coordinate ---- */

typedef struct { /* well[0] < barrier[0] < well[1] < … */
    int wells;
    double well[TEMPER_WELLS_MAX], barrier[TEMPER_WELLS_MAX];
} temper_wells;

/* Minima between low and high that a grid of 4096 points can tell apart; each to rounding error. */
TEMPER_API temper_status temper_wells_find(const temper_potential *potential, double low, double high,
                                           temper_wells *out);
/* Mean first passage time from a to b, exact for the overdamped motion (step → 0):
 *     (1/T) ∫_a^b dy e^{U(y)/T} ∫_{−∞}^y dz e^{−U(z)/T}      (N = 1; mirrored for b < a). */
TEMPER_API temper_status temper_passage_exact(const temper_potential *potential, double temperature, double a,
                                              double b, double *mean);
/* Kramers' rate out of a well over a barrier, its limit for T → 0: sqrt(u″(well) |u″(barrier)|)/2π · e^{−ΔU/T}. */
TEMPER_API temper_status temper_passage_kramers(const temper_potential *potential, double temperature,
                                                double well, double barrier, double *rate);

/* ---- walkers ---- */

typedef struct {
    const temper_potential *potential;
    const temper_dynamics *dynamics;
    const temper_schedule *cooling; /* of the temperature over all steps, or NULL: constant */
    double temperature, rate;
    int chains;
    int64_t steps, burn; /* burn: of these, at the beginning, unseen */
    int bins;            /* of the histograms; 0: none */
    double low[2], high[2];
    int moments; /* of cooling: so many snapshots of all walkers, evenly over the steps, the last one at the end; 0: none */
} temper_occupation_plan;

typedef struct {
    int dim;                 /* of the potential */
    temper_estimate energy;  /* ⟨U⟩ */
    temper_estimate *x, *xx; /* [dim] */
    double *share, *error;   /* [min(dim, 2)][bins], over walkers; error NaN for one walker */
    double *snapshot;        /* [moments][chains][dim] */
    double *heat;            /* [moments] T then */
    int failed;              /* walkers that ran away; they are left out */
    char *room;              /* all of the above */
} temper_occupation;

/* Walkers start where the potential says, streams {seed, chain + k}. Bits hang on the plan alone. */
TEMPER_API temper_status temper_occupation_measure(const temper_occupation_plan *plan,
                                                   const temper_errand *errand, temper_occupation *out);
TEMPER_API void temper_occupation_clear(temper_occupation *occupation);

typedef struct {
    const temper_potential *potential; /* of one coordinate */
    const temper_dynamics *dynamics;
    double temperature, rate, from, to;
    int chains;
    int64_t passages; /* of each walker, one after another, each from `from` */
    int64_t most;     /* steps of one passage; longer ones are given up and count as time without arrival */
} temper_passage_plan;

typedef struct {
    double mean, error; /* time for an arrival; one standard error */
    int64_t arrivals, given_up;
} temper_passage;

/* langevin: between two places on this side of b the walker may have been beyond it and back, with probability exp(−(b − x)(b − x′)/(ηT)), the
 * bridge's: counted as an arrival, which leaves a bias of order η instead of sqrt(η). Other dynamics are looked at after every step. */
TEMPER_API temper_status temper_passage_measure(const temper_passage_plan *plan, const temper_errand *errand,
                                                temper_passage *out);

/* Down from theta[dim], at most two coordinates, to a minimum, by Newton's steps where the curvature is positive; theta is moved, *u is the energy there,
 * per sample. TEMPER_DIVERGED where there is none. */
TEMPER_API temper_status temper_settle(const temper_potential *potential, double *theta, double *u);

#ifdef __cplusplus
}
#endif
#endif
