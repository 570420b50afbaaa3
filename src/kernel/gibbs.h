/* The hot loops of core/gibbs.h: layers of 0/1 units with integer weights. A table per cpu level; all give equal bits.
 *
 * Shapes: Vp and Hp are V and H, rounded up to whole pads of 64; weights of padded units are 0 and their bias keeps them off. Chains come in
 * blocks of 32. States of a layer of U units are bytes [block][Up/4][32 chains][4 units]: a 32-bit word holds four units of one chain,
 * which is what byte products of x86 (vnni, amx) take for their second factor, so what one layer draws the next one multiplies.
 *
 * One written order from field to unit. With y = −x log2 e of the unit's total field x:
 *     y   = fma((float)field, scale, bias[unit])
 *     n   = y, kept within ±120, rounded to an integer (to even);  f = y − n
 *     e   = 2^n (P0 + f (P1 + f (P2 + f (P3 + f (P4 + f P5)))))              2^y to 2.4e-7, each step an fma
 *     u   = fma((float)(draw >> 1), 2^−31, 2^−32)                            uniform on (0, 1]
 *     on  = fma(u, e, u) < 1                                                 u < 1/(1 + 2^y), no division
 *     q   = 32767 r rounded to even; r = 1/(1 + e) to 1e-6 by three steps of Newton from an integer guess      the mean, 15 bits */
#ifndef TEMPER_KERNEL_GIBBS_H
#define TEMPER_KERNEL_GIBBS_H

#include <stdbool.h>
#include <stddef.h>
#include "temper/cpu.h"
#include "temper/stream.h"

enum { GIBBS_BLOCK = 32, GIBBS_PAD = 64, GIBBS_MEAN = 32767, GIBBS_DOTS = 16 };

typedef struct { /* q ≈ W 2^e in 16 bits, r ≈ 256 (W 2^e − q) in 8 bits; bytes in the level's own layout */
    int64_t V, H, Vp, Hp;
    int e;
    uint8_t *hidden;  /* [2 Vp Hp] q as hidden units use it */
    uint8_t *visible; /* [2 Vp Hp] q as visible units use it */
    uint8_t *fine;    /* [2 Vp Hp] r as hidden units use it */
} gibbs_weights;

typedef struct { /* of every unit of a layer, padded units included */
    float scale;
    const float *bias;
} gibbs_law;

typedef struct { /* n sweeps: hidden given visible, visible given hidden */
    const gibbs_weights *weights;
    gibbs_law hidden, visible;
    uint8_t *v, *h; /* states; h need not be kept */
    uint8_t *room;  /* [blocks][gibbs_room] */
    temper_stream stream;
    int64_t chains, clock, n; /* chains beyond keep what they have, or not: the caller clears them */
} gibbs_sweep;

typedef struct { /* 15-bit means of hidden units, for an outer product with the visible ones */
    const gibbs_weights *weights;
    gibbs_law hidden;
    const uint8_t *v;
    uint8_t *room;
    int64_t chains; /* those beyond have mean 0 */
    bool minus;     /* means are to be subtracted */
    uint8_t *M,
        *A; /* [2 Hp Cp] means, [gibbs_operand] visible units, Cp: chains in whole pads; in the level's own layout */
    int32_t *sum; /* [blocks][Hp] Σ q over the chains of a block, never negative */
    int32_t *on;  /* [blocks][Vp] how many chains have the unit on */
} gibbs_means;

typedef struct { /* log weights; log2 instead of ln for all but the result */
    const gibbs_weights *weights;
    const uint8_t *v;
    uint8_t *room;
    int64_t chains;
    int places;              /* 1 or 2 */
    double scale[2];         /* β log2 e 2^−(e+8) */
    const double *hidden[2]; /* [Hp] β c_j log2 e; very negative for padded units */
    const double *linear[2]; /* [Vp] (1 − β) base_i + β b_i in nats, 0 for padded units */
    double *out[2];          /* [padded chains] */
} gibbs_weigh;

/* θ_ij += rate g_ij − rate (l1 sign θ_ij + l2 θ_ij), g_ij = per Σ_c (v M) − gain_b_i λ_j − μ_i gain_c_j; the last two if centred. */
typedef struct {
    gibbs_weights *weights; /* NULL: θ is an array of sums, nothing is packed */
    float *theta;           /* [V][H] */
    int64_t V, H, Vp, Hp;
    int sides; /* 1, or 2: the model's, whose means are minus */
    const uint8_t *v[2], *M[2];
    uint8_t *A[2]; /* of the sides; mere room where the level does not need them */
    int64_t chains;
    float per, rate, l1, l2;
    bool centred;
    const float *mu, *gain_b;     /* [Vp] */
    const float *lambda, *gain_c; /* [Hp] */
    float *row_dot;               /* [Vp] Σ_j g_ij λ_j: 16 sums of j modulo 16, joined as a tree */
    float *column_dot;            /* [Vp/64][Hp] Σ_i μ_i g_ij over 64 rows, in their order */
    float *most;                  /* [Vp/64] largest |θ|; NaN and infinity give infinity */
} gibbs_update;

typedef struct {
    void (*pack)(gibbs_weights *w, const float *theta, int64_t strip); /* 64 visible rows */
    void (*sweep)(const gibbs_sweep *s, int64_t first, int64_t blocks);
    void (*means)(const gibbs_means *m, int64_t first, int64_t blocks);
    void (*weigh)(const gibbs_weigh *w, int64_t first, int64_t blocks);
    void (*update)(const gibbs_update *u, int64_t strip);
    /* The words of one chain, 32 words apart, from V numbers: on where 0.5 or more. `next` is the row that follows; it may lie anywhere. */
    void (*fill)(uint8_t *words, const float *row, const float *next, int64_t V);
    int (*mean)(const uint8_t *M, const gibbs_weights *w, int64_t padded_chains, int64_t chain,
                int64_t unit); /* q */
} temper_gibbs_kernels;

static inline int64_t gibbs_pad(int64_t n) { return (n + GIBBS_PAD - 1) / GIBBS_PAD * GIBBS_PAD; }
static inline int64_t gibbs_blocks(int64_t chains) { return (chains + GIBBS_BLOCK - 1) / GIBBS_BLOCK; }
/* Bytes of working room per block of chains: fields of both layers, lists of units. */
static inline int64_t gibbs_room(int64_t Vp, int64_t Hp) { return 4 * GIBBS_BLOCK * (Vp + 2 * Hp); }

/* Bytes of A. */
static inline int64_t gibbs_operand(int64_t Vp, int64_t Hp, int64_t Cp) {
    return Vp * Cp + Vp / GIBBS_PAD * 4 * Hp;
}

const temper_gibbs_kernels *temper_gibbs_kernel_of(temper_cpu level);

#endif
