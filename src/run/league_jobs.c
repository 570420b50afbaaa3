/* What a study has to do: its jobs, and the settings of each. */
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "run/league.h"
#include "run/stress.h"
#include "run/training.h"

temper_standing *temper_league_entry(const temper_league *l, int d, int m) {
    return &l->entry[d * l->methods + m];
}

const temper_toml_node *temper_knob_value(const temper_entrant *m, int k, int trial) {
    for (int j = m->knobs - 1; j > k; j--) trial /= m->knob[j].values->count;
    const temper_toml_node *v = m->knob[k].values->child;
    for (int n = trial % m->knob[k].values->count; n; n--) v = v->next;
    return v;
}

const char *temper_trial_words(temper_league *l, int method, int trial) {
    const temper_entrant *m = &l->method[method];
    const char *words = "";
    for (int k = 0; k < m->knobs && words; k++) {
        const temper_knob *knob = &m->knob[k];
        words = temper_league_words(l, "%s%s%s=%s", words, *words ? ", " : "", knob->name,
                                    temper_toml_text(temper_knob_value(m, k, trial)));
    }
    return words;
}

/* Keys that the study decides itself. */
static bool own_key(const char *name) {
    static const char *const keys[] = {"seeds",     "first",       "seed",       "out",    "force",
                                       "plan",      "threads",     "cpu",        "epochs", "steps",
                                       "gradients", "tensorboard", "checkpoint", "strict", "vary"};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        if (!strcmp(keys[k], name)) return true;
    return false;
}

/* Keys that decide which rows are which: methods are paired over seeds on the same test rows. */
static bool row_key(const char *name) {
    return !strcmp(name, "data") || !strcmp(name, "validation") || !strcmp(name, "test") ||
           !strcmp(name, "split_seed");
}

static temper_status refuse_key(const temper_league *l, const temper_toml_node *at, const char *where,
                                const char *name) {
    return temper_league_refuse(l, at,
                                own_key(name)
                                    ? "%s: %s is decided by the study (seeds, tune_seeds, budget, [variance])"
                                    : "%s: %s must be the same for all methods: it belongs to [data.NAME]",
                                where, name);
}

/* All options of a table that are options of the training. */
static temper_status apply(const temper_league *l, const temper_toml_node *table, const char *where,
                           bool method, temper_settings *s) {
    for (const temper_toml_node *e = table ? table->child : NULL; e; e = e->next) {
        if (!strcmp(e->name, "tune") || !strcmp(e->name, "equal") || !strcmp(e->name, "budget")) continue;
        if (own_key(e->name) || (method && row_key(e->name))) return refuse_key(l, e, where, e->name);
        if (e->kind < TEMPER_TOML_STRING)
            return temper_league_refuse(l, e, "%s: %.60s is not one value", where, e->name);
        temper_status bad = temper_settings_set("train", s, e->name, temper_toml_text(e));
        if (bad) return temper_league_blame(l, e, where, bad);
    }
    return TEMPER_OK;
}

static char **thing_of(temper_settings *s, const char *thing) {
    return !strcmp(thing, "dynamics")   ? &s->dynamics
           : !strcmp(thing, "ensemble") ? &s->ensemble
           : !strcmp(thing, "schedule") ? &s->schedule
           : !strcmp(thing, "cooling")  ? &s->cooling
           : !strcmp(thing, "model")    ? &s->model
                                        : &s->augment;
}

/* rate = 0.05 behind "sgd:momentum=0.9" or "sgd" */
static temper_status turn(const temper_league *l, const temper_knob *knob, const temper_toml_node *v,
                          temper_settings *s) {
    if (!knob->thing) return temper_settings_set("train", s, knob->name, temper_toml_text(v));
    char **place = thing_of(s, knob->thing);
    const char *text = *place ? *place : "";
    char mark[64];
    snprintf(mark, sizeof mark, "%.60s=", knob->name);
    const char *there = strstr(text, mark);
    if (there && (there == text || there[-1] == ',' || there[-1] == ':'))
        return temper_league_refuse(l, v, "tune.%s.%s: %s=\"%.100s\" gives it already", knob->thing,
                                    knob->name, knob->thing, text);
    temper_text all = {0};
    temper_text_add(&all, "%s%s%s%s", text,
                    !*text                                      ? ""
                    : place == &s->augment || strchr(text, ':') ? ","
                                                                : ":",
                    mark, temper_toml_text(v));
    temper_status bad = all.failed ? TEMPER_NO_MEMORY : temper_settings_replace(place, all.data);
    temper_text_clear(&all);
    return bad;
}

