/* The loss of a network at many points of a plane. Work is cut into chunks of rows, whose products with the plane are made once and kept
 * while they are used (scan_parts.h), and into stretches of points; each thread has a seat and takes such jobs. A chunk at a point gives a
 * tally, which belongs to nobody else, and tallies are added up in the order of the chunks: so a point's bits are its own. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include "base/memory.h"
#include "network/scan_parts.h"
#include "temper/parallel.h"

enum { STRETCH_LEAST = 16, JOBS_EACH = 4 };
static const net_scan_limits usual = {(size_t)256 << 20, (size_t)64 << 20, (size_t)512 << 20, 1 << 16};

typedef struct {         /* rows of a chunk, or of several, at a point */
    double loss;         /* Σ ℓ_i(x) */
    double mean, square; /* of δ_i = ℓ_i(x) − ℓ_i(θ): mean, Σ (δ_i − mean)² */
    int64_t wrong;
} tally;

typedef struct {
    net_plane plane;
    int workers;
    size_t seat;
    char *seats;
    tally *part, *sum;               /* [chunks of the wave][points], [points] of this stretch of the scan */
    double *still;                   /* [workers][rows of a chunk]: ℓ_i(θ) */
    int64_t first, points;           /* of the stretch */
    int64_t chunk, chunks;           /* of the wave */
    int64_t cuts;                    /* stretches that the points are cut into for the jobs of a chunk */
    atomic_int_least64_t next, done; /* job; points times chunks, of the whole scan */
    int64_t total;
    atomic_bool stopped;
    pthread_t caller;
} survey;

static int64_t rows_in(const net_plane *plane, int64_t chunk) {
    int64_t left = plane->problem->task.rows - chunk * plane->rows;
    return left < plane->rows ? left : plane->rows;
}

/* ---- tallies ---- */

static tally count(const net_seat *seat, const double *still) {
    tally t = {.wrong = seat->wrong};
    for (int64_t i = 0; i < seat->n; i++) t.loss += seat->losses[i];
    if (!still) return t;
    for (int64_t i = 0; i < seat->n; i++) t.mean += seat->losses[i] - still[i];
    t.mean /= (double)seat->n;
    for (int64_t i = 0; i < seat->n; i++) {
        double off = seat->losses[i] - still[i] - t.mean;
        t.square += off * off;
    }
    return t;
}

/* Chan, Golub & LeVeque (1983); the sum is of m rows, the part of n. */
static void join(tally *sum, double m, const tally *part, double n) {
    double off = part->mean - sum->mean;
    sum->loss += part->loss, sum->wrong += part->wrong;
    sum->square += part->square + off * off * n * m / (n + m);
    sum->mean += off * n / (n + m);
}

/* ---- a wave ---- */

/* The caller hears of it, in his own thread. */
static void tell(survey *s, int64_t more) {
    const temper_scan *scan = s->plane.scan;
    int64_t done = atomic_fetch_add(&s->done, more) + more;
    if (scan->tell && pthread_equal(pthread_self(), s->caller)) scan->tell(scan->context, done, s->total);
}

static void stretch(survey *s, net_seat *seat, double *still, int64_t job) {
    static const double here[TEMPER_AXES_MAX] = {0};
    const temper_scan *scan = s->plane.scan;
    const int64_t c = job / s->cuts, cut = job % s->cuts;
    const int64_t from = s->points * cut / s->cuts, to = s->points * (cut + 1) / s->cuts;
    net_seat_take(seat, (s->chunk + c) * s->plane.rows, rows_in(&s->plane, s->chunk + c));
    if (still) {
        net_seat_look(seat, here);
        memcpy(still, seat->losses, (size_t)seat->n * sizeof *still);
    }
    for (int64_t p = from; p < to; p++) {
        if (atomic_load(&s->stopped)) return;
        net_seat_look(seat, scan->x + (s->first + p) * scan->axes);
        s->part[c * s->points + p] = count(seat, still);
        if (scan->stop && *scan->stop) atomic_store(&s->stopped, true);
        tell(s, 1);
    }
}

