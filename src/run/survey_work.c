/* measure --what work: from one potential to another, from one task of a network to another, or from one temperature to another, fast and slowly, both ways. */
#include <math.h>
#include <stdio.h>
#include "base/memory.h"
#include "run/figure.h"
#include "run/grid.h"
#include "run/survey.h"
#include "run/temperatures.h"
#include "run/work_tasks.h"
#include "temper/simple.h"
#include "temper/work.h"

enum { PACES = 3, BINS = 24 };

typedef struct {
    temper_survey *survey;
    temper_potential *other; /* of --to; NULL: the same */
    temper_work_tasks tasks; /* of a network */
    temper_work_plan plan;
    int64_t most, steps[PACES]; /* of the slowest */
    temper_work_done done[PACES];
    double exact; /* ΔΦ by quadrature, or NaN */
} drive;

static temper_status read_heat(drive *d) {
    double *T = NULL;
    int n = 0;
    temper_status bad = temper_temperatures_read("measure: temperature", d->survey->s->temperature, &T, &n);
    if (!bad && n != 1 && n != 2)
        bad = temper_fail(TEMPER_BAD_OPTION,
                          "measure: temperature=%.60s, work is at one temperature or between two",
                          d->survey->s->temperature);
    if (!bad) d->plan.T[0] = T[0], d->plan.T[1] = T[n - 1];
    temper_release(T);
    return bad;
}

/* Of one or two coordinates the widths tell a step (a twentieth of the time to cross the narrowest) and how long to settle (ten times the widest). */
static temper_status suit(drive *d, double *exact) {
    const temper_settings *s = d->survey->s;
    temper_equilibrium e[2];
    temper_work_plan *p = &d->plan;
    double narrow = INFINITY, wide = 0;
    *exact = NAN;
    p->rate = s->rate > 0 ? s->rate : 0.01, p->burn = 5000;
    for (int k = 0; k < 2 && p->from->dim <= 2; k++) {
        temper_status bad = temper_equilibrium_find(k ? p->to : p->from, p->T[k], &e[k]);
        if (bad == TEMPER_DIVERGED)
            return temper_fail(TEMPER_CANNOT, "measure: work wants an equilibrium at both ends: %.300s",
                               temper_message());
        if (bad) return bad;
        for (int i = 0; i < p->from->dim; i++) {
            double time = (e[k].xx[i] - e[k].x[i] * e[k].x[i]) / (p->T[k] / (double)p->from->samples);
            narrow = fmin(narrow, time), wide = fmax(wide, time);
        }
    }
    if (p->from->dim > 2) return TEMPER_OK;
    *exact = e[0].log_z - e[1].log_z;
    if (!(s->rate > 0)) p->rate = narrow / 20;
    p->burn = (int64_t)fmin(fmax(10 * wide / p->rate, 200), 200000);
    return TEMPER_OK;
}

/* A network is held near its weights by a spring at both ends. */
static temper_status begin_network(drive *d) {
    temper_status bad = temper_work_tasks_open(d->survey, fmax(d->plan.T[0], d->plan.T[1]), &d->tasks);
    d->plan.from = d->plan.to = d->tasks.tied[0];
    if (d->tasks.tied[1]) d->plan.to = d->tasks.tied[1];
    d->plan.rate = d->tasks.rate, d->plan.burn = 2 * d->most, d->exact = NAN;
    return bad;
}

static temper_status begin_potential(drive *d) {
    const temper_settings *s = d->survey->s;
    temper_status bad = *s->to ? temper_potential_create(&d->other, s->to) : TEMPER_OK;
    d->plan.from = d->plan.to = d->survey->scene.potential;
    if (bad) return bad;
    if (d->other) d->plan.to = d->other;
    if (d->plan.from->dim != d->plan.to->dim)
        return temper_fail(TEMPER_BAD_OPTION, "measure: to=%.60s has %lld coordinates, the potential %lld",
                           s->to, (long long)d->plan.to->dim, (long long)d->plan.from->dim);
    return suit(d, &d->exact);
}

static temper_status begin(drive *d) {
    const temper_settings *s = d->survey->s;
    bool network = !d->survey->scene.potential;
    d->plan.runs = s->chains ? (int)s->chains : network ? 12 : 2000;
    d->most = s->steps ? s->steps : network ? 32 : 400;
    temper_status bad = read_heat(d);
    if (bad) return bad;
    if (!*s->to && d->plan.T[0] == d->plan.T[1])
        return temper_fail(TEMPER_BAD_OPTION,
                           "measure: nothing changes: give --to another %s, or two temperatures",
                           network ? "task (part:test, or a data set)" : "potential");
    for (int k = 0; k < PACES; k++)
        d->steps[k] = d->most >> (2 * (PACES - 1 - k)) > 1 ? d->most >> (2 * (PACES - 1 - k)) : 1;
    return network ? begin_network(d) : begin_potential(d);
}

