/* The energy per site, E = H/N. */
#include "temper/observable.h"

static int one(const void *self, const temper_system *system) {
    (void)self, (void)system;
    return 1;
}

static void measure(const void *self, const temper_system *system, const int8_t *const *s,
                    const double *energy, double *raw) {
    (void)self, (void)s;
    raw[0] = energy[0] / system->n;
}

const temper_observable_type temper_observable_energy = {
    .about = {"energy", "energy per site, H/N", "", "", NULL, 0},
    .on = "ising:dims=4x3",
    .configurations = 1,
    .raw = one,
    .measure = measure,
    .count = one};
