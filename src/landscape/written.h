/* A small operator written down as a matrix. */
#ifndef TEMPER_LANDSCAPE_WRITTEN_H
#define TEMPER_LANDSCAPE_WRITTEN_H

#include "temper/curvature.h"

enum { TEMPER_WRITTEN = 600 }; /* up to this dimension it is worth it */

/* M[dim][dim] ← (A + Aᵀ)/2, by dim products. TEMPER_CANNOT where A is not symmetric to 1e-3 of its largest entry. */
temper_status temper_operator_write(temper_operator *A, const temper_errand *errand, double *M);
/* All eigenvalues, descending, value[dim]; vector[dim][dim] or NULL. */
temper_status temper_operator_spectrum(temper_operator *A, const temper_errand *errand, double *value,
                                       double *vector);

#endif
