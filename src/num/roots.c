/* Roots and maxima of functions of one variable. */
#include "num/roots.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>

/* Brent's root-finder. b is the best guess, a the one before, c on the other side: f(b) f(c) ≤ 0, |f(b)| ≤ |f(c)|. */
double temper_root(temper_curve f, const void *context, double a, double b) {
    double fa = f(context, a), fb = f(context, b);
    if (fa == 0) return a;
    if (fb == 0) return b;
    if (!((fa < 0) != (fb < 0)) || isnan(fa) || isnan(fb)) return NAN;
    double c = a, fc = fa, step = b - a, last = step;
    for (int n = 0; n < 200; n++) {
        if ((fb > 0) == (fc > 0)) c = a, fc = fa, step = last = b - a;
        if (fabs(fc) < fabs(fb)) a = b, b = c, c = a, fa = fb, fb = fc, fc = fa;
        double tolerance = 2 * DBL_EPSILON * fabs(b), half = (c - b) / 2;
        if (fabs(half) <= tolerance || fb == 0) return b;
        double s = fb / fa, p, q;
        if (a == c) { /* two points: secant */
            p = 2 * half * s;
            q = 1 - s;
        } else { /* three points: inverse quadratic interpolation */
            double r = fb / fc, t = fa / fc;
            p = s * (2 * half * t * (t - r) - (b - a) * (r - 1));
            q = (t - 1) * (r - 1) * (s - 1);
        }
        if (p > 0) q = -q;
        p = fabs(p);
        bool trusted = fabs(last) >= tolerance && fabs(fa) > fabs(fb) &&
                       2 * p < fmin(3 * half * q - fabs(tolerance * q), fabs(last * q));
        last = trusted ? step : half;
        step = trusted ? p / q : half;
        a = b, fa = fb;
        b += fabs(step) > tolerance ? step : copysign(tolerance, half);
        fb = f(context, b);
    }
    return b;
}

/* One Newton step for f′ = 0 from fourth-order differences; stays where it is when f bends the wrong way, when an end is
 * near, or when the step is not small. */
static double polish(temper_curve f, const void *context, double a, double b, double x) {
    double h = 4e-4 * fmax(fabs(x), 1e-3 * (b - a));
    if (x - 2 * h < a || x + 2 * h > b) return x;
    double left = f(context, x - h), right = f(context, x + h);
    double slope = (8 * (right - left) - (f(context, x + 2 * h) - f(context, x - 2 * h))) / (12 * h);
    double bend = (right - 2 * f(context, x) + left) / (h * h);
    double step = bend < 0 ? -slope / bend : 0;
    return fabs(step) < h ? x + step : x;
}

/* The maximum stays inside [left, right]; each step keeps one of two inner points. Comparing values alone would find
 * the place to √ε only, so the end is left to the slope. */
double temper_maximum(temper_curve f, const void *context, double a, double b, double *at) {
    const double golden = 0.618033988749894848204586834365638118;
    double best = -INFINITY, top = a, width = (b - a) / 24;
    for (int i = 0; i <= 24; i++) {
        double x = a + i * width, y = f(context, x);
        if (y > best) best = y, top = x;
    }
    double left = fmax(a, top - width), right = fmin(b, top + width);
    double x1 = right - golden * (right - left), x2 = left + golden * (right - left);
    double y1 = f(context, x1), y2 = f(context, x2);
    while (right - left > 1e-4 * (fabs(left) + fabs(right))) {
        if (y1 >= y2) {
            right = x2, x2 = x1, y2 = y1;
            y1 = f(context, x1 = right - golden * (right - left));
        } else {
            left = x1, x1 = x2, y1 = y2;
            y2 = f(context, x2 = left + golden * (right - left));
        }
    }
    *at = y1 >= y2 ? x1 : x2;
    for (int n = 0; n < 3; n++) *at = polish(f, context, a, b, *at);
    return f(context, *at);
}
