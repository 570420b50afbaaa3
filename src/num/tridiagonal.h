/* Symmetric tridiagonal matrices: eigenvalues, and the two components of their eigenvectors that quadrature and residuals ask for. */
#ifndef TEMPER_NUM_TRIDIAGONAL_H
#define TEMPER_NUM_TRIDIAGONAL_H

#include <stdint.h>

/* T with diagonal d[n] and e[0 … n−1) beside it: d ← eigenvalues ascending, first[n], last[n] (or NULL) ← the first and the last component of their unit
 * eigenvectors, first ≥ 0. e is used up and needs room for n. Implicit QL that turns these two rows alone: cost O(n²) (Golub & Welsch 1969). Returns n, or
 * the number found before one did not converge in 60 turns. */
int64_t temper_tridiagonal(int64_t n, double *d, double *e, double *first, double *last);

#endif
