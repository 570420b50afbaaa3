/* Phases of the Ising model: configurations of an L × L torus that temper itself samples (Swendsen–Wang), as images of ±1.
 * A network that learns ordered from disordered far from the transition finds T_c = 2/ln(1 + √2) where it is undecided, without
 * being told about the magnetisation (Carrasquilla & Melko 2017).
 *
 * Rows 0 … each−1 are of the first temperature, the next ones of the second, …: `points` temperatures in equal steps from `low`
 * to `high`. Those nearer than `gap` to T_c are left out, and the rest close up; or all rows are of temperature T. The chain of
 * temperature k is stream {seed, k}; `burn` sweeps are thrown away, then every `every`-th is kept. */
#include <math.h>
#include <stdio.h>
#include "base/memory.h"
#include "data/samples.h"
#include "temper/chain.h"
#include "temper/parallel.h"
#include "temper/sampler.h"

typedef struct {
    int64_t L, points, each, every, burn, seed;
    double low, high, gap, T;
    temper_dims dims;
    int label;
    bool orient;
} ising;

enum { PHASE, TEMPERATURE, NONE };

/* One temperature has nothing to tell apart. */
static int label_of(const ising *d) { return d->T > 0 ? NONE : d->label; }
static bool square(const ising *d) { return d->dims.n == 1 && d->dims.extent[0] == 0; }
static int64_t extent(const ising *d, int k) { return square(d) ? d->L : d->dims.extent[k]; }

static double critical(void) { return 2 / log(1 + sqrt(2)); }

/* Temperature k of those that are not left out; false: there is no k-th. */
static bool temperature(const ising *d, int64_t k, double *T) {
    if (d->T > 0) return *T = d->T, k == 0;
    for (int64_t p = 0; p < d->points; p++) {
        *T = d->points > 1 ? d->low + (d->high - d->low) * (double)p / (double)(d->points - 1) : d->low;
        if (fabs(*T - critical()) >= d->gap && k-- == 0) return true;
    }
    return false;
}

typedef struct {
    const ising *options;
    temper_samples *samples;
    temper_system *system;
    temper_sampler *sampler;
} workshop;

/* The rows of temperature k. */
static temper_status sample(void *context, int64_t k) {
    const workshop *w = context;
    const ising *d = w->options;
    temper_samples *s = w->samples;
    temper_chain *chain;
    double T;
    if (!temperature(d, k, &T)) return TEMPER_OK;
    temper_status bad = temper_chain_create(&chain, w->system, w->sampler, (uint64_t)d->seed, (uint32_t)k);
    if (!bad) bad = temper_chain_heat(chain, T);
    if (!bad) bad = temper_sampler_advance(w->sampler, &chain, 1, d->burn);
    for (int64_t i = k * d->each; !bad && i < (k + 1) * d->each; i++) {
        bad = temper_sampler_advance(w->sampler, &chain, 1, d->every);
        int64_t M = 0;
        for (int64_t j = 0; !bad && d->orient && j < s->features; j++) M += chain->s[j];
        const int turn = M < 0 ? -1 : 1;
        for (int64_t j = 0; !bad && j < s->features; j++)
            s->X[i * s->features + j] = (float)(turn * chain->s[j]);
        if (s->y) s->y[i] = T < critical();
        if (s->t) s->t[i] = T;
    }
    temper_chain_free(chain);
    return bad;
}

static temper_status make(const ising *d, temper_samples *samples, int64_t temperatures) {
    char text[64];
    workshop w = {d, samples, NULL, NULL};
    snprintf(text, sizeof text, "ising:dims=%lldx%lld", (long long)extent(d, 0), (long long)extent(d, 1));
    temper_status bad = temper_system_create(&w.system, text);
    if (!bad) bad = temper_sampler_create(&w.sampler, "swendsen_wang");
    if (!bad) bad = temper_parallel(temperatures, sample, &w);
    temper_sampler_free(w.sampler);
    temper_system_free(w.system);
    return bad;
}

