/* robustness.html: the page of a stress test. */
#include <math.h>
#include "run/figure.h"
#include "run/sheet.h"
#include "run/stress.h"
#include "temper/catalogue.h"

static void code(const char *label, const char *text, temper_text *out) {
    if (!text || !*text) return;
    temper_text_add(out, "%s <code>", label);
    temper_escape(text, out);
    temper_text_add(out, "</code>");
}

static void head(const temper_stress *s, const char *command, temper_text *out) {
    temper_sheet_begin("robustness", out);
    temper_text_add(out, "<h1>How robust %s %s</h1>\n<p>", s->members == 1 ? "one network" : "these networks",
                    s->members == 1 ? "is" : "are");
    code("", s->model, out);
    code(" of", s->run, out);
    code(" on", s->data, out);
    code(", trained by", s->dynamics, out);
    temper_text_add(
        out, "<br>%lld seed%s, %lld test rows, %lld of them for attacks and weight noise; %.3g s</p>\n",
        (long long)s->members, s->members == 1 ? "" : "s", (long long)s->tests, (long long)s->rows,
        s->seconds);
    if (!command) return;
    code("<p>Made by", command, out);
    temper_text_add(
        out, "; hash of the numbers <code>%s</code>: the same command gives the same hash anywhere.</p>\n",
        s->hash);
}

static void with_error(double value, double error, temper_text *out) {
    if (isnan(value)) {
        temper_text_add(out, "–");
        return;
    }
    temper_text_add(out, "<span class=\"big\">%.4g</span>", value);
    if (isfinite(error)) temper_text_add(out, " ± %.2g", error);
}

static void clean_table(const temper_stress *s, temper_text *out) {
    temper_text_add(
        out,
        "<h2>Clean test rows</h2><table class=\"scores\"><tr><th>score</th><th>one seed, mean</th><th>all together</th>"
        "<th>deviation over seeds</th><th>its 95&nbsp;%% interval</th></tr>\n");
    for (int k = 0; k < s->scores; k++) {
        const temper_stress_score *score = &s->clean[k];
        temper_text_add(out, "<tr><td>%s</td><td>", score->name);
        with_error(score->mean, score->error, out);
        temper_text_add(out, "</td><td>");
        with_error(score->ensemble, score->ensemble_error, out);
        if (isnan(score->deviation))
            temper_text_add(out, "</td><td>–</td><td>–</td></tr>\n");
        else
            temper_text_add(out, "</td><td>%.2g</td><td>%.2g … %.2g</td></tr>\n", score->deviation,
                            score->low, score->high);
    }
    temper_text_add(out, "</table>\n");
    if (!isnan(s->disagreement.churn))
        temper_text_add(
            out,
            "<p>Two seeds decide differently on %.2f&nbsp;%% of the rows. Of the entropy of the ensemble, %.3g nats, "
            "%.3g are doubt that every seed has, %.3g disagreement between seeds; the %lld hold %.3f different opinions.</p>\n",
            100 * s->disagreement.churn, s->disagreement.total, s->disagreement.aleatoric,
            s->disagreement.epistemic, (long long)s->members, s->disagreement.effective);
}

/* Share right over confidence, of the ensemble, before and after temperature scaling. */
static void reliability(const temper_stress *s, temper_text *out) {
    const temper_reliability *const bins[2] = {&s->raw, &s->scaled};
    double share[2][TEMPER_BINS],
        error[2][TEMPER_BINS]; /* (right + 1)/(rows + 2): Laplace's rule, within 0 … 1 with its error */
    const double ends[2] = {0, 1};
    for (int k = 0; k < 2; k++)
        for (int b = 0; b < TEMPER_BINS; b++) {
            double n = (double)bins[k]->count[b], p = n > 0 ? (bins[k]->right[b] * n + 1) / (n + 2) : NAN;
            share[k][b] = p, error[k][b] = sqrt(p * (1 - p) / (n + 2));
        }
    const temper_curve curves[3] = {
        {"as it is", TEMPER_BINS, s->raw.confidence, share[0], error[0], false, 0},
        {"scaled", TEMPER_BINS, s->scaled.confidence, share[1], error[1], false, 1},
        {"honest", 2, ends, ends, NULL, true, 2}};
    const temper_curve alone[2] = {curves[0], curves[2]};
    const temper_figure figure = {.title = "reliability",
                                  .x_label = "confidence",
                                  .y_label = "share right",
                                  .mark = NAN,
                                  .curves = s->validations ? 3 : 2,
                                  .curve = s->validations ? curves : alone};
    temper_figure_panel(
        &figure,
        "How often the ensemble is right when it is so sure, before and after temperature scaling on the "
        "validation rows, by Laplace's rule (right + 1)/(rows + 2). Points below the line: over-confident.",
        out);
}

