/* potts: a pairwise machine of V units with q states each and no hidden units,
 *
 *     −E(x) = Σ_i h_i(x_i) + Σ_{i<j} J_ij(x_i, x_j),        density exp(−E).
 *
 * θ is J[pairs][q][q], pair (i, j > i) row by row of the upper triangle and state of i first, then h[V][q]; without couplings h alone.
 * Adding numbers to a row of J and taking them from h changes nothing: in the zero-sum gauge all sums of J_ij over either state
 * and of h_i over its states are 0. There J is as small as it can be, and its norm means something (Ekeberg et al. 2013).
 *
 * State of a flock: bytes x[block][V][16], sixteen chains to a block. */
#ifndef TEMPER_CORE_POTTS_H
#define TEMPER_CORE_POTTS_H

#include "kernel/potts.h"
#include "temper/machine.h"

typedef struct { /* zero it; V, q and coupled are set before build */
    int64_t V, q, pad, pairs;
    bool coupled;
    float *slab, *field; /* owned: kernel/potts.h */
    const float *theta;  /* of the last packing, not owned */
} temper_potts;

temper_status
temper_potts_build(temper_potts *); /* TEMPER_BAD_OPTION, in the name of maxent, where it is too large */
void temper_potts_clear(temper_potts *);
void temper_potts_pack(temper_potts *, const float *theta);
static inline int64_t temper_potts_parameters(const temper_potts *m) {
    return m->pairs * m->q * m->q + m->V * m->q;
}
/* Number of the pair i < j. */
static inline int64_t temper_pair_number(int64_t V, int64_t i, int64_t j) {
    return i * (2 * V - i - 1) / 2 + j - i - 1;
}
/* Where the slab (kernel/potts.h) has J_ij(a, b). */
static inline int64_t temper_potts_place(const temper_potts *m, int64_t i, int64_t j, int64_t a, int64_t b) {
    const int64_t piece = (i * m->V + j) * m->q * m->pad;
    return piece + (m->q <= TEMPER_POTTS_FEW ? a * m->pad + b : b * m->pad + a);
}
/* The same density with θ in the zero-sum gauge. */
void temper_potts_gauge(const temper_potts *, float *theta);

/* Members of temper_machine_type. Sweep: units in order. Draws: the turn at unit i of chain c is word ((c/16)·V + i)·16 + c%16 of
 * (stream, TEMPER_FOR_UNITS, clock); a random start takes the same words of TEMPER_FOR_INITIAL. */
void temper_potts_sizes(const temper_potts *, int64_t chains, size_t *state, size_t *scratch);
void temper_potts_scatter(const temper_potts *, temper_flock *);
void temper_potts_clamp(const temper_potts *, temper_flock *, const float *const *row, int64_t n);
void temper_potts_read(const temper_potts *, const temper_flock *, int64_t chain, float *row);
void temper_potts_sweep(const temper_potts *, temper_flock *, int64_t n);
void temper_potts_swap(const temper_potts *, temper_flock *a, int64_t i, temper_flock *b, int64_t j);
void temper_potts_log_weight(const temper_potts *, const temper_flock *, const temper_place *, double *out);
double temper_potts_log_base(const temper_potts *, const float *base);
/* Counts of states and of pairs of states. Without weights they are whole numbers. */
void temper_potts_statistics(const temper_potts *, const temper_flock *, int64_t n, const double *weight,
                             double scale, float *stat);

/* ---- potts_exact.c: from θ, in double ---- */

/* ln Z at β over q^V ≤ 2^30 states (TEMPER_CANNOT above), stat[P] ⟨−∂E/∂θ⟩ and energy ⟨E⟩ unless NULL. A tree of sums over
 * the states of one unit after the other: the cost per state does not grow with V. Parallel over the states of the first units. */
temper_status temper_potts_exact(const temper_potts *, const float *theta, double beta, double *log_z,
                                 double *stat, double *energy);

/* ---- potts_field.c ---- */

temper_status temper_potts_pseudo(const temper_potts *, const temper_rows_view *, double *out, float *grad);
/* Order 1 and 2. */
temper_status temper_potts_mean_field(const temper_potts *, int order, const temper_flock *from,
                                      double *log_z, float *stat, double *residual);

#endif
