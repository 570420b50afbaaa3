/* Landscapes whose answers are known, written out here: u = Σ k_i (x_i − c_i)²/2, w⁴, w₁²w₂². */
#ifndef TEMPER_TEST_SIMPLE_LANDSCAPES_H
#define TEMPER_TEST_SIMPLE_LANDSCAPES_H

#include <math.h>
#include "temper/landscape.h"

enum { SIMPLE_MOST = 64 };
typedef enum { SIMPLE_QUADRATIC, SIMPLE_QUARTIC, SIMPLE_PRODUCT } simple_kind;
typedef struct {
    simple_kind kind;
    int64_t dim, N;
    double k[SIMPLE_MOST], centre[SIMPLE_MOST];
} simple_self;

static inline double simple_slope(const void *self, const temper_look *look, const double *x, double *grad) {
    const simple_self *s = self;
    double u = 0;
    (void)look;
    if (s->kind == SIMPLE_PRODUCT) {
        if (grad) grad[0] = 2 * x[0] * x[1] * x[1], grad[1] = 2 * x[0] * x[0] * x[1];
        return x[0] * x[0] * x[1] * x[1];
    }
    for (int64_t i = 0; i < s->dim; i++) {
        double d = x[i] - s->centre[i];
        bool square = s->kind == SIMPLE_QUADRATIC;
        u += square ? s->k[i] * d * d / 2 : s->k[i] * d * d * d * d;
        if (grad) grad[i] = square ? s->k[i] * d : 4 * s->k[i] * d * d * d;
    }
    return u;
}
static inline double simple_energy(const void *self, const temper_look *look, const double *x) {
    return simple_slope(self, look, x, NULL);
}
static inline double simple_curve(const void *self, const temper_look *look, const double *x, const double *v,
                                  double *grad, double *Hv) {
    const simple_self *s = self;
    if (s->kind == SIMPLE_PRODUCT) {
        Hv[0] = 2 * x[1] * x[1] * v[0] + 4 * x[0] * x[1] * v[1];
        Hv[1] = 4 * x[0] * x[1] * v[0] + 2 * x[0] * x[0] * v[1];
    }
    for (int64_t i = 0; i < s->dim && s->kind != SIMPLE_PRODUCT; i++) {
        double d = x[i] - s->centre[i];
        Hv[i] = (s->kind == SIMPLE_QUADRATIC ? s->k[i] : 12 * s->k[i] * d * d) * v[i];
    }
    return simple_slope(self, look, x, grad);
}

typedef struct {
    temper_potential_type type;
    temper_potential potential;
    simple_self self;
    temper_landscape *landscape;
} simple;

/* N samples; all k and centres to be set before the first look. */
static inline temper_status simple_make(simple *s, simple_kind kind, int64_t dim, int64_t N) {
    *s = (simple){.self = {.kind = kind, .dim = dim, .N = N}};
    s->type = (temper_potential_type){
        .about = {.name = "simple"}, .energy = simple_energy, .slope = simple_slope, .curve = simple_curve};
    s->potential = (temper_potential){
        .type = &s->type, .self = &s->self, .dim = dim, .samples = N, .batches = 1, .scratch = 0};
    for (int64_t i = 0; i < dim; i++) s->self.k[i] = 1;
    return temper_landscape_of_potential(&s->landscape, &s->potential);
}

#endif
