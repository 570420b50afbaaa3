/* engine: runs a graph. All memory is laid out once by the plan; an engine lives in memory that its caller gives it.
 *
 * A sweep goes over the tape in segments. Within a segment no sample meets another, so groups of blocks run through all of
 * its nodes while they are warm; an op that couples samples (batch norm) ends a segment. Weight gradients continue the chain of
 * the group before, or are shared out by rows of the weight when several threads work on one batch: the same bits. */
#ifndef TEMPER_NETWORK_ENGINE_H
#define TEMPER_NETWORK_ENGINE_H

#include "network/graph.h"
#include "temper/status.h"

typedef struct { /* a loss on the outputs of a network */
    temper_loss kind;
    int64_t outputs; /* of the network */
    double smoothing, confidence;
} net_loss;

typedef struct { /* the samples of one evaluation, already in blocks */
    int64_t samples;
    const int32_t *y; /* [samples] labels, or NULL */
    const double *t;  /* [samples][targets] scaled targets, or NULL */
    bool training;
    real *statistics; /* as in net_run */
    temper_stream stream;
    int64_t step;
} net_batch;

#define net_engine REAL(net_engine)
typedef struct net_engine net_engine;

typedef struct { /* bytes; printed by describe --plan */
    size_t values, adjoints, kept,
        scratch;  /* of all nodes together (values: with the data), of all workers */
    size_t total; /* memory used twice is counted once */
} net_plan;

/* What an engine for batches of up to `blocks` blocks needs. learning: with adjoints; tangents: with the second half. */
#define net_engine_plan REAL(net_engine_plan)
void net_engine_plan(const net_graph *graph, int64_t blocks, bool learning, bool tangents, int threads,
                     net_plan *plan);
/* Lays an engine out in memory[plan.total], 64-byte aligned. Nothing to release. */
#define net_engine_place REAL(net_engine_place)
net_engine *net_engine_place(void *memory, const net_graph *graph, int64_t blocks, bool learning,
                             bool tangents, int threads);
/* The data blocks to fill before a run: [blocks][features][16]. Lanes beyond the samples must be zero. */
#define net_engine_input REAL(net_engine_input)
real *net_engine_input(net_engine *engine);

/* Mean loss; gradient of it (fills grad, unless NULL). losses: [samples] single losses, or NULL. */
#define net_gradient REAL(net_gradient)
double net_gradient(net_engine *engine, const net_loss *loss, const net_batch *batch, const real *theta,
                    real *grad, double *losses);
/* The same and Hv = ∇²(mean loss)·v. */
#define net_curve REAL(net_curve)
double net_curve(net_engine *engine, const net_loss *loss, const net_batch *batch, const real *theta,
                 const real *v, real *grad, real *Hv);
/* Outputs as rows [samples][outputs]. */
#define net_outputs REAL(net_outputs)
void net_outputs(net_engine *engine, const net_batch *batch, const real *theta, real *out);
/* Each sample's loss and its gradient with respect to the data: rows [samples][features]. For a graph that net_open has opened, in an
 * engine that learns, without tangents. losses: [samples], or NULL. */
#define net_slopes REAL(net_slopes)
void net_slopes(net_engine *engine, const net_loss *loss, const net_batch *batch, const real *theta,
                real *out, double *losses);
/* wiring.c: makes *open of a graph, the same where data have adjoints as well, and where batch norms are frozen: not for training. False:
 * the data are numbers of tokens, from which no slope comes. */
#define net_open REAL(net_open)
bool net_open(const net_graph *graph, net_graph *open);
/* wiring.c: *frozen is the graph where batch norms are constants, so that nothing couples: not for training. */
#define net_freeze REAL(net_freeze)
void net_freeze(const net_graph *graph, net_graph *frozen);
/* Runs the batch with batch statistics and adds them, times weight, to statistics[graph->statistics]. */
#define net_measure REAL(net_measure)
void net_measure(net_engine *engine, const net_batch *batch, const real *theta, double weight,
                 real *statistics);

/* losses.c: per-sample losses of blocks first … last−1, adjoint of z = (∂loss/∂z)·scale, tangents where z_dot is not NULL.
 * z_bar may be NULL: losses only. Lanes beyond batch->samples get zero adjoints and no loss. */
#define net_loss_blocks REAL(net_loss_blocks)
void net_loss_blocks(const net_loss *loss, const temper_net_kernels *kernel, const net_batch *batch,
                     int64_t first, int64_t last, const real *z, const real *z_dot, double scale, real *z_bar,
                     real *z_bar_dot, double *losses);

#endif
