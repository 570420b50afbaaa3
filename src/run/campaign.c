#include "run/campaign.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/checkpoint.h"
#include "run/live.h"
#include "temper/parallel.h"

int temper_campaign_rungs(const temper_campaign *c) { return c->ensemble ? c->plan.rungs : c->temperatures; }

double temper_campaign_temperature(const temper_campaign *c, int t) {
    return c->ensemble ? c->ensemble->type->rung(c->ensemble->self, &c->team, t) : c->temperature[t];
}

int64_t temper_campaign_measured(const temper_campaign *c) {
    return c->done > c->burn ? (c->done - c->burn) / c->every : 0;
}

/* Chains that one item moves and measures: a pair, if a move or an observable needs pairs. */
static int unit_of(const temper_campaign *c) {
    return c->sampler->group == 2 || (c->series && temper_series_pairs(c->series)) ? 2 : 1;
}

static temper_status make_chains(temper_campaign *c) {
    c->chain = temper_alloc((size_t)c->chains, sizeof *c->chain);
    if (!c->chain) return TEMPER_NO_MEMORY;
    for (int k = 0; k < c->chains; k++) {
        temper_status bad = temper_chain_create(&c->chain[k], c->system, c->sampler, c->seed, (uint32_t)k);
        if (!bad && strcmp(c->start, "random")) bad = temper_chain_start(c->chain[k], c->start);
        if (bad) return bad;
        if (!c->ensemble) c->chain[k]->temperature = c->temperature[k / c->copies];
    }
    return TEMPER_OK;
}

static temper_status plan_alone(temper_campaign *c) {
    if ((double)c->temperatures * c->copies > 1 << 30)
        return temper_fail(TEMPER_BAD_OPTION, "sample: %d temperatures times chains=%d are too many",
                           c->temperatures, c->copies);
    if (c->copies % c->sampler->group)
        return temper_fail(TEMPER_BAD_OPTION, "sample: chains=%d must be even: %s moves pairs of chains",
                           c->copies, c->sampler->text);
    c->chains = c->temperatures * c->copies;
    c->total = c->burn + c->length * c->every;
    return TEMPER_OK;
}

static temper_status plan_together(temper_campaign *c) {
    const temper_ensemble_type *type = c->ensemble->type;
    if (!type->plan)
        return temper_fail(
            TEMPER_CANNOT,
            "ensemble=%s trains networks ('temper train'); for a system there are anneal, exchange and "
            "population",
            type->about.name);
    temper_status bad = type->plan(c->ensemble->self, &c->team, &c->plan);
    if (bad) return bad;
    c->chains = c->plan.chains;
    if (type->at) c->copies = c->plan.chains / c->plan.rungs;
    c->total = c->series ? c->burn + c->length * c->every : c->plan.steps;
    c->team.state = temper_alloc((size_t)c->plan.states, sizeof *c->team.state);
    return c->team.state ? TEMPER_OK : TEMPER_NO_MEMORY;
}

temper_status temper_campaign_open(temper_campaign *c) {
    c->team = (temper_team){.system = c->system,
                            .sampler = c->sampler,
                            .seed = c->seed,
                            .temperatures = c->temperature,
                            .ntemperatures = c->temperatures,
                            .reads = c->copies};
    temper_status bad = c->ensemble ? plan_together(c) : plan_alone(c);
    if (!bad && c->series)
        bad = temper_series_allocate(c->series, temper_campaign_rungs(c), c->copies, c->length);
    if (!bad && c->best)
        bad = temper_best_begin(c->best, c->ensemble->type->at ? c->copies : c->chains, c->system->n);
    if (!bad) bad = make_chains(c);
    if (bad) return bad;
    c->team.chains = c->chain, c->team.n = c->chains;
    return c->ensemble ? c->ensemble->type->begin(c->ensemble->self, &c->team) : TEMPER_OK;
}

void temper_campaign_close(temper_campaign *c) {
    for (int k = 0; c->chain && k < c->chains; k++) temper_chain_free(c->chain[k]);
    temper_release(c->chain);
    temper_release(c->team.state);
    c->chain = NULL, c->team.state = NULL;
}

/* One block of sweeps of all chains: what every item must know. */
typedef struct {
    temper_campaign *c;
    int unit, units; /* chains of an item, items of a temperature */
    int64_t until;
} block;

/* Invariant: at `now` sweeps, all measurements up to now are recorded. Where the block ends changes nothing. */
static temper_status work_alone(void *context, int64_t item) {
    const block *b = context;
    temper_campaign *c = b->c;
    int t = (int)(item / b->units), first = (int)(item % b->units) * b->unit;
    int count = c->copies - first < b->unit ? c->copies - first : b->unit;
    temper_chain *const *chain = c->chain + (int64_t)t * c->copies + first;
    for (int64_t now = c->done; now < b->until;) {
        int64_t taken = now < c->burn ? -1 : (now - c->burn) / c->every;
        int64_t next = c->burn + (taken + 1) * c->every, to = next < b->until ? next : b->until;
        temper_status bad = temper_sampler_advance(c->sampler, chain, count, to - now);
        if (bad) return bad;
        now = to;
        if (c->series && now == next && now > c->burn)
            temper_series_measure(c->series, t, first, count, taken, chain);
    }
    return TEMPER_OK;
}

