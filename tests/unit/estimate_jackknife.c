/* Functions of means: the variance of a series, from its first two moments. */
#include "check.h"
#include "base/memory.h"
#include "temper/estimate.h"
#include "estimate_ar1.h"

enum { N = 40000 };
static double x[N], columns[3 * N];

static void variance(void *context, const double *m, double *v) {
    (void)context;
    v[0] = m[1] - m[0] * m[0];
}
static void identity(void *context, const double *m, double *v) {
    const int *count = context;
    for (int k = 0; k < *count; k++) v[k] = m[k];
}
static void logarithm(void *context, const double *m, double *v) {
    (void)context;
    v[0] = log(m[0]);
    v[1] = 3;
}

static void moments(int64_t n) {
    for (int64_t i = 0; i < n; i++) columns[2 * i] = x[i], columns[2 * i + 1] = x[i] * x[i];
}

/* White noise: Var of the sample variance is 2σ⁴/N (Kendall and Stuart, vol. 1, ch. 10). */
static void white_noise(void) {
    double v, error;
    ar1(x, 1, N, 0, 1);
    moments(N);
    CHECK_OK(temper_jackknife(columns, 1, N, 2, variance, NULL, 1, &v, &error));
    CHECK_NEAR(error, sqrt(2.0 / N), 0.15 * sqrt(2.0 / N));
    CHECK_NEAR(v, 1, 4.5 * sqrt(2.0 / N));
    CHECK_OK(temper_jackknife(columns, 8, N / 8, 2, variance, NULL, 1, &v, &error));
    CHECK_NEAR(error, sqrt(2.0 / N), 0.15 * sqrt(2.0 / N));
}

/* For f(m) = m it is the mean with its error. */
static void linear(void) {
    int two = 2;
    double values[2], errors[2];
    ar1(x, 4, N / 4, 0.9, 2);
    moments(N);
    CHECK_OK(temper_jackknife(columns, 4, N / 4, 2, identity, &two, 2, values, errors));
    for (int k = 0; k < 2; k++) {
        temper_estimate e;
        static double column[N];
        for (int i = 0; i < N; i++) column[i] = columns[2 * i + k];
        CHECK_OK(temper_estimate_mean(column, 4, N / 4, &e));
        CHECK_NEAR(values[k], e.mean, 1e-12); /* though blocks differ by a number in length */
        CHECK_NEAR(errors[k], e.error, 0.2 * e.error);
    }
}

/* Coverage and bias for AR(1) with phi = 0.8: variance 1/(1 − phi²). f(means) is low by 2 tau σ²/N, 0.0045 of it at
 * N = 2000; blocks of 4 tau show three quarters of that. */
static void covers_and_unbiased(void) {
    const double truth = ar1_variance(0.8);
    coverage all = {0, 0, 0};
    double sum = 0, plain = 0, square = 0;
    enum { SEEDS = 1000, LENGTH = 2000 };
    for (int s = 0; s < SEEDS; s++) {
        double v, error, mean = 0, second = 0;
        ar1(x, 2, LENGTH / 2, 0.8, 300 + (uint64_t)s);
        moments(LENGTH);
        CHECK_OK(temper_jackknife(columns, 2, LENGTH / 2, 2, variance, NULL, 1, &v, &error));
        coverage_add(&all, v, error, truth);
        for (int i = 0; i < LENGTH; i++) mean += x[i] / LENGTH, second += x[i] * x[i] / LENGTH;
        plain += (second - mean * mean) / SEEDS;
        sum += v / SEEDS, square += v * v / SEEDS;
    }
    double noise = sqrt((square - sum * sum) / SEEDS);
    CHECK(coverage_68(all) > 63 && coverage_68(all) < 73 && coverage_95(all) > 92 && coverage_95(all) < 98,
          "%.1f %% and %.1f %%", coverage_68(all), coverage_95(all));
    CHECK_NEAR(sum, truth, 4.5 * noise);
    CHECK_NEAR((sum - plain) / (2 * ar1_tau(0.8) * truth / LENGTH), 0.75,
               0.1); /* two estimates on the same numbers */
}

