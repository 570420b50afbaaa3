/* Wells, barriers and mean first passage times of one coordinate (Kramers 1940; the double integral: Pontryagin, Andronov and Vitt 1933). */
#include <math.h>
#include "base/elementary.h"
#include "landscape/ground.h"
#include "num/quadrature.h"
#include "temper/simple.h"

enum { POINTS = 4096, PANELS = 400 };
static const double TWO_PI = 6.283185307179586476925286766559;

/* ---- extrema ---- */

/* Where the slope changes its sign between a and b, sign_a being that at a; to the last bit. */
static double crossing(const ground *g, double a, double b, double sign_a) {
    for (int k = 0; k < 200; k++) {
        double middle = a + (b - a) / 2, slope;
        if (middle <= a || middle >= b) break;
        ground_slope(g, &middle, &slope);
        if (slope == 0) return middle;
        if ((slope > 0) == (sign_a > 0))
            a = middle;
        else
            b = middle;
    }
    return a + (b - a) / 2;
}

/* One more extremum from the left; a barrier to the left of the first well is the edge of an abyss and counts for none. */
static temper_status note(temper_wells *out, double x, bool well, int *barriers) {
    if (!well) {
        if (out->wells && *barriers < out->wells) out->barrier[(*barriers)++] = x;
        return TEMPER_OK;
    }
    if (out->wells == TEMPER_WELLS_MAX)
        return temper_fail(TEMPER_CANNOT, "more than %d wells between the ends", TEMPER_WELLS_MAX);
    out->well[out->wells++] = x;
    return TEMPER_OK;
}

temper_status temper_wells_find(const temper_potential *potential, double low, double high,
                                temper_wells *out) {
    ground g;
    *out = (temper_wells){0};
    temper_status bad = temper_ground_open(&g, potential, 1, 1);
    if (bad) return bad;
    double before = low, slope_before = NAN, slope;
    int barriers = 0;
    for (int i = 0; i < POINTS && !bad; i++) {
        double x = low + (high - low) * i / (POINTS - 1);
        ground_slope(&g, &x, &slope);
        if (slope == 0 && i + 1 < POINTS) continue; /* the next point tells which kind */
        if (slope_before < 0 && slope > 0) bad = note(out, crossing(&g, before, x, -1), true, &barriers);
        if (slope_before > 0 && slope < 0) bad = note(out, crossing(&g, before, x, 1), false, &barriers);
        before = x, slope_before = slope;
    }
    temper_ground_close(&g);
    return bad;
}

/* ---- mean first passage ---- */

typedef struct {
    const ground *g;
    double from, way; /* x = from + way·s: seen so, the walker always goes to the right */
    double zero;      /* energy that counts as 0 */
} view;

static double height(const view *v, double s) {
    double x = v->from + v->way * s;
    return (ground_u(v->g, &x) - v->zero) / v->g->tau;
}

static void weight(const void *context, double s, double *y) {
    double w = temper_exp(-height(context, s));
    *y = w > 0 ? w : 0;
}

typedef struct {
    const view *v;
    double edge, behind; /* ∫_{−∞}^edge e^{−u/τ} */
} outer;

static void delay(const void *context, double s, double *y) {
    const outer *o = context;
    double inside = o->behind;
    temper_gauss_legendre(weight, o->v, 1, o->edge, s, &inside);
    *y = temper_exp(height(o->v, s)) * inside;
}

temper_status temper_passage_exact(const temper_potential *potential, double temperature, double a, double b,
                                   double *mean) {
    ground g;
    temper_equilibrium e;
    *mean = NAN;
    temper_status bad = temper_ground_open(&g, potential, temperature, 1);
    if (!bad) bad = temper_equilibrium_find(potential, temperature, &e);
    if (!bad) {
        const view v = {&g, a, b < a ? -1 : 1, e.lowest / (double)potential->samples};
        double far = b < a ? a - e.high[0] : e.low[0] - a, end = fabs(b - a), behind = 0, sum = 0;
        if (far > 0) far = 0;
        for (int k = 0; k < PANELS; k++)
            temper_gauss_legendre(weight, &v, 1, far - far * k / PANELS, far - far * (k + 1) / PANELS,
                                  &behind);
        for (int k = 0; k < PANELS; k++) {
            double left = end * k / PANELS, right = end * (k + 1) / PANELS;
            const outer o = {&v, left, behind};
            temper_gauss_legendre(delay, &o, 1, left, right, &sum);
            temper_gauss_legendre(weight, &v, 1, left, right, &behind);
        }
        *mean = sum / g.tau;
    }
    temper_ground_close(&g);
    return bad;
}

temper_status temper_passage_kramers(const temper_potential *potential, double temperature, double well,
                                     double barrier, double *rate) {
    ground g;
    *rate = NAN;
    temper_status bad = temper_ground_open(&g, potential, temperature, 1);
    if (bad) return bad;
    double rise = ground_u(&g, &barrier) - ground_u(&g, &well);
    *rate = __builtin_sqrt(temper_ground_bend(&g, well) * fabs(temper_ground_bend(&g, barrier))) / TWO_PI *
            temper_exp(-rise / g.tau);
    temper_ground_close(&g);
    return TEMPER_OK;
}
