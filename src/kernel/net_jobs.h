/* What the kernels of networks are asked to do: one struct for each job that needs more than a few numbers. */
#ifndef TEMPER_KERNEL_NET_JOBS_H
#define TEMPER_KERNEL_NET_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "kernel/real.h"
#include "temper/stream.h"

/* C(i, j) = start + Σ_k A(i, k) B(k, j), for i < m, j < n. Column j lies in block j/16, lane j%16. B is read in whole blocks: what
 * lies in the lanes from n on must be there, whatever it is. Nothing is written there in C. No alignment is asked for. */
typedef struct {
    int64_t m, n, k;
    const real *
        a; /* A(i, k) = a[i·a_row + (k / a_inner)·a_outer + (k % a_inner)·a_k]; a_inner = 0: a[i·a_row + k·a_k] */
    ptrdiff_t a_row, a_k, a_inner, a_outer;
    const real *b; /* B(k, j) = b[(j/16)·b_block + k·b_k + j%16] */
    ptrdiff_t b_block, b_k;
    real *c; /* C(i, j) = c[(j/16)·c_block + i·c_row + j%16] */
    ptrdiff_t c_row, c_block;
    const real *bias; /* [m], the start of each row's chain, or NULL */
    bool add;         /* the chain starts at C (bias is NULL) */
} temper_matmul;

typedef struct
{ /* a convolution; weights w[channels][kernel_h][kernel_w][filters]; taps outside the image are left out of all sums */
    int channels, height, width, filters, kernel_h, kernel_w, stride, pad, out_h, out_w;
} temper_conv;

typedef struct { /* windows of size_h × size_w at `stride`, no padding: out = (in − size)/stride + 1 */
    int64_t channels;
    int height, width, size_h, size_w, stride;
} temper_pool;

typedef enum { /* pointwise functions; `slope` is that of the leaky part */
               TEMPER_RECTIFIER,
               TEMPER_LEAKY,
               TEMPER_TANH,
               TEMPER_SIGMOID,
               TEMPER_GELU, /* x Φ(x), exact, not the tanh form */
               TEMPER_SILU,
               TEMPER_SOFTPLUS,
               TEMPER_POINTWISE_KINDS
} temper_pointwise;

typedef struct { /* out (+)= constant + factor[0]·(row[0] − shift) + Σ_{0<j<terms} factor[j]·row[j] */
    int terms;   /* 1 … 4 */
    const real *row[4];
    real factor[4], shift, constant, *out;
    bool add;
} temper_combination;

typedef struct
{ /* layer norm of one block [features][tokens][16]: y = γ x̂ + β, x̂ = (x − mean)·r over features */
    int64_t features, tokens;
    real epsilon;
    const real *x, *x_dot, *gain, *bias, *gain_dot, *bias_dot, *g, *g_dot; /* g = ȳ */
    real *y, *y_dot, *x_bar, *x_bar_dot;
    real *mean, *r, *mean_dot, *q; /* [tokens][16] each, made by the forward functions */
    real *gain_bar, *bias_bar, *gain_bar_dot, *bias_bar_dot;
    bool add;      /* to x_bar and x_bar_dot */
    real *scratch; /* [4][tokens][16] */
} temper_layer_norm;

typedef struct
{ /* attention of one block; see attention_body.h. x is q, k, v, each [heads][width][tokens][16] */
    int64_t heads, width, tokens;
    const real *x, *x_dot, *g, *g_dot; /* g = ȳ */
    real *y, *y_dot, *x_bar, *x_bar_dot;
    bool add;      /* to x_bar and x_bar_dot */
    real *scratch; /* [32 tokens + 8 width][16] */
} temper_attention;

enum { TEMPER_UPDATE_CHUNK = 4096 };
typedef struct { /* one elementwise update of θ with all that it needs; see update_body.h */
    double rate, momentum, dampening, decay, noise; /* noise: standard deviation of what each step adds */
    bool nesterov;
    double beta1, beta2, epsilon, correction1, correction2; /* adam; correction = 1 − β^t */
    bool decoupled;                                         /* adamw: decay acts on θ itself */
    double drift, keep;                                     /* baoab: h/2, e^{−γh} */
    temper_stream stream;                                   /* of the noise */
    int64_t step, first; /* first: place in θ of the array's first element, a multiple of 4 */
} temper_update;

typedef struct { /* sums over all elements, in double: chunks of 4096, joined by a fixed binary tree */
    double theta_grad, grad_grad, memory_memory, theta_theta;
} temper_sums;

/* Langevin dynamics about θ with d = place − θ: d ← d − rate (g + pull·d) + noise·ξ, and the mean m ← m + fresh (d − m), both from 0.
 * Then place = θ + d, or (last) g ← −m/reach. ξ: places_body.h. */
typedef struct {
    double rate, pull, noise, fresh, reach;
    bool first, last; /* first: m and place are not read; last: they are not written */
    temper_stream stream;
    int64_t step, from; /* from: place in θ of the arrays' first element, a multiple of 64 */
} temper_exploration;

typedef struct {
    const real *theta;
    real *grad, *place, *m;
} REAL(temper_places);
#define temper_places REAL(temper_places)

#endif
