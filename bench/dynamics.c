/* What a dynamics costs beyond its gradients: milliseconds for one gradient of a minibatch, steps and all, and the ratio to sgd with
 * momentum. One thread, its own processor time; windows of all dynamics take turns, so that what disturbs the machine disturbs all; the least of
 * each.
 *
 *     bench_dynamics [ROUNDS]      default 60 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "temper/temper.h"

enum { ROWS = 4000, GRADIENTS = 20 };

static const char *const dynamics[] = {"sgd:rate=0.01",
                                       "adam",
                                       "langevin:rate=0.01",
                                       "sghmc:rate=0.01",
                                       "sam:rate=0.01",
                                       "asam:rate=0.01",
                                       "weight_noise:rate=0.01",
                                       "weight_noise:rate=0.01,relative=yes",
                                       "entropy_sgd:rate=0.01",
                                       "entropy_sgd:rate=0.01,noise=0",
                                       "entropy_sgd:rate=0.01,L=20"};
enum { KINDS = sizeof dynamics / sizeof *dynamics };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static _Noreturn void give_up(void) {
    fprintf(stderr, "bench_dynamics: %s\n", temper_message());
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

static void time_all(temper_walker **walker, int rounds, double best[KINDS]) {
    for (int k = 0; k < KINDS; k++) best[k] = 1e300;
    for (int round = 0; round <= rounds; round++)
        for (int k = 0; k < KINDS; k++) {
            const temper_dynamics *d = walker[k]->dynamics;
            int64_t looks = d->type->looks ? d->type->looks(d->self) : 1, before = walker[k]->evaluations;
            double start = now();
            temper_walker_steps(walker[k], GRADIENTS / looks);
            double each = (now() - start) / (double)(walker[k]->evaluations - before);
            if (round && each < best[k]) best[k] = each; /* the first window warms up */
            if (walker[k]->failed) give_up();
        }
}

static void table(const char *model, int64_t features, int64_t batch, int rounds) {
    temper_samples samples = data_of(features);
    temper_network_io io = {.features = features, .outputs = 10};
    static int64_t row[ROWS];
    temper_network *network;
    temper_potential *potential;
    temper_dynamics *kind[KINDS];
    temper_walker *walker[KINDS];
    double best[KINDS];
    for (int64_t i = 0; i < ROWS; i++) row[i] = i;
    if (temper_threads(1) || temper_network_create(&network, model, &io, &(temper_objective){0})) give_up();
    temper_network_task task = {
        .network = network, .samples = &samples, .row = row, .rows = ROWS, .batch = batch};
    task.prior = INFINITY, task.threads = 1, task.init_scale = 1;
    if (temper_network_potential(&potential, &task)) give_up();
    for (int k = 0; k < KINDS; k++)
        if (temper_dynamics_create(&kind[k], dynamics[k]) ||
            temper_walker_create(&walker[k], potential, kind[k], true, (temper_stream){1, 0}))
            give_up();
    for (int k = 0; k < KINDS; k++) walker[k]->temperature = 1e-3;
    time_all(walker, rounds, best);
    printf("%lld-%s, batch %lld\n", (long long)features, model + 4, (long long)batch);
    for (int k = 0; k < KINDS; k++)
        printf("  %-40s %9.4f ms %7.3f\n", dynamics[k], best[k] * 1e3, best[k] / best[0]);
    for (int k = 0; k < KINDS; k++) temper_walker_free(walker[k]), temper_dynamics_free(kind[k]);
    temper_potential_free(potential), temper_network_free(network);
    free(samples.X), free(samples.y);
}

int main(int count, char **word) {
    int rounds = count > 1 ? atoi(word[1]) : 60;
    table("mlp:300,100", 784, 128, rounds);
    table("mlp:100", 64, 64, 4 * rounds);
    return 0;
}
