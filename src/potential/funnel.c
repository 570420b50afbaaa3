/* Neal's funnel: v ~ N(0, 3²), x_i ~ N(0, e^v). U = v²/18 + Σ x_i² e^{−v}/2 + (dim−1) v/2.
 *
 * The width of x changes by orders of magnitude with v, so no single step size fits: the hard case for a dynamics. */
#include "base/elementary.h"
#include "temper/potential.h"

typedef struct {
    int64_t dim;
} funnel; /* θ = (v, x_1 … x_{dim−1}) */

static int64_t dim(const void *self) { return ((const funnel *)self)->dim; }

static void start(const void *self, temper_stream stream, double *theta) {
    const funnel *f = self;
    for (int64_t i = 0; i < f->dim; i++) theta[i] = temper_normal(stream, TEMPER_FOR_INITIAL, 0, i);
}

static double squares(const funnel *f, const double *theta) {
    double sum = 0;
    for (int64_t i = 1; i < f->dim; i++) sum += theta[i] * theta[i];
    return sum;
}

static double energy(const void *self, const temper_look *look, const double *theta) {
    (void)look;
    const funnel *f = self;
    double v = theta[0];
    return v * v / 18 + 0.5 * squares(f, theta) * temper_exp(-v) + 0.5 * (double)(f->dim - 1) * v;
}

static double slope(const void *self, const temper_look *look, const double *theta, double *grad) {
    const funnel *f = self;
    double v = theta[0], w = temper_exp(-v); /* inverse variance of x */
    grad[0] = v / 9 - 0.5 * squares(f, theta) * w + 0.5 * (double)(f->dim - 1);
    for (int64_t i = 1; i < f->dim; i++) grad[i] = theta[i] * w;
    return energy(self, look, theta);
}

static double curve(const void *self, const temper_look *look, const double *theta, const double *u,
                    double *grad, double *Hu) {
    const funnel *f = self;
    double w = temper_exp(-theta[0]), cross = 0;
    for (int64_t i = 1; i < f->dim; i++) {
        cross += theta[i] * u[i];
        Hu[i] = w * (u[i] - theta[i] * u[0]);
    }
    Hu[0] = (1.0 / 9 + 0.5 * squares(f, theta) * w) * u[0] - w * cross;
    return slope(self, look, theta, grad);
}

static const temper_option options[] = {
    {"dim", TEMPER_INT, offsetof(funnel, dim), "10", 2, 1e6, NULL, "", "number of coordinates, v among them"},
    {0}};

const temper_potential_type temper_potential_funnel = {
    .about = {"funnel", "U = v²/18 + Σ x_i² e^{−v}/2 + (dim−1)v/2", "Neal, Ann. Stat. 31, 705 (2003)",
              "dim=4", options, sizeof(funnel)},
    .dim = dim,
    .start = start,
    .energy = energy,
    .slope = slope,
    .curve = curve,
};
