/* look: one evaluation of a potential, from rows of data to energy and slope. feed.c and look.c are compiled in both precisions;
 * what they share is free of it. */
#ifndef TEMPER_NETWORK_LOOK_H
#define TEMPER_NETWORK_LOOK_H

#include "network/network.h"
#include "temper/potential.h"

enum { NET_CHUNK = 512 }; /* rows of a chunk where all are looked at */

typedef struct { /* a stretch of the parameters */
    int64_t from, length;
    bool drawn; /* their layer has a form with Gaussian weights */
} net_span;

typedef struct {
    temper_network_task task;
    const net_graph *drawn, *drawn_f64; /* with Gaussian weights, or NULL (then there is no `span` either) */
    const net_span *span;
    int spans;
    const net_graph *frozen, *frozen_f64; /* for whole looks, where norms are constants; or NULL */
    const float *statistics;              /* of these */
    const double *statistics_f64;
    int threads;     /* for chunks of a look at everything */
    int team;        /* for one minibatch: 1 where it is done before a second thread has come */
    int64_t batches; /* in an epoch */
    int64_t
        chunk; /* where samples are coupled by batch norms: as many as in a minibatch, and no more than that */
    int64_t targets;            /* numbers per target; 0: labels */
    const float *shift, *scale; /* [features] of the inputs, or NULL */
} net_problem;

/* Bytes of look->scratch for these questions. */
size_t net_look_bytes(const net_problem *problem, bool tangents);
size_t net_look_bytes_f64(const net_problem *problem, bool tangents);
/* u(θ). grad: ∇u, or NULL; with v (and grad): Hv = ∇²u·v. look->scratch: [net_look_bytes], zeroed before its first use. */
double net_look(const net_problem *problem, const temper_look *look, const float *theta, const float *v,
                float *grad, float *Hv);
double net_look_f64(const net_problem *problem, const temper_look *look, const double *theta, const double *v,
                    double *grad, double *Hv);
/* The graph with Gaussian weights: variational.h. */
void net_variational(const net_graph *plain, net_graph *drawn);
void net_variational_f64(const net_graph *plain, net_graph *drawn);
/* The graph with norms that are constants: wiring.c. */
void net_freeze(const net_graph *graph, net_graph *frozen);
void net_freeze_f64(const net_graph *graph, net_graph *frozen);
/* Cuts the parameters into stretches that are alike; returns how many. span: [spans], or NULL. */
int net_spans(const net_graph *graph, net_span *span);

#endif
