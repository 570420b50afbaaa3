/* Products of sums of odds: against logarithms of the C library in long double, with equal bits on every level, at any group. */
#include <stdlib.h>
#include <time.h>
#include "check.h"
#include "kernel/kernel.h"
#include "kernel/odds.h"
#include "temper/stream.h"

enum { MOST = 800 };
static double u[MOST], f[MOST], g[MOST];

static void fill(int64_t step, double width) {
    temper_stream of = {11, 3};
    for (int k = 0; k < MOST; k++) {
        u[k] = exp(width * temper_normal(of, TEMPER_FOR_TESTS, 3 * step, k));
        f[k] = exp(0.5 * width * temper_normal(of, TEMPER_FOR_TESTS, 3 * step + 1, k));
        g[k] = exp(0.5 * width * temper_normal(of, TEMPER_FOR_TESTS, 3 * step + 2, k));
    }
}

static long double logarithm(temper_scaled x) { return logl(x.mantissa) + (long double)x.exponent * logl(2); }

static void products_are_sums_of_softplus(void) {
    for (int n = 8; n <= MOST; n = 2 * n + 8) {
        temper_scaled four[4];
        long double truth[4] = {0};
        fill(n, 5);
        for (int k = 0; k < n; k++)
            for (int s = 0; s < 4; s++)
                truth[s] += log1pl((long double)u[k] * (s & 1 ? f[k] : 1) * (s & 2 ? g[k] : 1));
        for (int64_t group = 1; group <= 16; group *= 4) {
            temper_odds_now()->four(u, f, g, n, group, four);
            for (int s = 0; s < 4; s++) CHECK_NEAR((double)(logarithm(four[s]) - truth[s]), 0, 1e-13 * n);
            temper_scaled one = temper_odds_now()->one(u, f, n, group);
            CHECK_NEAR((double)(logarithm(one) - truth[1]), 0, 1e-13 * n);
            CHECK(one.mantissa >= 1 && one.mantissa < 256, "mantissa %g", one.mantissa);
        }
    }
}

/* e^690, seven hundred times over: far beyond the range of a double. */
static void nothing_overflows(void) {
    for (int k = 0; k < MOST; k++) u[k] = exp(690), f[k] = 1;
    CHECK_NEAR((double)logarithm(temper_odds_now()->one(u, f, MOST, 1)), 690.0 * MOST, 1e-6);
    for (int k = 0; k < MOST; k++) u[k] = 0;
    CHECK_NEAR((double)logarithm(temper_odds_now()->one(u, f, MOST, 32)), 0, 0);
}

static void means_are_logistic(void) {
    static double all[MOST], on_f[MOST], on_g[MOST], p[MOST];
    const double *const both[2] = {f, g}, w[4] = {0.5, 3, 0.25, 0.125};
    double *const sum[3] = {all, on_f, on_g};
    fill(1, 4);
    for (int k = 0; k < MOST; k++) all[k] = 77, on_f[k] = 1, on_g[k] = 2;
    temper_odds_now()->means(u, both, MOST, w, sum);
    temper_odds_now()->chance(u, g, MOST, p);
    for (int k = 0; k < MOST; k++) {
        double m[4];
        for (int s = 0; s < 4; s++) {
            double x = u[k] * (s & 1 ? f[k] : 1) * (s & 2 ? g[k] : 1);
            m[s] = x / (1 + x);
        }
        CHECK_NEAR(all[k], w[0] * m[0] + w[1] * m[1] + w[2] * m[2] + w[3] * m[3], 1e-14);
        CHECK_NEAR(on_f[k], 1 + w[1] * m[1] + w[3] * m[3], 1e-14);
        CHECK_NEAR(on_g[k], 2 + w[2] * m[2] + w[3] * m[3], 1e-14);
        CHECK_NEAR(p[k], m[2], 1e-15);
    }
}

static void every_level_gives_the_same_bits(void) {
    static double sums[2][3][MOST], p[2][MOST];
    const double *const both[2] = {f, g}, w[4] = {0.3, 0.1, 0.7, 0.2};
    for (int n = 0; n <= MOST; n += n < 64 ? 8 : 104)
        for (int level = TEMPER_CPU_REF + 1; level <= (int)temper_cpu_best(); level++) {
            temper_scaled four[2][4], one[2];
            memset(four, 0, sizeof four), memset(sums, 0, sizeof sums), memset(p, 0, sizeof p);
            fill(n, 6);
            for (int side = 0; side < 2; side++) {
                const temper_odds *kernel = temper_odds_of(side ? (temper_cpu)level : TEMPER_CPU_REF);
                double *const sum[3] = {sums[side][0], sums[side][1], sums[side][2]};
                for (int turn = 0; turn < 2; turn++) kernel->means(u, both, n, w, sum);
                kernel->four(u, f, g, n, 1 + n % 9, four[side]);
                one[side] = kernel->one(u, g, n, 1 + n % 9);
                kernel->chance(u, f, n, p[side]);
            }
            CHECK(!memcmp(four[0], four[1], sizeof four[0]), "four, level %d, n=%d", level, n);
            CHECK(!memcmp(&one[0], &one[1], sizeof one[0]), "one, level %d, n=%d", level, n);
            CHECK(!memcmp(sums[0], sums[1], sizeof sums[0]), "means, level %d, n=%d", level, n);
            CHECK(!memcmp(p[0], p[1], sizeof p[0]), "chance, level %d, n=%d", level, n);
        }
}

static void speed(void) {
    static double sums[3][MOST];
    const double *const both[2] = {f, g}, w[4] = {0.3, 0.1, 0.7, 0.2};
    double *const sum[3] = {sums[0], sums[1], sums[2]}, done[2] = {0};
    fill(3, 1);
    for (int level = TEMPER_CPU_REF; level <= (int)temper_cpu_best(); level++) {
        const temper_odds *kernel = temper_odds_of((temper_cpu)level);
        double best[2] = {1e9, 1e9};
        for (int turn = 0; turn < 20; turn++)
            for (int what = 0; what < 2; what++) {
                temper_scaled out[4];
                clock_t begin = clock();
                for (int k = 0; k < 200; k++)
                    if (what)
                        kernel->means(u, both, 784, w, sum);
                    else
                        kernel->four(u, f, g, 784, 7, out), done[0] += out[0].mantissa;
                double ns = (double)(clock() - begin) * 1e9 / CLOCKS_PER_SEC / 800;
                best[what] = ns < best[what] ? ns : best[what];
            }
        printf("  %-6s a state of 784 units: %.0f ns, with means %.0f ns\n",
               temper_cpu_name((temper_cpu)level), best[0], best[0] + best[1]);
    }
    done[1] = done[0];
}

int main(void) {
    RUN(products_are_sums_of_softplus);
    RUN(nothing_overflows);
    RUN(means_are_logistic);
    RUN(every_level_gives_the_same_bits);
    RUN(speed);
    return check_end();
}
