/* temper measure RUN --what sensitivity: the inputs, samples, layers and weights that a network hangs on. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/figure.h"
#include "run/sheet.h"
#include "run/survey.h"
#include "temper/influence.h"

enum { SHOWN = 10, WEIGHED = 1000, PROBES = 20, PRODUCTS = 200 };

/* The first `most` places of x[n], largest |x| first. Fewer than n·most steps. */
static int64_t *largest(const double *x, int64_t n, int64_t most) {
    int64_t *place = temper_alloc((size_t)most + 1, sizeof *place), kept = 0;
    for (int64_t i = 0; place && i < n; i++) {
        int64_t at = kept < most ? kept++ : most;
        for (; at > 0 && fabs(x[place[at - 1]]) < fabs(x[i]); at--) place[at] = place[at - 1];
        place[at] = i; /* place[most] is one too many */
    }
    return place;
}

/* ---- inputs ---- */

typedef struct {
    int64_t n;
    double *size, *size_error, *mean, *mean_error;
} inputs;

static void name_input(const temper_survey *survey, int64_t f, temper_text *out) {
    const temper_samples *s = &survey->scene.data->data;
    if (s->height)
        temper_text_add(out, s->channels > 1 ? "pixel %lld,%lld channel %lld" : "pixel %lld,%lld",
                        (long long)(f / s->width % s->height), (long long)(f % s->width),
                        (long long)(f / (s->width * s->height)));
    else
        temper_text_add(out, "feature %lld", (long long)f);
}

/* Sizes from black to the largest, white; signs about a middle grey. Channels are added up. */
static void picture(temper_survey *survey, const double *x, bool with_sign, const char *alt) {
    const temper_samples *s = &survey->scene.data->data;
    int64_t pixels = s->height * s->width;
    float *grey = temper_alloc((size_t)pixels, sizeof *grey);
    double most = 0;
    if (!grey) {
        survey->page.failed = true;
        return;
    }
    for (int64_t f = 0; f < s->features; f++) grey[f % pixels] += (float)x[f];
    for (int64_t p = 0; p < pixels; p++) most = fmax(most, fabs((double)grey[p]));
    for (int64_t p = 0; p < pixels && most > 0; p++) {
        double value = (double)grey[p] / most;
        grey[p] = (float)(with_sign ? (1 + value) / 2 : value);
    }
    temper_text_add(&survey->page, "<figure>");
    temper_sheet_image(grey, 1, s->height, s->width, alt, &survey->page);
    temper_text_add(&survey->page, "<figcaption>%s</figcaption></figure>\n", alt);
    temper_release(grey);
}

static void draw_inputs(temper_survey *survey, const inputs *in) {
    temper_text_add(&survey->page, "<h2>Inputs</h2>\n");
    if (survey->scene.data->data.height) {
        temper_text_add(&survey->page,
                        "<div class=\"thumbs\" style=\"grid-template-columns:repeat(2,14rem)\">\n");
        picture(survey, in->size, false, "mean of |∂ loss/∂ input|: white counts most");
        picture(survey, in->mean, true, "mean of ∂ loss/∂ input: grey is none, white more, black less loss");
        temper_text_add(&survey->page, "</div>\n");
        return;
    }
    double *place = temper_alloc((size_t)in->n, sizeof *place);
    if (!place) return;
    for (int64_t f = 0; f < in->n; f++) place[f] = (double)f;
    const temper_curve curve[] = {{"size", (int)in->n, place, in->size, in->size_error, false, 0},
                                  {"with sign", (int)in->n, place, in->mean, in->mean_error, false, 1}};
    const temper_figure figure = {.title = "Inputs",
                                  .x_label = "feature",
                                  .y_label = "mean ∂ loss/∂ input",
                                  .mark = NAN,
                                  .curves = 2,
                                  .curve = curve};
    temper_text_add(&survey->page, "<div class=\"figures\" style=\"max-width:34rem\">\n");
    temper_figure_panel(&figure, "Mean over rows, with standard errors, in units of the data.",
                        &survey->page);
    temper_text_add(&survey->page, "</div>\n");
    temper_release(place);
}

