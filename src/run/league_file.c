/* The file of a study: what it may say, and where it goes wrong. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/plain.h"
#include "run/league.h"

typedef struct block {
    struct block *next;
} block;
enum { HEAD = 64 };

void *temper_league_keep(temper_league *l, size_t count, size_t size) {
    if (size && count > (SIZE_MAX - HEAD) / size) count = SIZE_MAX, size = 1;
    block *b = temper_alloc(1, count == SIZE_MAX ? count : HEAD + count * size);
    if (!b) return NULL;
    b->next = l->kept;
    l->kept = b;
    return (char *)b + HEAD;
}

const char *temper_league_words(temper_league *l, const char *format, ...) {
    char words[512];
    va_list values;
    va_start(values, format);
    int length = temper_plain_format(words, sizeof words, format, values);
    va_end(values);
    size_t n = length < 0 ? 0 : (size_t)length < sizeof words ? (size_t)length : sizeof words - 1;
    char *kept = temper_league_keep(l, n + 1, 1);
    if (kept) memcpy(kept, words, n);
    return kept;
}

void temper_league_clear(temper_league *l) {
    for (int k = 0; k < l->jobs; k++) temper_release(l->job[k].results);
    for (block *b = l->kept, *next; b; b = next) {
        next = b->next;
        temper_release(b);
    }
    temper_release(l->tree);
    *l = (temper_league){0};
}

temper_status temper_league_refuse(const temper_league *l, const temper_toml_node *at, const char *format,
                                   ...) {
    char why[400];
    va_list values;
    va_start(values, format);
    temper_plain_format(why, sizeof why, format, values);
    va_end(values);
    return temper_fail(TEMPER_BAD_OPTION, "%.100s: line %d: %s", l->path, at->line, why);
}

temper_status temper_league_blame(const temper_league *l, const temper_toml_node *at, const char *what,
                                  temper_status status) {
    char why[400];
    if (!status || status == TEMPER_NO_MEMORY || status == TEMPER_STOPPED) return status;
    snprintf(why, sizeof why, "%.399s", temper_message());
    return temper_fail(status, "%.100s: line %d: %s: %s", l->path, at->line, what, why);
}

const char *temper_toml_text(const temper_toml_node *v) {
    return v->kind == TEMPER_TOML_BOOL ? v->number ? "yes" : "no" : v->string;
}

static bool scalar(const temper_toml_node *v) { return v->kind >= TEMPER_TOML_STRING; }

/* The key of the table that is none of these names. */
static temper_status known_keys(const temper_league *l, const temper_toml_node *table, const char *where,
                                const char *const *names, int n) {
    for (const temper_toml_node *e = table->child; e; e = e->next) {
        int k = 0;
        while (k < n && strcmp(names[k], e->name)) k++;
        if (k < n) continue;
        const char *near = temper_nearest(e->name, names, n);
        return temper_league_refuse(l, e, "%s has no key '%.60s'%s%s%s", where, e->name,
                                    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return TEMPER_OK;
}

static temper_status read_count(const temper_league *l, const temper_toml_node *table, const char *name,
                                double low, double high, int64_t *out) {
    const temper_toml_node *v = temper_toml_member(table, name);
    if (!v) return TEMPER_OK;
    if (v->kind != TEMPER_TOML_NUMBER || v->number != floor(v->number) || v->number < low || v->number > high)
        return temper_league_refuse(l, v, "%s is not a whole number in %g … %g", name, low, high);
    *out = (int64_t)v->number;
    return TEMPER_OK;
}

static temper_status read_text(const temper_league *l, const temper_toml_node *table, const char *name,
                               const char **out) {
    const temper_toml_node *v = temper_toml_member(table, name);
    if (!v) return TEMPER_OK;
    if (v->kind != TEMPER_TOML_STRING || !*v->string)
        return temper_league_refuse(l, v, "%s is not a text in quotes", name);
    *out = v->string;
    return TEMPER_OK;
}

static temper_status read_flag(const temper_league *l, const temper_toml_node *table, const char *name,
                               bool *out) {
    const temper_toml_node *v = temper_toml_member(table, name);
    if (!v) return TEMPER_OK;
    const char *word = scalar(v) ? temper_toml_text(v) : "";
    if (strcmp(word, "yes") && strcmp(word, "no"))
        return temper_league_refuse(l, v, "%s is true or false", name);
    *out = *word == 'y';
    return TEMPER_OK;
}

/* A list of texts; one text is a list of one. */
static temper_status read_words(const temper_league *l, const temper_toml_node *v, const char **out, int most,
                                int *n) {
    *n = 0;
    if (v->kind == TEMPER_TOML_STRING) out[(*n)++] = v->string;
    for (const temper_toml_node *e = v->kind == TEMPER_TOML_ARRAY ? v->child : NULL; e; e = e->next) {
        if (e->kind != TEMPER_TOML_STRING || *n == most)
            return temper_league_refuse(l, v, "%s is not a list of at most %d texts", v->name, most);
        out[(*n)++] = e->string;
    }
    return *n ? TEMPER_OK : temper_league_refuse(l, v, "%s is not a list of texts", v->name);
}

static int find_method(const temper_league *l, const char *name) {
    for (int m = 0; m < l->methods; m++)
        if (!strcmp(l->method[m].name, name)) return m;
    return -1;
}

static temper_status name_method(const temper_league *l, const temper_toml_node *at, const char *name,
                                 int *method) {
    const char *names[TEMPER_METHODS_MOST];
    for (int m = 0; m < l->methods; m++) names[m] = l->method[m].name;
    if ((*method = find_method(l, name)) >= 0) return TEMPER_OK;
    const char *near = temper_nearest(name, names, l->methods);
    return temper_league_refuse(l, at, "there is no [method.%.60s]%s%s%s", name,
                                near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static temper_status add_knob(const temper_league *l, temper_entrant *m, const char *thing,
                              const temper_toml_node *v) {
    if (v->kind != TEMPER_TOML_ARRAY || !v->count)
        return temper_league_refuse(l, v, "tune.%s%s%s of [method.%s] is not a list of values",
                                    thing ? thing : "", thing ? "." : "", v->name, m->name);
    for (const temper_toml_node *e = v->child; e; e = e->next)
        if (!scalar(e)) return temper_league_refuse(l, e, "values to tune are numbers, texts, true or false");
    if (m->knobs == TEMPER_KNOBS_MOST || (int64_t)m->trials * v->count > TEMPER_TRIALS_MOST)
        return temper_league_refuse(l, v,
                                    "[method.%s] has more than %d options to tune, or more than %d trials",
                                    m->name, TEMPER_KNOBS_MOST, TEMPER_TRIALS_MOST);
    m->knob[m->knobs++] = (temper_knob){thing, v->name, v};
    m->trials *= v->count;
    return TEMPER_OK;
}

/* tune.temperature = […], tune.dynamics.rate = […] */
static temper_status read_knobs(const temper_league *l, temper_entrant *m) {
    static const char *const things[] = {"dynamics", "ensemble", "schedule", "cooling", "model", "augment"};
    const temper_toml_node *tune = temper_toml_member(m->table, "tune");
    if (!tune) return TEMPER_OK;
    if (tune->kind != TEMPER_TOML_TABLE)
        return temper_league_refuse(l, tune, "write tune.OPTION = [a, b] or tune.dynamics.OPTION = [a, b]");
    for (const temper_toml_node *e = tune->child; e; e = e->next) {
        temper_status bad = TEMPER_OK;
        if (e->kind != TEMPER_TOML_TABLE) {
            bad = add_knob(l, m, NULL, e);
        } else {
            int k = 0;
            while (k < 6 && strcmp(things[k], e->name)) k++;
            const char *near = k == 6 ? temper_nearest(e->name, things, 6) : NULL;
            if (k == 6)
                bad =
                    temper_league_refuse(l, e, "tune.%.60s is no thing with options%s%s%s", e->name,
                                         near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
            for (const temper_toml_node *v = e->child; v && !bad; v = v->next)
                bad = add_knob(l, m, e->name, v);
        }
        if (bad) return bad;
    }
    return TEMPER_OK;
}

/* Names become folders. */
static bool good_name(const char *name) {
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    return n > 0 && n <= 40 && !name[n];
}

/* The tables below [data] or [method]. */
static temper_status read_sides(temper_league *l, const char *group, temper_entrant **out, int *n) {
    const temper_toml_node *all = temper_toml_member(l->tree, group);
    if (!all || all->kind != TEMPER_TOML_TABLE || !all->count || all->count > TEMPER_METHODS_MOST)
        return temper_league_refuse(l, all ? all : l->tree, "a study needs 1 … %d tables [%s.NAME]",
                                    TEMPER_METHODS_MOST, group);
    if (!(*out = temper_league_keep(l, (size_t)all->count, sizeof **out))) return TEMPER_NO_MEMORY;
    for (const temper_toml_node *e = all->child; e; e = e->next) {
        temper_entrant *side = &(*out)[(*n)++];
        if (e->kind != TEMPER_TOML_TABLE || !good_name(e->name))
            return temper_league_refuse(l, e, "[%s.NAME]: a name is at most 40 letters, digits, _ and -",
                                        group);
        *side =
            (temper_entrant){.name = e->name, .table = e, .trials = 1, .equal = true, .budget = l->budget};
        temper_status bad =
            *group == 'm' ? read_knobs(l, side) : read_count(l, e, "budget", 1, 1e9, &side->budget);
        if (!bad && *group == 'm') bad = read_flag(l, e, "equal", &side->equal);
        if (bad) return bad;
    }
    return TEMPER_OK;
}

static temper_status read_head(temper_league *l) {
    static const char *const keys[] = {"title", "seeds",     "tune_seeds", "budget",   "trials",
                                       "seed",  "choose_by", "judge",      "stress",   "reference",
                                       "train", "data",      "method",     "variance", "temperature"};
    static const char *const judge[] = {"nll",  "accuracy",       "ece",
                                        "rmse", "log_likelihood", "corruption_error"};
    const temper_toml_node *t = l->tree, *v, *stress = temper_toml_member(t, "stress");
    l->title = "study", l->choose_by = NULL;
    l->seeds = 5, l->tune_seeds = 2, l->budget = 200, l->seed = 1, l->stress = stress != NULL;
    temper_status bad = known_keys(l, t, "a study", keys, (int)(sizeof keys / sizeof *keys));
    if (!bad) bad = read_text(l, t, "title", &l->title);
    if (!bad) bad = read_count(l, t, "seeds", 1, 10000, &l->seeds);
    if (!bad) bad = read_count(l, t, "tune_seeds", 1, 10000, &l->tune_seeds);
    if (!bad) bad = read_count(l, t, "budget", 1, 1e9, &l->budget);
    if (!bad) bad = read_count(l, t, "trials", 1, TEMPER_TRIALS_MOST, &l->trials);
    if (!bad) bad = read_count(l, t, "seed", 0, 9e15, &l->seed);
    if (!bad) bad = read_text(l, t, "choose_by", &l->choose_by);
    if (!bad && stress && stress->kind != TEMPER_TOML_TABLE) bad = read_flag(l, t, "stress", &l->stress);
    if (!bad && (v = temper_toml_member(t, "judge")))
        return read_words(l, v, l->judge, TEMPER_JUDGED_MOST, &l->judged);
    for (l->judged = 0; l->judged < 6; l->judged++) l->judge[l->judged] = judge[l->judged];
    return bad;
}

static temper_status read_variance(temper_league *l) {
    static const char *const keys[] = {"method", "vary", "seeds"}, *const sources[] = {"init", "order",
                                                                                       "dropout", "augment",
                                                                                       "noise"};
    const char *names[TEMPER_METHODS_MOST];
    const temper_toml_node *t = l->variance = temper_toml_member(l->tree, "variance"), *v;
    int n = 0, m;
    if (!t) return TEMPER_OK;
    l->vary_seeds = l->seeds, l->sources = 0;
    temper_status bad = known_keys(l, t, "[variance]", keys, 3);
    if (!bad) bad = read_count(l, t, "seeds", 2, 10000, &l->vary_seeds);
    if (!bad && (v = temper_toml_member(t, "vary"))) bad = read_words(l, v, l->source, 5, &l->sources);
    for (; !bad && !v && l->sources < 5; l->sources++) l->source[l->sources] = sources[l->sources];
    for (int k = 0; k < l->sources && !bad; k++) {
        int s = 0;
        while (s < 5 && strcmp(l->source[k], sources[s])) s++;
        if (s == 5)
            bad = temper_league_refuse(l, v, "vary: '%.60s' is none of init, order, dropout, augment, noise",
                                       l->source[k]);
    }
    l->source[l->sources++] = "all";
    if (!bad && !(v = temper_toml_member(t, "method"))) l->varied[l->reference] = true;
    if (!bad && v) bad = read_words(l, v, names, TEMPER_METHODS_MOST, &n);
    for (int k = 0; k < n && !bad; k++)
        if (!(bad = name_method(l, v, names[k], &m))) l->varied[m] = true;
    return bad;
}

static temper_status read_cold(temper_league *l) {
    static const char *const keys[] = {"method", "values"};
    const temper_toml_node *t = l->cold = temper_toml_member(l->tree, "temperature");
    const char *name = NULL;
    if (!t) return TEMPER_OK;
    temper_status bad = known_keys(l, t, "[temperature]", keys, 2);
    if (!bad) bad = read_text(l, t, "method", &name);
    if (!bad && !name) bad = temper_league_refuse(l, t, "[temperature] needs method = \"NAME\"");
    if (!bad) bad = name_method(l, t, name, &l->cold_method);
    l->temperatures = temper_toml_member(t, "values");
    if (!bad && (!l->temperatures || l->temperatures->kind != TEMPER_TOML_ARRAY || !l->temperatures->count ||
                 l->temperatures->count > 32))
        bad = temper_league_refuse(l, t, "[temperature] needs values = [0.01, 0.1, 1], at most 32");
    for (const temper_toml_node *v = bad ? NULL : l->temperatures->child; v; v = v->next)
        if (v->kind != TEMPER_TOML_NUMBER || !(v->number >= 0))
            return temper_league_refuse(l, v, "temperatures are numbers of at least 0");
    return bad;
}

temper_status temper_league_read(temper_league *l, const char *path) {
    char *text;
    size_t length;
    const char *reference = NULL;
    if (!(l->path = temper_league_words(l, "%s", path))) return TEMPER_NO_MEMORY;
    temper_status bad = temper_read_file(path, 1 << 20, &text, &length);
    if (bad) return bad;
    bad = temper_toml_read(path, text, length, &l->tree);
    temper_release(text);
    if (!bad) bad = read_head(l);
    if (!bad) bad = read_sides(l, "data", &l->data, &l->datas);
    if (!bad) bad = read_sides(l, "method", &l->method, &l->methods);
    if (!bad) bad = read_text(l, l->tree, "reference", &reference);
    if (!bad && reference)
        bad = name_method(l, temper_toml_member(l->tree, "reference"), reference, &l->reference);
    if (!bad) bad = read_variance(l);
    return bad ? bad : read_cold(l);
}
