/* The magnetic susceptibility per site from the fluctuations of M = Σ s_i,
 *
 *     χ = (⟨M²⟩ − ⟨|M|⟩²)/(N T) = N (⟨m²⟩ − ⟨|m|⟩²)/T.
 *
 * |M| instead of M: in a finite system the sign of M flips, and ⟨M²⟩ − ⟨M⟩² would grow without bound below T_c
 * (D. P. Landau and K. Binder, A Guide to Monte Carlo Simulations in Statistical Physics, section 4.2). Above T_c this χ
 * is smaller than dm/dh, by the factor 1 − 2/π where |m| is that of a Gaussian. NaN at T = 0 (0/0), 0 at T = INFINITY. */
#include <math.h>
#include "core/needs.h"
#include "num/spins.h"
#include "temper/observable.h"

static temper_status suits(const void *self, const temper_system *system) {
    (void)self;
    return temper_needs_spins("susceptibility", system);
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
    raw[0] = fabs(m);
    raw[1] = m * m;
}

static void derive(const void *self, const temper_system *system, double T, const double *means,
                   double *values) {
    (void)self;
    double variance = means[1] - means[0] * means[0];
    values[0] = T > 0 ? system->n * variance / T : NAN;
}

const temper_observable_type temper_observable_susceptibility = {
    .about = {"susceptibility", "magnetic susceptibility per site, (⟨M²⟩ − ⟨|M|⟩²)/(N T)",
              "D. P. Landau and K. Binder, A Guide to Monte Carlo Simulations in Statistical Physics", "",
              NULL, 0},
    .on = "ising:dims=4x3",
    .configurations = 1,
    .suits = suits,
    .raw = two,
    .measure = measure,
    .count = one,
    .derive = derive};
