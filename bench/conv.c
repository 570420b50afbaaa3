/* Convolutions: GFLOP/s of forward, data and weight gradient, one thread, for layers of LeNet-5 and ResNet-20 at batch 128.
 * A fused multiply-add counts two, and taps outside the image are counted too, as others do. Minimum of many runs. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "kernel/net.h"
#include "temper/cpu.h"

enum { BLOCKS = 8, PIXELS = 3 << 18 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *room(size_t n) {
    float *x = aligned_alloc(64, (n * sizeof *x + 63) / 64 * 64);
    if (!x) exit(1);
    for (size_t k = 0; k < n; k++) x[k] = (float)(k * 2654435761u % 2001) / 1000 - 1;
    return x;
}

/* Layer after layer a network works on a few blocks, so that they are warm; `pair` of them here. */
static void layer(const temper_conv *s, int level, int pair) {
    const temper_net_kernels *kernel = temper_net_kernel_of(level);
    size_t in = (size_t)(s->channels * s->height * s->width * LANES),
           out = (size_t)(s->filters * s->out_h * s->out_w * LANES),
           weights = (size_t)(s->channels * s->kernel_h * s->kernel_w * s->filters);
    float *x = room(in * BLOCKS), *y = room(out * BLOCKS), *w = room(weights), *b = room(64),
          *scratch = room(kernel->conv_scratch(s));
    double best[3] = {1e9, 1e9, 1e9}, flops = 2.0 * BLOCKS * LANES * s->out_h * s->out_w * (double)weights;
    for (int run = 0; run < (level ? 30 : 1); run++) {
        double t[4] = {now()};
        for (size_t k = 0; k < BLOCKS; k += (size_t)pair)
            kernel->conv_forward(s, pair, x + k * in, w, b, y + k * out, false, scratch);
        t[1] = now();
        for (size_t k = 0; k < BLOCKS; k += (size_t)pair)
            kernel->conv_weights(s, pair, x + k * in, y + k * out, w, NULL, 0, s->channels * s->kernel_h,
                                 scratch);
        t[2] = now();
        for (size_t k = 0; k < BLOCKS; k += (size_t)pair)
            kernel->conv_data(s, pair, y + k * out, w, x + k * in, false, scratch);
        t[3] = now();
        for (int k = 0; k < 3; k++)
            if (t[k + 1] - t[k] < best[k]) best[k] = t[k + 1] - t[k];
        for (size_t k = 0; k < weights; k++) w[k] = (float)(k * 2654435761u % 2001) / 1000 - 1;
        for (size_t k = 0; k < in * BLOCKS; k++) x[k] = (float)(k % 1001) / 500 - 1;
    }
    printf("%-7s %3d x %2d x %2d -> %2d  %d x %d /%d  forward %6.1f   data %6.1f   weights %6.1f GFLOP/s\n",
           temper_cpu_name((temper_cpu)level), s->channels, s->height, s->width, s->filters, s->kernel_h,
           s->kernel_w, s->stride, 1e-9 * flops / best[0], 1e-9 * flops / best[2], 1e-9 * flops / best[1]);
    free(x), free(y), free(w), free(b), free(scratch);
}

int main(int argc, char **argv) {
    int from = argc > 1 ? atoi(argv[1]) : TEMPER_CPU_AVX2, pair = argc > 2 ? atoi(argv[2]) : 2;
    static const temper_conv layers[] = {
        {1, 28, 28, 6, 5, 5, 1, 2, 28, 28},   {6, 14, 14, 16, 5, 5, 1, 0, 10, 10},
        {3, 32, 32, 16, 3, 3, 1, 1, 32, 32},  {16, 32, 32, 16, 3, 3, 1, 1, 32, 32},
        {16, 32, 32, 32, 3, 3, 2, 1, 16, 16}, {32, 16, 16, 32, 3, 3, 1, 1, 16, 16},
        {32, 16, 16, 64, 3, 3, 2, 1, 8, 8},   {64, 8, 8, 64, 3, 3, 1, 1, 8, 8},
        {64, 8, 8, 64, 1, 1, 1, 0, 8, 8}};
    for (int level = (int)temper_cpu_best(); level >= from; level--)
        for (size_t k = 0; k < sizeof layers / sizeof *layers; k++) layer(&layers[k], level, pair);
    return 0;
}
