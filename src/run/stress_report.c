/* A stress test as JSON and as a table. */
#include <math.h>
#include <string.h>
#include "run/grid.h"
#include "run/stress.h"

static void score_json(temper_json *json, const char *name, const temper_stress *s,
                       const temper_stress_score *score) {
    temper_json_open(json, name, '{');
    temper_json_real(json, "mean", score->mean);
    temper_json_real(json, "error", score->error);
    temper_json_open(json, "values", '[');
    for (int64_t r = 0; r < s->members && score->value; r++) temper_json_real(json, NULL, score->value[r]);
    temper_json_close(json, ']');
    temper_json_real(json, "ensemble", score->ensemble);
    temper_json_real(json, "ensemble_error", score->ensemble_error);
    temper_json_close(json, '}');
}

static void clean_json(temper_json *json, const temper_stress *s) {
    temper_json_open(json, "clean", '{');
    for (int k = 0; k < s->scores; k++) score_json(json, s->clean[k].name, s, &s->clean[k]);
    temper_json_close(json, '}');
    temper_json_open(json, "ensemble", '{');
    for (int k = 0; k < s->scores; k++) {
        temper_json_open(json, s->clean[k].name, '{');
        temper_json_real(json, "value", s->clean[k].ensemble);
        temper_json_real(json, "error", s->clean[k].ensemble_error);
        temper_json_close(json, '}');
    }
    temper_json_close(json, '}');
    temper_json_open(json, "seed_deviation", '{');
    for (int k = 0; k < s->scores; k++) {
        temper_json_open(json, s->clean[k].name, '{');
        temper_json_real(json, "value", s->clean[k].deviation);
        temper_json_real(json, "low", s->clean[k].low);
        temper_json_real(json, "high", s->clean[k].high);
        temper_json_close(json, '}');
    }
    temper_json_close(json, '}');
    const temper_disagreement *d = &s->disagreement;
    temper_json_open(json, "disagreement", '{');
    temper_json_real(json, "total", d->total);
    temper_json_real(json, "aleatoric", d->aleatoric);
    temper_json_real(json, "epistemic", d->epistemic);
    temper_json_real(json, "churn", d->churn);
    temper_json_real(json, "effective", d->effective);
    temper_json_close(json, '}');
}

static void curve_json(temper_json *json, const temper_stress *s, const temper_stress_curve *curve) {
    temper_json_open(json, curve->name, '{');
    temper_json_open(json, curve->axis, '[');
    for (int p = 0; p < curve->points; p++) temper_json_real(json, NULL, curve->at[p]);
    temper_json_close(json, ']');
    for (int m = 0; m < TEMPER_STRESS_MARKS && curve->points; m++) {
        temper_json_open(json, curve->score[0][m].name, '[');
        for (int p = 0; p < curve->points; p++) score_json(json, NULL, s, &curve->score[p][m]);
        temper_json_close(json, ']');
    }
    temper_json_close(json, '}');
}

static void curves_json(temper_json *json, const temper_stress *s, temper_stress_kind kind,
                        const char *group) {
    if (group) temper_json_open(json, group, '{');
    for (int c = 0; c < s->curves; c++)
        if (s->curve[c].kind == kind) curve_json(json, s, &s->curve[c]);
    if (group) temper_json_close(json, '}');
}

