/* Sample quality from plain numbers. */
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "estimate/quality.h"
#include "temper/parallel.h"
#include "temper/stream.h"

static double uniform(int64_t step, int64_t i) {
    return temper_uniform((temper_stream){11, 0}, TEMPER_FOR_TESTS, step, i);
}

enum { N = 70, M = 90, V = 130 };
static float A[N * V], B[M * V];

/* kind 0: 0/1, 1: ±1, 2: categories, 3: real */
static void fill(int kind) {
    for (int i = 0; i < N * V + M * V; i++) {
        double u = uniform(kind, i);
        float x = kind == 0   ? (float)(u < 0.3)
                  : kind == 1 ? (u < 0.5 ? -1.0f : 1.0f)
                  : kind == 2 ? (float)(int)(4 * u)
                              : (float)u;
        if (i < N * V)
            A[i] = x;
        else
            B[i - N * V] = x;
    }
}

static double naive(temper_metric metric, const float *x, const float *y) {
    double apart = 0, both = 0, one = 0, square = 0;
    for (int i = 0; i < V; i++) {
        apart += x[i] != y[i];
        both += x[i] != 0 && y[i] != 0;
        one += x[i] != 0 || y[i] != 0;
        square += pow((double)x[i] - y[i], 2);
    }
    return metric == TEMPER_HAMMING  ? apart
           : metric == TEMPER_EUCLID ? sqrt(square)
           : one > 0                 ? 1 - both / one
                                     : 0;
}

static int ascending(const void *x, const void *y) {
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

/* Against all distances, sorted; bits, bytes and real numbers; equal on 1 and 2 threads. */
static void nearest(void) {
    static double first[N], second[N], again[N], all[M];
    temper_sample_rows a = {N, V, A}, b = {M, V, B};
    for (int kind = 0; kind < 4; kind++)
        for (int metric = 0; metric < 3; metric++) {
            if (metric == TEMPER_JACCARD && kind != 0) continue;
            fill(kind);
            CHECK_OK(temper_nearest_rows(&a, &b, (temper_metric)metric, false, first, second));
            CHECK_OK(temper_nearest_rows(&a, &a, (temper_metric)metric, true, again, NULL));
            for (int i = 0; i < N; i++) {
                double kin = INFINITY;
                for (int j = 0; j < M; j++) all[j] = naive((temper_metric)metric, A + i * V, B + j * V);
                for (int j = 0; j < N; j++)
                    if (j != i) kin = fmin(kin, naive((temper_metric)metric, A + i * V, A + j * V));
                qsort(all, M, sizeof *all, ascending);
                CHECK_NEAR(first[i], all[0], 1e-12);
                CHECK_NEAR(second[i], all[1], 1e-12);
                CHECK_NEAR(again[i], kin, 1e-12);
            }
        }
    temper_threads(1);
    CHECK_OK(temper_nearest_rows(&a, &b, TEMPER_EUCLID, false, again, NULL));
    temper_threads(3);
    CHECK_OK(temper_nearest_rows(&a, &b, TEMPER_EUCLID, false, first, NULL));
    temper_threads(0);
    CHECK(!memcmp(first, again, sizeof first), "threads change distances");
    A[5 * V + 2] = NAN;
    CHECK_FAILS(temper_nearest_rows(&a, &b, TEMPER_EUCLID, false, first, NULL), TEMPER_BAD_DATA,
                "row 5, column 2");
    b.columns = V - 1;
    CHECK_FAILS(temper_nearest_rows(&a, &b, TEMPER_EUCLID, false, first, NULL), TEMPER_BAD_DATA, "columns");
}

/* Two sets of one distribution: ½ on average, and within the errors told; copies: 0; far away: 1. Ties of Hamming distances don't move it. */
static void adversary(void) {
    enum { ROWS = 200, COLUMNS = 24, SEEDS = 40 };
    static float T[ROWS * COLUMNS], S[ROWS * COLUMNS];
    temper_sample_rows t = {ROWS, COLUMNS, T}, s = {ROWS, COLUMNS, S};
    temper_adversary seen;
    double mean = 0, square = 0, error = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            T[i] = uniform(100 + seed, 2 * i) < 0.4;
            S[i] = uniform(100 + seed, 2 * i + 1) < 0.4;
        }
        CHECK_OK(temper_adversarial_accuracy(&t, &s, TEMPER_HAMMING, &seen));
        mean += seen.total / SEEDS;
        square += seen.total * seen.total / SEEDS;
        error += seen.error / SEEDS;
    }
    double spread = sqrt(square - mean * mean);
    CHECK_NEAR(mean, 0.5, 4.5 * spread / sqrt(SEEDS) + 0.5 / ROWS); /* a row has n − 1 kin and n strangers */
    CHECK(error > 0.9 * spread && error < 2.5 * spread, "error %g of a spread of %g", error, spread);
    CHECK_OK(temper_adversarial_accuracy(&t, &t, TEMPER_HAMMING, &seen));
    CHECK(seen.total < 0.05, "a copy: %g", seen.total);
    for (int i = 0; i < ROWS * COLUMNS; i++)
        S[i] = uniform(99, i) < (i % COLUMNS < COLUMNS / 2 ? 0.95 : 0.02);
    CHECK_OK(temper_adversarial_accuracy(&t, &s, TEMPER_HAMMING, &seen));
    CHECK(seen.truth > 0.9 && seen.syn > 0.9, "elsewhere: %g %g", seen.truth, seen.syn);
    for (int i = 0; i < ROWS * COLUMNS; i++)
        S[i] = 1; /* its rows have kin at distance 0, strangers further off */
    CHECK_OK(temper_adversarial_accuracy(&t, &s, TEMPER_HAMMING, &seen));
    CHECK(seen.syn == 1 && seen.syn_error > 0 && seen.syn_error < 0.1, "all of them: %g ± %g", seen.syn,
          seen.syn_error);
    for (int i = 0; i < ROWS * COLUMNS; i++)
        S[i] = uniform(99, i) < (i % COLUMNS < COLUMNS / 2 ? 0.95 : 0.02);
    temper_remembrance fresh, copied;
    CHECK_OK(temper_memorisation(&t, &t, TEMPER_HAMMING, &copied));
    CHECK_OK(temper_memorisation(&t, &s, TEMPER_HAMMING, &fresh));
    CHECK(fabs(copied.copies - 1) < 1e-12 && copied.ratio < 0.2 && copied.nearest == 0, "copies %g ratio %g",
          copied.copies, copied.ratio);
    CHECK(fresh.copies == 0 && fresh.ratio > 0.7 && fresh.nearest > 1, "fresh: copies %g ratio %g",
          fresh.copies, fresh.ratio);
}

