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
    temper_json_real(json, "band_resolution", d->resolution);
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
        temper_json_string(json, "trace_by_differences_of",
                           "curvature at scale difference_step of every coordinate, kinks included");
        temper_json_real(json, "difference_step", f->differences.step);
        temper_json_real(json, "difference_truncation", f->differences.truncation);
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
    if (f->shown) density_json(f, json);
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
            "  from energies alone %.6g ± %.2g   %.6g … %.6g   (curvature at scale %.2g of every coordinate, kinks "
            "included; %lld energies)\n",
            d->value, d->error, d->low, d->high, f->differences.step, (long long)d->products);
    for (int64_t k = 0; k < f->layers; k++)
        temper_text_add(text, "  layer %-3d %10.5g ± %-8.2g (%lld parameters)\n", f->number[k],
                        f->layer[k].value, f->layer[k].error, (long long)(f->start[k + 1] - f->start[k]));
}

static void tell_text(const temper_curvature_found *f, temper_text *text) {
    const temper_ends *e = &f->ends;
    const temper_density_of_states *d = &f->density;
    temper_text_add(text, "\n%s, %lld × %lld%s; |gradient| %.4g; %lld products\n", f->name, (long long)f->dim,
                    (long long)f->dim,
                    f->rows    ? ", of outputs on rows"
                    : f->whole ? ""
                               : ", of the coordinates that were named",
                    f->slope, (long long)f->products);
    for (int64_t k = 0; k < e->pairs; k++)
        temper_text_add(text, "%s%-14.8g residual %.1g\n", k ? "             " : "eigenvalues  ", e->value[k],
                        e->residual[k]);
    if (e->pairs)
        temper_text_add(text, "             (%s, %lld products%s)\n", e->method, (long long)e->products,
                        e->converged ? "" : "; NOT all within the tolerance");
    tell_traces(f, text);
    if (!f->shown) return;
    temper_text_add(text, "moments      ");
    for (int k = 0; k < 4; k++)
        temper_text_add(text, "%s%.4g ± %.1g", k ? ",  " : "", d->moment[k], d->moment_error[k]);
    temper_text_add(text, "   (tr A^k/dim)\n");
    temper_text_add(text, "bulk         %.4g … %.4g, %lld eigenvalue%s apart from it\n", d->edge[0],
                    d->edge[1], (long long)d->outliers, d->outliers == 1 ? "" : "s");
    if (d->probes)
        temper_text_add(
            text,
            "             the share of the spectrum at or below any λ is right to ± %.2g once λ may be "
            "off by %.2g (95 %%, all of it at once)\n",
            d->band, d->resolution);
    temper_text_add(text, "below %-8.2g %.4f of the spectrum, 95 %% interval %.4f … %.4f   (%s)\n",
                    -f->threshold, f->index.value, f->index.low, f->index.high, f->index.method);
}

/* ---- figures ----
 *
 * Of a trained network nine tenths of the eigenvalues are in a spike about 0 and a few stand a thousand times further out: so |λ| is on a
 * logarithmic axis, those above and those below 0 apart, over DECADES from the largest on; what is smaller counts at the left edge. */

enum { DECADES = 6, PER_DECADE = 8, BINS = DECADES * PER_DECADE, POINTS = 241 };

static double largest(const temper_density_of_states *d) {
    return fmax(fabs(d->node[0]), fabs(d->node[d->n - 1]));
}

static double from_edge(double most, double decades) { return most * pow(10, decades - DECADES); }

static void draw_histogram(const temper_curvature_found *f, temper_text *page) {
    const temper_density_of_states *d = &f->density;
    double x[BINS], y[2][BINS] = {{0}}, most = largest(d);
    if (!(most > 0)) return;
    for (int64_t i = 0; i < d->n; i++) {
        double place = (log10(fabs(d->node[i]) / most) + DECADES) * PER_DECADE;
        int bin = place >= BINS ? BINS - 1 : place > 0 ? (int)place : 0;
        y[d->node[i] < 0][bin] += d->weight[i];
    }
    for (int k = 0; k < BINS; k++) {
        x[k] = from_edge(most, (k + 0.5) / PER_DECADE);
        for (int below = 0; below < 2; below++) y[below][k] = y[below][k] > 1e-12 ? y[below][k] : NAN;
    }
    const temper_curve curve[] = {{.label = "above 0", .n = BINS, .x = x, .y = y[0], .colour = 0},
                                  {.label = "below 0", .n = BINS, .x = x, .y = y[1], .colour = 1}};
    const temper_figure figure = {.title = "Density of states",
                                  .x_label = "|eigenvalue|",
                                  .y_label = "share of the spectrum in a bin",
                                  .mark = NAN,
                                  .log_x = true,
                                  .log_y = true,
                                  .curves = 2,
                                  .curve = curve};
    temper_figure_panel(
        &figure,
        d->probes ? "Quadrature weights, unsmoothed, in eight bins a decade; what is smaller counts in the "
                    "first. A single eigenvalue is 1/dimension."
                  : "All eigenvalues in eight bins a decade; what is smaller counts in the first.",
        page);
}

/* Shares beyond x on either side, 1 − F(x) and F(−x), with the bounds that hold for all x at once. */
static void draw_distribution(const temper_curvature_found *f, temper_text *page) {
    const temper_density_of_states *d = &f->density;
    double x[POINTS], y[2][POINTS], middle[2][POINTS], half[2][POINTS], most = largest(d);
    if (!(most > 0)) return;
    for (int k = 0; k < POINTS; k++) {
        double low, high;
        x[k] = from_edge(most, 1.02 * DECADES * k / (POINTS - 1));
        for (int below = 0; below < 2; below++) {
            double at = below ? -x[k] : x[k], F = temper_density_below(d, at);
            temper_density_bounds(d, at, &low, &high);
            y[below][k] = below ? F : 1 - F, half[below][k] = (high - low) / 2;
            middle[below][k] = below ? (low + high) / 2 : 1 - (low + high) / 2;
        }
    }
    const temper_curve curve[] = {
        {.label = "its bounds",
         .n = POINTS,
         .x = x,
         .y = middle[0],
         .error = half[0],
         .line = true,
         .colour = 2},
        {.label = "its bounds",
         .n = POINTS,
         .x = x,
         .y = middle[1],
         .error = half[1],
         .line = true,
         .colour = 3},
        {.label = "above x", .n = POINTS, .x = x, .y = y[0], .line = true, .colour = 0},
        {.label = "below −x", .n = POINTS, .x = x, .y = y[1], .line = true, .colour = 1}};
    const temper_figure figure = {.title = "Eigenvalues further out than x",
                                  .x_label = "x",
                                  .y_label = "share of the spectrum",
                                  .mark = NAN,
                                  .log_x = true,
                                  .curves = d->probes ? 4 : 2,
                                  .curve = d->probes ? curve : curve + 2};
    temper_figure_panel(
        &figure,
        d->probes
            ? "The bounds hold for all x at once with 95 %: Kolmogorov's law for the chance of the probes, and what "
              "quadrature leaves open between two nodes. Where a node has much of the spectrum for its weight "
              "they are far apart up to the node beside it."
            : "All eigenvalues are known.",
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
    if (f->shown) {
        temper_text_add(&survey->page, "<h2>Curvature: the spectrum of the %s</h2>\n", f->name);
        temper_text_add(&survey->page, "<div class=\"figures\">\n");
        draw_histogram(f, &survey->page);
        draw_distribution(f, &survey->page);
        temper_text_add(&survey->page, "</div>\n");
        bad = write_density(f);
    }
    if (!bad && f->ends.pairs) bad = write_pairs(f);
    return bad;
}
