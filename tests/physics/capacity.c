/* How many random patterns pair couplings hold, and from how far they call them back, beside Amit, Gutfreund and Sompolinsky (1987) and the rules'
 * own limits. Values and bars: shared/reference/systems.md, sections 5 and 9. */
#include "check.h"
#include "temper/temper.h"

static temper_memory_score at(const temper_memory_plan *plan, int64_t patterns) {
    temper_memory_score score = {0};
    CHECK_OK(temper_memory_test(plan, patterns, &score));
    printf("  %-28s N=%lld P=%lld wrong %.2f: m = %.4f ± %.4f, median %.4f (theory %.6f), all right %.2f\n",
           plan->rule ? plan->rule : "hebb", (long long)score.n, (long long)patterns, plan->flipped,
           score.mean, score.error, score.median, score.theory, score.recalled);
    return score;
}

static void hebb_holds_a_seventh_of_its_units(void) {
    temper_memory_plan plan = {.n = 1000, .trials = 100, .stream = {2, 0}};
    temper_memory_score score = at(&plan, 50);
    CHECK_NEAR(score.theory, 0.999992, 1e-6);
    CHECK_NEAR(score.mean, score.theory, 1e-4);
    score = at(&plan, 100);
    CHECK_NEAR(score.theory, 0.997999, 1e-6);
    CHECK_NEAR(score.median, 0.998, 0.0021);
    CHECK_NEAR(score.mean, score.theory, 4.5 * score.error + 0.001);
    score = at(&plan, 130);
    CHECK_NEAR(score.theory, 0.987212, 1e-6);
    CHECK(score.median >= 0.98, "α = 0.13: median %.4f", score.median);
    score = at(&plan, 200);
    CHECK(score.theory == 0 && score.median <= 0.5, "α = 0.20: median %.4f", score.median);
}

/* The step sharpens with N: at α = 0.15 the median is 0.98 of 1000 units, and below ½ of 5000. */
static void the_step_sharpens_with_size(void) {
    temper_memory_plan plan = {.n = 5000, .trials = 12, .stream = {3, 0}};
    temper_memory_score score = at(&plan, 500);
    CHECK_NEAR(score.mean, score.theory, 4.5 * score.error + 0.0003);
    score = at(&plan, 600);
    CHECK_NEAR(score.mean, 0.993223, 4.5 * score.error + 0.001);
    score = at(&plan, 800);
    CHECK(score.median <= 0.5, "α = 0.16: median %.4f", score.median);
}

/* Bits that a field turns over in a stored pattern: ½ erfc(1/√(2α)). 200 memories, four patterns of each. */
static void crosstalk_is_that_of_gaussian_noise(void) {
    temper_memory_plan plan = {.n = 1000, .trials = 200, .probes = 4, .sweeps = 1, .stream = {4, 0}};
    temper_memory_score score = at(&plan, 100);
    CHECK_NEAR(score.one_step_theory, 0.000783, 1e-6);
    CHECK_NEAR(score.one_step, 0.00078, 0.0003);
    CHECK_NEAR(score.one_step, score.one_step_theory, 4.5 * score.one_step_error + 5e-6);
    score = at(&plan, 200);
    CHECK_NEAR(score.one_step_theory, 0.012674, 1e-6);
    CHECK_NEAR(score.one_step, 0.0127, 0.001);
    CHECK_NEAR(score.one_step, score.one_step_theory, 4.5 * score.one_step_error + 5e-5);
}

/* At α = 0.05 a pattern is found from a quarter of wrong bits, and not from near half: the basin has an edge. */
static void basins_have_an_edge(void) {
    temper_memory_plan plan = {.n = 1000, .trials = 40, .stream = {5, 0}};
    double last = 1.01;
    for (int k = 0; k <= 4; k++) {
        plan.flipped = (const double[]){0, 0.15, 0.25, 0.4, 0.48}[k];
        temper_memory_score score = at(&plan, 50);
        CHECK(score.mean <= last + 0.01, "recall grows with the damage: %.4f after %.4f", score.mean, last);
        if (plan.flipped <= 0.25) CHECK(score.mean > 0.999, "%.2f wrong: %.4f", plan.flipped, score.mean);
        if (plan.flipped > 0.45) CHECK(score.mean < 0.6, "%.2f wrong: %.4f", plan.flipped, score.mean);
        last = score.mean;
    }
}

/* The projection holds P → N patterns exactly. Its basins: with the diagonal a tenth of wrong bits is already too many at P = 0.4 N, without it not;
 * and nothing is called back beyond the capacity. */
static void the_pseudo_inverse_holds_as_many_patterns_as_units(void) {
    temper_memory_plan plan = {
        .n = 200, .trials = 8, .probes = 5, .rule = "pseudo_inverse", .stream = {6, 0}};
    temper_memory_score score = at(&plan, 198);
    CHECK(score.recalled == 1, "α = 0.99: %.3f", score.recalled);
    plan.flipped = 0.1;
    plan.n = 400;
    score = at(&plan, 160);
    CHECK(score.mean > 0.99, "α = 0.4 without diagonal: %.4f", score.mean);
    plan.rule = "pseudo_inverse:diagonal=yes";
    score = at(&plan, 160);
    CHECK(score.mean < 0.97 && score.recalled < 0.2, "α = 0.4 with diagonal: %.4f", score.mean);
}

/* At α = 0.2, where Hebb's rule has lost everything, Storkey's rule and perceptrons have every bit. */
static void better_rules_hold_more(void) {
    temper_memory_plan plan = {.n = 200, .trials = 8, .probes = 5, .stream = {7, 0}};
    static const char *const rules[] = {"storkey", "pseudo_inverse", "perceptron"};
    CHECK(at(&plan, 60).mean < 0.8, "Hebb recalls at α = 0.3");
    for (int r = 0; r < 3; r++) {
        plan.rule = rules[r];
        temper_memory_score score = at(&plan, r == 0 ? 40 : 100);
        CHECK(score.mean > (r == 0 ? 0.995 : 0.999999), "%s: %.4f", rules[r], score.mean);
    }
}

/* Hebb's limit is proportional to N. */
static void the_limit_of_hebb_grows_with_the_units(void) {
    static const int64_t sizes[] = {250, 500, 1000, 2000};
    temper_memory_law law;
    int64_t limit[4];
    temper_memory_plan plan = {.trials = 40, .stream = {8, 0}};
    CHECK_OK(temper_memory_scaling(&plan, 0.9, sizes, 4, limit, &law));
    printf("  limits %lld, %lld, %lld, %lld: exponent %.3f ± %.3f\n", (long long)limit[0],
           (long long)limit[1], (long long)limit[2], (long long)limit[3], law.exponent, law.error);
    CHECK_NEAR(law.exponent, 1, 0.12);
    CHECK_NEAR((double)limit[3] / 2000, 0.15, 0.02);
}

int main(void) {
    RUN(hebb_holds_a_seventh_of_its_units);
    RUN(the_step_sharpens_with_size);
    RUN(crosstalk_is_that_of_gaussian_noise);
    RUN(basins_have_an_edge);
    RUN(the_pseudo_inverse_holds_as_many_patterns_as_units);
    RUN(better_rules_hold_more);
    RUN(the_limit_of_hebb_grows_with_the_units);
    return check_end();
}
