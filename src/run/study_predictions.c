/* What the predictions are worth: calibration, confusion, and the test rows that the ensemble is surest and least sure of. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/memory.h"
#include "run/figure.h"
#include "run/sheet.h"
#include "run/study_page.h"

static int64_t guess(const temper_study *s, int64_t i) {
    const double *p = s->p + i * s->classes;
    int64_t best = 0;
    for (int64_t c = 1; c < s->classes; c++)
        if (p[c] > p[best]) best = c;
    return best;
}

static double confidence(const temper_study *s, int64_t i) { return s->p[i * s->classes + guess(s, i)]; }

/* Accuracy over confidence in bins of equal width, with binomial errors; and how many rows are in each. */
static void reliability(const temper_study *s, temper_text *out) {
    double x[TEMPER_BINS] = {0}, y[TEMPER_BINS] = {0}, error[TEMPER_BINS], count[TEMPER_BINS] = {0},
           share[TEMPER_BINS];
    const double ends[2] = {0, 1};
    for (int64_t i = 0; i < s->tests; i++) {
        int b = (int)fmin(TEMPER_BINS - 1, floor(confidence(s, i) * TEMPER_BINS));
        count[b]++, x[b] += confidence(s, i), y[b] += guess(s, i) == s->y[i];
    }
    for (int b = 0; b < TEMPER_BINS; b++) {
        share[b] = count[b] > 0 ? count[b] : NAN;
        x[b] = count[b] > 0 ? x[b] / count[b] : NAN;
        y[b] = count[b] > 0 ? y[b] / count[b] : NAN;
        double p = (y[b] * count[b] + 1) / (count[b] + 2); /* Laplace: no bin is certain */
        error[b] = sqrt(p * (1 - p) / (count[b] + 2));
    }
    const temper_curve curves[2] = {{"measured", TEMPER_BINS, x, y, error, false, 0},
                                    {"calibrated", 2, ends, ends, NULL, true, 2}};
    const temper_figure figure = {.title = "reliability",
                                  .x_label = "confidence",
                                  .y_label = "accuracy",
                                  .mark = NAN,
                                  .curves = 2,
                                  .curve = curves};
    temper_figure_panel(
        &figure, "How often the ensemble is right when it is so sure. Points below the line: over-confident.",
        out);
    const temper_curve counts = {"", TEMPER_BINS, x, share, NULL, false, 0};
    const temper_figure histogram = {.title = "how sure it is",
                                     .x_label = "confidence",
                                     .y_label = "test rows",
                                     .mark = NAN,
                                     .log_y = true,
                                     .curves = 1,
                                     .curve = &counts};
    temper_figure_panel(&histogram, "Test rows in each bin of confidence.", out);
}

/* Share of the test targets inside central intervals of a Gaussian, over their nominal share; and targets over predictions. */
static void intervals(const temper_study *s, temper_text *out) {
    enum { LEVELS = 19, SHOWN = 400 };
    double level[LEVELS], covered[LEVELS], error[LEVELS], x[SHOWN], y[SHOWN], e[SHOWN], low = INFINITY,
                                                                                        high = -INFINITY;
    int64_t n = s->tests * s->outputs, every = n / SHOWN + 1;
    int shown = 0;
    for (int k = 0; k < LEVELS; k++) {
        level[k] = (k + 1) / (LEVELS + 1.0);
        int64_t inside = 0;
        for (int64_t i = 0; i < n; i++) {
            const double *m = s->p + i / s->outputs * 2 * s->outputs + i % s->outputs;
            inside += erf(fabs(s->t[i] - m[0]) / sqrt(2 * m[s->outputs])) < level[k];
        }
        covered[k] = (double)inside / (double)n;
        error[k] = sqrt(level[k] * (1 - level[k]) / (double)n);
    }
    for (int64_t i = 0; i < n && shown < SHOWN; i += every, shown++) {
        const double *m = s->p + i / s->outputs * 2 * s->outputs + i % s->outputs;
        x[shown] = s->t[i], y[shown] = m[0], e[shown] = sqrt(m[s->outputs]);
        low = fmin(low, x[shown]), high = fmax(high, x[shown]);
    }
    const double ends[2] = {0, 1}, same[2] = {low, high};
    const temper_curve coverage[2] = {{"measured", LEVELS, level, covered, error, false, 0},
                                      {"calibrated", 2, ends, ends, NULL, true, 2}};
    const temper_curve scatter[2] = {{"test rows", shown, x, y, e, false, 0},
                                     {"equal", 2, same, same, NULL, true, 2}};
    const temper_figure first = {.title = "coverage",
                                 .x_label = "nominal",
                                 .y_label = "inside",
                                 .mark = NAN,
                                 .curves = 2,
                                 .curve = coverage};
    const temper_figure second = {.title = "prediction",
                                  .x_label = "target",
                                  .y_label = "predicted",
                                  .mark = NAN,
                                  .curves = 2,
                                  .curve = scatter};
    temper_figure_panel(
        &first, "Share of test targets inside the central interval. Points below the line: over-confident.",
        out);
    temper_figure_panel(&second, "Mean and standard deviation that the ensemble predicts.", out);
}

void temper_study_calibration(const temper_study *s, temper_text *out) {
    if (!s->tests || !s->p) return;
    temper_text_add(out, "<h2>Calibration</h2><div class=\"figures\">\n");
    if (s->classes)
        reliability(s, out);
    else
        intervals(s, out);
    temper_text_add(out, "</div>\n");
}