static temper_status tell_inputs(temper_survey *survey, const inputs *in) {
    int64_t *top = largest(in->size, in->n, SHOWN), shown = in->n < SHOWN ? in->n : SHOWN;
    if (!top) return TEMPER_NO_MEMORY;
    const struct {
        const char *name;
        const double *x;
    } column[] = {{"size", in->size},
                  {"size_error", in->size_error},
                  {"mean", in->mean},
                  {"mean_error", in->mean_error}};
    temper_json_open(&survey->json, "inputs", '{');
    for (int c = 0; c < 4; c++) {
        temper_json_open(&survey->json, column[c].name, '[');
        for (int64_t f = 0; f < in->n; f++) temper_json_real(&survey->json, NULL, column[c].x[f]);
        temper_json_close(&survey->json, ']');
    }
    temper_json_close(&survey->json, '}');
    temper_text_add(&survey->text,
                    "\ninputs that count most      |dloss/dx|   ± error      dloss/dx   ± error\n");
    for (int64_t k = 0; k < shown; k++) {
        temper_text name = {0};
        name_input(survey, top[k], &name);
        temper_text_add(&survey->text, "%-24s", name.failed ? "" : name.data);
        for (int c = 0; c < 4; c++)
            temper_text_cell(&survey->text, c % 2 ? 9 : 13, c % 2 ? 2 : 4, column[c].x[top[k]]);
        temper_text_add(&survey->text, "\n");
        temper_text_clear(&name);
    }
    draw_inputs(survey, in);
    temper_release(top);
    return TEMPER_OK;
}

static temper_status take_inputs(temper_survey *survey) {
    inputs in = {.n = survey->scene.data->data.features};
    in.size = temper_alloc((size_t)in.n, 4 * sizeof *in.size);
    if (!in.size) return TEMPER_NO_MEMORY;
    in.size_error = in.size + in.n, in.mean = in.size_error + in.n, in.mean_error = in.mean + in.n;
    temper_survey_phase(survey, "inputs", "rows");
    temper_status bad = temper_input_slopes(&survey->scene.task, survey->scene.theta, in.size, in.size_error,
                                            in.mean, in.mean_error);
    if (!bad) bad = tell_inputs(survey, &in);
    temper_release(in.size);
    return bad;
}

/* ---- samples ---- */

typedef struct {
    int64_t n, weighed; /* rows; those with the largest slopes, whose influence is found */
    double *norm, *loss;
    int64_t *top;   /* [weighed] places in the scene's rows */
    int64_t *row;   /* [weighed] numbers in the data */
    double *change; /* [weighed] */
    temper_curvature kind;
    temper_influence_note note;
} samples;

static void tell_row(temper_survey *survey, const samples *s, int64_t k) {
    const temper_samples *data = &survey->scene.data->data;
    int64_t i = s->top[k];
    temper_json_open(&survey->json, NULL, '{');
    temper_json_int(&survey->json, "row", s->row[k]);
    if (data->y) temper_json_int(&survey->json, "label", data->y[s->row[k]]);
    temper_json_real(&survey->json, "loss", s->loss[i]);
    temper_json_real(&survey->json, "slope", s->norm[i]);
    temper_json_real(&survey->json, "left_out", s->change[k]);
    temper_json_close(&survey->json, '}');
    temper_text_add(&survey->text, "%8lld", (long long)s->row[k]);
    if (data->y)
        temper_text_add(&survey->text, " %6d", (int)data->y[s->row[k]]);
    else
        temper_text_add(&survey->text, "       ");
    temper_text_add(&survey->text, " %12.5g %12.5g %14.4g\n", s->loss[i], s->norm[i], s->change[k]);
}

static void draw_rows(temper_survey *survey, const samples *s) {
    const temper_samples *data = &survey->scene.data->data;
    float *room = temper_alloc((size_t)data->features, sizeof *room);
    temper_text_add(&survey->page,
                    "<h2>Samples</h2>\n<p>Rows with the largest slope of their loss, and how much "
                    "the loss on %s would change without each.</p>\n",
                    survey->scene.tests ? "the test rows" : "all rows");
    if (data->height)
        temper_text_add(&survey->page,
                        "<div class=\"thumbs\" style=\"grid-template-columns:repeat(5,1fr)\">\n");
    for (int64_t k = 0; room && data->height && k < s->weighed && k < SHOWN; k++) {
        const float *x = temper_samples_row(data, s->row[k], room);
        float low = x[0], high = x[0];
        for (int64_t f = 0; f < data->features; f++) low = fminf(low, x[f]), high = fmaxf(high, x[f]);
        for (int64_t f = 0; f < data->features; f++) room[f] = high > low ? (x[f] - low) / (high - low) : 0;
        temper_text_add(&survey->page, "<figure>");
        temper_sheet_image(room, data->channels == 3 ? 3 : 1, data->height, data->width, "row",
                           &survey->page);
        temper_text_add(&survey->page,
                        "<figcaption>row %lld: loss %.3g, without it %+.2g</figcaption></figure>\n",
                        (long long)s->row[k], s->loss[s->top[k]], s->change[k]);
    }
    if (data->height) temper_text_add(&survey->page, "</div>\n");
    if (!room) survey->page.failed = true;
    temper_release(room);
}

