/* Rank correlations: by hand, by counting all orders, and what chance does. */
#include "base/memory.h"
#include "check.h"
#include "estimate/ranks.h"

static const temper_stream stream = {1, 0};

static void by_hand(void) {
    /* Σd² = 4: ρ = 1 − 6·4/120; 2 of 10 pairs discordant: τ = 0.6 */
    const double x[] = {1, 2, 3, 4, 5}, y[] = {2, 1, 4, 3, 5}, down[] = {5, 4, 3, 2, 1},
                 same[] = {2, 2, 2, 2, 2};
    temper_ranks r;
    CHECK_OK(temper_ranks_compare(x, y, 5, stream, &r));
    CHECK_NEAR(r.spearman, 0.8, 1e-14);
    CHECK_NEAR(r.kendall, 0.6, 1e-14);
    CHECK_NEAR(r.spearman_p, 16 / 120.0, 1e-14); /* Σd² ≤ 4: 1 + 4 + 3 orders on each side */
    CHECK_NEAR(r.kendall_p, 28 / 120.0, 1e-14);  /* at most 2 inversions: 1 + 4 + 9 on each side */
    CHECK_OK(temper_ranks_compare(x, down, 5, stream, &r));
    CHECK_NEAR(r.spearman, -1, 1e-14);
    CHECK_NEAR(r.spearman_p, 2 / 120.0, 1e-14);
    CHECK_OK(temper_ranks_compare(x, same, 5, stream, &r));
    CHECK(isnan(r.spearman) && isnan(r.kendall_p), "constant: %g", r.spearman);
    /* ties: ranks 1.5 1.5 3 4 and 1 2.5 2.5 4: ρ = 3.75/4.5; 4 concordant pairs, 5 untied on each side: τ_b = 4/5 */
    const double tied[] = {1, 1, 2, 3}, other[] = {1, 2, 2, 3};
    CHECK_OK(temper_ranks_compare(tied, other, 4, stream, &r));
    CHECK_NEAR(r.kendall, 4 / 5.0, 1e-14);
    CHECK_NEAR(r.spearman, 3.75 / 4.5, 1e-14);
}

static void what_is_not_finite_is_left_out(void) {
    const double x[] = {1, NAN, 2, 3, 4, INFINITY, 5}, y[] = {2, 9, 1, 4, 3, 1, 5};
    temper_ranks r;
    CHECK_OK(temper_ranks_compare(x, y, 7, stream, &r));
    CHECK(r.n == 5, "%d", r.n);
    CHECK_NEAR(r.spearman, 0.8, 1e-14);
    CHECK_OK(temper_ranks_compare(x, y, 2, stream, &r));
    CHECK(r.n == 1 && isnan(r.spearman), "%d", r.n);
}

/* p-values of unrelated numbers are uniform; intervals hold the truth 0 about as often as they say. */
static void chance(void) {
    enum { TRIALS = 60, N = 14 };
    int small = 0, covered = 0;
    for (int k = 0; k < TRIALS; k++) {
        double x[N], y[N];
        temper_ranks r;
        for (int i = 0; i < N; i++) {
            x[i] = temper_normal((temper_stream){9, 1}, TEMPER_FOR_TESTS, k, 2 * i);
            y[i] = temper_normal((temper_stream){9, 1}, TEMPER_FOR_TESTS, k, 2 * i + 1);
        }
        CHECK_OK(temper_ranks_compare(x, y, N, stream, &r));
        small += r.spearman_p < 0.5, covered += r.low < 0 && r.high > 0;
    }
    CHECK_NEAR(small / (double)TRIALS, 0.5, 4.5 * 0.5 / sqrt(TRIALS));
    CHECK(covered > 0.8 * TRIALS, "%d of %d", covered, TRIALS);
}

static void without_memory(void) {
    const double x[] = {1, 2, 3}, y[] = {2, 1, 4};
    temper_ranks r;
    int64_t live = temper_alloc_live();
    temper_status bad = TEMPER_NO_MEMORY;
    for (int64_t k = 1; bad && k < 9; k++) {
        temper_alloc_fail_at(k);
        bad = temper_ranks_compare(x, y, 3, stream, &r);
        temper_alloc_fail_at(0);
        CHECK(temper_alloc_live() == live, "leaks");
    }
    CHECK_OK(bad);
}

int main(void) {
    RUN(by_hand);
    RUN(what_is_not_finite_is_left_out);
    RUN(chance);
    RUN(without_memory);
    return check_end();
}
