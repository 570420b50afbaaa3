/* A comparison as sentences, table and JSON. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "run/compare.h"
#include "run/grid.h"

static double per_seed(const temper_side *side, const temper_side *reference) {
    return (double)side->gradients / (double)reference->gradients;
}

static bool unequal_cost(const temper_side *side, const temper_side *reference) {
    return fabs(per_seed(side, reference) - 1) > 0.01;
}

static const char *text_of(const temper_side *side, const char *name) {
    const temper_json_node *node = temper_json_member(side->results, name);
    return node && node->kind == TEMPER_JSON_STRING ? node->string : NULL;
}

/* Accuracies are told in points (hundredths), other scores as they are. */
static double points(const temper_contest *c) { return strncmp(c->score, "accuracy", 8) ? 1 : 100; }

static void label(char *out, size_t size, const temper_contest *c) {
    snprintf(out, size, "%.60s%s%s%s", c->score, strcmp(c->on, "test") ? ", " : "",
             strcmp(c->on, "test") ? c->on : "", c->by == TEMPER_BY_ROWS ? ", all together" : "");
}

static void note_robustness(const temper_side *side, const temper_side *reference, temper_text *text) {
    static const char *const on[] = {"corrupted", "attacked"};
    if (!side->robustness != !reference->robustness)
        temper_text_add(text, "# robustness is known of %s only; 'temper stress %s' measures the other\n",
                        side->robustness ? side->name : reference->name,
                        side->robustness ? reference->path : side->path);
    for (int k = 0; k < 2 && side->robustness && reference->robustness; k++)
        if (!temper_side_alike(reference, side, on[k]))
            temper_text_add(
                text,
                "! %s and %s were not %s by the same things at the same strengths, with one seed on the same rows: left out\n",
                reference->name, side->name, on[k]);
}

static void note_side(const temper_side *side, const temper_side *reference, temper_text *text) {
    const temper_settings *x = &reference->settings, *y = &side->settings;
    const char *a = text_of(reference, "hash"), *b = text_of(side, "hash");
    bool pairs = x->seed == y->seed && x->first == y->first && reference->seeds == side->seeds;
    if (a && b && !strcmp(a, b))
        temper_text_add(text, "! %s and %s have the same hash: they are the same run\n", reference->name,
                        side->name);
    if (unequal_cost(side, reference))
        temper_text_add(text,
                        "! %s made %.4g times the gradients of %s: better or worse is not at equal cost\n",
                        side->name, per_seed(side, reference), reference->name);
    if (!pairs && side->seeds > 1 && reference->seeds > 1)
        temper_text_add(text, "# %s has other seeds than %s: they are compared as strangers (Welch)\n",
                        side->name, reference->name);
    if (strcmp(x->model, y->model))
        temper_text_add(text, "! %s is %s, %s is %s\n", reference->name, x->model, side->name, y->model);
    if (x->validation != y->validation || x->label_noise != y->label_noise)
        temper_text_add(text, "! %s and %s did not learn from the same training rows and labels\n",
                        reference->name, side->name);
    note_robustness(side, reference, text);
}

void temper_comparison_notes(const temper_comparison *c, temper_text *text) {
    for (int k = 0; k < c->sides; k++)
        if (c->side[k].seeds == 1)
            temper_text_add(text, "! %s has one seed: over seeds nothing can be said; train with --seeds 5\n",
                            c->side[k].name);
    for (int k = 0; k < c->sides; k++)
        if (c->side[k].stale)
            temper_text_add(
                text, "! robustness.json of %s is of other networks; 'temper stress %s' measures these\n",
                c->side[k].name, c->side[k].path);
    for (int k = 1; k < c->sides; k++) note_side(&c->side[k], &c->side[0], text);
}

/* "sam: accuracy better by 0.52 ± 0.11 points (p = 0.003 after correction)" */
static void verdict_line(const temper_contest *c, const temper_side *reference, temper_text *text) {
    char what[96], size[64];
    const char *verdict = temper_contest_verdict(c);
    double unit = points(c), difference = unit * c->test.difference;
    label(what, sizeof what, c);
    bool sure = strncmp(verdict, "not", 3);
    temper_grid_number(size, sizeof size, sure ? fabs(difference) : difference, unit * c->test.error);
    temper_text_add(text, "%s: %s %s", c->side->name, what, verdict);
    if (!isnan(c->test.difference))
        temper_text_add(text, "%s%s%s", sure ? " by " : ": ", size, unit == 1 ? "" : " points");
    else
        temper_text_add(text, ": a member has no finite score");
    if (!isnan(c->corrected)) temper_text_add(text, " (p = %.2g after correction)", c->corrected);
    if (unequal_cost(c->side, reference) && sure)
        temper_text_add(text, ", with %.3g times the gradients", per_seed(c->side, reference));
}

