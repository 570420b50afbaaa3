#include "run/train_checkpoint.h"
#include <math.h>
#include <string.h>
#include "run/saving.h"

typedef struct { /* the part of a walker that has no length of its own */
    uint64_t seed;
    int64_t number, clock, evaluations;
    double rate, temperature, energy;
    temper_thermometer thermometer;
} mark;

static void shape(const void *owner, int64_t out[TEMPER_SHAPE]) {
    const temper_training *t = owner;
    const int64_t mine[TEMPER_SHAPE] = {
        t->members, t->potential->dim, t->dynamics->type->memories, t->steps, t->moments, t->samples, t->gap,
        0};
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

static void carry_member(temper_pass *p, temper_training *t, int r) {
    temper_walker *w = t->walker[r];
    mark m = {w->stream.seed, w->stream.chain, w->clock,  w->evaluations,
              w->rate,        w->temperature,  w->energy, w->thermometer};
    temper_pass_carry(p, &m, sizeof m);
    if (!p->saving && !p->failed) {
        const temper_thermometer *th = &m.thermometer;
        p->failed = m.seed != w->stream.seed || m.number != w->stream.chain || m.clock < 0 ||
                    m.clock > t->steps || m.evaluations < 0 || m.evaluations > (int64_t)1 << 50 ||
                    !(m.rate >= 0) || !(m.temperature >= 0) || th->steps < 0 || th->steps > m.clock ||
                    isnan(th->theta_grad);
        if (p->failed) return;
        w->clock = m.clock, w->evaluations = m.evaluations;
        w->rate = m.rate, w->temperature = m.temperature, w->energy = m.energy;
        w->thermometer = m.thermometer;
        w->failed = false;
    }
    carry_vector(p, w->theta, w->dim);
    temper_pass_carry(p, w->grad,
                      (size_t)w->dim * sizeof(float)); /* not finite where the next step diverged */
    for (int k = 0; k < t->dynamics->type->memories; k++) carry_vector(p, w->memory[k], w->dim);
    int64_t moments = temper_training_moments_by(t, w->clock),
            samples = temper_training_samples_by(t, w->clock);
    temper_pass_carry(p, t->moment + r * t->moments, (size_t)moments * sizeof *t->moment);
    carry_vector(p, t->sample + r * t->samples * w->dim, samples * w->dim);
}

static temper_status body(void *owner, temper_pass *p) {
    temper_training *t = owner;
    temper_pass_carry(p, &t->seconds, sizeof t->seconds);
    for (int r = 0; r < t->members; r++) carry_member(p, t, r);
    return TEMPER_OK;
}

static temper_saved saved_as(temper_training *t) {
    return (temper_saved){"checkpoint", "TEMPERTR", 1, t, shape, adopt, body};
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
