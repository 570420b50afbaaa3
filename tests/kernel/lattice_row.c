/* The row update of every level against a naive one written here, and its speed. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <time.h>
#include "check.h"
#include "kernel/kernel.h"

enum { WIDEST = 160 };
static const temper_stream stream = {7, 0};
static int64_t drawn;

static uint32_t draw(void) { return temper_word(stream, TEMPER_FOR_TESTS, 0, drawn++); }

/* What kernel.h says, in its words. */
static int naive(int8_t *row, const int8_t *up, const int8_t *down, int width, int first,
                 const uint32_t *words, uint32_t flip[2][5], uint32_t always) {
    for (int x = first; x < width; x += 2) {
        int m =
            (row[(x + width - 1) % width] == 1) + (row[(x + 1) % width] == 1) + (up[x] == 1) + (down[x] == 1);
        int plus = row[x] == 1;
        uint64_t threshold = always & 1u << (2 * m + plus) ? (uint64_t)1 << 32 : flip[plus][m];
        if (words[x] == threshold) return x;
        if (words[x] < threshold) row[x] = (int8_t)-row[x];
    }
    return -1;
}

typedef struct {
    int8_t *rows[3]; /* blocks of their exact size, so that AddressSanitizer sees a read beyond an edge */
    uint32_t *words, flip[2][5], always;
    int width;
} problem;

static void make(problem *p, int width, int ties) {
    p->width = width;
    p->words = malloc((size_t)width * sizeof *p->words);
    for (int r = 0; r < 3; r++) {
        p->rows[r] = malloc((size_t)width);
        for (int x = 0; x < width; x++) p->rows[r][x] = draw() & 1 ? 1 : -1;
    }
    for (int k = 0; k < 10; k++)
        p->flip[k & 1][k >> 1] = draw() % 4 == 0 ? draw() & 1 ? 0 : UINT32_MAX : draw();
    p->always = draw() & draw() & 0x3FF;
    for (int x = 0; x < width; x++) {
        p->words[x] = draw();
        if (ties && draw() % (unsigned)ties == 0) p->words[x] = p->flip[draw() & 1][draw() % 5];
        if (draw() % 50 == 0) p->words[x] = draw() & 1 ? UINT32_MAX : 0;
    }
}

static void drop(problem *p) {
    for (int r = 0; r < 3; r++) free(p->rows[r]);
    free(p->words);
}

/* Goes on behind each tie, as a caller does. */
static void compare(temper_cpu level, problem *p, const int8_t *up, const int8_t *down, int first) {
    const uint32_t(*flip)[5] = (const uint32_t(*)[5])p->flip;
    int8_t mine[WIDEST], *row = p->rows[0];
    memcpy(mine, row, (size_t)p->width);
    for (int x = first; x >= 0 && x < p->width;) {
        int want = naive(mine, up, down, p->width, x, p->words, p->flip, p->always);
        int got = temper_kernel_of(level)->lattice_row(row, up, down, p->width, x, p->words, flip, p->always);
        CHECK(got == want, "%s: width %d from %d: %d, want %d", temper_cpu_name(level), p->width, x, got,
              want);
        CHECK(memcmp(mine, row, (size_t)p->width) == 0, "%s: width %d from %d: spins differ",
              temper_cpu_name(level), p->width, x);
        if (check_bad) return;
        x = want < 0 ? want : want + 2;
    }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Metropolis at T = 2.269: e^(−4/T) and e^(−8/T) of 2^32. Words are ready. */
static void time_it(temper_cpu level, int width) {
    static const uint32_t flip[2][5] = {{126419277, 736874291, 0, 0, 0}, {0, 0, 0, 736874291, 126419277}};
    const uint32_t always = 1 << 4 | 1 << 6 | 1 << 8 | 1 << 1 | 1 << 3 | 1 << 5;
    int8_t *rows = malloc(3 * (size_t)width);
    uint32_t *words = malloc(16 * (size_t)width * sizeof *words);
    for (int x = 0; x < 3 * width; x++) rows[x] = draw() & 1 ? 1 : -1;
    for (int x = 0; x < 16 * width; x++) words[x] = draw();
    double best = 1e300;
    int64_t sites = 0;
    for (int trial = 0; trial < 20; trial++) {
        double start = now();
        sites = 0;
        for (int n = 0; sites < 200000; n++, sites += width / 2)
            temper_kernel_of(level)->lattice_row(rows + width, rows, rows + 2 * width, width, n & 1,
                                                 words + (n & 15) * width, flip, always);
        double took = now() - start;
        if (took < best) best = took;
    }
    printf("  lattice_row %s, width %d: %.2f sites/ns\n", temper_cpu_name(level), width,
           (double)sites / best);
    free(words);
    free(rows);
}

static void level_equals_naive(temper_cpu level) {
    if (level > temper_cpu_best()) SKIP("this CPU has no %s", temper_cpu_name(level));
    drawn = 0;
    for (int width = 2; width <= WIDEST && !check_bad; width += 2) {
        for (int trial = 0; trial < 60 && !check_bad; trial++) {
            problem p;
            make(&p, width, (int[]){0, 60, 4}[trial % 3]);
            int two_high = trial % 5 == 0; /* then up and down are one row */
            compare(level, &p, p.rows[1], p.rows[two_high ? 1 : 2], trial / 3 & 1);
            drop(&p);
        }
    }
    time_it(level, 64);
    time_it(level, 256);
    time_it(level, 1024);
}

static void reference(void) { level_equals_naive(TEMPER_CPU_REF); }
static void avx2(void) { level_equals_naive(TEMPER_CPU_AVX2); }
static void avx512(void) { level_equals_naive(TEMPER_CPU_AVX512); }

int main(void) {
    RUN(reference);
    RUN(avx2);
    RUN(avx512);
    return check_end();
}
