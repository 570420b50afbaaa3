/* Samples of the machine beside the data: energies, pair correlations, principal components; and the spectrum of the weights. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "num/eigen.h"
#include "run/figure.h"
#include "run/learn_page.h"

enum { BINS = 40, PAIRS = 1500, CORRELATED = 96 };

/* Shares of both sets in common bins. */
static void energies(const temper_gallery *g, temper_text *out) {
    double x[BINS], y[2][BINS] = {{0}, {0}}, low = INFINITY, high = -INFINITY;
    const int64_t n[2] = {g->samples, g->rows};
    if (!g->weight[0]) return;
    for (int s = 0; s < 2; s++)
        for (int64_t k = 0; k < n[s]; k++) {
            low = fmin(low, g->weight[s][k]);
            high = fmax(high, g->weight[s][k]);
        }
    if (!(high > low) || !isfinite(high - low)) return;
    for (int b = 0; b < BINS; b++) x[b] = low + (high - low) * (b + 0.5) / BINS;
    for (int s = 0; s < 2; s++)
        for (int64_t k = 0; k < n[s]; k++) {
            if (isnan(g->weight[s][k])) continue; /* a chain that ran away */
            int b = (int)((g->weight[s][k] - low) / (high - low) * BINS);
            y[s][b < BINS ? b : BINS - 1] += 1 / (double)n[s];
        }
    const temper_curve curve[] = {{"samples", BINS, x, y[0], NULL, true, 0},
                                  {"data", BINS, x, y[1], NULL, true, 1}};
    const temper_figure figure = {.title = "energies",
                                  .x_label = "ln p* (not normalised)",
                                  .y_label = "share",
                                  .mark = NAN,
                                  .curves = 2,
                                  .curve = curve};
    temper_figure_panel(
        &figure, "Where samples lie beside the data: a good machine gives both the same energies.", out);
}

/* The units that vary most, at most CORRELATED of them. */
static int64_t choose(const temper_gallery *g, int64_t *unit) {
    double var[CORRELATED];
    int64_t chosen = 0;
    for (int64_t j = 0; j < g->V; j++) {
        double sum = 0, squares = 0;
        for (int64_t k = 0; k < g->rows; k++)
            sum += g->data[k][j], squares += (double)g->data[k][j] * g->data[k][j];
        double v = squares / (double)g->rows - sum / (double)g->rows * (sum / (double)g->rows);
        if (!(v > 1e-6)) continue;
        int64_t at = chosen < CORRELATED ? chosen++ : CORRELATED;
        while (at > 0 && var[at - 1] < v) {
            if (at < CORRELATED) var[at] = var[at - 1], unit[at] = unit[at - 1];
            at--;
        }
        if (at < CORRELATED) var[at] = v, unit[at] = j;
    }
    return chosen;
}

static double covariance(const float *const *row, int64_t n, int64_t i, int64_t j) {
    double a = 0, b = 0, ab = 0;
    for (int64_t k = 0; k < n; k++) a += row[k][i], b += row[k][j], ab += (double)row[k][i] * row[k][j];
    return ab / (double)n - a / (double)n * (b / (double)n);
}

static void correlations(const temper_gallery *g, const temper_teaching *t, temper_text *out) {
    int64_t unit[CORRELATED], chosen = choose(g, unit), pairs = chosen * (chosen - 1) / 2, n = 0;
    if (pairs < 3 || t->machine->io.states) return;
    double *x = temper_alloc(2 * (size_t)pairs, sizeof *x), *y = x ? x + pairs : NULL;
    const float **row = temper_alloc((size_t)g->samples, sizeof *row);
    if (!x || !row) out->failed = true;
    for (int64_t k = 0; k < g->samples && !out->failed; k++) row[k] = g->sample + k * g->V;
    int64_t every = (pairs + PAIRS - 1) / PAIRS, seen = 0;
    for (int64_t i = 0; i < chosen && !out->failed; i++)
        for (int64_t j = 0; j < i; j++) {
            if (seen++ % every) continue;
            x[n] = covariance(g->data, g->rows, unit[i], unit[j]);
            y[n++] = covariance(row, g->samples, unit[i], unit[j]);
        }
    double line[2] = {INFINITY, -INFINITY};
    for (int64_t k = 0; k < n; k++) line[0] = fmin(line[0], x[k]), line[1] = fmax(line[1], x[k]);
    const temper_curve curve[] = {{"pairs", (int)n, x, y, NULL, false, 0},
                                  {"equal", 2, line, line, NULL, true, 1}};
    const temper_figure figure = {.title = "correlations C_ij",
                                  .x_label = "data",
                                  .y_label = "samples",
                                  .mark = NAN,
                                  .curves = 2,
                                  .curve = curve};
    if (n > 2 && !out->failed)
        temper_figure_panel(
            &figure, "Pairs of the units that vary most: on the line the machine has them right.", out);
    temper_release(x);
    temper_release((void *)row);
}