static void tell_rows(temper_survey *survey, const samples *s) {
    temper_json *json = &survey->json;
    double sum = 0, square = 0;
    for (int64_t i = 0; i < s->n; i++) sum += s->norm[i], square += s->norm[i] * s->norm[i];
    temper_json_open(json, "samples", '{');
    temper_json_int(json, "rows", s->n);
    temper_json_real(json, "mean_slope", sum / (double)s->n);
    temper_json_real(json, "participation", square > 0 ? sum * sum / square : NAN);
    temper_json_open(json, "influence", '{');
    temper_json_string(json, "on", survey->scene.tests ? "test" : survey->s->part);
    temper_json_string(json, "curvature", s->kind == TEMPER_HESSIAN ? "Hessian" : "Gauss-Newton");
    temper_json_real(json, "damping", survey->s->damping);
    temper_json_real(json, "residual", s->note.residual);
    temper_json_bool(json, "converged", s->note.converged);
    temper_json_int(json, "products", s->note.products);
    temper_json_close(json, '}');
    temper_json_open(json, "largest", '[');
    temper_text_add(&survey->text,
                    "\nsamples: mean |slope| %.5g, carried by some %.0f of %lld rows\n"
                    "     row  label         loss      |slope|  change of the loss on %s without it\n",
                    sum / (double)s->n, square > 0 ? sum * sum / square : 0, (long long)s->n,
                    survey->scene.tests ? "test rows" : "the same rows");
    for (int64_t k = 0; k < s->weighed && k < SHOWN; k++) tell_row(survey, s, k);
    temper_json_close(json, ']');
    int64_t *most = largest(s->change, s->weighed, SHOWN);
    temper_json_open(json, "most_influential", '[');
    temper_text_add(&survey->text,
                    "the same, by influence (of %lld rows weighed; %s + %g, residual of the solve %.1e)\n",
                    (long long)s->weighed, s->kind == TEMPER_HESSIAN ? "Hessian" : "Gauss-Newton",
                    survey->s->damping, s->note.residual);
    if (!s->note.converged)
        temper_text_add(&survey->text, "! the solve did not converge: a larger --damping helps\n");
    for (int64_t k = 0; most && k < s->weighed && k < SHOWN; k++) tell_row(survey, s, most[k]);
    temper_json_close(json, ']');
    temper_json_close(json, '}');
    temper_release(most);
    draw_rows(survey, s);
}

static temper_status weigh(temper_survey *survey, samples *s) {
    const temper_scene *scene = &survey->scene;
    temper_influence_plan plan = {
        .kind = TEMPER_HESSIAN, .damping = survey->s->damping, .tolerance = 1e-3, .most = PRODUCTS};
    const int64_t asked = scene->tests ? scene->tests : scene->rows,
                  *which = scene->tests ? scene->test : scene->row;
    s->weighed = s->n < WEIGHED ? s->n : WEIGHED;
    s->top = largest(s->norm, s->n, s->weighed);
    s->row = temper_alloc((size_t)s->weighed, sizeof *s->row);
    s->change = temper_alloc((size_t)s->weighed, sizeof *s->change);
    if (!s->top || !s->row || !s->change) return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < s->weighed; k++) s->row[k] = scene->row[s->top[k]];
    temper_survey_phase(survey, "influence", "rows");
    /* Where a place is no minimum the Hessian may have a direction that leads down, and no answer; Gauss-Newton has none. */
    temper_status bad = temper_influence_find(scene->landscape, scene->theta, &plan, asked, which, 0, NULL,
                                              &survey->errand, s->change, NULL, &s->note);
    if (!bad && !(s->note.converged && s->note.curvature > 0) && !survey->s->precise)
        plan.kind = TEMPER_GAUSS_NEWTON;
    s->kind = plan.kind;
    return bad ? bad
               : temper_influence_find(scene->landscape, scene->theta, &plan, asked, which, s->weighed,
                                       s->row, &survey->errand, s->change, NULL, &s->note);
}

static temper_status take_rows(temper_survey *survey) {
    const temper_scene *scene = &survey->scene;
    samples s = {.n = scene->rows};
    s.norm = temper_alloc((size_t)s.n, 2 * sizeof *s.norm);
    if (!s.norm) return TEMPER_NO_MEMORY;
    s.loss = s.norm + s.n;
    temper_survey_phase(survey, "samples", "rows");
    temper_status bad =
        temper_row_slopes(&scene->task, scene->theta, s.n, scene->row, &survey->errand, s.norm, s.loss);
    if (!bad) bad = weigh(survey, &s);
    if (!bad) tell_rows(survey, &s);
    temper_release(s.norm);
    temper_release(s.top);
    temper_release(s.row);
    temper_release(s.change);
    return bad;
}

