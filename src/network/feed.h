/* feed: rows of a data set become blocks of sixteen samples. The only place that reads the data, from memory or from
 * their file. */
#ifndef TEMPER_NETWORK_FEED_H
#define TEMPER_NETWORK_FEED_H

#include "network/engine.h"
#include "network/look.h"

typedef struct { /* room for some samples */
    int64_t *row;
    int32_t *y;
    double *t;
    int workers;  /* threads that fill the blocks */
    float *read;  /* [workers][16][features], of rows that stay in their file */
    float *moved; /* [workers][16][features], of augmented images */
    real *noise;  /* [workers][features][16] */
} REAL(net_tray);
#define net_tray REAL(net_tray)

#define net_tray_bytes REAL(net_tray_bytes)
size_t net_tray_bytes(const net_problem *problem, int64_t n, int workers);
#define net_tray_place REAL(net_tray_place)
void net_tray_place(net_tray *tray, void *memory, const net_problem *problem, int64_t n, int workers);

/* Fills input, tray->y and tray->t with the n rows tray->row. look: whose augmentation, or NULL. */
#define net_feed REAL(net_feed)
void net_feed(const net_problem *problem, const temper_look *look, const net_tray *tray, int64_t n,
              real *input);

/* The order of all rows in an epoch: place[0 … n−1] is a permutation, shuffled by the words of TEMPER_FOR_MINIBATCH at step
 * `epoch`: for i = n−1 … 1 places i and temper_below(word i, i + 1) are exchanged. */
#define net_shuffle REAL(net_shuffle)
void net_shuffle(temper_stream stream, int64_t epoch, int32_t *place, int64_t n);

#endif
