/* Normals in bulk: the documented map from words, on every level, under every cut; and the normal law. */
#include <stdint.h>
#include "check.h"
#include "kernel/net.h"
#include "kernel/wide_body.h"
#include "kernel/elementary_body.h"
#include "kernel/normals_body.h" /* its insides, at the baseline level */
#include "temper/cpu.h"

static const temper_stream stream = {0x0123456789ABCDEF, 77};
enum { MOST = 3000, GUARD = 16 };

/* A NaN is the largest error of all. */
static double larger(double a, double b) { return b <= a ? a : b == b ? b : INFINITY; }

static void draw(int level, int64_t step, int64_t first, int64_t n, float *out) {
    temper_net_kernel_of(level)->normals(stream, TEMPER_FOR_NOISE, step, first, n, out);
}

/* Box and Muller in long double from a word for the radius and one for the angle. */
static double truth(uint32_t radius, uint32_t angle, bool sine) {
    long double r = sqrtl(-2 * logl(((long double)radius + 0.5L) * 0x1p-32L));
    long double phi = 6.28318530717958647692528676655900577L * angle * 0x1p-32L;
    return (double)(r * (sine ? sinl(phi) : cosl(phi)));
}

static double numbered(int64_t step, int64_t i) {
    int64_t word = i / 16 * 16 + i % 8;
    return truth(temper_word(stream, TEMPER_FOR_NOISE, step, word),
                 temper_word(stream, TEMPER_FOR_NOISE, step, word + 8), i % 16 >= 8);
}

static void the_map_from_words(void) {
    float out[MOST];
    for (int level = 0; level <= (int)temper_cpu_best(); level++)
        for (int64_t first = 0; first < 200000; first += 100000 - 160) {
            double error = 0;
            draw(level, 5, first, MOST, out);
            for (int k = 0; k < MOST; k++)
                error = larger(error, fabs((double)out[k] - numbered(5, first + k)));
            CHECK(error < 2e-6, "level %d: %g", level, error);
        }
}

/* Words from end to end, most of them near the ends: the radius relatively, the numbers in units of the radius. */
static void both_ends_of_the_logarithm(void) {
    double worst = 0, turned = 0, longest = 0;
    for (uint64_t i = 0; i < 200000; i++) {
        uint32_t radius[16], angle[16];
        float c[16], s[16];
        for (int l = 0; l < 16; l++) {
            uint32_t word = temper_word(stream, TEMPER_FOR_TESTS, 1, (int64_t)(16 * i) + l) >>
                            (i % 33 < 32 ? i % 33 : 31);
            if (i < 8) word = (uint32_t)(16 * i) + (uint32_t)l;
            radius[l] = l & 1 ? ~word : word;
            angle[l] = temper_word(stream, TEMPER_FOR_TESTS, 2, (int64_t)(16 * i) + l);
            if (i < 4)
                angle[l] = (uint32_t)l << 28, radius[l] += (uint32_t)(i >> 1); /* eighths of the circle */
        }
        pairs_of(16, radius, angle, c, s);
        for (int l = 0; l < 16; l++) {
            double r = hypot((double)c[l], (double)s[l]),
                   want = hypot(truth(radius[l], angle[l], false), truth(radius[l], angle[l], true));
            worst = larger(worst, fabs(r - want) / want), longest = larger(longest, r);
            turned = larger(turned, fabs((double)c[l] - truth(radius[l], angle[l], false)) / want);
            turned = larger(turned, fabs((double)s[l] - truth(radius[l], angle[l], true)) / want);
        }
    }
    printf("  radius to %.2g, numbers to %.2g of it, longest %.4f\n", worst, turned, longest);
    CHECK(worst < 3e-7 && turned < 5e-7, "%g %g", worst, turned);
    CHECK_NEAR(longest, 6.7637, 1e-3); /* √(−2 ln 2^−33) */
}

static void levels_and_cuts_agree(void) {
    float whole[MOST], part[MOST + 2 * GUARD];
    draw(TEMPER_CPU_REF, 9, 1600, MOST, whole);
    for (int level = 0; level <= (int)temper_cpu_best(); level++)
        for (int from = 0; from < 1100; from += 16 * (1 + from / 160))
            for (int n = 0; n < 1600; n += 1 + n * n / 300) {
                for (int k = 0; k < n + 2 * GUARD; k++) part[k] = -99;
                draw(level, 9, 1600 + from, n, part + GUARD);
                bool same = !memcmp(part + GUARD, whole + from, (size_t)n * sizeof *part), kept = true;
                for (int k = 0; k < GUARD; k++) kept &= part[k] == -99 && part[GUARD + n + k] == -99;
                CHECK(same && kept, "level %d, from %d, %d numbers%s", level, from, n,
                      kept ? "" : ": beyond the end");
            }
}

