/* Dense associative memories on plain arrays: P stored patterns ξ^μ of n numbers and energies of the overlaps M_μ = Σ_i ξ_i^μ x_i.
 *
 *   polynomial    −E = (n/d) Σ_μ (M_μ/n)^d                x_i = ±1    F(z) = z^d of Krotov and Hopfield, NIPS 2016, scaled to be extensive
 *   exponential   −E = ln Σ_μ exp M_μ                     x_i = ±1    logarithm of F = exp of Demircigil et al., J. Stat. Phys. 168, 288 (2017)
 *   continuous    −E = (1/b) ln Σ_μ exp(b M_μ) − ½ x·x    x real      Ramsauer et al. 2020; b is the sharpness
 *
 * d = 2 on ±1 patterns is Hopfield's network with Hebb's couplings: −E = ½ Σ_{i≠j} J_ij s_i s_j + P/2. */
#ifndef TEMPER_CORE_DENSE_H
#define TEMPER_CORE_DENSE_H

#include "temper/status.h"
#include <stdint.h>

typedef enum { TEMPER_POLYNOMIAL, TEMPER_EXPONENTIAL, TEMPER_CONTINUOUS } temper_dense_kind;

typedef struct { /* zero it before the first use */
    int kind;    /* temper_dense_kind */
    int64_t n, P, degree;
    double sharpness;
    int64_t width, depth; /* n and P filled up to whole TEMPER_LANES, with zeros */
    double *rows;         /* [P][width] */
    double *columns;      /* [n][depth] */
} temper_dense;

temper_status temper_dense_build(temper_dense *memory); /* kind … sharpness are set */
void temper_dense_clear(temper_dense *memory);
void temper_dense_pack(temper_dense *memory, const float *xi); /* [P][n] */

void temper_dense_overlaps(const temper_dense *memory, const double *x, double *M); /* x[width], M[depth] */
/* −E from the overlaps; of continuous without −½ x·x. */
double temper_dense_weight(const temper_dense *memory, const double *M);
/* ∂(−E)/∂M_μ: (M_μ/n)^(d−1), or the softmax of (b) M. w[depth], zeros beyond P. w may be M. */
void temper_dense_slope(const temper_dense *memory, const double *M, double *w);
/* −E(x_i = +1) + E(x_i = −1) of spins, where now x_i = s. */
double temper_dense_look(const temper_dense *memory, const double *M, int64_t i, double s);
/* ln Σ over all 2^n spin configurations of exp(−βE), and the means of ∂(−E)/∂ξ [P][n] and E unless NULL; n ≤ 30. */
temper_status temper_dense_exact(const temper_dense *memory, double beta, double *log_z, double *stat,
                                 double *energy);

#endif
