/* exp(−U/T)/Z of one or two coordinates by quadrature: 16-point Gauss–Legendre panels along one axis; of two coordinates the other one is summed by the trapezoid
 * over each stretch where there is something, which converges exponentially for analytic U.
 *
 * With Euler's step. One step of θ ← θ − η∇u + sqrt(2ητ)ξ, τ = T/N, is exp(ηL) only to first order. Expanding E f(θ′) to η² and asking for the density
 * ρ(1 + ηg) that it leaves alone, ρ = e^{−u/τ}/Z, gives in any dimension
 *     ∇·(ρ∇g) = −½ Σ_ij ∂_i∂_j(ρ ∂_i∂_j u),      g = |∇u|²/(4τ) − ∇²u/2 + const.
 * For u = kx²/2: ⟨x²⟩ = (τ/k)(1 + ηk/2), the first order of the exact τ/(k(1 − ηk/2)). */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "landscape/ground.h"
#include "num/quadrature.h"
#include "temper/simple.h"

enum { MASS, ENERGY, X, XX, Y, YY, STEP, FIELDS = 12 }; /* STEP + k: field k times g */
enum { POINTS = 2048, POINTS_2 = 192, INNER = 128, PANELS = 256, PANELS_2 = 48 };

typedef struct {
    const ground *g;
    const ground_hull *hull;
    int axis, inner;
} integrand;

/* ---- the integrand ---- */

/* Adds the fields at one place, times h. */
static void add(const integrand *c, const double *x, double h, double *y) {
    const ground *g = c->g;
    double grad[2], u = ground_u(g, x), w = h * temper_exp(-(u - c->hull->lowest) / g->tau);
    if (!(w > 0)) return; /* NaN: nobody can be there */
    double here = x[c->axis], there = g->dim == 2 ? x[1 - c->axis] : 0;
    const double field[STEP] = {1, u, here, here * here, there, there * there};
    for (int k = 0; k < STEP; k++) y[k] += w * field[k];
    if (!g->potential->type->curve) {
        for (int k = 0; k < STEP; k++) y[STEP + k] = NAN;
        return;
    }
    double bend = 0, square = 0;
    for (int k = 0; k < g->dim; k++) {
        double e[2] = {k == 0, k == 1}, He[2];
        g->potential->type->curve(g->potential->self, &g->look, x, e, grad, He);
        bend += He[k];
    }
    for (int k = 0; k < g->dim; k++) square += grad[k] * grad[k];
    double step = w * (square / (4 * g->tau) - bend / 2);
    for (int k = 0; k < STEP; k++) y[STEP + k] += step * field[k];
}

static void at(const void *context, double x, double *y) {
    const integrand *c = context;
    double p[2] = {x, x}, stretch[TEMPER_STRETCHES][2];
    for (int k = 0; k < FIELDS; k++) y[k] = 0;
    if (c->g->dim == 1) {
        add(c, p, 1, y);
        return;
    }
    int n = temper_ground_stretches(c->g, c->hull, 1 - c->axis, x, POINTS_2, stretch);
    for (int k = 0; k < n; k++) {
        double a = stretch[k][0], h = (stretch[k][1] - a) / c->inner;
        for (int i = 0; i <= c->inner; i++) p[1 - c->axis] = a + h * i, add(c, p, h, y);
    }
}

/* ---- over an interval ---- */

static void panels_over(const integrand *c, double low, double high, int panels, double *y) {
    for (int k = 0; k < panels; k++)
        temper_gauss_legendre(at, c, FIELDS, low + (high - low) * k / panels,
                              low + (high - low) * (k + 1) / panels, y);
}

/* In one dimension stretch by stretch, each with as many panels as all of the axis would have. */
static void along(const integrand *c, double low, double high, int panels, double *y) {
    double stretch[TEMPER_STRETCHES][2];
    if (c->g->dim == 2) {
        panels_over(c, low, high, panels, y);
        return;
    }
    int n = temper_ground_stretches(c->g, c->hull, 0, 0, POINTS, stretch);
    for (int k = 0; k < n; k++) {
        double a = fmax(low, stretch[k][0]), b = fmin(high, stretch[k][1]);
        if (a < b) panels_over(c, a, b, panels, y);
    }
}

