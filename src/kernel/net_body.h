/* The network kernels, once; net_ref.c, net_avx2.c and net_avx512.c compile them each with its instruction set and give the
 * table a name. Every function here is static; arithmetic is IEEE with explicit fma, so every level has the same bits. */
#include "kernel/joiner.h"
#include "kernel/net.h"

/* VEC: sixteen lanes; the compiler lowers it to what the level has. */
typedef real VEC __attribute__((vector_size(LANES * sizeof(real))));

#include "kernel/wide_body.h"
#include "kernel/elementary_body.h"
#include "kernel/matmul_body.h"
#include "kernel/conv_body.h"
#include "kernel/pool_body.h"
#include "kernel/pointwise_body.h"
#include "kernel/norm_body.h"
#include "kernel/attention_body.h"
#include "kernel/rows_body.h"
#include "kernel/normals_body.h"
#include "kernel/update_body.h"
#include "kernel/variational_body.h"
#include "kernel/places_body.h"
#include "kernel/mix_body.h"

const temper_net_kernels NET_TABLE;
const temper_net_kernels NET_TABLE = {
    .matmul = matmul,
    .conv_scratch = conv_scratch,
    .conv_forward = conv_forward,
    .conv_data = conv_data,
    .conv_weights = conv_weights,
    .sum_samples = sum_samples,
    .value = value,
    .slope = slope,
    .bend = bend,
    .from_output = from_output,
    .pool_max = pool_max,
    .pool_take = pool_take,
    .pool_give = pool_give,
    .pool_mean = pool_mean,
    .pool_spread = pool_spread,
    .blend = blend,
    .multiply = multiply,
    .exp = exp_lanes,
    .log = log_lanes,
    .softmax = softmax,
    .moments = moments,
    .covary = covary,
    .combine = combine,
    .layer_forward = layer_forward,
    .layer_tangent = layer_tangent,
    .layer_reverse = layer_reverse,
    .layer_reverse_tangent = layer_reverse_tangent,
    .layer_weigh = layer_weigh,
    .attention_forward = attention_forward,
    .attention_reverse = attention_reverse,
    .gather = gather,
    .rows = rows,
    .normals = normals,
    .update_sgd = update_sgd,
    .update_adam = update_adam,
    .update_baoab = update_baoab,
    .dot = dot,
    .all_finite = all_finite,
    .steepness = steepness,
    .climb = climb,
    .climb_scaled = climb_scaled,
    .scatter = scatter,
    .explore = explore,
    .climb_rectified = climb_rectified,
    .climb_pool = climb_pool,
    .deviate = deviate,
    .variances = variances,
    .divergence = divergence,
    .relax = relax,
};
