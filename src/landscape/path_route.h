/* path_route: a route as weights of its knots: θ(t) = Σ_j w_j(t) knot_j. */
#ifndef TEMPER_LANDSCAPE_PATH_ROUTE_H
#define TEMPER_LANDSCAPE_PATH_ROUTE_H

#include "temper/path.h"

enum { PATH_KNOTS = 130 };

/* w[knots] ≥ 0, Σ = 1. */
void temper_path_weights(const temper_route *route, double t, double *w);
temper_status temper_path_check(const temper_landscape *landscape, const temper_route *route,
                                const char *who);
double temper_path_distance(const double *x, const double *y, int64_t n);

#endif
