/* Langevin dynamics in the exponent Φ(x) = a u(θ + x) + γ|x|²/2 at temperature 1, with unit masses, by BAOAB (Leimkuhler & Matthews 2013):
 *
 *     p ← p − (h/2) ∇Φ,   x ← x + (h/2) p,   p ← c p + √(1 − c²) ξ,   x ← x + (h/2) p,   p ← p − (h/2) ∇Φ
 *
 * which samples positions on every quadratic exactly, whatever h below the limit 2/√κ is, and elsewhere up to h⁴ when the friction is large.
 * On the sphere x runs along great circles, exactly, and momenta, forces and noise are tangent (Leimkuhler & Matthews 2016).
 *
 * Nobody tells how stiff Φ is. A walker feels it: by the change of the force along a direction that is turned to where it changes most, over the
 * distance that heat moves it there, 1/√κ; and on its way while it warms up. */
#include "landscape/entropy_walk.h"
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "kernel/net.h"
#include "landscape/errand.h"
#include "landscape/vectors.h"
#include "temper/estimate.h"

enum { TILE = 256, FEELERS = 12, RESTARTS = 8 };
static const double STIFFER = 1.25; /* than felt: room for where no walker has been */
static const double RUNAWAY = 1e8;  /* times what was felt: the energy is not bounded below */

temper_status temper_walk_begin(temper_walk *w, temper_landscape *landscape, const double *theta) {
    w->landscape = landscape, w->theta = theta, w->dim = temper_landscape_dim(landscape);
    w->x = temper_alloc((size_t)w->dim, 4 * sizeof *w->x);
    if (!w->x) return TEMPER_NO_MEMORY;
    w->p = w->x + w->dim, w->force = w->p + w->dim, w->place = w->force + w->dim;
    return TEMPER_OK;
}

void temper_walk_clear(temper_walk *w) {
    temper_release(w->x);
    w->x = NULL;
}

/* ∇Φ at x into force; on the sphere its tangent part. */
static void look(temper_walk *w) {
    for (int64_t i = 0; i < w->dim; i++) w->place[i] = w->theta[i] + w->x[i];
    (void)temper_landscape_slope(w->landscape, w->place, &w->u, w->force);
    w->looks++;
    double r2 = temper_inner(w->dim, w->x, w->x), along = temper_inner(w->dim, w->x, w->force);
    w->outward = r2 > 0 ? along / sqrt(r2) : 0;
    double straight = w->radius > 0 ? -w->a * along / r2 : w->gamma;
    for (int64_t i = 0; i < w->dim; i++) w->force[i] = w->a * w->force[i] + straight * w->x[i];
    if (!isfinite(w->u) || !isfinite(along)) w->failed = true;
}

/* z += scale·ξ, new numbers each time. */
static void shake(temper_walk *w, double scale, double *z) {
    float xi[TILE];
    for (int64_t k = 0; k < w->dim; k += TILE) {
        int64_t n = w->dim - k < TILE ? w->dim - k : TILE;
        temper_net_kernel()->normals(w->stream, TEMPER_FOR_NOISE, w->clock, k, n, xi);
        for (int64_t i = 0; i < n; i++) z[k + i] += scale * (double)xi[i];
    }
    w->clock++;
}

/* p without its part along x. */
static void tangent(temper_walk *w) {
    if (!(w->radius > 0)) return;
    double along = temper_inner(w->dim, w->p, w->x) / temper_inner(w->dim, w->x, w->x);
    for (int64_t i = 0; i < w->dim; i++) w->p[i] -= along * w->x[i];
}

static void kick(temper_walk *w, double h) {
    for (int64_t i = 0; i < w->dim; i++) w->p[i] -= h * w->force[i];
}

/* For a time h, straight on or along a great circle: x' = x cos φ + (r/|p|) p sin φ, φ = h|p|/r. */
static void drift(temper_walk *w, double h) {
    if (!(w->radius > 0)) {
        for (int64_t i = 0; i < w->dim; i++) w->x[i] += h * w->p[i];
        return;
    }
    double speed = sqrt(temper_inner(w->dim, w->p, w->p)), turn = h * speed / w->radius, s, c;
    if (!(speed > 0)) return;
    temper_sincos2pi(turn / 6.28318530717958647692, &s, &c);
    for (int64_t i = 0; i < w->dim; i++) {
        double x = w->x[i], p = w->p[i];
        w->x[i] = c * x + s * w->radius / speed * p;
        w->p[i] = c * p - s * speed / w->radius * x;
    }
    double size = w->radius / sqrt(temper_inner(w->dim, w->x, w->x)); /* rounding */
    for (int64_t i = 0; i < w->dim; i++) w->x[i] *= size;
}

