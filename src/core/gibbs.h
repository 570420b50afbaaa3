/* gibbs: a restricted Boltzmann machine of 0/1 units on both sides, as fast as the processor allows and exact to the bit.
 *
 *     −E(v, h) = Σ b_i v_i + Σ c_j h_j + Σ v_i W_ij h_j            θ = W[V][H] row-major, then b[V], then c[H]
 *
 * Weights are integers for the chains: W_ij ≈ q_ij 2^−e, 16 bits, with one e for the whole matrix that depends on max |W| alone. Then the
 * field of a unit, a sum of some of the q, is an exact integer whatever the order of the additions: dense products on byte tiles (amx) and
 * sums over the units that are on, or over those that have just flipped (the other levels), give the same bits on any number of threads.
 * What follows the field is arithmetic in float with one written order (kernel/gibbs.h). Log weights are of 24 bits of each weight,
 * W_ij ≈ (256 q_ij + r_ij) 2^−(e+8), and of doubles: they agree with sums over the floats of θ to about 1e-5 nats for a model of MNIST, and
 * with sums over the 24-bit weights to 1e-9. θ itself stays float: an update is added there and the integers are made anew from it.
 *
 * Random numbers: unit u of the visible (side 0) or hidden (side 1) layer of chain c in the sweep at clock t takes draw u of a
 * xoshiro128++ generator (Blackman and Vigna 2021), whose 128 bits of seed are the Philox block at the address (flock's seed and chain,
 * TEMPER_FOR_UNITS, step t, block 2 c + side). Nothing depends on how many chains there are.
 *
 * A probability is resolved to 2^−32 near 0 and to 2^−24 near 1. Hidden means that enter a gradient have 15 bits and are summed as integers.
 *
 * The functions have the meaning of those of temper_machine_type; flock->machine may be NULL. All but create, refresh and learn leave the
 * engine as it is, so flocks of one engine may work at the same time. */
#ifndef TEMPER_CORE_GIBBS_H
#define TEMPER_CORE_GIBBS_H

#include "temper/machine.h"

typedef struct temper_gibbs temper_gibbs;

/* For the cpu level in use now; 1 ≤ V, H ≤ 65535. All weights are 0. */
temper_status temper_gibbs_create(temper_gibbs **out, int64_t V, int64_t H);
void temper_gibbs_free(temper_gibbs *g);
/* TEMPER_DIVERGED, and nothing changed, where a number of θ is not finite or a weight is 2048 or more. */
temper_status temper_gibbs_refresh(temper_gibbs *g, const float *theta);

/* Chains ≤ 65535 where learn or statistics are used. The state is the visible units, a byte each: [chains/32][V/4][32][4], padded with
 * zeros to whole blocks of 32 chains and 64 units. */
void temper_gibbs_sizes(const temper_gibbs *g, int64_t chains, size_t *state, size_t *scratch);
void temper_gibbs_wake(const temper_gibbs *g, temper_flock *flock);
void temper_gibbs_scatter(const temper_gibbs *g, temper_flock *flock); /* TEMPER_FOR_INITIAL at the clock */
void temper_gibbs_clamp(const temper_gibbs *g, temper_flock *flock, const float *const *row, int64_t n);
void temper_gibbs_read(const temper_gibbs *g, const temper_flock *flock, int64_t chain, float *row);
void temper_gibbs_sweep(const temper_gibbs *g, temper_flock *flock, int64_t n);
void temper_gibbs_swap(const temper_gibbs *g, temper_flock *a, int64_t i, temper_flock *b, int64_t j);
void temper_gibbs_log_weight(const temper_gibbs *g, const temper_flock *flock, const temper_place *at,
                             double *out);
void temper_gibbs_climb(const temper_gibbs *g, temper_flock *flock, const temper_place *to, double *log_w);
void temper_gibbs_statistics(const temper_gibbs *g, const temper_flock *flock, int64_t n,
                             const double *weight, double scale, float *stat);
void temper_gibbs_features(const temper_gibbs *g, const temper_flock *flock, float *out); /* [chains][H] */
/* One update by all chains of both flocks; their places must be {1, NULL}. */
temper_status temper_gibbs_learn(temper_gibbs *g, temper_flock *data, temper_flock *model, float *theta,
                                 const temper_stride *stride);

#endif
