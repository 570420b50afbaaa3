/* The overlap q = (1/N) Σ_i a_i b_i of two independent chains a, b of one system: the order parameter of spin
 * glasses (S. F. Edwards and P. W. Anderson, J. Phys. F 5, 965 (1975); G. Parisi, Phys. Rev. Lett. 50, 1946 (1983)). Its
 * distribution P(q) is the observable overlap_histogram. Its Binder ratio g = (3 − ⟨q⁴⟩/⟨q²⟩²)/2 is 0 for a Gaussian
 * q and 1 for q = ±q0 (R. N. Bhatt and A. P. Young, Phys. Rev. Lett. 54, 924 (1985)). */
#include <math.h>
#include <stdio.h>
#include "core/needs.h"
#include "num/spins.h"
#include "temper/observable.h"

static temper_status suits(const void *self, const temper_system *system) {
    (void)self;
    return temper_needs_spins("overlap", system);
}

static int four(const void *self, const temper_system *system) {
    (void)self, (void)system;
    return 4;
}

static void measure(const void *self, const temper_system *system, const int8_t *const *s,
                    const double *energy, double *raw) {
    (void)self, (void)energy;
    double q = (double)temper_spins_dot(s[0], s[1], system->n) / system->n;
    raw[0] = q;
    raw[1] = fabs(q);
    raw[2] = q * q;
    raw[3] = raw[2] * raw[2];
}

static void derive(const void *self, const temper_system *system, double T, const double *means,
                   double *values) {
    (void)self, (void)system, (void)T;
    values[0] = means[0];
    values[1] = means[1];
    values[2] = means[2];
    values[3] = 0.5 * (3 - means[3] / (means[2] * means[2]));
}

static void label(const void *self, const temper_system *system, int k, char *text, size_t size) {
    static const char *const names[] = {"overlap", "abs_overlap", "square_overlap", "binder_overlap"};
    (void)self, (void)system;
    snprintf(text, size, "%s", names[k]);
}

const temper_observable_type temper_observable_overlap = {
    .about = {"overlap", "overlap of two chains, q = (1/N) Σ a_i b_i: ⟨q⟩, ⟨|q|⟩, ⟨q²⟩, (3 − ⟨q⁴⟩/⟨q²⟩²)/2",
              "S. F. Edwards and P. W. Anderson, J. Phys. F 5, 965 (1975)", "", NULL, 0},
    .on = "ising:dims=3x3",
    .configurations = 2,
    .suits = suits,
    .raw = four,
    .measure = measure,
    .count = four,
    .derive = derive,
    .label = label};