/* ---- layers and weights ---- */

typedef struct {
    int64_t n;
    double *first, *second, *error;
} weights;

static void tell_layers(temper_survey *survey, const weights *w) {
    const temper_part *part;
    int parts = temper_landscape_parts(survey->scene.landscape, &part);
    temper_json_open(&survey->json, "layers", '[');
    temper_text_add(&survey->text,
                    "\nlayers                  weights    Σ|θ dL/dθ|     Σ H θ²/2    ± error\n");
    /* Errors of entries of one diagonal are not independent: with the same random signs the covariance of two is H_ij², as it is part of the
     * variance of each. So the variance of a sum Σ c_i H_ii lies between once and twice Σ c_i² var_i; the larger one is told. */
    for (int k = 0; k < parts; k++) {
        double first = 0, second = 0, square = 0;
        for (int64_t i = part[k].offset; i < part[k].offset + part[k].length; i++)
            first += w->first[i], second += w->second[i], square += 2 * w->error[i] * w->error[i];
        temper_json_open(&survey->json, NULL, '{');
        temper_json_string(&survey->json, "name", part[k].name);
        temper_json_int(&survey->json, "weights", part[k].length);
        temper_json_real(&survey->json, "first_order", first);
        temper_json_real(&survey->json, "second_order", second);
        temper_json_real(&survey->json, "second_order_error", sqrt(square));
        temper_json_close(&survey->json, '}');
        temper_text_add(&survey->text, "%-20.20s %10lld %13.5g %12.5g %10.2g\n", part[k].name,
                        (long long)part[k].length, first, second, sqrt(square));
    }
    temper_json_close(&survey->json, ']');
}

static temper_status tell_weights(temper_survey *survey, const weights *w) {
    const temper_part *part;
    int parts = temper_landscape_parts(survey->scene.landscape, &part);
    int64_t *top = largest(w->second, w->n, SHOWN);
    if (!top) return TEMPER_NO_MEMORY;
    temper_json_open(&survey->json, "weights", '[');
    temper_text_add(&survey->text,
                    "\nweights that count most      value      H θ²/2    ± error   |θ dL/dθ|\n");
    for (int64_t k = 0; k < w->n && k < SHOWN; k++) {
        int64_t i = top[k];
        int p = 0;
        while (p < parts - 1 && i >= part[p].offset + part[p].length) p++;
        temper_json_open(&survey->json, NULL, '{');
        temper_json_string(&survey->json, "array", part[p].name);
        temper_json_int(&survey->json, "place", i - part[p].offset);
        temper_json_real(&survey->json, "value", survey->scene.theta[i]);
        temper_json_real(&survey->json, "first_order", w->first[i]);
        temper_json_real(&survey->json, "second_order", w->second[i]);
        temper_json_real(&survey->json, "second_order_error", w->error[i]);
        temper_json_close(&survey->json, '}');
        temper_text_add(&survey->text, "%-14.14s %7lld %11.4g %11.4g %10.2g %11.4g\n", part[p].name,
                        (long long)(i - part[p].offset), survey->scene.theta[i], w->second[i], w->error[i],
                        w->first[i]);
    }
    temper_json_close(&survey->json, ']');
    temper_release(top);
    return TEMPER_OK;
}

static temper_status take_weights(temper_survey *survey) {
    temper_scene *scene = &survey->scene;
    weights w = {.n = scene->dim};
    w.first = temper_alloc((size_t)w.n, 3 * sizeof *w.first);
    if (!w.first) return TEMPER_NO_MEMORY;
    w.second = w.first + w.n, w.error = w.second + w.n;
    temper_survey_phase(survey, "weights", "products");
    temper_status bad = temper_weight_worth(scene->landscape, scene->theta, PROBES, &survey->errand, w.first,
                                            w.second, w.error);
    if (!bad) tell_layers(survey, &w);
    if (!bad) bad = tell_weights(survey, &w);
    temper_release(w.first);
    return bad;
}

temper_status temper_survey_sensitivity(temper_survey *survey) {
    if (temper_network_statistics(survey->scene.network) && !survey->scene.task.statistics)
        return temper_fail(
            TEMPER_CANNOT,
            "measure: bn=%s makes each row's loss depend on its batch, so no row or input has a slope of "
            "its own; with bn=eval and bn=frozen they have",
            survey->s->bn);
    temper_status bad = take_inputs(survey);
    if (!bad) bad = take_rows(survey);
    return bad ? bad : take_weights(survey);
}