/* Seeds that scatter less or more, where the interval leaves no doubt. */
static bool scatter_line(const temper_contest *c, temper_text *text) {
    char what[96];
    if (isnan(c->scatter.ratio) || (c->scatter.low <= 1 && c->scatter.high >= 1)) return false;
    label(what, sizeof what, c);
    temper_text_add(
        text, "%s: seeds scatter %s in %s: %.2g times the standard deviation (%.2g … %.2g, not corrected)",
        c->side->name, c->scatter.ratio < 1 ? "less" : "more", what, c->scatter.ratio, c->scatter.low,
        c->scatter.high);
    return true;
}

static void interval(temper_grid *grid, double value, double low, double high, double unit) {
    if (isnan(value) || isnan(low))
        temper_grid_add(grid, isnan(value) ? "–" : "%.3g", unit * value);
    else
        temper_grid_add(grid, "%.3g (%.3g … %.3g)", unit * value, unit * low, unit * high);
}

static void table(const temper_comparison *c, const temper_side *side, temper_text *text) {
    temper_grid grid = {.columns = 8, .left = 1};
    static const char *const heads[] = {
        "score",         "reference", "this run",  "difference (95 %)",
        "effect (95 %)", "p",         "corrected", "seed deviation, ratio (95 %)"};
    char what[96];
    for (int k = 0; k < 8; k++) temper_grid_add(&grid, "%s", heads[k]);
    for (int k = 0; k < c->contests; k++) {
        const temper_contest *one = &c->contest[k];
        double unit = points(one);
        if (one->side != side) continue;
        label(what, sizeof what, one);
        temper_grid_add(&grid, "%s%s", what, unit == 1 ? "" : " %");
        temper_grid_add(&grid, "%.5g", unit * one->test.a);
        temper_grid_add(&grid, "%.5g", unit * one->test.b);
        interval(&grid, one->test.difference, one->test.low, one->test.high, unit);
        interval(&grid, one->test.effect, one->test.effect_low, one->test.effect_high, 1);
        temper_grid_add(&grid, isnan(one->test.p) ? "–" : "%.2g", one->test.p);
        temper_grid_add(&grid, isnan(one->corrected) ? "–" : "%.2g", one->corrected);
        interval(&grid, one->scatter.ratio, one->scatter.low, one->scatter.high, 1);
    }
    temper_grid_print(&grid, "# ", text);
}

static void introduce(const temper_side *side, const char *as, temper_text *text) {
    temper_text_add(text, "# %s%s: %s, ensemble %s; %lld seed%s, %lld gradients each\n", as, side->name,
                    side->settings.dynamics, side->settings.ensemble, (long long)side->seeds,
                    side->seeds == 1 ? "" : "s", (long long)side->gradients);
}

static void write_text(const temper_comparison *c, temper_text *text) {
    temper_text_add(text, "# %s, %s, %lld test rows\n", c->side[0].settings.data, c->side[0].settings.model,
                    (long long)c->side[0].test_rows);
    introduce(&c->side[0], "reference ", text);
    for (int s = 1; s < c->sides; s++) {
        temper_text_add(text, "\n");
        introduce(&c->side[s], "", text);
        table(c, &c->side[s], text);
    }
    temper_text_add(
        text,
        "\n# alone: differences of means over seeds; all together: over test rows. Corrected for %d tests (Holm 1979)\n",
        c->contests);
    temper_comparison_notes(c, text);
    for (int k = 0; k < c->contests; k++) {
        temper_text_add(text, "# ");
        verdict_line(&c->contest[k], &c->side[0], text);
        temper_text_add(text, "\n");
    }
    for (int k = 0; k < c->contests; k++) {
        temper_text line = {0};
        if (scatter_line(&c->contest[k], &line)) temper_text_add(text, "# %s\n", line.data ? line.data : "");
        text->failed |= line.failed;
        temper_text_clear(&line);
    }
}

