/* Means over independent walkers with their standard error, and the 4.5 σ judge. */
#ifndef TEMPER_TESTS_MOMENTS_H
#define TEMPER_TESTS_MOMENTS_H

#include <math.h>
#include "check.h"

typedef struct {
    double n, sum, squares;
} moments;

static inline void moments_add(moments *m, double x) { m->n++, m->sum += x, m->squares += x * x; }
static inline double moments_mean(const moments *m) { return m->sum / m->n; }
static inline double moments_error(const moments *m) {
    double mean = moments_mean(m);
    return sqrt(fmax(m->squares / m->n - mean * mean, 0) / (m->n - 1));
}

/* The mean is `truth` within 4.5 σ, and σ is small enough to mean something: at most `sharp` of it. */
static inline void moments_are(const char *what, const moments *m, double truth, double sharp) {
    double mean = moments_mean(m), error = moments_error(m);
    CHECK(fabs(mean - truth) <= 4.5 * error, "%s = %.9g ± %.2g, want %.9g (%.1f σ)", what, mean, error, truth,
          (mean - truth) / error);
    CHECK(error <= sharp * fabs(truth), "%s = %.9g ± %.2g: the test is blunt", what, mean, error);
}

#endif
