#include "num/solve.h"
#include <math.h>

int64_t temper_cholesky(int64_t n, double *A, double tiny) {
    /* Invariant: rows above i are rows of L. L_ij = (A_ij − Σ_{k<j} L_ik L_jk)/L_jj, summed in order of k. */
    for (int64_t i = 0; i < n; i++) {
        double *row = A + i * n, diagonal = row[i];
        for (int64_t j = 0; j <= i; j++) {
            const double *other = A + j * n;
            double sum = row[j];
            for (int64_t k = 0; k < j; k++) sum -= row[k] * other[k];
            if (j < i)
                row[j] = sum / other[j];
            else if (sum > tiny * diagonal)
                row[i] = sqrt(sum);
            else
                return i;
        }
    }
    return n;
}

void temper_cholesky_solve(int64_t n, const double *L, double *x) {
    for (int64_t i = 0; i < n; i++) {
        for (int64_t k = 0; k < i; k++) x[i] -= L[i * n + k] * x[k];
        x[i] /= L[i * n + i];
    }
    for (int64_t i = n - 1; i >= 0; i--) {
        x[i] /= L[i * n + i];
        for (int64_t k = 0; k < i; k++) x[k] -= L[i * n + k] * x[i];
    }
}
