/* Figures of a simple landscape: the energy with what walkers make of it, the occupation, escape times over 1/T, walkers on the plane. */
#include <math.h>
#include <stdio.h>
#include "base/memory.h"
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
    char title[96], label[16];
    densities(r, axis, &h);
    snprintf(title, sizeof title, "Occupation at T = %.4g", r->T);
    snprintf(label, sizeof label, s->dim == 1 ? "x" : "coordinate %d", axis + 1);
    const temper_curve curve[] = {
        {.label = "walkers", .n = BINS, .x = h.x, .y = h.density, .error = h.error, .colour = 0},
        {.label = r->euler ? "exp(−U/T)/Z, with the step" : "exp(−U/T)/Z",
         .n = BINS,
         .x = h.x,
         .y = h.exact,
         .line = true,
         .colour = 1}};
    const temper_figure figure = {
        .title = title, .x_label = label, .y_label = "density", .mark = NAN, .curves = 2, .curve = curve};
    temper_figure_panel(
        &figure,
        "Measured by walkers, with the error over walkers; the line is the integral of exp(−U/T) over each bin.",
        page);
}

/* U(x) where the walker can be, up to 8 T of the hottest above the lowest. */
static int energy_line(const temper_simple *s, double *x, double *U) {
    const temper_simple_row *r = &s->row[0];
    double hot = 0, low = INFINITY, high = -INFINITY;
    for (int k = 0; k < s->rows; k++) {
        if (!s->row[k].exact) continue;
        hot = fmax(hot, s->row[k].T);
        low = fmin(low, s->row[k].e.low[0]), high = fmax(high, s->row[k].e.high[0]);
    }
    if (!(low < high)) return 0;
    for (int i = 0; i < LINE; i++) {
        x[i] = low + (high - low) * i / (LINE - 1);
        temper_landscape_energy(s->survey->scene.landscape, &x[i], &U[i]);
        U[i] *= (double)s->potential->samples;
        if (!(U[i] < r->e.lowest + 8 * hot)) U[i] = NAN;
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
                                             .error = h[k].level_error,
                                             .colour = 1 + k};
        }
        if (dots && curves > 1) { /* the terminal shows the first curve's points and all lines */
            temper_curve first = curve[1];
            curve[1] = curve[0], curve[0] = first, curves = 2;
        }
        const temper_figure figure = {.title = s->potential->text,
                                      .x_label = "x",
                                      .y_label = "U",
                                      .mark = NAN,
                                      .curves = curves,
                                      .curve = curve};
        if (dots)
            temper_text_add(out, "\n"), temper_figure_dots(&figure, 72, 18, out);
        else
            temper_figure_panel(
                &figure,
                "The line is U; points are −T ln(occupation) + F, what walkers at each temperature say it is (Euler's step shifts them by order η).",
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
        "Below the temperature at which a well takes longer to leave than the run cools, the walkers keep the shares that they had: the glass of this landscape.",
        page);
}

static void plane(const temper_simple *s, const temper_simple_row *r, temper_text *page) {
    double *x = temper_alloc(2 * (size_t)s->chains, sizeof *x), *y = x + s->chains;
    double wx[TEMPER_WELLS_MAX], wy[TEMPER_WELLS_MAX];
    if (!x) {
        page->failed = true;
        return;
    }
    const double *last = r->seen.snapshot + (int64_t)(s->moments - 1) * s->chains * 2;
    for (int c = 0; c < s->chains; c++) x[c] = last[2 * c], y[c] = last[2 * c + 1];
    for (int k = 0; k < s->wells; k++) wx[k] = s->well[k][0], wy[k] = s->well[k][1];
    char title[64];
    snprintf(title, sizeof title, "Walkers at the end, T = %.4g",
             s->cooling ? r->seen.heat[s->moments - 1] : r->T);
    const temper_curve curve[] = {{.label = "walkers", .n = s->chains, .x = x, .y = y, .colour = 0},
                                  {.label = "minima", .n = s->wells, .x = wx, .y = wy, .colour = 1}};
    const temper_figure figure = {.title = title,
                                  .x_label = "first coordinate",
                                  .y_label = "second",
                                  .mark = NAN,
                                  .curves = 2,
                                  .curve = curve};
    temper_figure_panel(&figure, "Each point a walker; minima are where they settle without noise.", page);
    temper_release(x);
}

void temper_simple_page(const temper_simple *s, temper_text *page) {
    temper_text_add(page, "<h2>");
    temper_escape(s->potential->text, page);
    temper_text_add(page, "</h2>\n");
    levels(s, page, false);
    for (int k = 0; k < s->rows; k++) {
        const temper_simple_row *r = &s->row[k];
        for (int a = 0; a < s->dim && a < 2 && r->exact && !s->cooling; a++) occupation(s, r, a, page);
        if (s->cooling) cooling(s, r, page);
        if (s->dim == 2) plane(s, r, page);
    }
    if (!s->cooling) ways(s, page);
}
