/* Where a network begins. Weight k of node i is a function of the address (stream, TEMPER_FOR_INITIAL, i, k) alone, so that a
 * layer added behind changes none before it.
 *
 *     he          normal of variance 2/fan_in: a ReLU halves the square        (He, Zhang, Ren & Sun 2015)
 *     xavier      uniform, |w| ≤ √(6/(fan_in + fan_out))                       (Glorot & Bengio 2010, equation 16)
 *     gaussian    normal of standard deviation `scale`
 *     orthogonal  QᵀQ = 1 (or QQᵀ = 1, where W is wider than high), Gram–Schmidt of a normal matrix; times √2 before a
 *                 ReLU-like function                                           (Saxe, McClelland & Ganguli 2014)
 *     auto        he before relu, leaky, gelu, silu, softplus; else xavier
 *
 * Biases are 0, gains of norms 1. Tables of vectors (position, embedding) are normal of standard deviation scale/√width, whatever
 * was asked for, unless it is gaussian. */
#include <math.h>
#include <string.h>
#include "network/network.h"

/* ---- which layer is what ---- */

static bool is(const net_node *node, const char *op) { return !strcmp(node->op->name, op); }

/* The next pointwise function on the way forward through all that is linear; −1: none before the next weights, or the end. */
static int function_behind(const net_graph *graph, int i) {
    for (int k = i + 1; k < graph->nodes; k++) {
        const net_node *node = &graph->node[k];
        bool reads = false;
        for (int j = 0; j < node->inputs; j++) reads |= node->in[j] == i;
        if (!reads) continue;
        if (is(node, "pointwise")) return (int)node->pointwise;
        if (is(node, "dense") || is(node, "conv") || is(node, "attention")) return -1;
        i = k;
    }
    return -1;
}

static bool relu_like(int function) {
    return function >= 0 && function != TEMPER_TANH && function != TEMPER_SIGMOID;
}

/* ---- Gram–Schmidt ---- */

typedef struct { /* n vectors of length m ≥ n: element r of vector j is at[r·step_r + j·step_j] */
    float *at;
    int64_t m, n, step_r, step_j;
} frame;

enum { PIECE = 64 }; /* vectors that are taken out at a time */

/* Takes vectors 0 … j−1 out of vector j: v −= Σ_k q_k ⟨q_k, v⟩, a piece of them at a time; sums in double, in order of r. */
static void take_out(const frame *f, int64_t j) {
    for (int64_t from = 0; from < j; from += PIECE) {
        int64_t count = j - from < PIECE ? j - from : PIECE;
        double product[PIECE] = {0};
        for (int64_t r = 0; r < f->m; r++) {
            const float *row = f->at + r * f->step_r;
            double v = (double)row[j * f->step_j];
            for (int64_t k = 0; k < count; k++) product[k] += (double)row[(from + k) * f->step_j] * v;
        }
        for (int64_t r = 0; r < f->m; r++) {
            float *row = f->at + r * f->step_r;
            double v = (double)row[j * f->step_j];
            for (int64_t k = 0; k < count; k++) v -= (double)row[(from + k) * f->step_j] * product[k];
            row[j * f->step_j] = (float)v;
        }
    }
}

static void scale_to(const frame *f, int64_t j, double length) {
    double square = 0;
    for (int64_t r = 0; r < f->m; r++) {
        double v = (double)f->at[r * f->step_r + j * f->step_j];
        square += v * v;
    }
    double factor = square > 0 ? length / sqrt(square) : 0;
    for (int64_t r = 0; r < f->m; r++) {
        float *v = &f->at[r * f->step_r + j * f->step_j];
        *v = (float)((double)*v * factor);
    }
}

/* Twice is enough (Giraud, Langou, Rozložník & van den Eshof 2005); the second time also mends what float rounded. */
static void orthogonalise(const frame *f, double length) {
    for (int64_t j = 0; j < f->n; j++)
        for (int turn = 0; turn < 2; turn++) {
            take_out(f, j);
            scale_to(f, j, 1);
        }
    for (int64_t j = 0; j < f->n && length != 1; j++) scale_to(f, j, length);
}

/* ---- one node ---- */

typedef struct {
    temper_stream stream;
    int64_t step;
} address;

static void draw_normal(address a, double deviation, int64_t n, float *w) {
    for (int64_t k = 0; k < n; k++)
        w[k] = (float)(deviation * temper_normal(a.stream, TEMPER_FOR_INITIAL, a.step, k));
}

static void draw_uniform(address a, double bound, int64_t n, float *w) {
    for (int64_t k = 0; k < n; k++)
        w[k] = (float)(bound * (2 * temper_uniform(a.stream, TEMPER_FOR_INITIAL, a.step, k) - 1));
}

static void draw_matrix(const net_node *node, temper_init init, bool relu, double scale, address a,
                        float *w) {
    int64_t n = node->weights, columns = n / node->fan_in, rows = node->fan_in;
    double in = (double)node->fan_in, out = (double)node->fan_out;
    if (init == TEMPER_INIT_AUTO) init = relu ? TEMPER_INIT_HE : TEMPER_INIT_XAVIER;
    switch (init) {
    case TEMPER_INIT_HE: draw_normal(a, scale * sqrt(2 / in), n, w); return;
    case TEMPER_INIT_GAUSSIAN: draw_normal(a, scale, n, w); return;
    case TEMPER_INIT_ORTHOGONAL: {
        bool high = rows >= columns;
        frame f = {w, high ? rows : columns, high ? columns : rows, high ? columns : 1, high ? 1 : columns};
        draw_normal(a, 1, n, w);
        orthogonalise(&f, relu ? scale * sqrt(2) : scale);
        return;
    }
    default: draw_uniform(a, scale * sqrt(6 / (in + out)), n, w);
    }
}

void temper_network_start(const temper_network *network, temper_init init, double scale, temper_stream stream,
                          float *theta) {
    const net_graph *graph = network->graph;
    for (int i = 1; i < graph->nodes; i++) {
        const net_node *node = &graph->node[i];
        float *w = theta + node->weight;
        address a = {stream, i};
        memset(theta + node->bias, 0, (size_t)node->biases * sizeof *theta);
        if (is(node, "batch_norm") || is(node, "layer_norm"))
            for (int64_t k = 0; k < node->weights; k++) w[k] = 1;
        else if (is(node, "position") || is(node, "embedding"))
            draw_normal(a, init == TEMPER_INIT_GAUSSIAN ? scale : scale / sqrt((double)node->fan_in),
                        node->weights, w);
        else if (node->weights > 0)
            draw_matrix(node, init, relu_like(function_behind(graph, i)), scale, a, w);
    }
}
