/* Figures of a simple landscape: the energy with what walkers make of it, the occupation, escape times over 1/T, walkers on the plane. */
#include <math.h>
#include <stdio.h>
#include "base/memory.h"
#include "run/contour.h"
#include "run/figure.h"
#include "run/simple.h"

enum { LINE = 201, BINS = TEMPER_SIMPLE_BINS };

typedef struct {
    double x[BINS], density[BINS], error[BINS], exact[BINS], level[BINS], level_error[BINS];
} histogram;

/* Densities of one axis, and −T ln of the measured one, which is U but for the constant F. */
static void densities(const temper_simple_row *r, int axis, histogram *h) {
    double width = (r->high[axis] - r->low[axis]) / BINS;
    for (int b = 0; b < BINS; b++) {
        double share = r->seen.share[axis * BINS + b], error = r->seen.error[axis * BINS + b];
        h->x[b] = r->low[axis] + width * (b + 0.5);
        h->density[b] = share / width, h->error[b] = error / width;
        h->exact[b] = (r->share[axis][b] + (r->euler ? r->rate * r->step[axis][b] : 0)) / width;
        h->level[b] = share > 0 ? -r->T * log(share / width) + r->e.free_energy : NAN;
        h->level_error[b] = share > 0 ? r->T * error / share : NAN;
    }
}

static void occupation(const temper_simple *s, const temper_simple_row *r, int axis, temper_text *page) {
    histogram h;
    char title[96];
    densities(r, axis, &h);
    snprintf(title, sizeof title, "Occupation of %s, T = %.4g", s->name[axis], r->T);
    const temper_curve curve[] = {{.label = "walkers",
                                   .n = BINS,
                                   .x = h.x,
                                   .y = h.density,
                                   .error = r->stuck ? NULL : h.error,
                                   .colour = 0},
                                  {.label = r->euler ? "exp(−U/T)/Z, with the step" : "exp(−U/T)/Z",
                                   .n = BINS,
                                   .x = h.x,
                                   .y = h.exact,
                                   .line = true,
                                   .colour = 1}};
    const temper_figure figure = {.title = title,
                                  .x_label = s->name[axis],
                                  .y_label = "density",
                                  .mark = NAN,
                                  .curves = 2,
                                  .curve = curve};
    temper_figure_panel(
        &figure,
        r->stuck
            ? "Walkers have not forgotten where they started: no errors, and no agreement to be expected with the line, exp(−U/T)/Z."
            : "Measured by walkers, with the error over walkers; the line is the integral of exp(−U/T) over each bin.",
        page);
}

/* U(x) where the walker can be, up to 8 T of the hottest above the lowest. */
static int energy_line(const temper_simple *s, double *x, double *U) {
    double hot = 0, low = INFINITY, high = -INFINITY, lowest = INFINITY;
    for (int k = 0; k < s->rows; k++) {
        const temper_simple_row *r = &s->row[k];
        if (!(r->low[0] < r->high[0])) continue;
        hot = fmax(hot, r->T > 0 ? r->T : 1), lowest = fmin(lowest, r->e.lowest);
        low = fmin(low, r->low[0]), high = fmax(high, r->high[0]);
    }
    if (!(low < high)) return 0;
    for (int i = 0; i < LINE; i++) {
        x[i] = low + (high - low) * i / (LINE - 1);
        temper_simple_U(s, &x[i], &U[i]);
        if (!(U[i] < lowest + 8 * hot)) U[i] = NAN;
    }
    return LINE;
}

