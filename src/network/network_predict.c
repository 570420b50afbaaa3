#include <stdatomic.h>
#include <string.h>
#include "base/memory.h"
#include "network/engine.h"
#include "network/feed.h"
#include "network/look.h"
#include "temper/parallel.h"

enum { CHUNK = 256 }; /* rows that one worker takes at a time */

/* The part of a problem that the feed looks at, without answers. */
static void questions_of(net_problem *problem, const temper_network *network, const temper_samples *samples,
                         const temper_scaling *scaling, float *room) {
    memset(problem, 0, sizeof *problem);
    problem->task.network = network, problem->task.samples = samples;
    if (!scaling) return;
    for (int64_t f = 0; f < samples->features; f++)
        room[f] = (float)scaling->shift[f], room[samples->features + f] = (float)scaling->scale[f];
    problem->shift = room, problem->scale = room + samples->features;
}

typedef struct {
    net_problem problem;
    const int64_t *row;
    int64_t n, outputs;
    const float *theta;
    float *statistics, *out;
    char *benches; /* one for each worker */
    size_t bench, tray;
    atomic_int_least64_t next;
} prediction;

static temper_status work(void *context, int64_t worker) {
    prediction *p = context;
    char *at = p->benches + (size_t)worker * p->bench;
    net_tray tray;
    net_tray_place(&tray, at, &p->problem, CHUNK, 1);
    tray.y = NULL, tray.t = NULL; /* nobody asks for answers */
    net_engine *engine =
        net_engine_place(at + p->tray, p->problem.task.network->graph, CHUNK / LANES, false, false, 1);
    for (int64_t start; (start = atomic_fetch_add(&p->next, CHUNK)) < p->n;) {
        int64_t n = p->n - start < CHUNK ? p->n - start : CHUNK;
        net_batch batch = {.samples = n, .statistics = p->statistics};
        memcpy(tray.row, p->row + start, (size_t)n * sizeof *tray.row);
        net_feed(&p->problem, NULL, &tray, n, net_engine_input(engine));
        net_outputs(engine, &batch, p->theta, p->out + start * p->outputs);
    }
    return TEMPER_OK;
}

static temper_status check(const temper_network *network, const temper_samples *samples, const int64_t *row,
                           int64_t n) {
    if (samples->features != network->io.features)
        return temper_fail(TEMPER_BAD_DATA, "network: the data have %lld features, the network takes %lld",
                           (long long)samples->features, (long long)network->io.features);
    for (int64_t i = 0; i < n; i++)
        if (row[i] < 0 || row[i] >= samples->n)
            return temper_fail(TEMPER_BAD_DATA, "network: row %lld is outside 0 ... %lld", (long long)row[i],
                               (long long)samples->n - 1);
    return TEMPER_OK;
}

temper_status temper_network_predict(const temper_network *network, const temper_samples *samples,
                                     const temper_scaling *scaling, const int64_t *row, int64_t n,
                                     const float *theta, const float *statistics, float *out) {
    temper_status bad = check(network, samples, row, n);
    if (bad) return bad;
    const net_graph *graph = network->graph;
    int64_t chunks = (n + CHUNK - 1) / CHUNK, threads = temper_thread_count();
    int64_t workers = chunks < threads ? chunks : threads;
    prediction p = {.row = row,
                    .n = n,
                    .outputs = graph->node[graph->nodes - 1].features,
                    .theta = theta,
                    .statistics = (float *)statistics,
                    .out = out};
    net_plan plan;
    net_engine_plan(graph, CHUNK / LANES, false, false, 1, &plan);
    size_t room = ((size_t)samples->features * 2 * sizeof(float) + 63) / 64 * 64;
    p.problem.task.network = network, p.problem.task.samples = samples;
    p.tray = net_tray_bytes(&p.problem, CHUNK, 1);
    p.bench = p.tray + (plan.total + 63) / 64 * 64;
    char *memory = temper_alloc(room + (size_t)workers * p.bench, 1);
    if (!memory) return TEMPER_NO_MEMORY;
    questions_of(&p.problem, network, samples, scaling, (float *)(void *)memory);
    p.benches = memory + room;
    atomic_init(&p.next, 0);
    bad = temper_parallel(workers, work, &p);
    temper_release(memory);
    return bad;
}

temper_status temper_network_calibrate(const temper_network_task *task, const float *theta,
                                       float *statistics) {
    const net_graph *graph = task->network->graph;
    if (graph->statistics == 0) return TEMPER_OK;
    temper_status bad = check(task->network, task->samples, task->row, task->rows);
    if (bad) return bad;
    net_plan plan;
    net_problem problem = {.task.network = task->network, .task.samples = task->samples};
    int64_t blocks = (task->batch + LANES - 1) / LANES;
    net_engine_plan(graph, blocks, false, false, 1, &plan);
    size_t room = ((size_t)task->samples->features * 2 * sizeof(float) + 63) / 64 * 64;
    size_t tray_bytes = net_tray_bytes(&problem, task->batch, 1);
    char *memory = temper_alloc(room + tray_bytes + plan.total, 1);
    if (!memory) return TEMPER_NO_MEMORY;
    net_tray tray;
    questions_of(&problem, task->network, task->samples, task->scaling, (float *)(void *)memory);
    net_tray_place(&tray, memory + room, &problem, task->batch, 1);
    tray.y = NULL, tray.t = NULL;
    net_engine *engine = net_engine_place(memory + room + tray_bytes, graph, blocks, false, false, 1);
    memset(statistics, 0, (size_t)graph->statistics * sizeof *statistics);
    for (int64_t start = 0; start < task->rows; start += task->batch) {
        int64_t n = task->rows - start < task->batch ? task->rows - start : task->batch;
        net_batch batch = {.samples = n};
        memcpy(tray.row, task->row + start, (size_t)n * sizeof *tray.row);
        net_feed(&problem, NULL, &tray, n, net_engine_input(engine));
        net_measure(engine, &batch, theta, (double)n / (double)task->rows, statistics);
    }
    temper_release(memory);
    return TEMPER_OK;
}
