/* temper measure RUN --what flatness: all measures of flatness of one network; with more networks (members of the run, and --with RUN2,…), each
 * beside its test loss, and whether their orders agree. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "estimate/ranks.h"
#include "run/figure.h"
#include "run/survey.h"
#include "temper/flatness.h"

enum { SCORES = 3, FEWEST = 4 }; /* networks that can be ranked: of three, six orders are all there are */
static const char *const scores[SCORES] = {"test_loss", "test_error", "gap"};

static const double DISAGREE = 1.1; /* R-hat above which a number is not to be trusted */

typedef struct {
    const char *run; /* borrowed from `names` */
    int number;      /* of the run: 0, and in the order of --with */
    int64_t member;
    double train_loss, score[SCORES];
    temper_flat flat[TEMPER_FLATS];
} entry;

typedef struct {
    temper_survey *survey;
    temper_flatness_plan plan;
    const temper_flat *known; /* of the survey's own network */
    char *names;              /* of --with, cut at its commas */
    entry *entries;
    int n, room;
} league;

/* ---- one network ---- */

/* Loss on the rows looked at and on the test rows at θ, and the share of these that is taken for another class. */
static temper_status judge(temper_survey *survey, entry *e) {
    temper_scene *scene = &survey->scene;
    double *still = temper_alloc((size_t)scene->dim, sizeof *still), zero = 0, wrong = NAN, loss = NAN;
    for (int k = 0; k < SCORES; k++) e->score[k] = NAN;
    if (!still) return TEMPER_NO_MEMORY;
    temper_status bad = temper_landscape_energy(scene->landscape, scene->theta, &e->train_loss);
    if (!bad && scene->tests) {
        const temper_plane here = {scene->theta, still, 1, 1, &zero, true};
        const temper_scanned out = {.loss = &loss, .wrong = &wrong};
        bad = temper_landscape_scan(scene->landscape, &here, NULL, &out);
        e->score[0] = loss, e->score[1] = wrong, e->score[2] = loss - e->train_loss;
    }
    temper_release(still);
    return bad;
}

static void tell_flat(const temper_flat *flat, temper_survey *survey) {
    temper_json_open(&survey->json, "measures", '[');
    temper_text_add(&survey->text, "\n%-24s %12s %12s %10s\n", "", "value", "error", "gradients");
    for (int k = 0; k < TEMPER_FLATS; k++) {
        if (isnan(flat[k].value) && flat[k].cost == 0) continue;
        temper_json_open(&survey->json, NULL, '{');
        temper_json_string(&survey->json, "name", temper_flatness_name(k));
        temper_json_string(&survey->json, "what", temper_flatness_brief(k));
        temper_json_real(&survey->json, "value", flat[k].value);
        temper_json_real(&survey->json, "error", flat[k].error);
        temper_json_real(&survey->json, "gradients", flat[k].cost);
        if (flat[k].rhat > 0) temper_json_real(&survey->json, "rhat", flat[k].rhat);
        temper_json_close(&survey->json, '}');
        temper_text_add(&survey->text, "%-24s", temper_flatness_name(k));
        temper_text_cell(&survey->text, 12, 5, flat[k].value);
        temper_text_cell(&survey->text, 12, 5, flat[k].error);
        temper_text_add(&survey->text, " %10.1f  %s\n", flat[k].cost, temper_flatness_brief(k));
        if (flat[k].rhat > DISAGREE)
            temper_text_add(&survey->text, "! its walkers disagree (R-hat %.2f): more steps, --walk\n",
                            flat[k].rhat);
    }
    temper_json_close(&survey->json, ']');
}

static temper_flatness_plan plan_of(const temper_settings *s) {
    const uint32_t traces = 1U << TEMPER_FLAT_TRACE | 1U << TEMPER_FLAT_FROBENIUS;
    return (temper_flatness_plan){.radius = s->radius,
                                  .products = s->products,
                                  .skip = s->products ? 0 : traces,
                                  .gamma = s->gamma,
                                  .walk = {.steps = s->walk}};
}

/* ---- many of them ---- */

static temper_status enter(league *l, const char *run, int number, int64_t member) {
    if (l->n == l->room) {
        entry *more = temper_regrow(l->entries, (size_t)l->n, (size_t)(2 * l->n + 8), sizeof *more);
        if (!more) return TEMPER_NO_MEMORY;
        l->entries = more, l->room = 2 * l->n + 8;
    }
    l->entries[l->n++] = (entry){.run = run, .number = number, .member = member};
    return TEMPER_OK;
}

