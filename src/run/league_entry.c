/* What came out of a method on a data set: scores of seeds from results.json, robustness from robustness.json. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/league.h"

/* "test.nll.mean" */
static const temper_json_node *at(const temper_json_node *node, const char *path) {
    char name[64];
    while (node && *path) {
        size_t n = strcspn(path, ".");
        if (n >= sizeof name || node->kind != TEMPER_JSON_OBJECT) return NULL;
        memcpy(name, path, n);
        name[n] = 0;
        node = temper_json_member(node, name);
        path += n + (path[n] == '.');
    }
    return node;
}

double temper_league_number(const temper_json_node *node, const char *path) {
    const temper_json_node *v = at(node, path);
    return v && v->kind == TEMPER_JSON_NUMBER ? v->number : NAN;
}

double temper_league_validation(const temper_league *l, const temper_league_job *job) {
    const temper_json_node *v = job->results ? at(job->results, "validation") : NULL;
    return v ? temper_league_number(temper_json_member(v, l->data[job->data].choose_by), "mean") : NAN;
}

bool temper_score_higher(const char *name) {
    return !strcmp(name, "accuracy") || !strcmp(name, "log_likelihood");
}

const temper_league_score *temper_standing_score(const temper_standing *entry, const char *name) {
    for (int k = 0; k < entry->scores; k++)
        if (!strcmp(entry->score[k].name, name)) return &entry->score[k];
    return NULL;
}

/* x[n] of a "values" array; NaN where there are fewer. */
static void take_values(const temper_json_node *score, double *x, int64_t n) {
    const temper_json_node *values = score ? at(score, "values") : NULL;
    const temper_json_node *v = values && values->kind == TEMPER_JSON_ARRAY ? values->child : NULL;
    for (int64_t k = 0; k < n; k++, v = v ? v->next : NULL)
        x[k] = v && v->kind == TEMPER_JSON_NUMBER ? v->number : NAN;
}

static void mean_of(const double *x, int64_t n, double *mean, double *error) {
    double m = 0, m2 = 0;
    for (int64_t k = 0; k < n; k++) {
        double step = x[k] - m;
        m += step / (double)(k + 1);
        m2 += step * (x[k] - m);
    }
    *mean = m;
    *error = n > 1 ? sqrt(m2 / (double)(n - 1) / (double)n) : NAN;
}

static temper_status add_score(temper_league *l, temper_standing *entry, const char *name,
                               const temper_json_node *values, const temper_json_node *together) {
    if (entry->scores == TEMPER_LEAGUE_SCORES) return TEMPER_OK;
    double *x = temper_league_keep(l, (size_t)l->seeds, sizeof *x);
    if (!x) return TEMPER_NO_MEMORY;
    take_values(values, x, l->seeds);
    temper_league_score *s = &entry->score[entry->scores++];
    *s = (temper_league_score){.name = name, .value = x};
    mean_of(x, l->seeds, &s->mean, &s->error);
    temper_deviation(x, (int)l->seeds, &s->deviation, &s->low, &s->high);
    s->ensemble = temper_league_number(together, at(together, "value") ? "value" : "ensemble");
    s->ensemble_error = temper_league_number(together, at(together, "value") ? "error" : "ensemble_error");
    return TEMPER_OK;
}

/* Over severities: the NLL, mean over corruptions for every seed, then over seeds. */
static temper_status take_severities(temper_league *l, temper_standing *entry,
                                     const temper_json_node *curves) {
    double *sum = temper_alloc((size_t)l->seeds, 2 * sizeof *sum), *x = sum + l->seeds;
    if (!sum) return TEMPER_NO_MEMORY;
    for (int p = 0; p < entry->severities; p++) {
        memset(sum, 0, (size_t)l->seeds * sizeof *sum);
        int n = 0;
        for (const temper_json_node *c = curves->child; c; c = c->next, n++) {
            const temper_json_node *nll = at(c, "nll");
            if (!nll) nll = at(c, "log_likelihood");
            nll = nll ? nll->child : NULL;
            for (int k = 0; k < p && nll; k++) nll = nll->next;
            take_values(nll, x, l->seeds);
            for (int64_t r = 0; r < l->seeds; r++) sum[r] += x[r];
        }
        for (int64_t r = 0; r < l->seeds; r++) sum[r] /= n;
        mean_of(sum, l->seeds, &entry->nll[p], &entry->nll_error[p]);
    }
    temper_release(sum);
    return TEMPER_OK;
}

