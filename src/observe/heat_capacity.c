/* The heat capacity per site from the fluctuations of the energy,
 *
 *     c = (1/N) d⟨H⟩/dT = (⟨H²⟩ − ⟨H⟩²) / (N T²) = N (⟨e²⟩ − ⟨e⟩²)/T²,     e = H/N.
 *
 * NaN at T = 0, where the formula is 0/0; 0 at T = INFINITY. */
#include <math.h>
#include "temper/observable.h"

static int two(const void *self, const temper_system *system) {
    (void)self, (void)system;
    return 2;
}

static int one(const void *self, const temper_system *system) {
    (void)self, (void)system;
    return 1;
}

static void measure(const void *self, const temper_system *system, const int8_t *const *s,
                    const double *energy, double *raw) {
    (void)self, (void)s;
    double e = energy[0] / system->n;
    raw[0] = e;
    raw[1] = e * e;
}

static void derive(const void *self, const temper_system *system, double T, const double *means,
                   double *values) {
    (void)self;
    double variance = means[1] - means[0] * means[0];
    values[0] = T > 0 ? system->n * variance / (T * T) : NAN;
}

const temper_observable_type temper_observable_heat_capacity = {
    .about = {"heat_capacity", "heat capacity per site, (⟨H²⟩ − ⟨H⟩²)/(N T²)", "", "", NULL, 0},
    .on = "ising:dims=4x3",
    .configurations = 1,
    .raw = two,
    .measure = measure,
    .count = one,
    .derive = derive};
