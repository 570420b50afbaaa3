/* Where a route is at time t. */
#include "landscape/path_route.h"
#include <math.h>
#include <string.h>

void temper_path_weights(const temper_route *route, double t, double *w) {
    const int64_t n = route->knots - 1;
    memset(w, 0, (size_t)route->knots * sizeof *w);
    if (route->kind == TEMPER_POLYGON) {
        int64_t k = (int64_t)(t * (double)n);
        if (k > n - 1) k = n - 1;
        double part = t * (double)n - (double)k;
        w[k] = 1 - part, w[k + 1] = part;
        return;
    }
    w[0] = 1; /* Bernstein's polynomials by de Casteljau's steps: after step d, w are those of degree d */
    for (int64_t d = 1; d <= n; d++) {
        for (int64_t j = d; j > 0; j--) w[j] = w[j] * (1 - t) + w[j - 1] * t;
        w[0] *= 1 - t;
    }
}

/* Order of sums: knots in order. */
void temper_route_at(const temper_route *route, double t, double *theta) {
    double w[PATH_KNOTS];
    temper_path_weights(route, t, w);
    memset(theta, 0, (size_t)route->dim * sizeof *theta);
    for (int64_t j = 0; j < route->knots; j++)
        for (int64_t i = 0; i < route->dim && w[j] != 0; i++)
            theta[i] = w[j] == 1 ? route->knot[j * route->dim + i]
                                 : fma(w[j], route->knot[j * route->dim + i], theta[i]);
}

temper_status temper_path_check(const temper_landscape *landscape, const temper_route *route,
                                const char *who) {
    if (route->knots < 2 || route->knots > PATH_KNOTS)
        return temper_fail(TEMPER_BAD_OPTION, "%s: knots=%lld; legal are 2 ... %d", who,
                           (long long)route->knots, PATH_KNOTS);
    if (route->dim != temper_landscape_dim(landscape))
        return temper_fail(TEMPER_BAD_OPTION, "%s: the route has dim=%lld, the landscape %lld", who,
                           (long long)route->dim, (long long)temper_landscape_dim(landscape));
    for (int64_t i = 0; i < route->knots * route->dim; i++)
        if (!isfinite(route->knot[i]))
            return temper_fail(TEMPER_BAD_DATA, "%s: coordinate %lld of knot %lld is not finite", who,
                               (long long)(i % route->dim), (long long)(i / route->dim));
    return TEMPER_OK;
}

double temper_path_distance(const double *x, const double *y, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (x[i] - y[i]) * (x[i] - y[i]);
    return sqrt(sum);
}
