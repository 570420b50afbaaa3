/* The trace of the Hessian without a Hessian: E zᵀ∇²L z = tr ∇²L, and the curvature along z is a second difference of energies. Variance of one
 * direction: 2(F² − Σ H_ii²) for signs, 2F² for normal numbers, F = ‖∇²L‖_F (reference/systems.md, L4).
 *
 * The step. Too wide, and ε²/12 ∂⁴L/∂z⁴ comes in; too small, and the rounding of L is divided by ε². Both are seen on a ladder of steps, each a
 * quarter of the one before, along three directions: from rung to rung the difference first falls by 16, then grows by 16. The rung between the
 * smallest changes is taken. The directions of the ladder are not used again. */
#include <math.h>
#include "base/memory.h"
#include "landscape/errand.h"
#include "landscape/span.h"
#include "landscape/trace.h"
#include "temper/landscape.h"

enum { RUNGS = 12, SCOUTS = 3 };

typedef struct {
    temper_landscape *landscape;
    const double *theta;
    const temper_errand *errand;
    bool normal;
    int64_t dim, energies, done, total;
    double here;       /* L(θ) */
    double *z, *moved; /* [dim] */
} walk;

static temper_status bend(walk *w, double step, double *out) {
    double side[2];
    for (int k = 0; k < 2; k++) {
        double e = k ? -step : step;
        for (int64_t i = 0; i < w->dim; i++) w->moved[i] = w->theta[i] + e * w->z[i];
        temper_status bad = temper_landscape_energy(w->landscape, w->moved, side + k);
        if (bad) return bad;
        w->energies++;
    }
    *out = ((side[0] - w->here) + (side[1] - w->here)) / (step * step);
    return temper_errand_step(w->errand, ++w->done, w->total);
}

static void aim(walk *w, int64_t number) {
    temper_stream stream = temper_errand_stream(w->errand);
    if (w->normal)
        temper_span_normals(stream, TEMPER_ROLE_DIFFERENCE, number, w->dim, w->z);
    else
        temper_span_signs(stream, TEMPER_ROLE_DIFFERENCE, number, w->dim, w->z);
}

static double scale_of(const walk *w) {
    double scale = temper_span_norm(w->dim, w->theta) / sqrt((double)w->dim);
    return scale > 0 ? scale : 1;
}

/* The rung whose neighbours differ from it least, largest of the two sides summed over the scouts. */
static temper_status climb(walk *w, double *step) {
    double rung[SCOUTS][RUNGS], best = INFINITY, width = scale_of(w);
    for (int s = 0; s < SCOUTS; s++) {
        aim(w, s);
        for (int k = 0; k < RUNGS; k++) {
            temper_status bad = bend(w, ldexp(width, -2 * k), &rung[s][k]);
            if (bad) return bad;
        }
    }
    *step = 0;
    for (int k = 1; k + 1 < RUNGS; k++) {
        double change = 0;
        for (int s = 0; s < SCOUTS; s++)
            change += fmax(fabs(rung[s][k] - rung[s][k - 1]) / 15, fabs(rung[s][k + 1] - rung[s][k]));
        if (change < best) best = change, *step = ldexp(width, -2 * k);
    }
    return *step > 0 ? TEMPER_OK
                     : temper_fail(TEMPER_DIVERGED, "trace: the energy is not finite near the point");
}

static temper_status sample(walk *w, int64_t directions, temper_differences *out) {
    temper_tally_of all = {0}, off = {0};
    for (int64_t n = 0; n < directions; n++) {
        double near, far;
        aim(w, SCOUTS + n);
        temper_status bad = bend(w, out->step, &near);
        if (!bad && n < 10) {
            bad = bend(w, 4 * out->step, &far);
            if (!bad) temper_tally_one(&off, (far - near) / 15); /* D(ε) = D + c ε² */
        }
        if (bad) return bad;
        if (!isfinite(near))
            return temper_fail(TEMPER_DIVERGED, "trace: the energy is not finite at a step of %.3g",
                               out->step);
        temper_tally_one(&all, near);
    }
    out->truncation = temper_tally_mean(&off);
    temper_trace *t = &out->trace;
    temper_trace_sampled(t, 0, &all, fabs(out->truncation));
    t->method = w->normal ? "differences, normal directions" : "differences, directions of signs";
    return TEMPER_OK;
}

temper_status temper_trace_by_differences(temper_landscape *landscape, const double *theta,
                                          const temper_differences_plan *plan, const temper_errand *errand,
                                          temper_differences *out) {
    int64_t directions = plan && plan->directions ? plan->directions : 100;
    *out = (temper_differences){.trace = {.value = NAN, .frobenius = NAN, .frobenius_error = NAN}};
    out->step = plan ? plan->step : 0;
    if (directions < 2 || !(out->step >= 0))
        return temper_fail(TEMPER_BAD_OPTION,
                           "trace: directions=%lld must be 2 or more, step=%g not negative",
                           (long long)directions, out->step);
    walk w = {.landscape = landscape, .theta = theta, .errand = errand, .normal = plan && plan->normal};
    w.dim = temper_landscape_dim(landscape), w.total = directions + (directions < 10 ? directions : 10);
    if (out->step == 0) w.total += RUNGS * SCOUTS;
    w.z = temper_alloc(2, (size_t)w.dim * sizeof *w.z);
    if (!w.z) return TEMPER_NO_MEMORY;
    w.moved = w.z + w.dim;
    temper_status bad = temper_landscape_energy(landscape, theta, &w.here);
    w.energies = 1;
    if (!bad && out->step == 0) bad = climb(&w, &out->step);
    if (!bad) bad = sample(&w, directions, out);
    out->trace.products = w.energies;
    temper_release(w.z);
    return bad;
}
