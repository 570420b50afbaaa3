/* dropout: in training each number is 0 with probability `rate`, else divided by 1 − rate, so that its mean stays
 * (inverted dropout: Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov 2014). Linear at a given mask.
 *
 * The word of number i of a batch's node, i = (16·block)·features + 16·feature + lane, has the address (run's stream, TEMPER_FOR_DROPOUT,
 * run's step, 2^32·node + i): the mask depends on neither threads nor the way in which a batch is cut. (2^40 words: beyond 2^32 numbers
 * in one node, masks of nodes begin to share words.) */
#include <string.h>
#include "kernel/kernel.h"
#include "network/ops.h"
#include "temper/status.h"

enum { PIECE = 1024 }; /* words at a time */

static temper_status shape(const net_node *const *inputs, net_node *node) {
    if (!(node->rate >= 0 && node->rate < 1))
        return temper_fail(TEMPER_BAD_OPTION, "dropout: rate=%g; legal is 0 ≤ rate < 1", node->rate);
    node->shape = inputs[0]->shape, node->features = inputs[0]->features;
    node->kept = node->features * LANES;
    return TEMPER_OK;
}

static void draw(const net_node *node, const net_run *run, int64_t first, int64_t last, real *mask) {
    uint32_t word[PIECE];
    const int64_t size = node->features * LANES, n = (last - first) * size;
    const int64_t address = ((int64_t)node->number << 32) + (run->offset + first) * size;
    const uint32_t lost = (uint32_t)(node->rate * 4294967296.0); /* words below it */
    const real gain = (real)(1 / (1 - node->rate));
    for (int64_t k = 0; k < n; k += PIECE) {
        int64_t count = n - k < PIECE ? n - k : PIECE;
        temper_kernel()->words(run->stream, TEMPER_FOR_DROPOUT, run->step, address + k, count, word);
        for (int64_t i = 0; i < count; i++) mask[k + i] = word[i] < lost ? 0 : gain;
    }
}

/* out (+)= mask ⊙ in */
static void apply(const net_node *node, const net_run *run, int64_t first, int64_t last,
                  const real *const in[2], real *const out[2], bool add) {
    const int64_t from = first * node->features * LANES, n = (last - first) * node->features * LANES;
    for (int dot = run->known; dot <= run->tangents; dot++) {
        real *to = out[dot] + from;
        if (!in[dot]) /* the tangent of data */
            memset(to, 0, (size_t)n * sizeof *to);
        else if (run->training)
            run->kernel->multiply(n, in[dot] + from, run->kept[node->number] + from, to, add);
        else if (add)
            run->kernel->blend(n, 1, in[dot] + from, 1, to, to);
        else
            memcpy(to, in[dot] + from, (size_t)n * sizeof *to);
    }
}

static void forward(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    const real *const in[2] = {run->value[node->in[0]], net_tangent(node, run, 0)};
    real *const out[2] = {run->value[node->number], run->tangents ? run->value_dot[node->number] : NULL};
    (void)scratch;
    if (run->training && !run->known)
        draw(node, run, first, last, run->kept[node->number] + first * node->kept);
    apply(node, run, first, last, in, out, false);
}

static void reverse(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    (void)scratch;
    if (!node->needed[0]) return;
    const int me = node->number, it = node->in[0];
    const real *const in[2] = {run->adjoint[me], run->tangents ? run->adjoint_dot[me] : NULL};
    real *const out[2] = {run->adjoint[it], run->tangents ? run->adjoint_dot[it] : NULL};
    apply(node, run, first, last, in, out, !node->first[0]);
}

static double flops(const net_node *node) { return (double)node->features; }

const net_op REAL(net_op_dropout) = {
    .name = "dropout",
    .brief = "in training, each number is 0 with probability `rate`",
    .shape = shape,
    .forward = forward,
    .reverse = reverse,
    .flops = flops,
};
