/* Plain enumeration of every configuration of a discrete system, up to 2^26 of them: the judge of last resort, and of
 * all other judges.
 *
 * The state space is cut into chunks that depend on the system alone: the first sites, as many as keep a chunk within
 * 2^14 states, run through all their values inside a chunk; the others are fixed by the chunk's number. Inside a
 * chunk a reflected mixed-radix Gray code changes one site by one step at a time, so that one call of the system's
 * `cost` gives each new energy; every chunk begins with the naive sum. Chunks are summed apart and merged in index
 * order: the same bits on any number of threads. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "num/levels.h"
#include "temper/parallel.h"
#include "temper/theory.h"

enum {
    CHUNK = 1 << 14,
    KEPT = 1 << 22
}; /* states: of a chunk; up to which energies are kept between calls */
static const double most = 1 << 26;

typedef struct {
    char *text;
    temper_system *system;
    int fast;                  /* sites 0 … fast−1 run inside a chunk */
    int64_t per_chunk, chunks; /* states of a chunk; number of chunks */
    double *E;                 /* [states] if they are kept, else NULL */
    int32_t *M;                /* [states] Σ s_i (of a ±1 system), with E */
} enumeration;

enum {
    ENERGY,
    FREE_ENERGY,
    ENTROPY,
    HEAT_CAPACITY,
    MAGNETISATION,
    ABSOLUTE,
    SQUARED,
    SUSCEPTIBILITY,
    BINDER
};
static const char *const fields[] = {"energy",
                                     "free_energy",
                                     "entropy",
                                     "heat_capacity",
                                     "magnetisation",
                                     "abs_magnetisation",
                                     "magnetisation_squared",
                                     "susceptibility",
                                     "binder",
                                     NULL};

static int alphabet(const enumeration *a, int i, const int8_t **values) {
    return a->system->type->alphabet(a->system->self, i, values);
}

/* ---- one chunk: its energies and magnetisations in Gray-code order ------------------------------------------- */

typedef struct { /* a configuration at work */
    const temper_system *system;
    int8_t *s;
    double *cache;
    int *digit, *direction; /* [fast] of the Gray code; direction is +1 or −1 */
} walker;

/* The chunk's number, digit by digit, fixes the slow sites; the fast ones start at their lowest values. */
static void place(const enumeration *a, walker *w, int64_t chunk) {
    const int8_t *values;
    for (int i = 0; i < a->system->n; i++) {
        int q = alphabet(a, i, &values);
        w->s[i] = values[i < a->fast ? 0 : chunk % q];
        if (i >= a->fast) chunk /= q;
    }
    for (int i = 0; i < a->fast; i++) w->digit[i] = 0, w->direction[i] = 1;
    if (a->system->type->prime) a->system->type->prime(a->system->self, w->s, w->cache);
}

/* Reflected Gray code (Knuth 7.2.1.1, H): the lowest digit that can still move in its direction moves; those below it
 * turn round. Returns the change of energy and adds the change of Σ s to *M. */
static double step(const enumeration *a, walker *w, int32_t *M) {
    const temper_system_type *type = a->system->type;
    const int8_t *values;
    for (int i = 0; i < a->fast; i++) {
        int q = alphabet(a, i, &values), next = w->digit[i] + w->direction[i];
        if (next < 0 || next >= q) {
            w->direction[i] = -w->direction[i];
            continue;
        }
        int8_t to = values[next];
        double change = type->cost(a->system->self, w->s, w->cache, i, to);
        *M += to - w->s[i];
        w->digit[i] = next;
        if (type->set)
            type->set(a->system->self, w->s, w->cache, i, to);
        else
            w->s[i] = to;
        return change;
    }
    return 0; /* not reached: a chunk takes per_chunk − 1 steps */
}

