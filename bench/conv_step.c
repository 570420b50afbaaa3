/* Milliseconds of one training step of LeNet-5 (28 × 28) and ResNet-20 (32 × 32 × 3): minibatch of a shuffled epoch, forward, softmax
 * cross-entropy, backward, SGD with momentum 0.9; wall time, the least of many windows. bench/peers/torch_conv.py does the same
 * with PyTorch.
 *
 *     bench_conv_step            both networks at batch 128, 1 and 2 threads
 *     bench_conv_step N          N windows (default 30)
 *     bench_conv_step N MODEL    one network, 1 thread
 *
 * A step is what temper train does: it takes its rows out of the data set, looks whether the gradient is finite, and reads the
 * thermometer. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "temper/temper.h"

enum { ROWS = 1024, BATCH = 128 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static _Noreturn void give_up(void) {
    fprintf(stderr, "bench_conv_step: %s\n", temper_message());
    exit(1);
}

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

static void row(const char *model, const temper_network_io *io, int threads, int windows) {
    temper_samples samples = data_of(io->features);
    int64_t rows[ROWS];
    temper_network *network;
    temper_potential *potential;
    temper_dynamics *sgd;
    temper_walker *walker;
    for (int64_t i = 0; i < ROWS; i++) rows[i] = i;
    if (temper_threads(threads) || temper_network_create(&network, model, io, TEMPER_CROSS_ENTROPY, 0))
        give_up();
    temper_network_task task = {
        .network = network, .samples = &samples, .row = rows, .rows = ROWS, .batch = BATCH};
    task.prior = INFINITY, task.threads = threads, task.init_scale = 1;
    if (temper_network_potential(&potential, &task) ||
        temper_dynamics_create(&sgd, "sgd:rate=0.01,momentum=0.9") ||
        temper_walker_create(&walker, potential, sgd, true, (temper_stream){1, 0}))
        give_up();
    int times = temper_network_parameters(network) > 100000 ? 1 : 4;
    double best = 1e300;
    temper_walker_steps(walker, 2);
    for (int k = 0; k < windows; k++) {
        double start = now();
        temper_walker_steps(walker, times);
        double t = (now() - start) / times;
        if (t < best) best = t;
    }
    printf("%-9s batch %d  %d thread%s  %8.3f ms\n", model, BATCH, threads, threads > 1 ? "s" : " ",
           best * 1e3);
    fflush(stdout);
    temper_walker_free(walker), temper_dynamics_free(sgd);
    temper_potential_free(potential), temper_network_free(network);
    free(samples.X), free(samples.y);
}

int main(int count, char **word) {
    int windows = count > 1 ? atoi(word[1]) : 30;
    const char *only = count > 2 ? word[2] : NULL;
    const temper_network_io grey = {784, 1, 28, 28, 10}, colour = {3072, 3, 32, 32, 10};
    for (int threads = 1; threads <= (only ? 1 : 2); threads++) {
        if (!only || strcmp(only, "lenet5") == 0) row("lenet5", &grey, threads, windows);
        if (!only || strcmp(only, "resnet20") == 0) row("resnet20", &colour, threads, windows);
    }
    return 0;
}
