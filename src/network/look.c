#include "network/look.h"
#include <math.h>
#include <string.h>
#include "network/engine.h"
#include "network/feed.h"
#include "temper/parallel.h"

enum { MOST = 256 }; /* threads */
enum { NOTHING, MINIBATCH, WHOLE };
enum { NONE = -1 };              /* no chunk */
#define APART (INT64_C(1) << 47) /* steps beyond all minibatches */

typedef struct { /* where one thread evaluates rows */
    net_tray tray;
    net_engine *engine;
    real *grad, *Hv; /* of a chunk */
    double u;        /* mean loss */
    int64_t n;
} bench;

typedef struct { /* the beginning of look->scratch */
    int placed;  /* what the benches were laid out for */
    bool tangents;
    bool shuffled; /* place is the order of this stream's epoch */
    temper_stream stream;
    int64_t epoch;
    int32_t *place; /* [rows] */
    real *cloud;    /* [2][parameters]: means and variances, where weights are Gaussian */
    bench bench[MOST];
} desk;

static size_t line(size_t bytes) { return (bytes + 63) / 64 * 64; }

static const net_graph *graph_of(const net_problem *problem) {
    const temper_network *network = problem->task.network;
    if (problem->spans) return sizeof(real) == sizeof(float) ? problem->drawn : problem->drawn_f64;
    return sizeof(real) == sizeof(float) ? network->graph : network->graph_f64;
}

/* Batch norms may be constants where all is looked at. */
static const net_graph *whole_graph_of(const net_problem *problem) {
    const net_graph *frozen = sizeof(real) == sizeof(float) ? problem->frozen : problem->frozen_f64;
    return frozen ? frozen : graph_of(problem);
}

static real *statistics_of(const net_problem *problem) {
    const void *constants = sizeof(real) == sizeof(float) ? (const void *)problem->statistics
                                                          : (const void *)problem->statistics_f64;
    return (real *)constants;
}

/* Coordinates: parameters, or their means and log deviations. */
static int64_t dim_of(const net_problem *problem) {
    return graph_of(problem)->parameters * (problem->spans ? 2 : 1);
}

static int64_t blocks_of(int64_t rows) { return (rows + LANES - 1) / LANES; }

static int workers_of(const net_problem *problem) {
    int64_t chunks = (problem->task.rows + problem->chunk - 1) / problem->chunk;
    return chunks < problem->threads ? (int)chunks : problem->threads;
}

/* team: threads for one minibatch; 0: a chunk of a look at everything, by one. */
static size_t bench_bytes(const net_problem *problem, int64_t rows, bool tangents, int team) {
    net_plan plan;
    const net_graph *graph = team ? graph_of(problem) : whole_graph_of(problem);
    const int threads = team ? team : 1;
    net_engine_plan(graph, blocks_of(rows), true, tangents, threads, &plan);
    return net_tray_bytes(problem, rows, threads) + line(plan.total);
}

static size_t slope_bytes(const net_problem *problem) { return line((size_t)dim_of(problem) * sizeof(real)); }

static size_t cloud_bytes(const net_problem *problem) { return problem->spans ? slope_bytes(problem) : 0; }

/* A chunk has a slope of its own, which is then added to the others. */
static size_t chunk_bytes(const net_problem *problem, bool tangents) {
    return bench_bytes(problem, problem->chunk, tangents, 0) + slope_bytes(problem) * (tangents ? 2 : 1);
}

size_t REAL(net_look_bytes)(const net_problem *problem, bool tangents) {
    size_t minibatch = bench_bytes(problem, problem->task.batch, tangents, problem->team);
    size_t whole = chunk_bytes(problem, tangents) * (size_t)workers_of(problem);
    return 64 + line(sizeof(desk)) + line((size_t)problem->task.rows * sizeof(int32_t)) +
           cloud_bytes(problem) + (minibatch > whole ? minibatch : whole);
}

static void *place_bench(const net_problem *problem, bench *on, char *at, int64_t rows, bool tangents,
                         int team) {
    const net_graph *graph = team ? graph_of(problem) : whole_graph_of(problem);
    const int threads = team ? team : 1;
    size_t tray = net_tray_bytes(problem, rows, threads), all = bench_bytes(problem, rows, tangents, team);
    net_tray_place(&on->tray, at, problem, rows, threads);
    on->engine = net_engine_place(at + tray, graph, blocks_of(rows), true, tangents, threads);
    return at + all;
}

