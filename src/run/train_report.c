/* The report of a training run: sentences, table, JSON. */
#include <math.h>
#include <string.h>
#include "run/grid.h"
#include "run/train_results.h"
#include "run/train_monitor.h"

static double score_named(const temper_study *study, const char *name, bool ensemble) {
    for (int k = 0; k < study->scores; k++)
        if (!strcmp(study->score[k].name, name))
            return ensemble ? study->score[k].ensemble : study->score[k].mean;
    return NAN;
}

/* The share of the most frequent class in the test rows: what a forecast without inputs could reach. */
static double chance(const temper_study *study) {
    int64_t most = 0;
    for (int64_t c = 0; c < study->classes; c++) {
        int64_t count = 0;
        for (int64_t i = 0; i < study->tests; i++) count += study->y[i] == c;
        if (count > most) most = count;
    }
    return study->tests ? (double)most / (double)study->tests : NAN;
}

static void judge_labels(temper_text *text, const temper_study *study, const temper_forecaster *f) {
    temper_forecast judged = temper_forecaster_judged(f);
    temper_reliability bins;
    double confidence = 0, right = score_named(study, "accuracy", true),
           ece = score_named(study, "ece", true);
    temper_forecast_reliability(&judged, &bins);
    for (int b = 0; b < TEMPER_BINS; b++)
        if (bins.count[b]) confidence += bins.confidence[b] * (double)bins.count[b] / (double)study->tests;
    if (right <= 1.2 * chance(study))
        temper_text_add(text,
                        "! nothing was learned: %.1f %% right, guessing the commonest class gives %.1f %%\n",
                        100 * right, 100 * chance(study));
    if (ece > 0.03)
        temper_text_add(text, "! the probabilities are %s: mean confidence %.1f %%, right %.1f %%\n",
                        confidence > right ? "over-confident" : "under-confident", 100 * confidence,
                        100 * right);
    if (study->members > 1)
        temper_text_add(text, "# together the %d members have an NLL of %.4f, alone %.4f on average\n",
                        study->members, score_named(study, "nll", true), score_named(study, "nll", false));
}

static void judge_numbers(temper_text *text, const temper_study *study) {
    double inside = score_named(study, "coverage_90", true);
    if (fabs(inside - 0.9) > 0.05 + 2 * sqrt(0.09 / (double)study->tests))
        temper_text_add(text, "! 90 %% intervals hold %.0f %% of the test targets: the forecasts are %s\n",
                        100 * inside, inside < 0.9 ? "over-confident" : "too wide");
}

static bool off(double measured, double asked) { return fabs(measured / asked - 1) > 0.2; }

void temper_trained_verdict(temper_trained *out, const temper_training *t) {
    temper_text *text = &out->verdict;
    const temper_study *study = &out->study;
    double T = t->dynamics->type->thermal ? study->temperature : 0; /* of vi it weighs the KL divergence */
    if (study->tests && study->classes) judge_labels(text, study, &out->forecaster);
    if (study->tests && !study->classes) judge_numbers(text, study);
    if (!study->tests)
        temper_text_add(text, "! there are no test rows: nothing here says what the networks are worth\n");
    if (t->members == 1) temper_text_add(text, "! one seed has no error bar: --seeds 5 gives one\n");
    if (T > 0 && !isnan(out->T_kinetic.mean) && off(out->T_kinetic.mean, T))
        temper_text_add(
            text,
            "! the momenta are at T = %.3g, asked for was %.3g: the step is too large, or minibatch noise heats\n",
            out->T_kinetic.mean, T);
    if (T > 0 && off(out->T_config.mean, T))
        temper_text_add(
            text,
            "! the weights are at T = %.3g, asked for was %.3g: not equilibrated, or heated by minibatch noise\n",
            out->T_config.mean, T);
    temper_text_bytes(text, "", 0);
    out->study.verdict = text->data ? text->data : "";
}

