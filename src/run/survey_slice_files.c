/* Files of a slice: npz for NumPy, CSV for everybody, vti and vtp for ParaView. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "data/npz_write.h"
#include "data/vti.h"
#include "run/survey_slice.h"

static const char *const letters[] = {"x", "y", "z"};

/* ---- csv ---- */

static void csv(const temper_cut *cut, temper_text *out) {
    const temper_slice_view *v = &cut->view;
    for (int k = 0; k < v->axes; k++) temper_text_add(out, "%s,", letters[k]);
    for (int f = 0; f < TEMPER_FIELDS; f++)
        if (v->field[f]) temper_text_add(out, "%s,", temper_field_name((temper_field)f));
    temper_text_add(out, "level\n");
    for (int64_t p = 0; p < v->points; p++) {
        int64_t rest = p;
        for (int k = 0; k < v->axes; rest /= v->axis[k].n, k++) {
            temper_text_real(out, temper_axis_at(&v->axis[k], rest % v->axis[k].n));
            temper_text_bytes(out, ",", 1);
        }
        for (int f = 0; f < TEMPER_FIELDS; f++) {
            if (!v->field[f]) continue;
            if (isfinite(v->field[f][p]))
                temper_text_real(out, v->field[f][p]);
            else
                temper_text_add(out, isnan(v->field[f][p]) ? "nan" : "inf");
            temper_text_bytes(out, ",", 1);
        }
        temper_text_add(out, v->level[p] == TEMPER_NOT_COMPUTED ? "interpolated\n" : "%d\n",
                        (int)v->level[p]);
    }
}

/* ---- npz ---- */

enum { MEMBERS = SLICE_AXES * 2 + TEMPER_FIELDS + 4 };
typedef struct {
    temper_npz_array array[MEMBERS];
    int64_t shape[MEMBERS][SLICE_AXES];
    int n;
    float *room, *at;
} archive;

/* An array whose numbers follow; returns where they go. */
static float *member(archive *a, const char *name, int dims, const int64_t *shape) {
    int64_t count = 1;
    for (int k = 0; k < dims; k++) a->shape[a->n][k] = shape[k], count *= shape[k];
    a->array[a->n] = (temper_npz_array){name, dims, a->shape[a->n], a->at};
    a->n++;
    float *here = a->at;
    a->at += count;
    return here;
}

static void pack(archive *a, const temper_cut *cut, int64_t dim) {
    static const char *const directions[] = {"direction_0", "direction_1", "direction_2"};
    const temper_slice_view *v = &cut->view;
    const temper_bundle *b = &cut->bundle;
    int64_t grid[SLICE_AXES];
    for (int k = 0; k < v->axes; k++) {
        grid[v->axes - 1 - k] = v->axis[k].n; /* the first axis is the fastest: loss[z][y][x] */
        float *to = member(a, letters[k], 1, &v->axis[k].n);
        for (int64_t i = 0; i < v->axis[k].n; i++) to[i] = (float)temper_axis_at(&v->axis[k], i);
    }
    for (int f = 0; f < TEMPER_FIELDS; f++) {
        if (!v->field[f]) continue;
        float *to = member(a, temper_field_name((temper_field)f), v->axes, grid);
        for (int64_t p = 0; p < v->points; p++) to[p] = (float)v->field[f][p];
    }
    float *level = member(a, "level", v->axes, grid);
    for (int64_t p = 0; p < v->points; p++) level[p] = v->level[p] == TEMPER_NOT_COMPUTED ? -1 : v->level[p];
    for (int k = 0; k < v->axes; k++) {
        float *to = member(a, directions[k], 1, &dim);
        for (int64_t i = 0; i < dim; i++) to[i] = (float)b->direction[k * dim + i];
    }
    if (!b->stops) return;
    float *way = member(a, "trajectory", 2, (int64_t[]){b->stops, b->axes});
    for (int64_t i = 0; i < b->stops * b->axes; i++) way[i] = (float)b->way[i];
    float *height = member(a, "trajectory_loss", 1, &b->stops);
    for (int64_t i = 0; i < b->stops; i++) height[i] = (float)b->height[i];
}

