/* compare: are the networks of one training run better than those of another, by how much, and could it be chance?
 *
 * Scores of members alone are compared over seeds: pair by pair where both runs drew from the same streams (the t-test then never sees
 * the luck they share), else as strangers (Welch). Forecasts of all members together are one number a run; there the pairs are the
 * test rows. All p-values of one call are corrected together (Holm), so that many questions don't find a winner by chance. */
#include "run/compare.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "run/work.h"

enum { SIDES_MOST = 64 };

static const double LEVEL = 0.05;
static const char *const row_scores[TEMPER_ROW_SCORES] = {"accuracy", "nll", "brier"};

const char *temper_contest_verdict(const temper_contest *c) {
    if (isnan(c->corrected)) return "not tested";
    if (c->corrected >= LEVEL || c->test.difference == 0) return "not significant";
    if (!c->better) return "different";
    return (c->test.difference > 0) == (c->better > 0) ? "better" : "worse";
}

static int better(const char *score) {
    static const char *const higher[] = {"accuracy", "log_likelihood", "auroc"};
    static const char *const lower[] = {"nll",      "brier", "ece",  "rmse", "aurc",
                                        "coverage", "mce",   "loss", "churn"};
    for (size_t k = 0; k < sizeof higher / sizeof *higher; k++)
        if (!strncmp(score, higher[k], strlen(higher[k]))) return 1;
    for (size_t k = 0; k < sizeof lower / sizeof *lower; k++)
        if (!strncmp(score, lower[k], strlen(lower[k]))) return -1;
    return 0;
}

/* Do member k of a and member k of b draw from the same stream {seed, first + k}? (Of g networks a member: {seed, g·(first + k)} and on,
 * and pairs share nothing; see league_judge.c.) */
static bool same_seeds(const temper_side *a, const temper_side *b) {
    return a->settings.seed == b->settings.seed && a->settings.first == b->settings.first &&
           a->seeds == b->seeds;
}

static const temper_side_score *find(const temper_side *side, const temper_side_score *like) {
    for (int k = 0; k < side->scores; k++)
        if (!strcmp(side->score[k].on, like->on) && !strcmp(side->score[k].name, like->name))
            return &side->score[k];
    return NULL;
}

static temper_status by_seeds(const temper_side *a, const temper_side *b, const temper_side_score *x,
                              temper_contest *out) {
    const temper_side_score *y = find(b, x);
    bool pairs = same_seeds(a, b);
    int na = (int)a->seeds, nb = (int)b->seeds;
    *out = (temper_contest){.side = b, .score = x->name, .on = x->on, .better = better(x->name)};
    out->by = pairs ? TEMPER_BY_SEEDS : TEMPER_BY_STRANGERS;
    out->scatter = pairs ? temper_deviation_ratio(y->value, x->value, na)
                         : temper_deviation_ratio_free(y->value, nb, x->value, na);
    return pairs ? temper_paired_compare(x->value, y->value, na, &out->test)
                 : temper_welch_compare(x->value, na, y->value, nb, &out->test);
}

/* The effect in units of the scatter between rows says nothing about methods, and is left out. */
static temper_status by_rows(const temper_side *a, const temper_side *b, int k, temper_contest *out) {
    *out = (temper_contest){.side = b,
                            .score = row_scores[k],
                            .on = "test",
                            .by = TEMPER_BY_ROWS,
                            .better = better(row_scores[k])};
    out->scatter = (temper_ratio){NAN, NAN, NAN};
    temper_status bad =
        temper_paired_compare(a->term + k * a->rows, b->term + k * a->rows, (int)a->rows, &out->test);
    out->test.effect = out->test.effect_low = out->test.effect_high = NAN;
    return bad;
}

static bool same_rows(const temper_side *a, const temper_side *b) {
    return a->rows && a->rows == b->rows && !memcmp(a->row, b->row, (size_t)a->rows * sizeof *a->row);
}

static temper_status correct(temper_comparison *c) {
    double *p = temper_alloc((size_t)c->contests, sizeof *p);
    if (!p) return TEMPER_NO_MEMORY;
    for (int k = 0; k < c->contests; k++) p[k] = c->contest[k].test.p;
    temper_status bad = temper_holm(p, c->contests);
    for (int k = 0; k < c->contests; k++) c->contest[k].corrected = p[k];
    temper_release(p);
    return bad;
}

/* Is the score one of the list a,b,c? An empty list holds all. */
static bool asked(const char *list, const char *score) {
    size_t n = strlen(score);
    if (!list || !*list) return true;
    for (const char *at = list; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ','))
        if (strcspn(at, ",") == n && !memcmp(at, score, n)) return true;
    return false;
}

static temper_status contest(temper_comparison *c, const char *scores) {
    const temper_side *a = &c->side[0];
    temper_status bad = TEMPER_OK;
    c->contest = temper_alloc((size_t)c->sides * (size_t)(a->scores + TEMPER_ROW_SCORES), sizeof *c->contest);
    if (!c->contest) return TEMPER_NO_MEMORY;
    for (int s = 1; s < c->sides && !bad; s++) {
        const temper_side *b = &c->side[s];
        for (int k = 0; k < a->scores && !bad; k++) {
            const temper_side_score *x = &a->score[k];
            if (asked(scores, x->name) && find(b, x) && temper_side_alike(a, b, x->on))
                bad = by_seeds(a, b, x, &c->contest[c->contests++]);
        }
        for (int k = 0; k < TEMPER_ROW_SCORES && same_rows(a, b) && !bad; k++)
            if (asked(scores, row_scores[k])) bad = by_rows(a, b, k, &c->contest[c->contests++]);
    }
    return bad ? bad : correct(c);
}