/* ---- how stiff it is ---- */

/* Invariant: v is the unit direction that the last change of the force had; two stiffnesses are kept so that wells that stiffen with distance
 * (x⁴) don't make the answer swing. */
temper_status temper_walk_feel(temper_walk *w) {
    double radius = w->radius, before = fmax(w->gamma, 1e-12), kappa = before;
    double *v = temper_alloc((size_t)w->dim, 2 * sizeof *v), *home = v + w->dim;
    if (!v) return TEMPER_NO_MEMORY;
    w->radius = 0, w->failed = false;
    memset(w->x, 0, (size_t)w->dim * sizeof *w->x);
    look(w);
    memcpy(home, w->force, (size_t)w->dim * sizeof *home);
    shake(w, 1, v);
    double size = sqrt(temper_inner(w->dim, v, v)), stiffest = 0;
    for (int k = 0; k < FEELERS && size > 0; k++) {
        double far = fmin(1 / sqrt(sqrt(kappa) * sqrt(before)), 1e3);
        if (radius > 0) far = fmin(far, radius);
        for (int64_t i = 0; i < w->dim; i++) v[i] /= size, w->x[i] = far * v[i];
        w->failed = false;
        look(w);
        for (int64_t i = 0; i < w->dim; i++) v[i] = (w->force[i] - home[i]) / far;
        size = sqrt(temper_inner(w->dim, v, v));
        if (w->failed || !isfinite(size)) { /* too far out: come nearer */
            memset(v, 0, (size_t)w->dim * sizeof *v);
            shake(w, 1, v);
            size = sqrt(temper_inner(w->dim, v, v));
            before = kappa = 100 * fmax(kappa, before);
            continue;
        }
        before = kappa, kappa = fmax(size, 1e-12);
        if (k >= FEELERS / 2) stiffest = fmax(stiffest, kappa);
    }
    w->stiffness = w->felt = STIFFER * fmax(stiffest, fmax(w->gamma, 1e-12));
    w->radius = radius, w->failed = false;
    temper_release(v);
    return TEMPER_OK;
}

/* ---- walking ---- */

void temper_walk_seat(temper_walk *w, uint32_t chain, bool at_home) {
    w->stream.chain = chain, w->failed = false;
    memset(w->x, 0, (size_t)w->dim * sizeof *w->x);
    memset(w->p, 0, (size_t)w->dim * sizeof *w->p);
    if (w->radius > 0) {
        shake(w, 1, w->x);
        double size = w->radius / sqrt(temper_inner(w->dim, w->x, w->x));
        for (int64_t i = 0; i < w->dim; i++) w->x[i] *= size;
    } else if (!at_home && w->gamma > 0) {
        shake(w, 1 / sqrt(w->gamma), w->x);
    }
    shake(w, 1, w->p);
    tangent(w);
    look(w);
}

static void step(temper_walk *w) {
    double h = w->share / sqrt(w->stiffness);
    /* Friction half way between what the softest mode wants, which the spring γ makes, and what the stiffest wants, whose energy would else be slow
     * to forget; on a sphere, where the softest mode is to turn freely, nearer to the stiffest. */
    double soft = w->radius > 0  ? 0.1 * w->stiffness
                  : w->gamma > 0 ? sqrt(w->gamma * w->stiffness)
                                 : w->stiffness;
    double c = temper_exp(-2 * h * sqrt(soft));
    kick(w, h / 2);
    drift(w, h / 2);
    for (int64_t i = 0; i < w->dim; i++) w->p[i] *= c;
    shake(w, sqrt(1 - c * c), w->p);
    tangent(w);
    drift(w, h / 2);
    look(w);
    kick(w, h / 2);
}

/* Change of the force over the way of one step. */
static void feel_on_the_way(temper_walk *w, double *was) {
    double moved = 0, changed = 0;
    double *x = was, *force = was + w->dim;
    for (int64_t i = 0; i < w->dim; i++) {
        moved += (w->x[i] - x[i]) * (w->x[i] - x[i]);
        changed += (w->force[i] - force[i]) * (w->force[i] - force[i]);
    }
    double kappa = moved > 0 ? sqrt(changed / moved) : 0;
    if (isfinite(kappa) && kappa > w->stiffness) w->stiffness = kappa;
    if (w->stiffness > RUNAWAY * w->felt) w->failed = true; /* ever smaller steps on the way to infinity */
}

