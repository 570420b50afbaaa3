#include "landscape/written.h"
#include <math.h>
#include "base/memory.h"
#include "landscape/errand.h"
#include "num/eigen.h"

enum { BLOCK = 16 };

static temper_status symmetrise(const temper_operator *A, double *M) {
    const int64_t n = A->dim;
    double size = 0, off = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) {
            double x = M[i * n + j], y = M[j * n + i];
            size = fmax(size, fmax(fabs(x), fabs(y)));
            off = fmax(off, fabs(x - y));
            M[i * n + j] = M[j * n + i] = 0.5 * (x + y);
        }
    if (off > 1e-3 * size)
        return temper_fail(TEMPER_CANNOT,
                           "%s: not a symmetric matrix: entries (i, j) and (j, i) differ by up to %.3g, the "
                           "largest is %.3g",
                           A->name, off, size);
    return TEMPER_OK;
}

temper_status temper_operator_write(temper_operator *A, const temper_errand *errand, double *M) {
    const int64_t n = A->dim;
    double *unit = temper_alloc(BLOCK * (size_t)n, sizeof *unit);
    temper_status bad = unit ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t begin = 0; begin < n && !bad; begin += BLOCK) {
        int64_t b = n - begin < BLOCK ? n - begin : BLOCK;
        for (int64_t i = 0; i < b * n; i++) unit[i] = i % n == begin + i / n;
        bad = temper_operator_apply(A, b, unit, M + begin * n);
        if (!bad) bad = temper_errand_step(errand, begin + b, n);
    }
    temper_release(unit);
    return bad ? bad : symmetrise(A, M);
}

temper_status temper_operator_spectrum(temper_operator *A, const temper_errand *errand, double *value,
                                       double *vector) {
    const size_t n = (size_t)A->dim;
    double *room = temper_alloc(vector ? n : n * n + n, sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    double *M = vector ? vector : room + n;
    temper_status bad = temper_operator_write(A, errand, M);
    if (!bad && temper_eigen_symmetric(A->dim, M, value, room) < A->dim)
        bad = temper_fail(TEMPER_DIVERGED, "%s: the eigenvalues of the matrix did not converge", A->name);
    temper_release(room);
    return bad;
}