static temper_status measure_together(void *context, int64_t item) {
    const block *b = context;
    temper_campaign *c = b->c;
    const temper_ensemble_type *type = c->ensemble->type;
    int t = (int)(item / b->units), first = (int)(item % b->units) * b->unit;
    int count = c->copies - first < b->unit ? c->copies - first : b->unit;
    temper_chain *chain[2] = {NULL, NULL};
    for (int k = 0; k < count; k++) {
        int at = type->at(c->ensemble->self, &c->team, t, first + k);
        if (at < 0)
            return temper_fail(TEMPER_CANNOT, "%s: rung %d of copy %d is empty", type->about.name, t,
                               first + k);
        chain[k] = c->chain[at];
    }
    temper_series_measure(c->series, t, first, count, temper_campaign_measured(c) - 1, chain);
    return TEMPER_OK;
}

/* Macro steps of the ensemble; it is parallel inside. */
static temper_status step_together(temper_campaign *c, block *b) {
    while (c->done < b->until && !c->over) {
        bool done = false;
        temper_status bad = c->ensemble->type->step(c->ensemble->self, &c->team, &done);
        if (bad) return bad;
        c->team.step++;
        c->done++;
        if (c->best) temper_best_look(c->best, c->chain, c->chains);
        if (c->series && c->done > c->burn && (c->done - c->burn) % c->every == 0) {
            bad = temper_parallel((int64_t)b->units * c->plan.rungs, measure_together, b);
            if (bad) return bad;
        }
        c->over = c->series ? c->done == c->total : done || c->done == c->total;
    }
    return TEMPER_OK;
}

static temper_status run_block(temper_campaign *c, int64_t count) {
    int unit = unit_of(c);
    block b = {c, unit, (c->copies + unit - 1) / unit,
               c->total - c->done < count ? c->total : c->done + count};
    if (c->ensemble) return step_together(c, &b);
    temper_status bad = temper_parallel((int64_t)b.units * c->temperatures, work_alone, &b);
    if (bad) return bad;
    c->done = b.until;
    c->over = c->done == c->total;
    return TEMPER_OK;
}

static temper_status stop(temper_campaign *c, temper_desk *desk) {
    if (!desk->folder)
        return temper_fail(TEMPER_STOPPED,
                           "stopped after %lld of %lld %s; there is no run directory to go on from",
                           (long long)c->done, (long long)c->total, c->unit);
    temper_status bad = temper_checkpoint_save(c, desk);
    return bad ? bad
               : temper_fail(TEMPER_STOPPED, "stopped after %lld of %lld %s; go on with 'temper resume %s'",
                             (long long)c->done, (long long)c->total, c->unit, desk->folder);
}

/* A block takes about a tenth of a second, so that progress, stops and checkpoints come in time. */
static int64_t next_count(int64_t count, double seconds) {
    double want = 0.1 / fmax(seconds, 1e-6);
    if (want > 4) want = 4;
    double next = (double)count * want;
    return next < 1 ? 1 : next > 1e12 ? (int64_t)1e12 : (int64_t)next;
}

temper_status temper_campaign_run(temper_campaign *c, temper_desk *desk) {
    temper_status bad = desk->resuming ? temper_checkpoint_load(c, desk) : TEMPER_OK;
    if (bad || (bad = temper_desk_go_on(desk))) return bad;
    double begun = temper_clock(), before = begun;
    int64_t count = 1, first = c->done;
    while (!c->over) {
        if (temper_desk_stopped(desk)) {
            if (desk->folder) temper_live_tell(c, desk, begun, first);
            temper_desk_rest(desk, "stopped");
            return stop(c, desk);
        }
        if ((bad = run_block(c, count))) return bad;
        double now = temper_clock();
        count = next_count(count, now - before);
        if (temper_desk_due(desk) || (c->over && desk->folder)) temper_live_tell(c, desk, begun, first);
        if (!c->over && temper_desk_save_due(desk) && temper_checkpoint_save(c, desk) && !desk->warned) {
            desk->warned = true;
            temper_desk_say(desk, "%s; going on without a checkpoint", temper_message());
        }
        before = temper_clock();
    }
    return desk->folder && (c->done > first || !first) ? temper_checkpoint_save(c, desk) : TEMPER_OK;
}

void temper_campaign_hash(const temper_campaign *c, temper_sha256 *sha) {
    for (int k = 0; k < c->chains; k++) {
        const temper_chain *chain = c->chain[k];
        temper_sha256_add(sha, chain->s, (size_t)c->system->n);
        temper_sha256_add(sha, &chain->energy, sizeof chain->energy);
        temper_sha256_add(sha, &chain->temperature, sizeof chain->temperature);
        temper_sha256_add(sha, &chain->clock, sizeof chain->clock);
    }
    if (c->ensemble) temper_sha256_add(sha, c->team.state, (size_t)c->plan.states * sizeof *c->team.state);
}
