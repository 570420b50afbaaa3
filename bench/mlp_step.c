/* Milliseconds of one training step: minibatch of a shuffled epoch, forward, softmax cross-entropy, backward, SGD; wall time, the
 * least of many windows. bench/peers/torch_mlp.py does the same with PyTorch.
 *
 *     bench_mlp_step            all rows, 1 and 2 threads
 *     bench_mlp_step N          N rounds of windows (default 40)
 *
 * A step here is what temper train does: it takes its rows out of the data set, looks whether the gradient is finite, and reads
 * the thermometer. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "temper/temper.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static _Noreturn void give_up(void) {
    fprintf(stderr, "bench_mlp_step: %s\n", temper_message());
    exit(1);
}

enum { ROWS = 8000 };

/* Rows of numbers in 0 … 1 with labels by chance: how fast a step is does not depend on them. */
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

static void row(const char *model, int64_t features, int64_t batch, int threads, int rounds) {
    temper_samples samples = data_of(features);
    temper_network_io io = {.features = features, .outputs = 10};
    int64_t *rows = malloc(ROWS * sizeof *rows);
    temper_network *network;
    temper_potential *potential;
    temper_dynamics *sgd;
    temper_walker *walker;
    for (int64_t i = 0; i < ROWS; i++) rows[i] = i;
    if (temper_threads(threads) || temper_network_create(&network, model, &io, TEMPER_CROSS_ENTROPY, 0))
        give_up();
    temper_network_task task = {
        .network = network, .samples = &samples, .row = rows, .rows = ROWS, .batch = batch};
    task.prior = INFINITY, task.threads = threads, task.init_scale = 1;
    if (temper_network_potential(&potential, &task) ||
        temper_dynamics_create(&sgd, "sgd:rate=0.1,momentum=0") ||
        temper_walker_create(&walker, potential, sgd, true, (temper_stream){1, 0}))
        give_up();
    double best = 1e300;
    int times = batch <= 64 ? 20 : 8;
    temper_walker_steps(walker, 10);
    for (int k = 0; k < rounds; k++) {
        double start = now();
        temper_walker_steps(walker, times);
        double t = (now() - start) / times;
        if (t < best) best = t;
    }
    printf("%5lld-%-12s batch %5lld  %d thread%s  %8.4f ms\n", (long long)features, model, (long long)batch,
           threads, threads > 1 ? "s" : " ", best * 1e3);
    fflush(stdout);
    temper_walker_free(walker), temper_dynamics_free(sgd);
    temper_potential_free(potential), temper_network_free(network);
    free(rows), free(samples.X), free(samples.y);
}

int main(int count, char **word) {
    int rounds = count > 1 ? atoi(word[1]) : 40;
    for (int threads = 1; threads <= 2; threads++) {
        row("mlp:256,128", 784, 128, threads, rounds);
        row("mlp:256,128", 784, 32, threads, rounds);
        row("mlp:256,128", 784, 1000, threads, rounds);
        row("mlp:100", 64, 64, threads, rounds);
    }
    return 0;
}
