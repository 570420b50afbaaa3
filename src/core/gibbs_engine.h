/* What the files of the Gibbs engine share (core/gibbs.h): the engine itself and how it cuts up the memory of a flock. */
#ifndef TEMPER_CORE_GIBBS_ENGINE_H
#define TEMPER_CORE_GIBBS_ENGINE_H

#include "core/gibbs.h"
#include "kernel/gibbs.h"

struct temper_gibbs {
    gibbs_weights w;
    const temper_gibbs_kernels *kernel;
    float *b, *c;                 /* [Vp] and [Hp], padded with zeros */
    float *mu, *gain_b, *row_dot; /* [Vp] of an update */
    float *lambda, *gain_c;       /* [Hp] */
    float *column_dot, *most;     /* [Vp/64][Hp], [Vp/64] */
};

typedef struct { /* the scratch of a flock */
    int64_t chains, blocks, Cp;
    uint8_t *v; /* its state */
    float *visible_bias, *hidden_bias;
    double *linear[2], *hidden[2], *out[2];
    int32_t *sum, *on;
    uint8_t *h, *room, *M, *A;
} gibbs_desk;

gibbs_desk temper_gibbs_desk_of(const temper_gibbs *g, const temper_flock *flock);
/* The laws of both layers at a place, written to the flock's scratch. */
void temper_gibbs_laws(const temper_gibbs *g, const gibbs_desk *desk, const temper_place *at,
                       gibbs_law *hidden, gibbs_law *visible);
/* Hidden means of the chains 0 … n−1, with counts of units that are on, at the flock's place. */
void temper_gibbs_take_means(const temper_gibbs *g, const temper_flock *flock, int64_t n, bool minus);
/* work(context, first block, blocks) on all blocks of a flock, in groups that share weights in cache. */
typedef void (*gibbs_work)(const void *context, int64_t first, int64_t blocks);
void temper_gibbs_spread(int64_t blocks, gibbs_work work, const void *context);
/* The exponent of 2 by which weights up to `most` fill 16 bits. */
int temper_gibbs_exponent(float most);
void temper_gibbs_pack_all(temper_gibbs *g, const float *theta);

#endif
