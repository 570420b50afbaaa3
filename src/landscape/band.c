/* Minimum-energy paths: the way over the mountains along which the energy rises least. Everywhere on it the slope points along it, so the part across
 * must vanish.
 *
 * A chain of images of the system leads from one minimum to the other. Both methods let them slide down across the chain and keep them apart along it:
 * the band by springs along the chain, the string by putting them at equal distances again after each step. The highest image of the band may climb:
 * its force along the band is turned round, so that it ends on the saddle itself (Henkelman, Uberuaga & Jónsson 2000).
 *
 * Neither is told how stiff the landscape is. The slopes themselves tell: |Δg|/|Δx| of each image from step to step is at most the largest
 * curvature, and comes close to it along the stiffest direction; steps are sized by the largest one seen. */
#include "landscape/band.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "temper/parallel.h"

void temper_band_measure(band_state *b) {
    b->along[0] = b->span[0] = 0;
    for (int64_t i = 1; i < b->M; i++) {
        b->span[i] = temper_path_distance(b->x + (i - 1) * b->P, b->x + i * b->P, b->P);
        b->along[i] = b->along[i - 1] + b->span[i];
    }
}

/* ---- slopes ---- */

static temper_status slope_of(temper_landscape *landscape, band_state *b, int64_t i) {
    temper_status bad = temper_landscape_slope(landscape, b->x + i * b->P, b->energy + i, b->g + i * b->P);
    if (!bad && !isfinite(b->energy[i]))
        bad = temper_fail(TEMPER_DIVERGED, "path: the energy of image %lld is not finite; lower the rate",
                          (long long)i);
    return bad;
}

/* All inner images (the ends too where `ends`). */
static temper_status look(temper_landscape *landscape, band_state *b, bool ends) {
    temper_status bad = TEMPER_OK;
    for (int64_t i = !ends; i < b->M - !ends && !bad; i++) bad = slope_of(landscape, b, i);
    return bad;
}

/* Before the first step curvature is read off neighbours. */
static void first_stiffness(band_state *b) {
    for (int64_t i = 1; i < b->M; i++) {
        double bend = temper_path_distance(b->g + (i - 1) * b->P, b->g + i * b->P, b->P);
        if (b->span[i] > 0 && bend / b->span[i] > b->stiffness) b->stiffness = bend / b->span[i];
    }
    if (!(b->stiffness > 0)) b->stiffness = 1;
}

/* Steps that are tiny against the distance of images tell noise. */
static void later_stiffness(band_state *b) {
    const double least = 1e-4 * b->along[b->M - 1] / (double)(b->M - 1);
    for (int64_t i = 1; i < b->M - 1; i++) {
        if (b->moved[i] <= least) continue;
        double secant = temper_path_distance(b->g_before + i * b->P, b->g + i * b->P, b->P) / b->moved[i];
        if (secant > b->stiffness) b->stiffness = secant;
    }
}

/* ---- the loop ---- */

static double largest(const double *x, int64_t n) {
    double most = 0;
    for (int64_t i = 0; i < n; i++)
        if (x[i] > most) most = x[i];
    return most;
}

static int64_t top_of(const band_state *b) {
    int64_t top = 1;
    for (int64_t i = 2; i < b->M - 1; i++)
        if (b->energy[i] > b->energy[top]) top = i;
    return top;
}

/* Only from the highest image of a pass does the way along the band lead up to a saddle. Where the band falls from one end to the other there is none, and
 * an image that climbed would climb for ever. */
static bool passes(const band_state *b) {
    const double *at = b->energy + top_of(b);
    return at[0] > at[-1] && at[0] > at[1];
}

/* Is it done; or is it time that the highest image climbs? */
static bool settled(band_state *b, const temper_band_plan *plan, int64_t step, double first) {
    const double most = plan->string ? (step ? b->speed : INFINITY) : largest(b->force, b->M);
    const bool ready = most <= sqrt(plan->tolerance) * first || step >= plan->steps / 2;
    if (plan->string || plan->still || (b->climber < 0 && ready && !passes(b)))
        return most <= plan->tolerance * first;
    if (b->climber < 0 && ready) {
        b->climber = top_of(b);
        memset(b->move, 0, (size_t)(b->M * b->P) * sizeof *b->move);
        b->downhill = 0;
        return false;
    }
    return b->climber >= 0 && most <= plan->tolerance * first;
}

typedef struct {
    band_state *b;
    bool upwind;
} measurement;

/* incline and force of an image; its tangent goes where the band's force will be (or the string's spline was). */
static temper_status split(void *context, int64_t k) {
    const measurement *m = context;
    const band_state *b = m->b;
    const int64_t i = k + 1, P = b->P;
    double *tangent = (m->upwind ? b->x_before : b->move) + i * P, across = 0, along = 0;
    const double *g = b->g + i * P;
    temper_band_tangent(b, i, m->upwind, tangent);
    for (int64_t c = 0; c < P; c++) along += g[c] * tangent[c];
    for (int64_t c = 0; c < P; c++) {
        double part = i == b->climber ? g[c] : g[c] - along * tangent[c];
        across += part * part;
    }
    b->incline[i] = along, b->force[i] = sqrt(across);
    return TEMPER_OK;
}

