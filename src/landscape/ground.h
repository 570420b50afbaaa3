/* A potential of few coordinates, seen without noise: room for looking at it. Inside src/landscape only. */
#ifndef TEMPER_LANDSCAPE_GROUND_H
#define TEMPER_LANDSCAPE_GROUND_H

#include "temper/potential.h"

typedef struct {
    const temper_potential *potential;
    int dim;
    double tau; /* T/N */
    temper_look look;
} ground;

temper_status temper_ground_open(ground *g, const temper_potential *potential, double temperature,
                                 int dims_max);
void temper_ground_close(ground *g);

static inline double ground_u(const ground *g, const double *x) {
    return g->potential->type->energy(g->potential->self, &g->look, x);
}
static inline double ground_slope(const ground *g, const double *x, double *grad) {
    return g->potential->type->slope(g->potential->self, &g->look, x, grad);
}
/* u″ of one coordinate. */
double temper_ground_bend(const ground *g, double x);

/* Where a walker is to be found: outside the density is below e^−45 of its largest. */
typedef struct {
    double low[2], high[2];
    double lowest; /* u */
} ground_hull;
temper_status temper_ground_hull(const ground *g, ground_hull *hull);

enum { TEMPER_STRETCHES = 64 };
/* A line through the hull along an axis, the other coordinate held at `other`: the stretches where there is something, found from the minima that `points`
 * points tell apart. Ascending, no two touch. */
int temper_ground_stretches(const ground *g, const ground_hull *hull, int axis, double other, int points,
                            double (*stretch)[2]);

#endif
