/* Corrupted rows of a set: scaled to 0 … 1 by the training rows, spoilt, and scaled back. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include "base/memory.h"
#include "temper/corruption.h"
#include "temper/parallel.h"

enum { ROWS = 16 }; /* that one worker takes at a time */

typedef struct {
    const temper_corruption *corruption;
    const temper_samples *samples;
    const int64_t *fit, *row; /* the training rows; those that are asked for */
    int64_t nfit, workers;
    temper_samples *out;
    temper_stream stream;
    float *least, *most; /* [features] of the training rows */
    double *low, *range; /* the same, an image's by channel, and most − least */
    float *mean;         /* [features] of them, in 0 … 1; or NULL */
    double *sum;         /* [features] */
    char *rooms;         /* for each worker a row as it is, scaled and spoilt, and 2·features to work in */
    size_t each;
    atomic_int_least64_t next;
} hospital;

/* ---- the range of the training rows ---- */

/* A share of the features, over all rows in order: no sum depends on the number of workers. */
static temper_status survey_share(void *context, int64_t worker) {
    const hospital *h = context;
    const int64_t d = h->samples->features, from = d * worker / h->workers,
                  to = d * (worker + 1) / h->workers;
    float *room = (float *)(void *)(h->rooms + (size_t)worker * h->each);
    float *least = h->least, *most = h->most;
    double *sum = h->sum;
    for (int64_t k = from; k < to; k++) least[k] = INFINITY, most[k] = -INFINITY;
    for (int64_t i = 0; i < h->nfit; i++) {
        const float *x = temper_samples_row(h->samples, h->fit[i], room);
        for (int64_t k = from; k < to; k++) least[k] = x[k] < least[k] ? x[k] : least[k];
        for (int64_t k = from; k < to; k++) most[k] = x[k] > most[k] ? x[k] : most[k];
        for (int64_t k = from; k < to && h->mean; k++) sum[k] += (double)x[k];
    }
    return TEMPER_OK;
}

/* The pixels of a channel share one range. */
static void pool(const temper_samples *s, double *low, double *high) {
    int64_t pixels = s->height * s->width;
    for (int64_t c = 0; c < s->channels; c++, low += pixels, high += pixels) {
        double least = low[0], most = high[0];
        for (int64_t k = 1; k < pixels; k++) {
            least = low[k] < least ? low[k] : least;
            most = high[k] > most ? high[k] : most;
        }
        for (int64_t k = 0; k < pixels; k++) low[k] = least, high[k] = most;
    }
}

static temper_status survey(hospital *h) {
    const int64_t d = h->samples->features;
    temper_status bad = temper_parallel(h->workers, survey_share, h);
    for (int64_t k = 0; k < d; k++) h->low[k] = (double)h->least[k], h->range[k] = (double)h->most[k];
    pool(h->samples, h->low, h->range);
    for (int64_t k = 0; k < d; k++) {
        h->range[k] -= h->low[k];
        if (h->mean && h->range[k] > 0)
            h->mean[k] = (float)((h->sum[k] / (double)h->nfit - h->low[k]) / h->range[k]);
    }
    return bad;
}

/* ---- the rows ---- */

static void spoil(const hospital *h, temper_victim *v, int64_t i, float *room) {
    const int64_t d = v->features;
    float *from = room + d, *to = from + d, *x = h->out->X + i * d;
    const float *raw = temper_samples_row(h->samples, h->row[i], room);
    for (int64_t k = 0; k < d; k++)
        from[k] = h->range[k] > 0 ? (float)(((double)raw[k] - h->low[k]) / h->range[k]) : 0;
    v->row = h->row[i];
    v->room = to + d;
    h->corruption->type->apply(h->corruption->self, v, from, to);
    for (int64_t k = 0; k < d; k++) {
        float value = to[k];
        if (v->image) value = value > 0 ? value < 1 ? value : 1 : 0;
        bool alone = value == from[k] || !(h->range[k] > 0);
        x[k] = alone ? raw[k] : (float)(h->low[k] + (double)value * h->range[k]);
    }
}

