/* The kernels of Gaussian weights: every level gives the bits of a scalar loop, and writes no further than it should. */
#include <stdlib.h>
#include "check.h"
#include "base/elementary.h"
#include "kernel/net.h"
#include "temper/cpu.h"

enum { MOST = 9000, GUARD = 32 };
static const int64_t sizes[] = {0, 1, 15, 16, 17, 100, 4096, 4097, 8999};
enum { SIZES = sizeof sizes / sizeof *sizes };

static float normals[3][MOST + GUARD];

static void fill(void) {
    for (int j = 0; j < 3; j++)
        for (int k = 0; k < MOST + GUARD; k++)
            normals[j][k] = (float)temper_normal((temper_stream){7, 1}, TEMPER_FOR_TESTS, j, k);
}

/* NULL: this machine has no such level. */
static const temper_net_kernels *level_of(int level) {
    return level <= (int)temper_cpu_best() ? temper_net_kernel_of(level) : NULL;
}

static bool untouched(const float *x, int64_t n, const float *before) {
    return !memcmp(x + n, before + n, (size_t)(MOST + GUARD - n) * sizeof *x);
}

static void deviate(void) {
    static float y[MOST + GUARD], ratio[MOST + GUARD], variance[MOST + GUARD];
    for (int k = 0; k < MOST + GUARD; k++) variance[k] = normals[1][k] * normals[1][k];
    variance[3] = 0, variance[20] = INFINITY, variance[21] = NAN, variance[40] = 1e-42F,
    variance[41] = -1e-9F;
    for (int level = 0; level_of(level); level++)
        for (int in_place = 0; in_place < 2; in_place++) {
            const int64_t n = 4096;
            memcpy(y, normals[2], sizeof y), memcpy(ratio, in_place ? variance : normals[0], sizeof ratio);
            level_of(level)->deviate(n, normals[0], in_place ? ratio : variance, y, ratio);
            for (int k = 0; k < n; k++) {
                float s = sqrtf(variance[k]), want = fmaf(s, normals[0][k], normals[2][k]);
                float q = variance[k] < 0x1p-126F ? 0 : normals[0][k] / s;
                CHECK(!memcmp(&y[k], &want, sizeof want) || (isnan(y[k]) && isnan(want)),
                      "level %d: y[%d] = %a, want %a", level, k, (double)y[k], (double)want);
                CHECK(q == ratio[k] || (isnan(q) && isnan(ratio[k])), "level %d: ratio[%d] = %a, want %a",
                      level, k, (double)ratio[k], (double)q);
            }
            CHECK(untouched(y, n, normals[2]), "level %d: y beyond the end", level);
        }
}

static void variances_and_relax(void) {
    static float V[MOST + GUARD], g[MOST + GUARD], reference[MOST];
    for (int level = 0; level_of(level); level++)
        for (int s = 0; s < SIZES; s++) {
            const int64_t n = sizes[s];
            const double a = 0.37, b = 0.011;
            memcpy(V, normals[2], sizeof V), memcpy(g, normals[1], sizeof g);
            level_of(level)->variances(n, normals[0], V);
            level_of(level)->relax(n, V, a, b, g);
            for (int k = 0; k < n; k++) {
                double truth = exp(2 * (double)normals[0][k]);
                CHECK_NEAR((double)V[k], truth, 4e-7 * truth);
                float want = fmaf(V[k], normals[1][k] + (float)a, (float)-b);
                CHECK(g[k] == want, "level %d: relax [%d]", level, k);
            }
            CHECK(untouched(V, n, normals[2]) && untouched(g, n, normals[1]),
                  "level %d, n = %d: beyond the end", level, (int)n);
        }
    /* bits of V: each level against the first */
    level_of(0)->variances(8999, normals[0], reference);
    for (int level = 1; level_of(level); level++) {
        level_of(level)->variances(8999, normals[0], V);
        CHECK(!memcmp(V, reference, 8999 * sizeof *V), "level %d: V", level);
    }
}

static double joined(const double *chunk, int n) { /* a tree that is full on the left */
    int half = 1;
    if (n < 2) return n ? chunk[0] : 0;
    while (2 * half < n) half *= 2;
    return joined(chunk, half) + joined(chunk + half, n - half);
}

static void divergence(void) {
    static float V[MOST + GUARD];
    for (int k = 0; k < MOST + GUARD; k++) V[k] = expf(2 * normals[1][k]);
    for (int s = 0; s < SIZES; s++) {
        const int64_t n = sizes[s];
        const double prior = 0.3;
        double chunk[3] = {0}, plain = 0;
        int chunks = 0;
        for (int64_t from = 0; from < n; from += 4096, chunks++) {
            double lane[16] = {0};
            for (int64_t k = from; k < n && k < from + 4096; k++) {
                double u = (double)normals[0][k], r = (double)normals[1][k], v = (double)V[k];
                lane[(k - from) % 16] += (u * u + v) * (1 / prior) - (r + r) + (temper_log(prior) - 1);
                plain += 0.5 * ((u * u + v) / prior - 1 - 2 * r + log(prior));
            }
            for (int half = 8; half; half /= 2)
                for (int l = 0; l < half; l++) lane[l] += lane[l + half];
            chunk[chunks] = lane[0];
        }
        double want = 0.5 * joined(chunk, chunks);
        for (int level = 0; level_of(level); level++) {
            double kl = level_of(level)->divergence(n, normals[0], normals[1], V, prior);
            CHECK(kl == want, "level %d, n = %d: %a, want %a", level, (int)n, kl, want);
            CHECK_NEAR(kl, plain, 1e-12 * (1 + plain));
        }
    }
}

int main(void) {
    fill();
    RUN(deviate);
    RUN(variances_and_relax);
    RUN(divergence);
    return check_end();
}
