#include "run/curvature_report.h"
#include <math.h>
#include "base/memory.h"
#include "data/npz_write.h"
#include "run/figure.h"

/* ---- numbers ---- */

static void trace_json(const char *name, const temper_trace *t, temper_json *json) {
    temper_json_open(json, name, '{');
    temper_json_real(json, "value", t->value);
    temper_json_real(json, "error", t->error);
    temper_json_real(json, "low", t->low);
    temper_json_real(json, "high", t->high);
    temper_json_string(json, "method", t->method);
    temper_json_int(json, "products", t->products);
    temper_json_close(json, '}');
}

static void list(temper_json *json, const char *name, const double *x, int64_t n) {
    temper_json_open(json, name, '[');
    for (int64_t k = 0; k < n; k++) temper_json_real(json, NULL, x[k]);
    temper_json_close(json, ']');
}

static void pairs_json(const temper_ends *e, temper_json *json) {
    temper_json_open(json, "eigenpairs", '{');
    list(json, "value", e->value, e->pairs);
    list(json, "residual", e->residual, e->pairs);
    temper_json_bool(json, "converged", e->converged);
    temper_json_string(json, "method", e->method);
    temper_json_int(json, "products", e->products);
    temper_json_close(json, '}');
}

static void density_json(const temper_curvature_found *f, temper_json *json) {
    const temper_density_of_states *d = &f->density;
    temper_json_open(json, "density", '{');
    temper_json_int(json, "probes", d->probes);
    temper_json_int(json, "steps", d->steps);
    temper_json_int(json, "products", d->products);
    list(json, "moments", d->moment, 4);
    list(json, "moment_errors", d->moment_error, 4);
    temper_json_real(json, "band", d->band);
    temper_json_int(json, "outliers", d->outliers);
    list(json, "bulk", d->edge, 2);
    temper_json_close(json, '}');
    trace_json("negative_share", &f->index, json);
    temper_json_real(json, "negative_threshold", f->threshold);
}

static void tell_json(const temper_curvature_found *f, temper_json *json) {
    temper_json_string(json, "operator", f->name);
    temper_json_string(json, "layers", f->survey->s->layers);
    temper_json_int(json, "dimension", f->dim);
    temper_json_real(json, "gradient_norm", f->slope);
    temper_json_int(json, "products", f->products);
    if (f->ends.pairs) pairs_json(&f->ends, json);
    if (f->traced) {
        trace_json("trace", &f->trace, json);
        temper_json_real(json, "frobenius", f->trace.frobenius);
        temper_json_real(json, "frobenius_error", f->trace.frobenius_error);
    }
    if (f->differed) {
        trace_json("trace_by_differences", &f->differences.trace, json);
        temper_json_real(json, "difference_step", f->differences.step);
    }
    if (f->layers) temper_json_open(json, "layer_traces", '[');
    for (int64_t k = 0; k < f->layers; k++) {
        temper_json_open(json, NULL, '{');
        temper_json_int(json, "layer", f->number[k]);
        temper_json_int(json, "parameters", f->start[k + 1] - f->start[k]);
        trace_json("trace", f->layer + k, json);
        temper_json_close(json, '}');
    }
    if (f->layers) temper_json_close(json, ']');
    if (f->dense) density_json(f, json);
}

/* ---- a table for people ---- */

static void tell_traces(const temper_curvature_found *f, temper_text *text) {
    const temper_trace *t = &f->trace, *d = &f->differences.trace;
    if (!f->traced) return;
    temper_text_add(text, "trace        %.6g ± %.2g   95 %% interval %.6g … %.6g   (%s, %lld products)\n",
                    t->value, t->error, t->low, t->high, t->method, (long long)t->products);
    temper_text_add(text, "|| ||_F      %.6g ± %.2g\n", t->frobenius, t->frobenius_error);
    if (f->differed)
        temper_text_add(
            text,
            "  from energies alone %.6g ± %.2g   %.6g … %.6g   (kinks within a step of %.2g count too; %lld energies)\n",
            d->value, d->error, d->low, d->high, f->differences.step, (long long)d->products);
    for (int64_t k = 0; k < f->layers; k++)
        temper_text_add(text, "  layer %-3d %10.5g ± %-8.2g (%lld parameters)\n", f->number[k],
                        f->layer[k].value, f->layer[k].error, (long long)(f->start[k + 1] - f->start[k]));
}

static void tell_text(const temper_curvature_found *f, temper_text *text) {
    const temper_ends *e = &f->ends;
    const temper_density_of_states *d = &f->density;
    temper_text_add(text, "\n%s, %lld × %lld%s; |gradient| %.4g; %lld products\n", f->name, (long long)f->dim,
                    (long long)f->dim, f->whole ? "" : ", of the coordinates that were named", f->slope,
                    (long long)f->products);
    for (int64_t k = 0; k < e->pairs; k++)
        temper_text_add(text, "%s%-14.8g residual %.1g\n", k ? "             " : "eigenvalues  ", e->value[k],
                        e->residual[k]);
    if (e->pairs)
        temper_text_add(text, "             (%s, %lld products%s)\n", e->method, (long long)e->products,
                        e->converged ? "" : "; NOT all within the tolerance");
    tell_traces(f, text);
    if (!f->dense) return;
    temper_text_add(text, "moments      ");
    for (int k = 0; k < 4; k++)
        temper_text_add(text, "%s%.4g ± %.1g", k ? ",  " : "", d->moment[k], d->moment_error[k]);
    temper_text_add(text, "   (tr A^k/dim)\n");
    temper_text_add(
        text, "bulk         %.4g … %.4g, %lld eigenvalue%s apart from it; band of the distribution ± %.3g\n",
        d->edge[0], d->edge[1], (long long)d->outliers, d->outliers == 1 ? "" : "s", d->band);
    temper_text_add(text, "below %-8.2g %.4f of the spectrum, 95 %% interval %.4f … %.4f   (%s)\n",
                    -f->threshold, f->index.value, f->index.low, f->index.high, f->index.method);
}