static void means(const ground *g, const double *y, temper_equilibrium *out) {
    double N = (double)g->potential->samples, Z = y[MASS], shift = y[STEP] / Z;
    out->energy = N * y[ENERGY] / Z;
    out->x[0] = y[X] / Z, out->xx[0] = y[XX] / Z, out->x[1] = y[Y] / Z, out->xx[1] = y[YY] / Z;
    /* ⟨A(1 + ηg)⟩/⟨1 + ηg⟩ = ⟨A⟩ + η(⟨Ag⟩ − ⟨A⟩⟨g⟩) */
    out->energy_step = N * (y[STEP + ENERGY] / Z - y[ENERGY] / Z * shift);
    out->x_step[0] = y[STEP + X] / Z - out->x[0] * shift,
    out->x_step[1] = y[STEP + Y] / Z - out->x[1] * shift;
    out->xx_step[0] = y[STEP + XX] / Z - out->xx[0] * shift;
    out->xx_step[1] = y[STEP + YY] / Z - out->xx[1] * shift;
}

static temper_status judge(const temper_potential *potential, const temper_equilibrium *e) {
    if (e->error < 0.02) return TEMPER_OK;
    return temper_fail(
        TEMPER_DIVERGED,
        "%.200s at T=%g: the integral of exp(-U/T) does not settle (it moves by %.1g): no equilibrium, or wells too narrow",
        potential->text ? potential->text : "the potential", e->temperature, e->error);
}

temper_status temper_equilibrium_find(const temper_potential *potential, double temperature,
                                      temper_equilibrium *out) {
    ground g;
    ground_hull hull;
    *out = (temper_equilibrium){.temperature = temperature};
    temper_status bad = temper_ground_open(&g, potential, temperature, 2);
    if (!bad) bad = temper_ground_hull(&g, &hull);
    if (!bad) {
        double whole[FIELDS] = {0}, half[FIELDS] = {0};
        integrand c = {&g, &hull, 0, INNER};
        int panels = g.dim == 1 ? PANELS : PANELS_2;
        along(&c, hull.low[0], hull.high[0], panels, whole);
        c.inner /= 2;
        along(&c, hull.low[0], hull.high[0], panels / 2, half);
        for (int k = 0; k < g.dim; k++) out->low[k] = hull.low[k], out->high[k] = hull.high[k];
        out->lowest = hull.lowest * (double)potential->samples;
        out->log_z = temper_log(whole[MASS]) - hull.lowest / g.tau;
        out->free_energy = -temperature * out->log_z;
        out->error = fabs(whole[MASS] / half[MASS] - 1);
        means(&g, whole, out);
        bad = judge(potential, out);
    }
    temper_ground_close(&g);
    return bad;
}

temper_status temper_equilibrium_bins(const temper_potential *potential, const temper_equilibrium *of,
                                      int axis, int bins, double *share, double *step) {
    ground g;
    if (axis < 0 || axis >= potential->dim || bins < 1)
        return temper_fail(TEMPER_BAD_OPTION, "axis=%d is none of 0 ... %lld, or bins=%d below 1", axis,
                           (long long)potential->dim - 1, bins);
    temper_status bad = temper_ground_open(&g, potential, of->temperature, 2);
    if (bad) return bad;
    ground_hull hull = {.lowest = of->lowest / (double)potential->samples};
    memcpy(hull.low, of->low, sizeof hull.low), memcpy(hull.high, of->high, sizeof hull.high);
    integrand c = {&g, &hull, axis, INNER};
    int panels = g.dim == 2 ? 1 : 1 + PANELS / bins;
    double low = of->low[axis], width = (of->high[axis] - low) / bins, mass = 0, shift = 0;
    for (int k = 0; k < bins; k++) {
        double y[FIELDS] = {0};
        along(&c, low + width * k, low + width * (k + 1), panels, y);
        share[k] = y[MASS], mass += y[MASS], shift += y[STEP];
        if (step) step[k] = y[STEP];
    }
    for (int k = 0; k < bins; k++) {
        share[k] /= mass;
        if (step) step[k] = step[k] / mass - share[k] * shift / mass;
    }
    temper_ground_close(&g);
    return TEMPER_OK;
}