/* Constant columns have no error; an offset of 10⁹ does no harm; what f says of non-finite values is passed on. */
static void special_values(void) {
    int three = 3;
    double values[3], errors[3];
    ar1(x, 1, 1000, 0.5, 4);
    for (int i = 0; i < 1000; i++)
        columns[3 * i] = 0.1, columns[3 * i + 1] = 1e9 + x[i], columns[3 * i + 2] = x[i];
    CHECK_OK(temper_jackknife(columns, 1, 1000, 3, identity, &three, 3, values, errors));
    CHECK(values[0] == 0.1 && errors[0] == 0, "constant: %.17g ± %g", values[0], errors[0]);
    CHECK_NEAR(errors[1] / errors[2], 1, 1e-4);
    CHECK_NEAR(values[1] - 1e9, values[2], 1e-5); /* f itself is rounded to 1e-7, in every block */
    for (int i = 0; i < 1000; i++) columns[i] = i % 2 ? -1 : 1;
    CHECK_OK(temper_jackknife(columns, 1, 1000, 1, logarithm, NULL, 2, values, errors));
    CHECK(!isfinite(values[0]) && isnan(errors[0]), "log 0: %g ± %g", values[0], errors[0]);
    CHECK(values[1] == 3 && errors[1] == 0, "3 ± 0: %g ± %g", values[1], errors[1]);
}

static void short_series(void) {
    int one = 1;
    double v, error;
    for (int n = 1; n <= 40; n++) {
        for (int i = 0; i < n; i++) columns[i] = sin(12.3 * i * i);
        CHECK_OK(temper_jackknife(columns, 1, n, 1, identity, &one, 1, &v, &error));
        double mean = 0;
        for (int i = 0; i < n; i++) mean += columns[i] / n;
        CHECK_NEAR(v, mean, 1e-14);
        temper_estimate e;
        CHECK_OK(temper_estimate_mean(columns, 1, n, &e));
        if (n > 1 && n <= 16) CHECK_NEAR(error, e.error, 1e-12); /* blocks of one number: the same thing */
        CHECK(n == 1 ? isinf(error) : error > 0 && isfinite(error), "n=%d: ± %g", n, error);
    }
}

static void refuses(void) {
    int one = 1;
    double v, error;
    for (int i = 0; i < 24; i++) columns[i] = i;
    columns[15] = NAN; /* row 5 of 8, column 0 of 3: chain 1, number 1 */
    CHECK_FAILS(temper_jackknife(columns, 2, 4, 3, identity, &one, 1, &v, &error), TEMPER_BAD_DATA,
                "column 0 of number 1 of chain 1");
    CHECK_FAILS(temper_jackknife(columns, 2, 4, 0, identity, &one, 1, &v, &error), TEMPER_BAD_OPTION,
                "raw=0");
    columns[15] = 0;
    int64_t live = temper_alloc_live();
    temper_alloc_fail_at(0);
    CHECK_OK(temper_jackknife(columns, 2, 4, 3, identity, &one, 1, &v, &error));
    int64_t needed = temper_alloc_count();
    for (int64_t k = 1; k <= needed; k++) {
        temper_alloc_fail_at(k);
        CHECK_FAILS(temper_jackknife(columns, 2, 4, 3, identity, &one, 1, &v, &error), TEMPER_NO_MEMORY,
                    "memory");
    }
    temper_alloc_fail_at(0);
    CHECK(temper_alloc_live() == live, "%lld blocks left", (long long)(temper_alloc_live() - live));
}

int main(void) {
    RUN(white_noise);
    RUN(linear);
    RUN(covers_and_unbiased);
    RUN(special_values);
    RUN(short_series);
    RUN(refuses);
    return check_end();
}
