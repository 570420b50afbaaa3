/* scan_parts: what a scan of a plane knows of the network, and where one thread evaluates a chunk of rows at a point of it.
 *
 * Along a plane θ + Σ_k x_k d_k some nodes stand still: neither their parameters nor those of any node before them move. They are evaluated
 * once for each chunk of rows. A dense layer or a convolution that moves itself but reads a still node is *linear* in x,
 *
 *     y(x) = y(θ) + Σ_k x_k y_k,    y_k: the same layer with d_k for its parameters,
 *
 * so its products are made once as well (1 + axes of them), and a point costs a sum. All other nodes are *free*: evaluated at each point. */
#ifndef TEMPER_NETWORK_SCAN_PARTS_H
#define TEMPER_NETWORK_SCAN_PARTS_H

#include "network/feed.h"
#include "network/plan.h"
#include "temper/scan.h"

typedef enum {
    NET_STILL,
    NET_LINEAR,
    NET_FREE,
    NET_ABSORBED /* a function or a pool behind a linear node that nobody else reads: done with its sum */
} net_motion;

typedef struct
{ /* where a linear node's sum is made: at the node itself, or at the last of those it absorbed */
    bool here, pooled, rectified;
    int linear;
    temper_pool pool;
} net_joint;

typedef struct {     /* how much at once; no result depends on it but through `products` */
    size_t products; /* bytes of all products of a chunk: with more the scan is plain */
    size_t tallies;  /* bytes of the tallies of a wave */
    size_t seats;    /* bytes of all seats, as long as there are two of them */
    int64_t points;  /* of a stretch of the scan */
} net_scan_limits;

typedef struct { /* what all chunks and points have in common */
    const temper_scan *scan;
    const net_scan_limits *limits;
    const net_problem *problem;
    const net_graph *graph; /* norms frozen where there are statistics */
    net_loss loss;
    net_motion motion[NET_NODES];
    bool read[NET_NODES];                   /* a still node that others read: its value is kept */
    bool moves[NET_NODES][TEMPER_AXES_MAX]; /* d_k is not 0 on the node's parameters */
    net_joint joint[NET_NODES];
    int64_t rows; /* of a chunk: of the graph and the directions alone */
} net_plane;

/* base + Σ_k x_k direction[k], summed from the last axis down to the first, so that points that share their last coordinates share the
 * sums so far: level[k] holds them down to axis k. */
typedef struct {
    int node;
    int64_t n;                                      /* numbers; of a source: of one block */
    int low;                                        /* the first axis that has a direction, or −1 */
    const float *base, *direction[TEMPER_AXES_MAX]; /* NULL: this axis does not move it */
    float *level
        [TEMPER_AXES_MAX]; /* [low]: of weights, in θ at the point; of a source there is none, it is made group by group */
} net_mix;

typedef struct { /* a thread's */
    const net_plane *plane;
    net_engine *engine;
    net_tray tray;
    float *theta;             /* at the point */
    net_mix *weight, *source; /* of free nodes; values of still and linear nodes for the chunk */
    int weights, sources;
    int source_of[NET_NODES]; /* −1: none */
    double x[TEMPER_AXES_MAX];
    bool warm;      /* the levels are those of x */
    int64_t n;      /* rows of the chunk */
    double *losses; /* [rows] at the point */
    int64_t wrong;  /* rows at the point */
} net_seat;

/* temper_network_scan with other limits. */
temper_status net_scan_within(const temper_scan *scan, const temper_scanned *out,
                              const net_scan_limits *limits);

/* Finds what moves. The caller owns plane; its scan, limits, problem, graph and loss are there. */
void net_plane_find(net_plane *plane);

/* Bytes of a seat, and a seat in so many bytes, 64-byte aligned. */
size_t net_seat_bytes(const net_plane *plane);
net_seat *net_seat_place(void *memory, const net_plane *plane);
/* Rows from … from+n−1 of the task are the chunk. */
void net_seat_take(net_seat *seat, int64_t from, int64_t n);
/* Losses of the rows at x[axes]. */
void net_seat_look(net_seat *seat, const double *x);

#endif
