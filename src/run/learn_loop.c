/* The loop of a learn job: updates in slices of about a tenth of a second; between them it looks, tells, saves and stops. Where slices end
 * changes nothing. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "run/teaching.h"

enum { ROLLBACKS = 4 };

static void tell(const temper_teaching *t, double begun, int64_t first) {
    const temper_lesson_moment *m = &t->moment[t->seen ? t->seen - 1 : 0];
    int64_t done = t->lesson->clock;
    double rate = (double)(done - first) / fmax(temper_clock() - begun, 1e-9);
    temper_progress p = {.phase = "learning",
                         .unit = "updates",
                         .done = t->lesson->done ? t->updates : done,
                         .total = t->updates,
                         .seconds = temper_clock() - t->desk->begun,
                         .left = rate > 0 ? (double)(t->updates - done) / rate : NAN,
                         .rate = rate,
                         .updates = NAN,
                         .coldest = 1,
                         .hottest = 1,
                         .energy_error = NAN,
                         .acceptance = NAN,
                         .swap_rate = t->seen ? m->swap_rate : NAN};
    p.energy_name = t->seen && !isnan(m->pseudo[0]) ? "pseudo-LL" : "reconstruction error";
    p.energy = t->seen ? !isnan(m->pseudo[0]) ? m->pseudo[0] : m->reconstruction[0] : NAN;
    if (t->seen && !isnan(m->weight[1]))
        p.score_name = "free-energy gap", p.score = m->weight[0] - m->weight[1];
    temper_desk_tell(t->desk, &p);
}

static temper_status stop(const temper_teaching *t) {
    long long done = (long long)t->lesson->clock, all = (long long)t->updates;
    return t->desk->folder
               ? temper_fail(TEMPER_STOPPED,
                             "stopped after %lld of %lld updates; go on with 'temper resume %s'", done, all,
                             t->desk->folder)
               : temper_fail(TEMPER_STOPPED,
                             "stopped after %lld of %lld updates; there is no run directory to go on from",
                             done, all);
}

/* Learning has run away: the machine gets back the weights of the last moment, which are kept. */
static temper_status fall_back(temper_teaching *t) {
    char sentence[400];
    snprintf(sentence, sizeof sentence, "%.399s", temper_message());
    memcpy(t->machine->theta, t->good, (size_t)t->machine->parameters * sizeof *t->good);
    int64_t last = t->seen ? t->moment[t->seen - 1].update : 0;
    temper_status bad = temper_machine_refresh(t->machine);
    char *path = t->desk->folder ? temper_desk_path(t->desk, "model.safetensors") : NULL;
    if (!bad && path) bad = temper_machine_write(t->machine, path);
    temper_release(path);
    temper_desk_rest(t->desk, "diverged");
    return temper_fail(
        TEMPER_DIVERGED, "learn: %s; a smaller --rate helps; the weights after update %lld are kept%s%s",
        sentence, (long long)last, t->desk->folder && !bad ? " in model.safetensors of " : " no longer",
        t->desk->folder && !bad ? t->desk->folder : "");
}

/* Back to the weights of the last look, with chains that begin anew, at half the rate. */
static temper_status roll_back(temper_teaching *t) {
    temper_lesson *l = t->lesson;
    const size_t P = (size_t)t->machine->parameters;
    temper_desk_say(t->desk, "%s; back to the weights of update %lld, at half the rate", temper_message(),
                    (long long)(t->seen ? t->moment[t->seen - 1].update : 0));
    memcpy(t->machine->theta, t->good, P * sizeof *t->good);
    memset(l->velocity, 0, 2 * P * sizeof *l->velocity);
    l->born = l->clock;
    memset(l->memory, 0, l->memory_bytes);
    temper_status bad = temper_machine_refresh(t->machine);
    for (int k = 0; k < l->aides && !bad; k++) {
        memcpy(l->aide[k]->theta, t->good, P * sizeof *t->good);
        bad = temper_machine_refresh(l->aide[k]);
    }
    for (int k = 0; k < l->models && !bad; k++) temper_flock_scatter(l->model[k]);
    if (l->data && !bad) { /* hidden units of the data may have run away as well */
        temper_flock_scatter(l->data);
        l->clamped = l->data_known = false;
    }
    if (!bad && l->method->type->begin) bad = l->method->type->begin(l->method->self, l);
    t->rollbacks++;
    return bad;
}

