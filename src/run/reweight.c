#include "run/reweight.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "run/histograms.h"
#include "temper/parallel.h"

typedef struct { /* what an item of work knows: one observable, or ln Z, at one temperature */
    temper_reweighted *out;
    const temper_series *series;
    temper_histograms of[2]; /* of single configurations, of pairs */
} work;

typedef struct { /* an item's room and place */
    const temper_series *series;
    const temper_histograms *h;
    int o, raw, count;
    double T, ess;
    double *w, *A, *x; /* [levels], [samples], [samples] */
    double *mean;      /* [raw] */
    double *slope;     /* [raw][count] ∂value/∂mean */
    double *value;     /* [3][count] */
} item;

/* Weight of measurement n, 1/g included. */
static double weight(const item *i, int64_t n) {
    return i->h->share[n / (i->h->lines * i->h->kept)] * i->w[i->h->level_of[n]];
}

/* A ← raw column k of all measurements, in the order of the histograms. */
static void gather(const item *i, int k) {
    const temper_histograms *h = i->h;
    int64_t n = 0;
    for (int t = 0; t < h->K; t++) {
        const double *x = temper_series_at(i->series, t, i->o);
        for (int line = 0; line < h->lines; line++)
            for (int64_t m = 0; m < h->kept; m++)
                i->A[n++] = x[(line * i->series->length + m * h->stride) * i->raw + k];
    }
}

/* Leaves ⟨A⟩ in mean[k]; returns the standard deviation of A. */
static double average(const item *i, int k) {
    double sum = 0, square = 0;
    gather(i, k);
    for (int64_t n = 0; n < i->h->samples; n++) sum += weight(i, n) * (i->A[n] - i->A[0]);
    i->mean[k] = i->A[0] + sum;
    for (int64_t n = 0; n < i->h->samples; n++)
        square += weight(i, n) * (i->A[n] - i->mean[k]) * (i->A[n] - i->mean[k]);
    return sqrt(square);
}

static void derive(const item *i, double *value) {
    const temper_observable *observable = i->series->observable[i->o];
    if (observable->type->derive)
        observable->type->derive(observable->self, i->series->system, i->T, i->mean, value);
    else
        memcpy(value, i->mean, (size_t)i->count * sizeof *value);
}

/* Slopes by central differences over ± one standard error of each mean. */
static void find_slopes(item *i, int k, double deviation) {
    double middle = i->mean[k], step = deviation / sqrt(i->ess), *up = i->value + i->count,
           *down = up + i->count;
    i->mean[k] = middle + step;
    derive(i, up);
    i->mean[k] = middle - step;
    derive(i, down);
    for (int j = 0; j < i->count; j++)
        i->slope[k * i->count + j] = step > 0 ? (up[j] - down[j]) / (2 * step) : 0;
    i->mean[k] = middle;
}

/* x_n = w_n Σ_k slope_k (A_k − ⟨A_k⟩) of number j, and its error. */
static temper_status find_error(const item *i, int j, double *error) {
    memset(i->x, 0, (size_t)i->h->samples * sizeof *i->x);
    for (int k = 0; k < i->raw; k++) {
        double slope = i->slope[k * i->count + j];
        if (!isfinite(slope)) return *error = NAN, TEMPER_OK; /* the value itself says so */
        if (slope == 0) continue;
        gather(i, k);
        for (int64_t n = 0; n < i->h->samples; n++)
            i->x[n] += slope * i->w[i->h->level_of[n]] * (i->A[n] - i->mean[k]);
    }
    return temper_histograms_error(i->h, i->x, error);
}

static temper_estimate estimate(const item *i, double mean, double error) {
    return (temper_estimate){mean, error, NAN, NAN, i->ess, NAN, i->h->samples};
}

static temper_status numbers(item *i, temper_number *number) {
    double *deviation = temper_alloc((size_t)i->raw, sizeof *deviation);
    temper_status bad = deviation ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int k = 0; k < i->raw && !bad; k++) deviation[k] = average(i, k);
    for (int k = 0; k < i->raw && !bad; k++) find_slopes(i, k, deviation[k]);
    if (!bad) derive(i, i->value);
    for (int j = 0; j < i->count && !bad; j++) {
        double error = 0;
        bad = find_error(i, j, &error);
        number[j].estimate = estimate(i, i->value[j], error);
    }
    temper_release(deviation);
    return bad;
}

/* [ln Z(β) − ln Z(β_0)]/N, whose x_n is w_n(β) − w_n(β_0). */
static temper_status log_z(const item *i, double log_z, temper_number *number) {
    double ess, error, N = i->series->system->n, *w_0 = i->A; /* levels ≤ samples */
    double zero = temper_histograms_weigh(i->h, i->h->beta[0], w_0, &ess);
    for (int64_t n = 0; n < i->h->samples; n++) i->x[n] = i->w[i->h->level_of[n]] - w_0[i->h->level_of[n]];
    temper_status bad = temper_histograms_error(i->h, i->x, &error);
    number->estimate = estimate(i, (log_z - zero) / N, error / N);
    return bad;
}

/* |Δβ| σ_E: by how many of its own standard deviations the energy of the nearest temperature must move. */
static double reach_of(const temper_histograms *h, double beta) {
    int cold = 0, hot = 0;
    for (int k = 1; k < h->K; k++) {
        if (h->beta[k] > h->beta[cold]) cold = k;
        if (h->beta[k] < h->beta[hot]) hot = k;
    }
    return fmax(0,
                fmax((beta - h->beta[cold]) * h->deviation[cold], (h->beta[hot] - beta) * h->deviation[hot]));
}