static temper_status fetch(const void *self, temper_samples *samples) {
    const ising *d = self;
    double T;
    int64_t temperatures = 0;
    while (temperature(d, temperatures, &T)) temperatures++;
    if (!square(d) && (d->dims.n != 2 || d->dims.extent[0] < 2 || d->dims.extent[1] < 2))
        return temper_fail(
            TEMPER_BAD_OPTION,
            "ising: dims has %d extents from %lld; legal: two of 2 … 1024, as in 16x32, or 0: L x L",
            d->dims.n, (long long)d->dims.extent[0]);
    if (d->T > 0 && d->T < 0.01)
        return temper_fail(TEMPER_BAD_OPTION,
                           "ising: T=%g; legal: 0.01 … 1000, or 0 for the range low … high", d->T);
    if (d->low > d->high)
        return temper_fail(TEMPER_BAD_OPTION, "ising: low=%g is above high=%g", d->low, d->high);
    if (!temperatures)
        return temper_fail(TEMPER_BAD_OPTION,
                           "ising: gap=%g leaves no temperature between low=%g and high=%g", d->gap, d->low,
                           d->high);
    temper_status bad = temper_samples_room(samples, (temper_bytes){"ising", NULL, 0}, temperatures * d->each,
                                            extent(d, 0) * extent(d, 1));
    const int label = label_of(d);
    if (bad) return bad;
    if (label == PHASE)
        samples->y = temper_alloc((size_t)samples->n, sizeof *samples->y);
    else if (label == TEMPERATURE)
        samples->t = temper_alloc((size_t)samples->n, sizeof *samples->t);
    if (!samples->y && !samples->t && label != NONE) return TEMPER_NO_MEMORY;
    samples->classes = label == PHASE ? 2 : 0;
    samples->outputs = label == TEMPERATURE;
    samples->channels = 1, samples->height = extent(d, 0), samples->width = extent(d, 1);
    return make(d, samples, temperatures);
}

static const temper_option options[] = {
    {"L", TEMPER_INT, offsetof(ising, L), "16", 2, 1024, NULL, "sites", "length of the square"},
    {"low", TEMPER_REAL, offsetof(ising, low), "1", 0.01, 1000, NULL, "J/k_B", "first temperature"},
    {"high", TEMPER_REAL, offsetof(ising, high), "3.5", 0.01, 1000, NULL, "J/k_B", "last temperature"},
    {"points", TEMPER_INT, offsetof(ising, points), "26", 1, 1e6, NULL, "", "temperatures, in equal steps"},
    {"each", TEMPER_INT, offsetof(ising, each), "100", 1, 1e8, NULL, "rows",
     "configurations of each temperature"},
    {"gap", TEMPER_REAL, offsetof(ising, gap), "0", 0, 1000, NULL, "J/k_B",
     "leaves out temperatures so near to T_c"},
    {"every", TEMPER_INT, offsetof(ising, every), "10", 1, 1e9, NULL, "sweeps", "between two rows"},
    {"burn", TEMPER_INT, offsetof(ising, burn), "200", 0, 1e9, NULL, "sweeps",
     "thrown away before the first row"},
    {"label", TEMPER_CHOICE, offsetof(ising, label), "phase", 0, 0, "phase|temperature|none", NULL,
     "phase: class 1 below T_c = 2.269, 0 above; temperature: the target of a regression"},
    {"seed", TEMPER_INT, offsetof(ising, seed), "1", 0, 9e15, NULL, NULL, "of the chains"},
    {"dims", TEMPER_DIMS, offsetof(ising, dims), "0", 0, 1024, NULL, "sites",
     "extents of a lattice that is no square; 0: L x L"},
    {"T", TEMPER_REAL, offsetof(ising, T), "0", 0, 1000, NULL, "J/k_B",
     "the only temperature, and no labels; 0: the range low … high"},
    {"orient", TEMPER_FLAG, offsetof(ising, orient), "no", 0, 0, NULL, NULL,
     "turn every configuration to M >= 0: cold data then have one mode, not two"},
    {0}};

const temper_dataset_type temper_dataset_ising = {
    .about = {"ising", "configurations of the square Ising model over temperatures, labelled by their phase",
              "Carrasquilla & Melko, Nature Physics 13, 431 (2017)", "L=4,points=3,each=5", options,
              sizeof(ising)},
    .read = fetch,
};
