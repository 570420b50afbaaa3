/* A potential for tests of walkers: a sum over coordinates, in float and in double, that fails or pushes when it is told to. */
#ifndef TEMPER_TESTS_WALKER_RIG_H
#define TEMPER_TESTS_WALKER_RIG_H

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "temper/dynamics.h"

typedef struct {
    int64_t dim, samples;
    double (*site)(double x, int64_t i, double *slope); /* the energy of one coordinate, per sample */
    int64_t bad_step; /* the look whose energy is bad_u and whose last component of ∇u is bad_slope */
    double bad_u, bad_slope;
    int64_t push_step; /* the look at which every component of −∇u has one more */
    int *spare;        /* so many looks at bad_step are still good, or NULL */
} rig;

static inline bool rig_is_bad(const rig *r, const temper_look *look) {
    if (look->whole || look->step != r->bad_step) return false;
    return !r->spare || *r->spare <= 0;
}

static double rig_slope_at(const rig *r, const temper_look *look, int64_t i, double x, double *u) {
    double slope;
    *u += r->site(x, i, &slope);
    if (!look->whole && look->step == r->push_step) slope -= 1;
    return rig_is_bad(r, look) && i == r->dim - 1 ? slope + r->bad_slope : slope;
}

static double rig_energy_at(const rig *r, const temper_look *look, double u) {
    double shown = rig_is_bad(r, look) ? u + r->bad_u : u;
    if (r->spare && !look->whole && look->step == r->bad_step) --*r->spare;
    return shown;
}

static double rig_slope(const void *self, const temper_look *look, const double *theta, double *grad) {
    const rig *r = self;
    double u = 0;
    for (int64_t i = 0; i < r->dim; i++) grad[i] = rig_slope_at(r, look, i, theta[i], &u);
    return rig_energy_at(r, look, u);
}

static double rig_slope_single(const void *self, const temper_look *look, const float *theta, float *grad) {
    const rig *r = self;
    double u = 0;
    for (int64_t i = 0; i < r->dim; i++) grad[i] = (float)rig_slope_at(r, look, i, (double)theta[i], &u);
    return rig_energy_at(r, look, u);
}

static double rig_energy(const void *self, const temper_look *look, const double *theta) {
    const rig *r = self;
    double u = 0, slope;
    for (int64_t i = 0; i < r->dim; i++) u += r->site(theta[i], i, &slope);
    return rig_energy_at(r, look, u);
}

static double rig_energy_single(const void *self, const temper_look *look, const float *theta) {
    const rig *r = self;
    double u = 0, slope;
    for (int64_t i = 0; i < r->dim; i++) u += r->site((double)theta[i], i, &slope);
    return rig_energy_at(r, look, u);
}

static void rig_start(const void *self, temper_stream stream, double *theta) {
    const rig *r = self;
    for (int64_t i = 0; i < r->dim; i++)
        theta[i] = (double)(float)temper_normal(stream, TEMPER_FOR_INITIAL, 0, i);
}

static void rig_start_single(const void *self, temper_stream stream, float *theta) {
    const rig *r = self;
    for (int64_t i = 0; i < r->dim; i++) theta[i] = (float)temper_normal(stream, TEMPER_FOR_INITIAL, 0, i);
}

static const temper_potential_type rig_type = {.about = {.name = "rig"},
                                               .start = rig_start,
                                               .energy = rig_energy,
                                               .slope = rig_slope,
                                               .start_single = rig_start_single,
                                               .energy_single = rig_energy_single,
                                               .slope_single = rig_slope_single};

static inline double rig_bowl(double x, int64_t i, double *slope) { /* k = 1, 2, 3, 1, … */
    double k = 1 + (double)(i % 3);
    *slope = k * x;
    return k * x * x / 2;
}

static inline temper_potential rig_potential(rig *r) {
    return (temper_potential){.type = &rig_type,
                              .self = r,
                              .text = (char *)"rig",
                              .dim = r->dim,
                              .samples = r->samples,
                              .batches = 1};
}

static inline rig rig_of(int64_t dim, int64_t samples, double (*site)(double, int64_t, double *)) {
    return (rig){dim, samples, site, -1, 0, 0, -1, NULL};
}

/* A walker with a dynamics of its own; both are freed together. */
static inline temper_walker *rig_walker(const temper_potential *p, const char *dynamics, bool single,
                                        uint32_t chain) {
    temper_dynamics *d;
    temper_walker *w = NULL;
    CHECK_OK(temper_dynamics_create(&d, dynamics));
    if (d) CHECK_OK(temper_walker_create(&w, p, d, single, (temper_stream){11, chain}));
    if (!w) exit(printf("  no walker for %s\n", dynamics));
    return w;
}

static inline void rig_walker_free(temper_walker *w) {
    temper_dynamics_free((temper_dynamics *)(uintptr_t)w->dynamics);
    temper_walker_free(w);
}

#endif