static temper_status set_trial(const temper_league *l, const temper_entrant *m, int trial,
                               temper_settings *s) {
    temper_status bad = TEMPER_OK;
    for (int k = 0; k < m->knobs && !bad; k++) {
        const temper_toml_node *v = temper_knob_value(m, k, trial);
        char where[96];
        snprintf(where, sizeof where, "[method.%s]", m->name);
        if (!m->knob[k].thing && (own_key(m->knob[k].name) || row_key(m->knob[k].name)))
            return refuse_key(l, v, where, m->knob[k].name);
        if ((bad = turn(l, &m->knob[k], v, s)) && !strstr(temper_message(), ": line "))
            bad = temper_league_blame(l, v, where, bad);
    }
    return bad;
}

/* Networks that make one seed's: an equal budget is divided among them. */
static temper_status divide(const temper_settings *s, int64_t *epochs) {
    temper_ensemble *ensemble;
    temper_status bad = temper_ensemble_create(&ensemble, s->ensemble);
    if (bad) return bad;
    int64_t n = ensemble->type->walkers ? ensemble->type->walkers(ensemble->self) : 1;
    temper_ensemble_free(ensemble);
    *epochs = *epochs / n > 0 ? *epochs / n : 1;
    return TEMPER_OK;
}

static temper_status set_special(const temper_league *l, const temper_league_job *job, temper_settings *s) {
    const temper_toml_node *T = l->temperatures ? l->temperatures->child : NULL;
    if (job->kind == TEMPER_VARIANCE) {
        s->seeds = l->vary_seeds;
        return temper_settings_set("train", s, "vary", l->source[job->number]);
    }
    if (job->kind != TEMPER_COLD) return TEMPER_OK;
    for (int k = job->number; k; k--) T = T->next;
    return temper_settings_set("train", s, "temperature", T->string);
}

temper_status temper_league_settings(temper_league *l, const temper_league_job *job, temper_settings *s) {
    const temper_entrant *d = &l->data[job->data], *m = &l->method[job->method];
    char where[2][96];
    int chosen =
        job->kind == TEMPER_TUNING ? job->number : temper_league_entry(l, job->data, job->method)->chosen;
    snprintf(where[0], sizeof where[0], "[data.%s]", d->name);
    snprintf(where[1], sizeof where[1], "[method.%s]", m->name);
    temper_status bad = temper_settings_begin("train", s);
    if (!bad) bad = apply(l, temper_toml_member(l->tree, "train"), "[train]", false, s);
    if (!bad) bad = apply(l, d->table, where[0], false, s);
    if (!bad) bad = apply(l, m->table, where[1], true, s);
    if (!bad) bad = set_trial(l, m, chosen < 0 ? 0 : chosen, s);
    if (bad) return bad;
    s->epochs = d->budget, s->seed = l->seed;
    s->seeds = job->kind == TEMPER_TUNING ? l->tune_seeds : l->seeds;
    s->first = job->kind == TEMPER_TUNING ? TEMPER_FIRST_TUNED : 0;
    if (m->equal) bad = temper_league_blame(l, m->table, where[1], divide(s, &s->epochs));
    if (!bad) bad = set_special(l, job, s);
    if (!bad && (bad = temper_settings_complete("train", s)))
        bad = temper_league_blame(l, m->table, where[1], bad);
    return bad ? bad : temper_settings_replace(&s->out, job->folder ? job->folder : "");
}

