/* The kernels of Potts machines: all levels give the bits of the reference, fields are the sums they should be, and states come as often
 * as their weights say. */
#include "kernel/potts.h"
#include "check.h"
#include "kernel/kernel.h"
#include "temper/stream.h"

enum { V_MOST = 13, Q_MOST = 37, PAD_MOST = 40, BLOCKS = 3 };
static float slab[V_MOST * V_MOST * Q_MOST * PAD_MOST], field[V_MOST * PAD_MOST], base[V_MOST * Q_MOST];
static uint8_t x[3][BLOCKS * LANES * V_MOST];
static uint32_t words[BLOCKS * LANES];
static const temper_stream of = {7, 0};

static float number(int64_t k) { return (float)temper_normal(of, TEMPER_FOR_TESTS, 0, k); }

static int64_t place(int64_t V, int64_t q, int64_t i, int64_t j, int64_t a, int64_t b) {
    const int64_t pad = (q + 7) / 8 * 8;
    return (i * V + j) * q * pad + (q <= 8 ? a * pad + b : b * pad + a);
}

static temper_potts_table table_of(int64_t V, int64_t q) {
    const int64_t pad = (q + 7) / 8 * 8;
    memset(slab, 0, sizeof slab), memset(field, 0, sizeof field);
    for (int64_t i = 0; i < V; i++)
        for (int64_t j = 0; j < V; j++)
            for (int64_t b = 0; b < q; b++)
                for (int64_t a = 0; i != j && a < q; a++)
                    slab[place(V, q, i, j, a, b)] = number(((i * V + j) * q + b) * q + a);
    for (int64_t i = 0; i < V; i++)
        for (int64_t a = 0; a < q; a++)
            field[i * pad + a] = number(1000000 + i * q + a), base[i * q + a] = number(2000000 + i * q + a);
    return (temper_potts_table){V, q, pad, slab, field};
}

static void scatter(int64_t V, int64_t q) {
    for (int64_t k = 0; k < BLOCKS * LANES * V; k++)
        for (int l = 0; l < 3; l++) x[l][k] = (uint8_t)(temper_word(of, TEMPER_FOR_INITIAL, 0, k) % q);
}

static const int64_t sizes[][2] = {{1, 2},  {2, 3},  {3, 8},  {4, 5}, {7, 9},  {13, 5}, {12, 21},
                                   {6, 24}, {5, 25}, {6, 37}, {9, 2}, {11, 4}, {10, 6}, {8, 7}};

static void bits(void) {
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const int64_t V = sizes[s][0], q = sizes[s][1];
        const temper_potts_table t = table_of(V, q);
        const temper_potts_bath bath = {0.7f, s % 2 ? 0.3f : 0, s % 2 ? base : NULL};
        scatter(V, q);
        for (int64_t turn = 0; turn < 20; turn++)
            for (int64_t i = 0; i < V; i++) {
                temper_kernel()->words(of, TEMPER_FOR_TESTS, 1 + turn, i * BLOCKS * LANES, BLOCKS * LANES,
                                       words);
                for (int level = 0; level < 3; level++)
                    if (level <= (int)temper_cpu_level() || level == 0)
                        temper_potts_kernel_of(level == 2   ? TEMPER_CPU_AVX512
                                               : level == 1 ? TEMPER_CPU_AVX2
                                                            : 0)
                            ->visit(&t, &bath, i, BLOCKS, words, LANES, x[level]);
            }
        for (int level = 1; level < 3; level++)
            if (level <= (int)temper_cpu_level())
                CHECK(!memcmp(x[0], x[level], (size_t)(BLOCKS * LANES * V)), "V=%d q=%d level %d", (int)V,
                      (int)q, level);
        for (int64_t k = 0; k < BLOCKS * LANES * V; k++)
            CHECK(x[0][k] < q, "state %d of %d", x[0][k], (int)q);
    }
}

static void fields(void) {
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const int64_t V = sizes[s][0], q = sizes[s][1];
        const temper_potts_table t = table_of(V, q);
        float f[PAD_MOST * LANES];
        scatter(V, q);
        for (int64_t i = 0; i < V; i++) {
            temper_potts_kernel()->field(&t, i, x[0], f);
            for (int64_t a = 0; a < q; a++)
                for (int64_t l = 0; l < LANES; l++) {
                    double sum = (double)field[i * t.pad + a];
                    for (int64_t j = 0; j < V; j++)
                        if (j != i) sum += (double)slab[place(V, q, i, j, a, x[0][j * LANES + l])];
                    CHECK_NEAR((double)f[a * LANES + l], sum, 1e-5);
                }
        }
    }
}

/* A lone unit with weights 1 … 4, one of them 0: counts of 48·2000 draws within 4.5 σ. */
static void frequencies(void) {
    enum { Q = 5, TURNS = 2000 };
    temper_potts_table t = table_of(1, Q);
    const temper_potts_bath bath = {1, 0, NULL};
    double total = 0, count[Q] = {0}, weight[Q] = {1, 2, 0, 3, 4};
    for (int a = 0; a < Q; a++) field[a] = weight[a] > 0 ? (float)log(weight[a]) : -200, total += weight[a];
    for (int64_t turn = 0; turn < TURNS; turn++) {
        temper_kernel()->words(of, TEMPER_FOR_TESTS, 100 + turn, 0, BLOCKS * LANES, words);
        temper_potts_kernel()->visit(&t, &bath, 0, BLOCKS, words, LANES, x[0]);
        for (int c = 0; c < BLOCKS * LANES; c++) count[x[0][c]]++;
    }
    const double n = (double)TURNS * BLOCKS * LANES;
    for (int a = 0; a < Q; a++) {
        double p = weight[a] / total;
        CHECK_NEAR(count[a] / n, p, 4.5 * sqrt(p * (1 - p) / n) + 1e-12);
    }
}

int main(void) {
    RUN(bits);
    RUN(fields);
    RUN(frequencies);
    return check_end();
}
