/* Chains of a Potts machine, sixteen to a block, each a row of bytes x[V] with states 0 … q−1. The couplings lie as slabs
 *
 *     slab[i][j][b][pad] = J_ij(·, b),   all states of unit i side by side, zero where i = j and from q on,
 *
 * so that the fields of unit i are a sum of V short rows, chosen by the states of the others: one load and one addition for q ≤ 8. The slab
 * of one unit stays in the cache while all chains pass it. Every level gives equal bits (tests/kernel/potts.c).
 *
 * f_i(a) = h_i(a) + ((c_0 + c_1) + (c_2 + c_3)), where c_r sums over j = r, r + 4, … ascending; the last V mod 4 units go to c_0. */
#ifndef TEMPER_KERNEL_POTTS_H
#define TEMPER_KERNEL_POTTS_H

#include <stdint.h>
#include "kernel/real.h"

enum { TEMPER_POTTS_MOST = 64 }; /* states */

typedef struct {
    int64_t V, q, pad;  /* pad: q filled up to a multiple of 8 */
    const float *slab;  /* [V][V][q][pad], or NULL: no couplings */
    const float *field; /* [V][pad] */
} temper_potts_table;

typedef struct { /* log weight of a state: scale·f_i(a) + lift·base_i(a) */
    float scale, lift;
    const float *base; /* [V][q], or NULL */
} temper_potts_bath;

typedef struct {
    /* Heat bath of unit i in blocks of chains x[blocks][16][V]. The words of a block are words[block·stride + lane]. The new state is the
     * first a at which Σ_{b ≤ a} p_b exceeds u = (word >> 9 + ½)/2^23. */
    void (*visit)(const temper_potts_table *, const temper_potts_bath *, int64_t i, int64_t blocks,
                  const uint32_t *words, int64_t stride, uint8_t *x);
    /* f[pad] of unit i given the others. */
    void (*field)(const temper_potts_table *, int64_t i, const uint8_t *x, float *f);
} temper_potts_kernels;

const temper_potts_kernels *temper_potts_kernel(void);
const temper_potts_kernels *temper_potts_kernel_of(int level); /* for tests */

#endif