typedef struct {
    double *mean, *component, *variance, *x[2], *y[2];
} plane;

static void project(const temper_gallery *g, const plane *p, const float *row, double *x, double *y) {
    *x = *y = 0;
    for (int64_t j = 0; j < g->V; j++) {
        *x += p->component[j] * (row[j] - p->mean[j]);
        *y += p->component[g->V + j] * (row[j] - p->mean[j]);
    }
}

/* Points of both sets on the first two principal components of the data. */
static temper_status components(const temper_gallery *g, const temper_teaching *t, temper_text *out) {
    if (g->V < 2 || g->rows < 3 || t->machine->io.states) return TEMPER_OK;
    const size_t V = (size_t)g->V, S = (size_t)g->samples;
    double *room = temper_alloc(3 * V + 2 + 4 * S, sizeof *room);
    float *X = temper_alloc((size_t)g->rows, V * sizeof *X);
    plane p = {room,
               room + V,
               room + 3 * V,
               {room + 3 * V + 2, room + 3 * V + 2 + S},
               {room + 3 * V + 2 + 2 * S, room + 3 * V + 2 + 3 * S}};
    temper_status bad = room && X ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < g->rows && !bad; k++) memcpy(X + (size_t)k * V, g->data[k], V * sizeof *X);
    if (!bad) bad = temper_principal(g->rows, g->V, X, NULL, 2, p.mean, p.component, p.variance);
    for (int64_t k = 0; k < g->rows && !bad; k++) project(g, &p, g->data[k], &p.x[0][k], &p.y[0][k]);
    for (int64_t k = 0; k < g->samples && !bad; k++)
        project(g, &p, g->sample + k * g->V, &p.x[1][k], &p.y[1][k]);
    const temper_curve curve[] = {{"data", (int)g->rows, p.x[0], p.y[0], NULL, false, 1},
                                  {"samples", (int)g->samples, p.x[1], p.y[1], NULL, false, 0}};
    const temper_figure figure = {.title = "principal components",
                                  .x_label = "first",
                                  .y_label = "second",
                                  .mark = NAN,
                                  .curves = 2,
                                  .curve = curve};
    if (!bad) temper_figure_panel(&figure, "Are all modes of the data there, in their shares?", out);
    temper_release(room);
    temper_release(X);
    return bad;
}

static void spectrum(const temper_teaching *t, temper_text *out) {
    temper_spectrum s;
    double x[TEMPER_MODES_MAX];
    if (temper_evidence_spectrum(t->machine, &s) || s.modes < 2) return; /* units without a spectrum */
    for (int64_t k = 0; k < s.modes; k++) x[k] = (double)k + 1;
    const temper_curve curve[] = {{"singular values of W", (int)s.modes, x, s.w, NULL, false, 0}};
    const temper_figure figure = {.title = "spectrum",
                                  .x_label = "mode",
                                  .y_label = "",
                                  .mark = NAN,
                                  .log_y = s.w[s.modes - 1] > 0,
                                  .curves = 1,
                                  .curve = curve};
    temper_text caption = {0};
    temper_text_add(&caption, "Phase: %s. %lld modes stand out of the noise.",
                    temper_phase_name((int)s.phase), (long long)s.signals);
    if (caption.data) temper_figure_panel(&figure, caption.data, out);
    temper_text_clear(&caption);
}

temper_status temper_gallery_figures(const temper_gallery *g, const temper_teaching *t, temper_text *out) {
    if (!g->sample) return TEMPER_OK;
    temper_text_add(
        out,
        "<h2>Samples beside the data</h2><p>%lld samples after %lld sweeps from noise%s.</p><div class=\"figures\">\n",
        (long long)g->samples, (long long)g->sweeps, g->cold ? " at T = 0" : "");
    energies(g, out);
    correlations(g, t, out);
    temper_status bad = components(g, t, out);
    spectrum(t, out);
    temper_text_add(out, "</div>\n");
    return bad;
}
