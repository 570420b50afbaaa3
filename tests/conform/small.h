/* A system small enough to enumerate: its states, energies and Boltzmann weights, by the naive energy alone. */
#ifndef TEMPER_CONFORM_SMALL_H
#define TEMPER_CONFORM_SMALL_H

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "check.h"
#include "base/memory.h"
#include "core/catalogue.h"
#include "temper/temper.h"

typedef struct {
    temper_system *system;
    int states;
    int8_t *s;      /* [states][n] */
    double *energy; /* [states] */
    double *weight; /* [states] Boltzmann weights at T, and their running sum */
    double *sum;
} small;

enum { SMALL_STATES = 1 << 14 };

/* State number k in mixed radix, site 0 fastest. */
static inline void small_decode(const temper_system *system, int k, int8_t *s) {
    for (int i = 0; i < system->n; i++) {
        const int8_t *values;
        int q = system->type->alphabet(system->self, i, &values);
        s[i] = values[k % q];
        k /= q;
    }
}

static inline int small_encode(const temper_system *system, const int8_t *s) {
    int k = 0, radix = 1;
    for (int i = 0; i < system->n; i++) {
        const int8_t *values;
        int q = system->type->alphabet(system->self, i, &values), v = 0;
        while (values[v] != s[i]) v++;
        k += v * radix;
        radix *= q;
    }
    return k;
}

/* False when the instance has too many states (or cannot be made: that is then a failed check). */
static inline bool small_create(small *x, const char *text) {
    memset(x, 0, sizeof *x);
    temper_status bad = temper_system_create(&x->system, text);
    CHECK(!bad, "%s: %s", text, temper_message());
    if (bad) return false;
    double log_states = temper_system_log_states(x->system);
    if (log_states > log(SMALL_STATES) + 1e-9) return false;
    int n = x->system->n;
    x->states = (int)lround(exp(log_states));
    x->s = malloc((size_t)x->states * (size_t)n);
    x->energy = malloc(sizeof(double) * (size_t)x->states);
    x->weight = malloc(sizeof(double) * (size_t)x->states);
    x->sum = malloc(sizeof(double) * (size_t)x->states);
    for (int k = 0; k < x->states; k++) {
        small_decode(x->system, k, x->s + (size_t)k * (size_t)n);
        x->energy[k] = temper_system_energy(x->system, x->s + (size_t)k * (size_t)n);
    }
    return true;
}

static inline void small_heat(small *x, double T) {
    double lowest = INFINITY, Z = 0;
    for (int k = 0; k < x->states; k++) lowest = fmin(lowest, x->energy[k]);
    for (int k = 0; k < x->states; k++) Z += x->weight[k] = exp(-(x->energy[k] - lowest) / T);
    double running = 0;
    for (int k = 0; k < x->states; k++) {
        x->weight[k] /= Z;
        x->sum[k] = running += x->weight[k];
    }
}

/* A state drawn from the exact distribution: first k with u < sum[k]. */
static inline int small_draw(const small *x, double u) {
    int low = 0, high = x->states - 1;
    while (low < high) {
        int middle = (low + high) / 2;
        if (u < x->sum[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static inline void small_free(small *x) {
    temper_system_free(x->system);
    free(x->s);
    free(x->energy);
    free(x->weight);
    free(x->sum);
}

/* "name:specimen", or "name" when the specimen is empty. */
static inline void small_text(const temper_about *about, char text[512]) {
    snprintf(text, 512, "%s%s%s", about->name, *about->specimen ? ":" : "", about->specimen);
}

/* Specimens that name files do so relative to the source tree. */
static inline void small_home(void) {
    if (chdir(TEMPER_SOURCE_DIR)) printf("  cannot change to the source tree\n");
}

#endif
