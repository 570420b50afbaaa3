/* U(θ) = ½ Σ_i k_i θ_i²: a harmonic bowl whose stiffnesses k_i run geometrically from 1 to `condition`.
 *
 * Everything about it is known: ⟨θ_i²⟩ = T/k_i, ⟨U⟩ = dim·T/2 (equipartition), ln Z = ½ Σ ln(2πT/k_i). It is the first judge
 * of every dynamics. */
#include <math.h>
#include "base/elementary.h"
#include "temper/potential.h"

typedef struct {
    int64_t dim;
    double condition;
} gaussian;

static double stiffness(const gaussian *g, int64_t i) {
    return g->dim > 1 ? temper_exp(temper_log(g->condition) * (double)i / (double)(g->dim - 1)) : 1;
}

static int64_t dim(const void *self) { return ((const gaussian *)self)->dim; }

static void start(const void *self, temper_stream stream, double *theta) {
    const gaussian *g = self;
    for (int64_t i = 0; i < g->dim; i++) theta[i] = temper_normal(stream, TEMPER_FOR_INITIAL, 0, i);
}

static double energy(const void *self, const temper_look *look, const double *theta) {
    (void)look;
    const gaussian *g = self;
    double U = 0;
    for (int64_t i = 0; i < g->dim; i++) U += 0.5 * stiffness(g, i) * theta[i] * theta[i];
    return U;
}

static double slope(const void *self, const temper_look *look, const double *theta, double *grad) {
    const gaussian *g = self;
    for (int64_t i = 0; i < g->dim; i++) grad[i] = stiffness(g, i) * theta[i];
    return energy(self, look, theta);
}

static double curve(const void *self, const temper_look *look, const double *theta, const double *v,
                    double *grad, double *Hv) {
    const gaussian *g = self;
    /* the curvature of a bowl is the same everywhere */
    for (int64_t i = 0; i < g->dim; i++) Hv[i] = stiffness(g, i) * v[i];
    return slope(self, look, theta, grad);
}

static const temper_option options[] = {
    {"dim", TEMPER_INT, offsetof(gaussian, dim), "2", 1, 1e8, NULL, "", "number of coordinates"},
    {"condition", TEMPER_REAL, offsetof(gaussian, condition), "10", 1, 1e12, NULL, "",
     "stiffest over softest k"},
    {0}};

const temper_potential_type temper_potential_gaussian = {
    .about = {"gaussian", "U = ½ Σ k_i θ_i², k from 1 to condition", "equipartition: Boltzmann 1871", "dim=3",
              options, sizeof(gaussian)},
    .dim = dim,
    .start = start,
    .energy = energy,
    .slope = slope,
    .curve = curve,
};
