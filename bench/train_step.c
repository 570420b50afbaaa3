/* Milliseconds of one training step: minibatch of a shuffled epoch, forward, softmax cross-entropy, backward, SGD; wall time, the
 * least of many windows. bench/peers/torch_step.py does the same with PyTorch.
 *
 *     bench_train_step            all rows, 1 and 2 threads
 *     bench_train_step N          N rounds of windows (default 40)
 *
 * A step here is what temper train does: it takes its rows out of the data set, looks whether the gradient is finite, and reads
 * the thermometer. Members of an ensemble take turns of 20 steps (temper train: of a tenth of a second). */
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
    fprintf(stderr, "bench_train_step: %s\n", temper_message());
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

typedef struct { /* what is trained, and on what */
    const char *model;
    int64_t channels, side, features, batch; /* side 0: no image */
    int members, times;                      /* walkers that step side by side; steps in a window */
} workload;

typedef struct {
    temper_walker *walker[10];
    int times;
} team;

static temper_status advance(void *context, int64_t i) {
    team *t = context;
    temper_walker_steps(t->walker[i], t->times);
    return TEMPER_OK;
}

/* Milliseconds for one step of all members. */
static double measure(const workload *w, team *t, int rounds) {
    double best = 1e300;
    t->times = 3;
    for (int k = 0; k < rounds; k++) {
        double start = now();
        if (w->members == 1)
            advance(t, 0);
        else if (temper_parallel(w->members, advance, t))
            give_up();
        double each = (now() - start) / t->times;
        if (k && each < best) best = each; /* the first window warms up */
        t->times = w->times;
    }
    return best * 1e3;
}

static void row(const workload *w, int threads, int rounds) {
    temper_samples samples = data_of(w->features);
    temper_network_io io = {.features = w->features, .outputs = 10};
    if (w->side) io.channels = w->channels, io.height = io.width = w->side;
    int64_t *rows = malloc(ROWS * sizeof *rows);
    temper_network *network;
    temper_potential *potential;
    temper_dynamics *sgd;
    team t = {{NULL}, 0};
    for (int64_t i = 0; i < ROWS; i++) rows[i] = i;
    if (temper_threads(threads) || temper_network_create(&network, w->model, &io, &(temper_objective){0}))
        give_up();
    temper_network_task task = {
        .network = network, .samples = &samples, .row = rows, .rows = ROWS, .batch = w->batch};
    task.prior = INFINITY, task.threads = w->members > 1 ? 1 : threads, task.init_scale = 1;
    if (temper_network_potential(&potential, &task) ||
        temper_dynamics_create(&sgd, "sgd:rate=0.1,momentum=0"))
        give_up();
    for (int r = 0; r < w->members; r++)
        if (temper_walker_create(&t.walker[r], potential, sgd, true, (temper_stream){1, (uint32_t)r}))
            give_up();
    printf("%-12s x%-2d batch %4lld threads %d %9.4f ms\n", w->model, w->members, (long long)w->batch,
           threads, measure(w, &t, rounds));
    fflush(stdout);
    for (int r = 0; r < w->members; r++) temper_walker_free(t.walker[r]);
    temper_dynamics_free(sgd);
    temper_potential_free(potential), temper_network_free(network);
    free(rows), free(samples.X), free(samples.y);
}

int main(int count, char **word) {
    static const workload all[] = {
        {"mlp:256,128", 0, 0, 784, 128, 1, 8}, {"mlp:256,128", 0, 0, 784, 32, 1, 20},
        {"mlp:100", 0, 0, 64, 64, 1, 20},      {"mlp:256,128", 0, 0, 784, 128, 10, 20},
        {"lenet5", 1, 28, 784, 128, 1, 4},     {"resnet20", 3, 32, 3072, 128, 1, 1}};
    int rounds = count > 1 ? atoi(word[1]) : 40;
    for (int threads = 1; threads <= 2; threads++)
        for (size_t k = 0; k < sizeof all / sizeof *all; k++)
            row(&all[k], threads, k < 5 ? rounds : rounds / 5 + 2);
    return 0;
}