static void refusal(const temper_stress *s, temper_text *out) {
    const temper_curve curve = {"", s->coverages, s->coverage, s->accuracy_at, NULL, true, 0};
    const temper_figure figure = {.title = "refusal",
                                  .x_label = "share of rows answered",
                                  .y_label = "share right",
                                  .mark = NAN,
                                  .curves = 1,
                                  .curve = &curve};
    temper_figure_panel(
        &figure, "How often the ensemble is right when it answers only the rows that it is surest of.", out);
}

/* A cell is the redder the more was lost against clean: to nothing at a loss of `most`. */
static void cell(double value, double lost, double most, const char *format, temper_text *out) {
    double strength = most > 0 ? fmin(fmax(lost / most, 0), 1) : 0;
    temper_text_add(out, "<td style=\"background:rgba(213,94,0,%.2f);padding:.2rem .7rem;text-align:right\">",
                    0.75 * strength);
    temper_text_add(out, format[0] == '%' ? "%.1f" : "%.3g", value);
    temper_text_add(out, "</td>");
}

/* Accuracy in per cent, or RMSE, of every corruption at every severity: of one seed on average, and behind it of all together. */
static void heat_map(const temper_stress *s, temper_text *out) {
    const temper_stress_curve *first = NULL;
    double clean = s->clean[0].mean, most = 0;
    bool labels = s->classes > 0;
    for (int c = 0; c < s->curves; c++) {
        const temper_stress_curve *curve = &s->curve[c];
        if (curve->kind != TEMPER_STRESS_CORRUPTION || !curve->points) continue;
        if (!first) first = curve;
        for (int p = 0; p < curve->points; p++)
            most = fmax(most, labels ? clean - curve->score[p][0].mean : curve->score[p][0].mean - clean);
    }
    if (!first) return;
    temper_text_add(
        out,
        "<h2>Corruptions</h2><p>%s of one seed, mean over seeds%s; clean %.4g. The last columns are of all together.</p>\n",
        labels ? "Accuracy in per cent" : "RMSE", labels ? ", at each severity" : "",
        labels ? 100 * clean : clean);
    temper_text_add(
        out,
        "<div style=\"overflow-x:auto\"><table class=\"heat\" style=\"margin-bottom:1.5rem\"><tr><th></th>");
    for (int twice = 0; twice < 2; twice++)
        for (int p = 0; p < first->points; p++)
            temper_text_add(out, "<th style=\"font-weight:400;padding:.2rem .7rem\">%s%g</th>",
                            twice ? "all, " : "", first->at[p]);
    temper_text_add(out, "</tr>\n");
    for (int c = 0; c < s->curves; c++) {
        const temper_stress_curve *curve = &s->curve[c];
        if (curve->kind != TEMPER_STRESS_CORRUPTION) continue;
        temper_text_add(out, "<tr><td style=\"padding-right:1rem\">%s</td>", curve->name);
        for (int twice = 0; twice < 2; twice++)
            for (int p = 0; p < curve->points; p++) {
                double x = twice ? curve->score[p][0].ensemble : curve->score[p][0].mean;
                cell(labels ? 100 * x : x, labels ? clean - x : x - clean, most, labels ? "%" : "", out);
            }
        temper_text_add(out, "</tr>\n");
    }
    temper_text_add(out, "</table></div>\n");
}

