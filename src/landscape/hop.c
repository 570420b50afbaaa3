#include "landscape/hop.h"
#include <math.h>
#include <string.h>
#include "base/elementary.h"

enum { FEW = 4 }; /* coordinates: four words of radius, four of angle, a block of Philox each */

bool temper_hop_suits(const temper_walker *w) {
    return !strcmp(w->dynamics->type->about.name, "langevin") && !w->single && w->dim <= FEW;
}

/* Numbers 0 … 3 of the walker's noise, as kernel/normals_body.h makes them: of words j (radius) and 8 + j (angle). */
static double normal(const uint32_t radius, const uint32_t angle) {
    double s, c;
    temper_sincos2pi((double)angle * 0x1p-32, &s, &c);
    return __builtin_sqrt(-2 * temper_log(((double)radius + 0.5) * 0x1p-32)) * c;
}

void temper_hop(temper_walker *w, bool own) {
    if (!own) {
        temper_walker_steps(w, 1);
        return;
    }
    const temper_potential *p = w->potential;
    const temper_look look = {w->stream, w->clock, false, w->scratch};
    double *theta = w->theta, *grad = w->grad,
           noise = __builtin_sqrt(2 * w->rate * (w->temperature / (double)p->samples));
    w->energy = p->type->slope(p->self, &look, theta, grad);
    w->evaluations++;
    w->failed = !isfinite(w->energy);
    for (int64_t k = 0; k < w->dim; k++) w->failed |= !isfinite(grad[k]);
    if (w->failed) return;
    uint32_t radius[4], angle[4];
    if (noise > 0) {
        temper_block(w->noise, TEMPER_FOR_NOISE, w->clock, 0, radius);
        temper_block(w->noise, TEMPER_FOR_NOISE, w->clock, 2, angle);
    }
    for (int64_t k = 0; k < w->dim; k++) {
        theta[k] = fma(-w->rate, grad[k], theta[k]);
        if (noise > 0) theta[k] = fma(noise, normal(radius[k], angle[k]), theta[k]);
    }
    w->clock++;
}
