#include "landscape/ground.h"
#include <math.h>
#include "base/memory.h"

temper_status temper_ground_open(ground *g, const temper_potential *potential, double temperature,
                                 int dims_max) {
    *g = (ground){.potential = potential,
                  .dim = potential->dim <= dims_max ? (int)potential->dim : 0,
                  .tau = temperature / (double)potential->samples,
                  .look = {.whole = true}};
    const char *text = potential->text ? potential->text : "the potential";
    if (!g->dim)
        return temper_fail(TEMPER_CANNOT, "%.200s: %lld coordinates; this is for up to %d", text,
                           (long long)potential->dim, dims_max);
    if (!potential->type->energy || !potential->type->slope)
        return temper_fail(TEMPER_CANNOT, "%.200s has no energy in double precision", text);
    if (!(temperature > 0 && isfinite(temperature)))
        return temper_fail(TEMPER_BAD_OPTION, "temperature=%g, legal is above 0 and finite", temperature);
    g->look.scratch = temper_alloc(potential->scratch + 1, 1);
    return g->look.scratch ? TEMPER_OK : TEMPER_NO_MEMORY;
}

void temper_ground_close(ground *g) { temper_release(g->look.scratch); }

double temper_ground_bend(const ground *g, double x) {
    double one = 1, grad, bend, below, above, h = 1e-5 * (1 + fabs(x)), left = x - h, right = x + h;
    if (g->potential->type->curve) {
        g->potential->type->curve(g->potential->self, &g->look, &x, &one, &grad, &bend);
        return bend;
    }
    ground_slope(g, &left, &below), ground_slope(g, &right, &above);
    return (above - below) / (right - left);
}
