/* What random planes show of a Hessian, against the formulas of Böttcher & Wheeler (arXiv:2208.13219) and exact laws. The operators are diagonal, so
 * that products cost nothing. Values: reference/systems.md, section 8. */
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "temper/parallel.h"
#include "temper/slice.h"

enum { N = 1000, DRAWS = 10000 };
static double diagonal[N];
static int64_t dim = N;

static temper_status apply(void *self, int64_t n, const double *v, double *out) {
    (void)self;
    for (int64_t k = 0; k < n; k++)
        for (int64_t i = 0; i < dim; i++) out[k * dim + i] = diagonal[i] * v[k * dim + i];
    return TEMPER_OK;
}

static temper_projections look(int64_t draws, bool unit, uint64_t seed) {
    temper_projections p = {0};
    temper_operator H = {.name = "diagonal", .dim = dim, .apply = apply};
    temper_projections_plan plan = {.draws = draws, .unit = unit, .stream = {seed, 3}};
    CHECK_OK(temper_projections_find(&H, &plan, NULL, &p));
    CHECK(p.products == 2 * draws, "%lld products", (long long)p.products);
    return p;
}

static void balanced(int64_t n, int64_t plus) {
    dim = n;
    for (int64_t i = 0; i < n; i++) diagonal[i] = i < plus ? 1 : -1;
}

/* The table: n₊, E κ+, E κ−, P(saddle); deviations of κ± for one plane are √(1 + 1 − π/4)·F ≈ 1.1 F at most. */
static void table(void) {
    static const double row[][4] = {{500, 39.63, -39.63, 0.7071},
                                    {520, 79.63, 0.37, 0.4740},
                                    {550, 139.63, 60.37, 0.0580},
                                    {600, 239.63, 160.37, 3.2e-5},
                                    {900, 839.63, 760.37, 0}};
    for (int k = 0; k < 5; k++) {
        balanced(N, (int64_t)row[k][0]);
        temper_projections p = look(DRAWS, false, 11 + (uint64_t)k);
        double P = row[k][3], sd = sqrt((P * (1 - P) + 1e-5) / DRAWS), trace = 2 * row[k][0] - N;
        CHECK_NEAR(p.upper, row[k][1],
                   4.5 * p.upper_error + 0.15); /* the formula is asymptotic: 0.1 at N = 1000 */
        CHECK_NEAR(p.lower, row[k][2], 4.5 * p.lower_error + 0.15);
        CHECK(p.upper_error > 0.1 && p.upper_error < 0.6, "error %g", p.upper_error);
        CHECK_NEAR(p.saddle, P, 4.5 * sd + 5e-4);
        CHECK_NEAR(p.trace, trace, 4.5 * p.trace_error);
        CHECK_NEAR(p.frobenius, sqrt(N), 4.5 * p.frobenius_error);
        CHECK_NEAR(p.saddle_theory, P, 0.01);
        CHECK_NEAR(p.upper_theory, row[k][1], 4.5 * p.trace_error + 0.1);
        CHECK_NEAR(p.saddle + p.minimum + p.maximum, 1, 1e-12);
        temper_projections_clear(&p);
    }
}

static void small_and_unit(void) {
    balanced(100, 50);
    temper_projections p = look(40000, false, 5);
    CHECK_NEAR(p.saddle, 0.7084, 4.5 * p.saddle_error);
    CHECK_NEAR(p.upper, 12.50, 4.5 * p.upper_error + 0.02);
    temper_projections_clear(&p);
    balanced(N, 500);
    p = look(DRAWS, true, 6);
    CHECK_NEAR(p.upper, 0.040, 4.5 * p.upper_error + 5e-4);
    CHECK_NEAR(p.lower, -0.040, 4.5 * p.lower_error + 5e-4);
    CHECK_NEAR(p.saddle, 0.7071, 4.5 * p.saddle_error);
    CHECK_NEAR(p.upper_theory, 0.0396, 0.002);
    CHECK_NEAR(p.frobenius, sqrt(N), 4.5 * p.frobenius_error + 0.1);
    temper_projections_clear(&p);
}

/* One deep direction among many: a Gaussian law would have said 0.552. The mean stays exact. */
static void outlier(void) {
    dim = N;
    for (int i = 0; i < N; i++) diagonal[i] = i ? 0.1 : -50;
    temper_projections p = look(DRAWS, false, 8);
    CHECK_NEAR(p.saddle, 0.368, 4.5 * p.saddle_error + 0.002);
    CHECK_NEAR(p.saddle_theory, 0.552, 0.03);
    CHECK_NEAR(p.trace, 49.9, 4.5 * p.trace_error);
    CHECK(p.saddle < p.saddle_theory - 0.1, "the formula fails here, and that is seen");
    temper_projections_clear(&p);
}

/* The quoted errors are those of repeated looks. */
static void errors_cover(void) {
    balanced(60, 40);
    enum { LOOKS = 300 };
    int trace = 0, F = 0, upper = 0;
    temper_projections all = look(100000, false, 1);
    for (int k = 0; k < LOOKS; k++) {
        temper_projections p = look(100, false, 1000 + (uint64_t)k);
        trace += fabs(p.trace - 20) < p.trace_error;
        F += fabs(p.frobenius - sqrt(60)) < p.frobenius_error;
        upper += fabs(p.upper - all.upper) < p.upper_error;
        temper_projections_clear(&p);
    }
    /* 0.683 ± 4.5·0.027 of them within one */
    CHECK_NEAR(trace / (double)LOOKS, 0.683, 0.121);
    CHECK_NEAR(F / (double)LOOKS, 0.683, 0.121);
    CHECK_NEAR(upper / (double)LOOKS, 0.683, 0.121);
    temper_projections_clear(&all);
}

static void bits(void) {
    balanced(777, 400);
    double first[2 * 50];
    for (int threads = 1; threads <= 3; threads++) {
        CHECK_OK(temper_threads(threads));
        temper_projections p = look(50, false, 2);
        if (threads == 1) memcpy(first, p.kappa, sizeof first);
        CHECK(!memcmp(first, p.kappa, sizeof first), "%d threads", threads);
        temper_projections_clear(&p);
        p = look(7, false, 2); /* the same planes come first */
        CHECK(!memcmp(first, p.kappa, 14 * sizeof *first), "fewer draws");
        temper_projections_clear(&p);
    }
    CHECK_OK(temper_threads(0));
}

static void refusals_and_memory(void) {
    temper_projections p;
    temper_operator H = {.name = "diagonal", .dim = dim, .apply = apply};
    temper_projections_plan plan = {.draws = 1};
    CHECK_FAILS(temper_projections_find(&H, &plan, NULL, &p), TEMPER_BAD_OPTION, "draws=1");
    plan.draws = 5;
    int stop = 1;
    temper_errand errand = {.stop = &stop};
    CHECK(temper_projections_find(&H, &plan, &errand, &p) == TEMPER_STOPPED, "stopped");
    for (int64_t k = 1;; k++) {
        int64_t live = temper_alloc_live();
        temper_alloc_fail_at(k);
        temper_status bad = temper_projections_find(&H, &plan, NULL, &p);
        bool failed = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        CHECK(bad == (failed ? TEMPER_NO_MEMORY : TEMPER_OK), "allocation %lld", (long long)k);
        if (!bad) temper_projections_clear(&p);
        CHECK(temper_alloc_live() == live, "leak at %lld", (long long)k);
        if (!failed) break;
    }
}

int main(void) {
    RUN(table);
    RUN(small_and_unit);
    RUN(outlier);
    RUN(errors_cover);
    RUN(bits);
    RUN(refusals_and_memory);
    return check_end();
}
