/* Elementwise kernels of networks in nanoseconds per number on one thread: functions and their slopes, softmax, normals, updates.
 * Processor time, best of several runs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "kernel/net.h"
#include "temper/cpu.h"

enum { RUNS = 30, ROW = 8192, PARAMETERS = 235146 }; /* of the MLP 784-256-128-10 */

static _Alignas(64) float x[ROW], y[ROW], a[ROW], out[ROW];
static float *theta, *grad, *first, *second;
static const temper_net_kernels *kernel;
static temper_pointwise kind;
static temper_update update = {.rate = 1e-6,
                               .momentum = 0.9,
                               .beta1 = 0.9,
                               .beta2 = 0.999,
                               .epsilon = 1e-8,
                               .correction1 = 1,
                               .correction2 = 1,
                               .drift = 1e-6,
                               .keep = 0.9,
                               .stream = {1, 0}};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void row(const char *name, const char *part, int64_t numbers, int repeats, void work(void)) {
    double best = 1e300;
    for (int k = 0; k < RUNS; k++) {
        double start = now();
        for (int r = 0; r < repeats; r++) work();
        double t = (now() - start) / repeats;
        if (t < best) best = t;
    }
    printf("%-10s %-9s %9.3f ns/number %10.2f us\n", name, part, best / (double)numbers * 1e9, best * 1e6);
    fflush(stdout);
}

static void run_value(void) { kernel->value(kind, 0.1F, ROW, x, y); }
static void run_slope(void) { kernel->slope(kind, 0.1F, ROW, x, y, a, out, false); }
static void run_bend(void) { kernel->bend(kind, 0.1F, ROW, x, y, a, a, out); }
static void run_exp(void) { kernel->exp(ROW, x, out); }
static void run_log(void) { kernel->log(ROW, a, out); }
static void run_softmax(void) { kernel->softmax(ROW / LANES, x, out); }
static void run_normals(void) { kernel->normals(update.stream, TEMPER_FOR_NOISE, 0, 0, ROW, out); }
static void run_sgd(void) {
    temper_sums sums;
    kernel->update_sgd(&update, PARAMETERS, grad, theta, first, &sums);
}
static void run_adam(void) {
    temper_sums sums;
    kernel->update_adam(&update, PARAMETERS, grad, theta, first, second, &sums);
}
static void run_baoab(void) {
    temper_sums sums;
    kernel->update_baoab(&update, PARAMETERS, grad, theta, first, &sums);
}
static void run_dot(void) {
    static volatile double sink;
    sink = kernel->dot(PARAMETERS, grad, theta);
    (void)sink;
}

static void functions(void) {
    static const char *names[] = {"relu", "leaky", "tanh", "sigmoid", "gelu", "silu", "softplus"};
    for (kind = 0; kind < TEMPER_POINTWISE_KINDS; kind++) {
        row(names[kind], "value", ROW, 20, run_value);
        row(names[kind], "slope", ROW, 20, run_slope);
        row(names[kind], "bend", ROW, 20, run_bend);
    }
    row("exp", "", ROW, 20, run_exp);
    row("log", "", ROW, 20, run_log);
    row("softmax", "", ROW, 20, run_softmax);
    row("normals", "", ROW, 20, run_normals);
}

static void updates(void) {
    update.momentum = 0, update.noise = 0;
    row("sgd", "plain", PARAMETERS, 2, run_sgd);
    update.momentum = 0.9;
    row("sgd", "momentum", PARAMETERS, 2, run_sgd);
    row("adam", "", PARAMETERS, 2, run_adam);
    row("baoab", "", PARAMETERS, 2, run_baoab);
    update.noise = 1e-6;
    row("baoab", "noise", PARAMETERS, 2, run_baoab);
    row("dot", "", PARAMETERS, 2, run_dot);
}

int main(void) {
    theta = aligned_alloc(64, 4 * 64 * (PARAMETERS / 16 + 1));
    if (!theta) return 1;
    for (int64_t k = 0; k < 4 * 16 * (PARAMETERS / 16 + 1); k++) theta[k] = (float)sin(0.1 * (double)k);
    grad = theta + 16 * (PARAMETERS / 16 + 1), first = grad + 16 * (PARAMETERS / 16 + 1);
    second = first + 16 * (PARAMETERS / 16 + 1);
    for (int64_t k = 0; k < PARAMETERS; k++) second[k] = fabsf(second[k]);
    for (int k = 0; k < ROW; k++) x[k] = 3 * sinf((float)k), a[k] = 1.5F + cosf((float)k);
    for (int level = 0; level <= (int)temper_cpu_best(); level++) {
        kernel = temper_net_kernel_of(level);
        printf("%s\n", temper_cpu_name((temper_cpu)level));
        functions();
        updates();
    }
    free(theta);
    return 0;
}
