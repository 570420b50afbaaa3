/* A landscape along a route: losses, the barrier between its ends and its error.
 *
 * All losses are means over the same rows, so differences of two of them are far better known than each. A scan tells the standard error of
 * L(t) − L(base), paired row by row. The rise max L − L(end) is one such difference. The barrier is two,
 *
 *     B = (1−t)·[L(t) − L(0)] + t·[L(t) − L(1)],
 *
 * both seen from the base θ(t); as their covariance is not told, its error is taken as (1−t) e_0 + t e_1, which is never too small. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/path_route.h"

enum { COLUMNS = 7 };

typedef struct {
    temper_landscape *landscape;
    const temper_route *route;
    const temper_errand *errand;
    temper_profile *out;
    double *direction, *here; /* [dim] */
    bool tests;
} walk;

static temper_errand silent(const temper_errand *errand) { /* stops, and says nothing */
    return errand ? (temper_errand){.stream = errand->stream, .stop = errand->stop} : (temper_errand){0};
}

/* n points at x along one direction from θ; NULL where a column is not wanted. */
static temper_status look(walk *w, const double *theta, int64_t n, const double *x,
                          const temper_scanned *train, const temper_scanned *test) {
    temper_plane plane = {.theta = theta, .direction = w->direction, .axes = 1, .points = n, .x = x};
    const temper_errand quiet = silent(w->errand);
    temper_status bad = temper_landscape_scan(w->landscape, &plane, n > 2 ? w->errand : &quiet, train);
    if (bad || !test || !w->tests) return bad;
    plane.test = true;
    bad = temper_landscape_scan(w->landscape, &plane, &quiet, test);
    if (bad == TEMPER_CANNOT) w->tests = false, bad = TEMPER_OK; /* there are no test rows */
    return bad;
}

static temper_status walk_straight(walk *w) {
    const double *from = w->route->knot, *to = from + w->route->dim;
    temper_profile *p = w->out;
    for (int64_t i = 0; i < w->route->dim; i++) w->direction[i] = to[i] - from[i];
    for (int64_t k = 0; k < p->points; k++) p->along[k] = p->t[k] * p->straight;
    return look(w, from, p->points, p->t, &(temper_scanned){p->loss, p->error, p->wrong},
                &(temper_scanned){.loss = p->test_loss, .wrong = p->test_wrong});
}

static temper_status walk_curve(walk *w) {
    const int64_t P = w->route->dim;
    const double one = 1, *from = w->route->knot;
    temper_profile *p = w->out;
    temper_status bad = TEMPER_OK;
    for (int64_t k = 0; k < p->points && !bad; k++) {
        double before = 0;
        temper_route_at(w->route, p->t[k], w->here);
        for (int64_t i = 0; i < P; i++) {
            double step = w->here[i] - from[i];
            before += (step - w->direction[i]) * (step - w->direction[i]);
            w->direction[i] = step; /* began as 0, so that `before` is the distance from the last point */
        }
        p->along[k] = (k ? p->along[k - 1] : 0) + sqrt(before);
        bad = look(w, from, 1, &one, &(temper_scanned){p->loss + k, p->error + k, p->wrong + k},
                   &(temper_scanned){.loss = p->test_loss + k, .wrong = p->test_wrong + k});
        if (w->errand && w->errand->tell) w->errand->tell(w->errand->context, k + 1, p->points);
        if (w->errand && w->errand->stop && *w->errand->stop) bad = temper_fail(TEMPER_STOPPED, "stopped");
    }
    return bad;
}

/* ---- barriers ---- */

/* Largest of L(t) − line(t), first one if several; the ends give 0. */
static double highest(const temper_profile *p, const double *loss, bool chord, int64_t *at) {
    const double a = loss[0], b = loss[p->points - 1], top = a > b ? a : b;
    double most = 0;
    *at = 0;
    for (int64_t k = 0; k < p->points; k++) {
        double over = loss[k] - (chord ? (1 - p->t[k]) * a + p->t[k] * b : top);
        if (isnan(over)) return NAN;
        if (over > most && k > 0 && k < p->points - 1) most = over, *at = k;
    }
    return most;
}