/* The desk, with benches for this kind of look. */
static desk *sit_down(const net_problem *problem, void *scratch, int kind, bool tangents) {
    desk *d = (desk *)(((uintptr_t)scratch + 63) / 64 * 64);
    if (d->placed == kind && d->tangents == tangents) return d;
    char *at = (char *)d + line(sizeof *d);
    d->place = (int32_t *)(void *)at, at += line((size_t)problem->task.rows * sizeof(int32_t));
    d->cloud = (real *)(void *)at, at += cloud_bytes(problem);
    if (kind == MINIBATCH)
        place_bench(problem, &d->bench[0], at, problem->task.batch, tangents, problem->team);
    else
        for (int i = 0; i < workers_of(problem); i++) {
            bench *b = &d->bench[i];
            at = place_bench(problem, b, at, problem->chunk, tangents, 0);
            b->grad = (real *)(void *)at, at += slope_bytes(problem);
            b->Hv = (real *)(void *)at, at += tangents ? slope_bytes(problem) : 0;
        }
    d->placed = kind, d->tangents = tangents;
    return d;
}

typedef struct { /* one question */
    const net_problem *problem;
    const temper_look *look;
    const real *theta, *v;
    const real *weights; /* θ, or means and variances */
    real *grad, *Hv;
    desk *desk;
    int64_t first; /* chunk of bench 0 */
    bool alone;    /* there is one chunk: it writes into grad itself */
} question;

/* θ as the graph wants it: where weights are Gaussian their means and variances. */
static const real *weights_of(const question *q) {
    int64_t P = graph_of(q->problem)->parameters;
    real *cloud = q->desk->cloud;
    if (!q->problem->spans) return q->theta;
    memcpy(cloud, q->theta, (size_t)P * sizeof(real));
    temper_net_kernel()->variances(P, q->theta + P, cloud + P);
    return cloud;
}

/* Mean loss of the n rows of the bench. A look at everything (number: of the chunk) has draws of its own, for every chunk the same
 * whenever and by whomever it is looked at: so it is a function of θ. */
static double evaluate(const question *q, bench *on, int64_t n, int64_t number, real *grad, real *Hv) {
    const bool training = number == NONE;
    const net_problem *problem = q->problem;
    const temper_network *network = problem->task.network;
    temper_look augmented = *q->look, masks = *q->look;
    if (problem->task.blurs) augmented.stream = *problem->task.blurs;
    if (problem->task.masks) masks.stream = *problem->task.masks;
    net_feed(problem, training ? &augmented : NULL, &on->tray, n, net_engine_input(on->engine));
    const net_graph *graph = graph_of(problem);
    net_loss loss = {network->objective.loss, graph->node[graph->nodes - 1].features,
                     network->objective.smoothing, network->objective.confidence};
    net_batch batch = {.samples = n,
                       .y = on->tray.y,
                       .t = on->tray.t,
                       .training = training,
                       .statistics = training ? NULL : statistics_of(problem),
                       .stream = masks.stream,
                       .step = masks.step};
    if (problem->spans && !training) batch.stream = (temper_stream){0, 0}, batch.step = APART + number;
    if (problem->spans && grad) memset(grad + graph->parameters, 0, (size_t)graph->parameters * sizeof(real));
    return q->v ? net_curve(on->engine, &loss, &batch, q->weights, q->v, grad, Hv)
                : net_gradient(on->engine, &loss, &batch, q->weights, grad, NULL);
}

static double minibatch(question *q) {
    const temper_network_task *task = &q->problem->task;
    desk *d = q->desk = sit_down(q->problem, q->look->scratch, MINIBATCH, q->v != NULL);
    temper_stream stream = task->order ? *task->order : q->look->stream;
    int64_t epoch = q->look->step / q->problem->batches, number = q->look->step % q->problem->batches;
    if (!d->shuffled || d->epoch != epoch || d->stream.seed != stream.seed ||
        d->stream.chain != stream.chain) {
        net_shuffle(stream, epoch, d->place, task->rows);
        d->shuffled = true, d->epoch = epoch, d->stream = stream;
    }
    int64_t start = number * task->batch;
    int64_t n = task->rows - start < task->batch ? task->rows - start : task->batch;
    for (int64_t i = 0; i < n; i++) d->bench[0].tray.row[i] = task->row[d->place[start + i]];
    q->weights = weights_of(q);
    return evaluate(q, &d->bench[0], n, NONE, q->grad, q->Hv);
}