static void side_json(const temper_side *side, temper_json *json) {
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "name", side->name);
    temper_json_string(json, "path", side->path);
    temper_json_string(json, "data", side->settings.data);
    temper_json_string(json, "model", side->settings.model);
    temper_json_string(json, "dynamics", side->settings.dynamics);
    temper_json_string(json, "ensemble", side->settings.ensemble);
    temper_json_int(json, "seed", side->settings.seed);
    temper_json_int(json, "first", side->settings.first);
    temper_json_int(json, "seeds", side->seeds);
    temper_json_int(json, "gradients", side->gradients);
    temper_json_string(json, "hash", text_of(side, "hash"));
    temper_json_open(json, "deviations", '[');
    for (int k = 0; k < side->scores; k++) {
        double deviation, low, high;
        temper_deviation(side->score[k].value, (int)side->seeds, &deviation, &low, &high);
        temper_json_open(json, NULL, '{');
        temper_json_string(json, "score", side->score[k].name);
        temper_json_string(json, "on", side->score[k].on);
        temper_json_real(json, "value", deviation);
        temper_json_real(json, "low", low);
        temper_json_real(json, "high", high);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
    temper_json_close(json, '}');
}

static void contest_json(const temper_contest *c, temper_json *json) {
    static const char *const methods[] = {"paired", "welch", "rows"};
    const temper_paired *t = &c->test;
    const struct {
        const char *name;
        double value;
    } reals[] = {{"reference", t->a},
                 {"value", t->b},
                 {"difference", t->difference},
                 {"error", t->error},
                 {"low", t->low},
                 {"high", t->high},
                 {"effect", t->effect},
                 {"effect_low", t->effect_low},
                 {"effect_high", t->effect_high},
                 {"p", t->p},
                 {"p_corrected", c->corrected},
                 {"deviation_ratio", c->scatter.ratio},
                 {"deviation_ratio_low", c->scatter.low},
                 {"deviation_ratio_high", c->scatter.high}};
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "run", c->side->name);
    temper_json_string(json, "score", c->score);
    temper_json_string(json, "on", c->on);
    temper_json_string(json, "of", c->by == TEMPER_BY_ROWS ? "all together" : "one member");
    temper_json_string(json, "method", methods[c->by]);
    temper_json_int(json, "n", t->n);
    for (size_t k = 0; k < sizeof reals / sizeof *reals; k++)
        temper_json_real(json, reals[k].name, reals[k].value);
    temper_json_string(json, "verdict", temper_contest_verdict(c));
    temper_json_close(json, '}');
}

static void lines_json(const temper_comparison *c, temper_json *json) {
    temper_text notes = {0};
    temper_comparison_notes(c, &notes);
    temper_json_string(json, "notes", notes.data ? notes.data : "");
    json->text.failed |= notes.failed;
    temper_text_clear(&notes);
    temper_json_open(json, "verdict", '[');
    for (int pass = 0; pass < 2; pass++)
        for (int k = 0; k < c->contests; k++) {
            temper_text line = {0};
            bool any = true;
            if (pass == 0)
                verdict_line(&c->contest[k], &c->side[0], &line);
            else
                any = scatter_line(&c->contest[k], &line);
            if (any) temper_json_string(json, NULL, line.data);
            json->text.failed |= line.failed;
            temper_text_clear(&line);
        }
    temper_json_close(json, ']');
}

temper_status temper_comparison_report(const temper_comparison *c, temper_report **report) {
    temper_json json = {0};
    temper_text text = {0};
    temper_json_open(&json, NULL, '{');
    temper_json_string(&json, "schema", "temper.compare/1");
    temper_json_string(&json, "reference", c->side[0].name);
    temper_json_int(&json, "tests", c->contests);
    temper_json_open(&json, "runs", '[');
    for (int k = 0; k < c->sides; k++) side_json(&c->side[k], &json);
    temper_json_close(&json, ']');
    temper_json_open(&json, "comparisons", '[');
    for (int k = 0; k < c->contests; k++) contest_json(&c->contest[k], &json);
    temper_json_close(&json, ']');
    lines_json(c, &json);
    temper_json_close(&json, '}');
    write_text(c, &text);
    return temper_report_make(report, &json, &text);
}