/* Errors of L(at) − L(0) and L(at) − L(1), seen from there. */
static temper_status pair_errors(walk *w, int64_t at, double e[2]) {
    const int64_t P = w->route->dim;
    const double one = 1;
    temper_status bad = TEMPER_OK;
    temper_route_at(w->route, w->out->t[at], w->here);
    for (int end = 0; end < 2 && !bad; end++) {
        const double *there = w->route->knot + (end ? (w->route->knots - 1) * P : 0);
        for (int64_t i = 0; i < P; i++) w->direction[i] = there[i] - w->here[i];
        bad = look(w, w->here, 1, &one, &(temper_scanned){.error = &e[end]}, NULL);
    }
    return bad;
}

static temper_status judge(walk *w) {
    temper_profile *p = w->out;
    int64_t at, over, ignored;
    double e[2] = {0};
    p->barrier = highest(p, p->loss, true, &at), p->barrier_t = p->t[at];
    p->rise = highest(p, p->loss, false, &over), p->rise_t = p->t[over];
    p->test_barrier = w->tests ? highest(p, p->test_loss, true, &ignored) : NAN;
    p->test_rise = w->tests ? highest(p, p->test_loss, false, &ignored) : NAN;
    temper_status bad = at > 0 ? pair_errors(w, at, e) : TEMPER_OK;
    p->barrier_error = at > 0 ? (1 - p->t[at]) * e[0] + p->t[at] * e[1] : 0;
    if (!bad && over > 0) {
        if (over != at) bad = pair_errors(w, over, e);
        p->rise_error = e[p->loss[p->points - 1] > p->loss[0]];
    }
    for (int64_t k = 0; k + 1 < p->points; k++)
        p->mean += (p->loss[k] + p->loss[k + 1]) / 2 * (p->t[k + 1] - p->t[k]);
    return bad;
}

temper_status temper_profile_find(temper_landscape *landscape, const temper_route *route, int64_t points,
                                  const temper_errand *errand, temper_profile *out) {
    const int64_t P = route->dim;
    memset(out, 0, sizeof *out);
    temper_status bad = temper_path_check(landscape, route, "path");
    if (!bad && (points < 2 || points > 1000000))
        bad = temper_fail(TEMPER_BAD_OPTION, "path: points=%lld; legal are 2 ... 1000000", (long long)points);
    if (bad) return bad;
    walk w = {landscape, route, errand, out, temper_alloc(2 * (size_t)P, sizeof(double)), NULL, true};
    out->t = temper_alloc((size_t)points, COLUMNS * sizeof *out->t);
    if (!w.direction || !out->t) {
        temper_release(w.direction);
        temper_profile_clear(out);
        return TEMPER_NO_MEMORY;
    }
    w.here = w.direction + P;
    out->points = points,
    out->straight = temper_path_distance(route->knot, route->knot + (route->knots - 1) * P, P);
    out->along = out->t + points, out->loss = out->along + points, out->error = out->loss + points;
    out->wrong = out->error + points, out->test_loss = out->wrong + points;
    out->test_wrong = out->test_loss + points;
    for (int64_t k = 0; k < points; k++) {
        out->t[k] = (double)k / (double)(points - 1);
        out->test_loss[k] = out->test_wrong[k] = NAN;
    }
    bad = route->knots == 2 ? walk_straight(&w) : walk_curve(&w);
    out->length = out->along[points - 1];
    if (!bad) bad = judge(&w);
    temper_release(w.direction);
    if (bad) temper_profile_clear(out);
    return bad;
}

void temper_profile_clear(temper_profile *profile) {
    temper_release(profile->t);
    memset(profile, 0, sizeof *profile);
}
