/* Rates of the product of matrices, GFLOP/s of one thread, beside OpenBLAS where there is one, in turns within one process.
 *
 *     bench_matmul [ref|avx2|avx512]      at most this cpu level of ours
 *
 * First row-major C[m,n] = A B; nn, tn: A is stored transposed, nt: B is. The product wants columns side by side in blocks of
 * sixteen; row-major they are; for nt, B is turned into blocks within the time. Then the three products of dense layers at batch 128, each
 * as it lies in memory here and there: ours in blocks of sixteen samples, with the transposition that the weight gradient needs; theirs
 * with the batch as rows. Every rate is the best of many. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "kernel/net.h"
#include "temper/cpu.h"

typedef void cblas_gemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha, const float *a,
                        int lda, const float *b, int ldb, float beta, float *c, int ldc);
enum { ROW_MAJOR = 101, PLAIN = 111, TRANSPOSED = 112, ROUNDS = 41 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct {
    int m, n, k;
    bool ta, tb;
    float *a, *b, *c, *panels; /* B beyond its end: room for a block */
    cblas_gemm *blas;
} problem;

static void own(const problem *p) {
    const temper_net_kernels *kernel = temper_net_kernel();
    temper_matmul t = {.m = p->m, .n = p->n, .k = p->k, .a = p->a, .b = p->b, .c = p->c};
    t.a_row = p->ta ? 1 : p->k, t.a_k = p->ta ? p->m : 1;
    t.b_block = LANES, t.b_k = p->n;
    t.c_row = p->n, t.c_block = LANES;
    if (p->tb) {
        t.b = p->panels, t.b_block = (ptrdiff_t)p->k * LANES, t.b_k = LANES;
        for (int j = 0; j < p->n; j += LANES) {
            const float *rows[LANES] = {NULL};
            for (int l = 0; l < LANES && j + l < p->n; l++) rows[l] = p->b + (ptrdiff_t)(j + l) * p->k;
            kernel->gather(rows, p->k, NULL, NULL, p->panels + (ptrdiff_t)j * p->k);
        }
    }
    kernel->matmul(&t);
}

static void theirs(const problem *p) {
    p->blas(ROW_MAJOR, p->ta ? TRANSPOSED : PLAIN, p->tb ? TRANSPOSED : PLAIN, p->m, p->n, p->k, 1, p->a,
            p->ta ? p->m : p->k, p->b, p->tb ? p->k : p->n, 0, p->c, p->n);
}

/* A layer of k inputs and m outputs for n samples: y = Wᵀx, x̄ = W ȳ, W̄ = x ȳᵀ with W [k][m]. a: W or W̄; b: x, c: y. */
static void own_forward(const problem *p) {
    const temper_matmul t = {.m = p->m,
                             .n = p->n,
                             .k = p->k,
                             .a = p->a,
                             .a_row = 1,
                             .a_k = p->m,
                             .b = p->b,
                             .b_block = p->k * LANES,
                             .b_k = LANES,
                             .c = p->c,
                             .c_block = p->m * LANES,
                             .c_row = LANES};
    temper_net_kernel()->matmul(&t);
}
static void own_data(const problem *p) {
    const temper_matmul t = {.m = p->k,
                             .n = p->n,
                             .k = p->m,
                             .a = p->a,
                             .a_row = p->m,
                             .a_k = 1,
                             .b = p->c,
                             .b_block = p->m * LANES,
                             .b_k = LANES,
                             .c = p->b,
                             .c_block = p->k * LANES,
                             .c_row = LANES};
    temper_net_kernel()->matmul(&t);
}
static void own_weights(const problem *p) {
    const temper_matmul t = {.m = p->k,
                             .n = p->m,
                             .k = p->n,
                             .a = p->b,
                             .a_row = LANES,
                             .a_k = 1,
                             .a_inner = LANES,
                             .a_outer = p->k * LANES,
                             .b = p->panels,
                             .b_block = p->n * LANES,
                             .b_k = LANES,
                             .c = p->a,
                             .c_row = p->m,
                             .c_block = LANES};
    for (int c = 0; c < p->n; c += LANES)
        temper_net_kernel()->rows(p->c + c * p->m, p->m, LANES, p->panels + c * LANES, LANES, p->n * LANES);
    temper_net_kernel()->matmul(&t);
}
static void blas_forward(const problem *p) {
    p->blas(ROW_MAJOR, PLAIN, PLAIN, p->n, p->m, p->k, 1, p->b, p->k, p->a, p->m, 0, p->c, p->m);
}
static void blas_data(const problem *p) {
    p->blas(ROW_MAJOR, PLAIN, TRANSPOSED, p->n, p->k, p->m, 1, p->c, p->m, p->a, p->m, 0, p->b, p->k);
}
static void blas_weights(const problem *p) {
    p->blas(ROW_MAJOR, TRANSPOSED, PLAIN, p->k, p->m, p->n, 1, p->b, p->k, p->c, p->m, 0, p->a, p->m);
}

