/* One op on random numbers, called as the engine calls it, without an engine. Included by the tests of both precisions.
 *
 * The tape is: node 0 (data, unused), one source per input, the op. A source has no op; its values are drawn. */
#ifndef TEMPER_OPS_HARNESS_H
#define TEMPER_OPS_HARNESS_H

#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "network/ops.h"

typedef struct {
    const char *op, *note;
    int64_t channels, height, width; /* of each input */
    int64_t samples;
    net_node options;
    enum {
        TRAINING,
        FROZEN,
        FIXED,
        CONSTANT
    } mode;    /* FIXED: with a statistics vector; CONSTANT: and the op that nothing couples */
    bool data; /* the input is data: no tangent, no adjoint */
} op_case;

/* Odd numbers of channels, stride, padding, tokens; 1 … 3 blocks of which the last is partly filled. */
static const op_case cases[] = {
    {"dense", "", 5, 1, 1, 16, {.shape = {7, 0, 0}}, TRAINING, false},
    {"dense", "sequence", 3, 1, 5, 37, {.shape = {4, 0, 0}}, TRAINING, false},
    {"dense", "large", 40, 1, 1, 35, {.shape = {33, 0, 0}}, TRAINING, false},
    {"dense", "many samples", 4, 1, 1, 300, {.shape = {3, 0, 0}}, TRAINING, false},
    {"dense", "many tokens", 3, 1, 19, 20, {.shape = {2, 0, 0}}, TRAINING, false},
    {"dense", "on data", 5, 1, 1, 20, {.shape = {3, 0, 0}}, TRAINING, true},
    {"conv", "", 3, 6, 5, 33, {.shape = {5, 0, 0}, .size = 3, .stride = 1, .pad = 1}, TRAINING, false},
    {"conv", "stride", 2, 7, 7, 16, {.shape = {3, 0, 0}, .size = 3, .stride = 2, .pad = 1}, TRAINING, false},
    {"conv", "1x1", 5, 4, 4, 20, {.shape = {18, 0, 0}, .size = 1, .stride = 2}, TRAINING, false},
    {"conv",
     "plain",
     1,
     8,
     8,
     40,
     {.shape = {6, 0, 0}, .size = 5, .stride = 1, .plain = true},
     TRAINING,
     false},
    {"conv", "on data", 2, 5, 5, 19, {.shape = {3, 0, 0}, .size = 3, .stride = 1}, TRAINING, true},
    {"max_pool", "", 3, 6, 4, 37, {.size = 2, .stride = 2}, TRAINING, false},
    {"max_pool", "overlap", 1, 7, 7, 16, {.size = 3, .stride = 2}, TRAINING, false},
    {"avg_pool", "", 3, 6, 4, 37, {.size = 2, .stride = 2}, TRAINING, false},
    {"avg_pool", "overlap", 2, 7, 5, 16, {.size = 3, .stride = 1}, TRAINING, false},
    {"global_pool", "", 3, 4, 3, 37, {0}, TRAINING, false},
    {"global_pool", "tokens", 5, 1, 7, 16, {0}, TRAINING, false},
    {"pointwise", "relu", 5, 1, 1, 37, {.pointwise = TEMPER_RECTIFIER}, TRAINING, false},
    {"pointwise", "leaky", 3, 2, 2, 37, {.pointwise = TEMPER_LEAKY, .slope = 0.1}, TRAINING, false},
    {"pointwise", "tanh", 3, 2, 2, 37, {.pointwise = TEMPER_TANH}, TRAINING, false},
    {"pointwise", "sigmoid", 3, 2, 2, 37, {.pointwise = TEMPER_SIGMOID}, TRAINING, false},
    {"pointwise", "gelu", 3, 2, 2, 37, {.pointwise = TEMPER_GELU}, TRAINING, false},
    {"pointwise", "silu", 3, 2, 2, 37, {.pointwise = TEMPER_SILU}, TRAINING, false},
    {"pointwise", "softplus", 3, 2, 2, 37, {.pointwise = TEMPER_SOFTPLUS}, TRAINING, false},
    {"dense", "plain", 5, 1, 1, 37, {.shape = {4, 0, 0}, .plain = true}, TRAINING, false},
    {"dense", "plain, of tokens", 5, 1, 6, 20, {.shape = {4, 0, 0}, .plain = true}, TRAINING, false},
    {"pointwise", "on data", 3, 2, 2, 37, {.pointwise = TEMPER_TANH}, TRAINING, true},
    {"batch_norm", "vector", 5, 1, 1, 37, {0}, TRAINING, false},
    {"batch_norm", "image", 3, 5, 3, 20, {0}, TRAINING, false},
    {"batch_norm", "large image", 1, 17, 17, 33, {0}, TRAINING, false},
    {"batch_norm", "on data", 3, 2, 2, 37, {0}, TRAINING, true},
    {"batch_norm", "frozen batch", 3, 3, 3, 37, {0}, FROZEN, false},
    {"batch_norm", "statistics", 3, 3, 3, 37, {0}, FIXED, false},
    {"batch_norm", "statistics on data", 3, 3, 3, 37, {0}, FIXED, true},
    {"batch_norm", "constants", 3, 3, 3, 37, {0}, CONSTANT, false},
    {"batch_norm", "constants, on data", 5, 1, 1, 37, {0}, CONSTANT, true},
    {"layer_norm", "vector", 7, 1, 1, 37, {0}, TRAINING, false},
    {"layer_norm", "sequence", 5, 1, 6, 16, {0}, TRAINING, false},
    {"layer_norm", "image", 4, 3, 2, 35, {0}, TRAINING, false},
    {"layer_norm", "on data", 5, 1, 3, 37, {0}, TRAINING, true},
    {"dropout", "", 5, 3, 1, 37, {.rate = 0.3}, TRAINING, false},
    {"dropout", "off", 5, 3, 1, 37, {.rate = 0.3}, FIXED, false},
    {"dropout", "on data", 5, 3, 1, 37, {.rate = 0.3}, TRAINING, true},
    {"add", "", 3, 2, 2, 37, {.inputs = 2}, TRAINING, false},
    {"flatten", "", 3, 2, 2, 37, {0}, TRAINING, false},
    {"tokens", "", 3, 2, 3, 37, {0}, TRAINING, false},
    {"tokens", "on data", 3, 2, 3, 37, {0}, TRAINING, true},
    {"shortcut", "", 3, 5, 4, 37, {.shape = {5, 0, 0}, .stride = 2}, TRAINING, false},
    {"shortcut", "zeros in front", 3, 5, 4, 37, {.shape = {8, 0, 0}, .stride = 2, .pad = 2}, TRAINING, false},
    {"position", "", 3, 1, 5, 37, {0}, TRAINING, false},
    {"position", "on data", 3, 1, 5, 37, {0}, TRAINING, true},
    {"attention", "1 head", 9, 1, 5, 37, {.heads = 1}, TRAINING, false},
    {"attention", "2 heads", 12, 1, 7, 16, {.heads = 2}, TRAINING, false},
    {"attention", "full tiles", 24, 1, 8, 20, {.heads = 2}, TRAINING, false},
    {"attention", "1 token", 6, 1, 1, 37, {.heads = 1}, TRAINING, false},
    {"embedding", "", 6, 1, 1, 37, {.shape = {3, 0, 0}, .vocabulary = 5}, TRAINING, true},
};
enum { CASES = sizeof cases / sizeof *cases };