/* ---- telling ---- */

static void json_reading(temper_json *json, const char *name, temper_reading r) {
    char error[64];
    snprintf(error, sizeof error, "%s_error", name);
    temper_json_real(json, name, r.value);
    temper_json_real(json, error, r.error);
}

static void tell_json(const drive *d, temper_json *json) {
    bool tied = d->tasks.tied[0];
    temper_json_string(json, "to",
                       !tied              ? d->plan.to->text
                       : d->tasks.tied[1] ? d->tasks.name
                                          : "the same rows");
    if (tied) temper_json_real(json, "gamma", d->tasks.gamma);
    temper_json_real(json, "temperature", d->plan.T[0]);
    temper_json_real(json, "temperature_end", d->plan.T[1]);
    temper_json_real(json, "rate", d->plan.rate);
    temper_json_int(json, "burn", d->plan.burn);
    temper_json_int(json, "runs", d->plan.runs);
    temper_json_real(json, "exact", d->exact);
    temper_json_open(json, "paces", '[');
    for (int k = 0; k < PACES; k++) {
        const temper_work_done *w = &d->done[k];
        temper_json_open(json, NULL, '{');
        temper_json_int(json, "steps", d->steps[k]);
        json_reading(json, "work", w->W);
        json_reading(json, "heat", w->Q);
        json_reading(json, "reduced_work", w->w);
        json_reading(json, "entropy_production", w->entropy);
        json_reading(json, "jarzynski", w->jarzynski);
        json_reading(json, "jarzynski_reverse", w->jarzynski_reverse);
        json_reading(json, "bennett", w->bennett);
        temper_json_real(json, "ess", w->ess[0]);
        temper_json_real(json, "ess_reverse", w->ess[1]);
        temper_json_real(json, "acceptance", w->acceptance);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

static void cell(temper_grid *grid, temper_reading r) {
    char text[64];
    temper_grid_number(text, sizeof text, r.value, r.error);
    temper_grid_add(grid, "%s", text);
}

static void tell_text(const drive *d, temper_text *text) {
    temper_grid grid = {.columns = 8};
    static const char *const head[] = {
        "steps", "⟨W⟩", "⟨Q⟩", "entropy made", "ΔΦ Jarzynski", "of so many runs", "reversed", "ΔΦ Bennett"};
    bool thin = false, apart = false;
    for (int c = 0; c < 8; c++) temper_grid_add(&grid, "%s", head[c]);
    for (int k = 0; k < PACES; k++) {
        const temper_work_done *w = &d->done[k];
        temper_grid_add(&grid, "%lld", (long long)d->steps[k]);
        cell(&grid, w->W), cell(&grid, w->Q), cell(&grid, w->entropy), cell(&grid, w->jarzynski);
        temper_grid_add(&grid, "%.0f", w->ess[0]);
        cell(&grid, w->jarzynski_reverse), cell(&grid, w->bennett);
        thin |= w->ess[0] < 30;
        apart |= fabs(w->jarzynski.value - w->jarzynski_reverse.value) >
                 4.5 * hypot(w->jarzynski.error, w->jarzynski_reverse.error);
    }
    if (d->tasks.tied[0])
        temper_text_add(text, "to %s, held near the weights by a spring γ = %.4g\n",
                        d->tasks.tied[1] ? d->tasks.name : "the same rows", d->tasks.gamma);
    else
        temper_text_add(text, "to %s\n", d->plan.to->text);
    temper_text_add(text, "T %g to %g, %d runs each way, rate %g, %.3g of the moves taken\n\n", d->plan.T[0],
                    d->plan.T[1], d->plan.runs, d->plan.rate, d->done[PACES - 1].acceptance);
    temper_grid_print(&grid, "", text);
    temper_text_add(text, "\nΔΦ = −ln(Z of the end/Z of the begin)%s",
                    d->plan.T[0] == d->plan.T[1] ? ", ΔF/T" : "");
    if (isfinite(d->exact)) temper_text_add(text, "; by quadrature %.9g", d->exact);
    temper_text_add(text, "\n");
    if (thin)
        temper_text_add(
            text,
            "! Where fewer than some tens of runs carry Jarzynski's mean, it and its error are not to be trusted: Bennett's is.\n");
    const temper_reading fast = d->done[0].Q, slow = d->done[PACES - 1].Q;
    if (d->plan.T[0] == d->plan.T[1] &&
        fabs(slow.value - fast.value) > 4.5 * hypot(slow.error, fast.error) + 3 * fabs(d->done[0].W.value))
        temper_text_add(
            text,
            "! the heat grows with the steps: runs began before they were in equilibrium (%lld moves). More --steps, or --gamma.\n",
            (long long)d->plan.burn);
    if (apart)
        temper_text_add(
            text,
            "! Jarzynski's mean and its reverse disagree: runs begin before they are in equilibrium, or are too fast. More --steps.\n");
}

/* Both histograms of work at the fastest pace; Crooks: they cross at ΔΦ. */
static void draw_crooks(const drive *d, temper_text *page) {
    const temper_work_done *w = &d->done[0];
    double low = INFINITY, high = -INFINITY, x[BINS], y[2][BINS] = {{0}}, e[2][BINS];
    for (int k = 0; k < w->runs; k++) {
        low = fmin(low, fmin(w->forward[k].w, -w->reverse[k].w));
        high = fmax(high, fmax(w->forward[k].w, -w->reverse[k].w));
    }
    double width = (high - low) / BINS;
    for (int k = 0; k < w->runs && width > 0; k++)
        for (int way = 0; way < 2; way++) {
            int b = (int)(((way ? -w->reverse[k].w : w->forward[k].w) - low) / width);
            y[way][b < BINS ? b : BINS - 1] += 1;
        }
    for (int b = 0; b < BINS && width > 0; b++) {
        x[b] = low + width * (b + 0.5);
        for (int way = 0; way < 2; way++)
            e[way][b] = __builtin_sqrt(y[way][b]) / (width * w->runs), y[way][b] /= width * w->runs;
    }
    const temper_curve curve[] = {
        {.label = "forward: P(w)", .n = BINS, .x = x, .y = y[0], .error = e[0], .colour = 0},
        {.label = "reverse: P(−w)", .n = BINS, .x = x, .y = y[1], .error = e[1], .colour = 1}};
    const temper_figure figure = {.title = "Work of the fastest runs",
                                  .x_label = "w",
                                  .y_label = "density",
                                  .mark = w->bennett.value,
                                  .mark_label = "ΔΦ",
                                  .curves = 2,
                                  .curve = curve};
    if (width > 0)
        temper_figure_panel(
            &figure,
            "Crooks: the two meet at the free energy difference; what lies to its right is dissipated.",
            page);
}

static void draw_paces(const drive *d, temper_text *page) {
    double x[PACES], y[3][PACES], e[3][PACES];
    for (int k = 0; k < PACES; k++) {
        const temper_reading r[3] = {d->done[k].w, d->done[k].jarzynski, d->done[k].bennett};
        x[k] = (double)d->steps[k];
        for (int c = 0; c < 3; c++) y[c][k] = r[c].value, e[c][k] = r[c].error;
    }
    const temper_curve curve[] = {
        {.label = "⟨w⟩", .n = PACES, .x = x, .y = y[0], .error = e[0], .colour = 0},
        {.label = "Jarzynski", .n = PACES, .x = x, .y = y[1], .error = e[1], .colour = 1},
        {.label = "Bennett", .n = PACES, .x = x, .y = y[2], .error = e[2], .colour = 2}};
    const temper_figure figure = {.title = "Slower is cheaper",
                                  .x_label = "steps",
                                  .y_label = "w",
                                  .mark = NAN,
                                  .log_x = true,
                                  .curves = 3,
                                  .curve = curve};
    temper_figure_panel(
        &figure,
        "The mean work falls to the free energy difference as the run slows down; the exponential mean has it at any pace.",
        page);
}

temper_status temper_survey_work(temper_survey *survey) {
    drive d = {.survey = survey};
    temper_status bad = begin(&d);
    for (int k = 0; k < PACES && !bad; k++) {
        temper_errand errand = survey->errand;
        errand.stream.chain += (uint32_t)k << 20;
        d.plan.steps = d.steps[k];
        temper_survey_phase(survey, "driving", "runs");
        bad = temper_drive_measure(&d.plan, &errand, &d.done[k]);
    }
    if (!bad) {
        tell_json(&d, &survey->json);
        tell_text(&d, &survey->text);
        temper_text_add(&survey->page, "<h2>Work and free energy</h2>\n<div class=\"figures\">\n");
        draw_crooks(&d, &survey->page);
        draw_paces(&d, &survey->page);
        temper_text_add(&survey->page, "</div>\n");
    }
    for (int k = 0; k < PACES; k++) temper_drive_clear(&d.done[k]);
    temper_work_tasks_clear(&d.tasks);
    temper_potential_free(d.other);
    return bad;
}