static temper_status work(void *context, int64_t worker) {
    hospital *h = context;
    const temper_samples *s = h->samples;
    temper_victim v = {.features = s->features,
                       .channels = s->channels,
                       .height = s->height,
                       .width = s->width,
                       .stream = h->stream,
                       .severity = (int)*(const int64_t *)h->corruption->self,
                       .image = s->channels > 0,
                       .mean = h->mean};
    float *room = (float *)(void *)(h->rooms + (size_t)worker * h->each);
    for (int64_t first; (first = atomic_fetch_add(&h->next, ROWS)) < h->out->n;)
        for (int64_t i = first; i < first + ROWS && i < h->out->n; i++) spoil(h, &v, i, room);
    return TEMPER_OK;
}

/* ---- the frame ---- */

static temper_status check_rows(const temper_samples *s, const char *what, const int64_t *row, int64_t n) {
    if (n < 1)
        return temper_fail(TEMPER_BAD_OPTION, "corruption: there are %lld %s rows; legal: 1 or more",
                           (long long)n, what);
    for (int64_t i = 0; i < n; i++)
        if (row[i] < 0 || row[i] >= s->n)
            return temper_fail(TEMPER_BAD_OPTION, "corruption: %s row %lld is outside 0 ... %lld", what,
                               (long long)row[i], (long long)s->n - 1);
    return TEMPER_OK;
}

/* The rows without their inputs. */
static temper_status answers(const temper_samples *s, const int64_t *row, int64_t n, temper_samples *out) {
    *out = *s;
    out->n = n, out->held = 0;
    out->source = NULL, out->y = NULL, out->t = NULL;
    out->X = temper_alloc((size_t)n * (size_t)s->features, sizeof *out->X);
    if (s->y) out->y = temper_alloc((size_t)n, sizeof *out->y);
    if (s->t) out->t = temper_alloc((size_t)n * (size_t)s->outputs, sizeof *out->t);
    if (!out->X || (s->y && !out->y) || (s->t && !out->t)) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < n && s->y; i++) out->y[i] = s->y[row[i]];
    for (int64_t i = 0; i < n && s->t; i++)
        memcpy(out->t + i * s->outputs, s->t + row[i] * s->outputs, (size_t)s->outputs * sizeof *s->t);
    return TEMPER_OK;
}

/* Whose draws: every corruption has its own, and keeps them when others join the catalogue. */
static uint32_t chain_of(const char *name) {
    uint32_t hash = UINT32_C(2166136261);
    for (const char *p = name; *p; p++) hash = (hash ^ (unsigned char)*p) * UINT32_C(16777619);
    return hash;
}

static temper_status treat(hospital *h) {
    const int64_t d = h->samples->features;
    const size_t wide = ((size_t)d * sizeof(double) + 63) / 64 * 64;
    h->each = 3 * wide; /* five rows of floats */
    h->workers = temper_thread_count();
    char *memory = temper_alloc(5 * wide + (size_t)h->workers * h->each, 1);
    if (!memory) return TEMPER_NO_MEMORY;
    h->low = (double *)(void *)memory, h->range = (double *)(void *)(memory + wide);
    h->sum = (double *)(void *)(memory + 2 * wide);
    h->mean = h->corruption->type->mean ? (float *)(void *)(memory + 3 * wide) : NULL;
    h->least = (float *)(void *)(memory + 4 * wide), h->most = h->least + d;
    h->rooms = memory + 5 * wide;
    temper_status bad = survey(h);
    atomic_init(&h->next, 0);
    if (!bad) bad = temper_parallel(h->workers, work, h);
    temper_release(memory);
    return bad;
}

temper_status temper_corrupt(const temper_corruption *corruption, const temper_samples *samples,
                             const int64_t *fit, int64_t nfit, const int64_t *row, int64_t n, uint64_t seed,
                             temper_samples *out) {
    const char *name = corruption->type->about.name;
    hospital h = {
        .corruption = corruption, .samples = samples, .fit = fit, .nfit = nfit, .row = row, .out = out};
    *out = (temper_samples){0};
    if (corruption->type->images && !samples->channels)
        return temper_fail(
            TEMPER_CANNOT,
            "corruption: %s is of images; these data are vectors of %lld features; for any data: "
            "gaussian_noise, impulse_noise, missing",
            name, (long long)samples->features);
    temper_status bad = check_rows(samples, "training", fit, nfit);
    if (!bad) bad = check_rows(samples, "asked-for", row, n);
    if (!bad) bad = answers(samples, row, n, out);
    h.stream = (temper_stream){seed, chain_of(name)};
    if (!bad) bad = treat(&h);
    if (bad) temper_samples_clear(out);
    return bad;
}
