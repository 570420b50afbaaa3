/* From settings to a lesson. */
#include "run/teaching.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "core/catalogue.h"

static temper_status choose(const char *option, const char *word, const char *const *list, int n,
                            int *choice) {
    for (int k = 0; k < n; k++)
        if (!strcmp(word, list[k])) return *choice = k, TEMPER_OK;
    temper_text all = {0};
    const char *near = temper_nearest(word, list, n);
    for (int k = 0; k < n; k++) temper_text_add(&all, "%s%s", k ? ", " : "", list[k]);
    temper_status bad = temper_fail(TEMPER_BAD_OPTION, "learn: %s=%.60s is none of %s%s%s%s", option, word,
                                    all.data ? all.data : "", near ? "; did you mean '" : "",
                                    near ? near : "", near ? "'?" : "");
    temper_text_clear(&all);
    return bad;
}

/* What suits a machine: its own word, or the exact gradient where that is cheap, else persistent chains. */
static const char *method_for(const temper_machine *machine) {
    if (machine->type->method) return machine->type->method;
    if (machine->type->exact && machine->type->enumerable(machine->self) <= 12) return "exact";
    return "pcd:k=1";
}

static temper_status make_method(temper_teaching *t) {
    temper_settings *s = t->settings;
    const char *text = strcmp(s->method, "auto") ? s->method : method_for(t->machine);
    temper_status bad = temper_method_create(&t->method, text);
    if (!bad && t->method->type->suits) bad = t->method->type->suits(t->method->self, t->machine);
    if (!bad) bad = temper_settings_replace(&s->method, t->method->text);
    const bool sampled = !bad && !t->method->type->fills && !t->method->type->solve;
    if (!bad)
        bad = temper_schedule_create(&t->schedule, strcmp(s->schedule, "auto") ? s->schedule
                                                   : sampled                   ? "linear"
                                                                               : "constant");
    if (!bad && t->schedule->type->adapt)
        bad = temper_fail(TEMPER_BAD_OPTION,
                          "learn: schedule=%s follows a thermometer, which machines have not; legal: "
                          "linear, constant, cosine, cyclic, exponential, power, pulse, step",
                          s->schedule);
    return bad ? bad : temper_settings_replace(&s->schedule, t->schedule->text);
}

/* Moments lie evenly over the updates. */
int64_t temper_teaching_moment_at(const temper_teaching *t, int64_t m) {
    if (t->moments < 2) return t->updates;
    return (int64_t)((double)t->updates * ((double)m / (double)(t->moments - 1)) + 0.5);
}

/* Judging a machine should not cost much more than teaching it: both ways together at most five times the sweeps. */
static int64_t fair_betas(const temper_teaching *t) {
    enum { FEWEST = 500, MOST = 14500, TIMES = 5 };
    const temper_settings *s = t->settings;
    double sweeps = (double)t->updates * (double)(s->batch + 2 * s->chains);
    double betas = TIMES * sweeps / (2 * (double)s->runs);
    return betas < FEWEST ? FEWEST : betas > MOST ? MOST : (int64_t)betas;
}

static temper_status count_updates(temper_teaching *t) {
    temper_settings *s = t->settings;
    int64_t n = t->data.part[TEMPER_TRAIN].n;
    if (s->batch == 0 || s->batch > n) s->batch = n;
    if (s->chains == 0) {
        const int64_t few = s->batch == n ? 100 : 1, most = 1000;
        s->chains = s->batch < few ? few : s->batch > most ? most : s->batch;
        if (t->method->type->paired) s->chains = s->batch;
    }
    t->updates = s->updates > 0 ? s->updates : s->epochs * (n / s->batch);
    t->moments = s->moments + 1 < t->updates + 1 ? s->moments + 1 : t->updates + 1;
    if (s->betas == 0) s->betas = fair_betas(t);
    return TEMPER_OK;
}

/* Labels are a column more for a machine that wants them, and nothing to the others. */
static temper_status make_machine(temper_teaching *t) {
    const temper_about *about;
    const char *options;
    temper_machine_io io = t->data.io;
    temper_status bad = temper_split("machines", t->settings->system, &about, &options);
    if (bad) return bad;
    const bool labelled = ((const temper_machine_type *)about)->labelled;
    if (labelled && !io.classes)
        return temper_fail(TEMPER_BAD_DATA, "learn: %s needs labels, and %s has none", about->name,
                           t->data.data->text);
    io.columns += labelled;
    if (!labelled) io.classes = 0;
    temper_text text = {0};
    temper_text_add(&text, "%s", t->settings->system);
    if (!strcmp(about->name, "memory") && !strstr(options, "patterns=")) /* as many as there are rows */
        temper_text_add(&text, "%spatterns=%lld", *options ? "," : ":",
                        (long long)t->data.parts.n[TEMPER_TRAIN]);
    bad = text.failed ? TEMPER_NO_MEMORY : temper_machine_create(&t->machine, text.data, &io);
    temper_text_clear(&text);
    return bad;
}

