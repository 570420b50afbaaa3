/* Are the intervals of comparisons honest? Pairs of normal scores with shared luck ρ, thousands of times: the share of 95 % intervals that
 * hold the truth, and of tests that cry wolf. Exact intervals within 4.5 σ of 95 %, the others within stated bounds. */
#include "check.h"
#include "estimate/paired.h"
#include "temper/stream.h"

enum { TRIALS = 4000, MOST = 12 };

typedef struct {
    int n;                   /* seeds */
    double rho, shift, wide; /* correlation; E b − E a; σ_b, in units of σ_a = 1 */
} world;

/* a ~ N(0, 1), b ~ N(shift, wide²) with correlation ρ */
static void draw(const world *w, uint32_t trial, double a[MOST], double b[MOST]) {
    const temper_stream stream = {(uint64_t)(1000 * w->n) + (uint64_t)(100 * w->rho), trial};
    for (int k = 0; k < w->n; k++) {
        double x = temper_normal(stream, TEMPER_FOR_TESTS, 0, 2 * k);
        double z = temper_normal(stream, TEMPER_FOR_TESTS, 0, 2 * k + 1);
        a[k] = x, b[k] = w->shift + w->wide * (w->rho * x + sqrt(1 - w->rho * w->rho) * z);
    }
}

static bool holds(double low, double truth, double high) { return low <= truth && truth <= high; }

/* An exact interval is missed in 5 % of trials. */
static void exact(const char *what, const world *w, int hits) {
    double share = (double)hits / TRIALS, sigma = sqrt(0.05 * 0.95 / TRIALS);
    CHECK(fabs(share - 0.95) < 4.5 * sigma, "%s, n = %d, rho = %g: %.2f %%", what, w->n, w->rho, 100 * share);
}

static void between(const char *what, const world *w, int hits, double low, double high) {
    double share = (double)hits / TRIALS;
    CHECK(share > low && share < high, "%s, n = %d, rho = %g, shift %g: %.2f %%", what, w->n, w->rho,
          w->shift, 100 * share);
}

static void pairs(void) {
    static const world worlds[] = {
        {5, 0, 0, 1}, {5, 0.8, 1, 1}, {10, 0.5, 2, 2}, {3, 0.5, 0.5, 0.7}, {10, 0, 0, 0.5}};
    for (int k = 0; k < 5; k++) {
        const world *w = &worlds[k];
        double a[MOST], b[MOST], s, low, high;
        double delta = w->shift / sqrt((1 + w->wide * w->wide) / 2);
        int difference = 0, effect = 0, deviation = 0, ratio = 0, sure = 0;
        for (uint32_t t = 0; t < TRIALS; t++) {
            temper_paired c;
            draw(w, t, a, b);
            CHECK_OK(temper_paired_compare(a, b, w->n, &c));
            difference += holds(c.low, w->shift, c.high);
            effect += holds(c.effect_low, delta, c.effect_high);
            sure += (c.p < 0.05) == !holds(c.low, 0, c.high);
            temper_deviation(b, w->n, &s, &low, &high);
            deviation += holds(low, w->wide, high);
            temper_ratio r = temper_deviation_ratio(a, b, w->n);
            ratio += holds(r.low, 1 / w->wide, r.high);
        }
        exact("difference", w, difference);
        exact("deviation", w, deviation);
        exact("ratio of deviations", w, ratio);
        between("effect", w, effect, 0.94, 0.995);
        CHECK(sure == TRIALS, "p < 0.05 and the interval disagree in %d trials", TRIALS - sure);
    }
}

static void strangers(void) { /* seeds of their own: Welch and F */
    static const world worlds[] = {{5, 0, 0, 1}, {8, 0, 1, 3}, {12, 0, 2, 0.5}};
    for (int k = 0; k < 3; k++) {
        const world *w = &worlds[k];
        double a[MOST], b[MOST], delta = w->shift / sqrt((1 + w->wide * w->wide) / 2);
        int difference = 0, effect = 0, ratio = 0, na = w->n - 1; /* not the same number */
        for (uint32_t t = 0; t < TRIALS; t++) {
            temper_paired c;
            draw(w, t, a, b);
            CHECK_OK(temper_welch_compare(a, na, b, w->n, &c));
            difference += holds(c.low, w->shift, c.high);
            effect += holds(c.effect_low, delta, c.effect_high);
            temper_ratio r = temper_deviation_ratio_free(a, na, b, w->n);
            ratio += holds(r.low, 1 / w->wide, r.high);
        }
        between("Welch", w, difference, 0.93, 0.97);
        between("effect", w, effect, 0.94, 0.995);
        exact("ratio of deviations", w, ratio);
    }
}

static void wolves(
    void) { /* ten scores that share their luck, nothing better: Holm cries wolf at most once in 20 calls */
    enum { TESTS = 10 };
    const world w = {6, 0, 0, 1};
    int cries = 0, bare = 0;
    for (uint32_t t = 0; t < TRIALS; t++) {
        double a[MOST], b[MOST], a0[MOST], b0[MOST], p[TESTS];
        draw(&w, t, a0, b0);
        for (int k = 0; k < TESTS; k++) {
            temper_paired c;
            draw(&w, t * TESTS + (uint32_t)k + TRIALS, a, b);
            for (int i = 0; i < w.n; i++) a[i] += a0[i], b[i] += b0[i];
            CHECK_OK(temper_paired_compare(a, b, w.n, &c));
            p[k] = c.p;
        }
        bool any = false;
        for (int k = 0; k < TESTS; k++) any |= p[k] < 0.05;
        bare += any;
        CHECK_OK(temper_holm(p, TESTS));
        any = false;
        for (int k = 0; k < TESTS; k++) any |= p[k] < 0.05;
        cries += any;
    }
    CHECK((double)cries / TRIALS < 0.05 + 4.5 * sqrt(0.05 * 0.95 / TRIALS), "%d of %d", cries, TRIALS);
    CHECK((double)cries / TRIALS > 0.02 && bare > 4 * cries, "%d corrected, %d not, of %d", cries, bare,
          TRIALS);
}

int main(void) {
    RUN(pairs);
    RUN(strangers);
    RUN(wolves);
    return check_end();
}
