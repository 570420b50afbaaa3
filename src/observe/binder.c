/* Binder's ratio U4 = 1 − ⟨m⁴⟩/(3⟨m²⟩²) (K. Binder, Z. Phys. B 43, 119 (1981)): 0 for a Gaussian m (high T), 2/3 for
 * m = ±m0 (low T). Curves of different sizes cross at the critical temperature, at a universal value
 * (0.61069… for the square Ising torus). NaN if m vanished in every measurement. */
#include "core/needs.h"
#include "num/spins.h"
#include "temper/observable.h"

static temper_status suits(const void *self, const temper_system *system) {
    (void)self;
    return temper_needs_spins("binder", system);
}

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
    (void)self, (void)energy;
    double m = (double)temper_spins_sum(s[0], system->n) / system->n;
    raw[0] = m * m;
    raw[1] = raw[0] * raw[0];
}

static void derive(const void *self, const temper_system *system, double T, const double *means,
                   double *values) {
    (void)self, (void)system, (void)T;
    values[0] = 1 - means[1] / (3 * means[0] * means[0]);
}

const temper_observable_type temper_observable_binder = {
    .about = {"binder", "Binder's ratio of the magnetisation, U4 = 1 − ⟨m⁴⟩/(3⟨m²⟩²)",
              "K. Binder, Z. Phys. B 43, 119 (1981)", "", NULL, 0},
    .on = "ising:dims=4x3",
    .configurations = 1,
    .suits = suits,
    .raw = two,
    .measure = measure,
    .count = one,
    .derive = derive};