temper_status temper_teaching_make(temper_teaching *t) {
    static const char *const optimisers[] = {"sgd", "adam"},
                             *const gradients[] = {"plain", "centred", "standardised"},
                             *const keeps[] = {"last", "best"};
    temper_settings *s = t->settings;
    int unused;
    temper_status bad = choose("optimiser", s->optimiser, optimisers, 2, &unused);
    if (!bad) bad = choose("gradient", s->gradient, gradients, 3, &unused);
    if (!bad) bad = choose("keep", s->keep, keeps, 2, &unused);
    if (!bad) bad = temper_lesson_data_open(&t->data, s, "learn");
    if (!bad) bad = make_machine(t);
    if (!bad) bad = temper_settings_replace(&s->system, t->machine->text);
    if (!bad) bad = make_method(t);
    if (!bad) bad = temper_lesson_data_take(&t->data, s, t->machine);
    if (!bad && (s->patience > 0 || !strcmp(s->keep, "best")) && t->data.part[TEMPER_VALIDATION].n < 1)
        bad = temper_fail(TEMPER_BAD_OPTION,
                          "learn: %s needs validation rows to choose on; --validation 0.1 sets a tenth aside",
                          s->patience > 0 ? "patience" : "keep=best");
    return bad ? bad : count_updates(t);
}

static temper_status make_lesson(temper_teaching *t) {
    temper_settings *s = t->settings;
    temper_lesson_plan plan = {.rows = temper_table_view(&t->data.part[TEMPER_TRAIN]),
                               .batch = s->batch,
                               .chains = s->chains,
                               .stream = {(uint64_t)s->seed, 0},
                               .rate = s->rate,
                               .momentum = s->momentum,
                               .l1 = s->l1,
                               .l2 = s->l2,
                               .optimiser = !strcmp(s->optimiser, "adam") ? TEMPER_ADAM : TEMPER_SGD,
                               .gradient = !strcmp(s->gradient, "plain")     ? TEMPER_PLAIN
                                           : !strcmp(s->gradient, "centred") ? TEMPER_CENTRED
                                                                             : TEMPER_STANDARDISED};
    temper_status bad = temper_machine_legal(t->machine, &plan.rows);
    if (!bad) bad = temper_machine_start(t->machine, &plan.rows, plan.stream);
    if (!bad) bad = temper_lesson_create(&t->lesson, t->machine, t->method, &plan);
    if (!bad) t->rate = s->rate = t->lesson->rate;
    return bad;
}

temper_status temper_teaching_begin(temper_teaching *t) {
    temper_status bad = make_lesson(t);
    if (bad) return bad;
    t->remembered = t->lesson->models ? t->lesson->model[0]->chains : 0;
    if (t->remembered > TEMPER_REMEMBERED) t->remembered = TEMPER_REMEMBERED;
    t->moment = temper_alloc((size_t)t->moments, sizeof *t->moment);
    t->before = temper_alloc((size_t)t->remembered, (size_t)t->machine->io.columns * sizeof *t->before);
    t->best = temper_alloc((size_t)t->machine->parameters, sizeof *t->best);
    t->good = temper_alloc((size_t)t->machine->parameters, sizeof *t->good);
    if (!t->moment || !t->before || !t->best || !t->good) return TEMPER_NO_MEMORY;
    if (!t->machine->type->sweep) return TEMPER_OK;
    return temper_flock_create(&t->probe, t->machine, TEMPER_PROBES,
                               (temper_stream){(uint64_t)t->settings->seed, 120});
}

void temper_teaching_clear(temper_teaching *t) {
    temper_lesson_free(t->lesson);
    temper_flock_free(t->probe);
    temper_method_free(t->method);
    temper_schedule_free(t->schedule);
    temper_machine_free(t->machine);
    temper_lesson_data_clear(&t->data);
    temper_release(t->moment);
    temper_release(t->before);
    temper_release(t->best);
    temper_release(t->good);
}
