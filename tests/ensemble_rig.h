/* An ensemble with all that it needs, as run/ would set it up, for the tests. */
#ifndef TEMPER_TESTS_ENSEMBLE_RIG_H
#define TEMPER_TESTS_ENSEMBLE_RIG_H

#include <stdlib.h>
#include "check.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "temper/temper.h"

typedef struct { /* what to make; sampler NULL: "metropolis" */
    const char *system, *sampler, *ensemble;
    const double *T;
    int temperatures, reads;
    uint64_t seed;
} rig_order;

typedef struct {
    temper_ensemble *ensemble;
    temper_system *system;
    temper_sampler *sampler;
    temper_team team;
    temper_plan plan;
    bool done;
} rig;

static inline temper_status rig_plan(rig *r, const rig_order *o) {
    memset(r, 0, sizeof *r);
    temper_status bad = temper_system_create(&r->system, o->system);
    if (!bad) bad = temper_sampler_create(&r->sampler, o->sampler ? o->sampler : "metropolis");
    if (!bad) bad = temper_ensemble_create(&r->ensemble, o->ensemble);
    r->team = (temper_team){.system = r->system, .sampler = r->sampler, .seed = o->seed, .reads = o->reads};
    r->team.temperatures = o->T;
    r->team.ntemperatures = o->temperatures;
    return bad ? bad : r->ensemble->type->plan(r->ensemble->self, &r->team, &r->plan);
}

static inline temper_status rig_create(rig *r, const rig_order *o) {
    temper_status bad = rig_plan(r, o);
    if (bad) return bad;
    r->team.n = r->plan.chains;
    r->team.chains = calloc((size_t)r->team.n, sizeof *r->team.chains);
    r->team.state = malloc((size_t)r->plan.states * sizeof *r->team.state);
    memset(r->team.state, 0, (size_t)r->plan.states * sizeof *r->team.state);
    for (int c = 0; !bad && c < r->team.n; c++)
        bad = temper_chain_create(&r->team.chains[c], r->system, r->sampler, o->seed, (uint32_t)c);
    return bad ? bad : r->ensemble->type->begin(r->ensemble->self, &r->team);
}

static inline void rig_free(rig *r) {
    for (int c = 0; r->team.chains && c < r->team.n; c++) temper_chain_free(r->team.chains[c]);
    free(r->team.chains), free(r->team.state);
    temper_ensemble_free(r->ensemble);
    temper_system_free(r->system);
    temper_sampler_free(r->sampler);
}

/* Up to `steps` macro steps, beyond the end if `steps` says so; returns the first failure. */
static inline temper_status rig_step(rig *r, int64_t steps) {
    for (int64_t k = 0; k < steps; k++) {
        temper_status bad = r->ensemble->type->step(r->ensemble->self, &r->team, &r->done);
        if (bad) return bad;
        r->team.step++;
    }
    return TEMPER_OK;
}

static inline temper_status rig_finish(rig *r) {
    temper_status bad = TEMPER_OK;
    while (!bad && !r->done) bad = rig_step(r, 1);
    return bad;
}

static inline int rig_at(const rig *r, int rung, int copy) {
    return r->ensemble->type->at(r->ensemble->self, &r->team, rung, copy);
}

static inline temper_table rig_report(const rig *r) {
    temper_table table = {0};
    CHECK_OK(r->ensemble->type->report(r->ensemble->self, &r->team, &table));
    return table;
}

/* Value of a column; NaN when there is none. */
static inline double rig_value(const temper_table *table, const char *name, int row) {
    const temper_column *column = temper_table_find(table, name);
    return column && row < column->rows ? column->values[row] : NAN;
}

/* Chains and state; nothing else of a run may matter. */
static inline void rig_hash(const rig *r, char hex[65]) {
    temper_sha256 sha;
    temper_sha256_begin(&sha);
    for (int c = 0; c < r->team.n; c++) {
        const temper_chain *chain = r->team.chains[c];
        temper_sha256_add(&sha, chain->s, (size_t)r->system->n);
        temper_sha256_add(&sha, &chain->energy, sizeof chain->energy);
        temper_sha256_add(&sha, &chain->temperature, sizeof chain->temperature);
        temper_sha256_add(&sha, &chain->clock, sizeof chain->clock);
    }
    temper_sha256_add(&sha, r->team.state, (size_t)r->plan.states * sizeof(double));
    temper_sha256_end(&sha, hex);
}

#endif
