/* What every system must satisfy, asked of an instance by its text; the test programs of systems share it. */
#ifndef TEMPER_TEST_SYSTEM_PROBE_H
#define TEMPER_TEST_SYSTEM_PROBE_H

#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "temper/stream.h"
#include "temper/system.h"

static inline temper_system *probe_open(const char *text) {
    temper_system *system = NULL;
    CHECK_OK(temper_system_create(&system, text));
    return system;
}

static inline void probe_random(const temper_system *system, uint64_t seed, int8_t *s) {
    for (int i = 0; i < system->n; i++) {
        const int8_t *values;
        int q = system->type->alphabet(system->self, i, &values);
        s[i] =
            values[temper_below(temper_word((temper_stream){seed, 0}, TEMPER_FOR_TESTS, 0, i), (uint32_t)q)];
    }
}

/* cost against the difference of energies, and the cache carried by set against a fresh one, over random
 * moves. */
static inline void probe_moves(const temper_system *system, int8_t *s, double *cache, double *fresh) {
    const temper_system_type *type = system->type;
    double scale = 1 + fabs(type->energy(system->self, s));
    if (type->prime) type->prime(system->self, s, cache);
    for (int move = 0; move < 60; move++) {
        const int8_t *values;
        int i = (int)temper_below(temper_word((temper_stream){77, 0}, TEMPER_FOR_TESTS, 1, move),
                                  (uint32_t)system->n);
        int q = type->alphabet(system->self, i, &values), from = s[i];
        double before = type->energy(system->self, s);
        for (int v = 0; v < q; v++) {
            double cost = type->cost(system->self, s, cache, i, values[v]);
            s[i] = values[v];
            CHECK_NEAR(cost, type->energy(system->self, s) - before, 1e-12 * scale);
            s[i] = (int8_t)from;
            if (values[v] == from) CHECK(cost == 0, "staying costs %g", cost);
            if (system->fields && values[v] == -from) CHECK_NEAR(cost, 2 * from * cache[i], 1e-12 * scale);
        }
        int to = values[move % q];
        if (type->set)
            type->set(system->self, s, cache, i, to);
        else
            s[i] = (int8_t)to;
        CHECK(s[i] == to, "site %d is %d after set to %d", i, s[i], to);
        if (type->prime) type->prime(system->self, s, fresh);
        for (int k = 0; k < system->cached; k++) CHECK_NEAR(cache[k], fresh[k], 1e-12 * scale);
    }
}

/* No site's cost may depend on another of its colour. */
static inline void probe_colours(const temper_system *system, int8_t *s, double *cache) {
    const temper_system_type *type = system->type;
    for (int i = 0; type->colour && i < system->n && system->n <= 300; i++)
        for (int j = 0; j < system->n; j++) {
            if (j == i || type->colour(system->self, i) != type->colour(system->self, j)) continue;
            const int8_t *at_i, *at_j;
            int q = type->alphabet(system->self, i, &at_i), p = type->alphabet(system->self, j, &at_j),
                old = s[j];
            int to = s[i] == at_i[0] ? at_i[q - 1] : at_i[0];
            if (type->prime) type->prime(system->self, s, cache);
            double first = type->cost(system->self, s, cache, i, to);
            s[j] = (int8_t)(old == at_j[0] ? at_j[p - 1] : at_j[0]);
            if (type->prime) type->prime(system->self, s, cache);
            CHECK(type->cost(system->self, s, cache, i, to) == first, "sites %d and %d share a colour", i, j);
            s[j] = (int8_t)old;
        }
}

/* The bonds are symmetric, have no loops, and their sum is the energy. */
static inline void probe_bonds(const temper_system *system, const int8_t *s) {
    const temper_bonds *b = &system->bonds;
    double H = 0, scale = 1;
    if (!system->has_bonds) return;
    for (int i = 0; i < system->n; i++) {
        for (int64_t k = b->start[i]; k < b->start[i + 1]; k++) {
            int j = b->to[k], back = 0, forth = 0;
            CHECK(j != i && j >= 0 && j < system->n, "row %d holds %d", i, j);
            for (int64_t l = b->start[j]; l < b->start[j + 1]; l++) back += b->to[l] == i;
            for (int64_t l = b->start[i]; l < b->start[i + 1]; l++) forth += b->to[l] == j;
            CHECK(back == forth, "%d-%d stands %d and %d times", i, j, forth, back);
            H -= b->J[k] * (system->binary ? s[i] * s[j] : s[i] == s[j]) / 2;
            scale += fabs(b->J[k]);
        }
        if (b->h) H -= b->h[i] * s[i];
    }
    CHECK_NEAR(H, system->type->energy(system->self, s), 1e-12 * scale);
}

