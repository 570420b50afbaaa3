/* Walkers on their way out of a well, timed; and the way down to a minimum. */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "landscape/ground.h"
#include "landscape/hop.h"
#include "temper/parallel.h"
#include "temper/simple.h"

enum { BATCH = 16 };

typedef struct {         /* of one walker */
    double time, square; /* Σ t, Σ t² of all its passages */
    int64_t arrivals, given_up;
} tally;

typedef struct {
    const temper_passage_plan *plan;
    const temper_errand *errand;
    tally *tally;
    int first;
    bool bridge;
    double tau;
} job;

/* x: before, y: after the step, both on this side of b. Between them the path is a Brownian bridge of variance 2ητ, to first order in η. */
static bool was_beyond(const job *j, const temper_walker *w, double x, double y) {
    const temper_passage_plan *p = j->plan;
    double odds = temper_exp(-(p->to - x) * (p->to - y) / (p->rate * j->tau));
    return odds > 1e-20 && temper_uniform(w->noise, TEMPER_FOR_SWAPS, w->clock, 0) < odds;
}

/* Steps of one passage, −1 for one that was given up. */
static int64_t pass(const job *j, temper_walker *w) {
    const temper_passage_plan *p = j->plan;
    double *x = w->theta, way = p->to < p->from ? -1 : 1;
    bool own = temper_hop_suits(w);
    *x = p->from;
    for (int64_t k = 1; k <= p->most && !w->failed; k++) {
        double before = *x;
        temper_hop(w, own);
        if (way * (*x - p->to) >= 0) return k;
        if (j->bridge && was_beyond(j, w, before, *x)) return k;
    }
    return -1;
}

static temper_status walk(void *context, int64_t item) {
    job *j = context;
    const temper_passage_plan *p = j->plan;
    int chain = j->first + (int)item;
    temper_stream stream = j->errand ? j->errand->stream : (temper_stream){0};
    stream.chain += (uint32_t)chain;
    temper_walker *w;
    temper_status bad = temper_walker_create(&w, p->potential, p->dynamics, false, stream);
    if (bad) return bad;
    w->rate = p->rate, w->temperature = p->temperature;
    tally *t = &j->tally[chain];
    for (int64_t k = 0; k < p->passages && !bad; k++) {
        int64_t steps = pass(j, w);
        double time = p->rate * ((double)(steps < 0 ? p->most : steps) - (j->bridge && steps > 0 ? 0.5 : 0));
        t->time += time, t->square += time * time;
        if (steps < 0)
            t->given_up++;
        else
            t->arrivals++;
        if (w->failed)
            bad = temper_fail(
                TEMPER_DIVERGED,
                "a walker ran away on its way from %g to %g; a smaller rate may hold it (rate=%g)", p->from,
                p->to, p->rate);
    }
    temper_walker_free(w);
    return bad;
}

static temper_status check(const temper_passage_plan *p) {
    if (p->potential->dim != 1)
        return temper_fail(TEMPER_CANNOT, "passage: %lld coordinates; from %g to %g is a way along one",
                           (long long)p->potential->dim, p->from, p->to);
    if (!(isfinite(p->from) && isfinite(p->to) && p->from != p->to))
        return temper_fail(TEMPER_BAD_OPTION, "passage: from %g to %g is no way", p->from, p->to);
    if (p->chains < 1 || p->passages < 1 || p->most < 1 || !(p->rate > 0 && isfinite(p->rate)) ||
        !(p->temperature >= 0))
        return temper_fail(
            TEMPER_BAD_OPTION,
            "passage: chains=%d, passages=%lld, steps=%lld, rate=%g, temperature=%g; legal are 1 and more of the first three, "
            "a rate above 0, a temperature not below 0",
            p->chains, (long long)p->passages, (long long)p->most, p->rate, p->temperature);
    return TEMPER_OK;
}

