/* Critical points of any index: where ∇u vanishes.
 *
 * φ = ½|∇u|² has the gradient H∇u and is 0 just there. Descent on φ brings one near; its steps are sized by |H∇u|² : |H H∇u|², the exact
 * minimum along the line of the quadratic model. Then Newton's method: H p = −g. MINRES serves for matrices that are neither definite nor regular: the
 * residual g + Hp is least over the Krylov space, so gᵀHp = −|Hp|² < 0 and p always leads downhill on φ, in whatever direction u goes. That is why
 * saddles attract it as well as minima (Pascanu, Dauphin, Ganguli & Bengio 2014 turn this to the opposite use). Each step is cut to a radius and
 * halved until φ falls; the radius grows after full steps and shrinks after halved ones.
 *
 * Where g lies in the flat directions of H neither can help: φ has a minimum there that is no critical point (Frye et al. 2021). `flat` tells. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/errand.h"
#include "landscape/path_route.h"
#include "landscape/saddle.h"
#include "landscape/vectors.h"

typedef struct {
    temper_landscape *landscape;
    const temper_errand *errand;
    temper_saddle_plan plan;
    temper_saddle *out;
    double *theta, *g, *p, *Hg, *HHg, *trial, *g_trial; /* [P] */
    double u, slope, u_trial, slope_trial, radius, forcing;
    int64_t P, steps, most;
} hunt;

static double norm_of(const double *x, int64_t n) { return sqrt(temper_inner(n, x, x)); }

static temper_status slope_at(hunt *h, const double *theta, double *u, double *g, double *size) {
    temper_status bad = temper_landscape_slope(h->landscape, theta, u, g);
    *size = bad ? NAN : norm_of(g, h->P);
    if (!isfinite(*u)) *size = NAN;
    return bad;
}

static temper_status operator_here(hunt *h, temper_operator **H) {
    return temper_landscape_operator(h->landscape, TEMPER_HESSIAN, h->theta, temper_errand_stream(h->errand),
                                     H);
}

/* θ + α p, if |∇u| falls there by a share of what the line promises; halved up to `halvings` times. *taken = α, or 0. */
static temper_status search(hunt *h, double alpha, int halvings, double *taken) {
    temper_status bad = TEMPER_OK;
    *taken = 0;
    for (int k = 0; k <= halvings && !bad; k++, alpha /= 2) {
        for (int64_t i = 0; i < h->P; i++) h->trial[i] = fma(alpha, h->p[i], h->theta[i]);
        bad = slope_at(h, h->trial, &h->u_trial, h->g_trial, &h->slope_trial);
        if (bad || !(h->slope_trial <= h->slope * (1 - 1e-4 * (alpha < 1 ? alpha : 1)))) continue;
        memcpy(h->theta, h->trial, (size_t)h->P * sizeof *h->theta);
        memcpy(h->g, h->g_trial, (size_t)h->P * sizeof *h->g);
        h->u = h->u_trial, h->slope = h->slope_trial;
        *taken = alpha;
        break;
    }
    return bad;
}

static double cut(const hunt *h) { /* α ≤ 1 that keeps α|p| within the radius */
    double size = norm_of(h->p, h->P);
    return size > h->radius ? h->radius / size : 1;
}

/* One step of descent on φ; *done where it leads nowhere. */
static temper_status step_down(hunt *h, temper_operator *H, bool *done) {
    temper_status bad = temper_operator_apply(H, 1, h->g, h->Hg);
    if (!bad) bad = temper_operator_apply(H, 1, h->Hg, h->HHg);
    if (bad) return bad;
    double first = temper_inner(h->P, h->Hg, h->Hg), second = temper_inner(h->P, h->HHg, h->HHg), taken;
    *done = !(second > 0);
    if (*done) return TEMPER_OK;
    for (int64_t i = 0; i < h->P; i++) h->p[i] = -(first / second) * h->Hg[i];
    bad = search(h, cut(h), 20, &taken);
    h->out->descents += taken > 0;
    *done = taken == 0;
    return bad;
}

/* H p = −g by MINRES, as exactly as the last step deserved (Eisenstat & Walker 1996): far away a loose solution, which leaves flat directions alone. */
static temper_status solve(hunt *h, temper_operator *H) {
    temper_solution solution;
    const temper_solve_plan plan = {.tolerance = h->forcing, .most = h->plan.products};
    const temper_errand quiet = {.stop = h->errand ? h->errand->stop : NULL};
    if (h->P <= SADDLE_DENSE) return temper_saddle_dense_step(H, h->g, h->radius, h->p);
    memset(h->p, 0, (size_t)h->P * sizeof *h->p);
    for (int64_t i = 0; i < h->P; i++) h->Hg[i] = -h->g[i];
    return temper_solve(H, h->Hg, &plan, &quiet, h->p, &solution);
}

static temper_status step_newton(hunt *h, temper_operator *H, bool *done) {
    const double before = h->slope;
    double taken = 0;
    temper_status bad = solve(h, H);
    if (bad) return bad;
    const double size = norm_of(h->p, h->P), alpha = cut(h);
    bad = search(h, alpha, 12, &taken);
    const double share = h->slope / before;
    h->forcing = taken == 0 ? 0.5 : fmax(fmin(0.5, 0.9 * share * share), 1e-8);
    if (taken == alpha && alpha * size > 0.9 * h->radius)
        h->radius *= 2; /* a full step to the edge of the ball */
    else if (taken < alpha)
        h->radius = fmax(taken * size, h->radius / 16);
    *done = taken == 0 && h->P > SADDLE_DENSE;
    if (taken == 0 && h->radius < 1e-12 * (1 + norm_of(h->theta, h->P))) *done = true;
    return bad;
}