static temper_status npz(const temper_cut *cut, int64_t dim, const char *path) {
    const temper_slice_view *v = &cut->view;
    archive a = {0};
    int64_t room = v->points * (TEMPER_FIELDS + 1) + dim * v->axes + cut->bundle.stops * (SLICE_AXES + 1);
    for (int k = 0; k < v->axes; k++) room += v->axis[k].n;
    if (!(a.room = a.at = temper_alloc((size_t)room, sizeof *a.room))) return TEMPER_NO_MEMORY;
    pack(&a, cut, dim);
    temper_status bad = temper_npz_write(path, a.array, a.n);
    temper_release(a.room);
    return bad;
}

/* ---- for ParaView ---- */

/* Heights of the surface: the loss, or its decimal logarithm where it is positive and varies a hundredfold. */
static double height_of(bool log, double loss) { return log ? temper_log(loss) / 2.302585092994046 : loss; }

static bool on_log_scale(const temper_slice_view *v) {
    double low = INFINITY, high = -INFINITY;
    for (int64_t p = 0; p < v->points; p++) {
        double L = v->field[TEMPER_FIELD_LOSS][p];
        if (isfinite(L)) low = fmin(low, L), high = fmax(high, L);
    }
    return low > 0 && high > 100 * low;
}

static temper_status vtp(const temper_cut *cut, const temper_vtk_grid *grid, const char *path) {
    const temper_slice_view *v = &cut->view;
    const temper_bundle *b = &cut->bundle;
    bool log = on_log_scale(v);
    double *height = temper_alloc((size_t)(v->points + 3 * b->stops), sizeof *height);
    if (!height) return TEMPER_NO_MEMORY;
    double *line = height + v->points;
    for (int64_t p = 0; p < v->points; p++) height[p] = height_of(log, v->field[TEMPER_FIELD_LOSS][p]);
    for (int64_t r = 0; r < b->stops; r++)
        line[3 * r] = b->way[2 * r], line[3 * r + 1] = b->way[2 * r + 1],
                 line[3 * r + 2] = height_of(log, b->height[r]);
    temper_vtk_surface surface = {.height = height, .line = b->stops > 1 ? b->stops : 0, .at = line};
    temper_status bad = temper_vtp_write(path, grid, &surface);
    temper_release(height);
    return bad;
}

static temper_status vtk(const temper_cut *cut, const char *vti_path, const char *vtp_path) {
    const temper_slice_view *v = &cut->view;
    temper_vtk_field field[TEMPER_FIELDS + 1];
    temper_vtk_grid grid = {.axes = v->axes, .field = field};
    for (int k = 0; k < v->axes; k++)
        grid.n[k] = v->axis[k].n, grid.from[k] = v->axis[k].from, grid.to[k] = v->axis[k].to;
    for (int f = 0; f < TEMPER_FIELDS; f++)
        if (v->field[f])
            field[grid.fields++] = (temper_vtk_field){temper_field_name((temper_field)f), v->field[f]};
    double *level = temper_alloc((size_t)v->points, sizeof *level);
    if (!level) return TEMPER_NO_MEMORY;
    for (int64_t p = 0; p < v->points; p++) level[p] = v->level[p] == TEMPER_NOT_COMPUTED ? -1 : v->level[p];
    field[grid.fields++] = (temper_vtk_field){"level", level};
    temper_status bad = temper_vti_write(vti_path, &grid);
    if (!bad && v->axes == 2) bad = vtp(cut, &grid, vtp_path);
    temper_release(level);
    return bad;
}

static char *path_of(const temper_survey *survey, const char *stem, const char *end) {
    char name[80];
    snprintf(name, sizeof name, "%.60s.%s", stem, end);
    return temper_desk_path(survey->desk, name);
}

temper_status temper_cut_files(const temper_cut *cut, const temper_survey *survey, const char *stem) {
    char name[80];
    temper_text table = {0};
    csv(cut, &table);
    snprintf(name, sizeof name, "%.60s.csv", stem);
    temper_status bad = table.failed ? TEMPER_NO_MEMORY : temper_desk_write(survey->desk, name, table.data);
    temper_text_clear(&table);
    char *archive_path = path_of(survey, stem, "npz"), *image = path_of(survey, stem, "vti"),
         *surface = path_of(survey, stem, "vtp");
    if (!bad && (!archive_path || !image || !surface)) bad = TEMPER_NO_MEMORY;
    if (!bad) bad = npz(cut, survey->scene.dim, archive_path);
    if (!bad) bad = vtk(cut, image, surface);
    temper_release(archive_path);
    temper_release(image);
    temper_release(surface);
    return bad;
}
