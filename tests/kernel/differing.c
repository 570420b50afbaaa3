/* The count of unequal spins is the same on every level, for all short lengths and offsets. */
#include <stdlib.h>
#include <time.h>
#include "check.h"
#include "kernel/kernel.h"
#include "temper/cpu.h"

enum { MOST = 5000 };
static int8_t a[MOST], b[MOST];

static void every_level_counts_alike(void) {
    temper_stream of = {1, 2};
    for (int k = 0; k < MOST; k++) {
        uint32_t word = temper_word(of, TEMPER_FOR_TESTS, 0, k);
        a[k] = word & 1 ? 1 : -1;
        b[k] = word & 6 ? a[k] : (int8_t)-a[k];
    }
    for (int from = 0; from < 3; from++)
        for (int count = 0; count < (from ? 300 : MOST - 3); count += count < 300 ? 1 : 97) {
            int64_t truth = 0;
            for (int k = 0; k < count; k++) truth += a[from + k] != b[k];
            for (int level = TEMPER_CPU_REF; level <= (int)temper_cpu_best(); level++)
                CHECK(temper_kernel_of((temper_cpu)level)->differing(a + from, b, count) == truth,
                      "level %d, %d bytes from %d", level, count, from);
        }
}

/* Counters of a byte hold 255: all sites differ, over more than 255 words of eight. */
static void no_counter_overflows(void) {
    for (int k = 0; k < MOST; k++) a[k] = 1, b[k] = -1;
    for (int level = TEMPER_CPU_REF; level <= (int)temper_cpu_best(); level++)
        for (int count = 2030; count <= MOST; count += 99)
            CHECK(temper_kernel_of((temper_cpu)level)->differing(a, b, count) == count, "level %d, %d bytes",
                  level, count);
}

static void speed(void) {
    for (int level = TEMPER_CPU_REF; level <= (int)temper_cpu_best(); level++) {
        int64_t sum = 0, begin = clock();
        for (int k = 0; k < 20000; k++)
            sum += temper_kernel_of((temper_cpu)level)->differing(a, b, 1024 + k % 2);
        printf("  %-6s %.1f sites/ns\n", temper_cpu_name((temper_cpu)level),
               20000 * 1024e-9 / ((double)(clock() - begin) / CLOCKS_PER_SEC) + 0 * (double)sum);
    }
}

int main(void) {
    RUN(every_level_counts_alike);
    RUN(no_counter_overflows);
    RUN(speed);
    return check_end();
}