static temper_status add(temper_league *l, temper_league_kind kind, int data, int method, int number) {
    static const char *const names[] = {"trial", "final", "final", "vary_", "T_"};
    temper_league_job *job = &l->job[l->jobs];
    const char *d = l->data[data].name, *m = l->method[method].name, *name = names[kind];
    const temper_toml_node *T = l->temperatures ? l->temperatures->child : NULL;
    for (int k = number; kind == TEMPER_COLD && k; k--) T = T->next;
    *job = (temper_league_job){.kind = kind, .data = data, .method = method, .number = number};
    if (kind == TEMPER_TUNING) {
        snprintf(job->label, sizeof job->label, "%.20s %.20s %d/%d", d, m, number + 1,
                 l->method[method].trials);
        job->folder = temper_league_words(l, "%s/runs/%s/%s/trial_%d", l->settings->out, d, m, number + 1);
    } else {
        const char *what = kind == TEMPER_VARIANCE ? l->source[number] : kind == TEMPER_COLD ? T->string : "";
        snprintf(job->label, sizeof job->label, "%.20s %.20s %s%.12s", d, m,
                 kind == TEMPER_STRESS_RUN ? "stress" : name, what);
        job->folder = temper_league_words(l, "%s/runs/%s/%s/%s%s", l->settings->out, d, m, name, what);
    }
    if (!job->folder) return TEMPER_NO_MEMORY;
    temper_standing *entry = temper_league_entry(l, data, method);
    if (kind == TEMPER_TUNING) entry->tuning[number] = job;
    if (kind == TEMPER_FINAL) entry->final = job;
    if (kind == TEMPER_STRESS_RUN) entry->stress = job;
    l->jobs++;
    return TEMPER_OK;
}

static temper_status list(temper_league *l) {
    int most = 0, cold = l->cold ? l->temperatures->count : 0;
    for (int m = 0; m < l->methods; m++) most += l->method[m].trials + 2 + l->sources;
    l->entry = temper_league_keep(l, (size_t)(l->datas * l->methods), sizeof *l->entry);
    l->job = temper_league_keep(l, (size_t)(l->datas * (most + cold)), sizeof *l->job);
    temper_status bad = l->entry && l->job ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int kind = TEMPER_TUNING; kind <= TEMPER_COLD; kind++)
        for (int k = 0; k < l->datas * l->methods && !bad; k++) {
            int d = k / l->methods, m = k % l->methods, trials = l->method[m].trials;
            int n = kind == TEMPER_TUNING            ? trials > 1 ? trials : 0
                    : kind == TEMPER_FINAL           ? 1
                    : kind == TEMPER_STRESS_RUN      ? l->stress
                    : kind == TEMPER_VARIANCE        ? l->varied[m] ? l->sources : 0
                    : l->cold && m == l->cold_method ? cold
                                                     : 0;
            for (int number = 0; number < n && !bad; number++)
                bad = add(l, (temper_league_kind)kind, d, m, number);
        }
    return bad;
}

temper_status temper_league_stress(const temper_league *l, temper_settings *s) {
    const temper_toml_node *table = temper_toml_member(l->tree, "stress");
    temper_status bad = temper_settings_begin("stress", s);
    for (const temper_toml_node *e = table && table->kind == TEMPER_TOML_TABLE ? table->child : NULL;
         e && !bad; e = e->next) {
        if (!strcmp(e->name, "run") || !strcmp(e->name, "out") || !strcmp(e->name, "data") ||
            e->kind < TEMPER_TOML_STRING)
            return temper_league_refuse(
                l, e, "[stress]: %.60s is no option of a study's stress test, or not one value", e->name);
        bad = temper_league_blame(l, e, "[stress]",
                                  temper_settings_set("stress", s, e->name, temper_toml_text(e)));
    }
    return bad || !table ? bad : temper_league_blame(l, table, "[stress]", temper_stress_check(s));
}