static temper_status enter_run(league *l, const char *run, int number) {
    temper_networks other = {0};
    temper_status bad = temper_networks_open(&other, run, l->survey->scene.verb);
    for (int64_t r = 0; r < other.file.members && !bad; r++) bad = enter(l, run, number, r);
    temper_networks_clear(&other);
    return bad;
}

/* All members of the run, and of the others named by --with. */
static temper_status enter_all(league *l) {
    const temper_settings *s = l->survey->s;
    temper_status bad = TEMPER_OK;
    for (int64_t r = 0; r < l->survey->scene.members && !bad; r++) bad = enter(l, s->run, 0, r);
    if (!*s->with || bad) return bad;
    if (!(l->names = temper_strdup(s->with))) return TEMPER_NO_MEMORY;
    int number = 0;
    for (char *at = l->names, *next; at && !bad; at = next) {
        next = strchr(at, ',');
        if (next) *next++ = 0;
        for (int k = 0; k < l->n && *at && !bad; k++)
            if (!strcmp(l->entries[k].run, at))
                bad = temper_fail(TEMPER_BAD_OPTION,
                                  "measure: with=%.80s; %.80s is there already: a network counts once",
                                  s->with, at);
        if (*at && !bad) bad = enter_run(l, at, ++number);
    }
    return bad;
}

static temper_status take(league *l, entry *e) {
    temper_scene *scene = &l->survey->scene;
    int64_t S = temper_network_statistics(scene->network);
    double *theta = temper_alloc((size_t)scene->dim, sizeof *theta);
    float *statistics = temper_alloc((size_t)S, sizeof *statistics);
    temper_status bad = theta && statistics ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad && !strcmp(e->run, l->survey->s->run))
        bad = temper_scene_weights(scene, e->member, -1, theta, statistics);
    else if (!bad)
        bad = temper_scene_other(scene, e->run, e->member, theta, statistics);
    if (!bad) bad = temper_scene_move(scene, theta, S ? statistics : NULL);
    if (!bad) bad = judge(l->survey, e);
    const bool known = e->number == 0 && e->member == l->survey->s->member;
    if (!bad && known) memcpy(e->flat, l->known, sizeof e->flat);
    if (!bad && !known)
        bad = temper_flatness_find(scene->landscape, scene->theta, &l->plan, &l->survey->errand, e->flat);
    temper_release(theta);
    temper_release(statistics);
    return bad;
}

