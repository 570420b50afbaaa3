/* A study as JSON and as Markdown. */
#include <math.h>
#include <string.h>
#include "run/grid.h"
#include "run/league.h"

static void score_json(temper_json *json, const temper_league *l, const temper_league_score *s) {
    temper_json_open(json, s->name, '{');
    temper_json_real(json, "mean", s->mean);
    temper_json_real(json, "error", s->error);
    temper_json_open(json, "values", '[');
    for (int64_t r = 0; r < l->seeds; r++) temper_json_real(json, NULL, s->value[r]);
    temper_json_close(json, ']');
    temper_json_real(json, "deviation", s->deviation);
    temper_json_real(json, "deviation_low", s->low);
    temper_json_real(json, "deviation_high", s->high);
    temper_json_real(json, "ensemble", s->ensemble);
    temper_json_real(json, "ensemble_error", s->ensemble_error);
    temper_json_close(json, '}');
}

static void trials_json(temper_json *json, const temper_league *l, const temper_standing *e,
                        const temper_entrant *m) {
    temper_json_open(json, "trials", '[');
    for (int t = 0; t < m->trials && m->trials > 1; t++) {
        temper_json_open(json, NULL, '{');
        for (int k = 0; k < m->knobs; k++) {
            char name[128] = "";
            const temper_knob *knob = &m->knob[k];
            strncat(name, knob->thing ? knob->thing : "", 40);
            strncat(name, knob->thing ? "." : "", 2);
            strncat(name, knob->name, 60);
            temper_json_string(json, name, temper_toml_text(temper_knob_value(m, k, t)));
        }
        temper_json_real(json, "validation", temper_league_validation(l, e->tuning[t]));
        temper_json_bool(json, "diverged", e->tuning[t]->failed != NULL);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

static void numbers_json(temper_json *json, const char *name, const double *x, int64_t n) {
    temper_json_open(json, name, '[');
    for (int64_t k = 0; k < n && x; k++) temper_json_real(json, NULL, x[k]);
    temper_json_close(json, ']');
}

static void entry_json(temper_json *json, const temper_league *l, int d, int m) {
    const temper_standing *e = temper_league_entry(l, d, m);
    temper_json_open(json, l->method[m].name, '{');
    temper_json_string(json, "run", e->final->folder + strlen(l->settings->out) + 1);
    temper_json_string(json, "failed", e->final->failed);
    temper_json_string(json, "chosen", e->chosen < 0 ? NULL : e->settings);
    trials_json(json, l, e, &l->method[m]);
    temper_json_real(json, "gradients", e->scores ? e->gradients : NAN);
    temper_json_open(json, "scores", '{');
    for (int k = 0; k < e->scores; k++) score_json(json, l, &e->score[k]);
    temper_json_close(json, '}');
    numbers_json(json, "nll_of_k_seeds", e->pooled, e->pooled ? l->seeds : 0);
    numbers_json(json, "nll_of_k_seeds_error", e->pooled_error, e->pooled ? l->seeds : 0);
    temper_json_open(json, "corruptions", '{');
    for (int k = 0; k < e->corruptions; k++) temper_json_real(json, e->corruption[k], e->wrong[k]);
    temper_json_close(json, '}');
    temper_json_open(json, "cost", '{');
    temper_json_real(json, "seconds", e->scores ? e->seconds : NAN);
    temper_json_close(json, '}');
    temper_json_close(json, '}');
}

static void bouts_json(temper_json *json, const temper_league *l) {
    temper_json_open(json, "tests", '[');
    for (int k = 0; k < l->bouts; k++) {
        const temper_bout *b = &l->bout[k];
        temper_json_open(json, NULL, '{');
        temper_json_string(json, "data", l->data[b->data].name);
        temper_json_string(json, "method", l->method[b->method].name);
        temper_json_string(json, "score", b->score);
        temper_json_string(json, "verdict", temper_bout_verdict(b));
        temper_json_real(json, "difference", b->test.difference);
        temper_json_real(json, "low", b->test.low);
        temper_json_real(json, "high", b->test.high);
        temper_json_real(json, "effect", b->test.effect);
        temper_json_real(json, "p", b->test.p);
        temper_json_real(json, "p_corrected", b->corrected);
        temper_json_real(json, "deviation_ratio", b->scatter.ratio);
        temper_json_real(json, "deviation_ratio_low", b->scatter.low);
        temper_json_real(json, "deviation_ratio_high", b->scatter.high);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

/* Runs of [variance] and [temperature]. */
static void extras_json(temper_json *json, const temper_league *l) {
    static const char *const marks[] = {"nll", "accuracy", "rmse", "log_likelihood"};
    temper_json_open(json, "extras", '[');
    for (int k = 0; k < l->jobs; k++) {
        const temper_league_job *job = &l->job[k];
        if (job->kind != TEMPER_VARIANCE && job->kind != TEMPER_COLD) continue;
        temper_json_open(json, NULL, '{');
        temper_json_string(json, "data", l->data[job->data].name);
        temper_json_string(json, "method", l->method[job->method].name);
        if (job->kind == TEMPER_VARIANCE) temper_json_string(json, "vary", l->source[job->number]);
        if (job->kind == TEMPER_COLD && job->results)
            temper_json_real(json, "temperature", temper_league_number(job->results, "thermometer.asked"));
        temper_json_string(json, "failed", job->failed);
        for (int s = 0; s < 4 && job->results; s++) {
            char path[64] = "test.";
            strncat(strncat(path, marks[s], 40), ".mean", 8);
            double mean = temper_league_number(job->results, path);
            if (isnan(mean)) continue;
            temper_json_open(json, marks[s], '{');
            temper_json_real(json, "mean", mean);
            if (job->kind == TEMPER_VARIANCE) {
                temper_scatter scatter = temper_league_scatter(l, job, marks[s]);
                temper_json_real(json, "deviation", scatter.deviation);
                temper_json_real(json, "low", scatter.low);
                temper_json_real(json, "high", scatter.high);
            }
            temper_json_close(json, '}');
        }
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

static void write_json(const temper_league *l, const char *verdict, temper_json *json) {
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "schema", "temper.study/1");
    temper_json_string(json, "title", l->title);
    temper_json_string(json, "reference", l->method[l->reference].name);
    temper_json_int(json, "seeds", l->seeds);
    temper_json_int(json, "tune_seeds", l->tune_seeds);
    temper_json_string(json, "choose_by", l->data[0].choose_by);
    temper_json_open(json, "results", '{');
    for (int d = 0; d < l->datas; d++) {
        temper_json_open(json, l->data[d].name, '{');
        for (int m = 0; m < l->methods; m++) entry_json(json, l, d, m);
        temper_json_close(json, '}');
    }
    temper_json_close(json, '}');
    bouts_json(json, l);
    extras_json(json, l);
    temper_json_string(json, "verdict", verdict);
    temper_json_string(json, "hash", l->hash);
    temper_json_close(json, '}');
}

/* "0.9826 ± 0.0008 +": the mark tells of a significant difference from the reference. */
static void cell(const temper_league *l, int d, int m, const char *score, temper_text *out) {
    const temper_league_score *s = temper_standing_score(temper_league_entry(l, d, m), score);
    char number[64] = "–";
    const char *mark = "";
    if (s) temper_grid_number(number, sizeof number, s->mean, s->error);
    for (int k = 0; k < l->bouts; k++) {
        const temper_bout *b = &l->bout[k];
        const char *v = temper_bout_verdict(b);
        if (b->data == d && b->method == m && !strcmp(b->score, score))
            mark = *v == 'b' ? " **+**" : *v == 'w' ? " **−**" : "";
    }
    temper_text_add(out, " %s%s |", number, mark);
}

static void method_table(const temper_league *l, int d, temper_text *out) {
    temper_text_add(out, "\n## %s\n\n| method | chosen |", l->data[d].name);
    for (int k = 0; k < TEMPER_LEAGUE_SHOWN; k++)
        if (temper_league_has(l, d, temper_league_shown[k]))
            temper_text_add(out, " %s |", temper_league_shown[k]);
    temper_text_add(out, " NLL of %lld together | gradients per seed | seconds |\n| --- | --- |",
                    (long long)l->seeds);
    for (int k = 0; k < TEMPER_LEAGUE_SHOWN + 3; k++)
        if (k >= TEMPER_LEAGUE_SHOWN || temper_league_has(l, d, temper_league_shown[k]))
            temper_text_add(out, " --- |");
    for (int m = 0; m < l->methods; m++) {
        const temper_standing *e = temper_league_entry(l, d, m);
        temper_text_add(out, "\n| %s%s | %s |", l->method[m].name, m == l->reference ? " (reference)" : "",
                        e->final->failed ? e->final->failed
                        : *e->settings   ? e->settings
                                         : "as given");
        for (int k = 0; k < TEMPER_LEAGUE_SHOWN; k++)
            if (temper_league_has(l, d, temper_league_shown[k])) cell(l, d, m, temper_league_shown[k], out);
        if (e->scores)
            temper_text_add(out, " %.4f | %.0f | %.1f |", e->pooled ? e->pooled[l->seeds - 1] : NAN,
                            e->gradients, e->seconds);
        else
            temper_text_add(out, " – | – | – |");
    }
    temper_text_add(out, "\n");
}

/* Seed deviation, and over that of the reference. */
static void scatter_table(const temper_league *l, int d, temper_text *out) {
    const char *score = temper_league_has(l, d, "accuracy") ? "accuracy" : "rmse";
    temper_text_add(
        out,
        "\nDeviation of %s between seeds, with 95 %% intervals:\n\n| method | deviation | over the reference's |\n| --- | --- | --- |\n",
        score);
    for (int m = 0; m < l->methods; m++) {
        const temper_league_score *s = temper_standing_score(temper_league_entry(l, d, m), score);
        if (!s || isnan(s->deviation)) continue;
        temper_text_add(out, "| %s | %.2g (%.2g … %.2g) |", l->method[m].name, s->deviation, s->low, s->high);
        const temper_bout *bout = NULL;
        for (int k = 0; k < l->bouts; k++)
            if (l->bout[k].data == d && l->bout[k].method == m && !strcmp(l->bout[k].score, score))
                bout = &l->bout[k];
        if (bout && !isnan(bout->scatter.ratio))
            temper_text_add(out, " %.2g (%.2g … %.2g) |\n", bout->scatter.ratio, bout->scatter.low,
                            bout->scatter.high);
        else
            temper_text_add(out, " – |\n");
    }
}

static void variance_table(const temper_league *l, int d, temper_text *out) {
    if (!l->variance) return;
    temper_text_add(
        out,
        "\nWhere seed variance comes from: deviation over %lld seeds (95 %%), one source free at a time:\n\n| method | free | NLL or RMSE | accuracy |\n| --- | --- | --- | --- |\n",
        (long long)l->vary_seeds);
    for (int k = 0; k < l->jobs; k++) {
        const temper_league_job *job = &l->job[k];
        if (job->kind != TEMPER_VARIANCE || job->data != d) continue;
        bool labels = job->results && !isnan(temper_league_number(job->results, "test.nll.mean"));
        temper_scatter a = temper_league_scatter(l, job, labels ? "nll" : "rmse"),
                       b = temper_league_scatter(l, job, "accuracy");
        temper_text_add(out, "| %s | %s |", l->method[job->method].name, l->source[job->number]);
        temper_text_add(out, isnan(a.deviation) ? " – |" : " %.2g (%.2g … %.2g) |", a.deviation, a.low,
                        a.high);
        temper_text_add(out, isnan(b.deviation) ? " – |\n" : " %.2g (%.2g … %.2g) |\n", b.deviation, b.low,
                        b.high);
    }
}

static void cold_table(const temper_league *l, int d, temper_text *out) {
    if (!l->cold) return;
    temper_text_add(out, "\n%s at other temperatures:\n\n| T | NLL | accuracy |\n| --- | --- | --- |\n",
                    l->method[l->cold_method].name);
    for (int k = 0; k < l->jobs; k++) {
        const temper_league_job *job = &l->job[k];
        char a[64], b[64];
        if (job->kind != TEMPER_COLD || job->data != d) continue;
        temper_grid_number(a, sizeof a, temper_league_number(job->results, "test.nll.mean"),
                           temper_league_number(job->results, "test.nll.error"));
        temper_grid_number(b, sizeof b, temper_league_number(job->results, "test.accuracy.mean"),
                           temper_league_number(job->results, "test.accuracy.error"));
        temper_text_add(out, "| %s | %s | %s |\n", strrchr(job->folder, '_') + 1,
                        job->failed ? "diverged" : a, job->failed ? "–" : b);
    }
}

static void write_text(const temper_league *l, const char *verdict, temper_text *out) {
    temper_text_add(out, "# %s\n\n", l->title);
    for (const char *line = verdict; *line;) {
        size_t n = strcspn(line, "\n");
        temper_text_add(out, "- %s%.*s\n", *line == '!' ? "**beware** " : "", (int)(n - 2), line + 2);
        line += n + (line[n] == '\n');
    }
    for (int d = 0; d < l->datas; d++) {
        method_table(l, d, out);
        if (l->seeds > 2) scatter_table(l, d, out);
        variance_table(l, d, out);
        cold_table(l, d, out);
    }
    temper_text_add(out, "\nMeans over %lld seeds ± standard error, on test rows; ", (long long)l->seeds);
    temper_league_choice(l, out);
    temper_text_add(
        out,
        ". **+** and **−**: better and worse than %s, p < 0.05 in a paired t-test after Holm's correction over all %d tests.\n\nhash `%.16s`\n",
        l->method[l->reference].name, l->bouts, l->hash);
}

temper_status temper_league_report(const temper_league *l, temper_report **report) {
    temper_json json = {0};
    temper_text text = {0}, verdict = {0};
    temper_league_verdict(l, &verdict);
    temper_text_bytes(&verdict, "", 0);
    if (verdict.failed) return temper_fail(TEMPER_NO_MEMORY, "out of memory for the report");
    write_json(l, verdict.data, &json);
    write_text(l, verdict.data, &text);
    temper_text_clear(&verdict);
    return temper_report_make(report, &json, &text);
}