/* Descent, then Newton; where Newton's direction fails, descent once more. */
static temper_status run(hunt *h) {
    bool stuck = false, fresh = true;
    const double goal = h->plan.tolerance;
    temper_status bad = TEMPER_OK;
    for (h->steps = 0; h->steps < h->most && h->slope > goal && !stuck && !bad; h->steps++) {
        const bool descent = h->steps < h->plan.descents && fresh;
        temper_operator *H = NULL;
        bad = operator_here(h, &H);
        if (!bad && !descent) bad = step_newton(h, H, &stuck);
        if (!bad && (descent || stuck)) bad = step_down(h, H, &stuck);
        if (descent && stuck) stuck = false, fresh = false; /* Newton may still */
        if (H) h->out->products += H->products;
        temper_operator_free(H);
        if (!bad) bad = temper_errand_step(h->errand, h->steps + 1, h->most);
    }
    return bad;
}

/* How much of g the Hessian sees, in units of its largest eigenvalue. */
static temper_status measure_flat(hunt *h) {
    temper_operator *H = NULL;
    double size = h->slope * fmax(fabs(h->out->highest), fabs(h->out->lowest));
    if (!(size > 0)) return TEMPER_OK;
    temper_status bad = operator_here(h, &H);
    if (!bad) bad = temper_operator_apply(H, 1, h->g, h->Hg);
    if (!bad) h->out->flat = norm_of(h->Hg, h->P) / size;
    temper_operator_free(H);
    return bad;
}

static temper_status find(hunt *h, const double *start) {
    temper_status bad = slope_at(h, h->theta, &h->u, h->g, &h->slope);
    temper_saddle *out = h->out;
    if (!bad && !isfinite(h->slope))
        bad = temper_fail(TEMPER_DIVERGED, "saddle: energy or slope are not finite where it begins");
    if (bad) return bad;
    const bool single = temper_landscape_single(h->landscape);
    out->start_energy = h->u, out->start_slope = h->slope;
    h->radius = h->plan.radius > 0 ? h->plan.radius : (1 + norm_of(start, h->P)) / 4;
    if (!(h->plan.tolerance > 0)) h->plan.tolerance = (single ? 1e-4 : 1e-10) * h->slope;
    h->forcing = 0.5;
    if (h->slope > 0) bad = run(h);
    out->steps = h->steps, out->converged = h->slope <= h->plan.tolerance;
    if (!bad) bad = temper_saddle_kind(h->landscape, &h->plan, h->errand, h->theta, out);
    out->energy = h->u, out->slope = h->slope;
    out->moved = temper_path_distance(h->theta, start, h->P);
    return bad ? bad : measure_flat(h);
}

temper_status temper_saddle_find(temper_landscape *landscape, const temper_saddle_plan *plan,
                                 const temper_errand *errand, double *theta, temper_saddle *out) {
    memset(out, 0, sizeof *out);
    const size_t P = (size_t)temper_landscape_dim(landscape);
    hunt h = {.landscape = landscape, .errand = errand, .plan = *plan, .out = out, .P = (int64_t)P};
    h.theta = temper_alloc(7, P * sizeof *h.theta);
    if (!h.theta) return TEMPER_NO_MEMORY;
    h.g = h.theta + P, h.p = h.g + P, h.Hg = h.p + P, h.HHg = h.Hg + P, h.trial = h.HHg + P,
    h.g_trial = h.trial + P;
    if (h.plan.descents == 0) h.plan.descents = 20;
    if (h.plan.descents < 0) h.plan.descents = 0;
    h.most = h.plan.descents + (plan->steps > 0 ? plan->steps : 100);
    memcpy(h.theta, theta, P * sizeof *theta);
    temper_status bad = find(&h, theta);
    if (!bad) memcpy(theta, h.theta, P * sizeof *theta);
    temper_release(h.theta);
    if (bad) temper_saddle_clear(out);
    return bad;
}

temper_status temper_saddle_look(temper_landscape *landscape, const temper_saddle_plan *plan,
                                 const temper_errand *errand, const double *theta, temper_saddle *out) {
    temper_saddle_plan here = *plan;
    memset(out, 0, sizeof *out);
    const size_t P = (size_t)temper_landscape_dim(landscape);
    hunt h = {.landscape = landscape, .errand = errand, .plan = here, .out = out, .P = (int64_t)P};
    h.theta = temper_alloc(7, P * sizeof *h.theta);
    if (!h.theta) return TEMPER_NO_MEMORY;
    h.g = h.theta + P, h.Hg = h.g + P;
    memcpy(h.theta, theta, P * sizeof *theta);
    temper_status bad = slope_at(&h, theta, &h.u, h.g, &h.slope);
    if (!bad) bad = temper_saddle_kind(landscape, &here, errand, theta, out);
    out->energy = out->start_energy = h.u, out->slope = out->start_slope = h.slope;
    if (!bad) bad = measure_flat(&h);
    temper_release(h.theta);
    if (bad) temper_saddle_clear(out);
    return bad;
}

void temper_saddle_clear(temper_saddle *saddle) {
    temper_release(saddle->vector);
    memset(saddle, 0, sizeof *saddle);
}