/* Every word of the list must be a score of the reference. */
static temper_status known(const temper_side *side, const char *scores) {
    const char *names[64];
    char word[64];
    int n = 0;
    for (int k = 0; k < side->scores && n < 64; k++)
        if (!strcmp(side->score[k].on, "test")) names[n++] = side->score[k].name;
    for (const char *at = scores ? scores : ""; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',')) {
        bool found = false;
        snprintf(word, sizeof word, "%.*s", (int)(strcspn(at, ",") < 63 ? strcspn(at, ",") : 63), at);
        for (int k = 0; k < n; k++) found |= !strcmp(word, names[k]);
        if (found) continue;
        const char *near = temper_nearest(word, names, n);
        return temper_fail(TEMPER_BAD_OPTION, "compare: scores: %.80s has no score '%s'%s%s%s", side->name,
                           word, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return TEMPER_OK;
}

/* Numbers of different test rows cannot be held side by side at all; those of different models can, if that is what was meant. */
static temper_status comparable(const temper_side *a, const temper_side *b, bool any_model) {
    const temper_settings *x = &a->settings, *y = &b->settings;
    if (strcmp(x->data, y->data))
        return temper_fail(
            TEMPER_BAD_DATA,
            "compare: %.80s learned %.120s, %.80s learned %.120s: runs on different data cannot be compared",
            a->name, x->data, b->name, y->data);
    if (x->split_seed != y->split_seed || a->test_rows != b->test_rows || x->test != y->test)
        return temper_fail(
            TEMPER_BAD_DATA,
            "compare: %.80s and %.80s were tested on different rows (split_seed=%lld test=%g, and "
            "split_seed=%lld test=%g): train them with the same split",
            a->name, b->name, (long long)x->split_seed, x->test, (long long)y->split_seed, y->test);
    if (a->rows && b->rows && !same_rows(a, b))
        return temper_fail(TEMPER_BAD_DATA,
                           "compare: predictions.csv of %.80s and of %.80s hold different rows", a->name,
                           b->name);
    if (!any_model && strcmp(x->model, y->model))
        return temper_fail(
            TEMPER_BAD_OPTION,
            "compare: %.80s is %.120s, %.80s is %.120s; any_model=yes compares different models, too",
            a->name, x->model, b->name, y->model);
    return TEMPER_OK;
}

/* The last part of a path, without a slash at its end. */
static const char *last_part(char *path) {
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') path[--n] = 0;
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* Cuts the list at line ends (or commas, where there are none) and names the runs. */
static temper_status split(char *list, char *path[SIDES_MOST], const char *name[SIDES_MOST], int *n) {
    const char *cut = strchr(list, '\n') ? "\n" : ",";
    *n = 0;
    for (char *at = list; at;) {
        char *end = at + strcspn(at, cut), *next = *end ? end + 1 : NULL;
        *end = 0;
        if (*at && *n == SIDES_MOST)
            return temper_fail(TEMPER_BAD_OPTION, "compare: at most %d runs", SIDES_MOST);
        if (*at) path[(*n)++] = at;
        at = next;
    }
    for (int k = 0; k < *n; k++) name[k] = last_part(path[k]);
    for (int k = 0; k < *n; k++)
        for (int m = 0; m < k; m++) {
            if (!strcmp(path[k], path[m]))
                return temper_fail(TEMPER_BAD_OPTION, "compare: %.200s is named twice", path[k]);
            if (!strcmp(name[k], name[m])) name[k] = path[k], name[m] = path[m];
        }
    if (*n < 2)
        return temper_fail(TEMPER_BAD_OPTION,
                           "compare: %.200s alone has nothing to be compared with; name two runs or more",
                           *n ? path[0] : "no run");
    return TEMPER_OK;
}

/* The number of the reference: the first, or what --against names. */
static temper_status choose(const char *against, char *const *path, const char *const *name, int n,
                            int *which) {
    *which = 0;
    if (!against || !*against) return TEMPER_OK;
    for (int k = 0; k < n; k++)
        if (!strcmp(against, name[k]) || !strcmp(against, path[k])) return *which = k, TEMPER_OK;
    const char *near = temper_nearest(against, name, n);
    return temper_fail(TEMPER_BAD_OPTION, "compare: against=%.100s is none of the runs%s%s%s", against,
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static temper_status work(temper_comparison *c, const temper_settings *settings, char *list,
                          temper_report **report) {
    char *path[SIDES_MOST];
    const char *name[SIDES_MOST];
    int n, first;
    temper_status bad = split(list, path, name, &n);
    if (!bad) bad = choose(settings->against, path, name, n, &first);
    if (bad) return bad;
    if (!(c->side = temper_alloc((size_t)n, sizeof *c->side))) return TEMPER_NO_MEMORY;
    for (int k = 0; k < n && !bad; k++) { /* the reference, then the others in their order */
        int m = k == 0 ? first : k <= first ? k - 1 : k;
        c->side[c->sides].name = name[m];
        bad = temper_side_read(&c->side[c->sides++], path[m]);
    }
    for (int k = 1; k < n && !bad; k++) bad = comparable(&c->side[0], &c->side[k], settings->any_model);
    if (!bad) bad = known(&c->side[0], settings->scores);
    if (!bad) bad = contest(c, settings->scores);
    return bad ? bad : temper_comparison_report(c, report);
}

temper_status temper_work_compare(temper_settings *settings, temper_desk *desk, temper_report **report) {
    temper_comparison c = {0};
    char *list = temper_strdup(settings->run);
    (void)desk;
    temper_status bad = list ? work(&c, settings, list, report) : TEMPER_NO_MEMORY;
    for (int k = 0; k < c.sides; k++) temper_side_clear(&c.side[k]);
    temper_release(c.side);
    temper_release(c.contest);
    temper_release(list);
    return bad;
}