void temper_study_confusion(const temper_study *s, temper_text *out) {
    enum { CLASSES_MAX = 20 };
    int64_t count[CLASSES_MAX][CLASSES_MAX] = {{0}}, rows[CLASSES_MAX] = {0};
    if (!s->tests || s->classes < 2 || s->classes > CLASSES_MAX) return;
    for (int64_t i = 0; i < s->tests; i++) count[s->y[i]][guess(s, i)]++, rows[s->y[i]]++;
    temper_text_add(
        out,
        "<h2>Confusion</h2>\n<table class=\"confusion\"><caption>rows: truth, columns: what the ensemble says</caption><tr><th></th>");
    for (int64_t c = 0; c < s->classes; c++) temper_text_add(out, "<th>%d</th>", (int)c);
    temper_text_add(out, "</tr>\n");
    for (int64_t y = 0; y < s->classes; y++) {
        temper_text_add(out, "<tr><th>%d</th>", (int)y);
        for (int64_t c = 0; c < s->classes; c++) {
            double share = rows[y] ? (double)count[y][c] / (double)rows[y] : 0;
            const char *colour =
                y == c ? "0,158,115" : "213,94,0"; /* errors stand out: their square root is shown */
            if (count[y][c])
                temper_text_add(out, "<td style=\"background:rgba(%s,%.2f)\">%lld</td>", colour,
                                y == c ? 0.75 * share : fmin(0.9, 0.15 + 2 * sqrt(share) * 0.5),
                                (long long)count[y][c]);
            else
                temper_text_add(out, "<td></td>");
        }
        temper_text_add(out, "</tr>\n");
    }
    temper_text_add(out, "</table>\n");
}

/* One thumbnail, its values spread over the shades of its own range. */
static void thumbnail(const temper_study *s, int64_t i, temper_text *out) {
    enum { PIXELS_MAX = 96 * 96 };
    const temper_samples *data = s->samples;
    float room[3 * PIXELS_MAX], pixel[3 * PIXELS_MAX], low = INFINITY, high = -INFINITY;
    const float *x = temper_samples_row(data, s->row[i], room);
    char alt[96];
    for (int64_t k = 0; k < data->features; k++) low = fminf(low, x[k]), high = fmaxf(high, x[k]);
    for (int64_t k = 0; k < data->features; k++) pixel[k] = high > low ? (x[k] - low) / (high - low) : 0;
    int64_t says = guess(s, i);
    snprintf(alt, sizeof alt, "test row %lld, label %d, predicted %d", (long long)i, (int)s->y[i], (int)says);
    temper_text_add(out, "<figure>");
    temper_sheet_image(pixel, data->channels, data->height, data->width, alt, out);
    temper_text_add(out, "<figcaption>%s%d at %.3g&nbsp;%%", says == s->y[i] ? "" : "says ", (int)says,
                    100 * confidence(s, i));
    if (says != s->y[i])
        temper_text_add(out, "<br>is %d (%.2g&nbsp;%%)", (int)s->y[i], 100 * s->p[i * s->classes + s->y[i]]);
    temper_text_add(out, "</figcaption></figure>\n");
}

typedef struct {
    double key;
    int64_t row;
} ranked;

static int by_key(const void *a, const void *b) {
    const ranked *u = a, *v = b;
    return u->key != v->key ? (u->key < v->key ? -1 : 1) : (u->row > v->row) - (u->row < v->row);
}

/* The first rows in the order of a key, which is NaN for those that don't take part. */
static void gallery(const temper_study *s, const char *title, double (*key)(const temper_study *, int64_t),
                    temper_text *out) {
    enum { SHOWN = 10 };
    ranked *order = temper_alloc((size_t)s->tests, sizeof *order);
    int64_t n = 0;
    if (!order) {
        out->failed = true;
        return;
    }
    for (int64_t i = 0; i < s->tests; i++)
        if (!isnan(key(s, i))) order[n++] = (ranked){key(s, i), i};
    qsort(order, (size_t)n, sizeof *order, by_key);
    if (n) temper_text_add(out, "<h3>%s</h3><div class=\"thumbs\">\n", title);
    for (int64_t k = 0; k < n && k < SHOWN; k++) thumbnail(s, order[k].row, out);
    if (n) temper_text_add(out, "</div>\n");
    temper_release(order);
}

static double surest_mistake(const temper_study *s, int64_t i) {
    return guess(s, i) == s->y[i] ? NAN : -confidence(s, i);
}
static double least_sure(const temper_study *s, int64_t i) { return confidence(s, i); }
static double most_split(const temper_study *s, int64_t i) {
    return s->spread && s->spread[i] > 0 ? -s->spread[i] : NAN;
}
static double surest(const temper_study *s, int64_t i) {
    return guess(s, i) == s->y[i] ? -confidence(s, i) : NAN;
}

void temper_study_examples(const temper_study *s, temper_text *out) {
    const temper_samples *data = s->samples;
    bool image = data && s->classes && data->height > 1 && data->width > 1 && data->height <= 96 &&
                 data->width <= 96 && (data->channels == 1 || data->channels == 3);
    if (!image || !s->tests || !s->row) return;
    temper_text_add(out, "<h2>Test images</h2>\n");
    gallery(s, "Surest mistakes", surest_mistake, out);
    gallery(s, "Least sure", least_sure, out);
    if (s->members > 1) gallery(s, "Where the members disagree most", most_split, out);
    gallery(s, "Surest", surest, out);
}
