/* Jobs by name: options as text, work by verb, resume from a recipe. */
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "run/job.h"
#include "run/recipe.h"
#include "run/work.h"
#include "temper/cpu.h"
#include "temper/parallel.h"

struct temper_job {
    char verb[16];
    temper_settings settings;
    char *command, *value; /* value: what temper_job_value handed out last */
};

typedef temper_status (*worker)(temper_settings *, temper_desk *, temper_report **);
static const char *const verbs[] = {"sample",    "anneal", "train",  "predict", "stress",
                                    "compare",   "study",  "learn",  "draw",    "measure",
                                    "landscape", "theory", "resume", "report"};
static const worker workers[] = {temper_work_sample,  temper_work_anneal, temper_work_train,
                                 temper_work_predict, temper_work_stress, temper_work_compare,
                                 temper_work_study,   temper_work_learn,  temper_work_draw,
                                 temper_work_measure, temper_work_survey, temper_work_theory};
enum { VERBS = sizeof verbs / sizeof *verbs };

const temper_option *temper_job_options(const char *verb) { return temper_settings_table(verb); }

const char *temper_closest(const char *wrong, const char *const *names, int n) {
    return temper_nearest(wrong, names, n);
}

temper_status temper_job_create(temper_job **out, const char *verb) {
    *out = NULL;
    if (!temper_settings_table(verb)) {
        const char *near = temper_nearest(verb, verbs, VERBS);
        return temper_fail(
            TEMPER_BAD_OPTION,
            "there is no job '%.60s'%s%s%s; jobs are sample, anneal, train, predict, stress, compare, study, learn, draw, measure, landscape, theory, resume, report",
            verb, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    temper_job *job = temper_alloc(1, sizeof *job);
    if (!job) return TEMPER_NO_MEMORY;
    snprintf(job->verb, sizeof job->verb, "%s", verb);
    temper_status bad = temper_settings_begin(verb, &job->settings);
    if (bad) {
        temper_job_free(job);
        return bad;
    }
    *out = job;
    return TEMPER_OK;
}

void temper_job_free(temper_job *job) {
    if (!job) return;
    temper_settings_clear(&job->settings);
    temper_release(job->command);
    temper_release(job->value);
    temper_release(job);
}

const char *temper_job_verb(const temper_job *job) { return job->verb; }
const temper_settings *temper_job_settings(const temper_job *job) { return &job->settings; }

/* free-energy is free_energy. */
static void plain_name(const char *name, char *plain, size_t size) {
    snprintf(plain, size, "%s", name);
    for (char *p = plain; *p; p++)
        if (*p == '-') *p = '_';
}

temper_status temper_job_set(temper_job *job, const char *name, const char *value) {
    char plain[64];
    plain_name(name, plain, sizeof plain);
    return temper_settings_set(job->verb, &job->settings, plain, value);
}

const char *temper_job_value(temper_job *job, const char *name) {
    char plain[64];
    plain_name(name, plain, sizeof plain);
    temper_release(job->value);
    job->value = NULL;
    for (const temper_option *o = temper_settings_table(job->verb); o->name; o++)
        if (!strcmp(o->name, plain)) (void)temper_settings_text(o, &job->settings, &job->value);
    return job->value;
}

temper_status temper_job_command(temper_job *job, const char *command) {
    return temper_settings_replace(&job->command, command);
}

static temper_status work(const char *verb, temper_settings *settings, temper_desk *desk,
                          temper_report **report) {
    temper_status bad = temper_settings_complete(verb, settings);
    if (!bad && settings->threads > 0) bad = temper_threads((int)settings->threads);
    if (!bad && settings->cpu && strcmp(settings->cpu, "auto")) bad = temper_cpu_cap(settings->cpu);
    if (bad) return bad;
    desk->verb = verb;
    for (size_t v = 0; v < sizeof workers / sizeof *workers; v++)
        if (!strcmp(verb, verbs[v])) return workers[v](settings, desk, report);
    return TEMPER_CANNOT; /* resume and report come by another door */
}

typedef struct { /* a job as the recipe tells it */
    char verb[16];
    temper_settings settings;
    bool begun;
} recalled;

static temper_status recall(void *context, const char *verb, const char *name, const char *value) {
    recalled *r = context;
    if (!r->begun) {
        if (strcmp(verb, "sample") && strcmp(verb, "anneal") && strcmp(verb, "train") &&
            strcmp(verb, "study") && strcmp(verb, "learn") && strcmp(verb, "landscape") &&
            strcmp(verb, "measure"))
            return temper_fail(TEMPER_BAD_DATA, "the verb '%s' cannot be resumed", verb);
        snprintf(r->verb, sizeof r->verb, "%s", verb);
        r->begun = true;
        temper_status bad = temper_settings_begin(verb, &r->settings);
        if (bad) return bad;
    }
    return temper_settings_set(r->verb, &r->settings, name, value);
}

static temper_status resume(temper_job *job, temper_desk *desk, temper_report **report) {
    recalled r = {0};
    temper_text path = {0};
    char *text = NULL;
    size_t length;
    temper_status bad = temper_settings_complete(job->verb, &job->settings);
    if (!bad) {
        temper_text_add(&path, "%s/recipe.toml", job->settings.out);
        bad = path.failed ? TEMPER_NO_MEMORY : temper_read_file(path.data, 1 << 20, &text, &length);
    }
    if (!bad && (bad = temper_recipe_read(path.data, text, length, recall, &r)) == TEMPER_BAD_OPTION)
        bad = temper_fail(TEMPER_BAD_DATA, "%s: %s", path.data, temper_message());
    if (!bad && !r.begun) bad = temper_fail(TEMPER_BAD_DATA, "%s: there is no option in it", path.data);
    if (!bad) bad = temper_settings_replace(&r.settings.out, job->settings.out); /* it may have moved */
    if (!bad) bad = temper_settings_replace(&r.settings.cpu, job->settings.cpu);
    r.settings.threads = job->settings.threads;
    desk->resuming = true;
    if (!bad && (bad = work(r.verb, &r.settings, desk, report)) == TEMPER_BAD_FILE) {
        char sentence[400];
        snprintf(sentence, sizeof sentence, "%.399s", temper_message());
        bad = temper_fail(bad, "%s (file names in a recipe count from the folder where the run began)",
                          sentence);
    }
    temper_settings_clear(&r.settings);
    temper_text_clear(&path);
    temper_release(text);
    return bad;
}

/* A report is made again by going on with a run that has nothing left to do. */
static temper_status finished(const temper_job *job) {
    temper_text path = {0};
    temper_json_node *tree = NULL;
    char *text = NULL;
    size_t length;
    temper_status bad = temper_settings_complete("report", &job->settings);
    if (!bad) temper_text_add(&path, "%s/status.json", job->settings.out);
    if (!bad) bad = path.failed ? TEMPER_NO_MEMORY : temper_read_file(path.data, 1 << 20, &text, &length);
    if (!bad) bad = temper_json_read(text, length, &tree);
    const temper_json_node *state = bad ? NULL : temper_json_member(tree, "state");
    if (!bad && !(state && state->string && !strcmp(state->string, "done")))
        bad = temper_fail(TEMPER_CANNOT, "report: %s is not finished; go on with 'temper resume %s'",
                          job->settings.out, job->settings.out);
    temper_release(tree);
    temper_release(text);
    temper_text_clear(&path);
    return bad;
}

temper_status temper_job_run(temper_job *job, const temper_watch *watch, temper_report **report) {
    temper_desk desk = {.watch = watch, .verb = job->verb, .command = job->command};
    *report = NULL;
    const bool again = !strcmp(job->verb, "report");
    temper_status bad = again ? finished(job) : TEMPER_OK;
    if (!bad)
        bad = again || !strcmp(job->verb, "resume") ? resume(job, &desk, report)
                                                    : work(job->verb, &job->settings, &desk, report);
    temper_desk_close(&desk);
    if (bad && bad != TEMPER_DIAGNOSTIC) {
        temper_report_free(*report);
        *report = NULL;
    }
    return bad;
}
