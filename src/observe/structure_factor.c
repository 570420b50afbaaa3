/* The structure factor at zero and at the smallest momenta of a periodic lattice, and from them the second-moment
 * correlation length (F. Cooper, B. Freedman and D. Preston, Nucl. Phys. B 210, 210 (1982)):
 *
 *     S(k) = (1/N) |Σ_x s_x exp(i k·x)|²,     k_a = 2π/L_a along axis a,
 *     ξ_a = sqrt(S(0)/S(k_a) − 1) / (2 sin(π/L_a)).
 *
 * S(0) = N m². ξ_a is 0 where S(k_a) > S(0), as it happens by noise at high temperature; below T_c it means nothing.
 * Reported: S(0), then S(k_a) for each axis of extent above 1, then ξ_a for each of them. */
#include <math.h>
#include <stdio.h>
#include "base/elementary.h"
#include "num/spins.h"
#include "temper/observable.h"

static int axes(const temper_lattice *lattice) {
    int count = 0;
    for (int a = 0; a < lattice->dims.n; a++) count += lattice->dims.extent[a] > 1;
    return count;
}

static temper_status suits(const void *self, const temper_system *system) {
    (void)self;
    if (system->binary && system->has_lattice && system->lattice.periodic && axes(&system->lattice) > 0)
        return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT,
                       "structure_factor: needs sites of value -1 or 1 on a periodic lattice of more "
                       "than one site, and %s has not",
                       system->type->about.name);
}

static int raw_of(const void *self, const temper_system *system) {
    (void)self;
    return 1 + axes(&system->lattice);
}

static int count_of(const void *self, const temper_system *system) {
    (void)self;
    return 1 + 2 * axes(&system->lattice);
}

/* |Σ_x s_x exp(2πi x_a/L)|² for one axis: the sums over planes x_a = const are integers. */
static double plane_wave(const int8_t *s, int64_t n, int64_t L, int64_t inner) {
    double re = 0, im = 0;
    for (int64_t x = 0; x < L; x++) {
        int64_t plane = 0;
        double sine, cosine;
        for (int64_t at = x * inner; at < n; at += L * inner) plane += temper_spins_sum(s + at, inner);
        temper_sincos2pi((double)x / (double)L, &sine, &cosine);
        re += (double)plane * cosine;
        im += (double)plane * sine;
    }
    return re * re + im * im;
}

static void measure(const void *self, const temper_system *system, const int8_t *const *s,
                    const double *energy, double *raw) {
    const temper_dims *dims = &system->lattice.dims;
    int64_t n = system->n, inner = n;
    double M = (double)temper_spins_sum(s[0], n);
    int k = 0;
    (void)self, (void)energy;
    raw[k++] = M * M / (double)n;
    for (int a = 0; a < dims->n; a++) {
        inner /= dims->extent[a];
        if (dims->extent[a] > 1) raw[k++] = plane_wave(s[0], n, dims->extent[a], inner) / (double)n;
    }
}

static void derive(const void *self, const temper_system *system, double T, const double *means,
                   double *values) {
    const temper_dims *dims = &system->lattice.dims;
    int count = axes(&system->lattice), k = 1;
    (void)self, (void)T;
    values[0] = means[0];
    for (int a = 0; a < dims->n; a++) {
        if (dims->extent[a] == 1) continue;
        double ratio = means[0] / means[k], sine, cosine;
        temper_sincos2pi(0.5 / (double)dims->extent[a], &sine, &cosine);
        values[k] = means[k];
        values[count + k++] = ratio > 1 ? sqrt(ratio - 1) / (2 * sine) : 0;
    }
}

static void label(const void *self, const temper_system *system, int k, char *text, size_t size) {
    int count = axes(&system->lattice);
    (void)self;
    if (k <= count)
        snprintf(text, size, "structure_factor[%d]", k);
    else
        snprintf(text, size, "correlation_length[%d]", k - count);
}

const temper_observable_type temper_observable_structure_factor = {
    .about = {"structure_factor",
              "S(k) = |Σ s_x exp(ikx)|²/N at k = 0 and k = 2π/L along each axis; ξ = sqrt(S(0)/S(k) − 1)/(2 "
              "sin(π/L))",
              "F. Cooper, B. Freedman and D. Preston, Nucl. Phys. B 210, 210 (1982)", "", NULL, 0},
    .on = "ising:dims=4x3",
    .configurations = 1,
    .suits = suits,
    .raw = raw_of,
    .measure = measure,
    .count = count_of,
    .derive = derive,
    .label = label};
