/* Forecasts judged by hand-worked numbers, by what the binomial and normal distributions say, and for honesty of the bootstrap. */
#include "estimate/calibration.h"
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "temper/parallel.h"
#include "temper/stream.h"

/* Three classes, four rows. Row 0 right with 0.9; 1 wrong with 0.9; 2 and 3 right with 0.6. */
static const double p4[12] = {0.9, 0.05, 0.05, 0.05, 0.9, 0.05, 0.3, 0.1, 0.6, 0.2, 0.6, 0.2};
static const int32_t y4[4] = {0, 2, 2, 1};
static const temper_forecast four = {4, 3, 0, p4, y4, NULL};

static void labels(void) {
    const char *name[TEMPER_MARKS], *unit[TEMPER_MARKS];
    double value[TEMPER_MARKS];
    CHECK(temper_mark_names(true, name, unit) == 4 && !strcmp(name[0], "accuracy") && !strcmp(name[3], "ece"),
          "names of labels");
    temper_forecast_marks(&four, value);
    CHECK_NEAR(value[0], 0.75, 1e-15);
    /* −(ln 0.9 + ln 0.05 + 2 ln 0.6)/4 */
    CHECK_NEAR(value[1], (0.10536051565782628 + 2.995732273553991 + 2 * 0.5108256237659907) / 4, 1e-15);
    /* rows: 0.01 + 2·0.0025; 0.0025 + 0.81 + 0.9025; 0.09 + 0.01 + 0.16; 0.04 + 0.16 + 0.04 */
    CHECK_NEAR(value[2], (0.015 + 1.715 + 0.26 + 0.24) / 4, 1e-15);
    /* bin of 0.9: half right; bin of 0.6: all right */
    CHECK_NEAR(value[3], 0.5 * fabs(0.5 - 0.9) + 0.5 * fabs(1 - 0.6), 1e-15);
}

static void equals(
    void) { /* the lowest of equal probabilities is the forecast; an impossible label costs 708 nats, not infinity */
    static const double p[4] = {0.5, 0.5, 1, 0};
    static const int32_t y[2] = {0, 1};
    const temper_forecast two = {2, 2, 0, p, y, NULL}, none = {0, 2, 0, p, y, NULL};
    double value[TEMPER_MARKS];
    temper_forecast_marks(&two, value);
    CHECK_NEAR(value[0], 0.5, 0);
    CHECK_NEAR(value[1], (0.6931471805599453 + 708.3964185322641) / 2, 1e-12);
    temper_forecast_marks(&none, value);
    CHECK(isnan(value[0]) && isnan(value[3]), "no rows: %g, %g", value[0], value[3]);
}

static void reliability(void) {
    temper_reliability bins;
    temper_forecast_reliability(&four, &bins);
    CHECK(bins.count[13] == 2 && bins.count[8] == 2, "%d, %d", (int)bins.count[13], (int)bins.count[8]);
    CHECK_NEAR(bins.confidence[13], 0.9, 1e-15);
    CHECK_NEAR(bins.right[13], 0.5, 0);
    CHECK_NEAR(bins.right[8], 1, 0);
    CHECK(isnan(bins.right[0]) && isnan(bins.confidence[14]), "empty bins");
    double sure[2] = {1, 0};
    const int32_t y = 0;
    const temper_forecast one = {1, 2, 0, sure, &y, NULL};
    temper_forecast_reliability(&one, &bins);
    CHECK(bins.count[14] == 1, "confidence 1 belongs to the last bin");
}

static void bin_of(void) {
    static const double p[] = {0, 1e-9, 1 / 15.0, 0.0667, 0.5, 1, 1.5, -1, INFINITY, -INFINITY, NAN};
    static const int bin[] = {0, 0, 0, 1, 7, 14, 14, 0, 14, 0, 0};
    for (int k = 0; k < 11; k++) CHECK(temper_bin(p[k]) == bin[k], "%g is in bin %d", p[k], temper_bin(p[k]));
    const double broken[2] = {NAN, NAN}; /* weights or scalings of somebody else's file */
    const temper_forecast one = {.n = 1, .classes = 2, .p = broken, .y = (const int32_t[]){0}};
    temper_reliability bins;
    temper_forecast_reliability(&one, &bins);
    CHECK(bins.count[0] == 1, "what is no number is in the first bin");
}

