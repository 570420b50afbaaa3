#include "run/checkpoint.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/saving.h"

typedef struct { /* the part of a chain that has no length of its own */
    double energy, temperature;
    uint64_t seed;
    int64_t number, clock, proposed, accepted;
} mark;

/* Numbers of a series line that are filled so far, times lines: the layout of what is carried. */
static int64_t series_numbers(const temper_campaign *c) {
    int64_t numbers = 0;
    for (int o = 0; c->series && o < c->series->observables; o++)
        numbers += (int64_t)c->series->temperatures * c->series->lines[o] * c->series->raw[o];
    return numbers;
}

static void shape(const void *owner, int64_t out[TEMPER_SHAPE]) {
    const temper_campaign *c = owner;
    const int64_t mine[TEMPER_SHAPE] = {c->done,
                                        c->over,
                                        c->chains,
                                        c->system->n,
                                        c->system->cached,
                                        c->ensemble ? c->plan.states : 0,
                                        c->best ? c->best->reads : 0,
                                        series_numbers(c)};
    memcpy(out, mine, sizeof mine);
}

/* All of the shape must be ours, but for how far it got. */
static bool adopt(void *owner, const int64_t stored[TEMPER_SHAPE]) {
    temper_campaign *c = owner;
    int64_t mine[TEMPER_SHAPE], done = stored[0], over = stored[1];
    shape(c, mine);
    if (memcmp(stored + 2, mine + 2, sizeof mine - 2 * sizeof *mine)) return false;
    if (done < 0 || done > c->total || over >> 1 || (!over && done == c->total)) return false;
    c->done = c->team.step = done;
    c->over = over != 0;
    return true;
}

/* Do energy and cache belong to s? They were followed move by move, so up to rounding. `fresh` is room for a cache. */
static bool belongs(const temper_chain *chain, double *fresh) {
    const temper_system *system = chain->system;
    double E = system->type->energy(system->self, chain->s), size = 1;
    bool good = fabs(chain->energy - E) <= 1e-6 * (1 + fabs(E));
    if (system->type->prime) system->type->prime(system->self, chain->s, fresh);
    for (int k = 0; system->type->prime && k < system->cached; k++) size = fmax(size, fabs(fresh[k]));
    for (int k = 0; system->type->prime && k < system->cached; k++)
        good &= fabs(chain->cache[k] - fresh[k]) <= 1e-6 * size;
    return good;
}

/* Of chain number `number`. `fresh` is not needed for saving. */
static void carry_chain(temper_pass *p, temper_chain *chain, int64_t number, double *fresh) {
    const temper_system *system = chain->system;
    mark m = {chain->energy, chain->temperature, chain->stream.seed, chain->stream.chain,
              chain->clock,  chain->proposed,    chain->accepted};
    temper_pass_carry(p, &m, sizeof m);
    temper_pass_carry(p, chain->s, (size_t)system->n);
    temper_pass_carry(p, chain->cache, (size_t)system->cached * sizeof *chain->cache);
    if (p->saving || p->failed) return;
    chain->energy = m.energy, chain->temperature = m.temperature;
    chain->clock = m.clock, chain->proposed = m.proposed, chain->accepted = m.accepted;
    static const int64_t most = (int64_t)1 << 47; /* far from where a clock or a counter would overflow */
    if (temper_system_legal(system, chain->s) || !(m.temperature >= 0) || m.clock < 0 || m.clock > most ||
        m.number != number || m.seed != chain->stream.seed || m.proposed < 0 || m.proposed > most << 12 ||
        m.accepted < 0 || m.accepted > most << 12 || !belongs(chain, fresh))
        p->failed = true;
}

static void carry_series(temper_pass *p, const temper_series *series, int64_t measured) {
    for (int t = 0; t < series->temperatures; t++)
        for (int o = 0; o < series->observables; o++)
            for (int line = 0; line < series->lines[o]; line++)
                temper_pass_carry(
                    p, temper_series_at(series, t, o) + (int64_t)line * series->length * series->raw[o],
                    (size_t)measured * (size_t)series->raw[o] * sizeof(double));
}

static void carry_best(temper_pass *p, temper_best *best, const temper_system *system) {
    temper_pass_carry(p, best->energy, (size_t)best->reads * sizeof *best->energy);
    temper_pass_carry(p, &best->lowest, sizeof best->lowest);
    temper_pass_carry(p, best->s, (size_t)best->n);
    if (p->saving || p->failed) return;
    for (int k = 0; k < best->reads; k++) p->failed |= isnan(best->energy[k]);
    /* before the first look there is no configuration */
    p->failed |= best->lowest != INFINITY && temper_system_legal(system, best->s) != TEMPER_OK;
}

static temper_status body(void *owner, temper_pass *p) {
    temper_campaign *c = owner;
    double *fresh = temper_alloc((size_t)c->system->cached, sizeof *fresh);
    if (!fresh) return TEMPER_NO_MEMORY;
    for (int k = 0; k < c->chains; k++) carry_chain(p, c->chain[k], k, fresh);
    temper_release(fresh);
    if (c->ensemble) temper_pass_carry(p, c->team.state, (size_t)c->plan.states * sizeof *c->team.state);
    if (c->best) carry_best(p, c->best, c->system);
    if (c->series) carry_series(p, c->series, temper_campaign_measured(c));
    if (p->saving || p->failed || !c->ensemble || !c->ensemble->type->check) return TEMPER_OK;
    return c->ensemble->type->check(c->ensemble->self, &c->team);
}

static temper_saved saved_as(temper_campaign *c) {
    return (temper_saved){c->file, "TEMPERCK", 1, c, shape, adopt, body};
}

temper_status temper_checkpoint_save(temper_campaign *c, temper_desk *desk) {
    temper_saved saved = saved_as(c);
    return temper_saved_write(&saved, desk);
}

temper_status temper_checkpoint_load(temper_campaign *c, temper_desk *desk) {
    temper_saved saved = saved_as(c);
    bool found;
    temper_status bad = temper_saved_read(&saved, desk, &found);
    if (!bad && !found && !strcmp(c->file, "checkpoint"))
        temper_desk_say(desk, "%s holds no checkpoint; beginning at the beginning", desk->folder);
    return bad;
}
