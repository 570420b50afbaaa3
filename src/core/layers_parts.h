/* What the files of layers share: where things lie in a flock, and fields of layers. */
#ifndef TEMPER_CORE_LAYERS_PARTS_H
#define TEMPER_CORE_LAYERS_PARTS_H

#include "core/layers.h"

enum { LAYERS_LANES = 16 };

static inline int64_t layers_blocks(int64_t chains) { return (chains + LAYERS_LANES - 1) / LAYERS_LANES; }

typedef struct { /* where the numbers of a flock lie: [blocks][width][16] of each layer */
    int64_t blocks;
    float *s[TEMPER_LAYERS_MAX];    /* states */
    float *mean[TEMPER_LAYERS_MAX]; /* of hidden layers */
    float *x;                       /* [blocks][widest][16] fields */
    float *panel;                   /* [widest, up to a multiple of 16][blocks][16] chains as rows */
    float *column;                  /* [blocks][16][16] weights of chains, in lane 0 */
    double *sums;                   /* [blocks][widest][16] fields in double */
} layers_view;

layers_view temper_layers_view_of(const temper_layers *of, const temper_flock *flock);

/* Fields of layer l for blocks first … last−1, from what lies at value[l − 1] and value[l + 1], at `place`. */
typedef struct {
    const temper_layers *of;
    const temper_place *place;
    float *const *value;
    float *x;
} layers_fields;
void temper_layers_field(const layers_fields *f, int l, int64_t first, int64_t last);

/* Blocks of chains in an item of work: few enough that all threads have some. Results don't depend on it. */
int64_t temper_layers_group(int64_t blocks);

/* Means of odd hidden layers given the even ones of the state; or, with rounds > 0, the mean field of all hidden layers. */
void temper_layers_means(const temper_layers *of, const temper_flock *flock, int64_t rounds);

#endif