static void addresses_differ(void) {
    float a[64], b[64];
    normals(stream, TEMPER_FOR_NOISE, 3, 0, 64, a);
    draw(0, 3, 0, 64, b);
    CHECK(!memcmp(a, b, sizeof a), "this file's own copy of the kernel is another");
    draw(0, 4, 0, 64, b);
    CHECK(memcmp(a, b, sizeof a), "steps share their numbers");
    temper_net_kernel_of(0)->normals((temper_stream){stream.seed, 78}, TEMPER_FOR_NOISE, 3, 0, 64, b);
    CHECK(memcmp(a, b, sizeof a), "chains share their numbers");
    normals(stream, TEMPER_FOR_INITIAL, 3, 0, 64, b); /* the body itself */
    CHECK(memcmp(a, b, sizeof a), "purposes share their numbers");
}

/* Ten million numbers: moments, sums over pairs that a flaw of the map would show, tails, and the distance of Kolmogorov. */
static void the_law(void) {
    enum { N = 10000000, TILE = 4000, BINS = 1 << 14 };
    static int64_t histogram[BINS], beyond[2][6];
    double sum[5] = {0}, pair = 0, squares = 0, next = 0;
    float x[TILE];
    for (int64_t first = 0; first < N; first += TILE) {
        draw((int)temper_cpu_best(), 0, first, TILE, x);
        for (int k = 0; k < TILE; k++) {
            double v = (double)x[k], power = 1;
            for (int m = 1; m < 5; m++) power *= v, sum[m] += power;
            histogram[(int)(0.5 * erfc(-v * 0.70710678118654752440) * BINS * (1 - 1e-12))]++;
            for (int t = 1; t < 6; t++) beyond[v > 0][t] += fabs(v) > t;
            if (k % 16 < 8) {
                double w = (double)x[k + 8];
                pair += v * w, squares += (v * v - 1) * (w * w - 1);
            }
            if (k) next += v * (double)x[k - 1];
        }
    }
    const double spread[] = {0, 1, 2, 15, 96}; /* variances of x^m: 1, 2, 15, 96 */
    const double mean[] = {0, 0, 1, 0, 3};
    for (int m = 1; m < 5; m++) CHECK_NEAR(sum[m] / N, mean[m], 4.5 * sqrt(spread[m] / N));
    CHECK_NEAR(pair / (N / 2), 0, 4.5 / sqrt(N / 2.0));
    CHECK_NEAR(squares / (N / 2), 0, 4.5 * 2 / sqrt(N / 2.0)); /* Var (x² − 1)(y² − 1) = 4 */
    CHECK_NEAR(next / N, 0, 4.5 / sqrt(N));
    for (int t = 1; t < 6; t++)
        for (int side = 0; side < 2; side++) {
            double want = 0.5 * erfc(t * 0.70710678118654752440) * N;
            CHECK(fabs((double)beyond[side][t] - want) < 4.5 * sqrt(want) + 1, "beyond %d: %g, want %g", t,
                  (double)beyond[side][t], want);
        }
    double below = 0, distance = 0;
    for (int b = 0; b < BINS; b++) {
        below += (double)histogram[b];
        distance = larger(distance, fabs(below / N - (b + 1.0) / BINS));
    }
    printf("  Kolmogorov: √N D = %.3f\n", distance * sqrt(N));
    CHECK(distance * sqrt(N) < 2.51, "%g", distance * sqrt(N)); /* 2 exp(−2·2.51²) is 4.5 σ */
}

static void bits_are_frozen(void) {
    float x[MOST];
    uint64_t hash = 0xCBF29CE484222325; /* FNV-1a over the bits */
    draw((int)temper_cpu_best(), 1, 0, MOST, x);
    for (size_t k = 0; k < sizeof x; k++) hash = (hash ^ ((unsigned char *)x)[k]) * 0x100000001B3;
    CHECK(hash == 0xD23545413F8E7246, "bits changed: 0x%016llX", (unsigned long long)hash);
}

int main(void) {
    RUN(the_map_from_words);
    RUN(both_ends_of_the_logarithm);
    RUN(levels_and_cuts_agree);
    RUN(addresses_differ);
    RUN(the_law);
    RUN(bits_are_frozen);
    return check_end();
}
