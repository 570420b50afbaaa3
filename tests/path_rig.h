/* Landscapes whose minima and saddles are known. */
#ifndef TEMPER_TESTS_PATH_RIG_H
#define TEMPER_TESTS_PATH_RIG_H

#include <math.h>
#include <string.h>
#include "check.h"
#include "temper/landscape.h"

/* Müller & Brown, Theor. Chim. Acta 53, 75 (1979): U = Σ_k A_k exp(a_k (x−x_k)² + b_k (x−x_k)(y−y_k) + c_k (y−y_k)²). Three minima and two
 * saddles; positions and energies as everybody's implementation finds them. */
static const double brown_A[4] = {-200, -100, -170, 15}, brown_a[4] = {-1, -1, -6.5, 0.7},
                    brown_b[4] = {0, 0, 11, 0.6}, brown_c[4] = {-10, -10, -6.5, 0.7},
                    brown_x[4] = {1, 0, -0.5, -1}, brown_y[4] = {0, 0.5, 1.5, 1};
static const double brown_minimum[3][3] = {
    {-0.558224, 1.441726, -146.699517}, {-0.050011, 0.466694, -80.767818}, {0.623499, 0.028038, -108.166724}};
static const double brown_saddle[2][3] = {{-0.822002, 0.624313, -40.664844},
                                          {0.212487, 0.292988, -72.248940}};

static inline double brown(const double *r, double *g, double H[3]) {
    double U = 0;
    g[0] = g[1] = H[0] = H[1] = H[2] = 0;
    for (int k = 0; k < 4; k++) {
        double x = r[0] - brown_x[k], y = r[1] - brown_y[k];
        double e = brown_A[k] * exp(brown_a[k] * x * x + brown_b[k] * x * y + brown_c[k] * y * y);
        double p = 2 * brown_a[k] * x + brown_b[k] * y, q = brown_b[k] * x + 2 * brown_c[k] * y;
        U += e, g[0] += e * p, g[1] += e * q;
        H[0] += e * (p * p + 2 * brown_a[k]), H[1] += e * (p * q + brown_b[k]),
            H[2] += e * (q * q + 2 * brown_c[k]);
    }
    return U;
}
static inline int64_t two(const void *self) {
    (void)self;
    return 2;
}
static inline double brown_energy(const void *self, const temper_look *look, const double *r) {
    double g[2], H[3];
    (void)self, (void)look;
    return brown(r, g, H);
}
static inline double brown_slope(const void *self, const temper_look *look, const double *r, double *g) {
    double H[3];
    (void)self, (void)look;
    return brown(r, g, H);
}
static inline double brown_curve(const void *self, const temper_look *look, const double *r, const double *v,
                                 double *g, double *Hv) {
    double H[3], U = brown(r, g, H);
    (void)self, (void)look;
    Hv[0] = H[0] * v[0] + H[1] * v[1], Hv[1] = H[1] * v[0] + H[2] * v[1];
    return U;
}
static const temper_potential_type brown_type = {.about = {.name = "muller_brown"},
                                                 .dim = two,
                                                 .energy = brown_energy,
                                                 .slope = brown_slope,
                                                 .curve = brown_curve};
static const temper_potential brown_potential = {
    .type = &brown_type, .dim = 2, .samples = 1, .batches = 1, .scratch = 8};

#endif
