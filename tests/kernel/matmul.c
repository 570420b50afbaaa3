/* Products of matrices on every level against a scalar loop of fmaf, bit for bit: shapes, strides, starts, edges. */
#include <stdlib.h>
#include "check.h"
#include "kernel/net.h"
#include "temper/cpu.h"

enum { MOST = 1 << 20 };

static float a[MOST], b[MOST], start[MOST], bias[512], truth[MOST], found[MOST];

static uint64_t state = 2468;
static int64_t below(int64_t n) { /* 0 … n−1 */
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((state >> 33) % (uint64_t)n);
}
static void draw(float *to, int64_t n) {
    for (int64_t k = 0; k < n; k++) to[k] = (float)(below(20001) - 10000) / 9973.0f;
}

/* What kernel/net.h says. */
static void judge(const temper_matmul *p) {
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = 0; j < p->n; j++) {
            float *c = p->c + j / LANES * p->c_block + i * p->c_row + j % LANES;
            float sum = p->bias ? p->bias[i] : p->add ? *c : 0;
            for (int64_t k = 0; k < p->k; k++) {
                ptrdiff_t at =
                    p->a_inner ? k / p->a_inner * p->a_outer + k % p->a_inner * p->a_k : k * p->a_k;
                sum =
                    fmaf(p->a[i * p->a_row + at], p->b[j / LANES * p->b_block + k * p->b_k + j % LANES], sum);
            }
            *c = sum;
        }
}

/* Every level gives the numbers of the judge, and leaves all others alone. */
static void compare(const temper_matmul *wanted, const char *what) {
    temper_matmul p = *wanted;
    memcpy(truth, start, sizeof start);
    p.c = truth;
    judge(&p);
    for (int level = 0; level <= (int)temper_cpu_best(); level++) {
        memcpy(found, start, sizeof start);
        p.c = found;
        temper_net_kernel_of(level)->matmul(&p);
        int64_t at = 0;
        while (at < MOST && memcmp(found + at, truth + at, sizeof *found) == 0) at++;
        CHECK(at == MOST,
              "%s, %s: number %lld is %.9g, not %.9g; m %lld, n %lld, k %lld, inner %lld, add %d, bias %d",
              what, temper_cpu_name((temper_cpu)level), (long long)at, (double)found[at], (double)truth[at],
              (long long)p.m, (long long)p.n, (long long)p.k, (long long)p.a_inner, p.add, p.bias != NULL);
    }
}

/* Matrices as they lie in layers: panels of B and C, A either way round, odd distances between everything. */
static temper_matmul shaped(int64_t m, int64_t n, int64_t k, int kind) {
    temper_matmul p = {.m = m, .n = n, .k = k, .a = a, .b = b};
    const int64_t blocks = (n + LANES - 1) / LANES;
    p.b_k = LANES, p.b_block = k * LANES + below(3) * 7;
    p.c_row = LANES, p.c_block = m * LANES + below(2) * 32;
    if (kind == 1) p.b_k = blocks * LANES + below(2) * 16, p.b_block = LANES; /* tokens side by side */
    if (kind == 2) p.c_row = n + below(4), p.c_block = LANES;                 /* rows, as weights have them */
    switch (below(4)) {
    case 0: p.a_row = 1, p.a_k = m + below(3); break;
    case 1: p.a_row = k + below(3), p.a_k = 1; break;
    case 2: p.a_row = 3, p.a_k = 3 * m + 1; break;
    default:
        p.a_inner = 1 + below(20), p.a_k = 1, p.a_row = p.a_inner + below(2);
        p.a_outer = p.a_row * m + below(3);
    }
    p.add = below(2);
    if (!p.add && below(2)) p.bias = bias;
    return p;
}

static bool fits(const temper_matmul *p) {
    const int64_t blocks = (p->n + LANES - 1) / LANES;
    const int64_t outer = p->a_inner ? (p->k / p->a_inner + 1) * p->a_outer : p->k * p->a_k;
    return (p->m + 1) * p->a_row + outer + 64 < MOST && blocks * p->b_block + p->k * p->b_k + 64 < MOST &&
           blocks * p->c_block + p->m * p->c_row + 64 < MOST;
}

static void small_shapes(void) {
    for (int64_t m = 1; m <= 30; m++)
        for (int64_t n = 1; n <= 70; n += n < 34 ? 3 : 9) {
            temper_matmul p = shaped(m, n, below(40), (int)below(3));
            if (fits(&p)) compare(&p, "small");
        }
}

static void random_shapes(void) {
    for (int k = 0; k < 60; k++) {
        temper_matmul p = shaped(1 + below(90), 1 + below(200), below(1100), (int)below(3));
        if (fits(&p)) compare(&p, "random");
    }
}

/* More columns than are worked on together, and a chain of many chunks. */
static void large_shapes(void) {
    temper_matmul p = shaped(5, 1050, 20, 0);
    compare(&p, "broad");
    p = shaped(17, 40, 3000, 2);
    compare(&p, "deep");
    p = shaped(300, 48, 385, 0);
    compare(&p, "high");
}

/* Few columns and A with its rows side by side: computed lying down, in broad blocks of rows and what is left of them. */
static void narrow_shapes(void) {
    static const int64_t rows[] = {15, 16, 31, 32, 33, 64, 90, 128}, terms[] = {1, 40, 384, 385};
    for (int r = 0; r < 8; r++)
        for (int t = 0; t < 4; t++)
            for (int64_t n = 1; n <= 17; n += 3) {
                temper_matmul p = shaped(rows[r], n, terms[t], 2);
                p.a_row = 1, p.a_k = p.m + t, p.a_inner = 0, p.add = false, p.bias = NULL;
                compare(&p, "narrow");
            }
}

/* A stride of 0 reads one number again and again: sums over samples are such products. */
static void sums(void) {
    static const float one = 1;
    temper_matmul p = {.m = 1, .n = 37, .k = 800, .a = &one, .b = b, .b_block = 800 * LANES, .b_k = LANES};
    p.c_row = 37, p.c_block = LANES, p.add = true;
    compare(&p, "sum");
}

/* The lanes of B beyond n may hold anything. */
static void lanes_beyond(void) {
    float kept[16 * LANES];
    memcpy(kept, b, sizeof kept);
    for (int k = 0; k < 16; k++)
        for (int l = 5; l < LANES; l++) b[k * LANES + l] = NAN;
    temper_matmul p = {.m = 9, .n = 5, .k = 16, .a = a, .a_row = 16, .a_k = 1, .b = b, .b_k = LANES};
    p.c_row = 5, p.c_block = LANES;
    compare(&p, "beyond");
    memcpy(b, kept, sizeof kept);
}

int main(void) {
    draw(a, MOST), draw(b, MOST), draw(start, MOST), draw(bias, 512);
    RUN(small_shapes);
    RUN(random_shapes);
    RUN(large_shapes);
    RUN(narrow_shapes);
    RUN(sums);
    RUN(lanes_beyond);
    return check_end();
}
