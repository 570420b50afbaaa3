/* |m|, m = (1/N) Σ_i s_i: the order parameter as a finite system shows it. It is not zero in the disordered phase
 * but of order N^(−1/2). */
#include <math.h>
#include "core/needs.h"
#include "num/spins.h"
#include "temper/observable.h"

static temper_status suits(const void *self, const temper_system *system) {
    (void)self;
    return temper_needs_spins("abs_magnetisation", system);
}

static int one(const void *self, const temper_system *system) {
    (void)self, (void)system;
    return 1;
}

static void measure(const void *self, const temper_system *system, const int8_t *const *s,
                    const double *energy, double *raw) {
    (void)self, (void)energy;
    raw[0] = fabs((double)temper_spins_sum(s[0], system->n)) / system->n;
}

const temper_observable_type temper_observable_abs_magnetisation = {
    .about = {"abs_magnetisation", "size of the magnetisation per site, |m|", "", "", NULL, 0},
    .on = "ising:dims=4x3",
    .configurations = 1,
    .suits = suits,
    .raw = one,
    .measure = measure,
    .count = one};
