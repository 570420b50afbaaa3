/* Local entropy by thermodynamic integration, the Franz–Parisi potential by the constraint's force, the learning coefficient by the mean loss:
 * three questions to the walkers of entropy_walk.c. */
#include <math.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "landscape/errand.h"
#include "landscape/vectors.h"
#include "landscape/entropy_walk.h"
#include "temper/estimate.h"

enum { ENTROPY = 1, FRANZ = 2, LEARNING = 3 }; /* whose numbers: the high bits of a walker's clock */

typedef struct {
    temper_walk walk;
    temper_walk_plan plan;
    double *seen, *room; /* of one state */
    double home;         /* L(θ) */
} outing;

static temper_status set_out(outing *o, temper_landscape *landscape, const double *theta,
                             const temper_walk_plan *plan, int whose, int64_t states) {
    temper_status bad = temper_walk_planned(plan, &o->plan);
    if (!bad) bad = temper_landscape_energy(landscape, theta, &o->home);
    if (!bad && !isfinite(o->home))
        bad = temper_fail(TEMPER_DIVERGED, "the energy is not finite where the walkers begin");
    if (!bad) bad = temper_walk_begin(&o->walk, landscape, theta);
    if (bad) return bad;
    int64_t count = o->plan.walkers * o->plan.steps;
    o->walk.share = o->plan.step, o->walk.clock = (int64_t)whose << 40, o->walk.total = states * count;
    o->seen = temper_alloc((size_t)count, (TEMPER_WALK_SEEN + 1) * sizeof *o->seen);
    if (!o->seen) return TEMPER_NO_MEMORY;
    o->room = o->seen + count * TEMPER_WALK_SEEN;
    return TEMPER_OK;
}

static void come_back(outing *o) {
    temper_walk_clear(&o->walk);
    temper_release(o->seen);
}

static temper_status spring(double gamma, bool needed, const char *whose) {
    if (gamma > 0 ? gamma < INFINITY : !needed && gamma == 0) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_OPTION, "%s: gamma=%g; legal are finite numbers %s 0", whose, gamma,
                       needed ? "above" : "from");
}

/* ⟨L⟩ and how far walkers are. */
static temper_status read_mean(outing *o, double *variance, temper_walked *out) {
    double r2, unused;
    temper_status bad =
        temper_walk_mean(&o->plan, o->seen, 0, o->room, &out->mean, &out->mean_error, variance, &out->rhat);
    if (!bad) bad = temper_walk_mean(&o->plan, o->seen, 1, o->room, &r2, &unused, NULL, &out->rhat);
    if (!bad) out->distance = sqrt(r2);
    return bad;
}

/* ---- local entropy ---- */

/* The free walker's ⟨L⟩ needs no dynamics: independent draws of N(θ, 1/γ). */
static temper_status draw_freely(outing *o) {
    int64_t count = o->plan.walkers * o->plan.steps;
    o->walk.stiffness = o->walk.gamma;
    for (int64_t k = 0; k < count; k++) {
        temper_walk_seat(&o->walk, o->walk.stream.chain, false);
        double *seen = o->seen + k * TEMPER_WALK_SEEN;
        seen[0] = o->walk.u;
        seen[1] = temper_inner(o->walk.dim, o->walk.x, o->walk.x);
        if (o->walk.failed)
            return temper_fail(TEMPER_DIVERGED,
                               "local entropy: gamma=%g reaches to where the energy is not finite",
                               o->walk.gamma);
    }
    return TEMPER_OK;
}

/* E[k] = a⟨L⟩ at λ_k = (k/K)⁵, densest where the walker is freest and ⟨L⟩ falls fastest (Friel & Pettitt 2008). */
static temper_status climb(outing *o, double a, const temper_errand *errand, double *table,
                           temper_walked *out) {
    int K = (int)o->plan.states + 1;
    double *lambda = table, *E = lambda + K, *error = E + K, *variance = error + K, *log_z = variance + K,
           *spread = log_z + K, *bias = spread + K;
    temper_status bad = TEMPER_OK;
    for (int k = 0; k < K && !bad; k++) {
        double share = (double)k / (K - 1), square = share * share;
        lambda[k] = square * square * share;
        o->walk.a = a * lambda[k];
        if (k == 0)
            bad = draw_freely(o);
        else
            bad = temper_walk_feel(&o->walk);
        if (!bad && k) bad = temper_walk_state(&o->walk, &o->plan, errand, false, o->seen);
        if (!bad) bad = read_mean(o, &variance[k], out);
        E[k] = a * out->mean, error[k] = a * out->mean_error, variance[k] *= a * a;
    }
    if (bad) return bad;
    bad = temper_integrate(K, lambda, E, error, variance, log_z, spread, bias);
    double rule = isfinite(bias[K - 1]) ? bias[K - 1] : 0;
    out->value = log_z[K - 1], out->error = sqrt(spread[K - 1] * spread[K - 1] + rule * rule);
    return bad;
}

