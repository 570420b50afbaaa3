/* Curves that are trained to stay low (Garipov, Izmailov, Podoprikhin, Vetrov & Wilson 2018).
 *
 * Between two minima θ(t) = Σ_j w_j(t) knot_j, its inner knots are moved so that ∫ L(θ(t)) dt falls. With t drawn at random the slope of one point is an
 * unbiased estimate, and the chain rule makes that of a knot of it: ∂L/∂knot_j = w_j(t) ∇L(θ(t)). Four steps in a row draw from the four quarters of
 * 0 … 1, each from its own: fewer surprises at the same cost. Steps by Adam (Kingma & Ba 2015), whose length is the rate whatever the height of the
 * loss, so that a rate in units of the distance of the ends suits every landscape. */
#include <math.h>
#include "base/memory.h"
#include "landscape/path_route.h"
#include "temper/parallel.h"

typedef struct {
    temper_route *route;
    double *m, *v;        /* [inner knots][dim] Adam's averages of slope and square */
    double *theta, *grad; /* [dim] */
    double w[PATH_KNOTS];
    double rate, fade[2]; /* 1 − β^n */
} trainer;

static const double beta[2] = {0.9, 0.99}, tiny = 1e-12;

static temper_status move_knot(void *context, int64_t j) {
    trainer *s = context;
    const int64_t P = s->route->dim;
    double *knot = s->route->knot + (j + 1) * P, *m = s->m + j * P, *v = s->v + j * P;
    for (int64_t i = 0; i < P; i++) {
        double g = s->w[j + 1] * s->grad[i];
        m[i] = fma(beta[0], m[i], (1 - beta[0]) * g);
        v[i] = fma(beta[1], v[i], (1 - beta[1]) * g * g);
        knot[i] -= s->rate * (m[i] / s->fade[0]) / (sqrt(v[i] / s->fade[1]) + tiny);
    }
    return TEMPER_OK;
}

/* t of step n: uniform in one quarter; which of them, by turns. */
static double time_of(temper_stream stream, int64_t n) {
    return ((double)(n & 3) + temper_uniform(stream, TEMPER_FOR_NOISE, n, 0)) / 4;
}

static temper_status train(temper_landscape *landscape, const temper_curve_plan *plan,
                           const temper_errand *errand, trainer *s, double *last) {
    const int64_t steps = plan->steps;
    const double rate = s->rate;
    double power[2] = {1, 1}, u;
    int64_t counted = 0;
    temper_status bad = TEMPER_OK;
    *last = 0;
    for (int64_t n = 0; n < steps && !bad; n++) {
        double t = time_of(errand->stream, n), left = 2 * (double)(steps - n) / (double)steps;
        temper_path_weights(s->route, t, s->w);
        temper_route_at(s->route, t, s->theta);
        bad = temper_landscape_slope(landscape, s->theta, &u, s->grad);
        if (!bad && !isfinite(u))
            bad = temper_fail(TEMPER_DIVERGED,
                              "curve: the loss at t=%g is not finite after %lld steps; lower the rate", t,
                              (long long)n);
        if (bad) break;
        for (int k = 0; k < 2; k++) power[k] *= beta[k], s->fade[k] = 1 - power[k];
        s->rate = left < 1 ? rate * left : rate;
        bad = temper_parallel(s->route->knots - 2, move_knot, s);
        if (n >= steps - (steps + 9) / 10) *last += u, counted++;
        if (errand->tell) errand->tell(errand->context, n + 1, steps);
        if (errand->stop && *errand->stop) bad = temper_fail(TEMPER_STOPPED, "stopped");
    }
    if (counted) *last /= (double)counted;
    return bad;
}

temper_status temper_curve_train(temper_landscape *landscape, const temper_curve_plan *plan,
                                 const temper_errand *errand, temper_route *route, double *last) {
    const temper_errand idle = {0};
    temper_curve_plan p = {plan->steps > 0 ? plan->steps : 500, plan->rate > 0 ? plan->rate : 0.02};
    temper_status bad = temper_path_check(landscape, route, "curve");
    if (!bad && route->knots < 3)
        bad = temper_fail(TEMPER_BAD_OPTION, "curve: knots=%lld; legal are 3 ... %d, the ends among them",
                          (long long)route->knots, PATH_KNOTS);
    if (bad) return bad;
    const size_t P = (size_t)route->dim, inner = (size_t)route->knots - 2;
    trainer s = {.route = route, .m = temper_alloc(2 * inner + 2, P * sizeof(double))};
    if (!s.m) return TEMPER_NO_MEMORY;
    s.v = s.m + inner * P, s.theta = s.v + inner * P, s.grad = s.theta + P;
    s.rate = p.rate * temper_path_distance(route->knot, route->knot + (inner + 1) * P, route->dim) /
             sqrt((double)P);
    bad = train(landscape, &p, errand ? errand : &idle, &s, last);
    temper_release(s.m);
    return bad;
}
