/* R-hat against ArviZ, and burn-in against its definition. */
#include "check.h"
#include "base/memory.h"
#include "temper/estimate.h"
#include "estimate_ar1.h"

/* Truth: arviz 0.23.4, az.rhat(x, method="rank"), on the same numbers. */
static void arviz_agrees(void) {
    double x[96], rhat;
    uint32_t g = 3;
    for (int c = 0; c < 3; c++) /* an odd length */
        for (int i = 0; i < 25; i++) {
            double first = lcg(&g), second = lcg(&g);
            x[c * 25 + i] = first + second * 0.3 * c + 0.1 * c;
        }
    CHECK_OK(temper_rhat(x, 3, 25, &rhat));
    CHECK_NEAR(rhat, 1.208369790182, 1e-11);
    g = 11;
    for (int c = 0; c < 4; c++) /* equal centres, different widths: the folded one is larger */
        for (int i = 0; i < 24; i++) x[c * 24 + i] = (lcg(&g) - 0.5) * (1 + 2 * c);
    CHECK_OK(temper_rhat(x, 4, 24, &rhat));
    CHECK_NEAR(rhat, 1.178119347774, 1e-11);
    g = 5;
    for (int c = 0; c < 2; c++) /* few values: ties */
        for (int i = 0; i < 20; i++) x[c * 20 + i] = floor(lcg(&g) * 4) + (i > 9 && c == 1);
    CHECK_OK(temper_rhat(x, 2, 20, &rhat));
    CHECK_NEAR(rhat, 1.068261026960, 1e-11);
}

/* Ranks don't change under a monotone map: the bulk part is invariant, and here it is the larger one. */
static void monotone_maps(void) {
    enum { N = 500 };
    static double x[4 * N];
    double before, after;
    ar1(x, 4, N, 0.5, 1);
    for (int i = 0; i < N; i++) x[i] += 2;
    CHECK_OK(temper_rhat(x, 4, N, &before));
    CHECK(before > 1.2, "a chain that is two off: %g", before);
    for (int i = 0; i < 4 * N; i++) x[i] = exp(3 * x[i]); /* without a variance */
    CHECK_OK(temper_rhat(x, 4, N, &after));
    CHECK_NEAR(after, before, 1e-12);
}

static void good_and_bad_chains(void) {
    enum { N = 1000 };
    static double x[4 * N];
    double rhat;
    ar1(x, 4, N, 0.5, 2);
    CHECK_OK(temper_rhat(x, 4, N, &rhat));
    CHECK(rhat > 0.99 && rhat < 1.01, "mixed: %g", rhat);
    for (int i = 0; i < N; i++) x[i] += 0.004 * i; /* one chain drifts: only its halves tell */
    CHECK_OK(temper_rhat(x, 1, N, &rhat));
    CHECK(rhat > 1.3, "drift: %g", rhat);
    for (int i = 0; i < 4 * N; i++) x[i] = i / N;
    CHECK_OK(temper_rhat(x, 4, N, &rhat));
    CHECK(isinf(rhat), "stuck: %g", rhat);
    for (int i = 0; i < N; i++) x[i] = 7;
    CHECK_OK(temper_rhat(x, 1, N, &rhat));
    CHECK(isnan(rhat), "constant: %g", rhat);
    for (int i = 0; i < N; i++) x[i] = i % 2;
    CHECK_OK(temper_rhat(x, 2, N / 2, &rhat));
    CHECK(rhat > 0.99 && rhat < 1.01, "two values: %g", rhat);
}

static void rhat_refuses(void) {
    double x[8] = {0, 1, 2, 3, 4, 5, NAN, 7}, rhat;
    CHECK_FAILS(temper_rhat(x, 2, 3, &rhat), TEMPER_BAD_OPTION, "n=3");
    CHECK_FAILS(temper_rhat(x, 2, 4, &rhat), TEMPER_BAD_DATA, "number 2 of chain 1");
    x[6] = 6;
    int64_t live = temper_alloc_live();
    temper_alloc_fail_at(1);
    CHECK_FAILS(temper_rhat(x, 2, 4, &rhat), TEMPER_NO_MEMORY, "memory");
    temper_alloc_fail_at(0);
    CHECK(temper_alloc_live() == live, "a block is left");
}

/* The definition, in O(m²). */
static int64_t slow_mser(const double *x, int chains, int64_t n) {
    double z[2000], least = INFINITY;
    int64_t m = n / 5, best = 0;
    for (int64_t j = 0; j < m; j++) {
        z[j] = 0;
        for (int c = 0; c < chains; c++)
            for (int64_t i = 5 * j; i < 5 * j + 5; i++) z[j] += x[c * n + i] / (5 * chains);
    }
    for (int64_t d = 0; d <= m / 2 && d < m; d++) {
        double mean = 0, square = 0;
        for (int64_t j = d; j < m; j++) mean += z[j] / (double)(m - d);
        for (int64_t j = d; j < m; j++) square += (z[j] - mean) * (z[j] - mean);
        if (square / (double)((m - d) * (m - d)) < least * (1 - 1e-12))
            least = square / (double)((m - d) * (m - d)), best = d;
    }
    return 5 * best;
}

static void burn_in(void) {
    enum { N = 3003 };
    static double x[3 * N];
    int64_t first, total = 0;
    for (int s = 0; s < 20; s++) {
        ar1(x, 3, N, 0.8, 40 + (uint64_t)s);
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < N; i++) x[c * N + i] += 30 * exp(-i / 50.0);
        CHECK_OK(temper_burn_in(x, 3, N, &first));
        CHECK(first == slow_mser(x, 3, N), "%lld, slowly %lld", (long long)first,
              (long long)slow_mser(x, 3, N));
        total += first;
    }
    /* The transient falls below the error of the mean, 0.09, after 290 steps and below the noise, 1, after 170. */
    CHECK(total / 20 > 150 && total / 20 < 500, "mean burn-in %lld", (long long)(total / 20));
    ar1(x, 3, N, 0.8, 1);
    CHECK_OK(temper_burn_in(x, 3, N, &first));
    CHECK(first < N / 5, "stationary: %lld", (long long)first);
    for (int i = 0; i < N; i++) x[i] = i; /* never stationary: the limit */
    CHECK_OK(temper_burn_in(x, 1, N, &first));
    CHECK(first == N / 10 * 5, "ramp: %lld", (long long)first);
    for (int i = 0; i < N; i++) x[i] = 4.2;
    CHECK_OK(temper_burn_in(x, 1, N, &first));
    CHECK(first == 0, "constant: %lld", (long long)first);
    CHECK_OK(temper_burn_in(x, 1, 4, &first));
    CHECK(first == 0, "short: %lld", (long long)first);
    x[4] = NAN;
    CHECK_FAILS(temper_burn_in(x, 1, 10, &first), TEMPER_BAD_DATA, "number 4 of chain 0");
    CHECK_FAILS(temper_burn_in(x, 0, 10, &first), TEMPER_BAD_OPTION, "chains=0");
}

int main(void) {
    RUN(arviz_agrees);
    RUN(monotone_maps);
    RUN(good_and_bad_chains);
    RUN(rhat_refuses);
    RUN(burn_in);
    return check_end();
}
