#include "run/work_tasks.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "core/catalogue.h"

enum { TURNS = 20 };

/* Which rows the network is driven to: of another part, or all of another set. Both ends have as many, the first ones. */
static temper_status choose(const temper_survey *survey, temper_work_tasks *t) {
    static const char *const parts[] = {"training", "validation", "test"};
    const temper_scene *scene = &survey->scene;
    const char *to = survey->s->to;
    const int64_t *row = NULL;
    int64_t count = 0;
    if (!strncmp(to, "part:", 5)) {
        int k = 0;
        while (k < 3 && strcmp(to + 5, parts[k])) k++;
        if (k == 3)
            return temper_fail(
                TEMPER_BAD_OPTION,
                "measure: to=%.60s, legal are part:training, part:validation, part:test and data sets", to);
        row = scene->parts.row[k], count = scene->parts.n[k];
    } else {
        temper_status bad = temper_dataset_create(&t->data, to);
        if (!bad && scene->networks.folder) bad = temper_networks_suit(&scene->networks, t->data, "measure");
        if (bad) return bad;
        if (t->data->data.features != scene->data->data.features ||
            t->data->data.outputs != scene->data->data.outputs || !t->data->data.y != !scene->data->data.y ||
            t->data->data.classes > scene->data->data.classes)
            return temper_fail(TEMPER_BAD_DATA,
                               "measure: %.120s has other features, classes or targets than %.120s", to,
                               scene->data->text);
        count = t->data->data.n;
    }
    if (count < 1) return temper_fail(TEMPER_BAD_DATA, "measure: to=%.60s has no rows", to);
    t->rows = count < scene->rows ? count : scene->rows;
    t->row = temper_alloc((size_t)t->rows, sizeof *t->row);
    if (!t->row) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < t->rows; i++) t->row[i] = row ? row[i] : i;
    snprintf(t->name, sizeof t->name, "%lld rows of %.150s", (long long)t->rows, to);
    return TEMPER_OK;
}

/* Largest curvature of u at both ends, where one stands, by powers of H. */
static temper_status steepest(const temper_survey *survey, const temper_work_tasks *t, double *most) {
    int64_t P = survey->scene.dim;
    double *v = temper_alloc(2 * (size_t)P, sizeof *v), *Hv = v + P;
    temper_status bad = v ? TEMPER_OK : TEMPER_NO_MEMORY;
    *most = 0;
    for (int k = 0; k < 2 && !bad && t->landscape[k]; k++) {
        temper_operator *A;
        bad = temper_landscape_operator(t->landscape[k], TEMPER_HESSIAN, survey->scene.theta,
                                        survey->errand.stream, &A);
        if (bad) break;
        for (int64_t i = 0; i < P; i++) v[i] = temper_normal(survey->errand.stream, TEMPER_FOR_PROBES, 0, i);
        double length = 1;
        for (int n = 0; n < TURNS && !bad && length > 0; n++) {
            double square = 0;
            bad = temper_operator_apply(A, 1, v, Hv);
            for (int64_t i = 0; i < P; i++) square += Hv[i] * Hv[i];
            length = __builtin_sqrt(square);
            for (int64_t i = 0; i < P && length > 0; i++) v[i] = Hv[i] / length;
        }
        *most = fmax(*most, length); /* |Hv| of the last unit vector */
        temper_operator_free(A);
    }
    temper_release(v);
    return bad;
}

/* The spring lets weights wander a tenth of their own length; a step is short beside the stiffest direction, shorter where there are many of them, as
 * adjusted moves are refused otherwise (P^(−1/3): Roberts & Rosenthal 1998). */
static temper_status suit(const temper_survey *survey, double T, temper_work_tasks *t) {
    double square = 0, P = (double)survey->scene.dim, N = (double)temper_landscape_samples(t->landscape[0]),
           most, third = 1;
    for (int64_t i = 0; i < survey->scene.dim; i++) square += survey->scene.theta[i] * survey->scene.theta[i];
    t->gamma = survey->s->gamma > 0 ? survey->s->gamma : 100 * P * T / (square > 0 ? square : 1);
    t->rate = survey->s->rate;
    if (t->rate > 0) return TEMPER_OK;
    temper_status bad = steepest(survey, t, &most);
    while (third * third * third < P) third *= 1.1;
    t->rate = 1 / ((most + t->gamma / N) * third);
    return bad;
}

temper_status temper_work_tasks_open(temper_survey *survey, double T, temper_work_tasks *t) {
    const temper_scene *scene = &survey->scene;
    bool other = *survey->s->to != 0;
    temper_network_task task[2] = {scene->task, scene->task};
    temper_status bad = other ? choose(survey, t) : TEMPER_OK;
    if (!bad && other) {
        for (int k = 0; k < 2; k++) task[k].rows = t->rows;
        for (int k = 0; k < 2 && task[k].batch > t->rows; k++) task[k].batch = t->rows;
        task[1].row = t->row;
        if (t->data) task[1].samples = &t->data->data;
    }
    for (int k = 0; k < (other ? 2 : 1) && !bad; k++)
        bad = temper_landscape_of_network(&t->landscape[k], &task[k], NULL, true);
    if (!bad) bad = suit(survey, T, t);
    for (int k = 0; k < 2 && !bad && t->landscape[k]; k++)
        bad = temper_potential_tie(&t->tied[k], temper_landscape_potential(t->landscape[k]), t->gamma,
                                   scene->theta);
    return bad;
}

void temper_work_tasks_clear(temper_work_tasks *t) {
    for (int k = 0; k < 2; k++) temper_potential_free(t->tied[k]), temper_landscape_free(t->landscape[k]);
    temper_dataset_free(t->data);
    temper_release(t->row);
    *t = (temper_work_tasks){0};
}