static temper_status work(void *context, int64_t worker) {
    survey *s = context;
    double *still = s->still ? s->still + worker * s->plane.rows : NULL;
    net_seat *seat = net_seat_place(s->seats + (size_t)worker * s->seat, &s->plane);
    for (int64_t job; (job = atomic_fetch_add(&s->next, 1)) < s->chunks * s->cuts;) {
        if (atomic_load(&s->stopped)) break;
        stretch(s, seat, still, job);
    }
    return TEMPER_OK;
}

/* Several jobs for each thread, as long as a job has points enough to be worth the products of its chunk. */
static int64_t cuts_of(const survey *s) {
    int64_t cuts = s->workers == 1 ? 1 : (JOBS_EACH * s->workers + s->chunks - 1) / s->chunks;
    int64_t most = s->points / STRETCH_LEAST;
    return cuts > most ? most > 1 ? most : 1 : cuts;
}

static temper_status wave(survey *s) {
    const net_plane *plane = &s->plane;
    s->cuts = cuts_of(s);
    atomic_store(&s->next, 0);
    temper_status bad = temper_parallel(s->workers, work, s);
    if (bad || atomic_load(&s->stopped)) return bad;
    for (int64_t c = 0; c < s->chunks; c++)
        for (int64_t p = 0; p < s->points; p++)
            join(&s->sum[p], (double)((s->chunk + c) * plane->rows), &s->part[c * s->points + p],
                 (double)rows_in(plane, s->chunk + c));
    return TEMPER_OK;
}

/* ---- the prior: |θ + Σ x_k d_k|²/(2·prior·N), a quadratic form in x ---- */

typedef struct {
    double scale, theta, mixed[TEMPER_AXES_MAX], gram[TEMPER_AXES_MAX][TEMPER_AXES_MAX];
} bowl;

static bowl bowl_of(const temper_scan *scan) {
    const temper_network_task *task = scan->task;
    const int64_t P = task->network->graph->parameters;
    bowl b = {0};
    if (!(task->prior < INFINITY)) return b;
    b.scale = 0.5 / (task->prior * (double)task->rows);
    b.theta = temper_net_kernel()->dot(P, scan->theta, scan->theta);
    for (int k = 0; k < scan->axes; k++) {
        b.mixed[k] = temper_net_kernel()->dot(P, scan->theta, scan->direction[k]);
        for (int l = 0; l < scan->axes; l++)
            b.gram[k][l] = temper_net_kernel()->dot(P, scan->direction[k], scan->direction[l]);
    }
    return b;
}

static double height(const bowl *b, int axes, const double *x) {
    if (b->scale == 0) return 0;
    double sum = b->theta;
    for (int k = 0; k < axes; k++) {
        sum += 2 * x[k] * b->mixed[k];
        for (int l = 0; l < axes; l++) sum += x[k] * x[l] * b->gram[k][l];
    }
    return b->scale * sum;
}

/* ---- all of it ---- */

static void hand_out(const survey *s, const bowl *prior, const temper_scanned *out) {
    const temper_scan *scan = s->plane.scan;
    const double N = (double)scan->task->rows;
    const bool labels = s->plane.problem->targets == 0;
    for (int64_t p = 0; p < s->points; p++) {
        const int64_t at = s->first + p;
        const tally *t = &s->sum[p];
        if (out->loss) out->loss[at] = t->loss / N + height(prior, scan->axes, scan->x + at * scan->axes);
        if (out->error) out->error[at] = N > 1 ? sqrt(t->square / (N - 1) / N) : NAN;
        if (out->wrong) out->wrong[at] = labels ? (double)t->wrong / N : NAN;
    }
}

/* A stretch of the points, over all rows. */
static temper_status pass(survey *s, int64_t chunks_most) {
    const int64_t rows = s->plane.problem->task.rows, chunks = (rows + s->plane.rows - 1) / s->plane.rows;
    memset(s->sum, 0, (size_t)s->points * sizeof *s->sum);
    for (s->chunk = 0; s->chunk < chunks; s->chunk += chunks_most) {
        s->chunks = chunks - s->chunk < chunks_most ? chunks - s->chunk : chunks_most;
        temper_status bad = wave(s);
        if (bad) return bad;
        if (atomic_load(&s->stopped)) return temper_fail(TEMPER_STOPPED, "scan: stopped");
    }
    return TEMPER_OK;
}

