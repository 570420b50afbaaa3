#include "run/ladder.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "run/campaign.h"
#include "temper/estimate.h"
#include "temper/parallel.h"

enum {
    RUNGS_MAX = 2000,
    PILOT_CHAINS = 8,
    PILOT_WARM = 20,
    PILOT_SWEEPS = 50,
    FREE_SAMPLES = 10000,
    MBAR_ENERGIES = 100000
};

uint64_t temper_ladder_seed(uint64_t seed, int part) {
    uint32_t word[4];
    /* Initial configurations are drawn at step 0, so step 1 of the last chain is nobody's. */
    temper_block((temper_stream){seed, UINT32_MAX}, TEMPER_FOR_INITIAL, 1, part, word);
    return (uint64_t)word[0] << 32 | word[1];
}

/* Energies at β = 0: independent configurations, of streams first, first + 1, … */
typedef struct {
    temper_chain *const *chain;
    int64_t count;
    uint32_t first;
    double *E;
} draws;

static temper_status draw(void *context, int64_t p) {
    const draws *d = context;
    for (int64_t i = p; i < d->count; i += PILOT_CHAINS) {
        d->chain[p]->stream.chain = d->first + (uint32_t)i;
        temper_status bad = temper_chain_start(d->chain[p], "random");
        if (bad) return bad;
        d->E[i] = d->chain[p]->energy;
    }
    return TEMPER_OK;
}

static temper_status draw_free(const temper_free_energy_order *order, int64_t count, double *E) {
    temper_chain *chain[PILOT_CHAINS] = {NULL};
    temper_status bad = TEMPER_OK;
    uint64_t seed = temper_ladder_seed(order->seed, 3);
    for (int p = 0; p < PILOT_CHAINS && !bad; p++)
        bad = temper_chain_create(&chain[p], order->system, NULL, seed, (uint32_t)p);
    draws d = {chain, count, 0, E};
    if (!bad) bad = temper_parallel(PILOT_CHAINS, draw, &d);
    for (int p = 0; p < PILOT_CHAINS; p++) temper_chain_free(chain[p]);
    return bad;
}

static void moments(const double *E, int64_t count, double *mean, double *variance) {
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < count; i++) sum += E[i] - E[0];
    *mean = E[0] + sum / (double)count;
    for (int64_t i = 0; i < count; i++) squares += (E[i] - *mean) * (E[i] - *mean);
    *variance = count > 1 ? squares / (double)(count - 1) : 0;
}

/* σ_E of the pilot's chains at β, where they have been brought. */
static temper_status spread(const temper_free_energy_order *order, temper_chain *const *chain,
                            double *sigma) {
    double E[PILOT_CHAINS * PILOT_SWEEPS], mean, variance;
    temper_status bad = temper_sampler_advance(order->sampler, chain, PILOT_CHAINS, PILOT_WARM);
    for (int k = 0; k < PILOT_SWEEPS && !bad; k++) {
        bad = temper_sampler_advance(order->sampler, chain, PILOT_CHAINS, 1);
        for (int p = 0; p < PILOT_CHAINS; p++) E[k * PILOT_CHAINS + p] = chain[p]->energy;
    }
    moments(E, PILOT_CHAINS * PILOT_SWEEPS, &mean, &variance);
    *sigma = sqrt(variance);
    return bad;
}

