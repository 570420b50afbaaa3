#ifndef TEMPER_LANDSCAPE_DENSITY_H
#define TEMPER_LANDSCAPE_DENSITY_H

#include "temper/curvature.h"

/* 10 probes, 80 steps; refusals. */
temper_status temper_density_check(const temper_operator *A, const temper_density_plan *plan, int64_t *probes,
                                   int64_t *steps);
/* Is it cheaper, and small enough, to find all eigenvalues? */
bool temper_density_dense(const temper_operator *A, const temper_density_plan *plan);
/* What quadrature leaves open at x, averaged over the probes: the distribution function of the random vectors lies in
 * [below − under, below + over]. */
void temper_density_open(const temper_density_of_states *density, double x, double *under, double *over);
/* Sets band, outliers and edge from the nodes. */
temper_status temper_density_shape(temper_density_of_states *density);

#endif
