/* Paths as numbers, a table, figures and files. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "data/npz_write.h"
#include "run/figure.h"
#include "run/survey_path.h"

/* ---- JSON ---- */

static void list(temper_json *json, const char *name, const double *x, int64_t n) {
    temper_json_open(json, name, '[');
    for (int64_t k = 0; k < n; k++) temper_json_real(json, NULL, x[k]);
    temper_json_close(json, ']');
}

static void profile_json(const char *name, const temper_profile *p, temper_json *json) {
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "name", name);
    temper_json_real(json, "barrier", p->barrier);
    temper_json_real(json, "barrier_error", p->barrier_error);
    temper_json_real(json, "barrier_at", p->barrier_t);
    temper_json_real(json, "rise", p->rise);
    temper_json_real(json, "rise_error", p->rise_error);
    temper_json_real(json, "rise_at", p->rise_t);
    temper_json_real(json, "test_barrier", p->test_barrier);
    temper_json_real(json, "test_rise", p->test_rise);
    temper_json_real(json, "mean", p->mean);
    temper_json_real(json, "length", p->length);
    temper_json_real(json, "straight", p->straight);
    list(json, "t", p->t, p->points);
    list(json, "along", p->along, p->points);
    list(json, "loss", p->loss, p->points);
    list(json, "error", p->error, p->points);
    list(json, "wrong", p->wrong, p->points);
    list(json, "test_loss", p->test_loss, p->points);
    list(json, "test_wrong", p->test_wrong, p->points);
    temper_json_close(json, '}');
}

static void alignment_json(const temper_alignment *a, temper_json *json) {
    temper_json_open(json, "alignment", '{');
    temper_json_int(json, "groups", a->groups);
    temper_json_int(json, "units", a->units);
    temper_json_int(json, "moved", a->moved);
    temper_json_int(json, "sweeps", a->sweeps);
    list(json, "cosine", a->cosine, 2);
    list(json, "distance", a->distance, 2);
    temper_json_close(json, '}');
}

static void band_json(const temper_band *b, temper_json *json) {
    temper_json_open(json, "band", '{');
    temper_json_int(json, "images", b->images);
    temper_json_int(json, "steps", b->steps);
    temper_json_bool(json, "converged", b->converged);
    temper_json_bool(json, "climbed", b->climbed);
    temper_json_real(json, "residual", b->residual);
    temper_json_real(json, "peak", b->peak);
    temper_json_real(json, "peak_along", b->peak_at);
    list(json, "barrier", b->barrier, 2);
    list(json, "energy", b->energy, b->images);
    list(json, "along", b->along, b->images);
    list(json, "force", b->force, b->images);
    temper_json_close(json, '}');
}

static void tell_json(const survey_path *path) {
    temper_json *json = &path->survey->json;
    temper_json_string(json, "curve", path->survey->s->curve);
    if (path->survey->s->align) alignment_json(&path->alignment, json);
    if (path->route.knot) temper_json_int(json, "knots", path->route.knots);
    if (isfinite(path->trained)) temper_json_real(json, "trained_loss", path->trained);
    if (path->band.images) band_json(&path->band, json);
    temper_json_open(json, "paths", '[');
    for (int k = 0; k < path->looks; k++) profile_json(path->name[k], &path->profile[k], json);
    temper_json_close(json, ']');
}

/* ---- a table ---- */

static void tell_text(const survey_path *path) {
    temper_text *text = &path->survey->text;
    const temper_profile *first = &path->profile[0];
    const temper_alignment *a = &path->alignment;
    const temper_band *b = &path->band;
    temper_text_add(text, "ends: loss %.6g and %.6g, distance %.5g\n", first->loss[0],
                    first->loss[first->points - 1], first->straight);
    if (path->survey->s->align)
        temper_text_add(
            text,
            "alignment: %lld of %lld units in %d group%s change places (%d sweep%s); distance %.5g → %.5g, "
            "cosine %.4f → %.4f\n",
            (long long)a->moved, (long long)a->units, a->groups, a->groups == 1 ? "" : "s", a->sweeps,
            a->sweeps == 1 ? "" : "s", a->distance[0], a->distance[1], a->cosine[0], a->cosine[1]);
    if (isfinite(path->trained))
        temper_text_add(text, "trained curve of %lld bend%s: mean loss of the last steps %.6g\n",
                        (long long)path->route.knots - 2, path->route.knots == 3 ? "" : "s", path->trained);
    if (b->images) {
        temper_text_add(text, "%lld images, %lld steps, %s", (long long)b->images, (long long)b->steps,
                        b->converged ? "converged" : "not converged");
        if (path->curve == 3) /* a string's does not vanish */
            temper_text_add(text, "; largest force across the path %.3g", b->residual);
        temper_text_add(text, "\npeak %.8g: %.6g above the first end, %.6g above the other\n", b->peak,
                        b->barrier[0], b->barrier[1]);
    }
    temper_text_add(text, "\n%-20s  %12s %10s  %6s  %12s %10s  %12s  %10s\n", "path", "barrier", "error",
                    "at t", "rise", "error", "test barrier", "length");
    for (int k = 0; k < path->looks; k++) {
        const temper_profile *p = &path->profile[k];
        temper_text_add(text, "%-20s ", path->name[k]);
        temper_text_cell(text, 12, 6, p->barrier), temper_text_cell(text, 10, 2, p->barrier_error);
        temper_text_add(text, "  %6.3f ", p->barrier_t);
        temper_text_cell(text, 12, 6, p->rise), temper_text_cell(text, 10, 2, p->rise_error);
        temper_text_cell(text, 13, 6, p->test_barrier);
        temper_text_add(text, "  %10.5g\n", p->length);
    }
    temper_text_add(text,
                    "barrier: largest L(t) − [(1−t) L(0) + t L(1)]; rise: largest L(t) − max(L(0), L(1))%s\n",
                    path->survey->scene.network ? ";\nstandard errors over the choice of rows" : "");
}

