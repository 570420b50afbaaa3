/* report.html of a study: verdict, tables, figures; one file, readable offline and in print. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "run/figure.h"
#include "run/grid.h"
#include "run/league.h"
#include "run/sheet.h"
#include "temper/catalogue.h"

static void head(const temper_league *l, temper_text *out) {
    temper_sheet_begin(l->title, out);
    temper_text_add(out, "<h1>");
    temper_escape(l->title, out);
    temper_text_add(out, "</h1>\n<p>%d methods, %d data set%s, %lld seeds each; ", l->methods, l->datas,
                    l->datas == 1 ? "" : "s", (long long)l->seeds);
    temper_league_budget(l, out);
    temper_text_add(out, " of gradients for every seed; ");
    temper_league_choice(l, out);
    temper_text_add(out, "; test rows were looked at once.</p>\n");
}

/* Winners, losers, the undecided, and what one should beware of: one box each. */
static void verdict(const temper_league *l, temper_text *out) {
    temper_text lines = {0};
    temper_league_verdict(l, &lines);
    if (lines.failed) out->failed = true;
    temper_text_add(out, "<h2>Verdict</h2>\n");
    char kind = 0; /* of the box that is open */
    for (const char *line = lines.data; line && *line;) {
        size_t n = strcspn(line, "\n");
        char sentence[600];
        snprintf(sentence, sizeof sentence, "%.*s", (int)(n < 599 ? n : 599), line);
        if (*line != kind)
            temper_text_add(out, "%s<p class=\"verdict%s\">%s", kind ? "</p>\n" : "",
                            *line == '-' || *line == '!' ? " bad"
                            : *line == '='               ? " even"
                                                         : "",
                            *line == '+'   ? "<b>won</b><br>"
                            : *line == '-' ? "<b>lost</b><br>"
                            : *line == '!' ? "<b>beware</b><br>"
                                           : "");
        else
            temper_text_add(out, "<br>");
        kind = *line;
        temper_escape(sentence + (n > 2 ? 2 : 0), out);
        line += n + (line[n] == '\n');
    }
    if (kind) temper_text_add(out, "</p>\n");
    if (!lines.length) temper_text_add(out, "<p class=\"verdict\">There is nothing to compare.</p>\n");
    temper_text_clear(&lines);
}

static const temper_bout *bout_of(const temper_league *l, int d, int m, const char *score) {
    for (int k = 0; k < l->bouts; k++)
        if (l->bout[k].data == d && l->bout[k].method == m && !strcmp(l->bout[k].score, score))
            return &l->bout[k];
    return NULL;
}

static void score_cell(const temper_league *l, int d, int m, const char *score, temper_text *out) {
    const temper_league_score *s = temper_standing_score(temper_league_entry(l, d, m), score);
    const temper_bout *bout = bout_of(l, d, m, score);
    char number[64];
    if (!s) {
        temper_text_add(out, "<td>–</td>");
        return;
    }
    const char *v = bout ? temper_bout_verdict(bout) : "";
    temper_grid_number(number, sizeof number, s->mean, s->error);
    temper_text_add(out, "<td%s",
                    *v == 'b'   ? " style=\"color:var(--good);font-weight:600\""
                    : *v == 'w' ? " style=\"color:var(--bad);font-weight:600\""
                                : "");
    if (bout)
        temper_text_add(out, " title=\"difference %.3g, 95 %% %.3g … %.3g, p %.2g, after Holm %.2g\"",
                        bout->test.difference, bout->test.low, bout->test.high, bout->test.p,
                        bout->corrected);
    temper_text_add(out, ">%s%s</td>", number, *v == 'b' ? "&nbsp;+" : *v == 'w' ? "&nbsp;−" : "");
}

static void method_table(const temper_league *l, int d, temper_text *out) {
    temper_text_add(out, "<div style=\"overflow-x:auto\"><table class=\"scores\"><tr><th>method</th>");
    for (int k = 0; k < TEMPER_LEAGUE_SHOWN; k++)
        if (temper_league_has(l, d, temper_league_shown[k]))
            temper_text_add(out, "<th>%s</th>",
                            strcmp(temper_league_shown[k], "corruption_error") ? temper_league_shown[k]
                                                                               : "corrupted error");
    temper_text_add(out, "<th>NLL of %lld together</th><th>chosen</th></tr>\n", (long long)l->seeds);
    for (int m = 0; m < l->methods; m++) {
        const temper_standing *e = temper_league_entry(l, d, m);
        temper_text_add(out, "<tr><td>%s%s</td>", l->method[m].name,
                        m == l->reference ? " <i>(reference)</i>" : "");
        for (int k = 0; k < TEMPER_LEAGUE_SHOWN; k++)
            if (temper_league_has(l, d, temper_league_shown[k]))
                score_cell(l, d, m, temper_league_shown[k], out);
        if (e->pooled)
            temper_text_add(out, "<td>%.4f</td><td>", e->pooled[l->seeds - 1]);
        else
            temper_text_add(out, "<td>–</td><td>");
        temper_escape(e->final->failed              ? e->final->failed
                      : e->settings && *e->settings ? e->settings
                                                    : "as given",
                      out);
        temper_text_add(out, "</td></tr>\n");
    }
    temper_text_add(
        out,
        "</table></div>\n<p>Means over seeds ± standard error. + and −: better and worse than the reference, p &lt; 0.05 in a "
        "paired t-test after Holm's correction over all %d tests of this study.</p>\n",
        l->bouts);
}