/* The energy, and for up to five temperatures what the walkers' occupation says it is. */
static void levels(const temper_simple *s, temper_text *out, bool dots) {
    double x[LINE], U[LINE];
    char label[5][40];
    int n = s->dim == 1 ? energy_line(s, x, U) : 0, curves = 1, shown = s->rows < 5 ? s->rows : 5;
    histogram *h = temper_alloc(5, sizeof *h);
    if (!h) out->failed = true;
    if (n && h) {
        temper_curve curve[6] = {{.label = "U", .n = n, .x = x, .y = U, .line = true, .colour = 0}};
        for (int k = 0; k < shown && !s->cooling; k++) {
            if (!s->row[k].exact) continue;
            densities(&s->row[k], 0, &h[k]);
            snprintf(label[k], sizeof label[k], "T = %.4g", s->row[k].T);
            curve[curves++] = (temper_curve){.label = label[k],
                                             .n = BINS,
                                             .x = h[k].x,
                                             .y = h[k].level,
                                             .error = s->row[k].stuck ? NULL : h[k].level_error,
                                             .colour = 1 + k};
        }
        if (dots && curves > 1) { /* the terminal shows the first curve's points and all lines */
            temper_curve first = curve[1];
            curve[1] = curve[0], curve[0] = first, curves = 2;
        }
        const temper_figure figure = {.title = curves == 1 ? "The energy"
                                                           : "The energy, and what walkers say it is",
                                      .x_label = s->name[0],
                                      .y_label = "U",
                                      .mark = NAN,
                                      .curves = curves,
                                      .curve = curve};
        if (dots)
            temper_text_add(out, "\n"), temper_figure_dots(&figure, 72, 18, out);
        else
            temper_figure_panel(
                &figure,
                curves == 1
                    ? "U, up to 8 T above the lowest."
                    : "The line is U; points are −T ln(occupation) + F, what walkers at each temperature say it is (Euler's step shifts them by order η).",
                out);
    }
    temper_release(h);
}

void temper_simple_plot(const temper_simple *s, temper_text *text) { levels(s, text, true); }

static void ways(const temper_simple *s, temper_text *page) {
    double beta[3][64], time[3][64], error[64];
    int n = s->rows < 64 ? s->rows : 64;
    for (int w = 0; w < s->row[0].ways && n > 1; w++) {
        char title[80];
        for (int k = 0; k < n; k++) {
            const temper_simple_way *way = &s->row[k].way[w];
            for (int c = 0; c < 3; c++) beta[c][k] = 1 / s->row[k].T;
            time[0][k] = way->seen.mean, error[k] = way->seen.error, time[1][k] = way->exact,
            time[2][k] = way->kramers;
        }
        snprintf(title, sizeof title, "From %.4g to %.4g", s->row[0].way[w].from, s->row[0].way[w].to);
        const temper_curve curve[] = {
            {.label = "walkers", .n = n, .x = beta[0], .y = time[0], .error = error, .colour = 0},
            {.label = "mean first passage", .n = n, .x = beta[1], .y = time[1], .line = true, .colour = 1},
            {.label = "Kramers", .n = n, .x = beta[2], .y = time[2], .line = true, .colour = 2}};
        const temper_figure figure = {.title = title,
                                      .x_label = "1/T",
                                      .y_label = "mean time",
                                      .mark = NAN,
                                      .log_y = true,
                                      .curves = 3,
                                      .curve = curve};
        temper_figure_panel(
            &figure,
            "Escape: a straight line here is Arrhenius's law, the slope is the height of the barrier.", page);
    }
}

static void cooling(const temper_simple *s, const temper_simple_row *r, temper_text *page) {
    double share[4][TEMPER_SIMPLE_MOMENTS], exact[4][TEMPER_SIMPLE_MOMENTS];
    char label[8][48], title[80];
    temper_curve curve[8];
    int n = 0, M = s->moments, wells = s->wells < 3 ? s->wells : 3;
    for (int w = 0; w < wells; w++) {
        for (int m = 0; m < M; m++) {
            share[w][m] = r->well_share[m * TEMPER_WELLS_MAX + w];
            exact[w][m] = r->well_exact[m * TEMPER_WELLS_MAX + w];
        }
        snprintf(label[n], sizeof label[n], "well at %.3g", s->well[w][0]);
        curve[n] = (temper_curve){.label = label[n], .n = M, .x = r->seen.heat, .y = share[w], .colour = w},
        n++;
        if (isnan(exact[w][0])) continue;
        snprintf(label[n], sizeof label[n], "%.3g, in equilibrium", s->well[w][0]);
        curve[n] =
            (temper_curve){
                .label = label[n], .n = M, .x = r->seen.heat, .y = exact[w], .line = true, .colour = w},
        n++;
    }
    snprintf(title, sizeof title, "Cooling from T = %.4g", r->T);
    const temper_figure figure = {.title = title,
                                  .x_label = "temperature",
                                  .y_label = "share of the walkers",
                                  .mark = NAN,
                                  .log_x = true,
                                  .curves = n,
                                  .curve = curve};
    temper_figure_panel(
        &figure,
        "Points: shares of the walkers; lines: exp(−U/T)/Z. Below T ≈ barrier/ln(steps) a well takes longer to leave than the run lasts: shares freeze in, the glass of this landscape.",
        page);
}

