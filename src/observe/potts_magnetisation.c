/* The order parameter of the q-state Potts model (F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982)),
 *
 *     m = (q · max_a N_a/N − 1)/(q − 1),      N_a = number of sites in state a,
 *
 * 0 when all states are equally frequent, 1 when all sites are in one state. For q = 2 it is |m| of the spins ±1. */
#include "temper/observable.h"

enum { STATES_MAX = 256 };

static temper_status suits(const void *self, const temper_system *system) {
    (void)self;
    const int8_t *values, *others;
    int q = system->type->alphabet(system->self, 0, &values);
    bool alike = q >= 2;
    for (int i = 1; i < system->n && alike; i++) {
        alike = system->type->alphabet(system->self, i, &others) == q;
        for (int a = 0; a < q && alike; a++) alike = others[a] == values[a];
    }
    if (alike) return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT,
                       "potts_magnetisation: needs the same states at every site, at least 2, and %s "
                       "has not",
                       system->type->about.name);
}

static int one(const void *self, const temper_system *system) {
    (void)self, (void)system;
    return 1;
}

/* Four tables, since consecutive equal states would wait for each other in one. */
static void measure(const void *self, const temper_system *system, const int8_t *const *s,
                    const double *energy, double *raw) {
    int count[4][STATES_MAX] = {{0}}, most = 0, n = system->n;
    const int8_t *values;
    (void)self, (void)energy;
    int q = system->type->alphabet(system->self, 0, &values);
    for (int i = 0; i < n; i++) count[i & 3][(uint8_t)s[0][i]]++;
    for (int a = 0; a < STATES_MAX; a++) {
        int N_a = count[0][a] + count[1][a] + count[2][a] + count[3][a];
        if (N_a > most) most = N_a;
    }
    raw[0] = (double)((int64_t)q * most - n) / ((double)n * (q - 1));
}

const temper_observable_type temper_observable_potts_magnetisation = {
    .about = {"potts_magnetisation", "Potts order parameter, (q max_a N_a/N − 1)/(q − 1)",
              "F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982)", "", NULL, 0},
    .on = "potts:dims=3x2,q=3",
    .configurations = 1,
    .suits = suits,
    .raw = one,
    .measure = measure,
    .count = one};
