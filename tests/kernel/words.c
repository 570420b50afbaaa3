/* The bulk generator of every level against temper_word, and its speed. */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include "check.h"
#include "kernel/kernel.h"

static const temper_stream stream = {0x0123456789ABCDEF, 0xFEDCBA98};
enum { MOST = 700, GUARD = 8 };

static void compare(temper_cpu level, int64_t step, int64_t first, int64_t count) {
    uint32_t out[MOST + 2 * GUARD];
    memset(out, 0xA5, sizeof out);
    temper_kernel_of(level)->words(stream, TEMPER_FOR_MOVES, step, first, count, out + GUARD);
    int64_t wrong = 0;
    for (int64_t k = -GUARD; k < count + GUARD; k++) {
        uint32_t want =
            k < 0 || k >= count ? 0xA5A5A5A5 : temper_word(stream, TEMPER_FOR_MOVES, step, first + k);
        wrong += out[GUARD + k] != want;
    }
    CHECK(wrong == 0, "%s: step %" PRId64 " first %" PRId64 " count %" PRId64 ": %" PRId64 " words differ",
          temper_cpu_name(level), step, first, count, wrong);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void time_it(temper_cpu level, int64_t count) {
    static uint32_t out[4096];
    double best = 1e300;
    for (int trial = 0; trial < 20; trial++) {
        double start = now();
        for (int64_t done = 0; done < 200000; done += count)
            temper_kernel_of(level)->words(stream, TEMPER_FOR_MOVES, done, 0, count, out);
        double took = now() - start;
        if (took < best) best = took;
    }
    printf("  words %s, %lld at a time: %.2f words/ns\n", temper_cpu_name(level), (long long)count,
           200000 / best);
}

static void level_equals_reference(temper_cpu level) {
    if (level > temper_cpu_best()) SKIP("this CPU has no %s", temper_cpu_name(level));
    for (int64_t first = 0; first < 9; first++)
        for (int64_t count = 0; count <= 300; count++) compare(level, 5, first, count);
    const int64_t step = ((int64_t)1 << 48) - 1,
                  carry = (int64_t)4 << 32; /* the block index passes 2^32 at 4·2^32 */
    for (int64_t before = 0; before < 600; before += 7) compare(level, step, carry - before, MOST);
    compare(level, step, 255 * carry + 3, MOST);
    compare(level, step, 256 * carry - MOST, MOST); /* the last words of all */
    time_it(level, 64);
    time_it(level, 256);
    time_it(level, 4096);
}

static void reference(void) { level_equals_reference(TEMPER_CPU_REF); }
static void avx2(void) { level_equals_reference(TEMPER_CPU_AVX2); }
static void avx512(void) { level_equals_reference(TEMPER_CPU_AVX512); }

int main(void) {
    RUN(reference);
    RUN(avx2);
    RUN(avx512);
    return check_end();
}