static void numbers(void) {
    /* Two targets: mean 1, variance 4, came 3: (t − m)/σ = 1; mean 0, variance 1, came 1.7. */
    static const double p[4] = {1, 0, 4, 1}, t[2] = {3, 1.7};
    const temper_forecast one = {1, 0, 2, p, NULL, t};
    double value[TEMPER_MARKS];
    temper_forecast_marks(&one, value);
    CHECK_NEAR(value[0], sqrt((4 + 2.89) / 2), 1e-15);
    CHECK_NEAR(value[1], -(1 + 1.3862943611198906 + 2.89 + 2 * 1.8378770664093453) / 4, 1e-15);
    CHECK_NEAR(value[2], 0, 0);   /* 0.674 σ */
    CHECK_NEAR(value[3], 0.5, 0); /* 1.645 σ: the first alone */
    CHECK_NEAR(value[4], 1, 0);   /* 1.960 σ */
}

enum { ROWS = 20000 };
static double drawn[2 * ROWS], came[ROWS];

static void
normal_coverage(void) { /* forecasts that are true cover as they say; log-likelihood is minus the entropy */
    double value[TEMPER_MARKS], error[TEMPER_MARKS];
    const temper_stream stream = {11, 0};
    for (int i = 0; i < ROWS; i++) {
        double sigma = 1 + i % 3;
        drawn[2 * i] = i % 7, drawn[2 * i + 1] = sigma * sigma;
        came[i] = drawn[2 * i] + sigma * temper_normal(stream, TEMPER_FOR_TESTS, 0, i);
    }
    const temper_forecast f = {ROWS, 0, 1, drawn, NULL, came};
    CHECK_OK(temper_forecast_errors(&f, value, error));
    const double nominal[3] = {0.5, 0.9, 0.95};
    for (int q = 0; q < 3; q++) {
        double sd = sqrt(nominal[q] * (1 - nominal[q]) / ROWS);
        CHECK_NEAR(value[2 + q], nominal[q], 4.5 * sd);
        CHECK_NEAR(error[2 + q] / sd, 1, 4.5 * 0.05); /* 200 replicates: 5 % */
    }
    CHECK_NEAR(value[1], -0.5 * (1 + 1.8378770664093453) - 1.791759469228055 / 3, 4.5 * sqrt(0.5 / ROWS));
    CHECK_NEAR(error[1] / sqrt(0.5 / ROWS), 1, 4.5 * 0.07);
}

static void
binomial_errors(void) { /* accuracy of n rows: √(a(1 − a)/n); and the same bits on any number of threads */
    enum { N = 2000 };
    static double p[2 * N];
    static int32_t y[N];
    double value[TEMPER_MARKS], error[TEMPER_MARKS], again[TEMPER_MARKS];
    for (int i = 0; i < N; i++) p[2 * i] = 0.8, p[2 * i + 1] = 0.2, y[i] = i % 5 == 0;
    const temper_forecast f = {N, 2, 0, p, y, NULL};
    CHECK_OK(temper_threads(1));
    CHECK_OK(temper_forecast_errors(&f, value, error));
    CHECK_NEAR(value[0], 0.8, 1e-15);
    CHECK_NEAR(error[0] / sqrt(0.16 / N), 1, 4.5 * 0.05);
    CHECK_NEAR(value[3], 0, 1e-12); /* perfectly calibrated */
    for (int threads = 2; threads <= 3; threads++) {
        CHECK_OK(temper_threads(threads));
        CHECK_OK(temper_forecast_errors(&f, value, again));
        CHECK(!memcmp(error, again, 4 * sizeof *error), "%d threads give other bits", threads);
    }
    CHECK_OK(temper_threads(0));
}

static void softmax(void) {
    const float z[3] = {1000, 1001, 999};
    double p[3];
    temper_softmax(z, 3, p);
    CHECK_NEAR(p[1], 0.6652409557748218, 1e-15); /* 1/(1 + e⁻¹ + e⁻²) */
    CHECK_NEAR(p[0] + p[1] + p[2], 1, 1e-15);
    const double even[4] = {0.25, 0.25, 0.25, 0.25}, sure[2] = {1, 0};
    CHECK_NEAR(temper_entropy(even, 4), 1.3862943611198906, 1e-15);
    CHECK_NEAR(temper_entropy(sure, 2), 0, 0);
}

static void no_memory(void) {
    double value[TEMPER_MARKS], error[TEMPER_MARKS];
    int64_t live = temper_alloc_live();
    for (int64_t k = 1; k <= 2; k++) {
        temper_alloc_fail_at(k);
        CHECK(temper_forecast_errors(&four, value, error) == TEMPER_NO_MEMORY, "allocation %d", (int)k);
        temper_alloc_fail_at(0);
        CHECK(temper_alloc_live() == live, "allocation %d left blocks", (int)k);
    }
}

int main(void) {
    RUN(labels);
    RUN(equals);
    RUN(reliability);
    RUN(bin_of);
    RUN(numbers);
    RUN(normal_coverage);
    RUN(binomial_errors);
    RUN(softmax);
    RUN(no_memory);
    return check_end();
}
