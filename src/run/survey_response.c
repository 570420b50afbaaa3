/* measure --what response: the dynamics goes on from where one stands, a few walkers with noise of their own; small random fields push copies of them, and the answers
 * stand beside the fluctuations. include/temper/response.h says what the numbers are. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "run/figure.h"
#include "run/grid.h"
#include "run/survey.h"
#include "run/temperatures.h"
#include "temper/response.h"

enum { LAGS = 10, SHOWN = 4 };

/* ---- the plan ---- */

/* Four waiting times and lags that double; all together `steps` long. */
static void moments(temper_response_plan *p, int64_t steps) {
    int64_t half = steps / 2, lag[LAGS];
    p->kick = steps / 200 > 1 ? steps / 200 : 1;
    p->waits = 0, p->lags = 0;
    for (int k = 0; k < 4; k++) {
        int64_t wait = k ? half >> (2 * (3 - k)) : 0;
        if (!p->waits || wait > p->wait[p->waits - 1]) p->wait[p->waits++] = wait;
    }
    for (int k = 0; k < LAGS; k++) lag[k] = half >> (LAGS - 1 - k);
    for (int k = 0; k < LAGS; k++) {
        int64_t t = lag[k] < p->kick ? p->kick : lag[k];
        if (!p->lags || t > p->lag[p->lags - 1]) p->lag[p->lags++] = t;
    }
}

/* The kick of one step is the share `radius` of what a step does anyway: of its thermal noise, or else of the slope. */
static temper_status choose_field(const temper_survey *survey, temper_response_plan *p) {
    double N = (double)p->potential->samples, u, square = 0;
    if (p->temperature > 0 && p->dynamics->type->thermal) {
        p->field = survey->s->radius * __builtin_sqrt(2 * p->temperature / N / p->rate) * N;
        return TEMPER_OK;
    }
    double *grad = temper_alloc((size_t)survey->scene.dim, sizeof *grad);
    if (!grad) return TEMPER_NO_MEMORY;
    temper_status bad = temper_landscape_slope(survey->scene.landscape, survey->scene.theta, &u, grad);
    for (int64_t i = 0; i < survey->scene.dim; i++) square += grad[i] * grad[i];
    p->field = survey->s->radius * (__builtin_sqrt(square / (double)survey->scene.dim) + 1e-6) * N;
    temper_release(grad);
    return bad;
}

static temper_status make_plan(temper_survey *survey, temper_dynamics **dynamics, temper_response_plan *p) {
    const temper_settings *s = survey->s;
    double *T = NULL;
    int n = 0;
    temper_status bad = temper_temperatures_read("measure: temperature", s->temperature, &T, &n);
    if (!bad && n != 1)
        bad = temper_fail(TEMPER_BAD_OPTION, "measure: temperature=%.60s, a response is at one temperature",
                          s->temperature);
    if (!bad) bad = temper_dynamics_create(dynamics, s->dynamics);
    if (!bad) {
        bool network = survey->scene.network;
        *p = (temper_response_plan){.potential = temper_landscape_potential(survey->scene.landscape),
                                    .dynamics = *dynamics,
                                    .temperature = T[0]};
        p->single = p->potential->type->slope_single && !(s->precise && p->potential->type->slope);
        p->theta = network ? survey->scene.theta : NULL;
        p->chains = s->chains ? (int)s->chains : network ? 6 : 64;
        p->rate = s->rate > 0 ? s->rate : (*dynamics)->type->rate((*dynamics)->self);
        moments(p, s->steps ? s->steps : network ? 400 : 2000);
        bad = choose_field(survey, p);
    }
    temper_release(T);
    return bad;
}

/* ---- telling ---- */