/* Scores to choose by and to judge by: of labels, or of numbers. */
static temper_status check_scores(const temper_league *l, temper_entrant *data, bool labels) {
    static const char coverage[] = "coverage";
    const char *name[2 * TEMPER_MARKS + 2], *unit[TEMPER_MARKS];
    int n = temper_mark_names(labels, name, unit), k = 0, all;
    const temper_toml_node *at = temper_toml_member(l->tree, "choose_by"),
                           *judge = temper_toml_member(l->tree, "judge");
    data->choose_by = l->choose_by ? l->choose_by : labels ? "nll" : "log_likelihood";
    while (k < n && strcmp(name[k], data->choose_by)) k++;
    const char *near = k == n ? temper_nearest(data->choose_by, name, n) : NULL;
    if (k == n)
        return temper_league_refuse(l, at, "choose_by: [data.%s] has no score '%.60s'%s%s%s", data->name,
                                    data->choose_by, near ? "; did you mean '" : "", near ? near : "",
                                    near ? "'?" : "");
    if (!strncmp(data->choose_by, coverage, sizeof coverage - 1))
        return temper_league_refuse(l, at, "choose_by: %s is best in the middle; choose by log_likelihood",
                                    data->choose_by);
    name[n++] = "corruption_error", name[n++] = "corruption_nll";
    all = n + (l->datas > 1 ? temper_mark_names(!labels, name + n, unit) : 0); /* of another set, perhaps */
    for (int j = 0; judge && j < l->judged; j++) {
        for (k = 0; k < all && strcmp(name[k], l->judge[j]);) k++;
        near = k == all ? temper_nearest(l->judge[j], name, all) : NULL;
        if (!strncmp(l->judge[j], coverage, sizeof coverage - 1))
            return temper_league_refuse(
                l, judge, "judge: %s is best in the middle; 'temper compare' tests how far it is from there",
                l->judge[j]);
        if (k == all)
            return temper_league_refuse(l, judge, "judge: there is no score '%.60s'%s%s%s", l->judge[j],
                                        near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return TEMPER_OK;
}

/* Makes the training of a job and throws it away: where that succeeds, the job is legal. */
static temper_status try(temper_league *l, const temper_league_job *job) {
    temper_desk desk = {.verb = "train"};
    temper_settings s = {0};
    temper_training t = {.settings = &s, .desk = &desk};
    const temper_toml_node *data = l->data[job->data].table, *method = l->method[job->method].table;
    char where[128];
    snprintf(where, sizeof where, "[method.%s] on [data.%s]", method->name, data->name);
    temper_status bad = temper_league_settings(l, job, &s);
    if (!bad) bad = temper_league_blame(l, method, where, temper_training_make(&t));
    if (!bad && job->kind == TEMPER_TUNING && !t.parts.n[TEMPER_VALIDATION])
        bad = temper_league_refuse(
            l, data, "[data.%s] has no validation rows to choose settings on; validation = 0.1 gives some",
            data->name);
    if (!bad && !t.parts.n[TEMPER_TEST])
        bad = temper_league_refuse(l, data, "[data.%s] has no test rows; test = 0.25 gives some", data->name);
    if (!bad && !l->data[job->data].choose_by)
        bad = check_scores(l, &l->data[job->data], t.data->data.y != NULL);
    if (!bad)
        temper_league_entry(l, job->data, job->method)->gradients =
            (double)t.group * (double)t.steps * (double)t.looks;
    temper_training_clear(&t);
    temper_settings_clear(&s);
    return bad;
}

/* Reading data takes time: every trial is tried on the first set, and the first trial on the others. */
static bool worth_a_try(const temper_league *l, const temper_league_job *job) {
    switch (job->kind) {
    case TEMPER_TUNING: return job->data == 0 || job->number == 0;
    case TEMPER_FINAL: return l->method[job->method].trials == 1;
    case TEMPER_VARIANCE: return job->number == 0;
    case TEMPER_COLD: return job->data == 0;
    default: return false;
    }
}

temper_status temper_league_jobs(temper_league *l) {
    temper_settings stress = {0};
    temper_status bad = list(l);
    if (!bad && l->stress) bad = temper_league_stress(l, &stress);
    temper_settings_clear(&stress);
    for (int k = 0; k < l->jobs && !bad; k++) {
        temper_league_job *job = &l->job[k];
        int64_t seeds = job->kind == TEMPER_TUNING     ? l->tune_seeds
                        : job->kind == TEMPER_VARIANCE ? l->vary_seeds
                                                       : l->seeds;
        if (worth_a_try(l, job)) bad = try(l, job);
        job->cost = temper_league_entry(l, job->data, job->method)->gradients * (double)seeds;
        if (job->kind == TEMPER_STRESS_RUN) job->cost *= 0.05;
        l->total += job->cost;
    }
    return bad;
}