static bool enough(const temper_teaching *t) {
    const temper_settings *s = t->settings;
    if (s->pearson > 0 && t->seen && t->moment[t->seen - 1].pearson >= s->pearson) return true;
    return s->patience > 0 && t->seen - 1 - t->best_moment >= s->patience;
}

static bool sane(const temper_lesson_moment *m) { return isfinite(m->size) || isnan(m->size); }

static temper_status look(temper_teaching *t) {
    temper_status bad = temper_teaching_look(t);
    if (bad) return bad;
    if (!sane(&t->moment[t->seen - 1]))
        return temper_fail(TEMPER_DIVERGED, "the weights grew beyond all bounds");
    memcpy(t->good, t->machine->theta, (size_t)t->machine->parameters * sizeof *t->good);
    return TEMPER_OK;
}

static temper_status learn_slice(temper_teaching *t, int64_t n) {
    temper_lesson *l = t->lesson;
    int64_t until = temper_teaching_moment_at(t, t->seen), end = l->clock + n < until ? l->clock + n : until;
    temper_status bad = TEMPER_OK;
    while (l->clock < end && !l->done && !bad) {
        l->rate = ldexp(t->rate, -(int)t->rollbacks) * temper_schedule_at(t->schedule, l->clock, t->updates);
        bad = temper_lesson_learn(l, 1);
    }
    return bad;
}

static temper_status slices(temper_teaching *t) {
    const double begun = temper_clock();
    const int64_t first = t->lesson->clock;
    int64_t n = 1;
    while (t->lesson->clock < t->updates && !t->lesson->done && !enough(t)) {
        if (temper_desk_stopped(t->desk)) {
            tell(t, begun, first);
            temper_desk_rest(t->desk, "stopped");
            temper_status bad = t->desk->folder ? temper_teaching_save(t) : TEMPER_OK;
            return bad ? bad : stop(t);
        }
        double before = temper_clock();
        temper_status bad = learn_slice(t, n);
        double spent = temper_clock() - before;
        t->seconds += spent;
        n = (int64_t)fmax(1, fmin((double)n * 4, (double)n * 0.1 / fmax(spent, 1e-6)));
        if (!bad && (t->lesson->clock == temper_teaching_moment_at(t, t->seen) || t->lesson->done))
            bad = look(t);
        if (bad == TEMPER_DIVERGED && t->rollbacks < ROLLBACKS && !t->method->type->solve) bad = roll_back(t);
        if (bad) return bad == TEMPER_DIVERGED ? fall_back(t) : bad;
        if (temper_desk_due(t->desk) || t->lesson->clock == t->updates) tell(t, begun, first);
        if (t->lesson->clock < t->updates && temper_desk_save_due(t->desk) && temper_teaching_save(t) &&
            !t->desk->warned) {
            t->desk->warned = true;
            temper_desk_say(t->desk, "%s; going on without a checkpoint", temper_message());
        }
    }
    return TEMPER_OK;
}

/* The first look knows whether there will be anything to choose by. */
static temper_status can_choose(const temper_teaching *t) {
    const temper_settings *s = t->settings;
    if ((s->patience == 0 && strcmp(s->keep, "best")) || !isnan(temper_teaching_score(t, 0)))
        return TEMPER_OK;
    return temper_fail(
        TEMPER_CANNOT,
        "learn: %s chooses by a likelihood or pseudo-likelihood of validation rows, and %s has none "
        "that is known while it learns",
        s->patience > 0 ? "patience" : "keep=best", t->machine->type->about.name);
}

temper_status temper_teaching_run(temper_teaching *t) {
    temper_status bad = t->desk->resuming ? temper_teaching_load(t) : TEMPER_OK;
    if (!bad) bad = temper_desk_go_on(t->desk);
    if (!bad && t->seen == 0) bad = look(t);
    if (!bad) bad = can_choose(t);
    if (!bad) bad = slices(t);
    if (!bad && t->desk->folder) bad = temper_teaching_save(t);
    if (bad || strcmp(t->settings->keep, "best")) return bad;
    memcpy(t->machine->theta, t->best, (size_t)t->machine->parameters * sizeof *t->best);
    return temper_machine_refresh(t->machine);
}
