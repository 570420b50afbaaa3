/* The runs of a study, one after another; each is parallel in itself. What a run directory was asked for stands in its file `asked`: as long as that
 * is the same, what is there is kept, finished or begun; else it is done again. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/memory.h"
#include "run/league.h"
#include "run/recipe.h"
#include "run/work.h"

static temper_status path_in(const char *folder, const char *name, temper_text *path) {
    temper_text_add(path, "%s/%s", folder, name);
    return path->failed ? TEMPER_NO_MEMORY : TEMPER_OK;
}

static bool is_there(const char *folder, const char *name) {
    temper_text path = {0};
    bool there = !path_in(folder, name, &path) && access(path.data, F_OK) == 0;
    temper_text_clear(&path);
    return there;
}

static temper_status write_in(const char *folder, const char *name, const char *text) {
    temper_text path = {0};
    temper_status bad = path_in(folder, name, &path);
    if (!bad) bad = temper_write_file(path.data, text, strlen(text));
    temper_text_clear(&path);
    return bad;
}

/* A small text file; NULL where there is none. */
static temper_status read_in(const char *folder, const char *name, char **text, size_t *length) {
    temper_text path = {0};
    *text = NULL;
    temper_status bad = path_in(folder, name, &path);
    if (!bad && access(path.data, F_OK) == 0) bad = temper_read_file(path.data, 1 << 28, text, length);
    temper_text_clear(&path);
    return bad;
}

/* OUT/runs/DATA/METHOD/NAME, every step of it below OUT. */
static temper_status make_folders(const temper_league *l, const char *folder) {
    char path[4096];
    size_t length = strlen(folder);
    if (length >= sizeof path) return temper_fail(TEMPER_BAD_FILE, "%.80s…: the path is too long", folder);
    for (size_t k = strlen(l->settings->out) + 1; k <= length; k++) {
        if (folder[k] != '/' && folder[k]) continue;
        memcpy(path, folder, k);
        path[k] = 0;
        if (mkdir(path, 0777) && errno != EEXIST)
            return temper_fail(TEMPER_BAD_FILE, "%s: cannot make the directory: %s", path, strerror(errno));
    }
    return TEMPER_OK;
}

static temper_status discard(const char *folder, const char *name) {
    temper_text path = {0};
    temper_status bad = path_in(folder, name, &path);
    if (!bad && unlink(path.data) && errno != ENOENT && errno != ENOTDIR)
        bad = temper_fail(TEMPER_BAD_FILE, "%s: cannot remove: %s", path.data, strerror(errno));
    temper_text_clear(&path);
    return bad;
}

/* Results go first: a crash on the way must not leave old results beside the new question. */
static temper_status start_anew(const char *folder, const char *asked, bool stress, const char *hex) {
    static const char *const old[] = {"robustness.json", "asked_stress", "results.json",
                                      "diverged.txt",    "asked",        "recipe.toml"};
    for (int k = 0; k < (stress ? 2 : 6); k++) {
        temper_status bad = discard(folder, old[k]);
        if (bad) return bad;
    }
    return write_in(folder, asked, hex);
}

typedef struct { /* what the job at work is told by, in terms of all */
    temper_league *league;
    const temper_league_job *job;
    temper_watch watch;
} teller;

static void tell(void *context, const temper_progress *p) {
    teller *t = context;
    temper_league *l = t->league;
    double share = p->total > 0 ? (double)p->done / (double)p->total : 1,
           done = l->done + share * t->job->cost;
    double now = temper_clock() - l->begun, fresh = l->fresh + share * t->job->cost;
    temper_progress all = *p;
    all.phase = t->job->label;
    all.unit = "gradients";
    all.done = (int64_t)done, all.total = (int64_t)l->total;
    if (all.done >= all.total) all.done = all.total - 1; /* only the study itself is done */
    all.seconds = now;
    all.rate = now > 0 ? fresh / now : NAN;
    all.left = fresh > 0 && now > 0.5 ? (l->total - done) / (fresh / now) : NAN;
    temper_desk_tell(l->desk, &all);
}

static void say(void *context, const char *sentence) {
    const teller *t = context;
    temper_desk_say(t->league->desk, "%s: %s", t->job->label, sentence);
}

static temper_desk desk_of(teller *t, const char *verb) {
    const temper_watch *outer = t->league->desk->watch;
    t->watch = (temper_watch){.tell = tell, .say = say, .context = t, .stop = outer ? outer->stop : NULL};
    return (temper_desk){.watch = &t->watch, .verb = verb, .begun = temper_clock()};
}

/* The question of a job as a fingerprint, without the places of files. */
static temper_status fingerprint(const char *verb, const temper_settings *s, char hex[65]) {
    return temper_recipe_hash(verb, s, "", hex);
}

static bool asked_before(const char *folder, const char *name, const char *hex) {
    char *text;
    size_t length;
    bool same = !read_in(folder, name, &text, &length) && text && !strcmp(text, hex);
    temper_release(text);
    return same;
}

static temper_status read_tree(const char *folder, const char *name, temper_json_node **tree) {
    char *text;
    size_t length;
    temper_status bad = read_in(folder, name, &text, &length);
    if (!bad && text && (bad = temper_json_read(text, length, tree)) == TEMPER_BAD_DATA) {
        char why[200];
        snprintf(why, sizeof why, "%.199s", temper_message());
        bad = temper_fail(bad, "%s/%s: %s; remove that directory to have the run again", folder, name, why);
    }
    temper_release(text);
    return bad;
}

