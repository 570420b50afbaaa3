/* Integrals over an interval and over the Gaussian measure Dz = e^{−z²/2} dz/√(2π).
 *
 * For analytic f that doesn't grow, the trapezoid with the weight's tails below 1e-17 converges exponentially: a pole
 * at distance d from the real axis leaves the error e^{−2πd/h}. Gauss–Hermite has no such luck: its nodes are too
 * far apart near z = 0 for the steep tanh of low temperature. */
#include "num/quadrature.h"
#include <math.h>

static const double pi = 3.14159265358979323846;
static const double reach = 9; /* e^{−81/2} = 3e-18 */
static const double inv_sqrt_2pi = 0.398942280401432677939946059934381868;

/* Abramowitz & Stegun table 25.4, n = 16. */
static const double node[8] = {0.0950125098376374401853193354249581, 0.2816035507792589132304605014604961,
                               0.4580167776572273863424194429835775, 0.6178762444026437484466717640487910,
                               0.7554044083550030338951011948474422, 0.8656312023878317438804678977123931,
                               0.9445750230732325760779884155346083, 0.9894009349916499325961541734503326};
static const double weight[8] = {0.1894506104550684962853967232082831, 0.1826034150449235888667636679692199,
                                 0.1691565193950025381893120790303600, 0.1495959888165767320815017305474785,
                                 0.1246289712555338720524762821920164, 0.0951585116824927848099251076022462,
                                 0.0622535239386478928628438369943777, 0.0271524594117540948517805724560181};

void temper_gauss_legendre(temper_integrand f, const void *context, int count, double a, double b,
                           double *y) {
    double middle = (a + b) / 2, half = (b - a) / 2, value[TEMPER_INTEGRANDS];
    for (int i = 0; i < 16; i++) {
        double x = i < 8 ? -node[i] : node[i - 8];
        f(context, middle + half * x, value);
        for (int k = 0; k < count; k++) y[k] += half * weight[i % 8] * value[k];
    }
}

/* x = middle + half·tanh(½π sinh t): the weight dies double-exponentially, faster than any algebraic singularity
 * grows. The step 1/32 resolves it to rounding error. */
double temper_tanh_sinh(double (*f)(const void *context, double x), const void *context, double a, double b) {
    const double step = 1.0 / 32;
    double sum = 0;
    for (int i = -128; i <= 128; i++) {
        double t = i * step,
               u = pi * sinh(t); /* x is a + (b − a)/(1 + e^{−u}), written from the nearer end */
        double e = exp(-fabs(u)), part = e / (1 + e);
        double x = u < 0 ? a + (b - a) * part : b - (b - a) * part;
        double slope = (b - a) * pi * cosh(t) * e / ((1 + e) * (1 + e));
        if (slope > 0 && x > a && x < b) sum += slope * f(context, x);
    }
    return step * sum;
}

void temper_gaussian_trapezoid(temper_integrand f, const void *context, int count, int intervals,
                               double *mean) {
    double h = 2 * reach / intervals, value[TEMPER_INTEGRANDS];
    for (int k = 0; k < count; k++) mean[k] = 0;
    for (int i = 0; i <= intervals; i++) {
        double z = -reach + i * h, w = h * inv_sqrt_2pi * exp(-z * z / 2);
        f(context, z, value);
        for (int k = 0; k < count; k++) mean[k] += w * value[k];
    }
}

typedef struct { /* f(z) times the Gaussian density */
    temper_integrand f;
    const void *context;
    int count;
} weighted;

static void density(const void *context, double z, double *y) {
    const weighted *w = context;
    w->f(w->context, z, y);
    for (int k = 0; k < w->count; k++) y[k] *= inv_sqrt_2pi * exp(-z * z / 2);
}

/* From the kink outwards on one side: panels of width, 2 width, 4 width … never wider than 1, each seen by a
 * function that is analytic within about the panel's own size. */
static void outwards(const weighted *w, double kink, double width, double end, double *mean) {
    double side = end > 0 ? 1 : -1, near = kink, size = width;
    if ((end - kink) * side <= 0) return; /* the kink lies beyond this end */
    while ((end - near) * side > 0) {
        double far = near + side * (size < 1 ? size : 1);
        if ((far - end) * side > 0 || far == near) far = end;
        double a = near < far ? near : far, b = near < far ? far : near;
        if (b > -reach && a < reach)
            temper_gauss_legendre(density, w, w->count, a > -reach ? a : -reach, b < reach ? b : reach, mean);
        else if (size >= 1) /* far outside: jump to the Gaussian's reach */
            far = kink < -reach ? -reach : kink > reach ? reach : far;
        near = far;
        size *= 2;
    }
}

void temper_gaussian_panels(temper_integrand f, const void *context, int count, double kink, double width,
                            double *mean) {
    weighted w = {f, context, count};
    for (int k = 0; k < count; k++) mean[k] = 0;
    outwards(&w, kink, width, reach, mean);
    outwards(&w, kink, width, -reach, mean);
}

void temper_gaussian_mean(temper_integrand f, const void *context, int count, double kink, double width,
                          double *mean) {
    /* tanh(z/width) has its poles at distance d = ½π·width, e^{−2πd/h} ≤ 1e-17 asks for h ≤ width/4. */
    double intervals = 2 * reach * 4 / width;
    if (intervals <= 2000)
        temper_gaussian_trapezoid(f, context, count, intervals < 240 ? 240 : (int)intervals + 1, mean);
    else
        temper_gaussian_panels(f, context, count, kink, width, mean);
}
