/* Scalings of features and targets, fitted on training rows alone. Sums go in fixed chunks of rows, so that they depend on
 * nothing but the rows. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "data/array.h"

enum { CHUNK = 4096 };

typedef struct { /* a number of a row: features first, then targets */
    const temper_samples *samples;
    const int64_t *row;
    int64_t n, columns;
} view;

static double at(const view *v, int64_t i, int64_t k) {
    const temper_samples *s = v->samples;
    if (k >= s->features) return s->t[v->row[i] * s->outputs + k - s->features];
    int64_t place = v->row[i] * s->features + k;
    return s->X ? (double)s->X[place] : (double)(float)temper_array_at(&s->source->array, place);
}

/* mean[k] of (x_k − shift_k)^power, power 1 or 2, over the rows. part[columns] is scratch. */
static void moments(const view *v, int power, const double *shift, double *mean, double *part) {
    memset(mean, 0, (size_t)v->columns * sizeof *mean);
    for (int64_t from = 0; from < v->n; from += CHUNK) {
        int64_t to = from + CHUNK < v->n ? from + CHUNK : v->n;
        memset(part, 0, (size_t)v->columns * sizeof *part);
        for (int64_t i = from; i < to; i++)
            for (int64_t k = 0; k < v->columns; k++) {
                double x = at(v, i, k) - shift[k];
                part[k] += power == 1 ? x : x * x;
            }
        for (int64_t k = 0; k < v->columns; k++) mean[k] += part[k];
    }
    for (int64_t k = 0; k < v->columns; k++) mean[k] /= (double)v->n;
}

static void extremes(const view *v, double *low, double *high) {
    for (int64_t k = 0; k < v->columns; k++) low[k] = INFINITY, high[k] = -INFINITY;
    for (int64_t i = 0; i < v->n; i++)
        for (int64_t k = 0; k < v->columns; k++) {
            double x = at(v, i, k);
            low[k] = fmin(low[k], x), high[k] = fmax(high[k], x);
        }
}

/* The pixels of a channel: one value for all of them, the mean or an extreme. */
static void pool(const temper_samples *s, double *value, char what) {
    if (!s->channels) return;
    int64_t pixels = s->height * s->width;
    for (int64_t c = 0; c < s->channels; c++) {
        double *x = value + c * pixels, all = what == '+' ? 0 : x[0];
        for (int64_t k = 0; k < pixels; k++)
            all = what == '+' ? all + x[k] : what == '<' ? fmin(all, x[k]) : fmax(all, x[k]);
        for (int64_t k = 0; k < pixels; k++) x[k] = what == '+' ? 0 : all;
        for (int64_t k = 0; k < pixels && what == '+'; k++) x[k] = all / (double)pixels;
    }
}

static void fit_unit(temper_scaling *scaling, view v) {
    v.columns = scaling->features;
    extremes(&v, scaling->shift, scaling->scale);
    pool(v.samples, scaling->shift, '<');
    pool(v.samples, scaling->scale, '>');
    for (int64_t k = 0; k < v.columns; k++) {
        double range = scaling->scale[k] - scaling->shift[k];
        scaling->scale[k] = range > 0 ? 1 / range : 1;
    }
}

/* The mean first and then the variance around it, so that nothing cancels. Constant columns are told by their extremes:
 * their mean is rounded, and what is left of it would be blown up to 1. */
static void fit_standard(temper_scaling *scaling, const view *v, double *scratch) {
    double *low = scratch, *high = scratch + v->columns, *zero = low, *part = high;
    moments(v, 1, zero, scaling->shift, part);
    pool(v->samples, scaling->shift, '+');
    moments(v, 2, scaling->shift, scaling->scale, part);
    pool(v->samples, scaling->scale, '+');
    extremes(v, low, high);
    pool(v->samples, low, '<');
    pool(v->samples, high, '>');
    for (int64_t k = 0; k < v->columns; k++) {
        double deviation = sqrt(scaling->scale[k]); /* 0 also where a square underflows */
        scaling->scale[k] = deviation > 0 && low[k] < high[k] ? 1 / deviation : 1;
        if (low[k] == high[k]) scaling->shift[k] = low[k];
    }
}

temper_status temper_scaling_build(temper_scaling *scaling, temper_scaling_kind kind,
                                   const temper_samples *samples, const int64_t *row, int64_t n) {
    size_t columns = (size_t)(samples->features + samples->outputs);
    *scaling = (temper_scaling){.features = samples->features, .outputs = samples->outputs};
    if (n < 1)
        return temper_fail(TEMPER_BAD_OPTION, "scaling: %lld rows to fit to; legal: at least 1",
                           (long long)n);
    view v = {samples, row, n, (int64_t)columns};
    double *scratch = temper_alloc(2 * columns, sizeof *scratch);
    scaling->shift = temper_alloc(columns, sizeof(double));
    scaling->scale = temper_alloc(columns, sizeof(double));
    if (!scratch || !scaling->shift || !scaling->scale) {
        temper_release(scratch);
        temper_scaling_clear(scaling);
        return TEMPER_NO_MEMORY;
    }
    for (size_t k = 0; k < columns; k++) scaling->scale[k] = 1;
    if (kind == TEMPER_SCALING_UNIT) fit_unit(scaling, v);
    if (kind == TEMPER_SCALING_STANDARD) fit_standard(scaling, &v, scratch);
    temper_release(scratch);
    return TEMPER_OK;
}

void temper_scaling_apply(const temper_scaling *scaling, temper_samples *samples) {
    const double *shift = scaling->shift, *scale = scaling->scale;
    for (int64_t i = 0; i < samples->n; i++) {
        float *x = samples->X + i * samples->features;
        for (int64_t k = 0; k < samples->features; k++) x[k] = (float)((x[k] - shift[k]) * scale[k]);
        for (int64_t k = 0; k < samples->outputs; k++) {
            double *t = &samples->t[i * samples->outputs + k];
            *t = (*t - shift[samples->features + k]) * scale[samples->features + k];
        }
    }
}

void temper_scaling_clear(temper_scaling *scaling) {
    temper_release(scaling->shift);
    temper_release(scaling->scale);
    *scaling = (temper_scaling){0};
}
