#include "run/train_results.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/sha256.h"
#include "run/train_moment.h"

/* Mean over members and its standard error; NaNs make it NaN. */
static temper_spread spread_of(const double *x, int n) {
    double mean = 0, m2 = 0;
    for (int k = 0; k < n; k++) {
        double step = x[k] - mean;
        mean += step / (k + 1);
        m2 += step * (x[k] - mean);
    }
    return (temper_spread){mean, n > 1 ? sqrt(m2 / (n - 1) / n) : NAN};
}

static const float *statistics_at(const temper_trained *out, const temper_training *t, int r, int64_t k) {
    return out->statistics + (r * t->samples + k) * temper_network_statistics(t->network);
}

static const float *sample_at(const temper_training *t, int r, int64_t k) {
    return t->sample + (r * t->samples + k) * t->parameters;
}

/* The forecast of member r: the average over its samples. */
static temper_status forecast(const temper_trained *out, const temper_training *t, int r,
                              temper_forecaster *f) {
    temper_status bad = TEMPER_OK;
    temper_forecaster_reset(f);
    for (int64_t k = 0; k < t->samples && !bad; k++)
        bad = temper_forecaster_add(f, sample_at(t, r, k), statistics_at(out, t, r, k));
    temper_forecaster_average(f);
    return bad;
}

/* The noise of squared-loss forecasts, from the validation rows, or the training rows where there are none. */
static temper_status measure_noise(const temper_trained *out, temper_training *t) {
    temper_forecaster f = {0};
    temper_forecast_task task = t->forecaster[0].task;
    if (t->loss != TEMPER_SQUARED) return TEMPER_OK;
    if (task.n == 0) task.row = t->parts.row[TEMPER_TRAIN], task.n = t->parts.n[TEMPER_TRAIN];
    temper_status bad = temper_forecaster_begin(&f, &task);
    for (int r = 0; r < t->members && !bad; r++) {
        bad = forecast(out, t, r, &f);
        if (!bad) temper_forecaster_residual(&f, t->noise + r * task.targets);
    }
    temper_forecaster_clear(&f);
    return bad;
}

static temper_status calibrate(temper_trained *out, const temper_training *t) {
    int64_t statistics = temper_network_statistics(t->network);
    out->statistics = temper_alloc((size_t)(t->members * t->samples), (size_t)statistics * sizeof(float));
    if (!out->statistics) return TEMPER_NO_MEMORY;
    temper_network_task task = t->task;
    task.threads = 0;
    temper_status bad = TEMPER_OK;
    for (int r = 0; r < t->members; r++)
        for (int64_t k = 0; k < t->samples && !bad && statistics; k++)
            bad = temper_network_calibrate(&task, sample_at(t, r, k),
                                           out->statistics + (r * t->samples + k) * statistics);
    return bad;
}

/* How unsure a forecast is: the entropy of its probabilities, or the sum of its variances. */
static double doubt_of(const temper_forecaster *f, const double *p) {
    double sum = 0;
    if (f->task.classes) return temper_entropy(p, f->task.classes);
    for (int64_t k = f->task.targets; k < f->width; k++) sum += p[k];
    return sum;
}

/* The doubt of the mean less the mean doubt: the mutual information between class and member, or the variance of the
 * members' means. doubts[n]: sums over members. */
static void spread_rows(const temper_forecaster *f, const double *doubts, int members, double *spread) {
    for (int64_t i = 0; i < f->task.n; i++) {
        double more = doubt_of(f, f->p + i * f->width) - doubts[i] / members;
        spread[i] = more > 0 ? more : 0;
    }
}

static temper_status judge_members(temper_trained *out, const temper_training *t) {
    temper_forecaster *f = &out->forecaster;
    temper_study *study = &out->study;
    size_t n = (size_t)f->task.n;
    double *sum = temper_alloc(n, (size_t)f->width * sizeof *sum), *doubts = temper_alloc(n, sizeof *doubts);
    study->spread = temper_alloc(n, sizeof *study->spread);
    temper_status bad = sum && doubts && study->spread ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int r = 0; r < t->members && !bad; r++) {
        double value[TEMPER_MARKS];
        if ((bad = forecast(out, t, r, f))) break;
        if (t->loss == TEMPER_SQUARED) temper_forecaster_blur(f, t->noise + r * f->task.targets);
        temper_forecast judged = temper_forecaster_judged(f);
        temper_forecast_marks(&judged, value);
        for (int k = 0; k < study->scores; k++) out->test[k][r] = value[k];
        temper_forecaster_pour(f, sum);
        for (int64_t i = 0; i < f->task.n; i++) doubts[i] += doubt_of(f, f->p + i * f->width);
    }
    if (!bad) temper_forecaster_pooled(f, sum, t->members);
    if (!bad) spread_rows(f, doubts, t->members, study->spread);
    temper_release(sum);
    temper_release(doubts);
    return bad;
}

