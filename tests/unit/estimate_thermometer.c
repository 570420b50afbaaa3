/* Thermometry: ratios of made-up means, missing columns, and error bars that cover. */
#include <math.h>
#include <stdlib.h>
#include "check.h"
#include "base/memory.h"
#include "temper/estimate.h"
#include "temper/stream.h"

enum { ROWS = 200 };
static double x[2 * ROWS * TEMPER_READINGS];
static const double level[TEMPER_READINGS] = {0.5, 3, 0.25, 0.4, 2, 8};
static const temper_gauge gauge = {100, 20, 32};
static const double truth[5] = {100 * 0.5 / 20, 100 * 0.25 / 20, 100 * 2 / 8.0, 0.5 / 0.4,
                                32 * (3 - 2) / 2.0};

/* Columns that waver about their levels by 20 %, each an AR(1) with a = 0.5; nine tenths of their variance are shared. */
static void fill(uint32_t chain, int rows) {
    double y[TEMPER_READINGS] = {0};
    for (int i = 0; i < rows; i++) {
        double common = temper_normal((temper_stream){1, chain}, TEMPER_FOR_TESTS, i, 100);
        for (int c = 0; c < TEMPER_READINGS; c++) {
            double own = temper_normal((temper_stream){1, chain}, TEMPER_FOR_TESTS, i, c);
            y[c] = 0.5 * y[c] + sqrt(0.75) * (sqrt(0.1) * own + sqrt(0.9) * common);
            x[i * TEMPER_READINGS + c] = level[c] * (1 + 0.2 * y[c]);
        }
    }
}

static void read_all(const temper_thermometry *t, double value[5], double error[5]) {
    const temper_reading *r[] = {&t->configurational, &t->kinetic, &t->gradient, &t->fdr, &t->noise_scale};
    for (int q = 0; q < 5; q++) value[q] = r[q]->value, error[q] = r[q]->error;
}

static void steady_columns(void) {
    temper_thermometry t;
    double value[5], error[5];
    for (int i = 0; i < ROWS; i++)
        for (int c = 0; c < TEMPER_READINGS; c++) x[i * TEMPER_READINGS + c] = level[c];
    CHECK_OK(temper_thermometry_read(x, 2, ROWS / 2, &gauge, &t));
    read_all(&t, value, error);
    for (int q = 0; q < 5; q++) {
        CHECK_NEAR(value[q], truth[q], 1e-12 * truth[q]);
        CHECK_NEAR(error[q], 0, 1e-12 * truth[q]);
    }
    CHECK_OK(temper_thermometry_read(x, 1, 1, &gauge, &t));
    CHECK(t.configurational.value == truth[0] && isinf(t.configurational.error), "one row has no error");
}

static void missing_columns(void) {
    for (int c = 0; c < TEMPER_READINGS; c++) {
        static const int needs[5][2] = {{0, 0}, {2, 2}, {4, 5}, {0, 3}, {1, 4}};
        temper_thermometry t;
        double value[5], error[5];
        fill(0, ROWS);
        x[17 * TEMPER_READINGS + c] = c % 2 ? NAN : INFINITY;
        CHECK_OK(temper_thermometry_read(x, 1, ROWS, &gauge, &t));
        read_all(&t, value, error);
        for (int q = 0; q < 5; q++) {
            bool shown = needs[q][0] != c && needs[q][1] != c;
            CHECK(isfinite(value[q]) == shown && isfinite(error[q]) == shown,
                  "column %d missing: reading %d is %g ± %g", c, q, value[q], error[q]);
        }
    }
}

static void error_bars_cover(void) {
    enum { SEEDS = 400 };
    int one[5] = {0}, two[5] = {0};
    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        temper_thermometry t;
        double value[5], error[5];
        fill(seed, ROWS);
        CHECK_OK(temper_thermometry_read(x, 1, ROWS, &gauge, &t));
        read_all(&t, value, error);
        for (int q = 0; q < 5; q++) {
            one[q] += fabs(value[q] - truth[q]) < error[q];
            two[q] += fabs(value[q] - truth[q]) < 1.96 * error[q];
        }
    }
    for (int q = 0; q < 5; q++) /* 68.3 ± 2.3 and 95.0 ± 1.1 % of 400 */
        CHECK(one[q] > 0.58 * SEEDS && one[q] < 0.785 * SEEDS && two[q] > 0.9 * SEEDS &&
                  two[q] < 0.995 * SEEDS,
              "reading %d: one error covers %d, 1.96 cover %d of %d", q, one[q], two[q], SEEDS);
}

static void refuses(void) {
    temper_thermometry t;
    temper_gauge none = {100, 0, 32};
    CHECK_FAILS(temper_thermometry_read(x, 1, ROWS, &none, &t), TEMPER_BAD_OPTION, "dim=0");
    CHECK_FAILS(temper_thermometry_read(x, 1, 0, &gauge, &t), TEMPER_BAD_OPTION, "n=0");
    fill(0, ROWS);
    int64_t live = temper_alloc_live();
    for (int64_t k = 1;; k++) {
        temper_alloc_fail_at(k);
        temper_status bad = temper_thermometry_read(x, 1, ROWS, &gauge, &t);
        bool reached = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        CHECK(reached == (bad == TEMPER_NO_MEMORY) && temper_alloc_live() == live, "allocation %lld",
              (long long)k);
        if (!reached) break;
    }
}

int main(void) {
    RUN(steady_columns);
    RUN(missing_columns);
    RUN(error_bars_cover);
    RUN(refuses);
    return check_end();
}
