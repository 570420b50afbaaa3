/* temper study: from the file to the report. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/sha256.h"
#include "run/league.h"
#include "run/work.h"

/* DIR of digits.toml is digits-study, here. */
static temper_status name_folder(temper_settings *s) {
    temper_text name = {0};
    if (s->out && *s->out) return TEMPER_OK;
    const char *slash = strrchr(s->file, '/'), *base = slash ? slash + 1 : s->file;
    size_t n = strlen(base);
    if (n > 5 && !strcmp(base + n - 5, ".toml")) n -= 5;
    temper_text_add(&name, "%.*s-study", (int)n, base);
    temper_status bad = name.failed ? TEMPER_NO_MEMORY : temper_settings_replace(&s->out, name.data);
    temper_text_clear(&name);
    return bad;
}

/* Is there a study in the directory already? Another kind of run there is left alone. */
static temper_status look(const temper_settings *s, bool *there) {
    temper_text file = {0}, recipe = {0};
    temper_text_add(&file, "%s/study.toml", s->out);
    temper_text_add(&recipe, "%s/recipe.toml", s->out);
    temper_status bad = file.failed || recipe.failed ? TEMPER_NO_MEMORY : TEMPER_OK;
    bool run = !bad && access(recipe.data, F_OK) == 0;
    *there = run && access(file.data, F_OK) == 0;
    if (run && !*there && !s->force)
        bad = temper_fail(TEMPER_BAD_OPTION,
                          "study: %s holds a run that is no study; --out names another directory", s->out);
    temper_text_clear(&file);
    temper_text_clear(&recipe);
    return bad;
}

/* OUT/study.toml: what `temper resume OUT` reads. */
static temper_status keep_file(const temper_settings *s, const temper_desk *desk) {
    char *text;
    size_t length;
    temper_status bad = temper_read_file(s->file, 1 << 20, &text, &length);
    if (bad) return bad;
    bad = temper_desk_write(desk, "study.toml", text);
    temper_release(text);
    return bad;
}

/* Over the hashes of all runs, with their names. */
static void take_hash(temper_league *l) {
    temper_sha256 sha;
    temper_sha256_begin(&sha);
    for (int k = 0; k < l->jobs; k++) {
        const temper_league_job *job = &l->job[k];
        const temper_json_node *hash = job->results ? temper_json_member(job->results, "hash") : NULL;
        const char *name = job->folder + strlen(l->settings->out),
                   *value = hash && hash->string ? hash->string : "none";
        temper_sha256_add(&sha, name, strlen(name) + 1);
        temper_sha256_add(&sha, value, strlen(value) + 1);
    }
    temper_sha256_end(&sha, l->hash);
}

static temper_status results(temper_league *l, temper_report **report) {
    temper_text page = {0};
    temper_status bad = TEMPER_OK;
    for (int k = 0; k < l->datas * l->methods && !bad; k++) {
        bad = temper_league_enter(l, &l->entry[k]);
        if (!bad) bad = temper_league_pool(l, &l->entry[k]);
    }
    if (!bad) bad = temper_league_judge(l);
    if (bad) return bad;
    take_hash(l);
    bad = temper_league_report(l, report);
    if (!bad) bad = temper_league_html(l, &page);
    if (!bad) bad = temper_desk_write(l->desk, "report.html", page.data);
    if (!bad) bad = temper_desk_write(l->desk, "results.md", temper_report_text(*report));
    temper_text_clear(&page);
    return bad;
}

/* --plan: the jobs, and no work. */
static temper_status show_plan(const temper_league *l, temper_report **report) {
    temper_json json = {0};
    temper_text text = {0};
    temper_json_open(&json, NULL, '{');
    temper_json_string(&json, "schema", "temper.study.plan/1");
    temper_json_real(&json, "gradients", l->total);
    temper_json_open(&json, "jobs", '[');
    for (int k = 0; k < l->jobs; k++) {
        const temper_league_job *job = &l->job[k];
        temper_json_open(&json, NULL, '{');
        temper_json_string(&json, "run", job->folder + strlen(l->settings->out) + 1);
        temper_json_real(&json, "gradients", job->kind == TEMPER_STRESS_RUN ? 0 : job->cost);
        temper_json_close(&json, '}');
        if (job->kind != TEMPER_STRESS_RUN)
            temper_text_add(&text, "%12.0f gradients  %s\n", job->cost,
                            job->folder + strlen(l->settings->out) + 1);
    }
    temper_json_close(&json, ']');
    temper_json_close(&json, '}');
    temper_text_add(&text, "%12.0f gradients in all, about; every method has ", l->total);
    temper_league_budget(l, &text);
    temper_text_add(&text, " a seed\n");
    return temper_report_make(report, &json, &text);
}

static temper_status work(temper_league *l, temper_report **report) {
    temper_settings *s = l->settings;
    temper_desk *desk = l->desk;
    char file[4096];
    bool there = false;
    bool again = desk->resuming;
    if (again) s->force = false; /* what --force took away is gone; the rest goes on */
    temper_status bad = again ? TEMPER_OK : name_folder(s);
    if (!bad) bad = look(s, &there);
    if (!bad && (size_t)snprintf(file, sizeof file, again ? "%s/study.toml" : "%.0s%s", s->out, s->file) >=
                    sizeof file)
        bad = temper_fail(TEMPER_BAD_FILE, "study: the path %.80s… is too long", s->out);
    if (!bad) bad = temper_league_read(l, file);
    if (!bad) bad = temper_league_jobs(l);
    if (bad) return bad;
    if (s->plan) return show_plan(l, report);
    const char *inputs[1] = {file};
    if (there && !s->force) desk->resuming = true;
    bad = temper_desk_open(desk, s, inputs, 1);
    if (!bad && !again) bad = keep_file(s, desk);
    if (!bad) bad = temper_desk_go_on(desk);
    if (bad) return bad;
    bad = temper_league_run(l);
    if (bad) temper_desk_rest(desk, bad == TEMPER_STOPPED ? "stopped" : "failed");
    if (!bad) bad = results(l, report);
    return bad ? bad : temper_desk_finish(desk, *report);
}

temper_status temper_work_study(temper_settings *settings, temper_desk *desk, temper_report **report) {
    temper_league l = {.settings = settings, .desk = desk};
    temper_status bad = work(&l, report);
    temper_league_clear(&l);
    return bad;
}