temper_status temper_trained_strict(const temper_trained *out, const temper_training *t) {
    const temper_study *study = &out->study;
    double T = t->dynamics->type->thermal ? study->temperature : 0;
    if (study->classes && study->tests && score_named(study, "accuracy", false) <= 1.2 * chance(study))
        return temper_fail(TEMPER_DIAGNOSTIC,
                           "strict: accuracy %.4f is no better than the commonest class, %.4f",
                           score_named(study, "accuracy", false), chance(study));
    if (T > 0 && off(out->T_config.mean, T))
        return temper_fail(TEMPER_DIAGNOSTIC, "strict: T = %g was asked for, the weights are at %.4g", T,
                           out->T_config.mean);
    if (T > 0 && !isnan(out->T_kinetic.mean) && off(out->T_kinetic.mean, T))
        return temper_fail(TEMPER_DIAGNOSTIC, "strict: T = %g was asked for, the momenta are at %.4g", T,
                           out->T_kinetic.mean);
    for (int r = 0; r < t->members && study->tests; r++)
        for (int k = 0; k < study->scores; k++)
            if (!isfinite(out->test[k][r]))
                return temper_fail(TEMPER_DIAGNOSTIC, "strict: %s of member %d is not finite",
                                   study->score[k].name, r);
    return TEMPER_OK;
}

static void spread_json(temper_json *json, const char *name, const temper_spread *s) {
    temper_json_open(json, name, '{');
    temper_json_real(json, "mean", s->mean);
    temper_json_real(json, "error", s->error);
    temper_json_close(json, '}');
}

static void values_json(temper_json *json, const double *x, int n) {
    temper_json_open(json, "values", '[');
    for (int r = 0; r < n; r++) temper_json_real(json, NULL, x[r]);
    temper_json_close(json, ']');
}

static void scores_json(const temper_trained *out, const temper_training *t, temper_json *json) {
    const temper_study *study = &out->study;
    temper_json_open(json, "test", '{');
    for (int k = 0; k < study->scores; k++) {
        temper_json_open(json, study->score[k].name, '{');
        temper_json_real(json, "mean", study->score[k].mean);
        temper_json_real(json, "error", study->score[k].error);
        values_json(json, out->test[k], t->members);
        temper_json_close(json, '}');
    }
    temper_json_close(json, '}');
    temper_json_open(json, "ensemble", '{');
    for (int k = 0; k < study->scores; k++) {
        temper_json_open(json, study->score[k].name, '{');
        temper_json_real(json, "value", study->score[k].ensemble);
        temper_json_real(json, "error", study->score[k].ensemble_error);
        temper_json_close(json, '}');
    }
    temper_json_close(json, '}');
    temper_json_open(json, "validation", '{');
    for (int k = 0; k < study->scores; k++) {
        temper_json_open(json, study->score[k].name, '{');
        temper_json_real(json, "mean", out->validation[k].mean);
        temper_json_real(json, "error", out->validation[k].error);
        values_json(json, out->checked[k], t->members);
        temper_json_close(json, '}');
    }
    temper_json_close(json, '}');
}

