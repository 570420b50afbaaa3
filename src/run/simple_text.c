/* What was found out about a simple landscape, as JSON, as tables and as CSV. */
#include <math.h>
#include "run/grid.h"
#include "run/report.h"
#include "run/simple.h"

/* What the means are expected to be at this rate. */
static double with_step(const temper_simple_row *r, double exact, double step) {
    return exact + (r->euler ? r->rate * step : 0);
}

/* ---- JSON ---- */

static void json_value(temper_json *json, const char *name, const temper_estimate *e, const double *exact) {
    temper_json_open(json, name, '{');
    temper_json_real(json, "mean", e->mean);
    temper_json_real(json, "error", e->error);
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

static void json_row(const temper_simple *s, const temper_simple_row *r, temper_json *json) {
    double pair[2];
    temper_json_open(json, NULL, '{');
    temper_report_number(json, "temperature", r->T);
    temper_json_real(json, "rate", r->rate);
    temper_json_int(json, "steps", r->steps);
    temper_json_int(json, "failed", r->seen.failed);
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
    pair[0] = r->e.energy, pair[1] = with_step(r, r->e.energy, r->e.energy_step);
    json_value(json, "energy", &r->seen.energy, r->exact ? pair : NULL);
    temper_json_open(json, "x", '[');
    for (int k = 0; k < s->dim; k++) {
        if (r->exact) pair[0] = r->e.x[k], pair[1] = with_step(r, r->e.x[k], r->e.x_step[k]);
        json_value(json, NULL, &r->seen.x[k], r->exact ? pair : NULL);
    }
    temper_json_close(json, ']');
    temper_json_open(json, "x_squared", '[');
    for (int k = 0; k < s->dim; k++) {
        if (r->exact) pair[0] = r->e.xx[k], pair[1] = with_step(r, r->e.xx[k], r->e.xx_step[k]);
        json_value(json, NULL, &r->seen.xx[k], r->exact ? pair : NULL);
    }
    temper_json_close(json, ']');
    if (r->exact) {
        temper_json_open(json, "occupation", '[');
        for (int a = 0; a < s->dim; a++) json_bins(r, a, json);
        temper_json_close(json, ']');
    }
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
        temper_json_real(json, "at", s->barrier[k]);
        temper_json_real(json, "energy", s->top[k]);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
    temper_json_open(json, "temperatures", '[');
    for (int k = 0; k < s->rows; k++) json_row(s, &s->row[k], json);
    temper_json_close(json, ']');
}

/* ---- tables ---- */

static void cell(temper_grid *grid, double value, double error) {
    char text[64];
    if (isnan(value))
        temper_grid_add(grid, "–");
    else {
        temper_grid_number(text, sizeof text, value, error);
        temper_grid_add(grid, "%s", text);
    }
}

static void plain(temper_grid *grid, double value) {
    char text[64];
    temper_grid_plain(text, sizeof text,
                      fabs(value) < 1e-12 ? 0 : value); /* a minimum at 0 is found to rounding error */
    temper_grid_add(grid, "%s", text);
}

static void text_wells(const temper_simple *s, temper_text *text) {
    if (!s->wells) return;
    temper_grid grid = {.columns = s->dim == 1 ? 3 : 4, .left = 1};
    temper_grid_add(&grid, "where");
    for (int a = 0; a < s->dim; a++) temper_grid_add(&grid, "%s", s->dim == 1 ? "x" : a ? "second" : "first");
    temper_grid_add(&grid, "U");
    for (int k = 0; k < s->wells; k++) {
        temper_grid_add(&grid, "well");
        for (int a = 0; a < s->dim; a++) plain(&grid, s->well[k][a]);
        plain(&grid, s->height[k]);
        if (k >= s->barriers) continue;
        temper_grid_add(&grid, "barrier");
        plain(&grid, s->barrier[k]);
        plain(&grid, s->top[k]);
    }
    temper_text_add(text, "\n");
    temper_grid_print(&grid, "", text);
}

/* Measured beside exact beside what Euler's step makes of it. */
static void text_means(const temper_simple *s, temper_text *text) {
    temper_grid grid = {.columns = 7};
    static const char *const head[] = {"T",    "rate", "quantity", "measured", "exact", "exact, with step",
                                       "R-hat"};
    grid.left = 1 << 2;
    for (int c = 0; c < 7; c++) temper_grid_add(&grid, "%s", head[c]);
    for (int k = 0; k < s->rows; k++) {
        const temper_simple_row *r = &s->row[k];
        for (int q = 0; q <= s->dim && q < 5; q++) {
            const temper_estimate *e = q ? &r->seen.xx[q - 1] : &r->seen.energy;
            bool known = r->exact && q <= 2;
            double exact = known ? (q ? r->e.xx[q - 1] : r->e.energy) : NAN,
                   step = q && q <= 2 ? r->e.xx_step[q - 1] : r->e.energy_step;
            plain(&grid, r->T), plain(&grid, r->rate);
            if (q == 0)
                temper_grid_add(&grid, "⟨U⟩");
            else if (s->dim == 1)
                temper_grid_add(&grid, "⟨x²⟩");
            else
                temper_grid_add(&grid, "⟨x_%d²⟩", q);
            cell(&grid, e->mean, e->error), plain(&grid, exact);
            plain(&grid, known && r->euler ? with_step(r, exact, step) : NAN), plain(&grid, e->rhat);
        }
        if (!r->exact) continue;
        plain(&grid, r->T), temper_grid_add(&grid, "%s", ""), temper_grid_add(&grid, "F = −T ln Z"),
            temper_grid_add(&grid, "–");
        plain(&grid, r->e.free_energy), temper_grid_row(&grid);
    }
    temper_text_add(text, "\n%d walkers, %s\n\n", s->chains, s->dynamics->text);
    temper_grid_print(&grid, "", text);
}

static void text_ways(const temper_simple *s, temper_text *text) {
    temper_grid grid = {.columns = 7};
    static const char *const head[] = {"T", "from", "to", "measured time", "arrivals", "exact", "Kramers"};
    int n = 0;
    for (int c = 0; c < 7; c++) temper_grid_add(&grid, "%s", head[c]);
    for (int k = 0; k < s->rows; k++)
        for (int i = 0; i < s->row[k].ways; i++, n++) {
            const temper_simple_way *w = &s->row[k].way[i];
            plain(&grid, s->row[k].T), plain(&grid, w->from), plain(&grid, w->to);
            if (w->seen.arrivals)
                cell(&grid, w->seen.mean, w->seen.error);
            else
                temper_grid_add(&grid, "too rare");
            temper_grid_add(&grid, "%lld", (long long)w->seen.arrivals);
            plain(&grid, w->exact), plain(&grid, w->kramers);
        }
    if (n) temper_text_add(text, "\nEscape: mean first passage (time = steps × rate)\n\n");
    temper_text none = {0};
    temper_grid_print(&grid, "", n ? text : &none);
    temper_text_clear(&none);
}

static void text_cooling(const temper_simple *s, temper_text *text) {
    int wells = s->wells < 6 ? s->wells : 6;
    for (int k = 0; k < s->rows && wells; k++) {
        const temper_simple_row *r = &s->row[k];
        temper_grid grid = {.columns = 1 + wells};
        temper_text_add(
            text, "\nShare of %d walkers in each well while they cool from T=%g by %s (in equilibrium)\n\n",
            s->chains, r->T, s->cooling->text);
        temper_grid_add(&grid, "T");
        for (int w = 0; w < wells; w++) temper_grid_add(&grid, "x=%.3g", s->well[w][0]);
        for (int m = 0; m < s->moments; m++) {
            plain(&grid, r->seen.heat[m]);
            for (int w = 0; w < wells; w++) {
                double exact = r->well_exact[m * TEMPER_WELLS_MAX + w],
                       share = r->well_share[m * TEMPER_WELLS_MAX + w];
                if (isnan(exact))
                    temper_grid_add(&grid, "%.3f", share);
                else
                    temper_grid_add(&grid, "%.3f (%.3f)", share, exact);
            }
        }
        temper_grid_print(&grid, "", text);
    }
}

void temper_simple_text(const temper_simple *s, temper_text *text) {
    text_wells(s, text);
    if (s->cooling)
        text_cooling(s, text);
    else
        text_means(s, text), text_ways(s, text);
    int failed = 0;
    double worst = 0;
    for (int k = 0; k < s->rows; k++) {
        failed += s->row[k].seen.failed;
        for (int i = 0; i < s->dim && !s->cooling; i++) worst = fmax(worst, s->row[k].seen.xx[i].rhat);
    }
    if (worst > 1.05)
        temper_text_add(
            text,
            "\nR-hat up to %.3g: the walkers disagree still, and errors are too small. More --steps, or a larger --rate.\n",
            worst);
    if (failed)
        temper_text_add(text, "\n%d walkers ran away and are left out: a smaller --rate holds them.\n",
                        failed);
    if (s->note) temper_text_add(text, "\nNote: %s.\n", s->note);
}

temper_status temper_simple_csv(const temper_simple *s) {
    temper_text csv = {0};
    temper_text_add(&csv, "temperature,axis,low,high,share,error,exact,exact_with_step\n");
    for (int k = 0; k < s->rows && !s->cooling; k++)
        for (int a = 0; a < s->dim && a < 2 && s->row[k].exact; a++)
            for (int b = 0; b < TEMPER_SIMPLE_BINS; b++) {
                const temper_simple_row *r = &s->row[k];
                double width = (r->high[a] - r->low[a]) / TEMPER_SIMPLE_BINS;
                const double out[] = {r->low[a] + width * b,
                                      r->low[a] + width * (b + 1),
                                      r->seen.share[a * TEMPER_SIMPLE_BINS + b],
                                      r->seen.error[a * TEMPER_SIMPLE_BINS + b],
                                      r->share[a][b],
                                      with_step(r, r->share[a][b], r->step[a][b])};
                temper_text_real(&csv, r->T);
                temper_text_add(&csv, ",%d", a);
                for (int c = 0; c < 6; c++) temper_text_add(&csv, ","), temper_text_real(&csv, out[c]);
                temper_text_add(&csv, "\n");
            }
    temper_status bad =
        csv.failed ? TEMPER_NO_MEMORY : temper_desk_write(s->survey->desk, "occupation.csv", csv.data);
    temper_text_clear(&csv);
    return bad;
}
