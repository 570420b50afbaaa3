/* The table of all ops. */
#include "network/ops.h"

const net_op *const net_ops[] = {&REAL(net_op_dense),
                                 &REAL(net_op_conv),
                                 &REAL(net_op_max_pool),
                                 &REAL(net_op_avg_pool),
                                 &REAL(net_op_global_pool),
                                 &REAL(net_op_pointwise),
                                 &REAL(net_op_batch_norm),
                                 &REAL(net_op_layer_norm),
                                 &REAL(net_op_dropout),
                                 &REAL(net_op_add),
                                 &REAL(net_op_flatten),
                                 &REAL(net_op_tokens),
                                 &REAL(net_op_position),
                                 &REAL(net_op_shortcut),
                                 &REAL(net_op_attention),
                                 &REAL(net_op_embedding),
                                 NULL};