/* In turns, so that both see the same machine. */
static void row(const char *name, problem *p, void (*mine)(const problem *), void (*blas)(const problem *)) {
    double flops = 2.0 * p->m * p->n * p->k, best[2] = {1e300, 1e300};
    int times = (int)(2e7 / flops) + 1;
    for (int round = 0; round < ROUNDS; round++)
        for (int who = 0; who < (p->blas ? 2 : 1); who++) {
            double start = now();
            for (int i = 0; i < times; i++) who ? blas(p) : mine(p);
            double t = (now() - start) / times;
            if (t < best[who]) best[who] = t;
        }
    printf("%4d x %4d x %4d  %-8s %-7s %6.1f", p->m, p->n, p->k, name, temper_cpu_name(temper_cpu_level()),
           flops / best[0] * 1e-9);
    if (p->blas) printf("   OpenBLAS %6.1f   ratio %.2f", flops / best[1] * 1e-9, best[1] / best[0]);
    printf("\n");
    fflush(stdout);
}

static cblas_gemm *openblas(void) {
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) return NULL;
    void (*threads)(int);
    cblas_gemm *gemm;
    *(void **)&threads = dlsym(library, "openblas_set_num_threads");
    *(void **)&gemm = dlsym(library, "cblas_sgemm");
    if (threads) threads(1);
    return gemm;
}

int main(int count, char **word) {
    static const int size[][3] = {{128, 256, 784}, {128, 128, 256}, {128, 10, 128},  {784, 256, 128},
                                  {64, 64, 64},    {256, 256, 256}, {512, 512, 512}, {1024, 1024, 1024}};
    static const int layer[][2] = {{256, 784}, {128, 256}, {10, 128}}; /* outputs, inputs */
    static const char *const kind_name[] = {"nn", "tn", "nt"};
    enum { MOST = 1024 * 1024 + 64 };
    problem p = {.blas = openblas()};
    float **array[4] = {&p.a, &p.b, &p.c, &p.panels};
    if (count > 1 && temper_cpu_cap(word[1])) return 2;
    if (!p.blas) printf("skipped: no OpenBLAS (libopenblas.so.0) to compare with\n");
    for (int k = 0; k < 4; k++) {
        float *x = *array[k] = aligned_alloc(64, MOST * sizeof(float));
        if (!x) return 1;
        for (int i = 0; i < MOST; i++) x[i] = (float)(i % 2003 * 7919 % 2003) / 2003 - 0.5f;
    }
    p.m = p.n = p.k = 256;
    for (double start = now(); now() - start < 0.7;) own(&p); /* until the clock has risen */
    for (int s = 0; s < (int)(sizeof size / sizeof *size); s++)
        for (int kind = 0; kind < 3; kind++) {
            p.m = size[s][0], p.n = size[s][1], p.k = size[s][2];
            p.ta = kind == 1, p.tb = kind == 2;
            row(kind_name[kind], &p, own, theirs);
        }
    for (int s = 0; s < (int)(sizeof layer / sizeof *layer); s++) {
        p.m = layer[s][0], p.n = 128, p.k = layer[s][1];
        row("forward", &p, own_forward, blas_forward);
        row("data", &p, own_data, blas_data);
        row("weights", &p, own_weights, blas_weights);
    }
    for (int k = 0; k < 4; k++) free(*array[k]);
    return 0;
}
