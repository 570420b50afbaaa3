/* An engine of core/gibbs.h with θ, and flocks of it, for tests and for bench/rbm.c. */
#ifndef TEMPER_GIBBS_RIG_H
#define TEMPER_GIBBS_RIG_H

#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "core/gibbs.h"
#include "temper/cpu.h"

typedef struct {
    temper_gibbs *g;
    int64_t V, H, P;
    float *theta;
} gibbs_rig;

static inline gibbs_rig gibbs_rig_of(int64_t V, int64_t H, double width, uint64_t seed) {
    gibbs_rig r = {.V = V, .H = H, .P = V * H + V + H};
    temper_stream s = {seed, 0};
    r.theta = temper_alloc((size_t)r.P, sizeof *r.theta);
    for (int64_t k = 0; k < r.P; k++) r.theta[k] = (float)(width * temper_normal(s, TEMPER_FOR_TESTS, 0, k));
    CHECK_OK(temper_gibbs_create(&r.g, V, H));
    CHECK_OK(temper_gibbs_refresh(r.g, r.theta));
    return r;
}

static inline void gibbs_rig_free(gibbs_rig *r) { temper_gibbs_free(r->g), temper_release(r->theta); }

static inline temper_flock gibbs_flock(const gibbs_rig *r, int64_t chains, uint64_t seed) {
    temper_flock f = {.chains = chains, .stream = {seed, 3}, .place = {1, NULL}};
    size_t scratch;
    temper_gibbs_sizes(r->g, chains, &f.bytes, &scratch);
    f.state = temper_alloc(1, f.bytes), f.scratch = temper_alloc(1, scratch);
    temper_gibbs_scatter(r->g, &f);
    return f;
}

static inline void gibbs_flock_free(temper_flock *f) { temper_release(f->state), temper_release(f->scratch); }

/* Rows of independent bits with the given mean; some columns constant. */
static inline void gibbs_rows(float *X, int64_t n, int64_t V, double mean, uint64_t seed) {
    temper_stream s = {seed, 1};
    for (int64_t k = 0; k < n * V; k++)
        X[k] = k % V % 11 == 3 ? 0 : k % V % 13 == 5 ? 1 : temper_uniform(s, TEMPER_FOR_TESTS, 1, k) < mean;
}

static inline void gibbs_fill(const gibbs_rig *r, temper_flock *f, const float *X) {
    const float **row = temper_alloc((size_t)f->chains, sizeof *row);
    for (int64_t c = 0; c < f->chains; c++) row[c] = X + c * r->V;
    temper_gibbs_clamp(r->g, f, row, f->chains);
    temper_release(row);
}

#endif