static void tell_networks(const league *l) {
    temper_json *json = &l->survey->json;
    temper_text *text = &l->survey->text;
    temper_json_open(json, "networks", '[');
    temper_text_add(text, "\n%-32s %12s %12s %12s %12s\n", "network", "loss", "test loss", "test error",
                    "gap");
    for (int i = 0; i < l->n; i++) {
        const entry *e = &l->entries[i];
        temper_json_open(json, NULL, '{');
        temper_json_int(json, "run",
                        e->number); /* paths are in the head: the fingerprint does not hang on them */
        temper_json_int(json, "member", e->member);
        temper_json_real(json, "loss", e->train_loss);
        temper_text_add(text, "%-26.26s %5lld", e->run, (long long)e->member);
        temper_text_cell(text, 12, 5, e->train_loss);
        for (int k = 0; k < SCORES; k++) {
            temper_json_real(json, scores[k], e->score[k]);
            temper_text_cell(text, 12, 5, e->score[k]);
        }
        temper_text_add(text, "\n");
        for (int k = 0; k < TEMPER_FLATS; k++)
            temper_json_real(json, temper_flatness_name(k), e->flat[k].value);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
}

static void tell_ranks(const temper_ranks *r, const char *measure, const char *score, temper_survey *survey) {
    temper_json *json = &survey->json;
    temper_json_open(json, NULL, '{');
    temper_json_string(json, "measure", measure);
    temper_json_string(json, "with", score);
    temper_json_int(json, "networks", r->n);
    temper_json_real(json, "spearman", r->spearman);
    temper_json_real(json, "spearman_low", r->low);
    temper_json_real(json, "spearman_high", r->high);
    temper_json_real(json, "spearman_p", r->spearman_p);
    temper_json_real(json, "kendall", r->kendall);
    temper_json_real(json, "kendall_p", r->kendall_p);
    temper_json_close(json, '}');
    char chance[24];
    snprintf(chance, sizeof chance, "(p %.2g)", r->spearman_p);
    temper_text_add(&survey->text, " %8.3f %-10s", r->spearman, chance);
}

static void draw(const league *l, int k, const double *x, const double *y, const temper_ranks *r) {
    const temper_curve dots = {"networks", l->n, x, y, NULL, false, 0};
    const temper_figure figure = {.title = temper_flatness_name(k),
                                  .x_label = temper_flatness_brief(k),
                                  .y_label = "test loss",
                                  .mark = NAN,
                                  .curves = 1,
                                  .curve = &dots};
    temper_text caption = {0};
    temper_text_add(&caption, "Rank correlation %.2f (Spearman, p = %.2g) over %d networks.", r->spearman,
                    r->spearman_p, r->n);
    temper_figure_panel(&figure, caption.failed ? "" : caption.data, &l->survey->page);
    temper_text_clear(&caption);
}

static temper_status correlate(const league *l) {
    double *x = temper_alloc((size_t)l->n, 2 * sizeof *x), *y = x + l->n;
    if (!x) return TEMPER_NO_MEMORY;
    temper_status bad = TEMPER_OK;
    temper_json_open(&l->survey->json, "correlations", '[');
    temper_text_add(
        &l->survey->text,
        "\nDo flat ones generalise? Rank correlations (Spearman's) over %d networks, with the share of all orders\n"
        "that would look so strong by chance. %d of them at once: some p below 0.05 are to be expected.\n%-24s %19s %19s %19s\n",
        l->n, TEMPER_FLATS * SCORES, "", scores[0], scores[1], scores[2]);
    temper_text_add(&l->survey->page, "<h2>Flatness and generalisation</h2>\n<div class=\"figures\">\n");
    for (int k = 0; k < TEMPER_FLATS && !bad; k++) {
        temper_text_add(&l->survey->text, "%-24s", temper_flatness_name(k));
        for (int score = 0; score < SCORES && !bad; score++) {
            for (int i = 0; i < l->n; i++)
                x[i] = l->entries[i].flat[k].value, y[i] = l->entries[i].score[score];
            temper_ranks r;
            bad = temper_ranks_compare(x, y, l->n, l->survey->errand.stream, &r);
            if (!bad && isnan(r.spearman)) temper_text_add(&l->survey->text, " %*s–%11s", 7, "", "");
            if (bad || isnan(r.spearman)) continue;
            tell_ranks(&r, temper_flatness_name(k), scores[score], l->survey);
            if (score == 0) draw(l, k, x, y, &r);
        }
        temper_text_add(&l->survey->text, "\n");
    }
    temper_json_close(&l->survey->json, ']');
    temper_text_add(&l->survey->page, "</div>\n");
    temper_release(x);
    return bad;
}

static temper_status compare(temper_survey *survey, const temper_flatness_plan *plan,
                             const temper_flat *known) {
    league l = {.survey = survey, .plan = *plan, .known = known};
    temper_status bad = enter_all(&l);
    bool many = l.n > 1;
    for (int i = 0; i < l.n && !bad && many; i++) {
        entry *e = &l.entries[i];
        temper_survey_phase(survey, "flatness of the networks", "steps");
        bad = take(&l, e);
    }
    if (!bad && many) tell_networks(&l);
    if (!bad && l.n >= FEWEST)
        bad = correlate(&l);
    else if (!bad && many)
        temper_text_add(&survey->text,
                        "\nWhether flat ones generalise better takes %d networks or more (--with RUN2,RUN3): "
                        "of %d any order can be chance.\n",
                        FEWEST, l.n);
    temper_release(l.entries);
    temper_release(l.names);
    return bad;
}

/* ---- at fixed distances ---- */

enum { SHELLS = 5 };

static void draw_shells(const temper_far *far, temper_text *page) {
    double x[SHELLS], V[SHELLS], error[SHELLS], S[SHELLS], spread[SHELLS];
    for (int k = 0; k < SHELLS; k++) {
        x[k] = far[k].distance, V[k] = far[k].potential, error[k] = far[k].potential_error;
        S[k] = far[k].entropy, spread[k] = far[k].entropy_error;
    }
    const temper_curve curve[] = {{"V(r) − V(0)", SHELLS, x, V, error, true, 0},
                                  {"entropy", SHELLS, x, S, spread, true, 1}};
    const temper_figure figure = {.title = "Franz–Parisi potential",
                                  .x_label = "distance from the network",
                                  .y_label = "nats",
                                  .mark = NAN,
                                  .curves = 2,
                                  .curve = curve};
    temper_text_add(page, "<h2>At fixed distances</h2>\n<div class=\"figures\" style=\"max-width:34rem\">\n");
    temper_figure_panel(
        &figure,
        "Walkers under exp(−N L) held at a distance: V is −ln of what the sphere weighs, the entropy "
        "ln of the share of it that they need.",
        page);
    temper_text_add(page, "</div>\n");
}

/* Spheres of 5, 10 … 25 % of |θ|; of a potential, whose origin means nothing, 0.2 … 1. */
static temper_status shells(temper_survey *survey, const temper_flatness_plan *plan) {
    const temper_scene *scene = &survey->scene;
    temper_walk_plan walk = plan->walk;
    double square = 0, distance[SHELLS], cost;
    temper_far far[SHELLS];
    if (scene->dim < 2) return TEMPER_OK;
    if (!walk.steps) walk.steps = 100;
    for (int64_t i = 0; i < scene->dim && scene->network; i++) square += scene->theta[i] * scene->theta[i];
    for (int k = 0; k < SHELLS; k++) distance[k] = (k + 1) * (square > 0 ? 0.05 * sqrt(square) : 0.2);
    temper_survey_phase(survey, "walking on spheres", "steps");
    temper_status bad = temper_franz_parisi(scene->landscape, scene->theta, 0, SHELLS, distance, &walk,
                                            &survey->errand, far, &cost);
    if (bad) return bad;
    temper_json *json = &survey->json;
    temper_json_open(json, "franz_parisi", '[');
    temper_text_add(&survey->text,
                    "\nwalkers at fixed distances, %.0f gradients\n%10s %12s %9s %12s %9s %12s %9s\n", cost,
                    "distance", "loss", "error", "V − V(0)", "error", "entropy", "error");
    for (int k = 0; k < SHELLS; k++) {
        temper_json_open(json, NULL, '{');
        temper_json_real(json, "distance", far[k].distance);
        temper_json_real(json, "loss", far[k].loss);
        temper_json_real(json, "loss_error", far[k].loss_error);
        temper_json_real(json, "potential", far[k].potential);
        temper_json_real(json, "potential_error", far[k].potential_error);
        temper_json_real(json, "entropy", far[k].entropy);
        temper_json_real(json, "entropy_error", far[k].entropy_error);
        temper_json_real(json, "rhat", far[k].rhat);
        temper_json_close(json, '}');
        temper_text_add(&survey->text, "%10.4g %12.5g %9.2g %12.5g %9.2g %12.5g %9.2g%s\n", far[k].distance,
                        far[k].loss, far[k].loss_error, far[k].potential, far[k].potential_error,
                        far[k].entropy, far[k].entropy_error,
                        far[k].rhat > DISAGREE ? "  ! walkers disagree" : "");
    }
    temper_json_close(json, ']');
    draw_shells(far, &survey->page);
    return TEMPER_OK;
}

temper_status temper_survey_flatness(temper_survey *survey) {
    temper_flat flat[TEMPER_FLATS];
    const temper_flatness_plan plan = plan_of(survey->s);
    temper_survey_phase(survey, "flatness", "steps");
    if (!(plan.radius > 0))
        return temper_fail(TEMPER_BAD_OPTION, "measure: radius=%g; a neighbourhood's must be above 0",
                           plan.radius);
    temper_status bad = survey->scene.network ? TEMPER_OK : temper_survey_settle(survey);
    if (bad) return bad;
    bad = temper_flatness_find(survey->scene.landscape, survey->scene.theta, &plan, &survey->errand, flat);
    if (bad) return bad;
    temper_json_real(&survey->json, "radius", plan.radius);
    tell_flat(flat, survey);
    bad = shells(survey, &plan);
    if (bad) return bad;
    return survey->scene.network ? compare(survey, &plan, flat) : TEMPER_OK;
}
