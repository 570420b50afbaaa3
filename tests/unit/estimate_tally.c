/* The running tally: equal to blocking done directly, and joined in order equal to one pass. */
#include "check.h"
#include "temper/estimate.h"
#include "estimate_ar1.h"

enum { N = 1 << 15 };
static double x[N];

static temper_tally tally_of(const double *v, int64_t n) {
    temper_tally t = {0};
    for (int64_t i = 0; i < n; i++) temper_tally_add(&t, v[i]);
    return t;
}

/* Every level against bins made directly, also when the last bin is not full. */
static void levels_are_blocks(void) {
    const int n = N - 77;
    ar1(x, 1, N, 0.9, 1);
    temper_tally t = tally_of(x, n);
    CHECK(t.count == n, "count %lld", (long long)t.count);
    for (int l = 0; l < 15; l++) {
        int size = 1 << l, bins = n / size;
        double mean = 0, m2 = 0;
        for (int pass = 0; pass < 2; pass++)
            for (int b = 0; b < bins; b++) {
                double block = 0;
                for (int i = 0; i < size; i++) block += x[b * size + i] / size;
                if (pass)
                    m2 += (block - mean) * (block - mean);
                else
                    mean += block / bins;
            }
        CHECK(t.level[l].count == bins, "level %d: %lld bins, want %d", l, (long long)t.level[l].count, bins);
        CHECK_NEAR(t.level[l].mean, mean, 1e-12);
        CHECK_NEAR(t.level[l].m2, m2, 1e-10 * (1 + m2));
    }
}

static void same(const temper_tally *a, const temper_tally *b) {
    CHECK(a->count == b->count, "count %lld and %lld", (long long)a->count, (long long)b->count);
    for (int l = 0; l < TEMPER_TALLY_LEVELS; l++) {
        CHECK(a->level[l].count == b->level[l].count, "level %d: %lld and %lld bins", l,
              (long long)a->level[l].count, (long long)b->level[l].count);
        CHECK(a->level[l].half == b->level[l].half, "level %d: half %d and %d", l, a->level[l].half,
              b->level[l].half);
        CHECK_NEAR(a->level[l].mean, b->level[l].mean, 1e-13);
        CHECK_NEAR(a->level[l].m2, b->level[l].m2, 1e-10 * (1 + b->level[l].m2));
        if (a->level[l].half) CHECK_NEAR(a->level[l].pending, b->level[l].pending, 1e-13);
    }
}

/* Equal powers of two, joined in order: exactly one pass, whatever their number. */
static void merge_is_one_pass(void) {
    ar1(x, 1, N, 0.5, 2);
    for (int size = 1; size <= 4096; size *= 16)
        for (int parts = 1; parts <= 7; parts++) {
            temper_tally joined = {0};
            for (int p = 0; p < parts; p++) {
                temper_tally one = tally_of(x + p * size, size);
                temper_tally_merge(&joined, &one);
            }
            temper_tally whole = tally_of(x, parts * size);
            same(&joined, &whole);
        }
}

/* Other lengths: nothing is lost from the mean and variance, a few bins are from higher levels; numbers added after a
 * merge count as well. */
static void ragged_merge(void) {
    ar1(x, 1, N, 0.5, 3);
    temper_tally joined = {0}, empty = {0}, whole = tally_of(x, 3000);
    const int cuts[] = {0, 5, 12, 1000, 1001, 1777, 2990};
    for (int p = 0; p < 6; p++) {
        temper_tally one = tally_of(x + cuts[p], cuts[p + 1] - cuts[p]);
        temper_tally_merge(&joined, &one);
        temper_tally_merge(&joined, &empty);
    }
    for (int i = 2990; i < 3000; i++) temper_tally_add(&joined, x[i]);
    CHECK(joined.count == 3000 && joined.level[0].count == 3000, "count %lld", (long long)joined.count);
    CHECK_NEAR(joined.level[0].mean, whole.level[0].mean, 1e-13);
    CHECK_NEAR(joined.level[0].m2, whole.level[0].m2, 1e-9);
    for (int l = 1; l < 8; l++)
        CHECK(joined.level[l].count >= whole.level[l].count - 7 &&
                  joined.level[l].count <= whole.level[l].count,
              "level %d: %lld bins of %lld", l, (long long)joined.level[l].count,
              (long long)whole.level[l].count);
    temper_tally copy = {0};
    temper_tally_merge(&copy, &whole);
    same(&copy, &whole);
}

static void estimates(void) {
    const double phis[] = {0, 0.5, 0.9, -0.5};
    for (int k = 0; k < 4; k++) {
        coverage all = {0, 0, 0};
        double tau = 0;
        for (int s = 0; s < 400; s++) {
            temper_estimate e;
            ar1(x, 1, 8192, phis[k], 900 + (uint64_t)s);
            temper_tally t = tally_of(x, 8192);
            temper_tally_estimate(&t, &e);
            coverage_add(&all, e.mean, e.error, 0);
            tau += e.tau / 400;
            CHECK(e.count == 8192 && isnan(e.rhat), "count %lld", (long long)e.count);
        }
        CHECK_NEAR(tau, ar1_tau(phis[k]),
                   0.1 * ar1_tau(phis[k])); /* neighbouring bins keep a share tau/B of it */
        CHECK(coverage_68(all) > 61 && coverage_68(all) < 75 && coverage_95(all) > 91 &&
                  coverage_95(all) < 98.5,
              "phi=%g: %.1f %% and %.1f %%", phis[k], coverage_68(all), coverage_95(all));
    }
}

static void edges(void) {
    temper_estimate e;
    temper_tally none = {0}, one = {0}, flat = {0}, offset = {0};
    temper_tally_estimate(&none, &e);
    CHECK(e.count == 0 && isinf(e.error), "none: ± %g", e.error);
    temper_tally_add(&one, 3);
    temper_tally_estimate(&one, &e);
    CHECK(e.mean == 3 && isinf(e.error) && e.tau == 0.5, "one: %g ± %g", e.mean, e.error);
    temper_tally_add(&one, 5);
    temper_tally_estimate(&one, &e);
    CHECK_NEAR(e.error, sqrt(3), 1e-15); /* s²/2 = 1, one degree of freedom */
    for (int i = 0; i < 1000; i++) temper_tally_add(&flat, 0.1);
    temper_tally_estimate(&flat, &e);
    CHECK(e.mean == 0.1 && e.error == 0 && e.tau == 0.5 && e.ess == 1000, "flat: %g ± %g", e.mean, e.error);
    ar1(x, 1, N, 0, 4);
    for (int i = 0; i < N; i++) temper_tally_add(&offset, 1e9 + x[i]);
    temper_tally_estimate(&offset, &e);
    CHECK_NEAR(e.error * sqrt(N), 1, 0.1);
    CHECK_NEAR(e.tau, 0.5, 4.5 * e.tau_error);
}

int main(void) {
    RUN(levels_are_blocks);
    RUN(merge_is_one_pass);
    RUN(ragged_merge);
    RUN(estimates);
    RUN(edges);
    return check_end();
}
