/* Forecasts and scores of a stress test. */
#include "run/stress_bench.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "estimate/paired.h"

static void tell(const temper_stress_bench *b) {
    double spent = temper_clock() - b->desk->begun, rate = b->done / fmax(spent, 1e-9);
    temper_progress p = {.phase = b->phase,
                         .unit = "rows",
                         .done = (int64_t)b->done,
                         .total = (int64_t)fmax(b->total, b->done),
                         .seconds = spent,
                         .left = rate > 0 ? fmax(b->total - b->done, 0) / rate : NAN,
                         .rate = rate,
                         .coldest = NAN,
                         .hottest = NAN,
                         .energy = NAN,
                         .energy_error = NAN,
                         .acceptance = NAN,
                         .swap_rate = NAN};
    temper_desk_tell(b->desk, &p);
}

temper_status temper_stress_tick(temper_stress_bench *b, int64_t n, double cost) {
    b->done += cost * (double)n;
    if (temper_desk_due(b->desk)) tell(b);
    if (!temper_desk_stopped(b->desk)) return TEMPER_OK;
    return temper_fail(TEMPER_STOPPED, "stopped during %s; nothing was written", b->phase);
}

/* One vector of weights after another where entropies are wanted, else all into one sum. */
static temper_status ask_views(temper_stress_bench *b, temper_forecaster *f, int64_t r, const float *theta,
                               double *inner) {
    int64_t S = b->out->samples, P = b->networks.parameters;
    size_t size = (size_t)(f->task.n * f->width) * sizeof *b->views;
    temper_status bad = TEMPER_OK;
    memset(b->views, 0, size);
    memset(inner, 0, (size_t)f->task.n * sizeof *inner);
    for (int64_t k = 0; k < S && !bad; k++) {
        temper_forecaster_reset(f);
        bad = temper_forecaster_add(f, theta + k * P, b->statistics + (r * S + k) * b->networks.statistics);
        temper_forecaster_average(f);
        for (int64_t i = 0; i < f->task.n; i++)
            inner[i] += temper_entropy(f->p + i * f->width, f->task.classes);
        temper_forecaster_pour(f, b->views);
        if (!bad) bad = temper_stress_tick(b, f->task.n, 1);
    }
    temper_forecaster_pooled(f, b->views, S);
    for (int64_t i = 0; i < f->task.n; i++) inner[i] /= (double)S;
    return bad;
}

temper_status temper_stress_ask(temper_stress_bench *b, temper_forecaster *f, int64_t r, const float *theta,
                                double *inner) {
    int64_t S = b->out->samples, P = b->networks.parameters;
    const double *noise = b->networks.file.noise;
    if (!theta) theta = b->theta + r * S * P;
    if (inner) return ask_views(b, f, r, theta, inner);
    temper_status bad = TEMPER_OK;
    temper_forecaster_reset(f);
    for (int64_t k = 0; k < S && !bad; k++) {
        bad = temper_forecaster_add(f, theta + k * P, b->statistics + (r * S + k) * b->networks.statistics);
        if (!bad) bad = temper_stress_tick(b, f->task.n, 1);
    }
    if (bad) return bad;
    temper_forecaster_average(f);
    if (noise) temper_forecaster_blur(f, noise + r * f->task.targets);
    return TEMPER_OK;
}

void temper_stress_marks(const temper_forecaster *f, double mark[TEMPER_STRESS_MARKS]) {
    double all[TEMPER_MARKS];
    temper_forecast judged = temper_forecaster_judged(f);
    temper_forecast_marks(&judged, all);
    mark[0] = all[0], mark[1] = all[1],
    mark[2] = all[3]; /* accuracy, nll, ece; rmse, log_likelihood, coverage_90 */
}