/* The text of the instance makes the same instance. */
static inline void probe_again(const temper_system *system, const int8_t *s) {
    temper_system *again = probe_open(system->text);
    if (!again) return;
    CHECK(temper_system_energy(again, s) == temper_system_energy(system, s), "%s", system->text);
    temper_system_free(again);
}

static inline void probe(const char *text) {
    temper_system *system = probe_open(text);
    if (!system) return;
    int8_t *s = calloc((size_t)system->n, 1);
    double *cache = calloc(2 * (size_t)system->cached + 1, sizeof *cache);
    for (uint64_t seed = 0; seed < 3; seed++) {
        bool was_bad = check_bad;
        probe_random(system, seed, s);
        probe_moves(system, s, cache, cache + system->cached);
        probe_colours(system, s, cache);
        probe_bonds(system, s);
        probe_again(system, s);
        if (check_bad && !was_bad) printf("  … in %s\n", system->text);
    }
    free(s), free(cache);
    temper_system_free(system);
}

/* A build whose k-th allocation fails says so and leaves nothing behind, for every k. */
static inline void probe_memory(const char *text) {
    int64_t live = temper_alloc_live();
    for (int k = 1; k < 100; k++) {
        temper_system *system = NULL;
        temper_alloc_fail_at(k);
        temper_status status = temper_system_create(&system, text);
        temper_alloc_fail_at(0);
        CHECK(status == TEMPER_OK || (status == TEMPER_NO_MEMORY && !system), "%s: k=%d gives %d", text, k,
              status);
        temper_system_free(system);
        CHECK(temper_alloc_live() == live, "%s: k=%d leaves %d blocks", text, k,
              (int)(temper_alloc_live() - live));
        if (status == TEMPER_OK) return;
    }
    CHECK(false, "%s: more than 100 allocations", text);
}

/* H is linear in the weights: H(w + dw) − H(w) = dw · dH/dw; costs and bonds follow. */
static inline void probe_weights(const char *text) {
    temper_system *system = probe_open(text);
    if (!system) return;
    const temper_system_type *type = system->type;
    int weights = type->weights(system->self);
    int8_t *s = calloc((size_t)system->n, 1);
    double *slope = calloc((size_t)weights, sizeof *slope), *dw = calloc((size_t)weights, sizeof *dw);
    double *cache = calloc(2 * (size_t)system->cached + 1, sizeof *cache), predicted = 0;
    probe_random(system, 5, s);
    for (int k = 0; k < weights; k++) slope[k] = 100 + k; /* slope adds */
    type->slope(system->self, s, slope);
    for (int k = 0; k < weights; k++) {
        dw[k] = 0.1 * (1 + k % 7);
        predicted += dw[k] * (slope[k] - (100 + k));
    }
    for (int k = 0; k < weights && weights <= 40; k++) { /* each by itself */
        double *one = calloc((size_t)weights, sizeof *one), before = type->energy(system->self, s);
        one[k] = 0.25;
        type->learn(system->self, one);
        CHECK_NEAR((type->energy(system->self, s) - before) / 0.25, slope[k] - (100 + k), 1e-9);
        one[k] = -0.25;
        type->learn(system->self, one);
        free(one);
    }
    double before = type->energy(system->self, s);
    type->learn(system->self, dw);
    CHECK_NEAR(type->energy(system->self, s) - before, predicted, 1e-9);
    probe_moves(system, s, cache, cache + system->cached);
    system->has_bonds = type->bonds && type->bonds(system->self, &system->bonds);
    probe_bonds(system, s);
    free(s), free(slope), free(dw), free(cache);
    temper_system_free(system);
}

static inline void probe_refuses(const char *text, const char *words) {
    temper_system *system = NULL;
    CHECK_FAILS(temper_system_create(&system, text), TEMPER_BAD_OPTION, words);
    CHECK(system == NULL, "%s left a system", text);
    temper_system_free(system);
}

#endif