/* Differences from the reference with their 95 % intervals, a bar a method; left of the line is lower. */
static void forest(const temper_league *l, int d, const char *score, temper_text *out) {
    enum { WIDTH = 460, NAME = 110, NUMBER = 76, ROW = 20 };
    double most = 0;
    int rows = 0;
    for (int m = 0; m < l->methods; m++) {
        const temper_bout *b = bout_of(l, d, m, score);
        if (!b || !isfinite(b->test.low) || !isfinite(b->test.high)) continue;
        most = fmax(most, fmax(fabs(b->test.low), fabs(b->test.high)));
        rows++;
    }
    if (!rows || !(most > 0)) return;
    double middle = NAME + (WIDTH - NAME - NUMBER) / 2.0, scale = (WIDTH - NAME - NUMBER) / 2.0 / most;
    int y = 34;
    temper_text_add(
        out,
        "<figure><svg viewBox=\"0 0 %d %d\" role=\"img\"><text class=\"title\" x=\"4\" y=\"14\">%s: difference from %s</text>"
        "<path class=\"mark\" d=\"M%.1f 22V%d\"/>",
        WIDTH, 40 + ROW * rows, score, l->method[l->reference].name, middle, 36 + ROW * rows);
    for (int m = 0; m < l->methods; m++) {
        const temper_bout *b = bout_of(l, d, m, score);
        if (!b || !isfinite(b->test.low) || !isfinite(b->test.high)) continue;
        const char *v = temper_bout_verdict(b), *colour = *v == 'b'   ? "var(--good)"
                                                          : *v == 'w' ? "var(--bad)"
                                                                      : "var(--faint)";
        temper_text_add(
            out,
            "<text x=\"4\" y=\"%d\">%s</text><path d=\"M%.1f %dH%.1f\" style=\"stroke:%s\" stroke-width=\"2\"/>"
            "<circle cx=\"%.1f\" cy=\"%d\" r=\"4\" style=\"fill:%s\"/><text class=\"note\" x=\"%d\" y=\"%d\">%+.2g</text>\n",
            y + 4, l->method[m].name, middle + scale * b->test.low, y, middle + scale * b->test.high, colour,
            middle + scale * b->test.difference, y, colour, WIDTH - NUMBER + 12, y + 4,
            fabs(b->test.difference) > 1e-12 ? b->test.difference : 0);
        y += ROW;
    }
    temper_text_add(
        out,
        "</svg><figcaption>Paired over seeds, 95 %% intervals of single tests. Green won, orange lost, grey is not significant "
        "after Holm. %s is better.</figcaption></figure>\n",
        temper_score_higher(score) ? "Higher" : "Lower");
}

static void scatter_table(const temper_league *l, int d, temper_text *out) {
    const char *score = temper_league_has(l, d, "accuracy") ? "accuracy" : "rmse";
    temper_text_add(
        out,
        "<h3>How much seeds differ</h3>\n<table class=\"scores\"><tr><th>method</th><th>deviation of %s</th><th>95 %%</th>"
        "<th>over the reference's</th><th>95 %%</th></tr>\n",
        score);
    for (int m = 0; m < l->methods; m++) {
        const temper_league_score *s = temper_standing_score(temper_league_entry(l, d, m), score);
        const temper_bout *b = bout_of(l, d, m, score);
        if (!s || isnan(s->deviation)) continue;
        temper_text_add(out, "<tr><td>%s</td><td>%.2g</td><td>%.2g … %.2g</td>", l->method[m].name,
                        s->deviation, s->low, s->high);
        if (b && !isnan(b->scatter.ratio))
            temper_text_add(out, "<td>%.2g</td><td>%.2g … %.2g</td></tr>\n", b->scatter.ratio, b->scatter.low,
                            b->scatter.high);
        else
            temper_text_add(out, "<td></td><td></td></tr>\n");
    }
    temper_text_add(out, "</table>\n");
}

