/* Eigenvalues and singular values of dense matrices, in double and in a fixed order: bits depend on the numbers alone. */
#ifndef TEMPER_NUM_EIGEN_H
#define TEMPER_NUM_EIGEN_H

#include <stdint.h>
#include "temper/status.h"

/* A[n][n] symmetric (only the lower triangle is looked at). value[n] descending; row k of A becomes the unit eigenvector of value[k], its largest
 * entry positive. work[n]. Householder's reduction, then implicit QL; cost ~ 9 n³. Returns n, or the number of values found before one did
 * not converge in 60 turns (never seen on finite matrices). */
int64_t temper_eigen_symmetric(int64_t n, double *A, double *value, double *work);

/* The leading k ≤ min(rows, columns) singular values of X[rows][columns], descending, with left[k][rows] and right[k][columns] (either may be NULL), by
 * the eigenvalues of the smaller Gram matrix: values below 1e-7 of the largest are noise. Parallel. TEMPER_BAD_DATA where X is not finite. */
temper_status temper_singular(int64_t rows, int64_t columns, const double *X, int64_t k, double *value,
                              double *left, double *right);

/* The leading k principal components of rows X[n][columns] with weights (NULL: 1): mean[columns], component[k][columns] orthonormal, variance[k]
 * descending, by subspace iteration on the covariance to 1e-10 of the largest (or 500 turns). k ≤ columns, n ≥ 1. Cost O(n columns²). Parallel. */
temper_status temper_principal(int64_t n, int64_t columns, const float *X, const double *weight, int64_t k,
                               double *mean, double *component, double *variance);

#endif