static temper_status relax(temper_landscape *landscape, const temper_band_plan *plan,
                           const temper_errand *errand, band_state *b, temper_band *out) {
    measurement m = {b, !plan->string};
    double first = 0;
    temper_status bad = look(landscape, b, true);
    temper_band_measure(b);
    if (!bad) first_stiffness(b);
    b->spring = b->stiffness / 2, b->mix = 0.1;
    for (out->steps = 0; !bad; out->steps++) {
        bad = temper_parallel(b->M - 2, split, &m);
        double most = largest(b->force, b->M);
        if (out->steps == 0 || (out->steps == 1 && first == 0)) first = most;
        if (bad || (out->converged = settled(b, plan, out->steps, first)) || out->steps >= plan->steps) break;
        if (b->climber >= 0) { /* force and incline of the climber count from now on */
            bad = temper_parallel(b->M - 2, split, &m);
            if (first == 0) first = largest(b->force, b->M);
        }
        memcpy(b->g_before, b->g, (size_t)(b->M * b->P) * sizeof *b->g);
        double rate = plan->rate > 0 ? plan->rate : 1 / b->stiffness;
        if (!bad) bad = plan->string ? temper_band_pull(b, rate) : temper_band_advance(b);
        if (!bad) bad = look(landscape, b, false);
        later_stiffness(b);
        temper_band_measure(b);
        if (errand->tell) errand->tell(errand->context, out->steps + 1, plan->steps);
        if (errand->stop && *errand->stop) bad = temper_fail(TEMPER_STOPPED, "stopped");
    }
    return bad;
}

static void conclude(band_state *b, temper_band *out) {
    double at[2];
    for (int end = 0; end < 2; end++) { /* inclines of the ends, by one-sided chords */
        int64_t i = end ? b->M - 1 : 0, low = end ? i - 1 : 0;
        double dot = 0;
        for (int64_t c = 0; c < b->P; c++)
            dot += b->g[i * b->P + c] * (b->x[(low + 1) * b->P + c] - b->x[low * b->P + c]);
        b->incline[i] = b->span[low + 1] > 0 ? dot / b->span[low + 1] : 0;
        b->force[i] = 0;
    }
    out->top = top_of(b), out->climbed = b->climber >= 0;
    out->residual = largest(b->force, b->M);
    out->peak = temper_band_peak(b, at);
    out->peak_at = at[0];
    if (out->climbed && b->energy[b->climber] >= b->energy[out->top])
        out->peak = b->energy[b->climber], out->peak_at = b->along[b->climber], out->top = b->climber;
    out->barrier[0] = out->peak - b->energy[0], out->barrier[1] = out->peak - b->energy[b->M - 1];
}

temper_status temper_band_relax(temper_landscape *landscape, const temper_band_plan *plan,
                                const temper_errand *errand, temper_route *route, temper_band *out) {
    const temper_errand idle = {0};
    temper_band_plan p = *plan;
    memset(out, 0, sizeof *out);
    temper_status bad = temper_path_check(landscape, route, "path");
    if (!bad && (route->knots < 3 || route->kind != TEMPER_POLYGON))
        bad = temper_fail(TEMPER_BAD_OPTION, "path: a band is a polygon of 3 ... %d images; there are %lld",
                          PATH_KNOTS, (long long)route->knots);
    if (bad) return bad;
    if (p.steps <= 0) p.steps = 2000;
    if (!(p.tolerance > 0)) p.tolerance = 1e-6;
    band_state b = {.M = route->knots, .P = route->dim, .x = route->knot, .climber = -1};
    const size_t all = (size_t)(b.M * b.P), M = (size_t)b.M;
    b.g = temper_alloc(4, all * sizeof *b.g);
    out->energy = temper_alloc(6, M * sizeof *out->energy);
    if (!b.g || !out->energy) {
        temper_release(b.g);
        temper_band_clear(out);
        return TEMPER_NO_MEMORY;
    }
    b.g_before = b.g + all, b.move = b.g_before + all, b.x_before = b.move + all;
    out->images = b.M, out->along = out->energy + M, out->force = out->along + M;
    b.energy = out->energy, b.along = out->along, b.force = out->force;
    b.incline = out->force + M, b.moved = b.incline + M, b.span = b.moved + M;
    bad = relax(landscape, &p, errand ? errand : &idle, &b, out);
    if (!bad) conclude(&b, out);
    temper_release(b.g);
    if (bad) temper_band_clear(out);
    return bad;
}

void temper_band_clear(temper_band *band) {
    temper_release(band->energy);
    memset(band, 0, sizeof *band);
}
