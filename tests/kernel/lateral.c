/* The kernels of pairwise machines: every level against plain loops, bit for bit. */
#include <stdlib.h>
#include "check.h"
#include "core/lateral.h"
#include "temper/cpu.h"
#include "temper/stream.h"

enum { V = 9, N = 14, BLOCKS = 70 };

static double number(int64_t k) { return temper_normal((temper_stream){5, 0}, TEMPER_FOR_TESTS, 0, k); }
static uint32_t word(int64_t k) { return temper_word((temper_stream){6, 0}, TEMPER_FOR_TESTS, 1, k); }

static temper_lateral net;
static bool present(int i, int j) { return i != j && (i >= V) + (j >= V) < 2 && (i + j) % 5 != 0; }

/* Pairs by text, so that rows have 0 … 11 neighbours, not multiples of four. */
static void make(bool spin) {
    static char list[4096];
    float theta[N * N];
    size_t at = 0;
    for (int i = 0; i < N; i++)
        for (int j = i + 1; j < N; j++)
            if (present(i, j))
                at += (size_t)snprintf(list + at, sizeof list - at, "%s%d-%d", at ? ";" : "", j, i);
    net = (temper_lateral){.spin = spin, .T = 1, .V = V, .n = N};
    CHECK_OK(temper_lateral_build(&net, &(temper_lateral_wiring){TEMPER_LATERAL_LIST, 1, list}));
    for (int64_t k = 0; k < net.pairs + N; k++) theta[k] = (float)number(k);
    temper_lateral_pack(&net, theta);
}

static float field(const float *s, int i, int lane) {
    float c[4] = {0};
    for (int j = 0, k = 0; j < N; j++)
        if (present(i, j)) {
            int64_t low = i < j ? i : j, high = i < j ? j : i, pair = net.first[low];
            for (int64_t b = low + 1; b < high; b++) pair += present((int)low, (int)b);
            c[k % 4] = fmaf((float)number(pair), s[j * 16 + lane], c[k % 4]);
            k++;
        }
    return (float)number(net.pairs + i) + ((c[0] + c[1]) + (c[2] + c[3]));
}

static const int levels[] = {TEMPER_CPU_REF, TEMPER_CPU_AVX2, TEMPER_CPU_AVX512};

/* The decision in double; draws nearer to the probability than float arithmetic are left out. All levels agree in all bits. */
static void sweeps(void) {
    static float s[3][(N + 1) * 16], plain[(N + 1) * 16], base[V];
    static uint32_t words[N * 16];
    for (int spin = 0; spin < 2; spin++) {
        make(spin);
        const float factor = spin ? 2 : 1;
        for (int i = 0; i < V; i++) base[i] = (float)number(1000 + i);
        const temper_lateral_bath bath = {factor * 0.7F, factor * 0.3F, base, V, spin};
        for (int round = 0; round < 30; round++) {
            for (int k = 0; k < N * 16; k++) {
                words[k] = word(round * N * 16 + k);
                if (round == 0) plain[k] = s[0][k] = s[1][k] = s[2][k] = words[k] & 1 ? 1 : spin ? -1 : 0;
            }
            for (int i = 0; i < N; i++)
                for (int l = 0; l < 16; l++) {
                    double y = (double)bath.scale * (double)field(plain, i, l) +
                               (i < V ? (double)bath.lift * (double)base[i] : 0);
                    double p = 1 / (1 + exp(-y)), u = ((double)(words[i * 16 + l] >> 8) + 0.5) * 0x1p-24;
                    if (fabs(p - u) < 2e-6)
                        printf("  a close draw was left out\n");
                    else
                        plain[i * 16 + l] = u < p ? 1 : spin ? -1 : 0;
                }
            for (size_t v = 0; v < 3; v++) {
                if (levels[v] > (int)temper_cpu_best()) continue;
                temper_lateral_kernel_of(levels[v])->sweep(&net.rows, &bath, 0, N, words, s[v]);
                CHECK(!memcmp(s[v], plain, sizeof plain), "level %d, round %d differs", levels[v], round);
            }
        }
        temper_lateral_clear(&net);
    }
}

