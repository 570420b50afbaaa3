#include "run/train_checkpoint.h"
#include <math.h>
#include <string.h>
#include "run/saving.h"

typedef struct { /* the part of a walker that has no length of its own */
    uint64_t seed;
    int64_t number, clock, evaluations;
    double rate, temperature, energy;
    temper_thermometer thermometer, epoch;
    double plan[2][TEMPER_PLAN_MAX];
} mark;

static int states_of(const temper_training *t) {
    return t->ensemble->type->states ? t->ensemble->type->states(t->ensemble->self) : 0;
}

static int vectors_of(const temper_training *t) {
    return t->ensemble->type->vectors ? t->ensemble->type->vectors(t->ensemble->self) : 0;
}

static void shape(const void *owner, int64_t out[TEMPER_SHAPE]) {
    const temper_training *t = owner;
    const int64_t mine[TEMPER_SHAPE] = {
        t->members, t->group,   t->potential->dim, t->dynamics->type->memories,
        t->steps,   t->moments, t->samples,        (int64_t)states_of(t) << 32 | vectors_of(t)};
    memcpy(out, mine, sizeof mine);
}

static bool adopt(void *owner, const int64_t stored[TEMPER_SHAPE]) {
    int64_t mine[TEMPER_SHAPE];
    shape(owner, mine);
    return !memcmp(mine, stored, sizeof mine);
}

static void carry_vector(temper_pass *p, float *x, int64_t n) {
    temper_pass_carry(p, x, (size_t)n * sizeof *x);
    for (int64_t k = 0; k < n && !p->saving && !p->failed; k++) p->failed |= !isfinite(x[k]);
}

static bool sound(const mark *m, const temper_walker *w, const temper_training *t) {
    const temper_thermometer *th = &m->thermometer;
    bool good = m->seed == w->stream.seed && m->number == w->stream.chain && m->clock >= 0 &&
                m->clock <= t->steps && m->evaluations >= 0 && m->evaluations <= (int64_t)1 << 50 &&
                m->rate >= 0 && m->temperature >= 0 && th->steps >= 0 && th->steps <= m->clock &&
                !isnan(th->theta_grad) && m->epoch.steps >= 0 && m->epoch.steps <= m->clock;
    for (int k = 0; k < 2 * TEMPER_PLAN_MAX; k++)
        good = good && isfinite(m->plan[k / TEMPER_PLAN_MAX][k % TEMPER_PLAN_MAX]);
    return good && m->plan[0][0] >= 0 && m->plan[1][0] >= 0;
}

static void carry_walker(temper_pass *p, const temper_training *t, temper_walker *w) {
    mark m = {.seed = w->stream.seed,
              .number = w->stream.chain,
              .clock = w->clock,
              .evaluations = w->evaluations,
              .rate = w->rate,
              .temperature = w->temperature,
              .energy = w->energy,
              .thermometer = w->thermometer,
              .epoch = w->epoch};
    memcpy(m.plan, w->plan, sizeof m.plan);
    temper_pass_carry(p, &m, sizeof m);
    if (!p->saving && !p->failed) {
        p->failed = !sound(&m, w, t);
        if (p->failed) return;
        w->clock = m.clock, w->evaluations = m.evaluations;
        w->rate = m.rate, w->temperature = m.temperature, w->energy = m.energy;
        w->thermometer = m.thermometer, w->epoch = m.epoch;
        memcpy(w->plan, m.plan, sizeof m.plan);
        w->failed = false;
    }
    carry_vector(p, w->theta, w->dim);
    temper_pass_carry(p, w->grad,
                      (size_t)w->dim * sizeof(float)); /* not finite where the next step diverged */
    for (int k = 0; k < t->dynamics->type->memories; k++) carry_vector(p, w->memory[k], w->dim);
}

/* Walkers of one crew may stand apart only where one of them diverged: then those ahead are further than crew->step. */
static void carry_member(temper_pass *p, temper_training *t, int r) {
    temper_crew *crew = &t->crew[r];
    temper_pass_carry(p, &crew->step, sizeof crew->step);
    if (!p->saving && !p->failed && (crew->step < 0 || crew->step > t->steps)) p->failed = true;
    for (int j = 0; j < crew->n && !p->failed; j++) {
        carry_walker(p, t, crew->walker[j]);
        p->failed |= crew->walker[j]->clock < crew->step;
    }
    if (p->failed) return;
    temper_pass_carry(p, crew->state, (size_t)states_of(t) * sizeof *crew->state);
    for (int k = 0; k < states_of(t) && !p->saving; k++) p->failed |= isnan(crew->state[k]);
    carry_vector(p, crew->vector, vectors_of(t) * t->potential->dim);
    int64_t moments = temper_training_moments_by(t, crew->step);
    int64_t samples = temper_training_times_by(t, crew->step) * t->takes;
    temper_pass_carry(p, t->moment + r * t->moments, (size_t)moments * sizeof *t->moment);
    carry_vector(p, t->sample + r * t->samples * t->parameters, samples * t->parameters);
}

static temper_status body(void *owner, temper_pass *p) {
    temper_training *t = owner;
    temper_pass_carry(p, &t->seconds, sizeof t->seconds);
    for (int r = 0; r < t->members; r++) carry_member(p, t, r);
    return TEMPER_OK;
}

static temper_saved saved_as(temper_training *t) {
    return (temper_saved){"checkpoint", "TEMPERTR", 3, t, shape, adopt, body};
}

temper_status temper_training_save(temper_training *t) {
    temper_saved saved = saved_as(t);
    return temper_saved_write(&saved, t->desk);
}

temper_status temper_training_load(temper_training *t) {
    temper_saved saved = saved_as(t);
    bool found;
    temper_status bad = temper_saved_read(&saved, t->desk, &found);
    if (!bad && !found)
        temper_desk_say(t->desk, "%s holds no checkpoint; beginning at the beginning", t->desk->folder);
    return bad;
}