temper_status temper_passage_measure(const temper_passage_plan *p, const temper_errand *errand,
                                     temper_passage *out) {
    *out = (temper_passage){.mean = NAN, .error = NAN};
    temper_status bad = check(p);
    if (bad) return bad;
    job j = {.plan = p, .errand = errand, .tau = p->temperature / (double)p->potential->samples};
    j.bridge = !strcmp(p->dynamics->type->about.name, "langevin") && j.tau > 0;
    j.tally = temper_alloc((size_t)p->chains, sizeof *j.tally);
    if (!j.tally) return TEMPER_NO_MEMORY;
    for (j.first = 0; j.first < p->chains && !bad; j.first += BATCH) {
        bad = temper_parallel(p->chains - j.first < BATCH ? p->chains - j.first : BATCH, walk, &j);
        int64_t done = j.first + BATCH < p->chains ? j.first + BATCH : p->chains;
        if (errand && errand->tell) errand->tell(errand->context, done, p->chains);
        if (!bad && errand && errand->stop && *errand->stop) bad = TEMPER_STOPPED;
    }
    tally sum = {0};
    for (int c = 0; c < p->chains; c++) {
        const tally *t = &j.tally[c];
        sum.time += t->time, sum.square += t->square;
        sum.arrivals += t->arrivals, sum.given_up += t->given_up;
    }
    temper_release(j.tally);
    if (bad) return bad;
    /* time per arrival: for times that are exponential, and those of escape nearly are, the most likely value given what was given up */
    double n = (double)(sum.arrivals + sum.given_up), mean = sum.time / n;
    out->arrivals = sum.arrivals, out->given_up = sum.given_up;
    if (!sum.arrivals) return TEMPER_OK;
    out->mean = sum.time / (double)sum.arrivals;
    out->error = __builtin_sqrt((sum.square / n - mean * mean) * n / (n - 1) / n) * n / (double)sum.arrivals;
    if (sum.given_up) out->error = out->mean / __builtin_sqrt((double)sum.arrivals);
    return TEMPER_OK;
}

/* ---- down ---- */

/* Curvature made positive: its eigenvalues of one or two coordinates by their absolute values, none below a millionth of the largest. */
static void newton(const ground *g, const double *x, const double *grad, double *step) {
    double H[2][2] = {{1, 0}, {0, 1}}, unused[2];
    for (int k = 0; k < g->dim; k++) {
        const double e[2] = {k == 0, k == 1};
        if (g->potential->type->curve)
            g->potential->type->curve(g->potential->self, &g->look, x, e, unused, H[k]);
    }
    double a = H[0][0], b = g->dim == 2 ? H[0][1] : 0, d = g->dim == 2 ? H[1][1] : a;
    double middle = (a + d) / 2, half = __builtin_sqrt((a - d) * (a - d) / 4 + b * b),
           l[2] = {middle + half, middle - half};
    double v[2] = {b, l[0] - a},
           w[2] = {l[0] - d, b}; /* two forms of the first eigenvector: the longer one */
    if (w[0] * w[0] + w[1] * w[1] > v[0] * v[0] + v[1] * v[1]) v[0] = w[0], v[1] = w[1];
    double length = __builtin_sqrt(v[0] * v[0] + v[1] * v[1]);
    if (length > 0)
        v[0] /= length, v[1] /= length;
    else
        v[0] = 1, v[1] = 0;
    double most = fmax(fabs(l[0]), fabs(l[1])), g0 = grad[0], g1 = g->dim == 2 ? grad[1] : 0;
    double along = (v[0] * g0 + v[1] * g1) / fmax(fabs(l[0]), 1e-6 * most),
           across = (v[0] * g1 - v[1] * g0) / fmax(fabs(l[1]), 1e-6 * most);
    step[0] = -(along * v[0] - across * v[1]);
    step[1] = -(along * v[1] + across * v[0]);
}

temper_status temper_settle(const temper_potential *potential, double *theta, double *u) {
    ground g;
    temper_status bad = temper_ground_open(&g, potential, 1, 2);
    if (bad) return bad;
    double grad[2] = {0}, step[2], try[2];
    *u = ground_slope(&g, theta, grad);
    bool done = false;
    for (int k = 0; k < 500 && !done && isfinite(*u); k++) {
        newton(&g, theta, grad, step);
        done = true;
        for (double h = 1; h > 1e-12; h /= 2) {
            double next[2] = {0}, v;
            for (int i = 0; i < g.dim; i++) try[i] = theta[i] + h * step[i];
            v = ground_slope(&g, try, next);
            if (!(v < *u)) continue;
            memcpy(theta, try, (size_t)g.dim * sizeof *theta), memcpy(grad, next, sizeof grad);
            *u = v, done = false;
            break;
        }
    }
    if (!done)
        bad = temper_fail(TEMPER_DIVERGED, "%.200s: no minimum downhill of here",
                          potential->text ? potential->text : "the potential");
    temper_ground_close(&g);
    return bad;
}
