/* Seconds for a plane of 51 × 51 points over 1000 rows: a plain scan, point by point, and one that makes the products of the first layer
 * once; processor time of one thread, the least of several. bench/peers/scan.py does the same with PyTorch.
 *
 *     bench_scan [POINTS [ROUNDS]]      POINTS a side (default 51); model, milliseconds a point plain and with products */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "temper/temper.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static _Noreturn void give_up(void) {
    fprintf(stderr, "bench_scan: %s\n", temper_message());
    exit(1);
}

enum { ROWS = 1000, AXES = 2 };

/* Numbers in 0 … 1 with labels by chance: how fast a scan is does not depend on them. */
static temper_samples data_of(int64_t features) {
    temper_samples s = {.n = ROWS, .features = features, .classes = 10};
    temper_stream stream = {1, 0};
    s.X = malloc((size_t)(ROWS * features) * sizeof *s.X);
    s.y = malloc(ROWS * sizeof *s.y);
    if (!s.X || !s.y) exit(1);
    for (int64_t i = 0; i < ROWS * features; i++)
        s.X[i] = (float)temper_uniform(stream, TEMPER_FOR_TESTS, 0, i);
    for (int64_t i = 0; i < ROWS; i++)
        s.y[i] = (int32_t)temper_below(temper_word(stream, TEMPER_FOR_TESTS, 1, i), 10);
    return s;
}

typedef struct {
    const char *model;
    int64_t channels, side, features;
    int seldom; /* a side has so many times fewer points */
} workload;

static float *numbers(int64_t n, int64_t step, float scale) {
    float *x = malloc((size_t)n * sizeof *x);
    if (!x) exit(1);
    for (int64_t i = 0; i < n; i++)
        x[i] = scale * (float)temper_normal((temper_stream){1, 0}, TEMPER_FOR_TESTS, step, i);
    return x;
}

/* Milliseconds a point. */
static double measure(temper_scan *scan, int rounds, double *loss) {
    temper_scanned out = {.loss = loss};
    double best = 1e300;
    for (int k = 0; k < rounds; k++) {
        double start = now();
        if (temper_network_scan(scan, &out)) give_up();
        double each = (now() - start) / (double)scan->points;
        if (each < best) best = each;
    }
    return best * 1e3;
}

static void row(const workload *w, int side, int rounds) {
    temper_samples samples = data_of(w->features);
    temper_network_io io = {.features = w->features, .outputs = 10};
    if (w->side) io.channels = w->channels, io.height = io.width = w->side;
    temper_network *network;
    if (temper_network_create(&network, w->model, &io, &(temper_objective){0})) give_up();
    const int64_t P = temper_network_parameters(network), S = temper_network_statistics(network);
    int64_t rows[ROWS];
    for (int64_t i = 0; i < ROWS; i++) rows[i] = i;
    float *theta = malloc((size_t)P * sizeof *theta),
          *statistics = malloc((size_t)(S + 1) * sizeof *statistics);
    if (!theta || !statistics) exit(1);
    temper_network_start(network, TEMPER_INIT_AUTO, 1, (temper_stream){1, 0}, theta);
    for (int64_t i = 0; i < S; i++) statistics[i] = 1;
    temper_network_task task = {
        .network = network, .samples = &samples, .row = rows, .rows = ROWS, .batch = ROWS};
    task.prior = INFINITY, task.statistics = statistics;
    side = (side + w->seldom - 1) / w->seldom;
    temper_scan scan = {.task = &task, .theta = theta, .axes = AXES, .points = (int64_t)side * side};
    double *x = malloc((size_t)(2 * scan.points) * sizeof *x),
           *loss = malloc((size_t)scan.points * sizeof *loss);
    if (!x || !loss) exit(1);
    for (int i = 0; i < side * side; i++)
        x[2 * i] = 2.0 * (i % side) / side - 1, x[2 * i + 1] = 2.0 * (i / side) / side - 1;
    scan.x = x;
    float *d[AXES] = {numbers(P, 0, 0.05F), numbers(P, 1, 0.05F)};
    scan.direction[0] = d[0], scan.direction[1] = d[1];
    double with = measure(&scan, rounds, loss);
    scan.plain = true;
    printf("%s %.4f %.4f\n", w->model, measure(&scan, rounds, loss), with);
    fflush(stdout);
    free(x), free(loss), free(theta), free(statistics), free(d[0]), free(d[1]);
    temper_network_free(network), free(samples.X), free(samples.y);
}

int main(int count, char **word) {
    static const workload all[] = {
        {"mlp:256,128", 0, 0, 784, 1}, {"lenet5", 1, 28, 784, 2}, {"resnet20", 3, 32, 3072, 12}};
    int side = count > 1 ? atoi(word[1]) : 51, rounds = count > 2 ? atoi(word[2]) : 5;
    if (temper_threads(1)) give_up();
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) row(&all[k], side, rounds);
    return 0;
}