/* What the ensemble has to tell, one object a row. */
static void tell_json(const temper_table *told, temper_json *json) {
    if (!told->columns) return;
    temper_json_open(json, "told", '[');
    for (int i = 0; i < told->column[0].rows; i++) {
        temper_json_open(json, NULL, '{');
        for (int c = 0; c < told->columns; c++)
            if (i < told->column[c].rows)
                temper_json_real(json, told->column[c].name, told->column[c].values[i]);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

/* The same for people: up to 12 rows. */
static void tell_rows(const temper_table *told, temper_text *text) {
    enum { ROWS = 12 };
    if (!told->columns) return;
    temper_grid grid = {.columns = told->columns};
    for (int c = 0; c < told->columns; c++) temper_grid_add(&grid, "%s", told->column[c].name);
    for (int i = 0; i < told->column[0].rows && i < ROWS; i++)
        for (int c = 0; c < told->columns; c++) temper_grid_add(&grid, "%.4g", told->column[c].values[i]);
    temper_text_add(text, "\n");
    temper_grid_print(&grid, "# ", text);
    if (told->column[0].rows > ROWS)
        temper_text_add(text, "# … %d rows in all, in results.json\n", told->column[0].rows);
}

static void write_json(const temper_trained *out, const temper_training *t, temper_json *json) {
    const temper_study *study = &out->study;
    const temper_settings *s = t->settings;
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "schema", "temper.train/1");
    scores_json(out, t, json);
    temper_json_int(json, "gradient_evaluations", study->gradient_evaluations);
    temper_json_real(json, "gradients_per_seed", (double)study->gradient_evaluations / t->members);
    temper_json_string(json, "hash", study->hash);
    temper_json_open(json, "thermometer", '{');
    temper_json_real(json, "asked", study->temperature);
    spread_json(json, "configurational", &out->T_config);
    spread_json(json, "kinetic", &out->T_kinetic);
    spread_json(json, "gradient", &out->T_gradient);
    spread_json(json, "fdr", &out->fdr);
    spread_json(json, "noise_scale", &out->noise_scale);
    temper_json_close(json, '}');
    temper_monitor_json(t, json);
    if (out->dynamics_T > 0) temper_json_real(json, "dynamics_temperature", out->dynamics_T);
    if (t->dynamics->type->variational) {
        temper_json_open(json, "free_energy", '{'); /* F = U − T S, all of the training set */
        spread_json(json, "U", &out->U);
        spread_json(json, "S", &out->S);
        spread_json(json, "F", &out->F);
        temper_json_close(json, '}');
    }
    tell_json(&out->told, json);
    spread_json(json, "loss", &out->loss);
    temper_json_string(json, "data", s->data);
    temper_json_open(json, "rows", '{');
    temper_json_int(json, "train", t->parts.n[TEMPER_TRAIN]);
    temper_json_int(json, "validation", t->parts.n[TEMPER_VALIDATION]);
    temper_json_int(json, "test", t->parts.n[TEMPER_TEST]);
    temper_json_close(json, '}');
    temper_json_string(json, "model", s->model);
    temper_json_int(json, "parameters", study->parameters);
    temper_json_string(json, "objective", s->loss);
    temper_json_string(json, "dynamics", s->dynamics);
    temper_json_string(json, "schedule", s->schedule);
    temper_json_string(json, "cooling", s->cooling);
    temper_json_string(json, "prior", s->prior);
    temper_json_int(json, "seed", s->seed);
    temper_json_int(json, "seeds", s->seeds);
    temper_json_int(json, "first", s->first);
    temper_json_int(json, "batch", s->batch);
    temper_json_int(json, "steps", t->steps);
    temper_json_int(json, "samples", t->samples);
    temper_json_open(json, "cost", '{');
    temper_json_real(json, "seconds", study->seconds);
    temper_json_real(json, "samples_per_second", study->samples_per_second);
    temper_json_close(json, '}');
    temper_json_string(json, "verdict", study->verdict);
    temper_json_close(json, '}');
}

static void score_rows(const temper_trained *out, temper_text *text) {
    const temper_study *study = &out->study;
    temper_grid grid = {.columns = 4, .left = 1};
    char cell[64];
    temper_grid_add(&grid, "score");
    temper_grid_add(&grid, "test, one member");
    temper_grid_add(&grid, "test, all together");
    temper_grid_add(&grid, "validation");
    for (int k = 0; k < study->scores; k++) {
        const temper_score *s = &study->score[k];
        temper_grid_add(&grid, "%s", s->name);
        temper_grid_number(cell, sizeof cell, s->mean, s->error);
        temper_grid_add(&grid, "%s", cell);
        temper_grid_number(cell, sizeof cell, s->ensemble, s->ensemble_error);
        temper_grid_add(&grid, "%s", cell);
        temper_grid_number(cell, sizeof cell, out->validation[k].mean, out->validation[k].error);
        temper_grid_add(&grid, "%s", cell);
    }
    temper_grid_print(&grid, "# ", text);
    if (study->members > 1)
        temper_text_add(
            text, "# errors: of one member over n = %d seeds, of all together over the choice of test rows\n",
            study->members);
    else
        temper_text_add(text, "# errors: of all together over the choice of test rows\n");
}

static void measured(temper_text *text, const char *name, const temper_spread *s) {
    char cell[64];
    if (isnan(s->mean)) return;
    temper_grid_number(cell, sizeof cell, s->mean, s->error);
    temper_text_add(text, ", %s %s", name, cell);
}

static void write_text(const temper_trained *out, const temper_training *t, temper_text *text) {
    const temper_settings *s = t->settings;
    const temper_study *study = &out->study;
    const temper_samples *data = &t->data->data;
    temper_text_add(text, "# %s: %lld rows to train on, %lld to validate, %lld to test; %lld features",
                    s->data, (long long)t->parts.n[TEMPER_TRAIN], (long long)t->parts.n[TEMPER_VALIDATION],
                    (long long)t->parts.n[TEMPER_TEST], (long long)data->features);
    temper_text_add(text, data->y ? ", %lld classes\n" : ", %lld targets\n",
                    (long long)(data->y ? data->classes : data->outputs));
    temper_text_add(text, "# %s, %lld parameters, loss %s, prior %s\n", s->model,
                    (long long)study->parameters, s->loss, s->prior);
    temper_text_add(text, "# %s, rate %s, %lld steps (%lld epochs) of %lld rows, %d member%s, seed %lld\n\n",
                    s->dynamics, s->schedule, (long long)t->steps, (long long)study->epochs,
                    (long long)s->batch, t->members, t->members > 1 ? "s" : "", (long long)s->seed);
    score_rows(out, text);
    temper_text_add(text, "\n# temperature: asked %.4g", t->T);
    if (strncmp(s->cooling, "constant", 8))
        temper_text_add(text, " (%s, %.4g at the end)", s->cooling, study->temperature);
    measured(text, "configurational", &out->T_config);
    measured(text, "kinetic", &out->T_kinetic);
    measured(text, "gradient", &out->T_gradient);
    if (out->dynamics_T > 0) temper_text_add(text, ", of the dynamics' own noise %.4g", out->dynamics_T);
    if (t->dynamics->type->variational) {
        temper_text_add(text, "\n# free energy F = U - T S");
        measured(text, "F", &out->F);
        measured(text, "U", &out->U);
        measured(text, "S", &out->S);
    }
    temper_text_add(text, "\n# loss %.4g at the end", out->loss.mean);
    if (fabs(out->fdr.mean) < 10)
        measured(text, "fluctuation-dissipation ratio", &out->fdr);
    else if (!isnan(out->fdr.mean))
        temper_text_add(text, ", far from stationary (fluctuation-dissipation ratio %.2g)", out->fdr.mean);
    measured(text, "noise scale", &out->noise_scale);
    temper_monitor_text(t, text);
    tell_rows(&out->told, text);
    temper_text_add(text, "%s# %lld gradients in %.3g s, %.3g rows a second\n%s# hash %s\n",
                    out->told.columns ? "" : "\n", (long long)study->gradient_evaluations, study->seconds,
                    study->samples_per_second, study->verdict, study->hash);
}

temper_status temper_trained_report(const temper_trained *out, const temper_training *t,
                                    temper_report **report) {
    temper_json json = {0};
    temper_text text = {0};
    write_json(out, t, &json);
    write_text(out, t, &text);
    return temper_report_make(report, &json, &text);
}
