/* y += a x and the inner product in lanes: every level gives the bits of the reference. */
#include <stdlib.h>
#include <time.h>
#include "check.h"
#include "kernel/kernel.h"
#include "temper/cpu.h"

enum { MOST = 1024 };
static double x[MOST], y[MOST], z[MOST];

static void fill(int64_t step) {
    temper_stream of = {7, 1};
    for (int k = 0; k < MOST; k++) {
        x[k] = temper_normal(of, TEMPER_FOR_TESTS, step, k);
        y[k] = z[k] = temper_normal(of, TEMPER_FOR_TESTS, step + 1000, k);
    }
}

static void every_level_gives_the_same_bits(void) {
    for (int length = 0; length <= MOST; length += length < 40 ? 1 : 123)
        for (int level = TEMPER_CPU_REF; level <= (int)temper_cpu_best(); level++) {
            const temper_kernels *kernel = temper_kernel_of((temper_cpu)level),
                                 *ref = temper_kernel_of(TEMPER_CPU_REF);
            fill(length);
            kernel->lanes_add(y, 0.37, x, length);
            ref->lanes_add(z, 0.37, x, length);
            CHECK(!memcmp(y, z, sizeof y), "add, level %d, length %d", level, length);
            if (length % TEMPER_LANES) continue;
            double a = kernel->lanes_dot(x, y, length), b = ref->lanes_dot(x, y, length);
            CHECK(!memcmp(&a, &b, sizeof a), "dot, level %d, length %d", level, length);
        }
}

static void dot_is_the_inner_product(void) {
    double sum = 0;
    fill(5);
    for (int k = 0; k < MOST; k++) sum += x[k] * y[k];
    CHECK_NEAR(temper_kernel()->lanes_dot(x, y, MOST), sum, 1e-11);
}

static void speed(void) {
    for (int level = TEMPER_CPU_REF; level <= (int)temper_cpu_best(); level++) {
        clock_t begin = clock();
        for (int k = 0; k < 100000; k++) temper_kernel_of((temper_cpu)level)->lanes_add(y, 1e-9, x, MOST);
        printf("  %-6s add %.2f numbers/ns\n", temper_cpu_name((temper_cpu)level),
               100000.0 * MOST * 1e-9 / ((double)(clock() - begin) / CLOCKS_PER_SEC));
    }
}

int main(void) {
    RUN(every_level_gives_the_same_bits);
    RUN(dot_is_the_inner_product);
    RUN(speed);
    return check_end();
}
