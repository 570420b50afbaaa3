/* Axes and directions of a slice from words: "random+hessian" is a random first axis and a Hessian second one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "run/survey_slice.h"

enum {
    TRAJECTORY_MAX = 256,
    TRAJECTORY_NUMBERS = 1 << 25
}; /* points of a way; all their coordinates, twice 256 MiB */
typedef enum { RANDOM, HESSIAN, TOP, GRADIENT, TRAJECTORY, POINTS, COORDINATES, FILES, WORDS } kind;
static const char *const words_known[WORDS] = {"random",     "hessian", "top",         "gradient",
                                               "trajectory", "points",  "coordinates", "file:…"};
static const char *const norms[] = {"filter", "layer", "weight", "unit", "none"};
static const char *const biases[] = {"biasbn", "none", "copy"};

typedef struct {
    temper_survey *survey;
    temper_bundle *b;
    int64_t dim, *part, parts; /* coordinates that move; NULL: all */
    kind kind[SLICE_AXES];
    bool fixed; /* eigenvectors beside random directions keep their own length */
    char file[512];
} making;

/* ---- axes ---- */

static temper_status read_axis(const char *name, const char *text, temper_axis *axis) {
    const char *second = strchr(text, ':'), *third = second ? strchr(second + 1, ':') : NULL;
    if (!third || !temper_read_real(text, (size_t)(second - text), &axis->from) ||
        !temper_read_real(second + 1, (size_t)(third - second - 1), &axis->to) ||
        !temper_read_int(third + 1, strlen(third + 1), &axis->n) || axis->n < 2 || axis->n > 1000000)
        return temper_fail(TEMPER_BAD_OPTION, "landscape: %s=%.60s; expected from:to:points such as -1:1:51",
                           name, text);
    return TEMPER_OK;
}

static temper_status read_axes(making *m) {
    const temper_settings *s = m->survey->s;
    const char *texts[SLICE_AXES] = {s->x, s->y, s->z};
    static const char *const letters[] = {"x", "y", "z"};
    temper_status bad = TEMPER_OK;
    for (int k = 0; k < SLICE_AXES && !bad; k++) {
        const char *text = texts[k];
        if (k == 1 && !strcmp(text, "auto")) text = m->dim > 1 ? s->x : "none";
        if (k && !strcmp(text, "none")) break;
        if (k >= m->dim)
            return temper_fail(TEMPER_BAD_OPTION, "landscape: %s=%.60s; there are %lld dimensions only",
                               letters[k], text, (long long)m->dim);
        bad = read_axis(letters[k], text, &m->b->axis[k]);
        m->b->axes = k + 1;
    }
    return bad;
}

/* ---- words ---- */

