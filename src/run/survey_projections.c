/* temper landscape --what projections: what random planes through a place show of its Hessian, beside what its eigenvectors show. Two slices side by
 * side, and how often a random plane shows a saddle, a minimum, a maximum (Böttcher & Wheeler, arXiv:2208.13219). */
#include <math.h>
#include <stdio.h>
#include "run/figure.h"
#include "run/survey_slice.h"

enum { BINS = 41 };

static void json_planes(const temper_projections *p, temper_json *json) {
    temper_json_open(json, "projections", '{');
    temper_json_int(json, "draws", p->draws);
    temper_json_int(json, "products", p->products);
    temper_json_real(json, "trace", p->trace);
    temper_json_real(json, "trace_error", p->trace_error);
    temper_json_real(json, "frobenius", p->frobenius);
    temper_json_real(json, "frobenius_error", p->frobenius_error);
    temper_json_real(json, "upper", p->upper);
    temper_json_real(json, "upper_error", p->upper_error);
    temper_json_real(json, "upper_theory", p->upper_theory);
    temper_json_real(json, "lower", p->lower);
    temper_json_real(json, "lower_error", p->lower_error);
    temper_json_real(json, "lower_theory", p->lower_theory);
    temper_json_real(json, "saddle", p->saddle);
    temper_json_real(json, "saddle_error", p->saddle_error);
    temper_json_real(json, "saddle_theory", p->saddle_theory);
    temper_json_real(json, "minimum", p->minimum);
    temper_json_real(json, "minimum_error", p->minimum_error);
    temper_json_real(json, "maximum", p->maximum);
    temper_json_real(json, "maximum_error", p->maximum_error);
    temper_json_close(json, '}');
}

static void say(const temper_projections *p, temper_text *text) {
    temper_text_add(text,
                    "\n%lld random planes (standard normal directions, P = %lld)\n"
                    "%-28s %14s %12s %14s\n%-28s %14.6g %12.2g\n%-28s %14.6g %12.2g\n",
                    (long long)p->draws, (long long)p->dim, "", "measured", "±", "spread spectrum",
                    "trace of H", p->trace, p->trace_error, "Frobenius norm of H", p->frobenius,
                    p->frobenius_error);
    temper_text_add(text, "%-28s %14.6g %12.2g %14.6g\n", "upper curvature, mean", p->upper, p->upper_error,
                    p->upper_theory);
    temper_text_add(text, "%-28s %14.6g %12.2g %14.6g\n", "lower curvature, mean", p->lower, p->lower_error,
                    p->lower_theory);
    temper_text_add(text, "%-28s %14.4f %12.2g %14.4f\n", "looks like a saddle", p->saddle, p->saddle_error,
                    p->saddle_theory);
    temper_text_add(text, "%-28s %14.4f %12.2g\n", "looks like a minimum", p->minimum, p->minimum_error);
    temper_text_add(text, "%-28s %14.4f %12.2g\n", "looks like a maximum", p->maximum, p->maximum_error);
    temper_text_add(
        text,
        "The last column holds where no few eigenvalues stand out; the mean of both curvatures is the trace in\nany case.\n");
}

/* What H is, in a word. There is an eigenvalue within `residual` of `bottom`; products in single precision are good to some 1e-6 of the largest. */
static const char *is(double top, double bottom, double residual) {
    double size = residual + 1e-5 * fmax(fabs(top), fabs(bottom));
    return top > size && bottom < -size ? "a saddle"
           : !(size > 0)                ? "flat"
           : bottom >= -size            ? "a minimum, as far as numbers of this precision tell"
                                        : "a maximum";
}

static void verdict(const temper_projections *p, const temper_cut *hessian, temper_survey *survey) {
    temper_text words = {0};
    double top = hessian->bundle.bearing[0].eigenvalue,
           bottom = hessian->bundle.axes > 1 ? hessian->bundle.bearing[1].eigenvalue : NAN;
    if (!isfinite(bottom)) return;
    temper_text_add(
        &words,
        "The Hessian has eigenvalues from %.4g to %.4g: %s. Of random planes %.1f %% show a saddle, %.1f %% a minimum.",
        bottom, top, is(top, bottom, hessian->bundle.bearing[1].residual), 100 * p->saddle, 100 * p->minimum);
    if (words.data) {
        temper_text_add(&survey->text, "\n%s\n", words.data);
        temper_text_add(&survey->page, "<p class=\"verdict\">%s</p>\n", words.data);
        temper_json_string(&survey->json, "verdict", words.data);
    }
    temper_text_clear(&words);
}

