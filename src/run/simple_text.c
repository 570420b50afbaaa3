/* What was found out about a simple landscape, as tables and as CSV. */
#include <math.h>
#include <stdio.h>
#include "run/grid.h"
#include "run/simple.h"

/* ---- tables ---- */

static void cell(temper_grid *grid, double value, double error) {
    char text[64];
    if (isnan(value))
        temper_grid_add(grid, "–");
    else if (isnan(error)) /* one that is not to be believed */
        temper_grid_add(grid, "%.2g", value);
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

static void place(const temper_simple *s, temper_grid *grid, const char *what, const double *x, double U) {
    temper_grid_add(grid, "%s", what);
    for (int a = 0; a < s->dim; a++) plain(grid, x[a]);
    plain(grid, U);
}

/* Along a line wells and barriers stand in their order; in a plane wells come first, then passes with the wells that they join. */
static void text_wells(const temper_simple *s, temper_text *text) {
    if (!s->wells) return;
    temper_grid grid = {.columns = s->dim + 2, .left = 1};
    char name[64];
    temper_grid_add(&grid, "where");
    for (int a = 0; a < s->dim; a++) temper_grid_add(&grid, "%s", s->name[a]);
    temper_grid_add(&grid, "U");
    for (int k = 0; k < s->wells; k++) {
        snprintf(name, sizeof name, s->dim == 1 ? "well" : "well %d", k + 1);
        place(s, &grid, name, s->well[k], s->height[k]);
        if (s->dim == 1 && k < s->barriers) place(s, &grid, "barrier", s->barrier[k], s->top[k]);
    }
    for (int k = 0; k < s->barriers && s->dim == 2; k++) {
        snprintf(name, sizeof name, "pass %d–%d", s->side[k][0] + 1, s->side[k][1] + 1);
        place(s, &grid, name, s->barrier[k], s->top[k]);
    }
    temper_text_add(text, "\n");
    temper_grid_print(&grid, "", text);
}

static void text_row(const temper_simple *s, const temper_simple_row *r, temper_grid *grid) {
    char name[64];
    for (int q = -1; q < 2 * s->dim && q < 8; q++) { /* ⟨U⟩, then ⟨x⟩, ⟨x²⟩ of each coordinate */
        int axis = q / 2, square = q % 2;
        const temper_estimate *e = q < 0 ? &r->seen.energy : square ? &r->seen.xx[axis] : &r->seen.x[axis];
        double exact = NAN, step = NAN;
        if (r->exact) {
            exact = q < 0 ? r->e.energy : square ? r->e.xx[axis] : r->e.x[axis];
            step = temper_simple_with_step(r, exact,
                                           q < 0    ? r->e.energy_step
                                           : square ? r->e.xx_step[axis]
                                                    : r->e.x_step[axis]);
        }
        if (s->dim > 2)
            snprintf(name, sizeof name, square ? "⟨θ%d²⟩" : "⟨θ%d⟩", axis + 1);
        else
            snprintf(name, sizeof name, square ? "⟨%s²⟩" : "⟨%s⟩", s->name[axis]);
        plain(grid, r->T), plain(grid, r->rate);
        temper_grid_add(grid, "%s", q < 0 ? "⟨U⟩" : name);
        cell(grid, e->mean, r->stuck ? NAN : e->error);
        plain(grid, exact), plain(grid, step);
        plain(grid, e->rhat);
    }
    if (!r->exact) return;
    plain(grid, r->T), temper_grid_add(grid, "%s", ""), temper_grid_add(grid, "F = −T ln Z");
    temper_grid_add(grid, "–"), plain(grid, r->e.free_energy), temper_grid_row(grid);
}

/* Measured beside exact beside what Euler's step makes of it. */
static void text_means(const temper_simple *s, temper_text *text) {
    temper_grid grid = {.columns = 7, .left = 1 << 2};
    static const char *const head[] = {"T",    "rate", "quantity", "measured", "exact", "exact, with step",
                                       "R-hat"};
    bool any = false;
    for (int k = 0; k < s->rows; k++) any |= s->row[k].T > 0;
    temper_text_add(text, "\n%d walkers, %s\n", s->chains, s->dynamics->text);
    if (!any) return; /* at rest they have no means, but places */
    temper_text_add(text, "\n");
    for (int c = 0; c < 7; c++) temper_grid_add(&grid, "%s", head[c]);
    for (int k = 0; k < s->rows; k++)
        if (s->row[k].T > 0) text_row(s, &s->row[k], &grid);
    temper_grid_print(&grid, "", text);
}

static void text_shares(const temper_simple *s, temper_text *text) {
    int wells = s->wells < 6 ? s->wells : 6;
    temper_grid grid = {.columns = 1 + wells};
    if (wells < 2) return;
    temper_grid_add(&grid, "T");
    for (int w = 0; w < wells; w++)
        if (s->dim == 1)
            temper_grid_add(&grid, "%s=%.3g", s->name[0], s->well[w][0]);
        else
            temper_grid_add(&grid, "well %d", w + 1);
    for (int k = 0; k < s->rows; k++) {
        const temper_simple_row *r = &s->row[k];
        plain(&grid, r->T);
        for (int w = 0; w < wells; w++) {
            char seen[64];
            if (r->stuck)
                snprintf(seen, sizeof seen, "%.2g", r->well_share[w]);
            else
                temper_grid_number(seen, sizeof seen, r->well_share[w], r->well_error[w]);
            if (isnan(r->well_exact[w]))
                temper_grid_add(&grid, "%s", seen);
            else
                temper_grid_add(&grid, "%s (%.3f)", seen, r->well_exact[w]);
        }
    }
    temper_text_add(text, "\nShare of the walkers in each well%s\n\n",
                    s->dim == 1 && s->row[0].T > 0 ? " (exact)" : "");
    temper_grid_print(&grid, "", text);
}

static void text_ways(const temper_simple *s, temper_text *text) {
    temper_grid grid = {.columns = 7};
    static const char *const head[] = {"T", "from", "to", "measured time", "arrivals", "exact", "Kramers"};
    int n = 0, rare = 0;
    for (int c = 0; c < 7; c++) temper_grid_add(&grid, "%s", head[c]);
    for (int k = 0; k < s->rows; k++)
        for (int i = 0; i < s->row[k].ways; i++, n++) {
            const temper_simple_way *w = &s->row[k].way[i];
            plain(&grid, s->row[k].T), plain(&grid, w->from), plain(&grid, w->to);
            cell(&grid, w->seen.arrivals ? w->seen.mean : NAN, w->seen.error);
            temper_grid_add(&grid, "%lld", (long long)w->seen.arrivals);
            plain(&grid, w->exact), plain(&grid, w->kramers);
            rare += !w->seen.arrivals;
        }
    if (n) temper_text_add(text, "\nEscape: mean first passage (time = steps × rate)\n\n");
    temper_text none = {0};
    temper_grid_print(&grid, "", n ? text : &none);
    temper_text_clear(&none);
    if (rare)
        temper_text_add(
            text,
            "– fewer than ten arrivals can be expected in the steps that are spent on a way: too rare to measure.\n"
            "More --steps, or a higher temperature.\n");
}

static void text_cooling(const temper_simple *s, temper_text *text) {
    int wells = s->wells < 6 ? s->wells : 6;
    for (int k = 0; k < s->rows && wells; k++) {
        const temper_simple_row *r = &s->row[k];
        temper_grid grid = {.columns = 1 + wells};
        temper_text_add(text, "\nShare of %d walkers in each well while they cool from T=%g by %s%s\n\n",
                        s->chains, r->T, s->cooling->text, s->dim == 1 ? " (in equilibrium)" : "");
        temper_grid_add(&grid, "T");
        for (int w = 0; w < wells; w++)
            if (s->dim == 1)
                temper_grid_add(&grid, "%s=%.3g", s->name[0], s->well[w][0]);
            else
                temper_grid_add(&grid, "well %d", w + 1);
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
    if (wells > 1)
        temper_text_add(
            text,
            "\nBelow T ≈ barrier/ln(steps) a well takes longer to leave than the run lasts, and the shares\n"
            "freeze in. A longer run freezes later, at a lower T.\n");
}

static void text_doubts(const temper_simple *s, temper_text *text) {
    for (int k = 0; k < s->rows; k++) {
        const temper_simple_row *r = &s->row[k];
        if (!r->stuck) continue;
        temper_text_add(text, "! T=%.4g: walkers have not forgotten where they started (R-hat %.3g", r->T,
                        r->rhat);
        if (isfinite(r->forget))
            temper_text_add(text, "; wells forget in a time of %.3g, the run lasts %.3g", r->forget,
                            (double)r->steps * r->rate);
        temper_text_add(text, "): no errors are given. ");
        if (isfinite(r->forget) && TEMPER_SIMPLE_FORGOTTEN * r->forget / r->rate < 1e9)
            temper_text_add(text, "--steps %.2g would do; or a higher temperature, or --cooling from one.\n",
                            TEMPER_SIMPLE_FORGOTTEN * r->forget / r->rate);
        else
            temper_text_add(text, "More --steps, a higher temperature, or --cooling from one.\n");
    }
}

void temper_simple_text(const temper_simple *s, temper_text *text) {
    text_wells(s, text);
    if (s->cooling)
        text_cooling(s, text);
    else {
        text_means(s, text);
        if (s->row[0].well_share) text_shares(s, text);
        text_ways(s, text);
    }
    int failed = 0;
    for (int k = 0; k < s->rows; k++) failed += s->row[k].seen.failed;
    bool doubts = failed;
    for (int k = 0; k < s->rows && !s->cooling; k++) doubts |= s->row[k].stuck;
    if (doubts) temper_text_add(text, "\n"), text_doubts(s, text);
    if (failed)
        temper_text_add(text, "! %d walkers ran away and are left out: a smaller --rate holds them.\n",
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
                                      temper_simple_with_step(r, r->share[a][b], r->step[a][b])};
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
