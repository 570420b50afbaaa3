/* A Krylov basis that grows by blocks and restarts thick: the engine of temper_ends_find. */
#ifndef TEMPER_LANDSCAPE_KRYLOV_H
#define TEMPER_LANDSCAPE_KRYLOV_H

#include "temper/curvature.h"

/* Invariant: V[have][dim] is orthonormal, the first n ≤ have of it have been multiplied, and A V_n = V_have T (have × n): whatever a product had
 * outside the basis has become a new vector. The others, have − n of them, are the next block. */
enum { TEMPER_KRYLOV_EXTRA = 4 }; /* random vectors that may join a block */
typedef struct {
    temper_operator *A;
    const temper_errand *errand;
    int64_t dim, room, most; /* vectors that fit; products allowed */
    int64_t n, have, widest; /* the largest block there may be */
    double *V;               /* [room][dim] */
    double *T;               /* [room][room]: T[j·room + i] = V_iᵀ A V_j, a row a column */
    double *image;           /* [widest][dim] A times the block */
    double *theta, *S;       /* [n] Ritz values, descending; [n][n] their coefficients, a row each */
    double *residual;        /* [n] |A y − θ y| as T tells it */
    double *work;            /* see temper_krylov_create */
    int64_t drawn;           /* random vectors so far */
    int64_t products;
} temper_krylov;

temper_status temper_krylov_create(temper_krylov *k, temper_operator *A, int64_t room, int64_t block,
                                   const temper_errand *errand);
void temper_krylov_clear(temper_krylov *k);
/* Another random vector, orthogonal to the basis, into the next block: false where the basis is the whole space or full. */
bool temper_krylov_seed(temper_krylov *k);
/* Multiplies the next block. */
temper_status temper_krylov_expand(temper_krylov *k);
/* Ritz values, coefficients and residuals of the basis as it is. */
temper_status temper_krylov_ritz(temper_krylov *k);
/* After ritz: keeps the Ritz vectors index[count] (ascending) and the next block. */
void temper_krylov_restart(temper_krylov *k, int64_t count, const int64_t *index);

#endif