static temper_status run(survey *s, const temper_scanned *out) {
    const temper_scan *scan = s->plane.scan;
    const net_scan_limits *limits = s->plane.limits;
    const int64_t most = scan->points < limits->points ? scan->points : limits->points;
    const int64_t chunks = (s->plane.problem->task.rows + s->plane.rows - 1) / s->plane.rows;
    int64_t wave_most = (int64_t)(limits->tallies / sizeof(tally)) / most;
    wave_most = wave_most < 1 ? 1 : wave_most > chunks ? chunks : wave_most;
    s->total = chunks * scan->points;
    s->part = temper_alloc((size_t)((wave_most + 1) * most), sizeof *s->part);
    s->seats = temper_alloc((size_t)s->workers, s->seat);
    if (!s->part || !s->seats) return TEMPER_NO_MEMORY;
    s->sum = s->part + wave_most * most;
    if (out->error && !(s->still = temper_alloc((size_t)(s->workers * s->plane.rows), sizeof *s->still)))
        return TEMPER_NO_MEMORY;
    bowl prior = bowl_of(scan);
    for (s->first = 0; s->first < scan->points; s->first += most) {
        s->points = scan->points - s->first < most ? scan->points - s->first : most;
        temper_status bad = pass(s, wave_most);
        if (bad) return bad;
        hand_out(s, &prior, out);
    }
    return TEMPER_OK;
}

/* A copy of the graph in which norms with statistics are constants. */
static net_graph *graph_of(const temper_network_task *task) {
    net_graph *graph = temper_alloc(1, sizeof *graph);
    if (!graph) return NULL;
    if (task->statistics)
        net_freeze(task->network->graph, graph);
    else
        *graph = *task->network->graph;
    return graph;
}

static temper_status survey_of(const temper_scan *scan, const net_problem *problem, const temper_scanned *out,
                               const net_scan_limits *limits) {
    const temper_network *network = scan->task->network;
    survey *s = temper_alloc(1, sizeof *s);
    net_graph *graph = s ? graph_of(scan->task) : NULL;
    temper_status bad = graph ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad) {
        s->plane = (net_plane){.scan = scan, .limits = limits, .problem = problem, .graph = graph};
        s->plane.loss = (net_loss){network->objective.loss, graph->node[graph->nodes - 1].features,
                                   network->objective.smoothing, network->objective.confidence};
        net_plane_find(&s->plane);
        s->seat = net_seat_bytes(&s->plane);
        s->caller = pthread_self();
        s->workers = scan->task->threads ? scan->task->threads : temper_thread_count();
        while (s->workers > 1 && s->seat * (size_t)s->workers > limits->seats) s->workers--;
        bad = run(s, out);
    }
    if (s) temper_release(s->part), temper_release(s->seats), temper_release(s->still);
    temper_release(graph);
    temper_release(s);
    return bad;
}

static temper_status check(const temper_scan *scan) {
    if (scan->axes < 1 || scan->axes > TEMPER_AXES_MAX)
        return temper_fail(TEMPER_BAD_OPTION, "scan: axes=%d is outside 1 ... %d", scan->axes,
                           TEMPER_AXES_MAX);
    if (scan->points < 1)
        return temper_fail(TEMPER_BAD_OPTION, "scan: points=%lld, there must be one at least",
                           (long long)scan->points);
    if (scan->task->variational)
        return temper_fail(TEMPER_CANNOT,
                           "scan: Gaussian weights have no plane; scan the network of their means");
    return TEMPER_OK;
}

/* The potential looks the task over, and knows how to feed it. */
temper_status net_scan_within(const temper_scan *scan, const temper_scanned *out,
                              const net_scan_limits *limits) {
    temper_potential *potential = NULL;
    temper_status bad = check(scan);
    if (!bad) bad = temper_network_potential(&potential, scan->task);
    if (!bad) bad = survey_of(scan, potential->self, out, limits);
    temper_potential_free(potential);
    return bad;
}

temper_status temper_network_scan(const temper_scan *scan, const temper_scanned *out) {
    return net_scan_within(scan, out, &usual);
}