static void bins_json(temper_json *json, const char *name, const temper_reliability *bins) {
    temper_json_open(json, name, '[');
    for (int b = 0; b < TEMPER_BINS; b++) {
        temper_json_open(json, NULL, '{');
        temper_json_int(json, "count", bins->count[b]);
        temper_json_real(json, "confidence", bins->confidence[b]);
        temper_json_real(json, "right", bins->right[b]);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

static void details_json(temper_json *json, const temper_stress *s) {
    temper_json_open(json, "ood", '{');
    for (int f = 0; f < s->foreigns; f++) {
        temper_json_open(json, s->foreign[f].name, '{');
        for (int k = 0; k < 3; k++) score_json(json, s->foreign[f].score[k].name, s, &s->foreign[f].score[k]);
        temper_json_close(json, '}');
    }
    temper_json_close(json, '}');
    if (!s->classes) return;
    bins_json(json, "reliability", &s->raw);
    if (s->validations) bins_json(json, "reliability_scaled", &s->scaled);
    temper_json_open(json, "refusal", '{');
    temper_json_open(json, "coverage", '[');
    for (int k = 0; k < s->coverages; k++) temper_json_real(json, NULL, s->coverage[k]);
    temper_json_close(json, ']');
    temper_json_open(json, "accuracy", '[');
    for (int k = 0; k < s->coverages; k++) temper_json_real(json, NULL, s->accuracy_at[k]);
    temper_json_close(json, ']');
    temper_json_close(json, '}');
}

static void write_json(const temper_stress *s, temper_json *json) {
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "schema", "temper.stress/1");
    temper_json_string(json, "run", s->run);
    temper_json_string(json, "data", s->data);
    temper_json_string(json, "model", s->model);
    temper_json_string(json, "dynamics", s->dynamics);
    temper_json_string(json, "joined", s->ensemble);
    temper_json_int(json, "members", s->members);
    temper_json_int(json, "samples", s->samples);
    temper_json_int(json, "first", s->first);
    temper_json_int(json, "tests", s->tests);
    temper_json_int(json, "validations", s->validations);
    temper_json_int(json, "rows", s->rows);
    temper_json_int(json, "draws", s->options.draws);
    temper_json_int(json, "seed", s->options.seed);
    clean_json(json, s);
    curves_json(json, s, TEMPER_STRESS_CORRUPTION, "corruptions");
    if (s->corruption_error.value) {
        score_json(json, "mean_corruption_error", s, &s->corruption_error);
        score_json(json, "corruption_rise", s, &s->corruption_rise);
        score_json(json, "corruption_nll", s, &s->corruption_nll);
    }
    curves_json(json, s, TEMPER_STRESS_ATTACK, "attacks");
    curves_json(json, s, TEMPER_STRESS_NOISE, NULL);
    details_json(json, s);
    temper_json_string(json, "notes", s->notes.data ? s->notes.data : "");
    temper_json_string(json, "verdict", s->verdict.data ? s->verdict.data : "");
    temper_json_open(json, "cost", '{');
    temper_json_real(json, "seconds", s->seconds);
    temper_json_close(json, '}');
    temper_json_string(json, "hash", s->hash);
    temper_json_close(json, '}');
}

static void number(temper_grid *grid, double value, double error) {
    char cell[64];
    temper_grid_number(cell, sizeof cell, value, error);
    temper_grid_add(grid, "%s", cell);
}

static void clean_rows(const temper_stress *s, temper_text *text) {
    temper_grid grid = {.columns = 4, .left = 1};
    char value[64], low[64], high[64];
    temper_grid_add(&grid, "clean");
    temper_grid_add(&grid, "one seed");
    temper_grid_add(&grid, "all together");
    temper_grid_add(&grid, "deviation over seeds (95 %%)");
    for (int k = 0; k < s->scores; k++) {
        const temper_stress_score *score = &s->clean[k];
        temper_grid_add(&grid, "%s", score->name);
        number(&grid, score->mean, score->error);
        number(&grid, score->ensemble, score->ensemble_error);
        temper_grid_plain(value, sizeof value, score->deviation);
        temper_grid_plain(low, sizeof low, score->low);
        temper_grid_plain(high, sizeof high, score->high);
        if (isnan(score->deviation))
            temper_grid_add(&grid, "–");
        else
            temper_grid_add(&grid, "%.2g (%.2g … %.2g)", score->deviation, score->low, score->high);
    }
    temper_grid_print(&grid, "# ", text);
}

/* One table for all curves of a kind that share their points: one mark, mean over seeds. */
static void curve_rows(const temper_stress *s, temper_stress_kind kind, int mark, temper_text *text) {
    const temper_stress_curve *first = NULL;
    for (int c = 0; c < s->curves && !first; c++)
        if (s->curve[c].kind == kind) first = &s->curve[c];
    if (!first || !first->points) return;
    temper_grid grid = {.columns = first->points + 1, .left = 1};
    temper_grid_add(&grid, "%s at %s", first->score[0][mark].name, first->axis);
    for (int p = 0; p < first->points; p++) temper_grid_add(&grid, "%g", first->at[p]);
    for (int c = 0; c < s->curves; c++) {
        const temper_stress_curve *curve = &s->curve[c];
        if (curve->kind != kind) continue;
        temper_grid_add(&grid, "%s", curve->name);
        for (int p = 0; p < curve->points; p++)
            number(&grid, curve->score[p][mark].mean, curve->score[p][mark].error);
    }
    temper_text_add(text, "\n");
    temper_grid_print(&grid, "# ", text);
}

static void foreign_rows(const temper_stress *s, temper_text *text) {
    if (!s->foreigns) return;
    temper_grid grid = {.columns = 4, .left = 1};
    temper_grid_add(&grid, "AUROC, all together");
    for (int k = 0; k < 3; k++) temper_grid_add(&grid, "%s", s->foreign[0].score[k].name);
    for (int f = 0; f < s->foreigns; f++) {
        temper_grid_add(&grid, "%s", s->foreign[f].name);
        for (int k = 0; k < 3; k++) number(&grid, s->foreign[f].score[k].ensemble, NAN);
    }
    temper_text_add(text, "\n");
    temper_grid_print(&grid, "# ", text);
}

/* Sentences, one a line, behind '#' unless they are warnings. */
static void sentences(const char *lines, temper_text *text) {
    while (lines && *lines) {
        size_t length = strcspn(lines, "\n");
        temper_text_add(text, "%s%.*s\n", *lines == '!' || *lines == '#' ? "" : "# ", (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
}

static void write_text(const temper_stress *s, temper_text *text) {
    temper_text_add(text, "# %s: %lld seed%s of %s, by %s, on %lld test rows of %s\n\n", s->run,
                    (long long)s->members, s->members > 1 ? "s" : "", s->model, s->dynamics,
                    (long long)s->tests, s->data);
    clean_rows(s, text);
    curve_rows(s, TEMPER_STRESS_CORRUPTION, 0, text);
    curve_rows(s, TEMPER_STRESS_CORRUPTION, 1, text);
    curve_rows(s, TEMPER_STRESS_ATTACK, 0, text);
    curve_rows(s, TEMPER_STRESS_NOISE, 0, text);
    curve_rows(s, TEMPER_STRESS_NOISE, 2, text);
    foreign_rows(s, text);
    temper_text_add(
        text, "\n# errors: of one seed over n = %lld seeds, of all together over the choice of test rows\n",
        (long long)s->members);
    if (s->rows < s->tests)
        temper_text_add(text, "# attacks and weight noise: %lld of the test rows\n", (long long)s->rows);
    sentences(s->notes.data, text);
    sentences(s->verdict.data, text);
    temper_text_add(text, "# %.3g s, hash %s\n", s->seconds, s->hash);
}

temper_status temper_stress_report(const temper_stress *stress, temper_report **report) {
    temper_json json = {0};
    temper_text text = {0};
    write_json(stress, &json);
    write_text(stress, &text);
    return temper_report_make(report, &json, &text);
}
