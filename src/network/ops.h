/* ops: everything a layer can be. The table net_ops (graph.h) lists them for the reader of model texts. */
#ifndef TEMPER_NETWORK_OPS_H
#define TEMPER_NETWORK_OPS_H

#include "network/variational.h"

/* dense.c, convolution.c, pooling.c, pointwise.c */
extern const net_op REAL(net_op_dense);
extern const net_op REAL(net_op_conv);
extern const net_op REAL(net_op_max_pool);
extern const net_op REAL(net_op_avg_pool);
extern const net_op REAL(net_op_global_pool);
extern const net_op REAL(net_op_pointwise);
/* norms.c, dropout.c */
extern const net_op REAL(net_op_batch_norm);
extern const net_op REAL(net_op_layer_norm);
extern const net_op REAL(net_op_dropout);
/* joints.c: shapes and sums */
extern const net_op REAL(net_op_add);
extern const net_op REAL(net_op_flatten);
extern const net_op REAL(net_op_tokens);
extern const net_op REAL(net_op_position);
/* shortcut.c */
extern const net_op REAL(net_op_shortcut);
/* attention.c, embedding.c */
extern const net_op REAL(net_op_attention);
extern const net_op REAL(net_op_embedding);

/* The tangent of an input; NULL where it is data, whose tangent is 0, or where there are no tangents. */
static inline const real *net_tangent(const net_node *node, const net_run *run, int input) {
    return run->tangents && node->data_tangent[input] ? run->value_dot[node->in[input]] : NULL;
}

/* Samples in block b: 16, but for the last one. */
static inline int net_lanes(const net_run *run, int64_t b) {
    int64_t left = run->samples - b * LANES;
    return left >= LANES ? LANES : left > 0 ? (int)left : 0;
}

#endif
