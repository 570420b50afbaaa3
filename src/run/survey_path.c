/* landscape --what path: what lies between two networks, or two places of a potential. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "run/survey_path.h"

static const char *const curves[] = {"linear", "bezier", "polygon", "band", "string"};

/* ---- the two ends ---- */

/* "x,y" of a potential: as many numbers as it has coordinates. */
static temper_status read_place(const temper_scene *scene, const char *text, size_t length, double *theta) {
    const char *at = text, *stop = text + length;
    for (int64_t i = 0; i < scene->dim; i++) {
        size_t n = 0;
        while (at + n < stop && at[n] != ',') n++;
        bool last = at + n == stop;
        if (last != (i == scene->dim - 1) || !temper_read_real(at, n, theta + i))
            return temper_fail(
                TEMPER_BAD_OPTION,
                "%s: to=%.60s; legal are %lld numbers joined by ',', or two such places joined by ':'",
                scene->verb, text, (long long)scene->dim);
        at += n + !last;
    }
    return TEMPER_OK;
}

static temper_status read_ends(survey_path *path) {
    const temper_scene *scene = &path->survey->scene;
    const char *to = path->survey->s->to;
    double *from = path->ends, *end = from + scene->dim;
    memcpy(from, scene->theta, (size_t)scene->dim * sizeof *from);
    if (!*to)
        return temper_fail(TEMPER_BAD_OPTION, "%s: a path needs its other end: --to, a run, a model file%s",
                           scene->verb, scene->network ? " or member:k" : "; of a potential x,y");
    if (!scene->network) {
        const char *colon = strchr(to, ':');
        temper_status bad = colon ? read_place(scene, to, (size_t)(colon - to), from) : TEMPER_OK;
        const char *rest = colon ? colon + 1 : to;
        return bad ? bad : read_place(scene, rest, strlen(rest), end);
    }
    int64_t member;
    if (!strncmp(to, "member:", 7)) {
        if (!temper_read_int(to + 7, strlen(to + 7), &member))
            return temper_fail(TEMPER_BAD_OPTION,
                               "%s: to=%.60s; legal is member:k, k the number of a network of the run",
                               scene->verb, to);
        return temper_scene_weights(scene, member, -1, end, path->statistics);
    }
    return temper_scene_other(scene, to, path->survey->s->member, end, path->statistics);
}

/* Between two networks no statistics of batch norms are right but those of the place itself: each batch has its own. */
static temper_status open_landscape(survey_path *path) {
    temper_scene *scene = &path->survey->scene;
    path->landscape = scene->landscape;
    if (!scene->network || !temper_network_statistics(scene->network) || !scene->task.statistics)
        return TEMPER_OK;
    temper_network_task task = scene->task, test = scene->task;
    task.statistics = test.statistics = NULL;
    test.row = scene->test, test.rows = scene->tests;
    if (test.batch > test.rows) test.batch = test.rows;
    temper_status bad =
        temper_landscape_of_network(&path->own, &task, scene->tests ? &test : NULL, path->survey->s->precise);
    path->landscape = path->own;
    temper_json_string(&path->survey->json, "batch_norm", "of each batch along the path");
    temper_text_add(&path->survey->text,
                    "batch norms: statistics of each batch of %lld rows, along the whole path\n",
                    (long long)task.batch);
    return bad;
}

/* ---- curves ---- */

static temper_status look(survey_path *path, const char *name, const temper_route *route) {
    temper_survey *survey = path->survey;
    temper_survey_phase(survey, name, "points");
    temper_status bad = temper_profile_find(path->landscape, route, survey->s->points, &survey->errand,
                                            &path->profile[path->looks]);
    if (!bad) path->name[path->looks++] = name;
    return bad;
}

static temper_route straight(const survey_path *path) {
    return (temper_route){TEMPER_POLYGON, 2, path->survey->scene.dim, path->ends};
}

/* Knots at equal distances on the straight line. */
static temper_status lay(survey_path *path, temper_curve_kind kind, int64_t knots) {
    const int64_t P = path->survey->scene.dim;
    const temper_route line = straight(path);
    path->route = (temper_route){kind, knots, P, temper_alloc((size_t)knots, (size_t)P * sizeof(double))};
    if (!path->route.knot) return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < knots; k++)
        temper_route_at(&line, (double)k / (double)(knots - 1), path->route.knot + k * P);
    return TEMPER_OK;
}

