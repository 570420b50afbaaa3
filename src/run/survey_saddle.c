/* landscape --what saddle: what kind of a place a network (or a point of a potential) is at, the way down along its most negative curvature, and
 * the critical point that is nearest by Newton's method. */
#include <math.h>
#include "base/memory.h"
#include "data/npz_write.h"
#include "run/figure.h"
#include "run/survey.h"
#include "temper/path.h"

typedef struct {
    temper_survey *survey;
    double *theta; /* [dim] of the saddle */
    temper_saddle here, there;
    temper_fall fall[2]; /* from the place, from the saddle */
} lookout;

/* ---- numbers ---- */

static void list(temper_json *json, const char *name, const double *x, int64_t n) {
    temper_json_open(json, name, '[');
    for (int64_t k = 0; k < n; k++) temper_json_real(json, NULL, x[k]);
    temper_json_close(json, ']');
}

static void fall_json(const temper_fall *f, temper_json *json) {
    temper_json_open(json, "descent", '{');
    temper_json_real(json, "lambda", f->lambda);
    temper_json_real(json, "slope_along", f->along);
    temper_json_bool(json, "falls_minus", f->falls[0]);
    temper_json_bool(json, "falls_plus", f->falls[1]);
    temper_json_real(json, "best_alpha", f->best_alpha);
    temper_json_real(json, "best_change", f->best_change);
    temper_json_real(json, "best_error", f->best_error);
    list(json, "alpha", f->alpha, TEMPER_FALL_POINTS);
    list(json, "change", f->change, TEMPER_FALL_POINTS);
    list(json, "expected", f->expected, TEMPER_FALL_POINTS);
    list(json, "error", f->error, TEMPER_FALL_POINTS);
    temper_json_close(json, '}');
}

static void place_json(const char *name, const temper_saddle *s, const temper_fall *f, temper_json *json) {
    temper_json_open(json, name, '{');
    temper_json_real(json, "energy", s->energy);
    temper_json_real(json, "slope", s->slope);
    temper_json_real(json, "lowest", s->lowest);
    temper_json_real(json, "lowest_residual", s->residual);
    temper_json_real(json, "highest", s->highest);
    temper_json_int(json, "index", s->index);
    temper_json_bool(json, "index_exact", s->counted);
    temper_json_real(json, "threshold", s->threshold);
    if (s->level >= 0) temper_json_int(json, "level", s->level);
    temper_json_real(json, "share", s->share);
    list(json, "share_interval", (const double[]){s->low, s->high}, 2);
    temper_json_real(json, "flat", s->flat);
    temper_json_int(json, "products", s->products);
    fall_json(f, json);
    temper_json_close(json, '}');
}

static void tell_place(const char *name, const temper_saddle *s, const temper_fall *f, temper_text *text) {
    temper_text_add(text, "\n%s: energy %.8g, |gradient| %.3g\n", name, s->energy, s->slope);
    temper_text_add(text, "  eigenvalues from %.6g (residual %.1g) to %.6g; %s%lld below −%.2g", s->lowest,
                    s->residual, s->highest, s->counted ? "" : "at least ", (long long)s->index,
                    s->threshold);
    if (s->level >= 0) temper_text_add(text, ", %lld within ±%.2g", (long long)s->level, s->threshold);
    if (!s->counted)
        temper_text_add(text, "; share %.4f (95 %% interval %.4f … %.4f)", s->share, s->low, s->high);
    temper_text_add(text, "\n");
    if (f->best_change < 0) {
        temper_text_add(text, "  along its eigenvector the energy falls on %s, most by %.6g",
                        f->falls[0] && f->falls[1] ? "both sides" : "one side", -f->best_change);
        if (isfinite(f->best_error))
            temper_text_add(text, " ± %.2g", f->best_error); /* of one row there is none */
        temper_text_add(text, " at α = %.4g\n", f->best_alpha);
    } else
        temper_text_add(text, "  along its eigenvector the energy falls nowhere\n");
}

static void tell(const lookout *l) {
    temper_survey *survey = l->survey;
    const temper_saddle *s = &l->there;
    temper_json *json = &survey->json;
    place_json("place", &l->here, &l->fall[0], json);
    place_json("saddle", s, &l->fall[1], json);
    temper_json_bool(json, "converged", s->converged);
    temper_json_int(json, "steps", s->steps);
    temper_json_real(json, "moved", s->moved);
    tell_place("where one stands", &l->here, &l->fall[0], &survey->text);
    tell_place(s->converged ? "critical point" : "nearest to a critical point", s, &l->fall[1],
               &survey->text);
    temper_text_add(
        &survey->text, "  %lld steps, %lld Hessian products, distance %.4g; |gradient| from %.3g to %.3g%s\n",
        (long long)s->steps, (long long)s->products, s->moved, s->start_slope, s->slope,
        s->converged     ? ""
        : s->flat < 1e-2 ? "; it did not converge: what is left of the gradient lies in flat directions"
                         : "; it did not converge (more --steps)");
}