temper_status temper_local_entropy(temper_landscape *landscape, const double *theta, double weight,
                                   double gamma, const temper_walk_plan *plan, const temper_errand *errand,
                                   temper_walked *out) {
    *out = (temper_walked){0};
    temper_status bad = spring(gamma, true, "local entropy");
    if (bad) return bad;
    outing o = {0};
    double a = weight > 0 ? weight : (double)temper_landscape_samples(landscape);
    bad = set_out(&o, landscape, theta, plan, ENTROPY, plan && plan->states ? plan->states : 16);
    double *table = bad ? NULL : temper_alloc((size_t)(o.plan.states + 1), 7 * sizeof *table);
    if (!bad && !table) bad = TEMPER_NO_MEMORY;
    if (!bad) {
        o.walk.gamma = gamma;
        o.walk.stream = temper_errand_stream(errand);
        bad = climb(&o, a, errand, table, out);
        out->energy = a * o.home, out->cost = (double)o.walk.looks + 1.0 / 3;
    }
    temper_release(table);
    come_back(&o);
    return bad;
}

/* ---- learning coefficient ---- */

temper_status temper_learning_coefficient(temper_landscape *landscape, const double *theta, double weight,
                                          double gamma, const temper_walk_plan *plan,
                                          const temper_errand *errand, temper_walked *out) {
    *out = (temper_walked){0};
    temper_status bad = spring(gamma, false, "learning coefficient");
    if (bad) return bad;
    double N = (double)temper_landscape_samples(landscape), a = weight > 0 ? weight : N / temper_log(N);
    if (!(a > 0 && a < INFINITY))
        return temper_fail(TEMPER_BAD_OPTION,
                           "learning coefficient: weight=%g; of a potential without samples it must be given",
                           weight);
    outing o = {0};
    bad = set_out(&o, landscape, theta, plan, LEARNING, 1);
    if (!bad) {
        o.walk.a = a, o.walk.gamma = gamma;
        o.walk.stream = temper_errand_stream(errand);
        bad = temper_walk_feel(&o.walk);
        if (!bad) bad = temper_walk_state(&o.walk, &o.plan, errand, true, o.seen);
        if (!bad) bad = read_mean(&o, NULL, out);
        out->energy = o.home, out->cost = (double)o.walk.looks + 1.0 / 3;
        out->value = a * (out->mean - o.home), out->error = a * out->mean_error;
    }
    come_back(&o);
    return bad;
}

/* ---- Franz–Parisi ---- */

typedef struct {
    double loss, loss_error, force, force_error, rhat; /* force: a⟨Ω·∇L⟩ */
} shell;

static temper_status visit(outing *o, double radius, const temper_errand *errand, shell *s) {
    o->walk.radius = radius, s->rhat = 0;
    temper_status bad = temper_walk_feel(&o->walk);
    if (!bad) bad = temper_walk_state(&o->walk, &o->plan, errand, false, o->seen);
    if (!bad) bad = temper_walk_mean(&o->plan, o->seen, 0, o->room, &s->loss, &s->loss_error, NULL, &s->rhat);
    if (!bad)
        bad = temper_walk_mean(&o->plan, o->seen, 2, o->room, &s->force, &s->force_error, NULL, &s->rhat);
    s->force *= o->walk.a, s->force_error *= o->walk.a;
    return bad;
}

/* Simpson's rule between the distances, a shell in the middle of each; at r = 0 directions cancel and the force is 0. Invariant: V and
 * its variance are those up to the shell `last`, whose own force still comes into the next step: `half` is its share. */
static temper_status descend(outing *o, int64_t n, const double *distance, const temper_errand *errand,
                             temper_far *out) {
    shell last = {0}, middle, end;
    double r = 0, V = 0, variance = 0, half = 0;
    for (int64_t k = 0; k < n; k++) {
        double h = distance[k] - r;
        temper_status bad = visit(o, r + h / 2, errand, &middle);
        if (!bad) bad = visit(o, distance[k], errand, &end);
        if (bad) return bad;
        V += h / 6 * (last.force + 4 * middle.force + end.force);
        double first = (half + h / 6) * last.force_error, second = 4 * h / 6 * middle.force_error;
        variance += first * first + second * second;
        double error = sqrt(variance + h / 6 * end.force_error * (h / 6) * end.force_error), a = o->walk.a;
        out[k] = (temper_far){.distance = distance[k],
                              .loss = end.loss,
                              .loss_error = end.loss_error,
                              .potential = V,
                              .potential_error = error,
                              .entropy = a * (end.loss - o->home) - V,
                              .entropy_error = sqrt(a * end.loss_error * a * end.loss_error + error * error),
                              .rhat = fmax(middle.rhat, end.rhat)};
        last = end, r = distance[k], half = h / 6;
    }
    return TEMPER_OK;
}

temper_status temper_franz_parisi(temper_landscape *landscape, const double *theta, double weight, int64_t n,
                                  const double *distance, const temper_walk_plan *plan,
                                  const temper_errand *errand, temper_far *out, double *cost) {
    for (int64_t k = 0; k < n; k++)
        if (!(distance[k] > (k ? distance[k - 1] : 0)) || !isfinite(distance[k]))
            return temper_fail(TEMPER_BAD_OPTION,
                               "Franz-Parisi: distance %lld is %g; they must ascend from above 0",
                               (long long)k, distance[k]);
    if (temper_landscape_dim(landscape) < 2)
        return temper_fail(TEMPER_CANNOT, "Franz-Parisi: in one dimension there is no sphere to walk on");
    outing o = {0};
    temper_status bad = set_out(&o, landscape, theta, plan, FRANZ, 2 * n);
    if (!bad) {
        o.walk.a = weight > 0 ? weight : (double)temper_landscape_samples(landscape);
        o.walk.stream = temper_errand_stream(errand);
        bad = descend(&o, n, distance, errand, out);
        if (cost) *cost = (double)o.walk.looks + 1.0 / 3;
    }
    come_back(&o);
    return bad;
}
