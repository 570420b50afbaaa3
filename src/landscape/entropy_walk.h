/* A Langevin walker about a point: density ∝ exp(−a u(θ + x) − γ|x|²/2), everywhere or on the sphere |x| = radius. */
#ifndef TEMPER_LANDSCAPE_ENTROPY_WALK_H
#define TEMPER_LANDSCAPE_ENTROPY_WALK_H

#include "temper/flatness.h"

typedef struct {
    temper_landscape *landscape;
    const double *theta;
    int64_t dim;
    double a, gamma, radius; /* radius 0: no sphere */
    double share;            /* step, in units of 1/√stiffness */
    double stiffness, felt;  /* largest curvature of the exponent that was felt; at the beginning */
    temper_stream stream;
    int64_t clock, looks;
    int64_t told, total;           /* steps, for the errand */
    double *x, *p, *force, *place; /* [dim] */
    double u, outward;             /* at x; x̂·∇u */
    bool failed;                   /* something was not finite */
} temper_walk;

enum { TEMPER_WALK_SEEN = 3 }; /* what a walk tells of each step: u, |x|², x̂·∇u */

temper_status temper_walk_begin(temper_walk *walk, temper_landscape *landscape, const double *theta);
void temper_walk_clear(temper_walk *walk);
/* Feels how stiff the exponent is about x = 0, at thermal distances. */
temper_status temper_walk_feel(temper_walk *walk);
/* A new walker: at a draw of the prior N(0, 1/γ) or of the sphere, with thermal momenta. at_home: at x = 0 (without sphere). */
void temper_walk_seat(temper_walk *walk, uint32_t chain, bool at_home);
/* n steps, seen[n][TEMPER_WALK_SEEN] or NULL. During a warm-up (seen NULL) the step shrinks where it is stiffer. */
void temper_walk_steps(temper_walk *walk, int64_t n, double *seen);

/* One state: all walkers of the plan through warm-up and steps. seen[walkers][steps][TEMPER_WALK_SEEN]. Where numbers leave the finite it starts again with
 * half the step, 8 times at most: TEMPER_DIVERGED. */
temper_status temper_walk_state(temper_walk *walk, const temper_walk_plan *plan, const temper_errand *errand,
                                bool at_home, double *seen);
/* The plan with its defaults, or TEMPER_BAD_OPTION. */
temper_status temper_walk_planned(const temper_walk_plan *plan, temper_walk_plan *full);
/* Mean and error of column k of seen, and its variance, and R-hat (each may be NULL). */
temper_status temper_walk_mean(const temper_walk_plan *plan, const double *seen, int k, double *room,
                               double *mean, double *error, double *variance, double *rhat);

#endif