static temper_status at_one(void *context, int64_t number) {
    const work *w = context;
    const temper_series *series = w->series;
    int each = series->observables + 1, t = (int)(number / each), o = (int)(number % each), before = 0;
    item i = {.series = series, .h = &w->of[0], .o = o, .T = w->out->results.T[t]};
    for (int k = 0; k < o; k++)
        before += series->observable[k]->type->count(series->observable[k]->self, series->system);
    if (o < series->observables) {
        const temper_observable *observable = series->observable[o];
        i.h = &w->of[observable->type->configurations - 1];
        i.raw = series->raw[o], i.count = observable->type->count(observable->self, series->system);
    }
    size_t samples = (size_t)i.h->samples, raw = (size_t)i.raw, count = (size_t)i.count;
    i.w = temper_alloc((size_t)i.h->levels + 2 * samples + raw + raw * count + 3 * count, sizeof *i.w);
    if (!i.w) return TEMPER_NO_MEMORY;
    i.A = i.w + i.h->levels, i.x = i.A + samples, i.mean = i.x + samples, i.slope = i.mean + raw;
    i.value = i.slope + raw * count;
    double beta = isinf(i.T) ? 0 : 1 / i.T, z = temper_histograms_weigh(i.h, beta, i.w, &i.ess);
    temper_number *to = w->out->results.number + (int64_t)t * w->out->results.numbers + before;
    temper_status bad = o < series->observables ? numbers(&i, to) : log_z(&i, z, to);
    bool sure = temper_histograms_sure(i.h, i.w, o == series->observables);
    for (int k = 0; !sure && k < (o < series->observables ? i.count : 1); k++)
        to[k].estimate.error = INFINITY;
    if (o == series->observables) w->out->ess[t] = i.ess, w->out->reach[t] = reach_of(i.h, beta);
    temper_release(i.w);
    return bad;
}

static temper_status begin(temper_reweighted *out, const temper_results *sampled, const double *T, int n) {
    temper_results *results = &out->results;
    *results = (temper_results){.temperatures = n, .numbers = sampled->numbers + 1};
    out->first = sampled->T[0], out->sampled = sampled->temperatures;
    out->gap[0] = out->gap[1] = NAN;
    results->T = temper_alloc((size_t)n, sizeof *T);
    results->number = temper_alloc((size_t)n * (size_t)results->numbers, sizeof *results->number);
    out->ess = temper_alloc((size_t)n, sizeof *out->ess);
    out->reach = temper_alloc((size_t)n, sizeof *out->reach);
    if (!results->T || !results->number || !out->ess || !out->reach) return TEMPER_NO_MEMORY;
    memcpy(results->T, T, (size_t)n * sizeof *T);
    for (int64_t k = 0; k < (int64_t)n * results->numbers; k++) {
        int of = (int)(k % results->numbers);
        temper_number *number = &results->number[k];
        if (of < sampled->numbers)
            *number = sampled->number[of];
        else
            snprintf(number->label, sizeof number->label, "log_z_difference");
        number->theory = number->z = NAN;
    }
    return TEMPER_OK;
}

static void note_gap(temper_reweighted *out, const temper_histograms *h, const temper_results *sampled) {
    int cold = temper_histograms_gap(h);
    if (cold < 0) return;
    out->gap[0] = sampled->T[cold], out->gap[1] = INFINITY;
    for (int t = 0; t < sampled->temperatures; t++)
        if (sampled->T[t] > out->gap[0]) out->gap[1] = fmin(out->gap[1], sampled->T[t]);
}

temper_status temper_reweight_check(const double *sampled, int nsampled, const double *T, int n) {
    bool cold = false;
    for (int t = 0; t < nsampled; t++) cold |= !(sampled[t] > 0);
    for (int t = 0; t < n; t++) cold |= !(T[t] > 0);
    if (cold)
        return temper_fail(TEMPER_CANNOT,
                           "sample: reweight needs temperatures above 0, sampled ones and its own");
    if (nsampled > TEMPER_HISTOGRAMS_MOST)
        return temper_fail(TEMPER_CANNOT,
                           "sample: reweight joins at most %d temperatures, and %d are sampled",
                           TEMPER_HISTOGRAMS_MOST, nsampled);
    return TEMPER_OK;
}

temper_status temper_reweight(temper_reweighted *out, const temper_series *series,
                              const temper_results *sampled, const double *T, int n) {
    work w = {.out = out, .series = series};
    temper_status bad = begin(out, sampled, T, n);
    for (int many = 1; many <= 2 && !bad; many++)
        if (many == 1 || temper_series_pairs(series))
            bad = temper_histograms_make(&w.of[many - 1], series, sampled, many);
    if (!bad) note_gap(out, &w.of[0], sampled);
    if (!bad) bad = temper_parallel((int64_t)n * (series->observables + 1), at_one, &w);
    temper_histograms_clear(&w.of[0]);
    temper_histograms_clear(&w.of[1]);
    return bad;
}

void temper_reweighted_clear(temper_reweighted *out) {
    temper_results_clear(&out->results);
    temper_release(out->ess);
    temper_release(out->reach);
    *out = (temper_reweighted){0};
}
