/* The figures of a study: corruptions as a heat map; NLL over severity, over the number of seeds pooled, over T; reliability. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "run/figure.h"
#include "run/league.h"

/* From 0 (as good as the best in this column) to 1. */
static double badness(const temper_league *l, int d, int m, int c) {
    double low = INFINITY, high = -INFINITY;
    for (int k = 0; k < l->methods; k++) {
        const temper_standing *e = temper_league_entry(l, d, k);
        if (c >= e->corruptions || isnan(e->wrong[c])) continue;
        low = fmin(low, e->wrong[c]), high = fmax(high, e->wrong[c]);
    }
    return high > low ? (temper_league_entry(l, d, m)->wrong[c] - low) / (high - low) : 0;
}

void temper_league_heat(const temper_league *l, int d, temper_text *out) {
    const temper_standing *first = NULL;
    for (int m = 0; m < l->methods && !first; m++)
        if (temper_league_entry(l, d, m)->corruptions) first = temper_league_entry(l, d, m);
    if (!first) return;
    temper_text_add(
        out,
        "<h3>Corrupted inputs</h3>\n<div style=\"overflow-x:auto\"><table class=\"confusion\" style=\"font-size:.8rem\"><caption>errors in per cent (of "
        "numbers: RMSE), mean over severities and seeds; green is the best of a column, orange the worst</caption><tr><th></th>");
    for (int c = 0; c < first->corruptions; c++) {
        temper_text_add(out, "<th style=\"writing-mode:vertical-rl;height:7.5rem;text-align:left\">");
        temper_escape(first->corruption[c], out); /* from a file */
        temper_text_add(out, "</th>");
    }
    temper_text_add(out, "</tr>\n");
    bool share = temper_standing_score(first, "accuracy") != NULL;
    for (int m = 0; m < l->methods; m++) {
        const temper_standing *e = temper_league_entry(l, d, m);
        if (!e->corruptions) continue;
        temper_text_add(out, "<tr><th style=\"text-align:left;padding-right:.6rem\">%s</th>",
                        l->method[m].name);
        for (int c = 0; c < e->corruptions; c++) {
            double bad = badness(l, d, m, c), away = fabs(2 * bad - 1);
            temper_text_add(out, "<td style=\"background:rgba(%s,%.2f)\">%.*f</td>",
                            bad < 0.5 ? "0,158,115" : "213,94,0", 0.6 * away, share ? 1 : 3,
                            e->wrong[c] * (share ? 100 : 1));
        }
        temper_text_add(out, "</tr>\n");
    }
    temper_text_add(out, "</table></div>\n");
}

typedef struct {
    const char *title, *x_label, *y_label, *caption;
    bool log_x;
} frame;

static void draw(const frame *f, const char *part, const temper_curve *curve, int n, temper_text *out) {
    char title[96];
    snprintf(title, sizeof title, "%s%s", f->title, part);
    const temper_figure figure = {.title = title,
                                  .x_label = f->x_label,
                                  .y_label = f->y_label,
                                  .mark = NAN,
                                  .log_x = f->log_x,
                                  .curves = n,
                                  .curve = curve};
    temper_figure_panel(&figure, f->caption, out);
}

/* More curves than a legend holds: several figures, with the reference in each. */
static void draw_all(const temper_league *l, const frame *f, const temper_curve *curve, int n,
                     temper_text *out) {
    enum { OTHERS = 3 };
    temper_curve some[OTHERS + 1];
    int reference = -1, part = 0, k = 0;
    for (int c = 0; c < n; c++)
        if (!strcmp(curve[c].label, l->method[l->reference].name)) reference = c;
    int parts = (n - (reference >= 0) + OTHERS - 1) / OTHERS;
    do {
        char mark[32] = "";
        int many = 0;
        if (reference >= 0) some[many++] = curve[reference];
        for (int others = 0; k < n && others < OTHERS; k++)
            if (k != reference) some[many++] = curve[k], others++;
        for (int c = 0; c < many; c++) some[c].colour = c;
        if (parts > 1) snprintf(mark, sizeof mark, " %d/%d", part + 1, parts);
        draw(f, mark, some, many, out);
    } while (++part < parts);
}