static int falling(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

static temper_status add_rung(temper_ladder *ladder, double T) {
    if (ladder->rungs == RUNGS_MAX)
        return temper_fail(TEMPER_CANNOT,
                           "sample: free_energy=yes would need a ladder of more than %d temperatures",
                           RUNGS_MAX);
    ladder->T[ladder->rungs] = T;
    ladder->beta[ladder->rungs++] = isinf(T) ? 0 : 1 / T;
    return TEMPER_OK;
}

/* Walks from β = 0 to every asked temperature in turn; stops[] falls. */
static temper_status walk(temper_ladder *ladder, const temper_free_energy_order *order, const double *stops,
                          temper_chain *const *chain, const temper_desk *desk) {
    double E[PILOT_CHAINS * PILOT_SWEEPS], mean, variance, sigma;
    temper_status bad = draw_free(order, PILOT_CHAINS * PILOT_SWEEPS, E);
    if (bad) return bad;
    moments(E, PILOT_CHAINS * PILOT_SWEEPS, &mean, &variance);
    sigma = sqrt(variance);
    bad = add_rung(ladder, INFINITY);
    double coldest = 1 / stops[order->temperatures - 1];
    for (int stop = 0; stop < order->temperatures && !bad;) {
        double beta = ladder->beta[ladder->rungs - 1], to = isinf(stops[stop]) ? 0 : 1 / stops[stop];
        if (to <= beta) {
            stop++;
            continue;
        }
        if (temper_desk_stopped(desk))
            return temper_fail(TEMPER_STOPPED, "stopped before the ladder of free energies");
        double next =
            beta + fmin(1 / sigma, 0.2 * coldest); /* the cap: where energies have frozen, σ_E is 0 */
        bad = add_rung(ladder, next < to ? 1 / next : stops[stop]);
        for (int p = 0; p < PILOT_CHAINS; p++) chain[p]->temperature = ladder->T[ladder->rungs - 1];
        if (!bad) bad = spread(order, chain, &sigma);
    }
    return bad;
}

temper_status temper_ladder_build(temper_ladder *ladder, const temper_free_energy_order *order,
                                  temper_desk *desk) {
    temper_chain *chain[PILOT_CHAINS] = {NULL};
    double *stops = temper_alloc((size_t)order->temperatures, sizeof *stops);
    ladder->T = temper_alloc(RUNGS_MAX, sizeof *ladder->T);
    ladder->beta = temper_alloc(RUNGS_MAX, sizeof *ladder->beta);
    temper_status bad = stops && ladder->T && ladder->beta ? TEMPER_OK : TEMPER_NO_MEMORY;
    uint64_t seed = temper_ladder_seed(order->seed, 2);
    for (int p = 0; p < PILOT_CHAINS && !bad; p++)
        bad = temper_chain_create(&chain[p], order->system, order->sampler, seed, (uint32_t)p);
    if (!bad) {
        memcpy(stops, order->T, (size_t)order->temperatures * sizeof *stops);
        qsort(stops, (size_t)order->temperatures, sizeof *stops, falling);
        bad = walk(ladder, order, stops, chain, desk);
    }
    for (int p = 0; p < PILOT_CHAINS; p++) temper_chain_free(chain[p]);
    temper_release(stops);
    return bad;
}

/* Room for what is kept: every stride-th energy, so that MBAR stays quick; correlated ones say little more anyway. */
static temper_status allocate(temper_ladder *ladder, int64_t lines, int64_t *per_line) {
    size_t R = (size_t)ladder->rungs;
    int64_t most = MBAR_ENERGIES / ladder->rungs / lines;
    if (*per_line > most) *per_line = most < 50 ? 50 : most;
    ladder->count = temper_alloc(R, sizeof *ladder->count);
    ladder->E = temper_alloc(R, sizeof *ladder->E);
    ladder->mean = temper_alloc(4 * R, sizeof *ladder->mean);
    ladder->block = temper_alloc(R * (size_t)(lines * *per_line), sizeof *ladder->block);
    if (!ladder->count || !ladder->E || !ladder->mean || !ladder->block) return TEMPER_NO_MEMORY;
    ladder->error = ladder->mean + R;
    ladder->variance = ladder->error + R;
    ladder->inefficiency = ladder->variance + R;
    return TEMPER_OK;
}

/* Means and variance over the whole series e = E/N; keeps `per_line` evenly spread energies of every chain. */
static temper_status note(temper_ladder *ladder, const temper_series *series, int r, int64_t per_line,
                          double *E) {
    temper_estimate estimate;
    const double *e = temper_series_at(series, r - 1, 0);
    int lines = series->lines[0], n = series->system->n;
    int64_t stride = series->length / per_line;
    if (stride < 1) stride = 1;
    temper_status bad = temper_estimate_mean(e, lines, series->length, &estimate);
    if (bad) return bad;
    double mean, variance;
    moments(e, lines * series->length, &mean, &variance);
    ladder->mean[r] = estimate.mean * n;
    ladder->error[r] = estimate.error * n;
    ladder->variance[r] = variance * n * n;
    ladder->inefficiency[r] = fmax(1, 2 * estimate.tau / (double)stride);
    ladder->E[r] = E;
    for (int line = 0; line < lines; line++)
        for (int64_t i = 0; i < per_line && i * stride < series->length; i++)
            E[ladder->count[r]++] = e[line * series->length + i * stride] * n;
    return TEMPER_OK;
}

static temper_status note_free(temper_ladder *ladder, const temper_free_energy_order *order, int64_t keep) {
    int64_t count =
        order->sweeps * order->copies < FREE_SAMPLES ? order->sweeps * order->copies : FREE_SAMPLES;
    double *E = temper_alloc((size_t)count, sizeof *E);
    temper_status bad = E ? draw_free(order, count, E) : TEMPER_NO_MEMORY;
    if (!bad) {
        moments(E, count, &ladder->mean[0], &ladder->variance[0]);
        ladder->error[0] = sqrt(ladder->variance[0] / (double)count);
        ladder->inefficiency[0] = 1;
        ladder->E[0] = ladder->block;
        ladder->count[0] = count < keep ? count : keep;
        memcpy(ladder->block, E, (size_t)ladder->count[0] * sizeof *E);
    }
    temper_release(E);
    return bad;
}

temper_status temper_ladder_sample(temper_ladder *ladder, const temper_free_energy_order *order,
                                   temper_desk *desk, temper_sha256 *sha) {
    temper_series series = {0};
    temper_campaign campaign = {.file = "ladder",
                                .system = order->system,
                                .sampler = order->sampler,
                                .temperature = ladder->T + 1,
                                .temperatures = ladder->rungs - 1,
                                .copies = order->copies,
                                .seed = temper_ladder_seed(order->seed, 0),
                                .start = "random",
                                .unit = "sweeps",
                                .phase = "ladder",
                                .burn = order->burn,
                                .length = order->sweeps,
                                .every = 1,
                                .series = &series};
    int64_t per_line = order->sweeps;
    temper_status bad = temper_series_begin(&series, order->system, "energy", "");
    if (!bad) bad = temper_campaign_open(&campaign);
    if (!bad) bad = temper_campaign_run(&campaign, desk);
    if (!bad) bad = allocate(ladder, order->copies, &per_line);
    if (!bad) bad = note_free(ladder, order, order->copies * per_line);
    for (int r = 1; r < ladder->rungs && !bad; r++)
        bad = note(ladder, &series, r, per_line, ladder->E[r - 1] + ladder->count[r - 1]);
    if (!bad) temper_campaign_hash(&campaign, sha);
    temper_campaign_close(&campaign);
    temper_series_clear(&series);
    return bad;
}

void temper_ladder_clear(temper_ladder *ladder) {
    temper_release(ladder->T);
    temper_release(ladder->beta);
    temper_release(ladder->count);
    temper_release(ladder->E);
    temper_release(ladder->block);
    temper_release(ladder->mean);
    *ladder = (temper_ladder){0};
}
