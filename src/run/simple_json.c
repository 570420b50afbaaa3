/* What was found out about a simple landscape, as JSON. */
#include <math.h>
#include "run/report.h"
#include "run/simple.h"

static void json_value(temper_json *json, const char *name, const temper_estimate *e, const double *exact,
                       bool stuck) {
    temper_json_open(json, name, '{');
    temper_json_real(json, "mean", e->mean);
    temper_json_real(json, "error", stuck ? NAN : e->error);
    temper_json_real(json, "rhat", e->rhat);
    if (exact) temper_json_real(json, "exact", exact[0]), temper_json_real(json, "exact_with_step", exact[1]);
    temper_json_close(json, '}');
}

static void json_bins(const temper_simple_row *r, int axis, temper_json *json) {
    int n = TEMPER_SIMPLE_BINS;
    double width = (r->high[axis] - r->low[axis]) / n;
    temper_json_open(json, NULL, '{');
    temper_json_real(json, "low", r->low[axis]);
    temper_json_real(json, "width", width);
    const struct {
        const char *name;
        const double *x;
    } list[] = {
        {"share", r->seen.share + axis * n}, {"error", r->seen.error + axis * n}, {"exact", r->share[axis]}};
    for (int k = 0; k < 3; k++) {
        temper_json_open(json, list[k].name, '[');
        for (int b = 0; b < n; b++) temper_json_real(json, NULL, list[k].x[b]);
        temper_json_close(json, ']');
    }
    temper_json_close(json, '}');
}

static void json_ways(const temper_simple_row *r, temper_json *json) {
    temper_json_open(json, "escape", '[');
    for (int k = 0; k < r->ways; k++) {
        const temper_simple_way *w = &r->way[k];
        temper_json_open(json, NULL, '{');
        temper_json_real(json, "from", w->from);
        temper_json_real(json, "to", w->to);
        temper_json_real(json, "mean_first_passage", w->exact);
        temper_json_real(json, "kramers", w->kramers);
        temper_json_real(json, "measured", w->seen.mean);
        temper_json_real(json, "error", w->seen.error);
        temper_json_int(json, "arrivals", w->seen.arrivals);
        temper_json_int(json, "given_up", w->seen.given_up);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

static void json_cooling(const temper_simple *s, const temper_simple_row *r, temper_json *json) {
    temper_json_open(json, "cooling", '[');
    for (int m = 0; m < s->moments; m++) {
        temper_json_open(json, NULL, '{');
        temper_json_real(json, "temperature", r->seen.heat[m]);
        temper_json_open(json, "share", '[');
        for (int k = 0; k < s->wells; k++)
            temper_json_real(json, NULL, r->well_share[m * TEMPER_WELLS_MAX + k]);
        temper_json_close(json, ']');
        temper_json_open(json, "equilibrium", '[');
        for (int k = 0; k < s->wells; k++)
            temper_json_real(json, NULL, r->well_exact[m * TEMPER_WELLS_MAX + k]);
        temper_json_close(json, ']');
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

static void json_shares(const temper_simple *s, const temper_simple_row *r, temper_json *json) {
    if (!r->well_share) return;
    temper_json_open(json, "well_shares", '[');
    for (int k = 0; k < s->wells; k++) {
        temper_json_open(json, NULL, '{');
        temper_json_real(json, "share", r->well_share[k]);
        temper_json_real(json, "error", r->stuck ? NAN : r->well_error[k]);
        temper_json_real(json, "exact", r->well_exact[k]);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

static void json_row(const temper_simple *s, const temper_simple_row *r, temper_json *json) {
    double pair[2];
    temper_json_open(json, NULL, '{');
    temper_report_number(json, "temperature", r->T);
    temper_json_real(json, "rate", r->rate);
    temper_json_int(json, "steps", r->steps);
    temper_json_int(json, "failed", r->seen.failed);
    if (!s->cooling) {
        temper_json_bool(json, "forgotten", !r->stuck);
        temper_json_real(json, "relaxation_time", r->forget);
    }
    if (r->exact) {
        temper_json_real(json, "log_z", r->e.log_z);
        temper_json_real(json, "free_energy", r->e.free_energy);
        temper_json_real(json, "quadrature_error", r->e.error);
    }
    if (s->cooling) {
        json_cooling(s, r, json);
        temper_json_close(json, '}');
        return;
    }
    pair[0] = r->e.energy, pair[1] = temper_simple_with_step(r, r->e.energy, r->e.energy_step);
    json_value(json, "energy", &r->seen.energy, r->exact ? pair : NULL, r->stuck);
    temper_json_open(json, "x", '[');
    for (int k = 0; k < s->dim; k++) {
        if (r->exact) pair[0] = r->e.x[k], pair[1] = temper_simple_with_step(r, r->e.x[k], r->e.x_step[k]);
        json_value(json, NULL, &r->seen.x[k], r->exact ? pair : NULL, r->stuck);
    }
    temper_json_close(json, ']');
    temper_json_open(json, "x_squared", '[');
    for (int k = 0; k < s->dim; k++) {
        if (r->exact) pair[0] = r->e.xx[k], pair[1] = temper_simple_with_step(r, r->e.xx[k], r->e.xx_step[k]);
        json_value(json, NULL, &r->seen.xx[k], r->exact ? pair : NULL, r->stuck);
    }
    temper_json_close(json, ']');
    if (r->exact) {
        temper_json_open(json, "occupation", '[');
        for (int a = 0; a < s->dim; a++) json_bins(r, a, json);
        temper_json_close(json, ']');
    }
    json_shares(s, r, json);
    json_ways(r, json);
    temper_json_close(json, '}');
}

void temper_simple_json(const temper_simple *s, temper_json *json) {
    temper_json_string(json, "dynamics", s->dynamics->text);
    temper_json_string(json, "cooling", s->cooling ? s->cooling->text : NULL);
    temper_json_int(json, "walkers", s->chains);
    if (s->note) temper_json_string(json, "note", s->note);
    temper_json_open(json, "wells", '[');
    for (int k = 0; k < s->wells; k++) {
        temper_json_open(json, NULL, '{');
        temper_json_open(json, "at", '[');
        for (int a = 0; a < s->dim && a < 2; a++) temper_json_real(json, NULL, s->well[k][a]);
        temper_json_close(json, ']');
        temper_json_real(json, "energy", s->height[k]);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
    temper_json_open(json, "barriers", '[');
    for (int k = 0; k < s->barriers; k++) {
        temper_json_open(json, NULL, '{');
        temper_json_open(json, "at", '[');
        for (int a = 0; a < s->dim && a < 2; a++) temper_json_real(json, NULL, s->barrier[k][a]);
        temper_json_close(json, ']');
        temper_json_real(json, "energy", s->top[k]);
        temper_json_open(json, "between", '[');
        for (int a = 0; a < 2; a++) temper_json_int(json, NULL, s->side[k][a]);
        temper_json_close(json, ']');
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
    temper_json_open(json, "temperatures", '[');
    for (int k = 0; k < s->rows; k++) json_row(s, &s->row[k], json);
    temper_json_close(json, ']');
}
