/* The hot loops of networks. Sixteen samples lie side by side in lanes, a block is [features][16] and a batch
 * [blocks][features][16]; an image of a block is [channels][height][width][16], a sequence [width][1][tokens][16].
 * So no sample ever meets its neighbour, every loop over lanes is the same whatever the layer's shape, and the bits of a
 * sample do not depend on its batch.
 *
 * Order of sums: one output of a contraction is one chain of fma over its index in order, beginning at the bias, at 0, or (add)
 * at what is there. Sums over pixels and samples (weight gradients of convolutions, norms) are cut into chunks that
 * depend on shapes alone; each function says which. Every level gives equal bits; tests/kernel compares each with a scalar
 * loop. Pointers to blocks are 64-byte aligned; outputs don't overlap inputs unless said. */
#ifndef TEMPER_KERNEL_NET_H
#define TEMPER_KERNEL_NET_H

#include "kernel/net_jobs.h"

typedef struct {
    void (*matmul)(const temper_matmul *);

    /* Convolutions over `blocks` blocks; scratch: [conv_scratch(shape)] reals, one per caller.
     * forward: y[o][i][j] = start + Σ over (c, r, s) in order; start is bias[o], or y itself with add.
     * data:    dx[c][u][v] (+)= Σ over (o, i, j) in order, filters and pixels of dy, of w·dy.
     * weights: dw[c][r][s][o] += Σ over groups of two blocks in order, of the lane tree (lane l with l+8, l+4, l+2, l+1) of
     *          Σ over (block, i, j) in order. `first` … `last`−1: the kernel rows r·channels + c to do, so that callers can
     *          share the work. db[o] += likewise over dy, where db is not NULL; only by the caller with first = 0.
     * A tap outside the image is no term of a sum. */
    size_t (*conv_scratch)(const temper_conv *);
    void (*conv_forward)(const temper_conv *, int64_t blocks, const real *x, const real *w, const real *bias,
                         real *y, bool add, real *scratch);
    void (*conv_data)(const temper_conv *, int64_t blocks, const real *dy, const real *w, real *dx, bool add,
                      real *scratch);
    void (*conv_weights)(const temper_conv *, int64_t blocks, const real *x, const real *dy, real *dw,
                         real *db, int first, int last, real *scratch);

    /* Bias gradient of a dense layer: db[f] += chain over samples in order of d[block][f][lane]. */
    void (*sum_samples)(int64_t blocks, int64_t features, const real *d, real *db);

    /* f(x), f'(x)·a (stored, or added), f''(x)·a·b (added); y = f(x) may serve instead of x where that is enough. In place is
     * allowed (y = x, out = a). n is a multiple of 16. Errors in ulp beside each function in pointwise_body.h. */
    void (*value)(temper_pointwise, real slope, int64_t n, const real *x, real *y);
    void (*slope)(temper_pointwise, real slope, int64_t n, const real *x, const real *y, const real *a,
                  real *out, bool add);
    void (*bend)(temper_pointwise, real slope, int64_t n, const real *x, const real *y, const real *a,
                 const real *b, real *out);
    bool (*from_output)(temper_pointwise); /* slope and bend read y, not x: x may be overwritten */

    /* Pooling of one block. which[out][16]: number of the first largest tap of the window (at most 256 taps). take and give are
     * linear at fixed `which`. mean: one chain of adds over the taps, times 1/taps. give and spread add to a pixel in the order of
     * the windows, beginning at 0, or (add) at what is there. */
    void (*pool_max)(const temper_pool *, const real *x, real *y, uint8_t *which);
    void (*pool_take)(const temper_pool *, const uint8_t *which, const real *x,
                      real *y); /* y = x at which: the tangent */
    void (*pool_give)(const temper_pool *, const uint8_t *which, const real *dy, real *dx,
                      bool add); /* its adjoint */
    void (*pool_mean)(const temper_pool *, const real *x, real *y);
    void (*pool_spread)(const temper_pool *, const real *dy, real *dx, bool add);

    /* out = a·x + b·y, n a multiple of 16; y may be NULL (b = 0). In place is allowed. */
    void (*blend)(int64_t n, real a, const real *x, real b, const real *y, real *out);
    void (*multiply)(int64_t n, const real *x, const real *y, real *out, bool add);

    /* e^x and ln x of lanes, for softmax and losses; own polynomials, error beside them. In place is allowed. */
    void (*exp)(int64_t n, const real *x, real *y);
    void (*log)(int64_t n, const real *x, real *y);
    /* p = softmax of z over its rows, lane by lane: [rows][16] each, in place is allowed. The sum is in the order of the rows. */
    void (*softmax)(int64_t rows, const real *z, real *p);

    /* Batch norm, on planes [pixels][16] of one channel; only lanes 0 … lanes−1 take part (the others of `out` become 0, or stay with
     * add). Sums are in double over chains in real of at most 64 pixels, and lanes in order.
     * moments: Σ x, Σ (x − their mean)². covary: Σ g, Σ (x − shift) g. */
    void (*moments)(int64_t pixels, int lanes, const real *x, double out[2]);
    void (*covary)(int64_t pixels, int lanes, const real *x, real shift, const real *g, double out[2]);
    void (*combine)(int64_t pixels, int lanes, const temper_combination *);
    /* Layer norm: y; then ẏ; x̄ (not stored where x_bar is NULL); then x̄̇; gradients of γ and β for features first … last−1, added (one sum of the block: chains over
     * tokens, then lane tree). */
    void (*layer_forward)(const temper_layer_norm *);
    void (*layer_tangent)(const temper_layer_norm *);
    void (*layer_reverse)(const temper_layer_norm *);
    void (*layer_reverse_tangent)(const temper_layer_norm *);
    void (*layer_weigh)(const temper_layer_norm *, int64_t first, int64_t last);
    /* y, and ẏ, each unless its pointer is NULL; x̄, and x̄̇ likewise. */
    void (*attention_forward)(const temper_attention *);
    void (*attention_reverse)(const temper_attention *);

    /* gather: block[features][16] of sixteen rows; missing rows (NULL) become zeros; with shift and scale ([features], or both NULL)
     * numbers become (x − shift)·scale. rows: back again, from features that lie `step` apart, so that feature f of lane l lies at
     * rows[l·row + f/16·panel + f%16]; the features up to the next multiple of 16 are zeros. */
    void (*gather)(const float *const rows[LANES], int64_t features, const float *shift, const float *scale,
                   real *block);
    void (*rows)(const real *block, int64_t features, ptrdiff_t step, real *rows, ptrdiff_t row,
                 ptrdiff_t panel);

    /* Standard normals number first … first+n−1 of the sequence (of, purpose, step), any n; `first` is a multiple of 16. Number 16t + j
     * and 16t + 8 + j are the pair of Box–Muller from words 16t + j (radius) and 16t + 8 + j (angle): normals_body.h. */
    void (*normals)(temper_stream of, temper_purpose purpose, int64_t step, int64_t first, int64_t n,
                    real *out);

    /* Updates of θ[n] (any n): see update_body.h for the formula of each. */
    void (*update_sgd)(const temper_update *, int64_t n, const real *grad, real *theta, real *momentum,
                       temper_sums *);
    void (*update_adam)(const temper_update *, int64_t n, const real *grad, real *theta, real *m, real *v,
                        temper_sums *);
    void (*update_baoab)(const temper_update *, int64_t n, const real *grad, real *theta, real *p,
                         temper_sums *);
    double (*dot)(int64_t n, const real *x,
                  const real *y);                 /* chunks of 4096, lanes of 16, fixed tree, in double */
    bool (*all_finite)(int64_t n, const real *x); /* no infinity, no NaN */

    /* Places near θ, any n: places_body.h. */
    double (*steepness)(int64_t n, const real *theta, const real *g, real floor);
    void (*climb)(int64_t n, real a, const real *theta, const real *g, real *out);
    void (*climb_scaled)(int64_t n, real a, real floor, const real *theta, const real *g, real *out);
    void (*scatter)(const temper_exploration *, int64_t n, bool relative, const real *theta, real *out);
    void (*explore)(const temper_exploration *, int64_t n, const temper_places *);
    /* base + a·d and what follows a first layer: the larger of that and 0 (n a multiple of 16); or of each window of a block: mix_body.h. */
    void (*climb_rectified)(int64_t n, real a, const real *base, const real *d, real *out);
    void (*climb_pool)(const temper_pool *, real a, const real *base, const real *d, bool rectified,
                       real *out);

    /* Gaussian weights N(μ, V), V = e^{2ρ}; variational_body.h. deviate: y += s·noise, ratio = noise/s (0 where s is 0), s = √variance;
     * n a multiple of 16, ratio may be the variance. The others take any n: V of ρ; KL from N(0, prior) in double, summed as in dot;
     * g ← V (g + a) − b. */
    void (*deviate)(int64_t n, const real *noise, const real *variance, real *y, real *ratio);
    void (*variances)(int64_t n, const real *rho, real *V);
    double (*divergence)(int64_t n, const real *mu, const real *rho, const real *V, double prior);
    void (*relax)(int64_t n, const real *V, double a, double b, real *g);
} REAL(temper_net_kernels);
#define temper_net_kernels REAL(temper_net_kernels)

/* The table of the level in use (temper_cpu_level); f64 has only the reference. */
const temper_net_kernels *REAL(temper_net_kernel)(void);
/* The table of one level, for tests. */
const temper_net_kernels *REAL(temper_net_kernel_of)(int level);
#define temper_net_kernel    REAL(temper_net_kernel)
#define temper_net_kernel_of REAL(temper_net_kernel_of)

#endif
