/* pointwise: y = f(x), number by number: relu, leaky, tanh, sigmoid, gelu, silu, softplus. As dual numbers
 *
 *     ẏ = f'(x) ẋ,     x̄ = f'(x) ȳ,     x̄̇ = f'(x) ȳ̇ + f''(x) ẋ ȳ.
 *
 * Where y says all that f' and f'' need, the value may have overwritten the input (in_place), and y serves as x. The tangent may
 * have overwritten ẋ where f'' = 0. The kernels do the arithmetic; a range of blocks is one row of numbers. */
#include <string.h>
#include "network/ops.h"
#include "temper/status.h"

static temper_status shape(const net_node *const *inputs, net_node *node) {
    if (!(node->slope >= 0 && node->slope <= 1))
        return temper_fail(TEMPER_BAD_OPTION, "leaky: slope=%g, it must be between 0 and 1", node->slope);
    node->shape = inputs[0]->shape;
    node->features = inputs[0]->features;
    return TEMPER_OK;
}

typedef struct { /* numbers of blocks first … last−1 */
    int64_t n;
    real *x, *x_dot, *y, *y_dot, *x_bar, *x_bar_dot, *y_bar, *y_bar_dot;
} span;

static real *part(real **arrays, int number, int64_t from) {
    return arrays && arrays[number] ? arrays[number] + from : NULL;
}

static span span_of(const net_node *node, const net_run *run, int64_t first, int64_t last) {
    int64_t from = first * node->features * LANES;
    int in = node->in[0], out = node->number;
    return (span){(last - first) * node->features * LANES, part(run->value, in, from),
                  part(run->value_dot, in, from),          part(run->value, out, from),
                  part(run->value_dot, out, from),         part(run->adjoint, in, from),
                  part(run->adjoint_dot, in, from),        part(run->adjoint, out, from),
                  part(run->adjoint_dot, out, from)};
}

static void forward(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    span s = span_of(node, run, first, last);
    real leak = (real)node->slope;
    (void)scratch;
    if (!run->known) run->kernel->value(node->pointwise, leak, s.n, s.x, s.y);
    if (!run->tangents) return;
    if (node->data_tangent[0])
        run->kernel->slope(node->pointwise, leak, s.n, s.x, s.y, s.x_dot, s.y_dot, false);
    else
        memset(s.y_dot, 0, (size_t)s.n * sizeof *s.y_dot);
}

/* The tangent first: it reads ȳ, which x̄ may overwrite. */
static void reverse(const net_node *node, net_run *run, int64_t first, int64_t last, real *scratch) {
    span s = span_of(node, run, first, last);
    real leak = (real)node->slope;
    bool add = !node->first[0];
    (void)scratch;
    if (!node->needed[0]) return;
    if (run->tangents) {
        run->kernel->slope(node->pointwise, leak, s.n, s.x, s.y, s.y_bar_dot, s.x_bar_dot, add);
        if (node->data_tangent[0])
            run->kernel->bend(node->pointwise, leak, s.n, s.x, s.y, s.x_dot, s.y_bar, s.x_bar_dot);
    }
    if (!run->known) run->kernel->slope(node->pointwise, leak, s.n, s.x, s.y, s.y_bar, s.x_bar, add);
}

static double flops(const net_node *node) { return (double)node->features; }

const net_op REAL(net_op_pointwise) = {
    .name = "pointwise",
    .brief = "relu, leaky, tanh, sigmoid, gelu, silu, softplus of each number",
    .shape = shape,
    .forward = forward,
    .reverse = reverse,
    .flops = flops,
};