static temper_status judge_ensemble(temper_trained *out, const temper_training *t) {
    const char *name[TEMPER_MARKS], *unit[TEMPER_MARKS];
    double value[TEMPER_MARKS], error[TEMPER_MARKS];
    temper_study *study = &out->study;
    temper_forecast judged = temper_forecaster_judged(&out->forecaster);
    temper_mark_names(t->data->data.y != NULL, name, unit);
    temper_status bad = temper_forecast_errors(&judged, value, error);
    for (int k = 0; k < study->scores && !bad; k++) {
        temper_score *s = &study->score[k];
        temper_spread over = spread_of(out->test[k], t->members);
        *s = (temper_score){.name = name[k], .unit = unit[k], .mean = over.mean, .error = over.error};
        s->ensemble = value[k], s->ensemble_error = error[k];
        for (int r = 0; r < t->members && r < 64; r++) s->member[r] = out->test[k][r];
    }
    return bad;
}

/* The scores that choices are made by: of the same weights as the test's, on the validation rows. */
static temper_status judge_validation(temper_trained *out, temper_training *t) {
    for (int r = 0; r < t->members; r++) {
        temper_forecaster *f = &t->forecaster[r];
        double value[TEMPER_MARKS] = {NAN, NAN, NAN, NAN, NAN};
        temper_status bad = f->task.n ? forecast(out, t, r, f) : TEMPER_OK;
        if (bad) return bad;
        if (f->task.n && t->loss == TEMPER_SQUARED) temper_forecaster_blur(f, t->noise + r * f->task.targets);
        temper_forecast judged = temper_forecaster_judged(f);
        if (f->task.n) temper_forecast_marks(&judged, value);
        for (int k = 0; k < out->study.scores; k++) out->checked[k][r] = value[k];
    }
    for (int k = 0; k < out->study.scores; k++) out->validation[k] = spread_of(out->checked[k], t->members);
    return TEMPER_OK;
}

/* Mean of a number of the moments over the last quarter of a curve, without its gaps. */
static double late(const temper_training *t, int r, size_t offset) {
    double sum = 0;
    int64_t count = 0;
    for (int64_t m = t->moments - 1 - t->moments / 4; m < t->moments; m++) {
        double x = *(const double *)((const char *)&t->moment[r * t->moments + m] + offset);
        if (!isnan(x)) sum += x, count++;
    }
    return count ? sum / (double)count : NAN;
}

static temper_status sum_up_curves(temper_trained *out, const temper_training *t) {
    const struct {
        temper_spread *into;
        size_t offset;
    } curve[] = {{&out->loss, offsetof(temper_moment, train_energy)},
                 {&out->T_config, offsetof(temper_moment, T_config)},
                 {&out->T_kinetic, offsetof(temper_moment, T_kinetic)},
                 {&out->T_gradient, offsetof(temper_moment, T_gradient)},
                 {&out->noise_scale, offsetof(temper_moment, noise_scale)}};
    double *x = temper_alloc((size_t)t->members, sizeof *x);
    if (!x) return TEMPER_NO_MEMORY;
    for (size_t c = 0; c < sizeof curve / sizeof *curve; c++) {
        for (int r = 0; r < t->members; r++) x[r] = late(t, r, curve[c].offset);
        *curve[c].into = spread_of(x, t->members);
    }
    for (int r = 0; r < t->members; r++)
        x[r] = late(t, r, offsetof(temper_moment, fdr_left)) / late(t, r, offsetof(temper_moment, fdr_right));
    out->fdr = spread_of(x, t->members);
    temper_release(x);
    return TEMPER_OK;
}

/* U and S of a variational run, F = U − T S. */
static temper_status sum_up_free_energy(temper_trained *out, const temper_training *t) {
    enum { DRAWS = 8 };
    if (!t->dynamics->type->variational) return TEMPER_OK;
    size_t members = (size_t)t->members;
    double *x = temper_alloc(3 * members, sizeof *x), *U = x, *S = x + members, *F = S + members;
    temper_status bad = x ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int r = 0; r < t->members && !bad; r++) {
        const temper_walker *w = *t->crew[r].walker;
        bad = temper_network_free_energy(t->potential, w->noise, DRAWS, w->theta, &U[r], &S[r]);
        F[r] = U[r] - t->T * S[r];
    }
    if (!bad) {
        out->U = spread_of(U, t->members);
        out->S = spread_of(S, t->members);
        out->F = spread_of(F, t->members);
    }
    temper_release(x);
    return bad;
}

/* One member's table below the others', with the number of its seed. */
static temper_status append(temper_table *all, const temper_table *one, double seed, int members) {
    int rows = one->columns ? one->column[0].rows : 0;
    if (!rows) return TEMPER_OK;
    if (!all->columns) {
        if (!temper_table_add(all, "seed", "number of the seed", rows * members)) return TEMPER_NO_MEMORY;
        for (int c = 0; c < one->columns; c++)
            if (!temper_table_add(all, one->column[c].name, one->column[c].doc, rows * members))
                return TEMPER_NO_MEMORY;
        for (int c = 0; c < all->columns; c++) all->column[c].rows = 0;
    }
    for (int i = 0; i < rows; i++) {
        int at = all->column[0].rows + i;
        all->column[0].values[at] = seed;
        for (int c = 0; c < one->columns; c++) all->column[c + 1].values[at] = one->column[c].values[i];
    }
    for (int c = 0; c < all->columns; c++) all->column[c].rows += rows;
    return TEMPER_OK;
}

