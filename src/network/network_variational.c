/* q(w) = Π N(w_i; μ_i, e^{2ρ_i}) over the weights of a network: draws of it, and its free energy
 *
 *     F = U − T S,     U = E_q[N·(mean loss)],     S = −KL(q ‖ prior) = −Σ ½ ((μ² + e^{2ρ})/prior − 1 − 2ρ + ln prior).
 *
 * S is the entropy of q relative to the prior: 0 where nothing has been learned. Weights without ρ (scales of norms, tables) are points:
 * they stand in U with −ln of their prior, |w|²/(2 prior), as in every potential of a network. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "network/look.h"

int net_spans(const net_graph *graph, net_span *span) {
    int n = 0;
    bool last = false;
    for (int i = 1; i < graph->nodes;
         i++) { /* a node's biases lie behind its weights, the next node behind both */
        const net_node *node = &graph->node[i];
        const bool drawn = node->op->drawn != NULL;
        if (node->weights + node->biases == 0) continue;
        if (n == 0 || drawn != last) {
            if (span) span[n] = (net_span){node->weight, 0, drawn};
            n++, last = drawn;
        }
        if (span) span[n - 1].length += node->weights + node->biases;
    }
    return n;
}

/* Weights from … from+n−1 of draw k, none of them a point. */
static void draw_some(temper_stream stream, int64_t k, const float *theta, int64_t P, net_span s,
                      float *weights) {
    enum { PIECE = 512 };
    const temper_net_kernels *kernel = temper_net_kernel();
    /* normals come from addresses that are multiples of 16 */
    float noise[PIECE], deviation[PIECE];
    for (int64_t at = s.from / LANES * LANES; at < s.from + s.length; at += PIECE) {
        int64_t first = at < s.from ? s.from : at, end = s.from + s.length;
        int64_t n = (end - at < PIECE ? end - at : PIECE) - (first - at);
        memset(deviation, 0, sizeof deviation);
        memcpy(deviation, theta + P + first, (size_t)n * sizeof *deviation);
        kernel->exp(PIECE, deviation, deviation);
        kernel->normals(stream, TEMPER_FOR_TESTS, k, at, n + (first - at), noise);
        for (int64_t i = 0; i < n; i++)
            weights[first + i] = theta[first + i] + deviation[i] * noise[first - at + i];
    }
}

void temper_network_draw(const temper_network *network, temper_stream stream, int64_t k, const float *theta,
                         float *weights) {
    const int64_t P = network->graph->parameters;
    memcpy(weights, theta, (size_t)P * sizeof *weights);
    if (k < 0) return;
    for (int i = 1; i < network->graph->nodes; i++) {
        const net_node *node = &network->graph->node[i];
        net_span s = {node->weight, node->weights + node->biases, true};
        if (node->op->drawn) draw_some(stream, k, theta, P, s, weights);
    }
}

/* KL and −ln prior of the points; V: room for [P] variances. */
static double divergence_of(const net_problem *problem, const float *theta, float *V, double *points) {
    const temper_net_kernels *kernel = temper_net_kernel();
    const int64_t P = problem->task.network->graph->parameters;
    const double prior = problem->task.prior;
    double sum = 0;
    *points = 0;
    kernel->variances(P, theta + P, V);
    for (int k = 0; k < problem->spans; k++) {
        net_span s = problem->span[k];
        const float *mu = theta + s.from;
        if (s.drawn)
            sum += kernel->divergence(s.length, mu, mu + P, V + s.from, prior);
        else
            *points += kernel->dot(s.length, mu, mu) / (2 * prior);
    }
    return sum;
}

temper_status temper_network_free_energy(const temper_potential *potential, temper_stream stream,
                                         int64_t draws, const float *theta, double *U, double *S) {
    const net_problem *problem = potential->self;
    if (!problem->spans || draws < 1)
        return temper_fail(problem->spans ? TEMPER_BAD_OPTION : TEMPER_CANNOT,
                           problem->spans ? "network: draws=%lld is below 1"
                                          : "network: a free energy (%lld draws) is that of a variational "
                                            "potential, and this one is not",
                           (long long)draws);
    net_problem plain = *problem; /* the same rows for one set of weights */
    plain.drawn = plain.drawn_f64 = NULL, plain.span = NULL, plain.spans = 0;
    plain.task.variational = false, plain.task.prior = INFINITY;
    const int64_t P = problem->task.network->graph->parameters;
    size_t scratch = net_look_bytes(&plain, false);
    scratch = (scratch + 63) / 64 * 64;
    char *memory = temper_alloc(1, scratch + (size_t)P * sizeof(float));
    if (!memory) return TEMPER_NO_MEMORY;
    float *weights = (float *)(void *)(memory + scratch);
    double points, kl = divergence_of(problem, theta, weights, &points), sum = 0;
    for (int64_t k = 0; k < draws; k++) {
        temper_look look = {stream, k, true, memory};
        temper_network_draw(problem->task.network, stream, k, theta, weights);
        sum += net_look(&plain, &look, weights, NULL, NULL, NULL);
    }
    *U = (double)problem->task.rows * (sum / (double)draws) + points;
    *S = -kl;
    temper_release(memory);
    return TEMPER_OK;
}
