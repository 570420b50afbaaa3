/* The magnetisation per site, m = (1/N) Σ_i s_i. In a symmetric system without field its mean is zero at every
 * temperature, since a long chain visits both signs: abs_magnetisation shows the order. */
#include "core/needs.h"
#include "num/spins.h"
#include "temper/observable.h"

static temper_status suits(const void *self, const temper_system *system) {
    (void)self;
    return temper_needs_spins("magnetisation", system);
}

static int one(const void *self, const temper_system *system) {
    (void)self, (void)system;
    return 1;
}

static void measure(const void *self, const temper_system *system, const int8_t *const *s,
                    const double *energy, double *raw) {
    (void)self, (void)energy;
    raw[0] = (double)temper_spins_sum(s[0], system->n) / system->n;
}

const temper_observable_type temper_observable_magnetisation = {
    .about = {"magnetisation", "magnetisation per site, m = (1/N) Σ s_i", "", "", NULL, 0},
    .on = "ising:dims=4x3",
    .configurations = 1,
    .suits = suits,
    .raw = one,
    .measure = measure,
    .count = one};
