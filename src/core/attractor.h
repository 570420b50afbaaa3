/* A network of N spins ±1 with pair couplings, on plain arrays: what machine/hopfield.c is made of.
 *
 *     −E(s) = ½ Σ_{i≠j} J_ij s_i s_j + Σ_i h_i s_i
 *
 * Couplings are packed as integers in units of 2^−bits, the largest just below 2^26. Local fields f_i = Σ_{j≠i} J_ij s_j are then exact 64-bit
 * integers whatever the order of summation and however many flips they followed. */
#ifndef TEMPER_CORE_ATTRACTOR_H
#define TEMPER_CORE_ATTRACTOR_H

#include "temper/machine.h"

typedef struct { /* zero it before the first use */
    int64_t n;
    int32_t *J;    /* [n][n]: row i is what unit i does to all others, J_ji; 0 on the diagonal */
    int64_t *self; /* [n] J_ii */
    double *h;     /* [n] */
    double unit;   /* 2^−bits */
} temper_attractor;

temper_status temper_attractor_build(temper_attractor *net, int64_t n);
void temper_attractor_clear(temper_attractor *net);
/* θ = J [n][n], h [n]. Unless `asymmetric`, the two entries of a pair become their mean. TEMPER_DIVERGED beyond ±1e30. */
temper_status temper_attractor_pack(temper_attractor *net, const float *theta, bool asymmetric);

void temper_attractor_fields(const temper_attractor *net, const int8_t *s, int64_t *f); /* f[n] from s[n] */
void temper_attractor_flip(const temper_attractor *net, int8_t *s, int64_t *f, int64_t i); /* s_i ← −s_i */
double temper_attractor_energy(const temper_attractor *net, const int8_t *s, const int64_t *f); /* E(s) */

/* Slots of temper_machine_type with the same names; stat and grad are [n][n], then [n]. */
temper_status temper_attractor_exact(const temper_attractor *net, double beta, double *log_z, double *stat,
                                     double *energy);
temper_status temper_attractor_pseudo(const temper_attractor *net, const temper_rows_view *rows, double *out,
                                      float *grad);

#endif