/* What dynamics and ensemble have to tell: every member tells as many rows as the first. */
static temper_status listen(temper_trained *out, const temper_training *t) {
    const temper_ensemble *e = t->ensemble;
    temper_status bad = TEMPER_OK;
    int rows = -1;
    for (int r = 0; r < t->members && e->type->tell && !bad; r++) {
        temper_table one = {0};
        bad = e->type->tell(e->self, &t->crew[r], &one);
        if (rows < 0 && one.columns) rows = one.column[0].rows;
        if (!bad && one.columns && one.column[0].rows == rows)
            bad = append(&out->told, &one, (double)t->crew[r].seed, t->members);
        temper_table_clear(&one);
    }
    const temper_dynamics *d = t->dynamics;
    if (d->type->temperature) out->dynamics_T = d->type->temperature(d->self, (double)t->potential->samples);
    return bad ? bad : sum_up_free_energy(out, t);
}

/* Weights and statistics of all members, then every printed score. */
static void take_hash(temper_trained *out, const temper_training *t) {
    temper_sha256 sha;
    temper_study *study = &out->study;
    size_t vectors = (size_t)(t->members * t->samples);
    temper_sha256_begin(&sha);
    temper_sha256_add(&sha, t->sample, vectors * (size_t)t->parameters * sizeof *t->sample);
    temper_sha256_add(&sha, out->statistics,
                      vectors * (size_t)temper_network_statistics(t->network) * sizeof(float));
    for (int k = 0; k < study->scores; k++) {
        const temper_score *s = &study->score[k];
        const double printed[] = {s->mean, s->ensemble, out->validation[k].mean};
        temper_sha256_add(&sha, out->test[k], (size_t)t->members * sizeof(double));
        temper_sha256_add(&sha, printed, sizeof printed);
    }
    temper_sha256_end(&sha, study->hash);
    study->hash[16] = 0;
}

static void fill_in(temper_trained *out, const temper_training *t) {
    temper_study *study = &out->study;
    const temper_forecaster *f = &out->forecaster;
    study->data = t->settings->data, study->model = t->settings->model;
    study->dynamics = t->settings->dynamics, study->ensemble = t->settings->ensemble;
    study->command = t->desk->command;
    study->members = t->members;
    study->moments = t->moments, study->moment = t->moment, study->monitor = t->monitor;
    study->parameters = t->parameters;
    study->steps = t->steps, study->epochs = temper_training_epochs(t);
    for (int k = 0; k < t->members * t->group; k++) study->gradient_evaluations += t->walker[k]->evaluations;
    study->seconds = t->seconds;
    study->samples_per_second =
        (double)study->gradient_evaluations * (double)t->settings->batch / fmax(t->seconds, 1e-9);
    study->temperature = t->crew->walker[temper_training_lead(t, 0)]->temperature;
    study->tests = f->task.n, study->classes = f->task.classes, study->outputs = f->task.targets;
    study->y = f->y, study->t = f->t, study->p = f->p;
    study->samples = &t->data->data, study->row = f->task.row;
}

temper_status temper_trained_judge(temper_trained *out, temper_training *t) {
    const char *name[TEMPER_MARKS], *unit[TEMPER_MARKS];
    temper_forecast_task task = t->forecaster[0].task;
    task.row = t->parts.row[TEMPER_TEST], task.n = t->parts.n[TEMPER_TEST];
    out->study.scores = temper_mark_names(task.classes > 0, name, unit);
    for (int k = 0; k < out->study.scores; k++)
        if (!(out->test[k] = temper_alloc((size_t)t->members, sizeof(double))) ||
            !(out->checked[k] = temper_alloc((size_t)t->members, sizeof(double))))
            return TEMPER_NO_MEMORY;
    temper_status bad = temper_forecaster_begin(&out->forecaster, &task);
    if (!bad) bad = calibrate(out, t);
    if (!bad) bad = measure_noise(out, t);
    if (!bad) bad = judge_validation(out, t);
    if (!bad) bad = judge_members(out, t);
    if (!bad) bad = judge_ensemble(out, t);
    if (!bad) bad = sum_up_curves(out, t);
    if (!bad) bad = listen(out, t);
    if (bad) return bad;
    fill_in(out, t);
    take_hash(out, t);
    temper_trained_verdict(out, t);
    return out->verdict.failed ? TEMPER_NO_MEMORY : TEMPER_OK;
}

void temper_trained_clear(temper_trained *out) {
    for (int k = 0; k < TEMPER_MARKS; k++) temper_release(out->test[k]), temper_release(out->checked[k]);
    temper_release(out->statistics);
    temper_release(out->study.spread);
    temper_forecaster_clear(&out->forecaster);
    temper_text_clear(&out->verdict);
    temper_table_clear(&out->told);
    *out = (temper_trained){0};
}