/* By hand: two columns, three rows. */
static void moments(void) {
    static const float a[] = {0, 0, 0, 1, 1, 2, 1, 0, 1}, b[] = {0, 0, 1, 1, 1, 0, 1, 0, 1};
    temper_moments seen;
    CHECK_OK(temper_compare_moments(&(temper_sample_rows){3, 3, a}, &(temper_sample_rows){3, 3, b}, &seen));
    /* means ⅔ ⅓ 1 and ⅔ ⅓ ⅔; C_10 = 1/9, C_20 = 1/3, C_21 = 1/3 and 1/9, −1/9, −2/9 */
    CHECK_NEAR(seen.mean_rms, sqrt(1.0 / 27), 1e-12);
    CHECK_NEAR(seen.pair_rms, sqrt((0 + 16.0 / 81 + 25.0 / 81) / 3), 1e-12);
    double x[] = {1.0 / 9, 3.0 / 9, 3.0 / 9}, y[] = {1.0 / 9, -1.0 / 9, -2.0 / 9}, mx = 7.0 / 27,
           my = -2.0 / 27;
    double xy = 0, xx = 0, yy = 0;
    for (int i = 0; i < 3; i++)
        xy += (x[i] - mx) * (y[i] - my), xx += pow(x[i] - mx, 2), yy += pow(y[i] - my, 2);
    CHECK_NEAR(seen.pair_pearson, xy / sqrt(xx * yy), 1e-12);
    CHECK_OK(temper_compare_moments(&(temper_sample_rows){3, 3, a}, &(temper_sample_rows){3, 3, a}, &seen));
    CHECK_NEAR(seen.pair_pearson, 1, 1e-12);
    CHECK_NEAR(seen.pair_rms, 0, 0);
}

static void wasserstein(void) {
    double d, a[] = {3, 1, 2}, b[] = {5, 3, 4}, c[] = {0, 0, 0, 6}, e[] = {1};
    CHECK_OK(temper_wasserstein(a, 3, b, 3, &d));
    CHECK_NEAR(d, 2, 1e-15); /* a shift */
    CHECK_OK(temper_wasserstein(c, 4, e, 1, &d));
    CHECK_NEAR(d, 2, 1e-15); /* ¾·1 + ¼·5 */
    CHECK_OK(temper_wasserstein(c, 4, a, 3, &d));
    CHECK_NEAR(d, 2, 1e-15); /* ∫|F_c − F_a|: ¾·1 + (¾ − ⅓) + (¾ − ⅔) + ¼·3 */
    a[1] = INFINITY;
    CHECK_FAILS(temper_wasserstein(c, 4, a, 3, &d), TEMPER_BAD_DATA, "number 1");
}

/* An exponential decay from 1 to 0.25: the time is tau; and never, within n. */
static void forgetting(void) {
    enum { CHAINS = 200, LENGTH = 60 };
    static double q[CHAINS * LENGTH];
    double time, error;
    for (int c = 0; c < CHAINS; c++)
        for (int t = 0; t < LENGTH; t++)
            q[c * LENGTH + t] = 0.25 + 0.75 * exp(-t / 8.5) + (t ? 0.2 * (uniform(7 + c, t) - 0.5) : 0);
    CHECK_OK(temper_forgetting_time(q, CHAINS, LENGTH, 0.25, &time, &error));
    CHECK_NEAR(time, 8.5, 4.5 * error + 0.02);
    CHECK(error > 0 && error < 0.5, "error %g", error);
    CHECK_OK(temper_forgetting_time(q, CHAINS, 5, 0.25, &time, &error));
    CHECK(isinf(time) && isinf(error), "%g ± %g", time, error);
}

static void memory(void) {
    fill(0);
    temper_sample_rows a = {N, V, A}, b = {M, V, B};
    temper_adversary seen;
    temper_moments m;
    for (int k = 1; k < 12; k++) {
        int64_t live = temper_alloc_live();
        temper_alloc_fail_at(k);
        temper_status status = temper_adversarial_accuracy(&a, &b, TEMPER_HAMMING, &seen);
        if (status == TEMPER_OK) status = temper_compare_moments(&a, &b, &m);
        temper_alloc_fail_at(0);
        CHECK(status == TEMPER_OK || status == TEMPER_NO_MEMORY, "status %d", status);
        CHECK(temper_alloc_live() == live, "%d blocks leak at k=%d", (int)(temper_alloc_live() - live), k);
    }
}

int main(void) {
    RUN(nearest);
    RUN(adversary);
    RUN(moments);
    RUN(wasserstein);
    RUN(forgetting);
    RUN(memory);
    return check_end();
}
