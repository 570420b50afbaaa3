/* The two-point correlation along the axes of a lattice,
 *
 *     C(r) = ⟨s_x s_{x + r e_a}⟩,   averaged over sites x and axes a,   r = 1 … half the smallest extent,
 *
 * without subtracting ⟨m⟩². On an open lattice only pairs that exist are counted; axes of extent 1 have none. */
#include <stdio.h>
#include "num/spins.h"
#include "temper/observable.h"

static int smallest_extent(const temper_lattice *lattice) {
    int64_t smallest = 0;
    for (int a = 0; a < lattice->dims.n; a++)
        if (lattice->dims.extent[a] > 1 && (smallest == 0 || lattice->dims.extent[a] < smallest))
            smallest = lattice->dims.extent[a];
    return (int)smallest;
}

static temper_status suits(const void *self, const temper_system *system) {
    (void)self;
    if (system->binary && system->has_lattice && smallest_extent(&system->lattice) > 1) return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT,
                       "correlation: needs sites of value -1 or 1 on a lattice of more than one site, "
                       "and %s has not",
                       system->type->about.name);
}

static int count_of(const void *self, const temper_system *system) {
    (void)self;
    return smallest_extent(&system->lattice) / 2;
}

/* Σ over the pairs at distance r along one axis. The array is [outer][L][inner]: pairs that don't cross the border
 * are two runs of (L−r)·inner neighbours, those that do two runs of r·inner. */
static int64_t products(const int8_t *s, int64_t n, int64_t L, int64_t inner, const int64_t rule[2]) {
    int64_t sum = 0, r = rule[0], periodic = rule[1];
    for (const int8_t *box = s; box < s + n; box += L * inner) {
        sum += temper_spins_dot(box, box + r * inner, (L - r) * inner);
        if (periodic) sum += temper_spins_dot(box, box + (L - r) * inner, r * inner);
    }
    return sum;
}

static void measure(const void *self, const temper_system *system, const int8_t *const *s,
                    const double *energy, double *raw) {
    const temper_lattice *lattice = &system->lattice;
    int most = count_of(self, system);
    (void)energy;
    for (int r = 1; r <= most; r++) {
        int64_t sum = 0, pairs = 0, inner = 1;
        const int64_t rule[2] = {r, lattice->periodic};
        for (int a = lattice->dims.n - 1; a >= 0; a--) {
            int64_t L = lattice->dims.extent[a];
            if (L > 1) {
                sum += products(s[0], system->n, L, inner, rule);
                pairs += system->n / L * (lattice->periodic ? L : L - r);
            }
            inner *= L;
        }
        raw[r - 1] = (double)sum / (double)pairs;
    }
}

static void label(const void *self, const temper_system *system, int k, char *text, size_t size) {
    (void)self, (void)system;
    snprintf(text, size, "correlation[%d]", k + 1);
}

const temper_observable_type temper_observable_correlation = {
    .about = {"correlation", "two-point correlation along the axes, C(r) = ⟨s_x s_{x+r}⟩, r = 1 … L/2", "",
              "", NULL, 0},
    .on = "ising:dims=4x3",
    .configurations = 1,
    .suits = suits,
    .raw = count_of,
    .measure = measure,
    .count = count_of,
    .label = label};
