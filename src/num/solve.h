/* Small dense symmetric positive definite systems, A x = b, by Cholesky's factorisation A = L Lᵀ. */
#ifndef TEMPER_NUM_SOLVE_H
#define TEMPER_NUM_SOLVE_H

#include <stdint.h>

/* A[n][n] ← L in the lower triangle (the upper one is not looked at). Returns n, or the first row k whose pivot
 * L_kk² is not above `tiny` times A_kk: row k of A is then, to that accuracy, a combination of the rows before. */
int64_t temper_cholesky(int64_t n, double *A, double tiny);
/* x[n] ← A^(−1) x, from the factor. */
void temper_cholesky_solve(int64_t n, const double *L, double *x);

#endif
