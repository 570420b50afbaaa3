/* A slice in numbers, for programs and for people, and on a page. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "run/contour.h"
#include "run/figure.h"
#include "run/survey_slice.h"

enum { GRID_MOST = 40000, VALLEYS_MOST = 50, VALLEYS_SHOWN = 8, SURFACE_MOST = 40401 };
static const char *const letters[] = {"x", "y", "z"};

static bool whole_number(double x) { return isfinite(x); }

/* Coordinates of a point of the grid. */
static void coordinates(const temper_slice_view *v, int64_t p, double *x) {
    for (int k = 0; k < v->axes; p /= v->axis[k].n, k++) x[k] = temper_axis_at(&v->axis[k], p % v->axis[k].n);
}

static void json_place(temper_json *json, const char *name, const temper_slice_view *v, int64_t p) {
    double x[TEMPER_AXES_MAX];
    if (p >= 0) coordinates(v, p, x);
    temper_json_open(json, name, '[');
    for (int k = 0; k < v->axes && p >= 0; k++) temper_json_real(json, NULL, x[k]);
    temper_json_close(json, ']');
}

/* ---- JSON ---- */

static void json_axes(const temper_cut *cut, temper_json *json) {
    temper_json_open(json, "axes", '[');
    for (int k = 0; k < cut->view.axes; k++) {
        const temper_axis *a = &cut->view.axis[k];
        const temper_bearing *b = &cut->bundle.bearing[k];
        const temper_beside *at = &cut->beside[k];
        temper_json_open(json, NULL, '{');
        temper_json_string(json, "name", letters[k]);
        temper_json_real(json, "from", a->from);
        temper_json_real(json, "to", a->to);
        temper_json_int(json, "points", a->n);
        temper_json_string(json, "direction", b->word);
        temper_json_string(json, "label", b->label);
        temper_json_string(json, "norm", b->norm);
        temper_json_string(json, "ignore", b->bias);
        if (!strcmp(b->word, "random")) temper_json_int(json, "step", b->step);
        temper_json_real(json, "length", at->length);
        temper_json_real(json, "slope", at->slope);
        temper_json_real(json, "curvature", at->curvature);
        temper_json_real(json, "curvature_per_length2", at->value);
        if (whole_number(cut->usual[k])) {
            temper_json_real(json, "usual_per_length2", cut->usual[k]);
            temper_json_real(json, "usual_error", cut->usual_error[k]);
        }
        if (whole_number(b->eigenvalue)) {
            temper_json_real(json, "eigenvalue", b->eigenvalue);
            temper_json_real(json, "residual", b->residual);
        }
        if (whole_number(b->share)) temper_json_real(json, "variance_share", b->share);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

static void json_fields(const temper_slice_view *v, temper_json *json) {
    temper_json_open(json, "fields", '{'); /* the first axis fastest */
    for (int f = 0; f < TEMPER_FIELDS && v->points <= GRID_MOST; f++) {
        if (!v->field[f]) continue;
        temper_json_open(json, temper_field_name((temper_field)f), '[');
        for (int64_t p = 0; p < v->points; p++) temper_json_real(json, NULL, v->field[f][p]);
        temper_json_close(json, ']');
    }
    if (v->points <= GRID_MOST) {
        temper_json_open(json, "level", '[');
        for (int64_t p = 0; p < v->points; p++)
            temper_json_int(json, NULL, v->level[p] == TEMPER_NOT_COMPUTED ? -1 : v->level[p]);
        temper_json_close(json, ']');
    }
    temper_json_close(json, '}');
}

static void json_valleys(const temper_cut *cut, temper_json *json) {
    temper_json_int(json, "valleys_found", cut->tree.n);
    temper_json_open(json, "valleys", '[');
    for (int64_t k = 0; k < cut->tree.n && k < VALLEYS_MOST; k++) {
        const temper_valley *v = &cut->tree.valley[k];
        temper_json_open(json, NULL, '{');
        temper_json_real(json, "birth", v->birth);
        temper_json_real(json, "death", v->death); /* null: lives for ever */
        json_place(json, "minimum", &cut->view, v->minimum);
        json_place(json, "pass", &cut->view, v->saddle);
        temper_json_int(json, "parent", v->parent);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

static void json_way(const temper_bundle *b, temper_json *json) {
    if (!b->stops) return;
    temper_json_open(json, "trajectory", '[');
    for (int64_t r = 0; r < b->stops; r++) {
        temper_json_open(json, NULL, '{');
        temper_json_open(json, "at", '[');
        for (int k = 0; k < b->axes; k++) temper_json_real(json, NULL, b->way[r * b->axes + k]);
        temper_json_close(json, ']');
        temper_json_real(json, "away", b->away[r]);
        temper_json_real(json, "plane_loss", b->height[r]);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

void temper_cut_json(const temper_cut *cut, temper_json *json) {
    json_axes(cut, json);
    temper_json_int(json, "points", cut->view.points);
    temper_json_int(json, "computed", cut->view.computed);
    temper_json_open(json, "curvature", '{');
    temper_json_real(json, "trace", cut->trace.value);
    temper_json_real(json, "trace_error", cut->trace.error);
    temper_json_real(json, "top", cut->top);
    temper_json_real(json, "bottom", cut->bottom);
    temper_json_close(json, '}');
    json_valleys(cut, json);
    json_way(&cut->bundle, json);
    json_fields(&cut->view, json);
}

/* ---- text ---- */

static void say_range(const temper_slice_view *v, temper_text *text) {
    for (int f = 0; f < TEMPER_FIELDS; f++) {
        if (!v->field[f] || f == TEMPER_FIELD_LOSS_ERROR || f == TEMPER_FIELD_TEST_LOSS_ERROR) continue;
        double low = INFINITY, high = -INFINITY, x[TEMPER_AXES_MAX];
        int64_t at = -1;
        for (int64_t p = 0; p < v->points; p++) {
            double value = v->field[f][p];
            if (!isfinite(value)) continue;
            if (value < low) low = value, at = p;
            high = fmax(high, value);
        }
        if (at < 0) continue;
        coordinates(v, at, x);
        temper_text_add(text, "%-12s %12.6g ... %-12.6g least at (", temper_field_name((temper_field)f),
                        low + 0.0, high + 0.0); /* −0 is 0 */
        for (int k = 0; k < v->axes; k++) temper_text_add(text, "%s%.4g", k ? ", " : "", x[k]);
        temper_text_add(text, ")\n");
    }
}

static void say_curvature(const temper_cut *cut, temper_text *text) {
    temper_text_add(text, "\ncurvature at the centre\n%-4s %-22s %-16s %10s %12s %12s\n", "axis", "direction",
                    "norm, biases", "|d|", "slope g.d", "d'Hd/|d|^2");
    int random = -1;
    for (int k = 0; k < cut->view.axes; k++) {
        const temper_bearing *b = &cut->bundle.bearing[k];
        char rule[40];
        snprintf(rule, sizeof rule, "%s, %s", b->norm, b->bias);
        temper_text_add(text, "%-4s %-22s %-16s %10.4g %12.4g %12.5g", letters[k], b->label, rule,
                        cut->beside[k].length, cut->beside[k].slope, cut->beside[k].value);
        if (whole_number(b->eigenvalue)) temper_text_add(text, "  eigenvalue %.6g", b->eigenvalue);
        if (whole_number(b->share)) temper_text_add(text, "  %.1f %% of the variance", 100 * b->share);
        temper_text_add(text, "\n");
        if (random < 0 && whole_number(cut->usual[k])) random = k;
    }
    if (!cut->H) return;
    temper_text_add(text, "trace of H %.5g ± %.2g", cut->trace.value, cut->trace.error);
    if (isfinite(cut->top)) temper_text_add(text, ", eigenvalues from %.5g to %.5g", cut->bottom, cut->top);
    temper_text_add(text, "\n");
    if (random >= 0)
        temper_text_add(
            text,
            "Random directions show traces: with these lengths d'Hd/|d|^2 is %.4g ± %.2g on average (of any length:\n"
            "tr H/P = %.4g). What bends most, and whether this is a saddle, the eigenvectors show:\n"
            "--directions hessian.\n",
            cut->usual[random], cut->usual_error[random],
            cut->trace.value / (double)temper_operator_dim(cut->H));
}

static void say_valleys(const temper_cut *cut, temper_text *text) {
    const temper_slice_view *v = &cut->view;
    int64_t shown = 0, real = 0;
    for (int64_t k = 0; k < cut->tree.n; k++) real += cut->tree.valley[k].death > cut->tree.valley[k].birth;
    temper_text_add(text, "\n%lld valley%s of the grid\n", (long long)real, real == 1 ? "" : "s");
    for (int64_t k = 0; k < cut->tree.n && shown < VALLEYS_SHOWN && real > 1; k++) {
        const temper_valley *w = &cut->tree.valley[k];
        double x[TEMPER_AXES_MAX];
        if (!(w->death > w->birth)) continue;
        coordinates(v, w->minimum, x);
        temper_text_add(text, "  floor %-12.6g at (", w->birth);
        for (int a = 0; a < v->axes; a++) temper_text_add(text, "%s%.4g", a ? ", " : "", x[a]);
        temper_text_add(text, isfinite(w->death) ? "), pass at %.6g, depth %.4g\n" : ")\n", w->death,
                        w->death - w->birth);
        shown++;
    }
    if (real > shown && shown)
        temper_text_add(text, "  … and %lld shallower ones\n", (long long)(real - shown));
}

void temper_cut_text(const temper_cut *cut, temper_text *text) {
    const temper_slice_view *v = &cut->view;
    temper_text_add(text, "\nslice of ");
    for (int k = 0; k < v->axes; k++)
        temper_text_add(text, "%s%lld", k ? " x " : "", (long long)v->axis[k].n);
    temper_text_add(text, " points");
    if (v->computed < v->points)
        temper_text_add(text, ", %lld of them computed, the others interpolated", (long long)v->computed);
    temper_text_add(text, "\n");
    say_range(v, text);
    say_curvature(cut, text);
    say_valleys(cut, text);
}

/* ---- page ---- */

static void draw_line(const temper_cut *cut, temper_field field, temper_field error, const char *what,
                      temper_text *page) {
    const temper_slice_view *v = &cut->view;
    if (!v->field[field]) return;
    double *x = temper_alloc((size_t)v->points, sizeof *x);
    if (!x) {
        page->failed = true;
        return;
    }
    for (int64_t p = 0; p < v->points; p++) x[p] = temper_axis_at(&v->axis[0], p);
    temper_curve curve[2] = {{.label = what,
                              .n = (int)v->points,
                              .x = x,
                              .y = v->field[field],
                              .error = error < TEMPER_FIELDS ? v->field[error] : NULL,
                              .line = true}};
    int curves = 1;
    if (field == TEMPER_FIELD_LOSS && v->field[TEMPER_FIELD_TEST_LOSS])
        curve[curves++] = (temper_curve){.label = "test",
                                         .n = (int)v->points,
                                         .x = x,
                                         .y = v->field[TEMPER_FIELD_TEST_LOSS],
                                         .line = true,
                                         .colour = 1};
    temper_figure figure = {.title = what,
                            .x_label = cut->bundle.bearing[0].label,
                            .y_label = what,
                            .mark = 0,
                            .mark_label = "here",
                            .curves = curves,
                            .curve = curve};
    const char *band =
        "along a straight line; the band is one standard error of the difference to the centre, over the "
        "choice of rows";
    temper_figure_panel(&figure, error < TEMPER_FIELDS ? band : "along a straight line", page);
    temper_release(x);
}

/* {"n":[…],"from":[…],"to":[…],"labels":[…],"values":[…],"way":[[x,y,z],…]} */
static void surface_data(const temper_cut *cut, temper_text *page) {
    const temper_slice_view *v = &cut->view;
    const temper_bundle *b = &cut->bundle;
    temper_text_add(
        page,
        "{\"n\":[%lld,%lld],\"from\":[%.9g,%.9g],\"to\":[%.9g,%.9g],\"labels\":[\"%s\",\"%s\"],\"values\":[",
        (long long)v->axis[0].n, (long long)v->axis[1].n, v->axis[0].from, v->axis[1].from, v->axis[0].to,
        v->axis[1].to, b->bearing[0].label, b->bearing[1].label);
    for (int64_t p = 0; p < v->points; p++) {
        double L = v->field[TEMPER_FIELD_LOSS][p];
        temper_text_add(page, isfinite(L) ? "%s%.6g" : "%snull", p ? "," : "", L);
    }
    temper_text_add(page, "],\"way\":[");
    for (int64_t r = 0; r < b->stops; r++)
        if (isfinite(b->height[r]))
            temper_text_add(page, "%s[%.6g,%.6g,%.6g]", r ? "," : "", b->way[2 * r], b->way[2 * r + 1],
                            b->height[r]);
    temper_text_add(page, "]}");
}

static void draw_map(const temper_cut *cut, temper_field field, const char *what, bool turn,
                     temper_text *page) {
    const temper_slice_view *v = &cut->view;
    const temper_bundle *b = &cut->bundle;
    if (!v->field[field]) return;
    temper_contour c = {.title = what,
                        .x_label = b->bearing[0].label,
                        .y_label = b->bearing[1].label,
                        .value = v->field[field],
                        .marked = true,
                        .stops = b->stops,
                        .way = b->way};
    for (int k = 0; k < 2; k++) c.n[k] = v->axis[k].n, c.from[k] = v->axis[k].from, c.to[k] = v->axis[k].to;
    temper_text_add(page, "<figure>");
    if (turn) {
        temper_text_add(page, "<div class=\"surface\" data-what=\"%s\" data-grid='", what);
        surface_data(cut, page);
        temper_text_add(page, "'>");
    }
    temper_contour_svg(&c, page);
    temper_text_add(
        page,
        "%s<figcaption>lines of equal %s, dashed below the cross (where one stands); their heights are log-spaced about it%s",
        turn ? "</div>" : "", what, b->stops ? "; the black line is the way" : "");
    if (v->computed < v->points)
        temper_text_add(page, "; %lld of %lld points computed, the others interpolated",
                        (long long)v->computed, (long long)v->points);
    temper_text_add(page, "</figcaption></figure>\n");
}

/* A valley a bar, from its floor to its pass. */
static void draw_barcode(const temper_cut *cut, temper_text *page) {
    enum { BARS = 30 };
    double x[BARS][2], y[BARS][2], top = -INFINITY;
    temper_curve curve[BARS];
    const double *L = cut->view.field[TEMPER_FIELD_LOSS];
    int bars = 0;
    for (int64_t p = 0; p < cut->view.points; p++)
        if (isfinite(L[p])) top = fmax(top, L[p]);
    for (int64_t k = 0; k < cut->tree.n && bars < BARS; k++) {
        const temper_valley *v = &cut->tree.valley[k];
        if (!(v->death > v->birth)) continue;
        x[bars][0] = v->birth, x[bars][1] = isfinite(v->death) ? v->death : top;
        y[bars][0] = y[bars][1] = bars + 1;
        curve[bars] = (temper_curve){.label = "",
                                     .n = 2,
                                     .x = x[bars],
                                     .y = y[bars],
                                     .line = true,
                                     .colour = isfinite(v->death) ? 0 : 1};
        bars++;
    }
    if (bars < 2) return;
    temper_figure figure = {.title = "valleys",
                            .x_label = "loss, from floor to pass",
                            .y_label = "valley",
                            .mark = NAN,
                            .curves = bars,
                            .curve = curve};
    temper_text_add(page, "<figure>");
    temper_figure_svg(&figure, page);
    temper_text_add(
        page,
        "<figcaption>persistence of the valleys of the grid: each bar goes from a floor to the pass where it runs over into a deeper one"
        "</figcaption></figure>\n");
}

void temper_cut_page(const temper_cut *cut, temper_text *page) {
    const temper_slice_view *v = &cut->view;
    static const struct {
        temper_field field;
        const char *what;
    } others[] = {{TEMPER_FIELD_WRONG, "error"},
                  {TEMPER_FIELD_TEST_LOSS, "test loss"},
                  {TEMPER_FIELD_TEST_WRONG, "test error"},
                  {TEMPER_FIELD_GRADIENT, "gradient norm"},
                  {TEMPER_FIELD_TOP, "largest eigenvalue"},
                  {TEMPER_FIELD_BOTTOM, "smallest eigenvalue"},
                  {TEMPER_FIELD_UPPER, "upper curvature of the plane"},
                  {TEMPER_FIELD_LOWER, "lower curvature of the plane"},
                  {TEMPER_FIELD_MEAN, "mean curvature of the plane"}};
    bool alone = true;
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) alone &= !v->field[others[k].field];
    temper_text_add(page, "<h2>Slice: %s%s%s</h2>\n<div class=\"figures\"%s>\n", cut->bundle.bearing[0].label,
                    v->axes > 1 ? " and " : "", v->axes > 1 ? cut->bundle.bearing[1].label : "",
                    alone && cut->tree.n < 2 ? " style=\"max-width:34rem\""
                                             : ""); /* else one fills the page */
    if (v->axes == 1) draw_line(cut, TEMPER_FIELD_LOSS, TEMPER_FIELD_LOSS_ERROR, "loss", page);
    if (v->axes == 2) draw_map(cut, TEMPER_FIELD_LOSS, "loss", v->points <= SURFACE_MOST, page);
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
        if (v->axes == 1 && others[k].field != TEMPER_FIELD_TEST_LOSS)
            draw_line(cut, others[k].field, TEMPER_FIELDS, others[k].what, page);
        if (v->axes == 2) draw_map(cut, others[k].field, others[k].what, false, page);
    }
    draw_barcode(cut, page);
    temper_text_add(page, "</div>\n");
    if (v->axes == 3)
        temper_text_add(page, "<p>Three axes: slice.vti opens in ParaView, slice.npz in NumPy.</p>\n");
}