/* ---- figures ---- */

typedef struct {
    const char *title, *y, *caption;
    int column; /* offset of its numbers, in columns behind t */
    bool errors;
} drawing;

static void draw(const survey_path *path, const drawing *d, temper_text *out) {
    temper_curve curve[SURVEY_LOOKS];
    for (int k = 0; k < path->looks; k++) {
        const temper_profile *p = &path->profile[k];
        const double *columns[] = {p->loss, p->wrong, p->test_loss, p->test_wrong};
        curve[k] = (temper_curve){.label = path->name[k],
                                  .n = (int)p->points,
                                  .x = p->t,
                                  .y = columns[d->column],
                                  .error = d->errors ? p->error : NULL,
                                  .line = true,
                                  .colour = k};
    }
    const temper_figure figure = {.title = d->title,
                                  .x_label = "t",
                                  .y_label = d->y,
                                  .mark = NAN,
                                  .curves = path->looks,
                                  .curve = curve};
    temper_figure_panel(&figure, d->caption, out);
}

static void draw_images(const survey_path *path, temper_text *out) {
    const temper_band *b = &path->band;
    const temper_curve curve = {.label = "images", .n = (int)b->images, .x = b->along, .y = b->energy};
    const temper_figure figure = {.title = "Minimum-energy path",
                                  .x_label = "length along the path",
                                  .y_label = "energy",
                                  .mark = b->peak_at,
                                  .mark_label = "peak",
                                  .curves = 1,
                                  .curve = &curve};
    temper_figure_panel(&figure, "Images of the path, each where the slope across the path vanishes.", out);
}

static void tell_page(const survey_path *path) {
    static const drawing drawings[] = {
        {"Loss", "mean loss",
         "On the rows that are looked at. Bands: standard error of the difference from t = 0, paired over rows.",
         0, true},
        {"Test loss", "mean loss", "On the test rows.", 2, false},
        {"Error rate", "share of rows", "Rows whose largest output is another class.", 1, false},
        {"Test error rate", "share of rows", "On the test rows.", 3, false}};
    temper_text *out = &path->survey->page;
    temper_text_add(out, "<h2>Path</h2>\n<div class=\"figures\">\n");
    for (size_t k = 0; k < sizeof drawings / sizeof *drawings; k++) draw(path, &drawings[k], out);
    if (path->band.images) draw_images(path, out);
    temper_text_add(out, "</div>\n");
}

/* ---- files ---- */

static temper_status write_csv(const survey_path *path) {
    temper_text csv = {0};
    temper_text_add(&csv, "path,t,along,loss,error,wrong,test_loss,test_wrong\n");
    for (int k = 0; k < path->looks; k++) {
        const temper_profile *p = &path->profile[k];
        for (int64_t i = 0; i < p->points; i++) {
            const double row[] = {p->t[i],     p->along[i],     p->loss[i],      p->error[i],
                                  p->wrong[i], p->test_loss[i], p->test_wrong[i]};
            temper_text_add(&csv, "\"%s\"", path->name[k]);
            for (size_t c = 0; c < sizeof row / sizeof *row; c++) {
                temper_text_add(&csv, ",");
                if (isfinite(row[c])) temper_text_real(&csv, row[c]);
            }
            temper_text_add(&csv, "\n");
        }
    }
    temper_status bad =
        csv.failed ? TEMPER_NO_MEMORY : temper_desk_write(path->survey->desk, "path.csv", csv.data);
    temper_text_clear(&csv);
    return bad;
}

/* knots [knots][dim]: the ends (the other one aligned, if that was asked for) and what is between them. */
static temper_status write_npz(const survey_path *path) {
    const int64_t P = path->survey->scene.dim, knots = path->route.knot ? path->route.knots : 2;
    const double *from = path->route.knot ? path->route.knot : path->ends;
    const int64_t shape[] = {knots, P};
    float *single = temper_alloc((size_t)knots, (size_t)P * sizeof *single);
    char *file = temper_desk_path(path->survey->desk, "path.npz");
    temper_status bad = single && file ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < knots * P && !bad; i++) single[i] = (float)from[i];
    if (!bad) bad = temper_npz_write(file, &(temper_npz_array){"knots", 2, shape, single}, 1);
    temper_release(single);
    temper_release(file);
    return bad;
}

temper_status temper_survey_path_tell(survey_path *path) {
    tell_json(path);
    tell_text(path);
    tell_page(path);
    if (!path->survey->desk->folder) return TEMPER_OK;
    temper_status bad = write_csv(path);
    return bad ? bad : write_npz(path);
}