typedef struct
{ /* a vector of everything that is differentiated: inputs and parameters, or of what comes back */
    real *x[2], *theta, *y;
} numbers;

typedef struct {
    const op_case *of;
    net_graph *graph;
    net_node *node;
    net_run run;
    int64_t blocks, in, out, parameters; /* sizes of an input, of the output, of θ */
    real *arrays[8][NET_INPUTS + 2];     /* of the run, by node */
    real *scratch, *statistics;
} bench;

/* What is run: the table of ops, the kernels, and the bytes of a number. A float program can so drive the ops of double: nodes, graphs
 * and runs have one layout in both precisions, as numbers lie behind pointers only. The harness itself touches numbers in put() alone. */
static const net_op *const *harness_ops = net_ops;
static const temper_net_kernels *harness_kernel; /* NULL: those in use */
static size_t harness_bytes = sizeof(real);

static void put(real *p, int64_t k, double v) {
    if (harness_bytes == sizeof(double))
        memcpy((char *)p + (size_t)k * sizeof v, &v, sizeof v);
    else
        ((float *)(void *)p)[k] = (float)v;
}

static void copy(real *to, const real *from, int64_t n) { memcpy(to, from, (size_t)n * harness_bytes); }

static real *room(int64_t n) {
    real *p = temper_alloc((size_t)n + LANES, harness_bytes);
    if (!p) exit(2);
    return p;
}