/* ---- figures and files ---- */

static void draw(const temper_fall *f, const char *title, temper_text *out) {
    double x[TEMPER_FALL_POINTS], y[TEMPER_FALL_POINTS], e[TEMPER_FALL_POINTS], parabola[TEMPER_FALL_POINTS];
    int n = 0;
    const double wide = f->best_change < 0 ? 2 * fabs(f->best_alpha) : INFINITY;
    for (int k = 0; k < TEMPER_FALL_POINTS; k++) {
        if (fabs(f->alpha[k]) > wide) continue;
        x[n] = f->alpha[k], y[n] = f->change[k], e[n] = f->error[k], parabola[n++] = f->expected[k];
    }
    const temper_curve curve[] = {
        {.label = "measured", .n = n, .x = x, .y = y, .error = e, .colour = 0},
        {.label = "g·v α + λα²/2", .n = n, .x = x, .y = parabola, .line = true, .colour = 1}};
    const temper_figure figure = {.title = title,
                                  .x_label = "α",
                                  .y_label = "change of the energy",
                                  .mark = NAN,
                                  .curves = 2,
                                  .curve = curve};
    temper_figure_panel(
        &figure,
        "Along the eigenvector of the lowest eigenvalue. Error bars: over the choice of rows, paired.", out);
}

static temper_status write_files(const lookout *l) {
    const temper_survey *survey = l->survey;
    const int64_t P = survey->scene.dim;
    temper_text csv = {0};
    temper_text_add(&csv, "from,alpha,change,error,expected\n");
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < TEMPER_FALL_POINTS; i++) {
            const temper_fall *f = &l->fall[k];
            const double row[] = {f->alpha[i], f->change[i], f->error[i], f->expected[i]};
            temper_text_add(&csv, "%s", k ? "saddle" : "place");
            for (int c = 0; c < 4; c++) {
                temper_text_add(&csv, ",");
                if (isfinite(row[c])) temper_text_real(&csv, row[c]);
            }
            temper_text_add(&csv, "\n");
        }
    temper_status bad =
        csv.failed ? TEMPER_NO_MEMORY : temper_desk_write(survey->desk, "saddle.csv", csv.data);
    temper_text_clear(&csv);
    float *single = temper_alloc(3, (size_t)P * sizeof *single);
    char *file = temper_desk_path(survey->desk, "saddle.npz");
    if (!single || !file) bad = TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < P && !bad; i++) {
        single[i] = (float)l->theta[i];
        single[P + i] = (float)l->there.vector[i], single[2 * P + i] = (float)l->here.vector[i];
    }
    const temper_npz_array array[] = {{"theta", 1, &P, single},
                                      {"down", 1, &P, single + P},
                                      {"down_from_the_place", 1, &P, single + 2 * P}};
    if (!bad) bad = temper_npz_write(file, array, 3);
    temper_release(single);
    temper_release(file);
    return bad;
}

/* ---- the work ---- */

static temper_status look(lookout *l) {
    temper_survey *survey = l->survey;
    temper_landscape *landscape = survey->scene.landscape;
    const double *theta = survey->scene.theta;
    const temper_saddle_plan plan = {.steps = survey->s->steps};
    const temper_errand quiet = {.stream = survey->errand.stream, .stop = survey->errand.stop};
    temper_survey_phase(survey, "lowest eigenvalue", "products");
    temper_status bad = temper_saddle_look(landscape, &plan, &quiet, theta, &l->here);
    if (!bad)
        bad = temper_fall_along(landscape, theta, l->here.vector, l->here.lowest, 0, &quiet, &l->fall[0]);
    temper_survey_phase(survey, "saddle", "steps");
    for (int64_t i = 0; i < survey->scene.dim; i++) l->theta[i] = theta[i];
    if (!bad) bad = temper_saddle_find(landscape, &plan, &survey->errand, l->theta, &l->there);
    if (!bad)
        bad =
            temper_fall_along(landscape, l->theta, l->there.vector, l->there.lowest, 0, &quiet, &l->fall[1]);
    return bad;
}

temper_status temper_survey_saddle(temper_survey *survey) {
    lookout l = {.survey = survey, .theta = temper_alloc((size_t)survey->scene.dim, sizeof(double))};
    temper_status bad = l.theta ? look(&l) : TEMPER_NO_MEMORY;
    if (!bad) {
        tell(&l);
        temper_text_add(&survey->page, "<h2>Saddle</h2>\n<div class=\"figures\">\n");
        draw(&l.fall[0], "From where one stands", &survey->page);
        draw(&l.fall[1], "From the critical point", &survey->page);
        temper_text_add(&survey->page, "</div>\n");
        if (survey->desk->folder) bad = write_files(&l);
    }
    temper_saddle_clear(&l.here);
    temper_saddle_clear(&l.there);
    temper_release(l.theta);
    return bad;
}
