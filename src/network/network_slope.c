/* How the loss of each row depends on its inputs: the adjoint of the data, which training never asks for.
 *
 * The graph is opened (wiring.c): its data have adjoints, and batch norms are constants, so that no sample meets another and rows go in
 * chunks, each wholly forward and back. With x' = (x − shift)·scale the slope in x is scale times that in x'. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include "base/memory.h"
#include "network/engine.h"
#include "network/feed.h"
#include "network/look.h"
#include "temper/parallel.h"

enum { CHUNK = 128 }; /* rows that one worker takes at a time */

typedef struct {
    net_problem problem;
    const net_graph *graph;
    net_loss loss;
    const int64_t *row;
    int64_t n;
    const float *theta;
    float *statistics, *out;
    double *losses;
    char *benches; /* one for each worker */
    size_t bench, tray;
    atomic_int_least64_t next;
} steepness;

static temper_status work(void *context, int64_t worker) {
    steepness *s = context;
    char *at = s->benches + (size_t)worker * s->bench;
    const int64_t features = s->problem.task.samples->features;
    net_tray tray;
    net_tray_place(&tray, at, &s->problem, CHUNK, 1);
    net_engine *engine = net_engine_place(at + s->tray, s->graph, CHUNK / LANES, true, false, 1);
    for (int64_t start; (start = atomic_fetch_add(&s->next, CHUNK)) < s->n;) {
        int64_t n = s->n - start < CHUNK ? s->n - start : CHUNK;
        net_batch batch = {.samples = n, .y = tray.y, .t = tray.t, .statistics = s->statistics};
        float *out = s->out + start * features;
        memcpy(tray.row, s->row + start, (size_t)n * sizeof *tray.row);
        net_feed(&s->problem, NULL, &tray, n, net_engine_input(engine));
        net_slopes(engine, &s->loss, &batch, s->theta, out, s->losses ? s->losses + start : NULL);
        const float *scale = s->problem.scale;
        for (int64_t i = 0; i < n && scale; i++, out += features)
            for (int64_t k = 0; k < features; k++) out[k] *= scale[k];
    }
    return TEMPER_OK;
}

/* ---- the question, checked at the door ---- */

static bool of_labels(const temper_network *network) {
    return network->objective.loss == TEMPER_CROSS_ENTROPY || network->objective.loss == TEMPER_HINGE;
}

static temper_status check_shapes(const temper_network *network, const temper_samples *s,
                                  const temper_scaling *scaling) {
    long long features = (long long)s->features, outputs = (long long)s->outputs;
    if (s->features != network->io.features)
        return temper_fail(TEMPER_BAD_DATA, "network: the data have %lld features, the network takes %lld",
                           features, (long long)network->io.features);
    if (of_labels(network) ? !s->y : !s->t)
        return temper_fail(TEMPER_BAD_DATA, "network: the loss needs %s, the data have none",
                           of_labels(network) ? "labels" : "targets");
    if (!of_labels(network) && s->outputs != network->io.outputs)
        return temper_fail(TEMPER_BAD_DATA,
                           "network: the data have %lld numbers per target, the network gives %lld", outputs,
                           (long long)network->io.outputs);
    if (scaling && (scaling->features != s->features || (s->t && scaling->outputs != s->outputs)))
        return temper_fail(TEMPER_BAD_DATA,
                           "network: the scaling is of %lld features and %lld outputs, the data have "
                           "%lld and %lld",
                           (long long)scaling->features, (long long)scaling->outputs, features, outputs);
    return TEMPER_OK;
}

static temper_status check_rows(const temper_network *network, const temper_samples *s, const int64_t *row,
                                int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        if (row[i] < 0 || row[i] >= s->n)
            return temper_fail(TEMPER_BAD_DATA, "network: row %lld is outside 0 ... %lld", (long long)row[i],
                               (long long)s->n - 1);
        if (of_labels(network) && (s->y[row[i]] < 0 || s->y[row[i]] >= network->io.outputs))
            return temper_fail(TEMPER_BAD_DATA, "network: row %lld: label %d is outside 0 ... %lld",
                               (long long)row[i], (int)s->y[row[i]], (long long)network->io.outputs - 1);
    }
    return TEMPER_OK;
}

/* Two blocks: the open graph; shift and scale in float with a bench for each worker. */
static temper_status look(steepness *s, const temper_network *network, const temper_scaling *scaling) {
    const size_t features = (size_t)network->io.features;
    const size_t linear = (2 * features * sizeof(float) + 63) / 64 * 64;
    int64_t chunks = (s->n + CHUNK - 1) / CHUNK, threads = temper_thread_count();
    int64_t workers = chunks < threads ? chunks : threads;
    net_plan plan;
    net_graph *graph = temper_alloc(1, sizeof *graph);
    if (!graph) return TEMPER_NO_MEMORY;
    bool ok = net_open(network->graph, graph);
    net_engine_plan(graph, CHUNK / LANES, true, false, 1, &plan);
    s->tray = net_tray_bytes(&s->problem, CHUNK, 1);
    s->bench = s->tray + (plan.total + 63) / 64 * 64;
    char *memory = ok ? temper_alloc(linear + (size_t)workers * s->bench, 1) : NULL;
    temper_status bad = memory ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!ok)
        bad = temper_fail(TEMPER_CANNOT, "network: %s takes numbers of tokens; no loss has a slope in these",
                          network->text);
    if (!bad) {
        float *shift = (float *)(void *)memory, *scale = shift + features;
        for (size_t f = 0; f < features && scaling; f++)
            shift[f] = (float)scaling->shift[f], scale[f] = (float)scaling->scale[f];
        if (scaling) s->problem.shift = shift, s->problem.scale = scale;
        s->graph = graph, s->benches = memory + linear;
        atomic_init(&s->next, 0);
        bad = temper_parallel(workers, work, s);
    }
    temper_release(memory);
    temper_release(graph);
    return bad;
}

temper_status temper_network_slope(const temper_network *network, const temper_samples *samples,
                                   const temper_scaling *scaling, const int64_t *row, int64_t n,
                                   const float *theta, const float *statistics, float *out, double *losses) {
    const net_graph *graph = network->graph;
    temper_status bad = check_shapes(network, samples, scaling);
    if (!bad) bad = check_rows(network, samples, row, n);
    if (bad) return bad;
    steepness s = {.loss = {network->objective.loss, graph->node[graph->nodes - 1].features,
                            network->objective.smoothing, network->objective.confidence},
                   .row = row,
                   .n = n,
                   .theta = theta,
                   .statistics = (float *)statistics,
                   .out = out,
                   .losses = losses};
    s.problem.task.network = network, s.problem.task.samples = samples, s.problem.task.scaling = scaling;
    s.problem.targets = of_labels(network) ? 0 : samples->outputs;
    return look(&s, network, scaling);
}