static void json_answer(const temper_answer *a, int64_t lag, temper_json *json) {
    const struct {
        const char *name;
        double value, error;
    } list[] = {{"correlation", a->C, a->C_error}, {"susceptibility", a->chi, a->chi_error},
                {"response", a->R, a->R_error},    {"decay", a->drop, a->drop_error},
                {"violation", a->X, a->X_error},   {"effective_temperature", a->heat, a->heat_error}};
    char error[64];
    temper_json_open(json, NULL, '{');
    temper_json_int(json, "lag", lag);
    for (int k = 0; k < 6; k++) {
        snprintf(error, sizeof error, "%s_error", list[k].name);
        temper_json_real(json, list[k].name, list[k].value);
        temper_json_real(json, error, list[k].error);
    }
    temper_json_close(json, '}');
}

static void tell_json(const temper_response_plan *p, const temper_response *r, temper_json *json) {
    temper_json_string(json, "dynamics", p->dynamics->text);
    temper_json_real(json, "temperature", p->temperature);
    temper_json_real(json, "rate", p->rate);
    temper_json_real(json, "field", p->field);
    temper_json_int(json, "kick", p->kick);
    temper_json_int(json, "chains", p->chains);
    temper_json_int(json, "gradients", r->evaluations);
    temper_json_open(json, "waits", '[');
    for (int w = 0; w < r->waits; w++) {
        temper_json_open(json, NULL, '{');
        temper_json_int(json, "wait", p->wait[w]);
        temper_json_real(json, "equal_time_correlation", r->C_equal[w]);
        temper_json_open(json, "answers", '[');
        for (int l = 0; l < r->lags; l++) json_answer(&r->answer[w * r->lags + l], p->lag[l], json);
        temper_json_close(json, ']');
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

static void cell(temper_grid *grid, double value, double error) {
    char text[64];
    if (error < 1e-9 * fabs(value) || (value == 0 && error == 0)) /* a linear system answers without noise */
        temper_grid_plain(text, sizeof text, value);
    else
        temper_grid_number(text, sizeof text, value, error);
    temper_grid_add(grid, "%s", isfinite(value) && isfinite(error) ? text : "–");
}

static void tell_text(const temper_response_plan *p, const temper_response *r, temper_text *text) {
    temper_grid grid = {.columns = 7};
    static const char *const head[] = {"waited", "lag", "C(t,tw)", "χ(t,tw)", "R·kick", "X", "T_eff"};
    for (int c = 0; c < 7; c++) temper_grid_add(&grid, "%s", head[c]);
    for (int w = 0; w < r->waits; w++)
        for (int l = 0; l < r->lags; l += l < r->lags - 1 && l % 3 ? 1 : 3) {
            const temper_answer *a = &r->answer[w * r->lags + l];
            temper_grid_add(&grid, "%lld", (long long)p->wait[w]),
                temper_grid_add(&grid, "%lld", (long long)p->lag[l]);
            cell(&grid, a->C, a->C_error), cell(&grid, a->chi, a->chi_error), cell(&grid, a->R, a->R_error);
            cell(&grid, a->X, a->X_error), cell(&grid, a->heat, a->heat_error);
        }
    temper_text_add(
        text, "\n%d walkers by %s at T=%g, rate %g; fields of ±%.3g, kicks of %lld steps; times in steps\n\n",
        p->chains, p->dynamics->text, p->temperature, p->rate, p->field, (long long)p->kick);
    temper_grid_print(&grid, "", text);
    temper_text_add(text, "\nX = 1 and T_eff = T in equilibrium (Euler's step takes η·curvature/2 off X).\n");
}

typedef struct {
    double x[SHOWN][TEMPER_LAGS_MAX], y[SHOWN][TEMPER_LAGS_MAX], e[SHOWN][TEMPER_LAGS_MAX];
    char label[SHOWN][32];
    temper_curve curve[SHOWN + 1];
} drawing;

static int shown(const temper_response *r) { return r->waits < SHOWN ? r->waits : SHOWN; }

/* The plot of Cugliandolo and Kurchan: Tχ over C; in equilibrium a straight line of slope −1 that ends at C(t_w, t_w). */
static void draw_parametric(const temper_response_plan *p, const temper_response *r, drawing *d,
                            temper_text *page) {
    double top = 0, T = p->temperature > 0 ? p->temperature : 1;
    int n = shown(r);
    for (int w = 0; w < n; w++) {
        snprintf(d->label[w], sizeof d->label[w], "waited %lld", (long long)p->wait[w]);
        for (int l = 0; l < r->lags; l++) {
            const temper_answer *a = &r->answer[w * r->lags + l];
            d->x[w][l] = a->C, d->y[w][l] = T * a->chi, d->e[w][l] = T * a->chi_error;
        }
        top = fmax(top, r->C_equal[w]);
        d->curve[w] = (temper_curve){
            .label = d->label[w], .n = r->lags, .x = d->x[w], .y = d->y[w], .error = d->e[w], .colour = w};
    }
    const double line_x[2] = {0, top}, line_y[2] = {top, 0};
    d->curve[n] =
        (temper_curve){.label = "equilibrium", .n = 2, .x = line_x, .y = line_y, .line = true, .colour = 5};
    const temper_figure figure = {.title = "Response over correlation",
                                  .x_label = "C(t, t_w)",
                                  .y_label = p->temperature > 0 ? "T χ(t, t_w)" : "χ(t, t_w)",
                                  .mark = NAN,
                                  .curves = top > 0 && p->temperature > 0 ? n + 1 : n,
                                  .curve = d->curve};
    temper_figure_panel(
        &figure,
        "Each point a time t after waiting t_w. The line is the fluctuation–dissipation theorem; a slope of −X below it means an effective temperature T/X.",
        page);
}

static void draw_heat(const temper_response_plan *p, const temper_response *r, drawing *d,
                      temper_text *page) {
    int n = shown(r);
    for (int w = 0; w < n; w++) {
        for (int l = 0; l < r->lags; l++) {
            const temper_answer *a = &r->answer[w * r->lags + l];
            bool sharp = a->heat_error < fabs(a->heat);
            d->x[w][l] = (double)p->lag[l], d->y[w][l] = sharp ? a->heat : NAN, d->e[w][l] = a->heat_error;
        }
        d->curve[w] = (temper_curve){
            .label = d->label[w], .n = r->lags, .x = d->x[w], .y = d->y[w], .error = d->e[w], .colour = w};
    }
    const temper_figure figure = {.title = "Effective temperature",
                                  .x_label = "lag (steps)",
                                  .y_label = "T_eff",
                                  .mark = NAN,
                                  .log_x = true,
                                  .curves = n,
                                  .curve = d->curve};
    temper_figure_panel(
        &figure,
        "Decay of the correlation over the answer to a kick. Points whose error exceeds them are left out.",
        page);
}

temper_status temper_survey_response(temper_survey *survey) {
    temper_dynamics *dynamics = NULL;
    temper_response_plan p;
    temper_response r = {0};
    temper_status bad = make_plan(survey, &dynamics, &p);
    temper_survey_phase(survey, "responding", "steps");
    if (!bad) bad = temper_response_measure(&p, &survey->errand, &r);
    drawing *d = bad ? NULL : temper_alloc(1, sizeof *d);
    if (!bad && !d) bad = TEMPER_NO_MEMORY;
    if (!bad) {
        tell_json(&p, &r, &survey->json);
        tell_text(&p, &r, &survey->text);
        temper_text_add(&survey->page, "<h2>Fluctuation and response</h2>\n<div class=\"figures\">\n");
        draw_parametric(&p, &r, d, &survey->page);
        draw_heat(&p, &r, d, &survey->page);
        temper_text_add(&survey->page, "</div>\n");
    }
    temper_release(d);
    temper_response_clear(&r);
    temper_dynamics_free(dynamics);
    return bad;
}