static temper_status chunk(void *context, int64_t i) {
    const question *q = context;
    const temper_network_task *task = &q->problem->task;
    bench *on = &q->desk->bench[i];
    int64_t start = (q->first + i) * q->problem->chunk;
    on->n = task->rows - start < q->problem->chunk ? task->rows - start : q->problem->chunk;
    for (int64_t k = 0; k < on->n; k++) on->tray.row[k] = task->row[start + k];
    real *grad = !q->grad ? NULL : q->alone ? q->grad : on->grad;
    on->u = evaluate(q, on, on->n, q->first + i, grad, q->alone ? q->Hv : on->Hv);
    return TEMPER_OK;
}

/* sum (+)= weight·part, for any n. */
static void add(real *sum, const real *part, real weight, int64_t n, bool first) {
    const temper_net_kernels *kernel = temper_net_kernel();
    int64_t even = n / LANES * LANES;
    real x[LANES] = {0}, y[LANES] = {0};
    size_t rest = (size_t)(n - even) * sizeof(real);
    kernel->blend(even, weight, part, 1, first ? NULL : sum, sum);
    memcpy(x, part + even, rest), memcpy(y, sum + even, rest);
    kernel->blend(LANES, weight, x, 1, first ? NULL : y, y);
    memcpy(sum + even, y, rest);
}

/* Chunks side by side as far as there are threads; their sums are taken in the order of the rows. */
static double whole(question *q) {
    int64_t rows = q->problem->task.rows, dim = dim_of(q->problem);
    int64_t chunks = (rows + q->problem->chunk - 1) / q->problem->chunk;
    int workers = workers_of(q->problem);
    q->desk = sit_down(q->problem, q->look->scratch, WHOLE, q->v != NULL);
    q->weights = weights_of(q);
    q->alone = chunks == 1;
    double sum = 0;
    for (q->first = 0; q->first < chunks; q->first += workers) {
        int64_t n = chunks - q->first < workers ? chunks - q->first : workers;
        temper_parallel(n, chunk, q);
        for (int64_t i = 0; i < n; i++) {
            const bench *from = &q->desk->bench[i];
            real weight = (real)((double)from->n / (double)rows);
            sum += from->u * (double)from->n;
            if (q->grad && !q->alone) add(q->grad, from->grad, weight, dim, q->first + i == 0);
            if (q->v && !q->alone) add(q->Hv, from->Hv, weight, dim, q->first + i == 0);
        }
    }
    return sum / (double)rows;
}

/* −ln prior of N(0, prior) per sample: |θ|²/(2·prior·N), with its slope and curvature. */
static double prior(const question *q, net_span s) {
    double k = 1 / (q->problem->task.prior * (double)q->problem->task.rows);
    const real *theta = q->theta + s.from;
    if (q->grad) add(q->grad + s.from, theta, (real)k, s.length, false);
    if (q->v) add(q->Hv + s.from, q->v + s.from, (real)k, s.length, false);
    return 0.5 * k * temper_net_kernel()->dot(s.length, theta, theta);
}

/* (T/N)·KL(q ‖ prior), and ρ̄ = V ⊙ (what the graph has left there) of the loss. */
static double divergence(const question *q, net_span s) {
    const temper_net_kernels *kernel = temper_net_kernel();
    const temper_network_task *task = &q->problem->task;
    const double T = task->kl / (double)task->rows, k = T / task->prior;
    const int64_t P = graph_of(q->problem)->parameters;
    const real *mu = q->theta + s.from, *V = q->weights + P + s.from;
    if (q->grad) {
        add(q->grad + s.from, mu, (real)k, s.length, false);
        kernel->relax(s.length, V, k, T, q->grad + P + s.from);
    }
    return T * kernel->divergence(s.length, mu, mu + P, V, task->prior);
}

double REAL(net_look)(const net_problem *problem, const temper_look *look, const real *theta, const real *v,
                      real *grad, real *Hv) {
    question q = {.problem = problem, .look = look, .theta = theta, .v = v, .grad = grad, .Hv = Hv};
    double u = look->whole ? whole(&q) : minibatch(&q);
    if (!(problem->task.prior < INFINITY)) return u;
    if (!problem->spans) return u + prior(&q, (net_span){0, dim_of(problem), false});
    for (int k = 0; k < problem->spans; k++)
        u += problem->span[k].drawn ? divergence(&q, problem->span[k]) : prior(&q, problem->span[k]);
    return u;
}
