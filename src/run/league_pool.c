/* Forecasts of seeds, averaged: what an ensemble of k = 1 … n seeds is worth, and how honest probabilities are. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/forecast.h"
#include "run/league.h"
#include "run/networks.h"

typedef struct {
    temper_networks networks;
    temper_settings settings;
    temper_dataset *data;
    temper_parts parts;
    temper_forecaster forecaster;
    float *theta, *statistics;
    double *p; /* [seeds][n][width] forecasts of every seed */
    double *sum;
} pool;

static temper_status open_pool(temper_league *l, const temper_standing *entry, pool *b) {
    temper_status bad = temper_networks_open(&b->networks, entry->final->folder, "study");
    if (!bad) bad = temper_league_settings(l, entry->final, &b->settings);
    if (!bad) bad = temper_dataset_create(&b->data, b->settings.data);
    if (!bad) bad = temper_networks_suit(&b->networks, b->data, "study");
    if (!bad && !temper_networks_known(&b->networks, b->data))
        bad = temper_fail(TEMPER_BAD_DATA,
                          "%s/network.json: these networks were not trained on %s; remove that directory to "
                          "have the run again",
                          entry->final->folder, b->data->text);
    if (!bad)
        bad = temper_parts_build(&b->parts, &b->data->data, b->settings.validation, b->settings.test,
                                 (uint64_t)b->settings.split_seed);
    if (bad) return bad;
    const temper_model_file *file = &b->networks.file;
    bool labels = temper_networks_labels(&b->networks);
    temper_forecast_task task = {.network = b->networks.network,
                                 .samples = &b->data->data,
                                 .scaling = &file->scaling,
                                 .loss = file->loss,
                                 .classes = labels ? file->io.outputs : 0,
                                 .targets = labels ? 0 : file->io.outputs,
                                 .row = b->parts.row[TEMPER_TEST],
                                 .n = b->parts.n[TEMPER_TEST]};
    bad = temper_forecaster_begin(&b->forecaster, &task);
    size_t room = bad ? 0 : (size_t)(task.n * b->forecaster.width);
    b->theta = temper_alloc((size_t)b->networks.parameters, sizeof *b->theta);
    b->statistics = temper_alloc((size_t)b->networks.statistics, sizeof *b->statistics);
    b->p = temper_alloc((size_t)file->members * room, sizeof *b->p);
    b->sum = temper_alloc(room, sizeof *b->sum);
    return bad ? bad : b->theta && b->statistics && b->p && b->sum ? TEMPER_OK : TEMPER_NO_MEMORY;
}

static temper_status forecast(pool *b) {
    temper_forecaster *f = &b->forecaster;
    const temper_model_file *file = &b->networks.file;
    temper_status bad = TEMPER_OK;
    size_t room = (size_t)(f->task.n * f->width);
    for (int64_t r = 0; r < file->members && !bad; r++) {
        temper_forecaster_reset(f);
        for (int64_t k = 0; k < file->samples && !bad; k++) {
            bad = temper_networks_weights(&b->networks, r, k, b->theta, b->statistics);
            if (!bad) bad = temper_forecaster_add(f, b->theta, b->statistics);
        }
        if (bad) break;
        temper_forecaster_average(f);
        if (file->noise) temper_forecaster_blur(f, file->noise + r * f->task.targets);
        memcpy(b->p + (size_t)r * room, f->p, room * sizeof *f->p);
    }
    return bad;
}

/* The mean forecast of seeds first … first + k − 1, counted round. */
static void blend(pool *b, int64_t first, int64_t k) {
    temper_forecaster *f = &b->forecaster;
    size_t room = (size_t)(f->task.n * f->width);
    memset(b->sum, 0, room * sizeof *b->sum);
    for (int64_t j = 0; j < k; j++) {
        memcpy(f->p, b->p + (size_t)((first + j) % b->networks.file.members) * room, room * sizeof *f->p);
        temper_forecaster_pour(f, b->sum);
    }
    temper_forecaster_pooled(f, b->sum, k);
}

/* NLL, or minus the log likelihood of numbers, over all runs of k neighbours on the ring of seeds. Runs share seeds, so their scatter
 * understates the error of the mean: it is that of a jackknife that leaves out M − k of M (Shao & Wu, Ann. Statist. 17, 1176, 1989). */
static void sizes(pool *b, temper_standing *entry) {
    int64_t M = b->networks.file.members;
    for (int64_t k = 1; k <= M; k++) {
        double mean = 0, m2 = 0, value[TEMPER_MARKS];
        int64_t choices = k == M ? 1 : M;
        for (int64_t first = 0; first < choices; first++) {
            blend(b, first, k);
            temper_forecast judged = temper_forecaster_judged(&b->forecaster);
            temper_forecast_marks(&judged, value);
            double x = judged.classes ? value[1] : -value[1], step = x - mean;
            mean += step / (double)(first + 1);
            m2 += step * (x - mean);
        }
        entry->pooled[k - 1] = mean;
        entry->pooled_error[k - 1] = choices > 1 ? sqrt(m2 / (double)M * (double)k / (double)(M - k)) : NAN;
    }
}

/* Of single seeds: all their rows together. */
static temper_status reliability(pool *b, temper_standing *entry) {
    temper_forecast judged =
        temper_forecaster_judged(&b->forecaster); /* of all seeds: sizes ended with that */
    int64_t n = judged.n, M = b->networks.file.members;
    if (!judged.classes) return TEMPER_OK;
    temper_forecast_reliability(&judged, &entry->all);
    int32_t *y = temper_alloc((size_t)(M * n), sizeof *y);
    if (!y) return TEMPER_NO_MEMORY;
    for (int64_t r = 0; r < M; r++) memcpy(y + r * n, judged.y, (size_t)n * sizeof *y);
    judged.n = M * n, judged.p = b->p, judged.y = y;
    temper_forecast_reliability(&judged, &entry->one);
    temper_release(y);
    return TEMPER_OK;
}

temper_status temper_league_pool(temper_league *l, temper_standing *entry) {
    pool b = {0};
    if (!entry->final->results) return TEMPER_OK;
    entry->pooled = temper_league_keep(l, (size_t)l->seeds, sizeof *entry->pooled);
    entry->pooled_error = temper_league_keep(l, (size_t)l->seeds, sizeof *entry->pooled_error);
    temper_status bad = entry->pooled && entry->pooled_error ? open_pool(l, entry, &b) : TEMPER_NO_MEMORY;
    if (!bad) bad = forecast(&b);
    if (!bad && b.networks.file.members == l->seeds) {
        sizes(&b, entry);
        bad = reliability(&b, entry);
    }
    temper_forecaster_clear(&b.forecaster);
    temper_release(b.theta);
    temper_release(b.statistics);
    temper_release(b.p);
    temper_release(b.sum);
    temper_parts_clear(&b.parts);
    temper_dataset_free(b.data);
    temper_settings_clear(&b.settings);
    temper_networks_clear(&b.networks);
    return bad;
}
