/* The page of a training run: verdict, scores, and the chapters of study_curves.c and study_predictions.c. */
#include "run/study_page.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "run/figure.h"
#include "run/sheet.h"
#include "temper/catalogue.h"

static void code(const char *label, const char *text, temper_text *out) {
    if (!text || !*text) return;
    temper_text_add(out, "%s <code>", label);
    temper_escape(text, out);
    temper_text_add(out, "</code>");
}

static void head(const temper_study *s, temper_text *out) {
    temper_sheet_begin(s->model, out);
    temper_text_add(out, "<h1>%d network%s, one temperature</h1>\n<p>", s->members,
                    s->members == 1 ? "" : "s");
    code("", s->model, out);
    code(" learns", s->data, out);
    code(" by", s->dynamics, out);
    temper_text_add(out, "<br>%lld parameters each, %lld steps, %lld gradient evaluations in all, %.3g s",
                    (long long)s->parameters, (long long)s->steps, (long long)s->gradient_evaluations,
                    s->seconds);
    temper_text_add(out, "</p>\n");
    if (!s->command) return;
    code("<p>Made by", s->command, out);
    temper_text_add(
        out,
        "; hash of the final state <code>%.16s</code>: the same command gives the same hash anywhere.</p>\n",
        s->hash);
}

/* Every member a dot, the ensemble a tall mark: where they lie between the smallest and the largest. */
static void strip(const temper_score *score, int members, temper_text *out) {
    double low = score->ensemble, high = score->ensemble;
    for (int r = 0; r < members; r++) low = fmin(low, score->member[r]), high = fmax(high, score->member[r]);
    double span = high > low ? high - low : 1;
    temper_text_add(
        out,
        "<svg class=\"strip\" viewBox=\"0 0 150 18\" role=\"img\" aria-label=\"members from %.4g to %.4g\">"
        "<path d=\"M5 9H145\" stroke=\"currentColor\" stroke-opacity=\"0.25\"/>",
        low, high);
    for (int r = 0; r < members; r++)
        temper_text_add(
            out,
            "<circle cx=\"%.1f\" cy=\"9\" r=\"3.2\" fill=\"#0072B2\" fill-opacity=\"0.6\"><title>member %d: %.5g</title></circle>",
            5 + 140 * (score->member[r] - low) / span, r, score->member[r]);
    if (isfinite(score->ensemble))
        temper_text_add(
            out,
            "<path d=\"M%.1f 1V17\" stroke=\"#D55E00\" stroke-width=\"2\"><title>ensemble: %.5g</title></path>",
            5 + 140 * (score->ensemble - low) / span, score->ensemble);
    temper_text_add(out, "</svg>");
}

static void scores(const temper_study *s, temper_text *out) {
    int shown = s->members < 64 ? s->members : 64;
    temper_text_add(
        out,
        "<h2>Test set</h2><table class=\"scores\"><tr><th>score</th><th>mean over %d seed%s</th><th>ensemble</th>"
        "<th>seeds (dots), ensemble (bar)</th></tr>\n",
        s->members, s->members == 1 ? "" : "s");
    for (int k = 0; k < s->scores; k++) {
        const temper_score *score = &s->score[k];
        temper_text_add(out, "<tr><td>%s%s%s</td><td><span class=\"big\">%.4g</span>", score->name,
                        score->unit && *score->unit ? ", " : "", score->unit ? score->unit : "", score->mean);
        if (isfinite(score->error)) temper_text_add(out, " ± %.2g", score->error);
        temper_text_add(out, "</td><td><span class=\"big\">%.4g</span>", score->ensemble);
        if (isfinite(score->ensemble_error)) temper_text_add(out, " ± %.2g", score->ensemble_error);
        temper_text_add(out, "</td><td>");
        strip(score, shown, out);
        temper_text_add(out, "</td></tr>\n");
    }
    temper_text_add(
        out,
        "</table><p>The error of a mean is the standard error over seeds; that of the ensemble comes from a "
        "bootstrap over the %lld test rows, which were looked at once.</p>\n",
        (long long)s->tests);
}

/* The files that the data came from, as sha256sum prints them, and what else decides the numbers. */
static void provenance(const temper_study *s, temper_text *out) {
    char hex[65];
    temper_text_add(out, "<h2>Provenance</h2>\n<p>temper %s. ", temper_version());
    if (s->samples) {
        temper_samples_hash(s->samples, hex);
        temper_text_add(out, "SHA-256 of the data as numbers: <code>%s</code>.", hex);
    }
    temper_text_add(
        out,
        " The recipe is in <code>recipe.toml</code>, the machine in <code>provenance.json</code>.</p>\n");
    for (int k = 0; s->samples && k < s->samples->inputs; k++) {
        const temper_input *input = &s->samples->input[k];
        temper_text_add(out, "%s", k ? "<br>" : "<p>");
        code("", input->path, out);
        temper_text_add(out, ", %lld bytes, SHA-256 <code>%s</code>%s", (long long)input->bytes,
                        input->sha256, k == s->samples->inputs - 1 ? "</p>\n" : "");
    }
}

temper_status temper_study_html(const temper_study *study, const char *text, temper_text *out) {
    head(study, out);
    temper_sheet_verdict(study->verdict, out);
    scores(study, out);
    temper_study_curves(study, out);
    temper_study_calibration(study, out);
    temper_study_confusion(study, out);
    temper_study_examples(study, out);
    temper_study_thermometer(study, out);
    temper_study_monitor(study, out);
    temper_text_add(out, "<h2>Numbers</h2><pre>");
    temper_escape(text, out);
    temper_text_add(out, "</pre>\n");
    provenance(study, out);
    temper_sheet_end(out);
    return out->failed ? temper_fail(TEMPER_NO_MEMORY, "out of memory for the report page") : TEMPER_OK;
}
