/* The overlap m^μ = (1/N) Σ_i ξ_i^μ s_i with stored patterns: 1 at the pattern, of order N^(−1/2) far from it. A
 * network recalls pattern μ if m^μ stays large in a chain that started there (`ordered:μ`): Amit, Gutfreund and
 * Sompolinsky, Phys. Rev. Lett. 55, 1530 (1985). */
#include <stdio.h>
#include "num/spins.h"
#include "temper/observable.h"

typedef struct {
    int64_t first, count;
} patterns;

static temper_status suits(const void *self, const temper_system *system) {
    const patterns *p = self;
    const int8_t *xi;
    if (!system->type->patterns || !system->binary)
        return temper_fail(TEMPER_CANNOT,
                           "pattern_overlap: needs a system with stored ±1 patterns, as hopfield has; "
                           "%s has none",
                           system->type->about.name);
    int stored = system->type->patterns(system->self, &xi);
    if (p->first + p->count > stored)
        return temper_fail(TEMPER_BAD_OPTION,
                           "pattern_overlap: first=%lld,count=%lld reaches beyond the %d patterns "
                           "of %s; legal: first + count at most %d",
                           (long long)p->first, (long long)p->count, stored, system->type->about.name,
                           stored);
    return TEMPER_OK;
}

static int count_of(const void *self, const temper_system *system) {
    (void)system;
    return (int)((const patterns *)self)->count;
}

static void measure(const void *self, const temper_system *system, const int8_t *const *s,
                    const double *energy, double *raw) {
    const patterns *p = self;
    const int8_t *xi;
    (void)energy;
    system->type->patterns(system->self, &xi);
    for (int64_t k = 0; k < p->count; k++)
        raw[k] = (double)temper_spins_dot(xi + (p->first + k) * system->n, s[0], system->n) / system->n;
}

static void label(const void *self, const temper_system *system, int k, char *text, size_t size) {
    (void)system;
    snprintf(text, size, "pattern_overlap[%lld]", (long long)((const patterns *)self)->first + k);
}

static const temper_option options[] = {
    {"first", TEMPER_INT, offsetof(patterns, first), "0", 0, 1e9, NULL, "",
     "number of the first pattern, from 0"},
    {"count", TEMPER_INT, offsetof(patterns, count), "1", 1, 65536, NULL, "", "how many patterns"},
    {0}};

const temper_observable_type temper_observable_pattern_overlap = {
    .about = {"pattern_overlap", "overlap with stored patterns, m^μ = (1/N) Σ ξ_i^μ s_i",
              "D. J. Amit, H. Gutfreund and H. Sompolinsky, Phys. Rev. Lett. 55, 1530 (1985)", "count=2",
              options, sizeof(patterns)},
    .on = "hopfield:n=12,patterns=3",
    .configurations = 1,
    .suits = suits,
    .raw = count_of,
    .measure = measure,
    .count = count_of,
    .label = label};
