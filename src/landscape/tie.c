/* A potential tied to a place by a spring. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "temper/work.h"

typedef struct {
    temper_potential as;
    const temper_potential *below;
    const double *centre;
    double stiffness; /* γ/N */
} tie;

static void start(const void *self, temper_stream stream, double *theta) {
    const tie *t = self;
    (void)stream;
    memcpy(theta, t->centre, (size_t)t->below->dim * sizeof *theta);
}

static double stretch(const tie *t, const double *theta, double *grad) {
    double sum = 0;
    for (int64_t i = 0; i < t->below->dim; i++) {
        double d = theta[i] - t->centre[i];
        sum += d * d;
        if (grad) grad[i] += t->stiffness * d;
    }
    return t->stiffness * sum / 2;
}

static double energy(const void *self, const temper_look *look, const double *theta) {
    const tie *t = self;
    return t->below->type->energy(t->below->self, look, theta) + stretch(t, theta, NULL);
}

static double slope(const void *self, const temper_look *look, const double *theta, double *grad) {
    const tie *t = self;
    double u = t->below->type->slope(t->below->self, look, theta, grad);
    return u + stretch(t, theta, grad);
}

static void release(temper_potential *p) { temper_release(p->self); }

static const temper_potential_type type = {
    .about = {.name = "tied"}, .start = start, .energy = energy, .slope = slope};

temper_status temper_potential_tie(temper_potential **tied, const temper_potential *potential, double gamma,
                                   const double *centre) {
    if (!potential->type->slope || !potential->type->energy)
        return temper_fail(TEMPER_CANNOT, "tie: %.200s has no slope in double precision",
                           potential->text ? potential->text : "the potential");
    if (!(gamma > 0 && isfinite(gamma)))
        return temper_fail(TEMPER_BAD_OPTION, "tie: gamma=%g, legal is above 0 and finite", gamma);
    tie *t = temper_alloc(1, sizeof *t);
    if (!t) return TEMPER_NO_MEMORY;
    *t = (tie){.below = potential, .centre = centre, .stiffness = gamma / (double)potential->samples};
    t->as = (temper_potential){.type = &type,
                               .self = t,
                               .text = potential->text,
                               .dim = potential->dim,
                               .samples = potential->samples,
                               .batches = potential->batches,
                               .scratch = potential->scratch,
                               .release = release};
    *tied = &t->as;
    return TEMPER_OK;
}