static temper_status train(survey_path *path) {
    temper_survey *survey = path->survey;
    const temper_settings *s = survey->s;
    const temper_curve_plan plan = {s->steps, s->rate};
    temper_status bad = lay(path, path->curve == 1 ? TEMPER_BEZIER : TEMPER_POLYGON, s->bends + 2);
    temper_survey_phase(survey, "training the curve", "steps");
    if (!bad) bad = temper_curve_train(path->landscape, &plan, &survey->errand, &path->route, &path->trained);
    return bad;
}

static temper_status relax(survey_path *path) {
    temper_survey *survey = path->survey;
    const temper_settings *s = survey->s;
    const int64_t steps = path->curve == 4 ? 1000 : 300; /* the string descends without momentum */
    const temper_band_plan plan = {.string = path->curve == 4,
                                   .steps = s->steps || !survey->scene.network ? s->steps : steps,
                                   .rate = s->rate,
                                   .tolerance = survey->scene.network ? 1e-3 : 0};
    temper_status bad = lay(path, TEMPER_POLYGON, 2 * s->bends + 5);
    temper_survey_phase(survey, plan.string ? "string" : "band", "steps");
    if (!bad) bad = temper_band_relax(path->landscape, &plan, &survey->errand, &path->route, &path->band);
    return bad;
}

static temper_status align(survey_path *path) {
    temper_survey *survey = path->survey;
    temper_scene *scene = &survey->scene;
    if (!scene->network)
        return temper_fail(TEMPER_CANNOT, "%s: align permutes hidden units; a potential has none",
                           scene->verb);
    temper_survey_phase(survey, "alignment", "beginnings");
    return temper_align(scene->network, path->ends, &(temper_align_plan){.starts = 4}, &survey->errand,
                        path->ends + scene->dim, path->statistics, &path->alignment);
}

static temper_status check_ends(const survey_path *path) {
    const temper_profile *p = &path->profile[0];
    if (isfinite(p->loss[0]) && isfinite(p->loss[p->points - 1])) return TEMPER_OK;
    return temper_fail(TEMPER_DIVERGED, "%s: the loss at the %s end of the path is not finite",
                       path->survey->scene.verb, isfinite(p->loss[0]) ? "other" : "first");
}

static temper_status work(survey_path *path) {
    const temper_settings *s = path->survey->s;
    const temper_route line = straight(path);
    temper_status bad = read_ends(path);
    if (!bad) bad = open_landscape(path);
    if (!bad) bad = look(path, s->align ? "straight, as it is" : "straight", &line);
    if (!bad) bad = check_ends(path);
    if (!bad && s->align) bad = align(path);
    if (!bad && s->align) bad = look(path, "straight, aligned", &line);
    if (bad || path->curve == 0) return bad;
    bad = path->curve < 3 ? train(path) : relax(path);
    return bad ? bad : look(path, curves[path->curve], &path->route);
}

static temper_status choose(temper_survey *survey, int *curve) {
    const char *word = survey->s->curve;
    for (*curve = 0; *curve < 5; ++*curve)
        if (!strcmp(word, curves[*curve])) return TEMPER_OK;
    const char *near = temper_nearest(word, curves, 5);
    return temper_fail(
        TEMPER_BAD_OPTION, "%s: curve=%.60s is none of linear, bezier, polygon, band, string%s%s%s",
        survey->scene.verb, word, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

temper_status temper_survey_path(temper_survey *survey) {
    const temper_scene *scene = &survey->scene;
    survey_path path = {.survey = survey, .trained = NAN};
    temper_status bad = choose(survey, &path.curve);
    if (bad) return bad;
    path.ends = temper_alloc(2, (size_t)scene->dim * sizeof *path.ends);
    size_t S = scene->network ? (size_t)temper_network_statistics(scene->network) : 0;
    path.statistics = temper_alloc(S, sizeof *path.statistics);
    bad = path.ends && path.statistics ? work(&path) : TEMPER_NO_MEMORY;
    if (!bad) bad = temper_survey_path_tell(&path);
    for (int k = 0; k < path.looks; k++) temper_profile_clear(&path.profile[k]);
    temper_band_clear(&path.band);
    temper_landscape_free(path.own);
    temper_release(path.route.knot);
    temper_release(path.statistics);
    temper_release(path.ends);
    return bad;
}
