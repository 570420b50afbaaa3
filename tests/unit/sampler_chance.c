/* Probabilities as fixed point, and the shortcut that must never change a decision. */
#include <math.h>
#include "check.h"
#include "core/chance.h"

static const temper_stream stream = {2024, 3};
static const temper_tail nowhere = {{2024, 3}, 5, 17};

static void probabilities_are_fixed_point(void) {
    temper_chance third = temper_chance_of(1.0 / 3), half = temper_chance_of(0.5);
    CHECK(half.whole == 1u << 31 && half.part == 0 && !half.always, "1/2");
    CHECK(third.whole == 0x55555555 && third.part == 0x55555400, "1/3 (0x1.5555555555555p-2): %x %x",
          third.whole, third.part);
    CHECK(temper_chance_of(0x1p-64).part == 1 && temper_chance_of(0x1p-64).whole == 0, "2^-64");
    CHECK(temper_chance_of(0x1p-65).part == 0, "2^-65 is nothing");
    CHECK(temper_chance_of(1).always && temper_chance_of(2).always, "1 is certain");
    CHECK(temper_chance_of(1 - 0x1p-53).whole == UINT32_MAX &&
              temper_chance_of(1 - 0x1p-53).part == 0xFFFFF800,
          "1 - 2^-53");
    CHECK(!temper_chance_decides(temper_chance_of(0), 0, nowhere), "0 never happens");
    CHECK(temper_chance_decides(temper_chance_of(1), UINT32_MAX, nowhere), "1 always happens");
}

/* At equal upper halves the tail, word 17 of TAILS in step 5, decides: accepted exactly if it is below the part. */
static void ties_go_to_the_tail(void) {
    uint32_t tail = temper_word(stream, TEMPER_FOR_TAILS, 5, 17);
    temper_chance at = {1000, tail, false}, above = {1000, tail + 1, false};
    CHECK(!temper_chance_decides(at, 1000, nowhere), "tail = part must reject");
    CHECK(temper_chance_decides(above, 1000, nowhere), "tail < part must accept");
    CHECK(temper_chance_decides(at, 999, nowhere) && !temper_chance_decides(above, 1001, nowhere), "no tie");
}

static void chances_obey_detailed_balance(void) {
    for (int k = -400; k <= 400; k++) {
        double x = k * 0.05, m = temper_rule_chance(TEMPER_METROPOLIS, x),
               h = temper_rule_chance(TEMPER_HEATBATH, x);
        CHECK_NEAR(m, x <= 0 ? 1 : exp(-x), 1e-15 * m);
        CHECK_NEAR(h, 1 / (1 + exp(x)), 1e-15);
        CHECK_NEAR(m / temper_rule_chance(TEMPER_METROPOLIS, -x), exp(-x), 1e-14 * exp(-x));
        CHECK_NEAR(h / temper_rule_chance(TEMPER_HEATBATH, -x), exp(-x), 1e-14 * exp(-x));
    }
    CHECK(temper_rule_chance(TEMPER_METROPOLIS, INFINITY) == 0 &&
              temper_rule_chance(TEMPER_METROPOLIS, -INFINITY) == 1,
          "metropolis at the ends");
    CHECK(temper_rule_chance(TEMPER_HEATBATH, INFINITY) == 0 &&
              temper_rule_chance(TEMPER_HEATBATH, -INFINITY) == 1 &&
              temper_rule_chance(TEMPER_HEATBATH, 0) == 0.5,
          "heat bath at the ends");
}

static void beta_never_makes_a_nan(void) {
    CHECK(temper_beta(0) * 0.0 == 0 && temper_beta(0) * 1e-200 > 1e100 && temper_beta(0) * -5 == -INFINITY,
          "T = 0");
    CHECK(temper_beta(INFINITY) == 0 && temper_beta(INFINITY) * 1e300 == 0, "T = inf");
    CHECK(temper_beta(1e-320) * 0.0 == 0, "T = 1e-320");
    CHECK(temper_beta(0.5) == 2, "T = 1/2");
}

/* The limit is right to its stated doubt, against libm. */
static void limits_are_as_good_as_they_say(void) {
    static uint32_t words[1 << 16];
    static float limits[1 << 16];
    double worst[2] = {0};
    int none[2] = {0};
    for (int k = 0; k < 1 << 16; k++) words[k] = temper_word(stream, TEMPER_FOR_TESTS, 0, k);
    for (int rule = 0; rule < 2; rule++) {
        temper_rule_limits((temper_rule)rule, 1 << 16, words, limits);
        for (int k = 0; k < 1 << 16; k++) {
            double u = (words[k] + 0.5) * 0x1p-32,
                   truth = rule == TEMPER_METROPOLIS ? -log(u) : log((1 - u) / u);
            if (isnan(limits[k]))
                none[rule]++;
            else
                worst[rule] = fmax(worst[rule], fabs(limits[k] - truth));
        }
    }
    CHECK(worst[0] < 0.5 * TEMPER_LIMIT_DOUBT && worst[1] < 0.75 * TEMPER_LIMIT_DOUBT, "%g, %g", worst[0],
          worst[1]);
    CHECK(none[0] > 20 && none[0] < 120 && none[1] > 60 && none[1] < 220,
          "%d, %d of 65536 (expected 64, 128)", none[0], none[1]);
}

/* Random x, x next to the draw's own limit, and words at both ends: shortcut = judge whenever it dares. */
static void shortcut_never_changes_a_decision(void) {
    int asked = 0, total = 0;
    for (int rule = 0; rule < 2; rule++)
        for (int k = 0; k < 200000; k++) {
            uint32_t word = temper_word(stream, TEMPER_FOR_TESTS, 1, k),
                     edge[] = {0, 1, 1 << 21, 1 << 22, 0xFFFFFFFF};
            if (k % 50 == 0) word = edge[k / 50 % 5];
            if (k % 50 == 1) word = ~edge[k / 50 % 5];
            double u = (word + 0.5) * 0x1p-32, noise = temper_uniform(stream, TEMPER_FOR_TESTS, 2, k);
            double x = 60 * noise - 12, close = 3 * TEMPER_LIMIT_DOUBT * (2 * noise - 1);
            if (k % 4 == 2) x = (rule == TEMPER_METROPOLIS ? -log(u) : log((1 - u) / u)) + close;
            if (k % 4 == 3) x = k % 8 == 3 ? 0 : k % 16 == 7 ? INFINITY : -INFINITY;
            float limit;
            temper_rule_limits((temper_rule)rule, 1, &word, &limit);
            int verdict = temper_limit_verdict(limit, x);
            total++, asked += verdict == 0;
            if (verdict == 0) continue;
            bool judged = temper_rule_decides((temper_rule)rule, x, word, nowhere);
            CHECK(judged == (verdict > 0), "rule %d, word %u, x = %.17g, limit %g", rule, word, x, limit);
        }
    CHECK(asked > total / 100 && asked < total / 6, "asked the judge %d of %d times", asked, total);
}

int main(void) {
    RUN(probabilities_are_fixed_point);
    RUN(ties_go_to_the_tail);
    RUN(chances_obey_detailed_balance);
    RUN(beta_never_makes_a_nan);
    RUN(limits_are_as_good_as_they_say);
    RUN(shortcut_never_changes_a_decision);
    return check_end();
}