/* ---- figures ---- */

enum { POINTS = 201, BINS = 80 };

/* Share of the eigenvalues in each of 80 intervals, on a logarithmic scale: bulk and single outliers in one picture. */
static void draw_histogram(const temper_curvature_found *f, temper_text *page) {
    const temper_density_of_states *d = &f->density;
    double x[BINS], y[BINS] = {0}, low = d->node[0], width = (d->node[d->n - 1] - low) / BINS;
    if (!(width > 0)) return;
    for (int64_t i = 0; i < d->n; i++) {
        int bin = (int)((d->node[i] - low) / width);
        y[bin < BINS ? bin : BINS - 1] += d->weight[i];
    }
    for (int k = 0; k < BINS; k++) x[k] = low + (k + 0.5) * width, y[k] = y[k] > 1e-9 ? y[k] : NAN;
    const temper_curve curve = {.label = "share", .n = BINS, .x = x, .y = y};
    const temper_figure figure = {.title = "Density of states",
                                  .x_label = "eigenvalue",
                                  .y_label = "share of the spectrum in a bin",
                                  .mark = 0,
                                  .mark_label = "0",
                                  .log_y = true,
                                  .curves = 1,
                                  .curve = &curve};
    temper_figure_panel(
        &figure,
        d->probes ? "Quadrature weights in 80 equal bins, unsmoothed. One eigenvalue is 1/dimension."
                  : "All eigenvalues in 80 equal bins.",
        page);
}

static void draw_distribution(const temper_curvature_found *f, temper_text *page) {
    const temper_density_of_states *d = &f->density;
    double x[POINTS], y[POINTS], middle[POINTS], half[POINTS], low = d->node[0],
                                                               width = d->node[d->n - 1] - low;
    if (!(width > 0)) return;
    for (int k = 0; k < POINTS; k++) {
        double below, above;
        x[k] = low + width * (1.04 * k / (POINTS - 1) - 0.02);
        y[k] = temper_density_below(d, x[k]);
        temper_density_bounds(d, x[k], &below, &above);
        middle[k] = (below + above) / 2, half[k] = (above - below) / 2;
    }
    const temper_curve curve[] = {
        {.label = "95 % band", .n = POINTS, .x = x, .y = middle, .error = half, .line = true, .colour = 1},
        {.label = "quadrature", .n = POINTS, .x = x, .y = y, .line = true, .colour = 0}};
    const temper_figure figure = {.title = "Distribution function of the eigenvalues",
                                  .x_label = "eigenvalue",
                                  .y_label = "share at or below",
                                  .mark = 0,
                                  .mark_label = "0",
                                  .curves = 2,
                                  .curve = curve};
    temper_figure_panel(
        &figure,
        "The band holds for all of the curve at once: Kolmogorov's law for the chance of the probes, and "
        "what quadrature leaves open between two nodes.",
        page);
}

/* ---- files ---- */

static temper_status write_arrays(const temper_survey *survey, const char *name, temper_npz_array *array,
                                  int n) {
    char *path = temper_desk_path(survey->desk, name);
    if (!path) return TEMPER_NO_MEMORY;
    temper_status bad = temper_npz_write(path, array, n);
    temper_release(path);
    return bad;
}

static temper_status write_density(const temper_curvature_found *f) {
    const temper_density_of_states *d = &f->density;
    const size_t n = (size_t)d->n;
    float *x = temper_alloc(3 * n, sizeof *x);
    if (!x) return TEMPER_NO_MEMORY;
    for (size_t i = 0; i < n; i++)
        x[i] = (float)d->node[i], x[n + i] = (float)d->weight[i], x[2 * n + i] = (float)d->probe[i];
    temper_npz_array array[] = {
        {"node", 1, &d->n, x}, {"weight", 1, &d->n, x + n}, {"probe", 1, &d->n, x + 2 * n}};
    temper_status bad = write_arrays(f->survey, "density.npz", array, 3);
    temper_release(x);
    return bad;
}

static temper_status write_pairs(const temper_curvature_found *f) {
    const temper_ends *e = &f->ends;
    const size_t n = (size_t)(e->pairs * e->dim), pairs = (size_t)e->pairs;
    float *x = temper_alloc(n + 2 * pairs, sizeof *x);
    if (!x) return TEMPER_NO_MEMORY;
    for (size_t i = 0; i < n; i++) x[i] = (float)e->vector[i];
    for (size_t k = 0; k < pairs; k++)
        x[n + k] = (float)e->value[k], x[n + pairs + k] = (float)e->residual[k];
    const int64_t shape[] = {e->pairs, e->dim};
    temper_npz_array array[] = {
        {"vector", 2, shape, x}, {"value", 1, shape, x + n}, {"residual", 1, shape, x + n + pairs}};
    temper_status bad = write_arrays(f->survey, "eigen.npz", array, 3);
    temper_release(x);
    return bad;
}

temper_status temper_curvature_report(const temper_curvature_found *f) {
    temper_survey *survey = f->survey;
    tell_json(f, &survey->json);
    tell_text(f, &survey->text);
    temper_status bad = TEMPER_OK;
    if (!survey->desk->folder) return bad;
    if (f->dense) {
        temper_text_add(&survey->page, "<h2>Curvature: the spectrum of the %s</h2>\n", f->name);
        draw_histogram(f, &survey->page);
        draw_distribution(f, &survey->page);
        bad = write_density(f);
    }
    if (!bad && f->ends.pairs) bad = write_pairs(f);
    return bad;
}
