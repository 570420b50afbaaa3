/* saddle: what kind of a critical point a place is. */
#ifndef TEMPER_LANDSCAPE_SADDLE_H
#define TEMPER_LANDSCAPE_SADDLE_H

#include "temper/path.h"

/* The ends of the spectrum at θ and the index: threshold … vector of a temper_saddle; counts the products. */
temper_status temper_saddle_kind(temper_landscape *landscape, const temper_saddle_plan *plan,
                                 const temper_errand *errand, const double *theta, temper_saddle *out);

enum { SADDLE_DENSE = 200 };
/* p[dim] with |p| ≤ radius that makes |g + Hp| least; dim ≤ SADDLE_DENSE. dim products. */
temper_status temper_saddle_dense_step(temper_operator *H, const double *g, double radius, double *p);

#endif