static void means_and_gain(void) {
    static float s[(N + 1) * 16], m[3][N * 16];
    for (int spin = 0; spin < 2; spin++) {
        make(spin);
        const float factor = spin ? 2 : 1;
        const temper_lateral_bath bath = {factor, 0, NULL, 0, spin};
        double gain[3][16];
        for (int k = 0; k < N * 16; k++) s[k] = word(k) & 1 ? 1 : spin ? -1 : 0;
        for (size_t v = 0; v < 3; v++) {
            if (levels[v] > (int)temper_cpu_best()) continue;
            temper_lateral_kernel_of(levels[v])->means(&net.rows, &bath, 0, N, s, m[v]);
            temper_lateral_kernel_of(levels[v])->gain(&net.rows, s, gain[v]);
            CHECK(!memcmp(m[v], m[0], sizeof m[0]) && !memcmp(gain[v], gain[0], sizeof gain[0]), "level %d",
                  levels[v]);
        }
        for (int l = 0; l < 16; l++) {
            double E = 0;
            for (int i = 0, pair = 0; i < N; i++) {
                double x = (double)field(s, i, l), own = (double)s[i * 16 + l];
                CHECK_NEAR((double)m[0][i * 16 + l], spin ? tanh(x) : 1 / (1 + exp(-x)), 3e-7);
                E += own * (double)(float)number(net.pairs + i);
                for (int j = i + 1; j < N; j++)
                    if (present(i, j)) E += (double)(float)number(pair++) * own * (double)s[j * 16 + l];
            }
            CHECK_NEAR(gain[0][l], E, 1e-12);
        }
        temper_lateral_clear(&net);
    }
}

static void sums_of_products(void) {
    enum { STRIDE = (N + 1) * 16 };
    make(true);
    float *a = calloc(BLOCKS * STRIDE, sizeof *a), *b = calloc(BLOCKS * STRIDE, sizeof *b);
    static float w[BLOCKS * 16], stat[3][N];
    for (int64_t k = 0; k < BLOCKS * STRIDE; k++)
        a[k] = k % STRIDE < N * 16 ? (word(k) & 1 ? 1 : -1) : 0,
        b[k] = k % STRIDE < N * 16 ? (float)number(k) : 0;
    for (int k = 0; k < BLOCKS * 16; k++) w[k] = (float)(k % 3);
    const temper_lateral_sums sums = {BLOCKS, a, b, w};
    for (int i = 0; i < N; i++)
        for (int both = 0; both < 2; both++) {
            memset(stat, 0, sizeof stat);
            for (size_t v = 0; v < 3; v++) {
                if (levels[v] > (int)temper_cpu_best()) continue;
                temper_lateral_kernel_of(levels[v])->products(&net.rows, &sums, i, both, 0.25, stat[v]);
                CHECK(!memcmp(stat[v], stat[0], sizeof stat[0]), "level %d", levels[v]);
            }
            for (int j = i + 1, k = 0; j < N; j++) {
                if (!present(i, j)) continue;
                double want = 0;
                for (int c = 0; c < BLOCKS * 16; c++) {
                    const float *x = a + c / 16 * STRIDE + c % 16, *y = b + c / 16 * STRIDE + c % 16;
                    want += (double)w[c] * (double)x[i * 16] * (double)y[j * 16];
                    if (both) want += (double)w[c] * (double)y[i * 16] * (double)x[j * 16];
                }
                CHECK_NEAR((double)stat[0][k++], 0.25 * want, 2e-4);
            }
        }
    free(a), free(b);
    temper_lateral_clear(&net);
}

int main(void) {
    RUN(sweeps);
    RUN(means_and_gain);
    RUN(sums_of_products);
    return check_end();
}