temper_status temper_stress_measure(temper_stress_bench *b, temper_forecaster *f,
                                    const temper_samples *samples, temper_stress_score *score) {
    temper_forecast_task own = f->task;
    double mark[TEMPER_STRESS_MARKS];
    temper_status bad = TEMPER_OK;
    f->task.samples = samples, f->task.row = b->count;
    memset(b->sum, 0, (size_t)(own.n * f->width) * sizeof *b->sum);
    for (int64_t r = 0; r < b->out->members && !bad; r++) {
        if ((bad = temper_stress_ask(b, f, r, NULL, NULL))) break;
        temper_stress_marks(f, mark);
        for (int m = 0; m < TEMPER_STRESS_MARKS; m++) score[m].value[r] = mark[m];
        temper_forecaster_pour(f, b->sum);
    }
    f->task = own;
    if (bad) return bad;
    temper_forecaster_pooled(f, b->sum, b->out->members);
    temper_stress_marks(f, mark);
    for (int m = 0; m < TEMPER_STRESS_MARKS; m++) {
        score[m].ensemble = mark[m];
        temper_stress_score_end(b->out, &score[m]);
    }
    return TEMPER_OK;
}

temper_stress_score temper_stress_score_begin(temper_stress *out, const char *name) {
    temper_stress_score score = {name, NAN, NAN, NAN, NAN, NAN, NULL, NAN, NAN};
    score.value = out->room + out->used;
    out->used += out->members;
    for (int64_t r = 0; r < out->members; r++) score.value[r] = NAN;
    return score;
}

void temper_stress_score_end(const temper_stress *out, temper_stress_score *s) {
    double mean = 0, m2 = 0;
    int n = (int)out->members;
    for (int r = 0; r < n; r++) {
        double step = s->value[r] - mean;
        mean += step / (r + 1);
        m2 += step * (s->value[r] - mean);
    }
    s->mean = mean;
    if (n > 1) s->error = sqrt(m2 / (n - 1) / n);
    if (n > 1 && isfinite(mean)) temper_deviation(s->value, n, &s->deviation, &s->low, &s->high);
}

static const temper_stress_list *list_of(const temper_stress_plan *plan, temper_stress_kind kind) {
    const temper_stress_list *const lists[] = {&plan->severities, &plan->epsilon, &plan->noise};
    return lists[kind];
}

temper_stress_curve *temper_stress_curve_begin(temper_stress *out, const temper_stress_plan *plan,
                                               temper_stress_kind kind, const char *name) {
    static const char *const axes[] = {"severity", "epsilon", "sigma"};
    static const char *const marks[2][TEMPER_STRESS_MARKS] = {{"rmse", "log_likelihood", "coverage_90"},
                                                              {"accuracy", "nll", "ece"}};
    temper_stress_curve *curve = &out->curve[out->curves++];
    const temper_stress_list *list = list_of(plan, kind);
    *curve = (temper_stress_curve){.kind = kind, .axis = axes[kind], .points = list->n};
    snprintf(curve->name, sizeof curve->name, "%s", name);
    for (int p = 0; p < list->n; p++) {
        curve->at[p] = list->x[p];
        for (int m = 0; m < TEMPER_STRESS_MARKS; m++)
            curve->score[p][m] = temper_stress_score_begin(
                out, kind == TEMPER_STRESS_NOISE && m == 2 ? "rise" : marks[out->classes > 0][m]);
    }
    return curve;
}

temper_status temper_stress_copy(const temper_samples *samples, const int64_t *row, int64_t n,
                                 temper_samples *out) {
    int64_t d = samples->features, K = samples->outputs;
    *out = (temper_samples){.n = n,
                            .features = d,
                            .channels = samples->channels,
                            .height = samples->height,
                            .width = samples->width,
                            .classes = samples->classes,
                            .outputs = K};
    out->X = temper_alloc((size_t)n, (size_t)d * sizeof *out->X);
    if (samples->y) out->y = temper_alloc((size_t)n, sizeof *out->y);
    if (samples->t) out->t = temper_alloc((size_t)n, (size_t)K * sizeof *out->t);
    if (!out->X || (samples->y && !out->y) || (samples->t && !out->t)) {
        temper_samples_clear(out);
        return TEMPER_NO_MEMORY;
    }
    for (int64_t i = 0; i < n; i++) {
        float *x = out->X + i * d;
        const float *from = temper_samples_row(samples, row[i], x);
        if (from != x) memcpy(x, from, (size_t)d * sizeof *x);
        if (out->y) out->y[i] = samples->y[row[i]];
        if (out->t) memcpy(out->t + i * K, samples->t + row[i] * K, (size_t)K * sizeof *out->t);
    }
    return TEMPER_OK;
}
