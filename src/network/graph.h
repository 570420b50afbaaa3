/* graph: a network as a tape of nodes in the order of their evaluation, and where everything of it lies.
 *
 * Values are blocks of sixteen samples (kernel/net.h). A node's numbers for block b begin at value + b·features·16. The
 * parameters of all nodes are one vector θ, [in][out] for dense and [channels][kernel_h][kernel_w][filters] for convolutions:
 * the index that is summed over in the forward sweep comes first. What a batch norm has measured on the training set
 * is a second vector, `statistics`, which is not learned by gradients.
 *
 * Every op is dual numbers: forward carries values and, where there are tangents, tangents; reverse carries adjoints and
 * their tangents. Gradient: reverse without tangents. Jacobian times vector: forward with tangents. Hessian times v: forward
 * with tangents (v on θ, 0 on data), then reverse with tangents; the answer is the tangent of the gradient. Where values and adjoints are
 * known from before, the tangents alone are swept: two thirds of the work. */
#ifndef TEMPER_NETWORK_GRAPH_H
#define TEMPER_NETWORK_GRAPH_H

#include <stdbool.h>
#include <stdint.h>
#include "kernel/net.h"
#include "temper/network.h"

enum { NET_INPUTS = 3, NET_NODES = 1024 };

typedef struct { /* of one sample; a sequence of T tokens of width d is d × 1 × T; a vector is d × 1 × 1 */
    int64_t channels, height, width;
} net_shape;

struct net_op;
typedef struct net_node {
    const struct net_op *op;
    int number; /* place on the tape */
    int in[NET_INPUTS], inputs;
    bool first
        [NET_INPUTS]; /* this node is the first on the way back to write the adjoint of that input: stores, else adds */
    bool needed[NET_INPUTS];       /* does that input have an adjoint at all (the data has none)? */
    bool data_tangent[NET_INPUTS]; /* can that input have a tangent (false: it is data, its tangent is 0)? */
    net_shape shape;
    int64_t features;                      /* channels·height·width */
    int64_t weight, weights, bias, biases; /* place and length in θ; length 0: none */
    int64_t fan_in, fan_out;               /* for initialisers */
    int64_t statistic, statistics;         /* place and length in the statistics vector */
    int64_t kept; /* reals per block that forward leaves for reverse, beside the value */
    int64_t
        shared; /* reals for the whole batch, beside the blocks: batch means and the like (batch norm: mean[channels], variance[channels], …) */
    int64_t scratch; /* reals of working memory, one per worker */
    bool
        in_place; /* the value lies where the first input's lay (planned for pointwise nodes whose slope is from_output) */
    /* options of the layer, as far as it has them */
    temper_pointwise pointwise;
    int size, stride, pad, heads, vocabulary;
    bool plain;         /* dense, conv: without a bias, as where the norm after it has one */
    double slope, rate; /* leaky ReLU; dropout */
    temper_conv conv;
} net_node;

typedef struct REAL(net_run) net_run;

/* A share of the work on a node's weight gradient: its rows (or channels, or what the op likes) part of parts, disjoint and
 * together all of them, for the blocks first … last−1. The engine starts grad at 0 and calls in ascending order of blocks;
 * `first` is even, and so is `last` unless it ends the batch. Chains continue from what is in grad (matmul with add), sums in chunks
 * take two blocks at a time: then neither the cut into blocks nor the number of parts shows in the bits of grad. Cuts of grad_dot, where
 * two products meet in one sum, are a function of the graph alone. */
typedef struct {
    int64_t first, last;
    int part, parts;
} net_share;

typedef struct net_op { /* functions may be NULL where there is nothing to do */
    const char *name, *brief;
    /* Options and inputs are filled in: checks them in words, sets shape, lengths of parameters, kept, shared, scratch. */
    temper_status (*shape)(const net_node *const *inputs, net_node *node);
    void (*forward)(const net_node *, net_run *, int64_t first, int64_t last,
                    real *scratch); /* blocks first … last−1 */
    void (*reverse)(const net_node *, net_run *, int64_t first, int64_t last,
                    real *scratch); /* adjoints of the inputs */
    /* Adds to grad (and grad_dot) what blocks share.first … share.last−1 give to this share of the node's parameters; see
     * net_share. */
    void (*weigh)(const net_node *, net_run *, net_share share, real *scratch);
    /* weigh of the first blocks of the batch (net_begins) stores: nothing need be in grad and grad_dot before. */
    bool stores;
    /* For ops that couple samples: once, alone, when the input is there for all blocks, before forward (and, with the adjoint of the
     * node, before reverse and weigh). Called in every mode; the op looks at training and statistics itself. */
    void (*collect)(const net_node *, net_run *);
    void (*collect_reverse)(const net_node *, net_run *);
    double (*flops)(const net_node *); /* of the forward pass, per sample; a fused multiply-add is two */
    const struct net_op *drawn;        /* the same with Gaussian weights (variational.h) */
    const struct net_op *frozen;       /* the same without collect: coupled by nothing when not training */
} net_op;

typedef struct net_graph {
    int nodes; /* node 0 is the data, the last node gives the outputs of the network (logits, means, …) */
    net_node node[NET_NODES];
    int64_t parameters, statistics;
    bool coupled; /* some op couples the samples of a batch */
} net_graph;

struct REAL(net_run) { /* one evaluation of a batch; made by the executor, seen by ops */
    const net_graph *graph;
    const temper_net_kernels *kernel;
    int64_t
        offset; /* block 0 of this run is block `offset` of the batch: draws are addressed by 16·(offset + b) + lane */
    int64_t blocks,
        samples;   /* samples ≤ 16·blocks; the lanes beyond hold zeros as data and get zero adjoints */
    bool training; /* dropout on, batch statistics; false: none, `statistics` */
    bool tangents; /* the _dot half is there */
    bool known; /* with tangents: all of the other half is there already and stays as it is (grad is NULL) */
    const real *theta, *theta_dot;
    real *grad, *grad_dot;
    real *statistics; /* read when not training; NULL: batch statistics all the same (frozen batch) */
    real *
        measured; /* unless NULL, collect adds weight·(batch statistics) of its node to measured[node->statistic …] */
    double weight;
    real **value, **value_dot, **adjoint,
        **adjoint_dot;                               /* [nodes]; value_dot[0] is NULL: data has no tangent */
    real **kept, **kept_dot, **shared, **shared_dot; /* [nodes] */
    temper_stream stream;                            /* of dropout */
    int64_t step;
};

/* Is this the share that ops with `stores` begin their gradient with? */
static inline bool net_begins(const net_run *run, const net_share *share) {
    return run->offset + share->first == 0;
}

/* Where the numbers of block b of a node lie. */
static inline real *net_at(real *base, const net_node *node, int64_t b) {
    return base + b * node->features * LANES;
}

/* The ops, one per file or family; NULL ends. The graph text names them. */
#define net_ops REAL(net_ops)
extern const net_op *const net_ops[];

#endif
