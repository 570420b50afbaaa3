/* Chains of a Potts machine, sixteen to a block, lane by lane: x[V][16] with states 0 … q−1. The fields of unit i are a sum over the others of numbers that
 * their states choose. The slab of one unit, V pieces of q·pad numbers, stays in the cache while all chains pass it. Two layouts:
 *
 *     q ≤ 8   slab[i][j][a][8]   = J_ij(a, ·)   one register holds all that j can say about state a, and the states of many chains choose from it at
 *                                               once (a permutation): q of them for sixteen chains
 *     q > 8   slab[i][j][b][pad] = J_ij(·, b)   chain after chain, one state chooses a row of q numbers
 *
 * zero where i = j and from q on. Every level gives equal bits (tests/kernel/potts.c).
 *
 * f_i(a) = h_i(a) + ((c_0 + c_1) + (c_2 + c_3)), where c_r sums over j = r, r + 4, … ascending; the last V mod 4 units go to c_0. */
#ifndef TEMPER_KERNEL_POTTS_H
#define TEMPER_KERNEL_POTTS_H

#include <stdint.h>
#include "kernel/real.h"

enum { TEMPER_POTTS_MOST = 64, TEMPER_POTTS_FEW = 8 }; /* states; up to which the first layout is used */

typedef struct {
    int64_t V, q, pad;  /* pad: q filled up to a multiple of 8 */
    const float *slab;  /* [V][V][q][pad] as above, or NULL: no couplings */
    const float *field; /* [V][pad] */
} temper_potts_table;

typedef struct { /* log weight of a state: scale·f_i(a) + lift·base_i(a) */
    float scale, lift;
    const float *base; /* [V][q], or NULL */
} temper_potts_bath;

typedef struct {
    /* Heat bath of unit i in blocks of chains x[blocks][V][16]. The words of a block are words[block·stride + lane]. The new state is the
     * first a at which Σ_{b ≤ a} p_b exceeds u = (word >> 9 + ½)/2^23. */
    void (*visit)(const temper_potts_table *, const temper_potts_bath *, int64_t i, int64_t blocks,
                  const uint32_t *words, int64_t stride, uint8_t *x);
    /* f[q][16] of unit i given the others, in the chains of a block x[V][16]. */
    void (*field)(const temper_potts_table *, int64_t i, const uint8_t *x, float *f);
} temper_potts_kernels;

const temper_potts_kernels *temper_potts_kernel(void);
const temper_potts_kernels *temper_potts_kernel_of(int level); /* for tests */

#endif