/* n normals, number k of this name, then NaN: parameters that are not there. Rounded to float, so that both precisions begin with the same. */
static real *draws(int64_t n, int64_t k) {
    real *p = room(n);
    for (int64_t i = 0; i < n; i++)
        put(p, i, (double)(float)temper_normal((temper_stream){.seed = 7}, TEMPER_FOR_TESTS, k, i));
    for (int64_t i = n; i < n + LANES; i++) put(p, i, NAN);
    return p;
}

static void fill(real *p, int64_t n, double with) {
    for (int64_t i = 0; i < n; i++) put(p, i, with);
}

static const net_op *op_named(const net_op *const *table, const char *name) {
    for (; *table; table++)
        if (!strcmp((*table)->name, name)) return *table;
    return NULL;
}

static void describe_node(const op_case *of, net_graph *graph, net_node *node) {
    for (int i = 0; i <= node->inputs; i++) {
        graph->node[i].number = i;
        graph->node[i].shape = (net_shape){of->channels, of->height, of->width};
        graph->node[i].features = of->channels * of->height * of->width;
    }
    for (int i = 0; i < node->inputs; i++) {
        node->in[i] = of->data ? 0 : i + 1;
        node->first[i] = true, node->needed[i] = node->data_tangent[i] = !of->data;
    }
}

/* false: this tree has no such op (yet). */
static bool bench_open(bench *u, const op_case *of) {
    *u = (bench){.of = of};
    const net_op *op = op_named(harness_ops, of->op);
    if (!op) return false;
    u->graph = temper_alloc(1, sizeof *u->graph);
    if (!u->graph) exit(2);
    int inputs = of->options.inputs ? of->options.inputs : 1;
    net_node *node = u->node = &u->graph->node[inputs + 1];
    *node = of->options;
    node->op = op, node->inputs = inputs, node->number = inputs + 1;
    u->graph->nodes = inputs + 2;
    describe_node(of, u->graph, node);
    const net_node *in[2] = {&u->graph->node[node->in[0]], &u->graph->node[node->in[1]]};
    temper_status bad = op->shape(in, node);
    CHECK(!bad, "%s %s: %s", of->op, of->note, temper_message());
    if (bad) return false;
    if (of->mode == CONSTANT) node->op = op->frozen;
    node->bias = node->weights;
    u->parameters = node->weights + node->biases;
    u->blocks = (of->samples + LANES - 1) / LANES;
    u->in = in[0]->features * LANES * u->blocks, u->out = node->features * LANES * u->blocks;
    u->scratch = room(node->scratch), u->statistics = room(node->statistics);
    for (int64_t k = 0; k < node->statistics; k++) put(u->statistics, k, 0.5 + 0.125 * (double)(k % 5));
    return true;
}

static void bench_close(bench *u) {
    temper_release(u->graph), temper_release(u->scratch), temper_release(u->statistics);
}

/* The pointers of a run. Sizes: kept is per block, shared once. Everything not yet computed is NaN: nobody may read it. */
static void attach(bench *u, bool tangents) {
    int me = u->node->number;
    real **a[8] = {u->arrays[0], u->arrays[1], u->arrays[2], u->arrays[3],
                   u->arrays[4], u->arrays[5], u->arrays[6], u->arrays[7]};
    int64_t own[8] = {
        u->out,          u->out,         u->out, u->out, u->node->kept * u->blocks, u->node->kept * u->blocks,
        u->node->shared, u->node->shared};
    for (int k = 0; k < 8; k++) u->arrays[k][me] = room(own[k]), fill(u->arrays[k][me], own[k], NAN);
    fill(u->scratch, u->node->scratch, NAN);
    u->run = (net_run){.graph = u->graph,
                       .kernel = harness_kernel ? harness_kernel : temper_net_kernel(),
                       .blocks = u->blocks,
                       .samples = u->of->samples,
                       .training = u->of->mode == TRAINING,
                       .statistics = u->of->mode >= FIXED ? u->statistics : NULL,
                       .tangents = tangents,
                       .value = a[0],
                       .value_dot = a[1],
                       .adjoint = a[2],
                       .adjoint_dot = a[3],
                       .kept = a[4],
                       .kept_dot = a[5],
                       .shared = a[6],
                       .shared_dot = a[7],
                       .stream = {.seed = 3},
                       .step = 5};
}

