#include "run/forecast.h"
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"

/* Labels or targets of the rows, side by side. */
static temper_status take_truth(temper_forecaster *f) {
    const temper_forecast_task *task = &f->task;
    const temper_samples *s = task->samples;
    if (s->y && task->classes && !(f->y = temper_alloc((size_t)task->n, sizeof *f->y)))
        return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < task->n && f->y; i++) f->y[i] = s->y[task->row[i]];
    if (!s->t || !task->targets) return TEMPER_OK;
    size_t size = (size_t)task->targets * sizeof *f->t;
    if (!(f->t = temper_alloc((size_t)task->n, size))) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < task->n; i++)
        memcpy(f->t + i * task->targets, s->t + task->row[i] * task->targets, size);
    return TEMPER_OK;
}

temper_status temper_forecaster_begin(temper_forecaster *f, const temper_forecast_task *task) {
    *f = (temper_forecaster){.task = *task, .width = task->classes ? task->classes : 2 * task->targets};
    f->z = temper_alloc((size_t)task->n, (size_t)temper_network_outputs(task->network) * sizeof *f->z);
    f->p = temper_alloc((size_t)task->n, (size_t)f->width * sizeof *f->p);
    f->q = temper_alloc((size_t)f->width, sizeof *f->q);
    return f->z && f->p && f->q ? take_truth(f) : TEMPER_NO_MEMORY;
}

void temper_forecaster_clear(temper_forecaster *f) {
    temper_release(f->z);
    temper_release(f->p);
    temper_release(f->q);
    temper_release(f->y);
    temper_release(f->t);
    *f = (temper_forecaster){0};
}

void temper_forecaster_reset(temper_forecaster *f) {
    f->added = 0;
    memset(f->p, 0, (size_t)f->task.n * (size_t)f->width * sizeof *f->p);
}

/* Means and variances from outputs in units of scaled targets t' = (t − shift)·scale. */
static void gaussians(const temper_forecast_task *task, const float *z, double *q) {
    int64_t K = task->targets;
    const double *shift = task->scaling->shift + task->scaling->features;
    const double *scale = task->scaling->scale + task->scaling->features;
    for (int64_t k = 0; k < K; k++) {
        q[k] = (double)z[k] / scale[k] + shift[k];
        q[K + k] =
            task->loss == TEMPER_GAUSSIAN_NLL ? temper_exp((double)z[K + k]) / (scale[k] * scale[k]) : 0;
    }
}

temper_status temper_forecaster_add(temper_forecaster *f, const float *theta, const float *statistics) {
    const temper_forecast_task *task = &f->task;
    int64_t outputs = temper_network_outputs(task->network), K = task->targets;
    if (task->n == 0) return TEMPER_OK;
    temper_status bad = temper_network_predict(task->network, task->samples, task->scaling, task->row,
                                               task->n, theta, statistics, f->z);
    if (bad) return bad;
    for (int64_t i = 0; i < task->n; i++) {
        double *p = f->p + i * f->width;
        if (task->classes)
            temper_softmax(f->z + i * outputs, task->classes, f->q);
        else
            gaussians(task, f->z + i * outputs, f->q);
        for (int64_t k = 0; k < K; k++) f->q[K + k] += f->q[k] * f->q[k];
        for (int64_t k = 0; k < f->width; k++) p[k] += f->q[k];
    }
    f->added++;
    return TEMPER_OK;
}

void temper_forecaster_average(temper_forecaster *f) {
    int64_t K = f->task.targets;
    for (int64_t i = 0; i < f->task.n; i++) {
        double *p = f->p + i * f->width;
        for (int64_t k = 0; k < f->width; k++) p[k] /= (double)f->added;
        for (int64_t k = 0; k < K; k++) {
            p[K + k] -= p[k] * p[k];
            if (!(p[K + k] > 0)) p[K + k] = 0;
        }
    }
}

void temper_forecaster_residual(const temper_forecaster *f, double *noise) {
    int64_t K = f->task.targets;
    memset(noise, 0, (size_t)K * sizeof *noise);
    for (int64_t i = 0; i < f->task.n; i++)
        for (int64_t k = 0; k < K; k++) {
            double miss = f->t[i * K + k] - f->p[i * f->width + k];
            noise[k] += miss * miss;
        }
    for (int64_t k = 0; k < K && f->task.n; k++) noise[k] /= (double)f->task.n;
}

void temper_forecaster_blur(temper_forecaster *f, const double *noise) {
    int64_t K = f->task.targets;
    for (int64_t i = 0; i < f->task.n; i++)
        for (int64_t k = 0; k < K; k++) f->p[i * f->width + K + k] += noise[k];
}

void temper_forecaster_pour(const temper_forecaster *f, double *sum) {
    int64_t K = f->task.targets;
    for (int64_t i = 0; i < f->task.n; i++) {
        const double *p = f->p + i * f->width;
        double *into = sum + i * f->width;
        for (int64_t k = 0; k < f->width; k++) into[k] += p[k];
        for (int64_t k = 0; k < K; k++) into[K + k] += p[k] * p[k];
    }
}

void temper_forecaster_pooled(temper_forecaster *f, const double *sum, int64_t members) {
    memcpy(f->p, sum, (size_t)(f->task.n * f->width) * sizeof *f->p);
    f->added = members;
    temper_forecaster_average(f);
}

temper_forecast temper_forecaster_judged(const temper_forecaster *f) {
    return (temper_forecast){f->task.n, f->task.classes, f->task.targets, f->p, f->y, f->t};
}

static void csv_head(const temper_forecaster *f, temper_text *out) {
    long long K = (long long)f->task.targets, C = (long long)f->task.classes;
    temper_text_add(out, f->y ? "row,label" : "row");
    for (long long k = 0; k < K && f->t; k++) temper_text_add(out, ",target_%lld", k);
    if (C) temper_text_add(out, ",class");
    for (long long k = 0; k < C; k++) temper_text_add(out, ",p_%lld", k);
    for (long long k = 0; k < K; k++) temper_text_add(out, ",mean_%lld,deviation_%lld", k, k);
    temper_text_add(out, "\n");
}

static void cell(temper_text *out, double x) {
    temper_text_bytes(out, ",", 1);
    temper_text_real(out, x);
}

void temper_forecaster_csv(const temper_forecaster *f, temper_text *out) {
    int64_t K = f->task.targets, C = f->task.classes;
    csv_head(f, out);
    for (int64_t i = 0; i < f->task.n && !out->failed; i++) {
        const double *p = f->p + i * f->width;
        int64_t best = 0;
        temper_text_add(out, "%lld", (long long)f->task.row[i]);
        if (f->y) temper_text_add(out, ",%d", (int)f->y[i]);
        for (int64_t k = 0; k < K && f->t; k++) cell(out, f->t[i * K + k]);
        for (int64_t k = 0; k < C; k++) best = p[k] > p[best] ? k : best;
        if (C) temper_text_add(out, ",%lld", (long long)best);
        for (int64_t k = 0; k < C; k++) cell(out, p[k]);
        for (int64_t k = 0; k < K; k++) cell(out, p[k]), cell(out, sqrt(p[K + k]));
        temper_text_bytes(out, "\n", 1);
    }
}