static void over_severity(const temper_league *l, int d, temper_curve *curve, temper_text *out) {
    int n = 0;
    for (int m = 0; m < l->methods; m++) {
        const temper_standing *e = temper_league_entry(l, d, m);
        if (e->severities)
            curve[n++] =
                (temper_curve){l->method[m].name, e->severities, e->severity, e->nll, e->nll_error, true, 0};
    }
    draw_all(l,
             &(frame){"severity", "severity", "NLL",
                      "Mean over all corruptions, single networks; bands are standard errors over seeds.",
                      false},
             curve, n, out);
}

static void over_size(const temper_league *l, int d, temper_curve *curve, double *x, temper_text *out) {
    int n = 0;
    for (int64_t k = 0; k < l->seeds; k++) x[k] = (double)(k + 1);
    for (int m = 0; m < l->methods; m++) {
        const temper_standing *e = temper_league_entry(l, d, m);
        if (e->pooled)
            curve[n++] =
                (temper_curve){l->method[m].name, (int)l->seeds, x, e->pooled, e->pooled_error, true, 0};
    }
    if (l->seeds > 1)
        draw_all(
            l,
            &(frame){
                "ensemble size", "seeds together", "NLL",
                "Forecasts of k seeds averaged, over neighbours on the ring of seeds; every seed costs the budget again.",
                false},
            curve, n, out);
}

static void over_temperature(const temper_league *l, int d, double *x, temper_text *out) {
    int n = 0, most = l->cold ? l->temperatures->count : 0;
    double *y = x + most, *error = y + most, *right = error + most, *right_error = right + most;
    for (int k = 0; k < l->jobs; k++) {
        const temper_league_job *job = &l->job[k];
        if (job->kind != TEMPER_COLD || job->data != d || !job->results) continue;
        x[n] = temper_league_number(job->results, "thermometer.asked");
        y[n] = temper_league_number(job->results, "test.nll.mean"),
        error[n] = temper_league_number(job->results, "test.nll.error");
        right[n] = temper_league_number(job->results, "test.accuracy.mean");
        right_error[n++] = temper_league_number(job->results, "test.accuracy.error");
    }
    if (!n) return;
    temper_curve nll = {l->method[l->cold_method].name, n, x, y, error, false, 0}, accuracy = nll;
    accuracy.y = right, accuracy.error = right_error, accuracy.colour = 2;
    draw(&(frame){"NLL over temperature", "T", "NLL", "Is the posterior better cold? T = 1 is Bayes.", true},
         "", &nll, 1, out);
    draw(&(frame){"accuracy over temperature", "T", "accuracy", "The same runs.", true}, "", &accuracy, 1,
         out);
}

static void reliability(const temper_league *l, int d, temper_text *out) {
    static const double ends[2] = {0, 1};
    for (int m = 0; m < l->methods; m++) {
        const temper_standing *e = temper_league_entry(l, d, m);
        if (!e->pooled || !temper_standing_score(e, "ece")) continue;
        const temper_curve curves[3] = {
            {"single", TEMPER_BINS, e->one.confidence, e->one.right, NULL, false, 0},
            {"together", TEMPER_BINS, e->all.confidence, e->all.right, NULL, false, 1},
            {"calibrated", 2, ends, ends, NULL, true, 2}};
        const temper_figure figure = {.title = l->method[m].name,
                                      .x_label = "confidence",
                                      .y_label = "accuracy",
                                      .mark = NAN,
                                      .curves = 3,
                                      .curve = curves};
        temper_figure_panel(
            &figure,
            "Reliability: how often single networks, and all seeds together, are right when they are so sure. Below the line: over-confident.",
            out);
    }
}

void temper_league_figures(const temper_league *l, int d, temper_text *out) {
    size_t most = (size_t)l->seeds + 5 * (size_t)(l->cold ? l->temperatures->count : 0);
    double *x = temper_alloc(most, sizeof *x);
    temper_curve *curve = temper_alloc((size_t)l->methods, sizeof *curve);
    if (x && curve) {
        over_severity(l, d, curve, out);
        over_size(l, d, curve, x, out);
        over_temperature(l, d, x, out);
        reliability(l, d, out);
    } else {
        out->failed = true;
    }
    temper_release(x);
    temper_release(curve);
}
