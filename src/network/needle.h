/* needle: sweeps of tangents through a point that is known.
 *
 * A point is what an evaluation at θ leaves: the data, all values, what ops keep for the way back, and the adjoints of the loss. None of it
 * depends on a direction v. A needle is one thread's memory for tangents alone; it is put onto one group of blocks of a point after the
 * other (where batch norms couple the samples: onto the whole batch), and for each group pushes one direction after the other through it
 * while the point is warm. Sums over the groups of a batch go on in grad, or Hv, from group to group.
 *
 *     net_needle_fill            values, and adjoints if the point has any
 *     net_needle_ahead           ẏ of all nodes, from θ̇ = v
 *     net_needle_back            tangents of adjoints: Hv += …, after net_needle_bend has put the tangent of the loss's slope in its place
 *     net_needle_transpose       out += Jᵀ(adjoint_dot of the outputs)
 *
 * In float alone: the double engine is the judge. */
#ifndef TEMPER_NETWORK_NEEDLE_H
#define TEMPER_NETWORK_NEEDLE_H

#include "network/sweep.h"

typedef struct {
    size_t input, group;    /* bytes of the data of a batch, and of each group of a point */
    size_t needle;          /* bytes of a needle */
    int64_t groups, window; /* groups of a batch; blocks of each */
} net_needle_plan;

typedef struct {
    net_engine engine; /* its plain arrays are wherever the point is */
    size_t *place;     /* [NET_ARRAYS][nodes] of plain arrays in a group, in reals */
    real *bar;         /* [window][outputs][16] slopes of the loss that are there already and not wanted */
    int64_t groups, window;
} net_needle;

/* For batches of up to `blocks` blocks; adjoints: of the loss, for Hessians. */
void net_needle_lay_out(const net_graph *graph, int64_t blocks, bool adjoints, net_needle_plan *plan);
net_needle *net_needle_place(void *memory, const net_graph *graph, int64_t blocks, bool adjoints);

typedef struct { /* what a needle is put onto */
    const net_loss *loss;
    const net_batch *batch;
    const real *theta;
    real *input; /* of the batch */
} net_seen;

/* Onto group number g, in memory `point`. False: the batch has no such group. */
bool net_needle_set(net_needle *needle, const net_seen *seen, int64_t g, void *point);
void net_needle_fill(net_needle *needle, const net_seen *seen);
void net_needle_ahead(net_needle *needle, const net_seen *seen, const real *v);
void net_needle_bend(net_needle *needle, const net_seen *seen);
void net_needle_back(net_needle *needle, const net_seen *seen, const real *v, real *Hv);
void net_needle_transpose(net_needle *needle, const net_seen *seen, real *out);

/* The outputs of the group, their tangents, and where adjoints for net_needle_transpose go; blocks and samples of the group, and the sample
 * of the batch that its first one is. */
typedef struct {
    const real *z, *z_dot;
    real *bar, *slope; /* bar: the adjoints to give; slope: room for as many numbers */
    int64_t outputs, blocks, samples, first;
} net_needle_eye;
net_needle_eye net_needle_look(const net_needle *needle);

#endif