static temper_status take_corruptions(temper_league *l, temper_standing *entry, const temper_json_node *all) {
    const temper_json_node *curves = at(all, "corruptions");
    if (!curves || curves->kind != TEMPER_JSON_OBJECT || !curves->child) return TEMPER_OK;
    const temper_json_node *severities = at(curves->child, "severity");
    for (const temper_json_node *s = severities ? severities->child : NULL;
         s && entry->severities < TEMPER_SEVERITY_POINTS; s = s->next)
        entry->severity[entry->severities++] = s->number;
    for (const temper_json_node *c = curves->child; c && entry->corruptions < TEMPER_CORRUPTIONS_MOST;
         c = c->next) {
        const temper_json_node *accuracy = at(c, "accuracy"), *rmse = at(c, "rmse"),
                               *of = accuracy ? accuracy : rmse;
        double sum = 0;
        int n = 0;
        for (const temper_json_node *p = of ? of->child : NULL; p; p = p->next, n++)
            sum += temper_league_number(p, "mean");
        entry->corruption[entry->corruptions] = c->name;
        entry->wrong[entry->corruptions++] = !n ? NAN : accuracy ? 1 - sum / n : sum / n;
    }
    const temper_json_node *error = at(all, "mean_corruption_error"), *nll = at(all, "corruption_nll");
    temper_status bad = error ? add_score(l, entry, "corruption_error", error, error) : TEMPER_OK;
    if (!bad && nll) bad = add_score(l, entry, "corruption_nll", nll, nll);
    return bad ? bad : take_severities(l, entry, curves);
}

temper_status temper_league_enter(temper_league *l, temper_standing *entry) {
    const temper_json_node *results = entry->final->results, *test = results ? at(results, "test") : NULL;
    const temper_json_node *together = results ? at(results, "ensemble") : NULL;
    int method = entry->final->method;
    if (!(entry->settings = temper_trial_words(l, method, entry->chosen < 0 ? 0 : entry->chosen)))
        return TEMPER_NO_MEMORY;
    if (!results) return TEMPER_OK;
    if (!test || test->kind != TEMPER_JSON_OBJECT || !test->child || !together)
        return temper_fail(
            TEMPER_BAD_DATA,
            "%s/results.json: there are no test scores in it; remove that directory to have the run again",
            entry->final->folder);
    temper_status bad = TEMPER_OK;
    for (const temper_json_node *s = test->child; s && !bad; s = s->next)
        bad = add_score(l, entry, s->name, s, temper_json_member(together, s->name));
    entry->gradients = temper_league_number(results, "gradient_evaluations") / (double)l->seeds;
    entry->seconds = temper_league_number(results, "cost.seconds");
    if (!bad && entry->stress && entry->stress->results)
        bad = take_corruptions(l, entry, entry->stress->results);
    return bad;
}

temper_scatter temper_league_scatter(const temper_league *l, const temper_league_job *job,
                                     const char *score) {
    temper_scatter out = {NAN, NAN, NAN};
    const temper_json_node *test = job->results ? at(job->results, "test") : NULL,
                           *s = test ? temper_json_member(test, score) : NULL;
    double *x = s ? temper_alloc((size_t)l->vary_seeds, sizeof *x) : NULL;
    if (x) {
        take_values(s, x, l->vary_seeds);
        temper_deviation(x, (int)l->vary_seeds, &out.deviation, &out.low, &out.high);
    }
    temper_release(x);
    return out;
}