typedef struct { /* one mark over the points of a curve: mean, error, ensemble */
    double x[TEMPER_STRESS_POINTS], mean[TEMPER_STRESS_POINTS], error[TEMPER_STRESS_POINTS],
        ensemble[TEMPER_STRESS_POINTS];
    int n;
} line;

static line line_of(const temper_stress_curve *curve, int mark) {
    line l = {.n = curve->points};
    for (int p = 0; p < l.n; p++) {
        l.x[p] = curve->at[p], l.mean[p] = curve->score[p][mark].mean,
        l.error[p] = curve->score[p][mark].error;
        l.ensemble[p] = curve->score[p][mark].ensemble;
    }
    return l;
}

/* Mean over all corruptions of one mark, over the severity; the error is that of the mean over corruptions of the errors over seeds, which
 * go up and down together. The first point is the clean one. */
static line mean_line(const temper_stress *s, int mark, int clean) {
    line l = {.n = 1,
              .x = {0},
              .mean = {s->clean[clean].mean},
              .error = {s->clean[clean].error},
              .ensemble = {s->clean[clean].ensemble}};
    int corruptions = 0;
    for (int c = 0; c < s->curves; c++) {
        const temper_stress_curve *curve = &s->curve[c];
        if (curve->kind != TEMPER_STRESS_CORRUPTION) continue;
        l.n = 1 + (curve->points < TEMPER_STRESS_POINTS ? curve->points : TEMPER_STRESS_POINTS - 1);
        for (int p = 1; p < l.n; p++) {
            const temper_stress_score *score = &curve->score[p - 1][mark];
            l.x[p] = curve->at[p - 1], l.mean[p] += score->mean, l.error[p] += score->error,
            l.ensemble[p] += score->ensemble;
        }
        corruptions++;
    }
    for (int p = 1; p < l.n; p++)
        l.mean[p] /= corruptions, l.error[p] /= corruptions, l.ensemble[p] /= corruptions;
    if (!corruptions) l.n = 0;
    return l;
}

typedef struct {
    const char *title, *x, *y, *caption;
    bool log;
} paper;

/* One seed with its error and all together, on one paper. */
static void draw(const paper *p, const line *l, bool together, temper_text *out) {
    if (l->n < 2) return;
    const temper_curve curves[2] = {{"one seed", l->n, l->x, l->mean, l->error, true, 0},
                                    {"all together", l->n, l->x, l->ensemble, NULL, true, 1}};
    const temper_figure figure = {.title = p->title,
                                  .x_label = p->x,
                                  .y_label = p->y,
                                  .mark = NAN,
                                  .log_x = p->log,
                                  .log_y = p->log,
                                  .curves = together ? 2 : 1,
                                  .curve = curves};
    temper_figure_panel(&figure, p->caption, out);
}

static void severity(const temper_stress *s, temper_text *out) {
    bool labels = s->classes > 0, many = s->members > 1;
    line first = mean_line(s, 0, 0), second = mean_line(s, 1, 1);
    draw(&(paper){labels ? "accuracy over severity" : "RMSE over severity", "severity (0: clean)",
                  labels ? "accuracy" : "RMSE", "Mean over the corruptions.", false},
         &first, many, out);
    draw(
        &(paper){
            labels ? "NLL over severity" : "log likelihood over severity", "severity (0: clean)",
            labels ? "NLL" : "log likelihood",
            labels
                ? "Mean over the corruptions, nats. It shows what accuracy hides: being wrong and sure of it."
                : "Mean over the corruptions, nats.",
            false},
        &second, many, out);
}

