/* probe_parts: what a probe holds, and what is done to the outputs between the way ahead and the way back. */
#ifndef TEMPER_NETWORK_PROBE_PARTS_H
#define TEMPER_NETWORK_PROBE_PARTS_H

#include "network/feed.h"
#include "network/needle.h"
#include "network/network.h"
#include "temper/probe.h"

typedef enum {              /* one pass over all chunks */
               NET_BEND,    /* Hessian times v */
               NET_SQUEEZE, /* JᵀΛJ v, Λ the curvature of the loss in the outputs */
               NET_PROJECT, /* Σ g (g·v) over rows, g the slope of a row's loss */
               NET_SLOPE,   /* the slope itself */
               NET_LIFT,    /* Jᵀu */
               NET_SPREAD   /* Jv */
} net_stroke;

typedef struct { /* a chunk of rows, and the point there */
    net_tray tray;
    float *input;
    char *groups;
} net_place;

typedef struct { /* a thread's */
    net_needle *needle;
    net_place own; /* for chunks that are not kept: one group at a time */
    float *part;   /* [room][P] sums of a chunk: of all seats that share it */
} net_seat_of_probe;

struct temper_probe {
    temper_potential *potential;
    const net_problem *problem; /* the potential's */
    const net_graph *graph;
    net_loss loss;
    temper_curvature kind;
    temper_stream stream;
    net_needle_plan plan;
    int64_t P, outputs, chunk, chunks, kept;
    int64_t room; /* vectors that are swept together */
    int workers;  /* chunks side by side */
    int across; /* seats that share a chunk, each with some of the vectors: where all points are kept, and threads are left */
    float *theta, *mean;     /* [P]: θ; ∇L without the prior, for the covariance */
    float *lifted;           /* [room][P] Jᵀu, for the NTK */
    net_place *place;        /* [kept] */
    char *points;            /* their memory */
    net_seat_of_probe *seat; /* [workers] */
};

/* network_probe_outputs.c: the adjoint of the outputs of the group for NET_PROJECT and NET_SLOPE, from z and ż. row: [samples of the
 * chunk] rows of the data; drawn: labels (targets) come from the forecast. */
void net_probe_project(const temper_probe *probe, net_needle *needle, const net_seen *seen,
                       const int64_t *row);
void net_probe_slope(const temper_probe *probe, net_needle *needle, const net_seen *seen);
/* Rows [samples][outputs] of the chunk to adjoints of the group, and tangents of the group to such rows. */
void net_probe_lift(const net_needle *needle, const float *rows);
void net_probe_spread(const net_needle *needle, float *rows);

/* network_probe_sweep.c: one pass over all chunks with m ≤ room vectors v; fills out[m][P] (NET_SPREAD: out[m][rows·outputs]). */
void net_probe_pass(temper_probe *probe, net_stroke stroke, int64_t m, const float *v, float *out);
/* sum (+)= weight·part, for any n. */
void net_probe_add(float *sum, const float *part, float weight, int64_t n, bool first);
/* Fills the points that are kept. */
void net_probe_keep(temper_probe *probe);

#endif