void temper_walk_steps(temper_walk *w, int64_t n, double *seen) {
    for (int64_t k = 0; k < n && !w->failed; k++) {
        step(w);
        if (!seen) continue;
        seen[0] = w->u, seen[1] = temper_inner(w->dim, w->x, w->x), seen[2] = w->outward;
        seen += TEMPER_WALK_SEEN;
    }
}

static temper_status warm(temper_walk *w, int64_t n, const temper_errand *errand, double *was) {
    for (int64_t k = 0; k < n && !w->failed; k++) {
        temper_status bad = k % 16 ? TEMPER_OK : temper_errand_step(errand, w->told, w->total);
        if (bad) return bad;
        memcpy(was, w->x, (size_t)w->dim * sizeof *was);
        memcpy(was + w->dim, w->force, (size_t)w->dim * sizeof *was);
        step(w);
        feel_on_the_way(w, was);
    }
    return TEMPER_OK;
}

temper_status temper_walk_state(temper_walk *w, const temper_walk_plan *plan, const temper_errand *errand,
                                bool at_home, double *seen) {
    const uint32_t chain = temper_errand_stream(errand).chain;
    w->stream.seed = temper_errand_stream(errand).seed;
    double *was = temper_alloc((size_t)w->dim, 2 * sizeof *was);
    if (!was) return TEMPER_NO_MEMORY;
    temper_status bad = TEMPER_OK;
    int restarts = 0;
    for (int c = 0; c < plan->walkers && !bad; c++) {
        temper_walk_seat(w, chain, at_home);
        bad = warm(w, plan->steps / 4 + 1, errand, was);
        double *mine = seen + c * plan->steps * TEMPER_WALK_SEEN;
        for (int64_t k = 0; k < plan->steps && !bad && !w->failed; k += 16) {
            int64_t n = plan->steps - k < 16 ? plan->steps - k : 16;
            temper_walk_steps(w, n, mine + k * TEMPER_WALK_SEEN);
            bad = temper_errand_step(errand, w->told += n, w->total);
        }
        if (!w->failed) continue;
        if (++restarts > RESTARTS)
            bad = temper_fail(TEMPER_DIVERGED,
                              "a walker leaves the finite however small its steps are (%.3g): is the energy "
                              "bounded below? a larger gamma ties it to where it begins",
                              w->share / sqrt(w->stiffness));
        w->stiffness *= 4, c = -1; /* all of them again: their steps are equal */
    }
    temper_release(was);
    return bad;
}

temper_status temper_walk_planned(const temper_walk_plan *plan, temper_walk_plan *full) {
    *full = plan ? *plan : (temper_walk_plan){0};
    if (!full->steps) full->steps = 400;
    if (!full->walkers) full->walkers = 4;
    if (full->step == 0) full->step = 0.5;
    if (!full->states) full->states = 16;
    if (full->steps < 8 || full->walkers < 2 || full->walkers > 1000 || full->states < 2)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "walkers: steps=%lld walkers=%d states=%lld; legal are 8 steps or more, 2 ... 1000 "
            "walkers, 2 states or more",
            (long long)full->steps, full->walkers, (long long)full->states);
    if (!(full->step > 0 && full->step <= 1.5))
        return temper_fail(TEMPER_BAD_OPTION, "walkers: step=%g is outside 0 ... 1.5 (2 is the limit)",
                           full->step);
    return TEMPER_OK;
}

temper_status temper_walk_mean(const temper_walk_plan *plan, const double *seen, int k, double *room,
                               double *mean, double *error, double *variance, double *rhat) {
    int64_t count = plan->walkers * plan->steps;
    temper_estimate e;
    for (int64_t i = 0; i < count; i++) room[i] = seen[i * TEMPER_WALK_SEEN + k];
    temper_status bad = temper_estimate_mean(room, plan->walkers, plan->steps, &e);
    if (bad) return bad;
    *mean = e.mean, *error = e.error;
    if (rhat && e.rhat > *rhat) *rhat = e.rhat;
    if (!variance) return TEMPER_OK;
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += (room[i] - e.mean) * (room[i] - e.mean);
    *variance = sum / (double)(count - 1);
    return TEMPER_OK;
}
