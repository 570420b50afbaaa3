/* A step on ½|g + Hp|² where H is small enough to be written down: within a ball, exactly.
 *
 * In the eigenvectors of H the best p with |p| ≤ r is p_k = −λ_k g_k/(λ_k² + μ), μ ≥ 0 the least number that keeps it in the ball (Levenberg 1944,
 * Marquardt 1963; Moré 1978). |p| falls with μ, so μ is found by bisection. Directions with λ_k near 0 move last, which a step by an iterative solver
 * cannot promise. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/saddle.h"
#include "num/eigen.h"

static double size_of(int64_t n, const double *value, const double *c, double mu) {
    double sum = 0;
    for (int64_t k = 0; k < n; k++) {
        double p = value[k] * c[k] / (value[k] * value[k] + mu);
        sum += p * p;
    }
    return sqrt(sum);
}

/* The least μ; eigenvalues below 1e-14 of the largest are 0: μ has that floor. */
static double damping(int64_t n, const double *value, const double *c, double radius) {
    const double far = fmax(fabs(value[0]), fabs(value[n - 1]));
    double low = 1e-28 * far * far, high = low;
    if (!(far > 0) || size_of(n, value, c, low) <= radius) return low;
    while (size_of(n, value, c, high) > radius) high *= 16;
    for (int k = 0; k < 60; k++) { /* Invariant: |p(low)| > radius ≥ |p(high)|. */
        double middle = sqrt(low * high);
        if (size_of(n, value, c, middle) > radius)
            low = middle;
        else
            high = middle;
    }
    return high;
}

temper_status temper_saddle_dense_step(temper_operator *H, const double *g, double radius, double *p) {
    const size_t n = (size_t)H->dim;
    double *A = temper_alloc(2 * n + 3, n * sizeof *A);
    if (!A) return TEMPER_NO_MEMORY;
    double *unit = A + n * n, *value = unit + n * n, *c = value + n, *work = c + n;
    for (size_t k = 0; k < n; k++) unit[k * n + k] = 1;
    temper_status bad = temper_operator_apply(H, H->dim, unit, A);
    for (size_t i = 0; i < n && !bad; i++)
        for (size_t j = 0; j < i; j++) A[i * n + j] = (A[i * n + j] + A[j * n + i]) / 2;
    if (!bad && temper_eigen_symmetric(H->dim, A, value, work) < H->dim)
        bad = temper_fail(TEMPER_DIVERGED, "saddle: the eigenvalues of the Hessian were not found");
    memset(p, 0, n * sizeof *p);
    for (size_t k = 0; k < n && !bad; k++) {
        c[k] = 0;
        for (size_t i = 0; i < n; i++) c[k] += A[k * n + i] * g[i];
    }
    const double mu = bad ? 0 : damping(H->dim, value, c, radius);
    for (size_t k = 0; k < n && !bad; k++) {
        const double size = value[k] * value[k] + mu, part = size > 0 ? -value[k] * c[k] / size : 0;
        for (size_t i = 0; i < n; i++) p[i] += part * A[k * n + i];
    }
    temper_release(A);
    return bad;
}
