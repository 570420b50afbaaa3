/* A crew and the loop that drives it, as temper train does: all walkers to the next stop, then couple. */
#ifndef TEMPER_TESTS_CREW_RIG_H
#define TEMPER_TESTS_CREW_RIG_H

#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "base/sha256.h"
#include "temper/ensemble.h"

typedef struct {
    const char *ensemble, *dynamics;
    int64_t steps, epoch, seed;
    double T;
} crew_order;

typedef struct {
    temper_ensemble *ensemble;
    temper_dynamics *dynamics;
    temper_walker **walker;
    temper_crew crew;
    int states;
    int64_t floats; /* of crew.vector */
    temper_status mustered;
} crew_rig;

static inline bool crew_open(crew_rig *c, const temper_potential *potential, const crew_order *o) {
    memset(c, 0, sizeof *c);
    CHECK_OK(temper_ensemble_create(&c->ensemble, o->ensemble));
    CHECK_OK(temper_dynamics_create(&c->dynamics, o->dynamics));
    if (!c->ensemble || !c->dynamics) return false;
    const temper_ensemble_type *type = c->ensemble->type;
    int n = (int)type->walkers(c->ensemble->self);
    c->states = type->states ? type->states(c->ensemble->self) : 0;
    c->floats = (type->vectors ? type->vectors(c->ensemble->self) : 0) * potential->dim;
    c->walker = calloc((size_t)n, sizeof *c->walker);
    for (int j = 0; j < n; j++)
        CHECK_OK(temper_walker_create(&c->walker[j], potential, c->dynamics, true,
                                      (temper_stream){41, (uint32_t)(o->seed * n + j)}));
    c->crew = (temper_crew){.walker = c->walker,
                            .n = n,
                            .seed = o->seed,
                            .steps = o->steps,
                            .epoch = o->epoch,
                            .T = o->T,
                            .stream = c->walker[0]->stream,
                            .state = calloc((size_t)c->states + 1, sizeof(double)),
                            .vector = calloc((size_t)c->floats + 1, sizeof(float))};
    c->mustered = type->muster ? type->muster(c->ensemble->self, &c->crew) : TEMPER_OK;
    return true;
}

static inline void crew_close(crew_rig *c) {
    for (int j = 0; j < c->crew.n; j++) temper_walker_free(c->walker[j]);
    free(c->walker), free(c->crew.state), free(c->crew.vector);
    temper_dynamics_free(c->dynamics);
    temper_ensemble_free(c->ensemble);
}

static inline int64_t crew_stride(const crew_rig *c) {
    const temper_ensemble_type *type = c->ensemble->type;
    return !type->couple ? 0 : type->stride ? type->stride(c->ensemble->self, c->crew.epoch) : c->crew.epoch;
}

static inline void crew_couple(crew_rig *c) {
    CHECK_OK(c->ensemble->type->couple(c->ensemble->self, &c->crew));
}

/* At a constant rate, T by the ensemble alone. */
static inline void crew_run(crew_rig *c, int64_t until) {
    const temper_ensemble_type *type = c->ensemble->type;
    int64_t stride = crew_stride(c);
    while (c->crew.step < until) {
        int64_t next = stride ? (c->crew.step / stride + 1) * stride : until;
        if (next > until) next = until;
        for (int j = 0; j < c->crew.n; j++) {
            temper_walker *w = c->walker[j];
            double factor = type->temperature ? type->temperature(c->ensemble->self, &c->crew, j) : 1;
            w->temperature = c->crew.T * factor;
            temper_walker_steps(w, next - c->crew.step);
        }
        c->crew.step = next;
        if (stride && next % stride == 0) crew_couple(c);
    }
}

static inline int64_t crew_weights(const crew_rig *c) {
    const temper_ensemble_type *type = c->ensemble->type;
    return type->weights ? type->weights(c->ensemble->self) : c->crew.n;
}

static inline void crew_present(const crew_rig *c, int64_t k, float *theta) {
    const temper_ensemble_type *type = c->ensemble->type;
    if (type->present)
        type->present(c->ensemble->self, &c->crew, k, theta);
    else
        memcpy(theta, c->walker[k]->theta, (size_t)c->walker[k]->dim * sizeof(float));
}

/* What the ensemble tells, row 0 … of column `name`; NaN: there is none. */
static inline double crew_told(const crew_rig *c, const char *name, int row) {
    temper_table table = {0};
    CHECK_OK(c->ensemble->type->tell(c->ensemble->self, &c->crew, &table));
    const temper_column *column = temper_table_find(&table, name);
    double x = column && row < column->rows ? column->values[row] : NAN;
    temper_table_clear(&table);
    return x;
}

/* Of all that a crew is. */
static inline void crew_print(const crew_rig *c, char hex[65]) {
    temper_sha256 sha;
    temper_sha256_begin(&sha);
    for (int j = 0; j < c->crew.n; j++) {
        const temper_walker *w = c->walker[j];
        temper_sha256_add(&sha, w->theta, (size_t)w->dim * sizeof(float));
        for (int k = 0; k < w->dynamics->type->memories; k++)
            temper_sha256_add(&sha, w->memory[k], (size_t)w->dim * sizeof(float));
        temper_sha256_add(&sha, &w->clock, sizeof w->clock);
    }
    temper_sha256_add(&sha, c->crew.state, (size_t)c->states * sizeof(double));
    temper_sha256_add(&sha, c->crew.vector, (size_t)c->floats * sizeof(float));
    temper_sha256_end(&sha, hex);
}

#endif