enum { GRID = 96 };

static double sample(const temper_simple *s, const double *low, const double *high, int p) {
    const double x[2] = {low[0] + (high[0] - low[0]) * (p % GRID) / (GRID - 1),
                         low[1] + (high[1] - low[1]) * (p / GRID) / (GRID - 1)};
    double U;
    temper_simple_U(s, x, &U);
    return U;
}

/* The part of the plane with U below `top`, to round numbers outwards: a hundredth of a power of ten, three to thirty of them. */
static void window(const temper_simple *s, const temper_simple_row *r, double top, double *low,
                   double *high) {
    int64_t first[2] = {GRID, GRID}, last[2] = {0, 0};
    for (int p = 0; p < GRID * GRID; p++) {
        const int64_t at[2] = {p % GRID, p / GRID};
        if (!(sample(s, r->low, r->high, p) < top)) continue;
        for (int a = 0; a < 2; a++) {
            if (at[a] < first[a]) first[a] = at[a];
            if (at[a] > last[a]) last[a] = at[a];
        }
    }
    for (int a = 0; a < 2; a++) {
        double cell = (r->high[a] - r->low[a]) / (GRID - 1), unit = 1e-30;
        low[a] = r->low[a] + cell * (double)(first[a] - 1),
        high[a] = r->low[a] + cell * (double)(last[a] + 1);
        while (10 * unit < (high[a] - low[a]) / 3) unit *= 10;
        low[a] = floor(low[a] / unit) * unit, high[a] = ceil(high[a] / unit) * unit;
    }
}

/* Lines of U where a walker can be, up to 12 T above the lowest, and all walkers at the end. */
static void plane(const temper_simple *s, const temper_simple_row *r, temper_text *page) {
    double *U = temper_alloc(GRID * GRID, sizeof *U), low[2], high[2];
    double top = r->e.lowest + 12 * (s->cooling ? r->seen.heat[0] : r->T > 0 ? r->T : 1);
    if (!U) {
        page->failed = true;
        return;
    }
    window(s, r, top, low, high);
    for (int p = 0; p < GRID * GRID; p++) {
        U[p] = sample(s, low, high, p);
        if (!(U[p] < top)) U[p] = NAN;
    }
    char title[64];
    snprintf(title, sizeof title, "Walkers at the end, T = %.4g",
             s->cooling ? r->seen.heat[s->moments - 1] : r->T);
    int deepest = 0;
    for (int k = 1; k < s->wells; k++)
        if (s->height[k] < s->height[deepest]) deepest = k;
    const temper_contour contour = {.title = title,
                                    .x_label = s->name[0],
                                    .y_label = s->name[1],
                                    .n = {GRID, GRID},
                                    .from = {low[0], low[1]},
                                    .to = {high[0], high[1]},
                                    .value = U,
                                    .mark = {s->well[deepest][0], s->well[deepest][1]},
                                    .marked = s->wells > 0,
                                    .dots = s->chains < 500 ? s->chains : 500,
                                    .dot = r->seen.snapshot + (int64_t)(s->moments - 1) * s->chains * 2};
    temper_text_add(page, "<figure>");
    temper_contour_svg(&contour, page);
    temper_text_add(
        page,
        "<figcaption>Lines of equal U; each point a walker; the cross stands in the deepest well.</figcaption></figure>\n");
    temper_release(U);
}

void temper_simple_page(const temper_simple *s, temper_text *page) {
    temper_text_add(page, "<h2>");
    temper_escape(s->title, page);
    temper_text_add(page, "</h2>\n<div class=\"figures\">\n");
    levels(s, page, false);
    for (int k = 0; k < s->rows; k++) {
        const temper_simple_row *r = &s->row[k];
        for (int a = 0; a < s->dim && a < 2 && r->exact && !s->cooling; a++) occupation(s, r, a, page);
        if (s->cooling) cooling(s, r, page);
        if (s->dim == 2 && r->low[0] < r->high[0]) plane(s, r, page);
    }
    if (!s->cooling) ways(s, page);
    temper_text_add(page, "</div>\n");
}
