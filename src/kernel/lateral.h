/* Sixteen chains of a pairwise machine side by side: states s[unit][16] as float, −1/+1 or 0/1. Behind the last unit lies a row of zeros, to
 * which the rows of neighbours are padded. Every level gives equal bits (tests/kernel/lateral.c).
 *
 * The field of unit i is x_i = h_i + ((c_0 + c_1) + (c_2 + c_3)), where c_r is one chain of fma over neighbours number r, r + 4, r + 8 … of i,
 * ascending, from 0. It is worked out anew at every look: nothing can drift, and a state alone is all of a chain. */
#ifndef TEMPER_KERNEL_LATERAL_H
#define TEMPER_KERNEL_LATERAL_H

#include <stdbool.h>
#include <stdint.h>
#include "kernel/real.h"

typedef struct { /* neighbours in compressed rows, each pair from both ends */
    int64_t units;
    const int64_t *start; /* [units+1] row i is start[i] … start[i+1]−1, a multiple of 4 of entries */
    const int64_t *above; /* [units] its first entry with to > i, padding included */
    const int64_t *end;   /* [units] its first entry of padding */
    const int32_t *to;    /* ascending; padding is unit `units` */
    const float *J;       /* padding is 0 */
    const float *h;       /* [units] */
} temper_lateral_rows;

/* p(high) of unit i given the others is 1/(1 + exp(−y)), y = scale·x_i + lift·base_i; base_i is 0 from `bases` on. The factor 2 of spins,
 * whose two values differ by 2, is part of scale and lift. */
typedef struct {
    float scale, lift;
    const float *base; /* [bases] or NULL with bases = 0 */
    int64_t bases;
    bool spin;
} temper_lateral_bath;

/* Σ over blocks of chains. a, b: [blocks][units+1][16]; w: [blocks][16]. */
typedef struct {
    int64_t blocks;
    const float *a, *b, *w;
} temper_lateral_sums;

typedef struct {
    /* Heat bath of units first … last−1 in this order. Unit i takes its high value where u(1 + e^−y) < 1 with u = (2 (word >> 8) + 1)/2^25,
     * words[i][16]: probabilities are kept to 2^−25. */
    void (*sweep)(const temper_lateral_rows *, const temper_lateral_bath *, int64_t first, int64_t last,
                  const uint32_t *words, float *s);
    /* m[i][16] for units first … last−1: the mean of a unit given the others. */
    void (*means)(const temper_lateral_rows *, const temper_lateral_bath *, int64_t first, int64_t last,
                  const float *s, float *m);
    /* out[16] = Σ_i s_i (h_i + Σ_{j<i} J_ij s_j) in double: −E without its temperature. */
    void (*gain)(const temper_lateral_rows *, const float *s, double out[LANES]);
    /* Of the neighbours j > i in order: stat[k] += scale·Σ_chains w a_i b_j, or with `both` w (a_i b_j + b_i a_j).
     * Sums over lanes in a fixed tree, over chunks of 64 blocks in double. */
    void (*products)(const temper_lateral_rows *, const temper_lateral_sums *, int64_t i, bool both,
                     double scale, float *stat);
} temper_lateral_kernels;

const temper_lateral_kernels *temper_lateral_kernel(void);
const temper_lateral_kernels *temper_lateral_kernel_of(int level); /* for tests */

#endif