static void attacks(const temper_stress *s, temper_text *out) {
    line l[2] = {0};
    temper_curve curves[4];
    int n = 0, lines = 0;
    static const char *const alone[2] = {"FGSM", "PGD"}, *const all[2] = {"FGSM, all", "PGD, all"};
    for (int c = 0; c < s->curves && lines < 2; c++) {
        const temper_stress_curve *curve = &s->curve[c];
        if (curve->kind != TEMPER_STRESS_ATTACK || curve->points < 1) continue;
        bool pgd = curve->name[0] == 'p';
        line *at = &l[lines++];
        *at = line_of(curve, 0);
        curves[n++] = (temper_curve){alone[pgd], at->n, at->x, at->mean, at->error, true, 2 * pgd};
        if (s->members > 1)
            curves[n++] = (temper_curve){all[pgd], at->n, at->x, at->ensemble, NULL, true, 2 * pgd + 1};
    }
    if (!n) return;
    const temper_figure figure = {.title = "attacks",
                                  .x_label = "ε, of the range of an input",
                                  .y_label = s->classes ? "accuracy" : "RMSE",
                                  .mark = NAN,
                                  .curves = n,
                                  .curve = curves};
    temper_figure_panel(
        &figure,
        "Inputs moved by at most ε so that the loss grows. White box: each seed is attacked by its own gradient, all "
        "together by theirs.",
        out);
}

static void others(const temper_stress *s, temper_text *out) {
    const temper_stress_curve *noise = temper_stress_curve_named(s, "weight_noise");
    const char *name = s->classes ? "accuracy" : "RMSE";
    bool many = s->members > 1;
    if (!noise) return;
    line l = line_of(noise, 0), rise = line_of(noise, 2);
    draw(&(paper){"weight noise", "σ, of each array's root mean square", name,
                  "Weights shaken by Gaussian noise, mean over draws.", false},
         &l, many, out);
    draw(&(paper){"flatness", "σ, of each array's root mean square", "rise of the loss",
                  "Rise of the mean loss on training rows. The lower, the flatter the minimum.", true},
         &rise, many, out);
}

static void foreigners(const temper_stress *s, temper_text *out) {
    if (!s->foreigns) return;
    temper_text_add(out,
                    "<h2>Foreign inputs</h2><p>AUROC of telling them from the test rows; 0.5 is a guess.</p>"
                    "<table class=\"scores\"><tr><th>from</th>");
    for (int k = 0; k < 3; k++)
        temper_text_add(out, "<th>%s, one seed</th><th>all</th>", s->foreign[0].score[k].name);
    temper_text_add(out, "</tr>\n");
    for (int f = 0; f < s->foreigns; f++) {
        temper_text_add(out, "<tr><td>");
        temper_escape(s->foreign[f].name, out);
        temper_text_add(out, "</td>");
        for (int k = 0; k < 3; k++) {
            temper_text_add(out, "<td>");
            with_error(s->foreign[f].score[k].mean, s->foreign[f].score[k].error, out);
            temper_text_add(out, "</td><td>");
            with_error(s->foreign[f].score[k].ensemble, NAN, out);
            temper_text_add(out, "</td>");
        }
        temper_text_add(out, "</tr>\n");
    }
    temper_text_add(out, "</table>\n");
}

temper_status temper_stress_html(const temper_stress *s, const char *command, const char *text,
                                 temper_text *out) {
    head(s, command, out);
    temper_sheet_verdict(s->verdict.data, out);
    clean_table(s, out);
    temper_text_add(out, "<div class=\"figures\">\n");
    if (s->classes) reliability(s, out);
    if (s->classes) refusal(s, out);
    temper_text_add(out, "</div>\n");
    heat_map(s, out);
    temper_text_add(out, "<div class=\"figures\">\n");
    severity(s, out);
    temper_text_add(out, "</div>\n<h2>Attacks and weight noise</h2><div class=\"figures\">\n");
    attacks(s, out);
    others(s, out);
    temper_text_add(out, "</div>\n");
    foreigners(s, out);
    temper_text_add(out, "<h2>Numbers</h2><pre>");
    temper_escape(text, out);
    temper_text_add(
        out,
        "</pre>\n<p>temper %s. Definitions: docs/robustness.md. The same numbers as JSON: robustness.json.</p>\n",
        temper_version());
    temper_sheet_end(out);
    return out->failed ? temper_fail(TEMPER_NO_MEMORY, "out of memory for the robustness page") : TEMPER_OK;
}