static temper_status walk(const enumeration *a, int64_t chunk, double *E, int32_t *M) {
    const temper_system *system = a->system;
    size_t cache = (size_t)system->cached * sizeof(double), digits = 2 * (size_t)a->fast * sizeof(int);
    char *block = temper_alloc(cache + digits + (size_t)system->n, 1);
    if (!block) return TEMPER_NO_MEMORY;
    walker w = {.system = system, .cache = (double *)block, .digit = (int *)(block + cache)};
    w.direction = w.digit + a->fast;
    w.s = (int8_t *)(block + cache + digits);
    place(a, &w, chunk);
    E[0] = system->type->energy(system->self, w.s);
    M[0] = 0;
    for (int i = 0; i < system->n; i++) M[0] += w.s[i];
    for (int64_t k = 1; k < a->per_chunk; k++) {
        M[k] = M[k - 1];
        E[k] = E[k - 1] + step(a, &w, &M[k]);
    }
    temper_release(block);
    return TEMPER_OK;
}

/* ---- sums of Boltzmann weights ------------------------------------------------------------------------------- */

typedef struct { /* Σ w x with w = e^{−(E−E0)/T}, E0 the lowest energy met; e = E − E0 */
    double E0, w, e, ee, m, m_abs, m2, m4;
} sums;

/* Energies within rounding of the ground state's belong to it: it only matters at T = 0. */
static double tie(double E0) { return 1e-9 * (1 + fabs(E0)); }

static double boltzmann(double above, double E0, double T) {
    if (T == 0) return above <= tie(E0);
    return isinf(T) ? 1 : temper_exp(-above / T);
}

static sums chunk_sums(const double *E, const int32_t *M, int64_t n, double T) {
    sums x = {.E0 = E[0]};
    for (int64_t k = 1; k < n; k++) x.E0 = E[k] < x.E0 ? E[k] : x.E0;
    for (int64_t k = 0; k < n; k++) {
        double e = E[k] - x.E0, w = boltzmann(e, x.E0, T), m = M[k];
        x.w += w;
        x.e += w * e;
        x.ee += w * e * e;
        x.m += w * m;
        x.m_abs += w * fabs(m);
        x.m2 += w * m * m;
        x.m4 += w * m * m * m * m;
    }
    return x;
}

/* Moves the origin of x from its own E0 down to the common one, then adds: e → e + d, e² → e² + 2de + d². */
static void merge(sums *total, sums x, double T) {
    double d = x.E0 - total->E0, f = boltzmann(d, total->E0, T);
    total->w += f * x.w;
    total->e += f * (x.e + d * x.w);
    total->ee += f * (x.ee + 2 * d * x.e + d * d * x.w);
    total->m += f * x.m;
    total->m_abs += f * x.m_abs;
    total->m2 += f * x.m2;
    total->m4 += f * x.m4;
}

typedef struct {
    const enumeration *a;
    double T;
    sums *part; /* [chunks] */
} job;

static temper_status sum_chunk(void *context, int64_t chunk) {
    const job *j = context;
    const enumeration *a = j->a;
    if (a->E) {
        int64_t first = chunk * a->per_chunk;
        j->part[chunk] = chunk_sums(a->E + first, a->M + first, a->per_chunk, j->T);
        return TEMPER_OK;
    }
    double *E = temper_alloc((size_t)a->per_chunk, sizeof *E + sizeof *a->M);
    if (!E) return TEMPER_NO_MEMORY;
    int32_t *M = (int32_t *)(E + a->per_chunk);
    temper_status bad = walk(a, chunk, E, M);
    if (!bad) j->part[chunk] = chunk_sums(E, M, a->per_chunk, j->T);
    temper_release(E);
    return bad;
}

/* ---- the theory ---------------------------------------------------------------------------------------------- */

