/* Milliseconds of Hessian-vector products of a network on one batch: from nothing (a point made and used once), with the point kept, eight
 * vectors at a time, and beside them one training gradient; the least of many rounds, of wall time, or with one thread of its CPU time (the
 * same on an idle machine, and less disturbed by others on a busy one). bench/peers/hvp.py does the same with PyTorch.
 *
 *     bench_hvp [rounds [threads [--no-resnet]]]      default: 30 1 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "temper/temper.h"

static clockid_t watch = CLOCK_PROCESS_CPUTIME_ID;

static double now(void) {
    struct timespec t;
    clock_gettime(watch, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static _Noreturn void give_up(void) {
    fprintf(stderr, "bench_hvp: %s\n", temper_message());
    exit(1);
}

static const temper_stream stream = {1, 0};

/* Rows of numbers in 0 … 1 with labels by chance: how fast a product is does not depend on them. */
static temper_samples data_of(int64_t n, int64_t features) {
    temper_samples s = {.n = n, .features = features, .classes = 10};
    s.X = malloc((size_t)(n * features) * sizeof *s.X);
    s.y = malloc((size_t)n * sizeof *s.y);
    if (!s.X || !s.y) exit(1);
    for (int64_t i = 0; i < n * features; i++) s.X[i] = (float)temper_uniform(stream, TEMPER_FOR_TESTS, 0, i);
    for (int64_t i = 0; i < n; i++)
        s.y[i] = (int32_t)temper_below(temper_word(stream, TEMPER_FOR_TESTS, 1, i), 10);
    return s;
}

typedef struct {
    const char *model;
    int64_t channels, side, features, rows; /* side 0: no image */
    int effort;                             /* of so many rounds one is done */
} workload;

enum { VECTORS = 8 };

typedef struct {
    temper_network_task task;
    temper_probe *probe, *forgetful; /* the second keeps nothing */
    temper_potential *potential;
    temper_look look;
    float *theta, *v, *out;
} rig;

static void scratch_product(rig *r) {
    if (temper_probe_apply(r->forgetful, 1, r->v, r->out)) give_up();
}
static void dual_product(rig *r) {
    (void)r->potential->type->curve_single(r->potential->self, &r->look, r->theta, r->v, r->out,
                                           r->out + r->potential->dim);
}
static void kept_product(rig *r) {
    if (temper_probe_apply(r->probe, 1, r->v, r->out)) give_up();
}
static void block_of_products(rig *r) {
    if (temper_probe_apply(r->probe, VECTORS, r->v, r->out)) give_up();
}
static void gradient(rig *r) {
    (void)r->potential->type->slope_single(r->potential->self, &r->look, r->theta, r->out);
}

static const struct {
    const char *name;
    void (*run)(rig *);
} acts[] = {{"gradient", gradient},
            {"dual", dual_product},
            {"scratch", scratch_product},
            {"kept", kept_product},
            {"block of 8, each", block_of_products}};
enum { ACTS = sizeof acts / sizeof *acts };

static void row(const workload *w, int rounds) {
    temper_samples samples = data_of(w->rows, w->features);
    temper_network_io io = {.features = w->features, .outputs = 10};
    if (w->side) io.channels = w->channels, io.height = io.width = w->side;
    temper_network *network;
    int64_t *rows = malloc((size_t)w->rows * sizeof *rows);
    double best[ACTS];
    if (!rows || temper_network_create(&network, w->model, &io, &(temper_objective){0})) give_up();
    for (int64_t i = 0; i < w->rows; i++) rows[i] = i;
    rig r = {.task = {.network = network, .samples = &samples, .row = rows, .rows = w->rows}};
    r.task.batch = w->rows, r.task.prior = INFINITY, r.task.init_scale = 1;
    const size_t P = (size_t)temper_network_parameters(network);
    r.theta = malloc(P * sizeof(float)), r.v = malloc(VECTORS * P * sizeof(float));
    r.out = malloc(VECTORS * P * sizeof(float));
    if (!r.theta || !r.v || !r.out) exit(1);
    temper_network_start(network, TEMPER_INIT_AUTO, 1, stream, r.theta);
    for (size_t i = 0; i < VECTORS * P; i++)
        r.v[i] = (float)temper_normal(stream, TEMPER_FOR_TESTS, 3, (int64_t)i);
    if (temper_network_potential(&r.potential, &r.task) ||
        temper_probe_create(&r.probe, &r.task, TEMPER_HESSIAN, r.theta, stream, (size_t)4 << 30) ||
        temper_probe_create(&r.forgetful, &r.task, TEMPER_HESSIAN, r.theta, stream, 1))
        give_up();
    r.look = (temper_look){.stream = stream, .whole = true, .scratch = calloc(r.potential->scratch, 1)};
    for (int a = 0; a < ACTS; a++) best[a] = 1e300;
    for (int k = 0; k < rounds / w->effort + 2; k++) /* in turns; the first round warms up */
        for (int a = 0; a < ACTS; a++) {
            double start = now();
            acts[a].run(&r);
            double took = now() - start;
            if (k && took < best[a]) best[a] = took;
        }
    for (int a = 0; a < ACTS; a++)
        printf("%-12s rows %5lld  %-18s %9.4f ms\n", w->model, (long long)w->rows, acts[a].name,
               best[a] * 1e3 / (a == ACTS - 1 ? VECTORS : 1));
    fflush(stdout);
    temper_probe_free(r.probe), temper_probe_free(r.forgetful), temper_potential_free(r.potential);
    temper_network_free(network);
    free(rows), free(samples.X), free(samples.y), free(r.theta), free(r.v), free(r.out), free(r.look.scratch);
}

int main(int count, char **word) {
    static const workload all[] = {{"mlp:256,128", 0, 0, 784, 128, 1},
                                   {"mlp:256,128", 0, 0, 784, 1000, 4},
                                   {"lenet5", 1, 28, 784, 128, 2},
                                   {"resnet20", 3, 32, 3072, 128, 15}};
    int rounds = count > 1 ? atoi(word[1]) : 30, threads = count > 2 ? atoi(word[2]) : 1;
    if (threads != 1) watch = CLOCK_MONOTONIC;
    if (temper_threads(threads)) give_up();
    const size_t models = sizeof all / sizeof *all - (count > 3);
    for (size_t k = 0; k < models; k++) row(&all[k], rounds);
    return 0;
}