static temper_status note_failure(temper_league *l, temper_league_job *job) {
    char *text;
    size_t length;
    temper_status bad = read_in(job->folder, "diverged.txt", &text, &length);
    if (!bad && text && !(job->failed = temper_league_words(l, "%.*s", (int)strcspn(text, "\n"), text)))
        bad = TEMPER_NO_MEMORY;
    temper_release(text);
    return bad;
}

/* The sentence up to where it speaks of checkpoints. */
static temper_status write_failure(const temper_league_job *job) {
    char sentence[512];
    snprintf(sentence, sizeof sentence, "%s", temper_message());
    char *end = strstr(sentence, "; the last finite");
    if (end) *end = 0;
    return write_in(job->folder, "diverged.txt", sentence);
}

static temper_status train(temper_league *l, temper_league_job *job) {
    teller t = {l, job, {0}};
    temper_settings s = {0};
    temper_report *report = NULL;
    char hex[65];
    temper_status bad = temper_league_settings(l, job, &s);
    if (!bad) bad = make_folders(l, job->folder);
    if (!bad) bad = fingerprint("train", &s, hex);
    bool same = !bad && asked_before(job->folder, "asked", hex);
    bool over = same && (is_there(job->folder, "results.json") || is_there(job->folder, "diverged.txt"));
    if (!bad && !over) {
        temper_desk desk = desk_of(&t, "train");
        desk.resuming = same && is_there(job->folder, "recipe.toml");
        s.force = !desk.resuming;
        s.checkpoint = 10;
        if (!desk.resuming) bad = start_anew(job->folder, "asked", false, hex);
        if (!bad) bad = temper_work_train(&s, &desk, &report);
        temper_desk_close(&desk);
        temper_report_free(report);
        if (bad == TEMPER_DIVERGED) bad = write_failure(job);
        if (bad == TEMPER_CANNOT || bad == TEMPER_BAD_OPTION)
            bad = temper_league_blame(l, l->method[job->method].table, job->label, bad);
        if (!bad) l->fresh += job->cost;
    }
    if (!bad) bad = note_failure(l, job);
    if (!bad && !job->failed) bad = read_tree(job->folder, "results.json", &job->results);
    temper_settings_clear(&s);
    return bad;
}

static temper_status stress(temper_league *l, temper_league_job *job) {
    teller t = {l, job, {0}};
    temper_settings s = {0};
    temper_report *report = NULL;
    char hex[65];
    if (temper_league_entry(l, job->data, job->method)->final->failed) return TEMPER_OK;
    temper_status bad = temper_league_stress(l, &s);
    if (!bad) bad = fingerprint("stress", &s, hex);
    bool over =
        !bad && asked_before(job->folder, "asked_stress", hex) && is_there(job->folder, "robustness.json");
    if (!bad && !over) {
        temper_desk desk = desk_of(&t, "stress");
        bad = start_anew(job->folder, "asked_stress", true, hex);
        if (!bad) bad = temper_settings_replace(&s.run, job->folder);
        if (!bad) bad = temper_work_stress(&s, &desk, &report);
        temper_desk_close(&desk);
        temper_report_free(report);
        if (!bad) l->fresh += job->cost;
    }
    if (!bad) bad = read_tree(job->folder, "robustness.json", &job->results);
    temper_settings_clear(&s);
    return bad;
}

/* The trial with the best mean validation score; the first of equals. */
static void choose(temper_league *l) {
    for (int k = 0; k < l->datas * l->methods; k++) {
        temper_standing *entry = &l->entry[k];
        const temper_entrant *m = &l->method[k % l->methods];
        double best = NAN, sign = temper_score_higher(l->data[k / l->methods].choose_by) ? -1 : 1;
        entry->chosen = m->trials > 1 ? -1 : 0;
        for (int trial = 0; trial < m->trials && m->trials > 1; trial++) {
            double score = sign * temper_league_validation(l, entry->tuning[trial]);
            if (!isnan(score) && !(score >= best)) best = score, entry->chosen = trial;
        }
    }
}

static temper_status stopped(const temper_league *l, int done) {
    return temper_fail(TEMPER_STOPPED, "stopped in job %d of %d; go on with 'temper resume %s'", done + 1,
                       l->jobs, l->settings->out);
}

/* --force: what the runs were asked for is forgotten, once. A study that is stopped on the way then goes on where it was. */
static temper_status forget(const temper_league *l) {
    temper_status bad = TEMPER_OK;
    for (int k = 0; k < l->jobs && !bad; k++) bad = discard(l->job[k].folder, "asked");
    return bad;
}

temper_status temper_league_run(temper_league *l) {
    temper_status bad = l->settings->force ? forget(l) : TEMPER_OK;
    bool chosen = false;
    l->begun = temper_clock();
    for (int k = 0; k < l->jobs && !bad; k++) {
        temper_league_job *job = &l->job[k];
        const temper_standing *entry = temper_league_entry(l, job->data, job->method);
        if (job->kind != TEMPER_TUNING && !chosen) {
            choose(l);
            chosen = true;
        }
        if (temper_desk_stopped(l->desk)) return stopped(l, k);
        if (job->kind != TEMPER_TUNING && entry->chosen < 0)
            job->failed = "all trials diverged";
        else
            bad = job->kind == TEMPER_STRESS_RUN ? stress(l, job) : train(l, job);
        if (bad == TEMPER_STOPPED) return stopped(l, k);
        job->done = !bad;
        l->done += job->cost;
    }
    return bad;
}
