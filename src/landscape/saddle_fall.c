/* Down from a saddle along its direction of negative curvature, u(α) = u + (g·v) α + ½ λ α² + …: near a critical point both sides lead down. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/errand.h"
#include "landscape/vectors.h"
#include "temper/path.h"

enum { HALVINGS = (TEMPER_FALL_POINTS - 1) / 2, TURNS = 24 };

typedef struct {
    temper_landscape *landscape;
    const double *theta, *v;
    const temper_errand *errand;
    double level; /* u(0) */
} line;

/* Changes of u at n points of the line, with their errors over rows. */
static temper_status look(line *l, int64_t n, const double *alpha, double *change, double *error) {
    temper_plane plane = {.theta = l->theta, .direction = l->v, .axes = 1, .points = n, .x = alpha};
    temper_status bad =
        temper_landscape_scan(l->landscape, &plane, l->errand, &(temper_scanned){change, error, NULL});
    for (int64_t k = 0; k < n; k++) change[k] -= l->level;
    return bad;
}

/* Golden section between the neighbours of the lowest point of the ladder. Invariant: a < b < c in α, and b is the lowest. */
static temper_status refine(line *l, double a, double c, temper_fall *out) {
    const double share = 0.3819660112501051; /* (3 − √5)/2 */
    temper_status bad = TEMPER_OK;
    double b = out->best_alpha;
    for (int k = 0; k < TURNS && !bad; k++) {
        double x = c - b > b - a ? b + share * (c - b) : b - share * (b - a), change, error;
        bad = look(l, 1, &x, &change, &error);
        if (bad) break;
        const bool lower = change < out->best_change;
        if (lower) {
            if (x > b)
                a = b;
            else
                c = b;
            b = x, out->best_alpha = x, out->best_change = change, out->best_error = error;
        } else if (x > b)
            c = x;
        else
            a = x;
    }
    return bad;
}

static temper_status fall(line *l, double reach, temper_fall *out) {
    for (int k = 0; k < HALVINGS; k++) {
        out->alpha[k] = -reach, out->alpha[TEMPER_FALL_POINTS - 1 - k] = reach;
        reach /= 2;
    }
    const double zero = 0;
    double level; /* as the scan has it, whose bits may differ from the energy's */
    temper_status bad = look(l, 1, &zero, &level, &out->best_error);
    if (!bad) l->level = level;
    if (!bad) bad = look(l, TEMPER_FALL_POINTS, out->alpha, out->change, out->error);
    if (bad) return bad;
    int best = HALVINGS;
    for (int k = 0; k < TEMPER_FALL_POINTS; k++) {
        const double a = out->alpha[k];
        out->expected[k] = a * (out->along + out->lambda * a / 2);
        if (k != HALVINGS && out->change[k] < 0) out->falls[k > HALVINGS] = true;
        if (out->change[k] < out->change[best]) best = k;
    }
    out->best_alpha = out->alpha[best], out->best_change = out->change[best],
    out->best_error = out->error[best];
    if (best == HALVINGS || best == 0 || best == TEMPER_FALL_POINTS - 1)
        return TEMPER_OK; /* at the end of the reach */
    return refine(l, out->alpha[best - 1], out->alpha[best + 1], out);
}

temper_status temper_fall_along(temper_landscape *landscape, const double *theta, const double *v,
                                double lambda, double reach, const temper_errand *errand, temper_fall *out) {
    const int64_t P = temper_landscape_dim(landscape);
    line l = {.landscape = landscape, .theta = theta, .v = v, .errand = errand};
    memset(out, 0, sizeof *out);
    double *g = temper_alloc((size_t)P, sizeof *g), u;
    if (!g) return TEMPER_NO_MEMORY;
    temper_status bad = temper_landscape_slope(landscape, theta, &u, g);
    out->lambda = lambda, out->along = temper_inner(P, g, v);
    if (!bad && !isfinite(u))
        bad = temper_fail(TEMPER_DIVERGED, "fall: the energy is not finite where it begins");
    if (!bad) bad = fall(&l, reach > 0 ? reach : 1 + sqrt(temper_inner(P, theta, theta)), out);
    temper_release(g);
    return bad;
}