static void trial_row(const temper_league *l, int d, int m, temper_text *out) {
    const temper_standing *e = temper_league_entry(l, d, m);
    temper_text_add(out, "<tr><td>%s</td><td>%d</td><td>", l->method[m].name, l->method[m].trials);
    for (int t = 0; t < l->method[m].trials && l->method[m].trials > 1; t++) {
        double score = temper_league_validation(l, e->tuning[t]);
        for (int k = 0; k < l->method[m].knobs; k++) {
            temper_text_add(out, k ? ", " : t ? " &nbsp; " : "");
            temper_escape(temper_toml_text(temper_knob_value(&l->method[m], k, t)), out);
        }
        temper_text_add(out,
                        isnan(score)     ? ": diverged"
                        : t == e->chosen ? ": <b>%.4f</b>"
                                         : ": %.4f",
                        score);
    }
    if (e->scores)
        temper_text_add(out, "</td><td>%.0f</td><td>%.1f</td></tr>\n", e->gradients, e->seconds);
    else
        temper_text_add(out, "</td><td>–</td><td>–</td></tr>\n");
}

static void cost(const temper_league *l, int d, temper_text *out) {
    temper_text_add(
        out,
        "<h3>Tuning and cost</h3>\n<div style=\"overflow-x:auto\"><table class=\"scores\"><tr><th>method</th><th>trials</th><th>values: validation %s</th>"
        "<th>gradients per seed</th><th>seconds, all seeds</th></tr>\n",
        l->data[d].choose_by);
    for (int m = 0; m < l->methods; m++) trial_row(l, d, m, out);
    temper_text_add(out, "</table></div>\n");
}

static void variance(const temper_league *l, int d, temper_text *out) {
    if (!l->variance) return;
    temper_text_add(
        out,
        "<h3>Where seed variance comes from</h3>\n<table class=\"scores\"><tr><th>method</th><th>free</th><th>deviation of the NLL</th><th>95 %%</th>"
        "<th>share of the variance</th><th>deviation of the accuracy</th><th>95 %%</th></tr>\n");
    for (int k = 0; k < l->jobs; k++) {
        const temper_league_job *job = &l->job[k], *all = job;
        if (job->kind != TEMPER_VARIANCE || job->data != d) continue;
        all += l->sources - 1 - job->number; /* "all" comes last */
        bool labels = job->results && !isnan(temper_league_number(job->results, "test.nll.mean"));
        temper_scatter a = temper_league_scatter(l, job, labels ? "nll" : "rmse"),
                       b = temper_league_scatter(l, job, "accuracy"),
                       whole = temper_league_scatter(l, all, labels ? "nll" : "rmse");
        temper_text_add(
            out,
            "<tr><td>%s</td><td>%s</td><td>%.2g</td><td>%.2g … %.2g</td><td>%.0f %%</td><td>%.2g</td><td>%.2g … %.2g</td></tr>\n",
            l->method[job->method].name, l->source[job->number], a.deviation, a.low, a.high,
            100 * (a.deviation / whole.deviation) * (a.deviation / whole.deviation), b.deviation, b.low,
            b.high);
    }
    temper_text_add(
        out,
        "</table>\n<p>Over %lld seeds, one source of randomness free at a time, the others the same for all. Shares need not add up "
        "to 100 %%: sources act on each other, and deviations of few seeds are uncertain.</p>\n",
        (long long)l->vary_seeds);
}

temper_status temper_league_html(const temper_league *l, temper_text *out) {
    head(l, out);
    verdict(l, out);
    for (int d = 0; d < l->datas; d++) {
        temper_text_add(out, "<h2>%s</h2>\n", l->data[d].name);
        method_table(l, d, out);
        temper_text_add(out, "<div class=\"figures\">\n");
        for (int k = 0; k < l->judged; k++) forest(l, d, l->judge[k], out);
        temper_text_add(out, "</div>\n");
        temper_league_heat(l, d, out);
        temper_text_add(out, "<h3>Curves</h3>\n<div class=\"figures\">\n");
        temper_league_figures(l, d, out);
        temper_text_add(out, "</div>\n");
        if (l->seeds > 2) scatter_table(l, d, out);
        variance(l, d, out);
        cost(l, d, out);
    }
    temper_text_add(
        out,
        "<h2>Provenance</h2>\n<p>temper %s; hash of all runs <code>%.16s</code>: the same file gives the same hash anywhere. The question is in "
        "<code>study.toml</code>, every run in <code>runs/</code>.</p>\n",
        temper_version(), l->hash);
    temper_sheet_end(out);
    return out->failed ? temper_fail(TEMPER_NO_MEMORY, "out of memory for the report page") : TEMPER_OK;
}
