/* Checkpoints of a lesson (the file: run/saving.h): θ, the optimiser's memory, every flock with its clock and place, aides, what was seen so
 * far. What is read is checked: clocks lie in the run, numbers are finite. */
#include <math.h>
#include <string.h>
#include "run/saving.h"
#include "run/teaching.h"

static void shape(const void *owner, int64_t out[TEMPER_SHAPE]) {
    const temper_teaching *t = owner;
    const temper_lesson *l = t->lesson;
    const int64_t mine[TEMPER_SHAPE] = {t->machine->parameters,
                                        l->models,
                                        l->aides,
                                        (int64_t)l->memory_bytes,
                                        t->updates,
                                        t->moments,
                                        l->batch,
                                        l->chains};
    memcpy(out, mine, sizeof mine);
}

static bool adopt(void *owner, const int64_t stored[TEMPER_SHAPE]) {
    int64_t mine[TEMPER_SHAPE];
    shape(owner, mine);
    return !memcmp(mine, stored, sizeof mine);
}

static void carry_weights(temper_pass *p, float *x, int64_t n) {
    temper_pass_carry(p, x, (size_t)n * sizeof *x);
    for (int64_t k = 0; k < n && !p->saving && !p->failed; k++) p->failed |= !isfinite(x[k]);
}

static void carry_flock(temper_pass *p, temper_flock *flock) {
    double beta = flock->place.beta;
    int64_t clock = flock->clock;
    temper_pass_carry(p, &clock, sizeof clock);
    temper_pass_carry(p, &beta, sizeof beta);
    temper_pass_carry(p, flock->state, flock->bytes);
    if (p->saving || p->failed) return;
    p->failed |= clock < 0 || !(beta >= 0);
    flock->clock = clock;
    flock->place.beta = beta;
}

typedef struct {
    int64_t clock, born, seen, best_moment, mistakes, rollbacks, done;
    double seconds, swaps, swaps_tried;
} mark;

static temper_status carry_lesson(temper_pass *p, temper_teaching *t) {
    temper_lesson *l = t->lesson;
    const int64_t P = t->machine->parameters;
    carry_weights(p, t->machine->theta, P);
    carry_weights(p, l->velocity, 2 * P);
    carry_weights(p, t->good, P);
    carry_weights(p, t->best, P);
    temper_pass_carry(p, l->memory, l->memory_bytes);
    for (int k = 0; k < l->aides; k++) carry_weights(p, l->aide[k]->theta, P);
    if (l->data) carry_flock(p, l->data);
    for (int k = 0; k < l->models; k++) carry_flock(p, l->model[k]);
    if (p->saving || p->failed) return TEMPER_OK;
    temper_status bad = temper_machine_refresh(t->machine);
    for (int k = 0; k < l->aides && !bad; k++) bad = temper_machine_refresh(l->aide[k]);
    if (l->data) temper_flock_wake(l->data);
    for (int k = 0; k < l->models; k++) temper_flock_wake(l->model[k]);
    l->clamped = l->data_known = false;
    return bad;
}

static temper_status body(void *owner, temper_pass *p) {
    temper_teaching *t = owner;
    temper_lesson *l = t->lesson;
    mark m = {.clock = l->clock,
              .born = l->born,
              .seen = t->seen,
              .best_moment = t->best_moment,
              .mistakes = l->mistakes,
              .rollbacks = t->rollbacks,
              .seconds = t->seconds,
              .swaps = l->swaps,
              .swaps_tried = l->swaps_tried,
              .done = l->done};
    temper_pass_carry(p, &m, sizeof m);
    if (!p->saving && !p->failed) {
        p->failed = m.clock < 0 || m.clock > t->updates || m.born < 0 || m.born > m.clock || m.seen < 1 ||
                    m.seen > t->moments || m.best_moment < 0 || m.best_moment >= m.seen || m.rollbacks < 0 ||
                    m.rollbacks > 64;
        if (p->failed) return TEMPER_OK;
        l->clock = m.clock, l->born = m.born, t->seen = m.seen, t->best_moment = m.best_moment,
        l->mistakes = m.mistakes;
        t->rollbacks = m.rollbacks;
        t->seconds = m.seconds, l->swaps = m.swaps, l->swaps_tried = m.swaps_tried, l->done = m.done != 0;
    }
    temper_pass_carry(p, t->moment, (size_t)t->seen * sizeof *t->moment);
    temper_pass_carry(p, t->before, (size_t)(t->remembered * t->machine->io.columns) * sizeof *t->before);
    return carry_lesson(p, t);
}

static temper_saved saved_as(temper_teaching *t) {
    return (temper_saved){"checkpoint", "TEMPERLE", 2, t, shape, adopt, body};
}

temper_status temper_teaching_save(temper_teaching *t) {
    temper_saved saved = saved_as(t);
    return temper_saved_write(&saved, t->desk);
}

temper_status temper_teaching_load(temper_teaching *t) {
    temper_saved saved = saved_as(t);
    bool found;
    temper_status bad = temper_saved_read(&saved, t->desk, &found);
    if (!bad && !found)
        temper_desk_say(t->desk, "%s holds no checkpoint; beginning at the beginning", t->desk->folder);
    return bad;
}