static void report(const enumeration *a, const sums *x, double T, double *values) {
    double N = a->system->n, e = x->e / x->w, m_abs = x->m_abs / x->w, m2 = x->m2 / x->w, m4 = x->m4 / x->w;
    double variance = x->ee / x->w - e * e, m_variance = m2 - m_abs * m_abs;
    temper_thermal thermal = temper_thermal_of(x->E0, log(x->w), e, variance, T);
    values[ENERGY] = thermal.energy / N;
    values[FREE_ENERGY] = thermal.free_energy / N;
    values[ENTROPY] = thermal.entropy / N;
    values[HEAT_CAPACITY] = thermal.heat_capacity / N;
    for (int k = MAGNETISATION; k <= BINDER; k++) values[k] = NAN;
    if (!a->system->binary) return;
    values[MAGNETISATION] = x->m / x->w / N;
    values[ABSOLUTE] = m_abs / N;
    values[SQUARED] = m2 / (N * N);
    values[SUSCEPTIBILITY] = m_variance > 1e-14 * m2 ? m_variance / (N * T) : 0; /* below, it is rounding */
    if (m2 > 0) values[BINDER] = 1 - m4 / (3 * m2 * m2);
}

static temper_status at(const void *self, double T, double *values) {
    const enumeration *a = self;
    job j = {a, T, temper_alloc((size_t)a->chunks, sizeof *j.part)};
    if (!j.part) return TEMPER_NO_MEMORY;
    temper_status bad = temper_parallel(a->chunks, sum_chunk, &j);
    sums total = {.E0 = INFINITY};
    for (int64_t k = 0; !bad && k < a->chunks; k++) total.E0 = fmin(total.E0, j.part[k].E0);
    for (int64_t k = 0; !bad && k < a->chunks; k++) merge(&total, j.part[k], T);
    if (!bad) report(a, &total, T, values);
    temper_release(j.part);
    return bad;
}

static temper_status keep_chunk(void *context, int64_t chunk) {
    const enumeration *a = context;
    return walk(a, chunk, a->E + chunk * a->per_chunk, a->M + chunk * a->per_chunk);
}

static temper_status build(void *self) {
    enumeration *a = self;
    const int8_t *values;
    temper_status bad = temper_system_create(&a->system, a->text);
    if (bad) return bad;
    double log2_states = temper_system_log_states(a->system) / log(2);
    if (log2_states > 26 + 1e-9)
        return temper_fail(TEMPER_BAD_OPTION,
                           "enumerate: %s has 2^%.5g configurations; at most 2^26 (%.0f) are legal",
                           a->system->text, log2_states, most);
    a->per_chunk = a->chunks = 1;
    for (int i = 0; i < a->system->n; i++) {
        int q = alphabet(a, i, &values);
        if (a->fast == i && a->per_chunk * q <= CHUNK)
            a->fast++, a->per_chunk *= q;
        else
            a->chunks *= q;
    }
    size_t states = (size_t)(a->per_chunk * a->chunks);
    if (states > KEPT) return TEMPER_OK;
    if (!(a->E = temper_alloc(states, sizeof *a->E)) || !(a->M = temper_alloc(states, sizeof *a->M)))
        return TEMPER_NO_MEMORY;
    return temper_parallel(a->chunks, keep_chunk, a);
}

static void clear(void *self) {
    enumeration *a = self;
    temper_system_free(a->system);
    temper_release(a->E);
    temper_release(a->M);
}

static bool judges(const temper_system *system, char *text, size_t size, const char **worth) {
    if (temper_system_log_states(system) > (20 + 1e-9) * log(2)) return false;
    *worth = "exact";
    int length = snprintf(text, size, "enumerate:%s", system->text);
    return length > 0 && (size_t)length < size;
}

static const temper_option options[] = {{"system", TEMPER_REST, offsetof(enumeration, text), NULL, 0, 0, NULL,
                                         "", "any discrete system, as text"},
                                        {0}};

const temper_theory_type temper_theory_enumerate = {
    .about = {.name = "enumerate",
              .brief = "every configuration of a discrete system of at most 2^26",
              .reference = "Gray-code order: Knuth, The Art of Computer Programming 4A, 7.2.1.1",
              .specimen = "ising:dims=3x3",
              .options = options,
              .size = sizeof(enumeration)},
    .build = build,
    .clear = clear,
    .fields = fields,
    .at = at,
    .judges = judges};