static void detach(bench *u) {
    for (int k = 0; k < 8; k++) temper_release(u->arrays[k][u->node->number]);
}

/* y = f(x, θ), and its tangent if `dot`: forward in two calls, so that blocks are seen to be independent. */
static void forward(bench *u, const numbers *at, const numbers *dot) {
    attach(u, dot != NULL);
    for (int i = 0; i < u->node->inputs; i++) {
        u->arrays[0][u->node->in[i]] = at->x[i];
        u->arrays[1][u->node->in[i]] = dot && !u->of->data ? dot->x[i] : NULL;
    }
    u->run.theta = at->theta, u->run.theta_dot = dot ? dot->theta : NULL;
    if (u->node->op->collect) u->node->op->collect(u->node, &u->run);
    for (int64_t b = 0; b < u->blocks; b++) u->node->op->forward(u->node, &u->run, b, b + 1, u->scratch);
    copy(at->y, u->arrays[0][u->node->number], u->out);
    if (dot) copy(dot->y, u->arrays[1][u->node->number], u->out);
}

/* How the way back is gone: cuts of the blocks, parts of the weights, and what lies in x̄ before (NaN: it is stored). */
typedef struct {
    int64_t cut;
    int parts;
    double before;
} manner;

static const manner plainly = {0, 1, NAN};

/* x̄ and θ̄ for the adjoint at->y → bar; with `dot` their tangents → bar_dot. After forward at the same point; y of `at` and `dot` hold
 * the adjoint here. */
static void reverse(bench *u, const numbers *at, const numbers *dot, const numbers *bar,
                    const numbers *bar_dot, manner how) {
    net_node *node = u->node;
    int64_t cut = how.cut ? how.cut : u->blocks;
    copy(u->arrays[2][node->number], at->y, u->out);
    if (dot) copy(u->arrays[3][node->number], dot->y, u->out);
    for (int i = 0; i < node->inputs; i++) {
        node->first[i] = how.before != how.before;
        fill(bar->x[i], u->in, how.before), u->arrays[2][node->in[i]] = bar->x[i];
        if (dot) fill(bar_dot->x[i], u->in, how.before), u->arrays[3][node->in[i]] = bar_dot->x[i];
    }
    fill(bar->theta, u->parameters, 0);
    if (dot) fill(bar_dot->theta, u->parameters, 0);
    u->run.grad = bar->theta, u->run.grad_dot = dot ? bar_dot->theta : NULL;
    if (node->op->collect_reverse) node->op->collect_reverse(node, &u->run);
    for (int64_t b = 0; b < u->blocks; b += cut) {
        int64_t last = b + cut < u->blocks ? b + cut : u->blocks;
        for (int part = how.parts - 1; part >= 0 && node->op->weigh; part--)
            node->op->weigh(node, &u->run, (net_share){b, last, part, how.parts}, u->scratch);
    }
    for (int64_t b = 0; b < u->blocks && node->op->reverse; b++)
        node->op->reverse(node, &u->run, b, b + 1, u->scratch);
    for (int i = 0; i < node->inputs; i++) node->first[i] = true;
}

/* ---- vectors of numbers ---- */

static numbers numbers_new(const bench *u) {
    return (numbers){{room(u->in), room(u->in)}, room(u->parameters), room(u->out)};
}

/* The padding of the adjoint is 0, as everywhere in the engine; that of x is whatever. */
static void clear_padding(const bench *u, real *y) {
    int64_t features = u->node->features;
    for (int64_t k = 0; k < u->out; k++)
        if (k / (features * LANES) * LANES + k % LANES >= u->of->samples) put(y, k, 0);
}

static numbers numbers_drawn(const bench *u, int64_t k) {
    numbers v = {{draws(u->in, 4 * k), draws(u->in, 4 * k + 1)},
                 draws(u->parameters, 4 * k + 2),
                 draws(u->out, 4 * k + 3)};
    clear_padding(u, v.y);
    if (!strcmp(u->of->op, "embedding")) /* tokens 0 … 4, not all of them round */
        for (int64_t i = 0; i < u->in; i++) put(v.x[0], i, (double)(i * 7 % 5) + 0.25 * (double)(i % 3 - 1));
    return v;
}

static void numbers_free(numbers *v) {
    temper_release(v->x[0]), temper_release(v->x[1]), temper_release(v->theta), temper_release(v->y);
}

#endif