static temper_status read_word(making *m, int k, const char *word, size_t length) {
    temper_bearing *of = &m->b->bearing[k];
    if (length > 5 && !strncmp(word, "file:", 5) && length - 5 < sizeof m->file) {
        m->kind[k] = FILES;
        snprintf(m->file, sizeof m->file, "%.*s", (int)(length - 5), word + 5);
        snprintf(of->word, sizeof of->word, "file");
        return TEMPER_OK;
    }
    for (int w = 0; w < FILES; w++)
        if (strlen(words_known[w]) == length && !strncmp(word, words_known[w], length)) {
            m->kind[k] = (kind)w;
            snprintf(of->word, sizeof of->word, "%s", words_known[w]);
            return TEMPER_OK;
        }
    char wrong[40];
    snprintf(wrong, sizeof wrong, "%.*s", (int)(length < 39 ? length : 39), word);
    const char *near = temper_nearest(wrong, words_known, FILES);
    return temper_fail(
        TEMPER_BAD_OPTION,
        "landscape: directions=%s is none of random, hessian, top, gradient, trajectory, points, "
        "coordinates, file:…%s%s%s",
        wrong, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static temper_status read_words(making *m, const char *words) {
    int n = 0;
    temper_status bad = TEMPER_OK;
    for (const char *at = words; !bad; n++) {
        size_t length = strcspn(at, "+");
        if (n >= m->b->axes) {
            n = -1;
            break;
        }
        bad = read_word(m, n, at, length);
        at += length;
        if (!*at++) {
            n++;
            break;
        }
    }
    if (bad) return bad;
    if (n != 1 && n != m->b->axes)
        return temper_fail(TEMPER_BAD_OPTION,
                           "landscape: directions=%.80s for %d axes; one word for all of them, or one each",
                           words, m->b->axes);
    for (int k = 1; k < m->b->axes; k++) {
        if (n == 1)
            m->kind[k] = m->kind[0],
            memcpy(m->b->bearing[k].word, m->b->bearing[0].word, sizeof m->b->bearing[k].word);
        for (int l = 0; l < k; l++) m->b->bearing[k].turn += m->kind[l] == m->kind[k];
    }
    return TEMPER_OK;
}

/* ---- lengths ---- */

static temper_status choose(const char *option, const char *word, const char *const *names, int n, int *k) {
    for (*k = 0; *k < n; ++*k)
        if (!strcmp(word, names[*k])) return TEMPER_OK;
    const char *near = temper_nearest(word, names, n);
    return temper_fail(TEMPER_BAD_OPTION, "landscape: %s=%.60s is not known%s%s%s", option, word,
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* The first of these that says something. */
static const char *told(const char *of_axis, const char *of_all) {
    return of_axis && *of_axis ? of_axis : of_all;
}

static temper_status give_length(making *m, int k) {
    const temper_settings *s = m->survey->s;
    temper_bearing *of = &m->b->bearing[k];
    const char *norm = m->fixed ? "auto" : told(k == 0 ? s->xnorm : k == 1 ? s->ynorm : "", s->norm);
    const char *bias = m->fixed ? "auto" : told(k == 0 ? s->xignore : k == 1 ? s->yignore : "", s->ignore);
    bool plain = m->kind[k] == RANDOM, network = m->survey->scene.network != NULL;
    bool as_it_is = m->kind[k] == TRAJECTORY || m->kind[k] == POINTS || m->kind[k] == FILES;
    int which = 0, rule = 0;
    if (!strcmp(norm, "auto")) norm = plain && network ? "filter" : as_it_is ? "none" : "unit";
    if (!strcmp(bias, "auto")) bias = plain ? "biasbn" : "none";
    temper_status bad = choose("norm", norm, norms, 5, &which);
    if (!bad) bad = choose("ignore", bias, biases, 3, &rule);
    if (bad) return bad;
    double *d = m->b->direction + k * m->dim, size = 0;
    temper_direction_normalise(m->survey->scene.landscape, m->survey->scene.theta,
                               (temper_direction_norm)which, (temper_direction_bias)rule, d);
    of->norm = norms[which], of->bias = biases[rule], of->norm_rule = which, of->bias_rule = rule;
    for (int64_t i = 0; i < m->dim; i++) size = fmax(size, fabs(d[i]));
    if (size > 0 && isfinite(size)) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_DATA,
                       "landscape: direction %d (%s) has length 0 where norm=%s and ignore=%s", k + 1,
                       of->word, of->norm, of->bias);
}

/* ---- vectors ---- */

/* What does not move is 0. */
static void hold(const making *m, double *d) {
    if (!m->part) return;
    int64_t next = 0;
    for (int64_t i = 0; i < m->dim; i++)
        if (next < m->parts && m->part[next] == i)
            next++;
        else
            d[i] = 0;
}

static int count(const making *m, kind of) {
    int n = 0;
    for (int k = 0; k < m->b->axes; k++) n += m->kind[k] == of;
    return n;
}

/* hessian: top, bottom, second from the top, …; top: the largest ones. */
static temper_status take_eigenvectors(making *m, kind of) {
    int pairs = count(m, of);
    if (!pairs) return TEMPER_OK;
    temper_operator *H = NULL;
    temper_ends ends = {0};
    temper_ends_plan plan = {.which = of == TOP || pairs == 1 ? TEMPER_LARGEST : TEMPER_BOTH_ENDS,
                             .pairs = pairs,
                             .tolerance = 1e-5};
    temper_survey_phase(m->survey, "Lanczos", "products");
    temper_status bad = temper_survey_operator(m->survey, &H);
    if (!bad) bad = temper_ends_find(H, &plan, &m->survey->errand, &ends);
    for (int k = 0; k < m->b->axes && !bad; k++) {
        if (m->kind[k] != of) continue;
        int turn = m->b->bearing[k].turn, at = of == TOP ? turn : turn % 2 ? pairs - 1 - turn / 2 : turn / 2;
        double *d = m->b->direction + k * m->dim;
        for (int64_t i = 0; i < ends.dim; i++) d[m->part ? m->part[i] : i] = ends.vector[at * ends.dim + i];
        m->b->bearing[k].eigenvalue = ends.value[at], m->b->bearing[k].residual = ends.residual[at];
        m->b->bearing[k].label = of == TOP  ? turn ? "next eigenvector" : "top eigenvector"
                                 : turn % 2 ? "bottom eigenvector"
                                 : turn     ? "second eigenvector"
                                            : "top eigenvector";
    }
    if (!bad && !ends.converged)
        temper_desk_say(m->survey->desk,
                        "directions: the eigenvectors are not converged; residuals are in the report");
    temper_ends_clear(&ends);
    temper_operator_free(H);
    return bad;
}

static temper_status take_simple(making *m, int k) {
    double u, *d = m->b->direction + k * m->dim;
    temper_bearing *of = &m->b->bearing[k];
    temper_scene *scene = &m->survey->scene;
    temper_status bad = TEMPER_OK;
    if (m->kind[k] == RANDOM) {
        temper_direction_random(m->survey->errand.stream, of->step = k, m->dim, d);
        static const char *const labels[] = {"random direction 1", "random direction 2",
                                             "random direction 3"};
        of->label = count(m, RANDOM) > 1 ? labels[of->turn] : "random direction";
    } else if (m->kind[k] == COORDINATES) {
        d[of->turn] = 1;
        static const char *const labels[] = {"coordinate 1", "coordinate 2", "coordinate 3"};
        of->label = labels[of->turn];
    } else if (m->kind[k] == FILES) {
        bad = temper_direction_file(scene->landscape, m->file, of->turn, d);
        of->label = "direction of the file";
    } else if (m->kind[k] == GRADIENT && of->turn) {
        bad = temper_fail(
            TEMPER_BAD_OPTION,
            "landscape: there is one gradient; directions=gradient+random, say, has another axis");
    } else if (m->kind[k] == GRADIENT) {
        bad = temper_landscape_slope(scene->landscape, scene->theta, &u, d);
        of->label = "gradient";
    }
    if (!bad && m->kind[k] != FILES && m->kind[k] != COORDINATES) hold(m, d);
    return bad;
}

/* ---- places ---- */

/* Coordinates of rows of θ in the plane, and its height there. */
static temper_status place(making *m, int64_t rows, const double *theta) {
    temper_bundle *b = m->b;
    temper_scene *scene = &m->survey->scene;
    b->stops = rows;
    b->way = temper_alloc((size_t)rows, (size_t)(b->axes + 2) * sizeof *b->way);
    if (!b->way) return TEMPER_NO_MEMORY;
    b->away = b->way + rows * b->axes, b->height = b->away + rows;
    temper_status bad = TEMPER_OK;
    for (int64_t r = 0; r < rows && !bad; r++)
        bad = temper_direction_project(scene->theta, b->axes, b->direction, m->dim, theta + r * m->dim,
                                       b->way + r * b->axes, &b->away[r]);
    temper_plane plane = {
        .theta = scene->theta, .direction = b->direction, .axes = b->axes, .points = rows, .x = b->way};
    return bad ? bad
               : temper_landscape_scan(scene->landscape, &plane, &m->survey->errand,
                                       &(temper_scanned){.loss = b->height});
}

/* Components about the place where one stands, as long as the way reaches: it lies within −1 … 1. */
static temper_status take_components(making *m, int64_t rows, const double *theta) {
    int n = count(m, TRAJECTORY);
    double share[SLICE_AXES], *d = temper_alloc((size_t)n, (size_t)m->dim * sizeof *d);
    if (!d) return TEMPER_NO_MEMORY;
    temper_status bad = temper_direction_trajectory(rows, m->dim, theta, m->survey->scene.theta, n, d, share);
    for (int k = 0; k < m->b->axes && !bad; k++) {
        if (m->kind[k] != TRAJECTORY) continue;
        temper_bearing *of = &m->b->bearing[k];
        double x, far = 0, *to = m->b->direction + k * m->dim;
        const double *from = d + of->turn * m->dim;
        for (int64_t r = 0; r < rows && !bad; r++) {
            bad = temper_direction_project(m->survey->scene.theta, 1, from, m->dim, theta + r * m->dim, &x,
                                           NULL);
            far = fmax(far, fabs(x));
        }
        for (int64_t i = 0; i < m->dim; i++) to[i] = from[i] * far;
        of->share = share[of->turn], of->label = of->turn ? "next component" : "first component";
    }
    temper_release(d);
    return bad;
}

static temper_status read_trajectory(making *m, int64_t *rows, double **theta) {
    const temper_scene *scene = &m->survey->scene;
    int64_t room = TRAJECTORY_NUMBERS / m->dim,
            n = scene->samples < TRAJECTORY_MAX ? scene->samples : TRAJECTORY_MAX;
    if (n > room) n = room < SLICE_AXES + 1 ? SLICE_AXES + 1 : room;
    if (n > scene->samples) n = scene->samples;
    if (!scene->networks.folder || n < 2 || n <= count(m, TRAJECTORY))
        return temper_fail(
            TEMPER_CANNOT,
            "landscape: directions=trajectory needs a run with samples on its way (temper train --samples 20 "
            "--samples-from 0); here are %lld",
            (long long)scene->samples);
    if (n < scene->samples)
        temper_desk_say(m->survey->desk, "directions: %lld of the %lld samples of the way, evenly chosen",
                        (long long)n, (long long)scene->samples);
    *rows = n;
    if (!(*theta = temper_alloc((size_t)n, (size_t)m->dim * sizeof **theta))) return TEMPER_NO_MEMORY;
    temper_status bad = TEMPER_OK;
    for (int64_t r = 0; r < n && !bad; r++)
        bad = temper_scene_weights(scene, m->survey->s->member, r * (scene->samples - 1) / (n - 1),
                                   *theta + r * m->dim, NULL);
    return bad;
}

/* One of the places in --to: member:3, or another run. */
static temper_status read_place(making *m, const char *at, size_t length, double *theta) {
    char name[512];
    int64_t member;
    snprintf(name, sizeof name, "%.*s", (int)(length < 511 ? length : 511), at);
    if (!strncmp(name, "member:", 7)) {
        if (!temper_read_int(name + 7, strlen(name + 7), &member))
            return temper_fail(TEMPER_BAD_OPTION, "landscape: to=%.60s; expected member: and a number", name);
        return temper_scene_weights(&m->survey->scene, member, -1, theta, NULL);
    }
    return temper_scene_other(&m->survey->scene, name, m->survey->s->member, theta, NULL);
}

static temper_status read_places(making *m, int64_t *rows, double **theta) {
    int n = count(m, POINTS);
    const char *at = m->survey->s->to;
    if (!m->survey->scene.network || !at || !*at)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "landscape: directions=points needs --to with %d places: member:1,member:2 or runs", n);
    *rows = n + 1;
    if (!(*theta = temper_alloc((size_t)n + 1, (size_t)m->dim * sizeof **theta))) return TEMPER_NO_MEMORY;
    memcpy(*theta, m->survey->scene.theta, (size_t)m->dim * sizeof **theta);
    temper_status bad = TEMPER_OK;
    for (int k = 1; k <= n && !bad; k++) {
        size_t length = strcspn(at, ",");
        if (!length)
            return temper_fail(TEMPER_BAD_OPTION, "landscape: to=%.80s; expected %d places", m->survey->s->to,
                               n);
        bad = read_place(m, at, length, *theta + k * m->dim);
        at += length + (at[length] == ',');
    }
    for (int k = 0; k < m->b->axes && !bad; k++) {
        if (m->kind[k] != POINTS) continue;
        const double *there = *theta + (m->b->bearing[k].turn + 1) * m->dim;
        for (int64_t i = 0; i < m->dim; i++)
            m->b->direction[k * m->dim + i] = there[i] - m->survey->scene.theta[i];
        m->b->bearing[k].label = m->b->bearing[k].turn ? "to the second place" : "to the first place";
    }
    return bad;
}

/* ---- all of it ---- */

static temper_status take(making *m) {
    int64_t rows = 0;
    double *theta = NULL;
    temper_status bad = TEMPER_OK;
    for (int k = 0; k < m->b->axes && !bad; k++) bad = take_simple(m, k);
    if (!bad) bad = take_eigenvectors(m, HESSIAN);
    if (!bad) bad = take_eigenvectors(m, TOP);
    if (!bad && count(m, POINTS)) bad = read_places(m, &rows, &theta);
    if (!bad && count(m, TRAJECTORY)) {
        temper_release(theta);
        bad = read_trajectory(m, &rows, &theta);
        if (!bad) bad = take_components(m, rows, theta);
    }
    for (int k = 0; k < m->b->axes && !bad; k++) bad = give_length(m, k);
    for (int k = 1; k < m->b->axes && !bad && m->survey->s->orthogonal; k++)
        bad = temper_direction_orthogonalise(k, m->b->direction, m->dim, true, m->b->direction + k * m->dim);
    if (!bad && rows) bad = place(m, rows, theta);
    temper_release(theta);
    return bad;
}

temper_status temper_bundle_make(temper_bundle *b, temper_survey *survey, const char *words) {
    making m = {.survey = survey, .b = b, .dim = survey->scene.dim};
    const temper_settings *s = survey->s;
    m.fixed = words && strcmp(words, "random");
    if (!words) words = s->directions;
    if (!survey->scene.network && m.dim <= SLICE_AXES && !strcmp(words, "random")) words = "coordinates";
    if (strcmp(s->dir_type, "weights"))
        return temper_fail(
            TEMPER_CANNOT,
            "landscape: dir_type=%.40s; here weights move, statistics of batch norms don't: weights",
            s->dir_type);
    for (int k = 0; k < SLICE_AXES; k++)
        b->bearing[k] =
            (temper_bearing){.eigenvalue = NAN, .residual = NAN, .share = NAN, .label = "direction"};
    temper_status bad = read_axes(&m);
    if (!bad) bad = read_words(&m, words);
    if (!bad) bad = temper_scene_part(&survey->scene, &m.part, &m.parts);
    if (!bad && !(b->direction = temper_alloc((size_t)b->axes, (size_t)m.dim * sizeof *b->direction)))
        bad = TEMPER_NO_MEMORY;
    if (!bad) bad = take(&m);
    temper_release(m.part);
    return bad;
}

void temper_bundle_clear(temper_bundle *b) {
    temper_release(b->direction);
    temper_release(b->way);
    *b = (temper_bundle){0};
}
