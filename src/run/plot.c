#include "run/plot.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/figure.h"

enum { PLOTS = 4, COLUMNS = 64, ROWS = 12, CURVE = 129 };

/* Field `label` of the theory on a fine grid over the temperatures; n stays 0 where it has none. */
static temper_status add_curve(const temper_theory *theory, const char *label, double *x, double *y, int *n) {
    int fields = temper_theory_fields(theory), field = -1;
    for (int f = 0; f < fields; f++)
        if (!strcmp(temper_theory_field(theory, f), label)) field = f;
    double from = x[0], to = x[1], *values = temper_alloc((size_t)fields, sizeof *values);
    temper_status bad = values ? TEMPER_OK : TEMPER_NO_MEMORY;
    *n = 0;
    for (int k = 0; k < CURVE && field >= 0 && !bad; k++, *n = k) {
        x[k] = from + (to - from) * k / (CURVE - 1);
        bad = temper_theory_at(theory, x[k], values);
        y[k] = values[field];
    }
    temper_release(values);
    return bad;
}

/* Temperatures ascending and their number k of every set; infinite ones are left out. */
static int collect(const temper_results *results, int number, double *T, double *y) {
    int n = 0;
    for (int t = 0; t < results->temperatures; t++) {
        if (!isfinite(results->T[t])) continue;
        T[n] = results->T[t];
        y[n++] = results->number[(int64_t)t * results->numbers + number].estimate.mean;
    }
    return n;
}

static temper_status plot_one(temper_text *text, const temper_results *results, const temper_theory *theory,
                              int number) {
    const char *label = results->number[number].label;
    double *T = temper_alloc(2 * (size_t)results->temperatures + 2 * CURVE, sizeof *T);
    if (!T) return TEMPER_NO_MEMORY;
    double *y = T + results->temperatures, *x = y + results->temperatures, *exact = x + CURVE;
    int n = collect(results, number, T, y), points = 0;
    temper_status bad = TEMPER_OK;
    x[0] = INFINITY, x[1] = -INFINITY;
    for (int k = 0; k < n; k++) x[0] = fmin(x[0], T[k]), x[1] = fmax(x[1], T[k]);
    if (n > 1 && theory) bad = add_curve(theory, label, x, exact, &points);
    temper_curve curves[] = {{label, n, T, y, NULL, false, 0}, {"theory", points, x, exact, NULL, true, 1}};
    temper_figure figure = {.title = label,
                            .x_label = "temperature",
                            .y_label = "",
                            .mark = NAN,
                            .curves = points ? 2 : 1,
                            .curve = curves};
    if (!bad && n > 1) {
        temper_text_add(text, "\n");
        temper_figure_dots(&figure, COLUMNS, ROWS, text);
    }
    temper_release(T);
    return bad;
}

temper_status temper_plot(temper_text *text, const temper_results *results) {
    temper_theory *theory = NULL;
    temper_status bad = results->theory ? temper_theory_create(&theory, results->theory) : TEMPER_OK;
    for (int k = 0; k < results->numbers && k < PLOTS && !bad; k++) bad = plot_one(text, results, theory, k);
    temper_theory_free(theory);
    return bad;
}