/* Histograms of κ+ and κ−. */
static void draw(const temper_projections *p, temper_text *page) {
    double low = INFINITY, high = -INFINITY, x[BINS], y[2][BINS] = {{0}}, error[2][BINS];
    for (int64_t k = 0; k < 2 * p->draws; k++) low = fmin(low, p->kappa[k]), high = fmax(high, p->kappa[k]);
    double width = (high - low) / BINS;
    if (!(width > 0)) return;
    for (int64_t k = 0; k < 2 * p->draws; k++) {
        int bin = (int)((p->kappa[k] - low) / width);
        y[k % 2][bin < BINS ? bin : BINS - 1] += 1 / (width * (double)p->draws);
    }
    for (int b = 0; b < BINS; b++) {
        x[b] = low + (b + 0.5) * width;
        for (int c = 0; c < 2; c++) error[c][b] = sqrt(y[c][b] / (width * (double)p->draws));
    }
    temper_curve curve[] = {
        {.label = "upper", .n = BINS, .x = x, .y = y[0], .error = error[0], .line = true, .colour = 1},
        {.label = "lower", .n = BINS, .x = x, .y = y[1], .error = error[1], .line = true, .colour = 0}};
    temper_figure figure = {.title = "curvatures of random planes",
                            .x_label = "curvature",
                            .y_label = "density",
                            .mark = 0,
                            .mark_label = "flat",
                            .curves = 2,
                            .curve = curve};
    temper_figure_panel(
        &figure, "a plane shows a saddle when its upper curvature is above 0 and its lower one below", page);
}

static temper_status planes(temper_survey *survey, temper_projections *p) {
    temper_operator *H = NULL;
    temper_projections_plan plan = {.draws = survey->s->draws, .stream = survey->errand.stream};
    plan.stream.chain += 1; /* other draws than those of the slice */
    temper_survey_phase(survey, "random planes", "planes");
    temper_status bad = temper_survey_operator(survey, &H);
    if (!bad) bad = temper_projections_find(H, &plan, &survey->errand, p);
    temper_operator_free(H);
    return bad;
}

/* One of the two: its numbers in an object of its own. */
static temper_status side(temper_survey *survey, temper_cut *cut, const char *words) {
    char file[40], stem[40];
    snprintf(file, sizeof file, "slice_%s.state", words);
    snprintf(stem, sizeof stem, "slice_%s", words);
    temper_status bad = temper_cut_make(cut, survey, words, file);
    if (bad) return bad;
    temper_json_open(&survey->json, words, '{');
    temper_cut_json(cut, &survey->json);
    temper_json_close(&survey->json, '}');
    temper_text_add(&survey->text, "\n---- %s directions ----\n", words);
    temper_cut_text(cut, &survey->text);
    temper_cut_page(cut, &survey->page);
    return survey->desk->folder ? temper_cut_files(cut, survey, stem) : TEMPER_OK;
}

temper_status temper_survey_projections(temper_survey *survey) {
    temper_projections p = {0};
    temper_cut random = {0}, hessian = {0};
    temper_status bad = planes(survey, &p);
    if (!bad) {
        json_planes(&p, &survey->json);
        say(&p, &survey->text);
        temper_text_add(&survey->page,
                        "<h2>Random planes</h2>\n<div class=\"figures\" style=\"max-width:34rem\">\n");
        draw(&p, &survey->page);
        temper_text_add(&survey->page, "</div>\n");
        bad = side(survey, &random, "random");
    }
    if (!bad) bad = side(survey, &hessian, "hessian");
    if (!bad) verdict(&p, &hessian, survey);
    temper_projections_clear(&p);
    temper_cut_clear(&random);
    temper_cut_clear(&hessian);
    return bad;
}
