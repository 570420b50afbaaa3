/* Every schedule: factors are finite and not negative, warm-up climbs to them in a line; and the values, worked out by hand. */
#include "options.h"
#include "temper/dynamics.h"

static const temper_schedule_type *type_now;

static double at(const char *text, int64_t k, int64_t n) {
    temper_schedule *s;
    CHECK_OK(temper_schedule_create(&s, text));
    double factor = s ? temper_schedule_at(s, k, n) : NAN;
    temper_schedule_free(s);
    return factor;
}

static void keeps_the_interface(void) {
    temper_schedule *s;
    char text[512];
    const temper_option *warm = type_now->about.options;
    CHECK(!strcmp(warm->name, "warm") && warm->offset == 0 && warm->kind == TEMPER_REAL && type_now->at,
          "%s does not begin with warm", type_now->about.name);
    small_text(&type_now->about, text);
    CHECK_OK(temper_schedule_create(&s, text));
    for (int64_t k = 0; s && k < 1000; k++) {
        double factor = temper_schedule_at(s, k, 1000);
        CHECK(isfinite(factor) && factor >= 0, "%s: factor %g at step %lld", text, factor, (long long)k);
    }
    /* past the end, and where there are no steps at all */
    if (s) CHECK_NEAR(temper_schedule_at(s, 5000, 1000), type_now->at(s->self, 1), 0);
    if (s) CHECK(isfinite(temper_schedule_at(s, 0, 0)), "%s: no steps", text);
    temper_schedule_free(s);
    refuses_bad_options(&type_now->about);
}

/* 10 of 40 steps climb: step k by (k+1)/11; then progress (k − 10)/30. */
static void warms_up(void) {
    char warm[256], whole[256];
    snprintf(warm, sizeof warm, "%s:warm=0.25", type_now->about.name);
    snprintf(whole, sizeof whole, "%s", type_now->about.name);
    double top = at(whole, 0, 30);
    for (int k = 0; k < 10; k++) CHECK_NEAR(at(warm, k, 40), top * (k + 1) / 11.0, 1e-15);
    for (int k = 10; k < 40; k++) CHECK_NEAR(at(warm, k, 40), at(whole, k - 10, 30), 1e-15);
    snprintf(warm, sizeof warm, "%s:warm=1", type_now->about.name);
    CHECK_NEAR(at(warm, 39, 40), top * 40 / 41.0, 1e-15);
}

/* Samples: shares of the run that rise from 0 … 1 to 1, whatever the warm-up. */
static void samples_come_in_order(void) {
    char text[256];
    if (!type_now->sample) return;
    for (int w = 0; w < 2; w++) {
        temper_schedule *s;
        snprintf(text, sizeof text, "%s:warm=%g", type_now->about.name, w * 0.25);
        CHECK_OK(temper_schedule_create(&s, text));
        if (!s) return;
        double before = w * 0.25 - 1e-12;
        for (int k = 0; k <= 100; k++) {
            double now = type_now->sample(s->self, k / 100.);
            CHECK(now >= before && now <= 1, "%s: sample %d at %.17g after %.17g", text, k, now, before);
            before = now;
        }
        CHECK_NEAR(before, 1, 0);
        temper_schedule_free(s);
    }
}

/* Whatever an epoch was like, the memory of an adaptive schedule stays finite, its factor from 0 to where it was. */
static void adapts_to_anything(void) {
    static const double wild[] = {0, 1, -1, 1e300, -1e300, INFINITY, NAN, 3e-300};
    temper_schedule *s;
    char text[512];
    CHECK(!type_now->adapt || type_now->at(NULL, 0.3) == 1, "%s is not 1 before it adapts",
          type_now->about.name);
    if (!type_now->adapt) return;
    small_text(&type_now->about, text);
    CHECK_OK(temper_schedule_create(&s, text));
    double plan[TEMPER_PLAN_MAX] = {1};
    for (int k = 0; s && k < 8 * 8 * 8; k++) {
        double a = wild[k % 8], b = wild[k / 8 % 8], before = plan[0];
        temper_thermometer sums = {k % 5, a, a * a, b, b, b, wild[(k + 3) % 8]};
        temper_epoch epoch = {&sums, 10, 100, 0.1, wild[k / 64] >= 0 ? wild[k / 64] : 0, k, 1000};
        type_now->adapt(s->self, plan, &epoch);
        for (int i = 0; i < TEMPER_PLAN_MAX && !check_bad; i++)
            CHECK(isfinite(plan[i]), "%s: plan[%d] = %g at %d", text, i, plan[i], k);
        CHECK(plan[0] >= 0 && plan[0] <= before, "%s: %g after %g", text, plan[0], before);
    }
    plan[0] = 0.125; /* the factor of a run is what plan says, and warm-up climbs to it */
    if (s) CHECK_NEAR(temper_schedule_factor(s, plan, 30, 100), 0.125, 0);
    temper_schedule_free(s);
    snprintf(text, sizeof text, "%s:warm=0.25", type_now->about.name);
    CHECK_OK(temper_schedule_create(&s, text));
    if (s) CHECK_NEAR(temper_schedule_factor(s, plan, 4, 40), 0.125 * 5 / 11, 1e-16);
    temper_schedule_free(s);
}

static void failed_allocations_are_clean(void) {
    int64_t live = temper_alloc_live();
    for (int64_t k = 1;; k++) {
        temper_schedule *s;
        temper_alloc_fail_at(k);
        temper_status bad = temper_schedule_create(&s, type_now->about.name);
        bool reached = temper_alloc_count() >= k;
        temper_alloc_fail_at(0);
        CHECK(reached == (bad == TEMPER_NO_MEMORY), "%s: allocation %lld", type_now->about.name,
              (long long)k);
        temper_schedule_free(s);
        CHECK(temper_alloc_live() == live, "%s: a block is lost after failure %lld", type_now->about.name,
              (long long)k);
        if (!reached) break;
    }
}

/* By hand: cos(π/3) = 1/2, cos(π/4) = √2/2, 0.01^½ = 0.1, 2^−½. */
static void values(void) {
    CHECK_NEAR(at("constant", 7, 10), 1, 0);
    CHECK_NEAR(at("cosine", 0, 12), 1, 0);
    CHECK_NEAR(at("cosine", 4, 12), 0.75, 1e-15);
    CHECK_NEAR(at("cosine", 6, 12), 0.5, 0);
    CHECK_NEAR(at("cosine", 8, 12), 0.25, 1e-15);
    CHECK_NEAR(at("cosine", 12, 12), 0, 0);
    CHECK_NEAR(at("cosine:to=0.2", 4, 12), 0.8, 1e-15);
    CHECK_NEAR(at("cosine:to=0.2", 12, 12), 0.2, 1e-15);
    CHECK_NEAR(at("linear", 10, 100), 1, 0); /* holds for a tenth */
    CHECK_NEAR(at("linear", 55, 100), 0.5, 1e-15);
    CHECK_NEAR(at("linear", 100, 100), 0, 1e-15);
    CHECK_NEAR(at("linear:hold=0.3,to=0.1", 29, 100), 1, 0);
    CHECK_NEAR(at("linear:hold=0.3,to=0.1", 65, 100), 0.55, 1e-15);
    CHECK_NEAR(at("linear:hold=0.3,to=0.1", 100, 100), 0.1, 1e-15);
    CHECK_NEAR(at("linear:hold=0,to=3", 50, 100), 2, 1e-15);
    CHECK_NEAR(at("linear:hold=1", 100, 100), 1, 0);
    CHECK_NEAR(at("exponential:to=0.01", 5, 10), 0.1, 1e-15);
    CHECK_NEAR(at("exponential:to=0.01", 10, 10), 0.01, 1e-16);
    CHECK_NEAR(at("exponential:to=100", 5, 10), 10, 1e-13);
    CHECK_NEAR(at("power:tau=0.5,gamma=0.5", 5, 10), 0.70710678118654752, 1e-15);
    CHECK_NEAR(at("power:tau=0.1,gamma=1", 4, 10), 0.2, 1e-15);
    CHECK_NEAR(at("power:tau=0.1,gamma=2", 9, 10), 0.01, 1e-16);
    CHECK_NEAR(at("cyclic:cycles=4", 0, 16), 1, 0);
    CHECK_NEAR(at("cyclic:cycles=4", 1, 16), 0.85355339059327376, 1e-15); /* (1 + √2/2)/2 */
    CHECK_NEAR(at("cyclic:cycles=4", 2, 16), 0.5, 0);
    CHECK_NEAR(at("cyclic:cycles=4", 3, 16), 0.14644660940672624, 1e-15);
    CHECK_NEAR(at("cyclic:cycles=4", 4, 16), 1, 0);
    CHECK_NEAR(at("cyclic:cycles=4,to=0.5", 14, 16), 0.75, 1e-15);
    CHECK_NEAR(at("cyclic:cycles=4,to=0.5", 16, 16), 0.5, 0);
    for (int cycles = 1; cycles < 60; cycles++) /* no cycle a step late */
        for (int k = 0; k < cycles; k++) {
            char text[32];
            snprintf(text, sizeof text, "cyclic:cycles=%d", cycles);
            CHECK_NEAR(at(text, 7 * k, 7 * cycles), 1, 1e-12);
        }
    CHECK_NEAR(at("step", 49, 100), 1, 0);
    CHECK_NEAR(at("step", 50, 100), 0.1, 1e-16);
    CHECK_NEAR(at("step", 74, 100), 0.1, 1e-16);
    CHECK_NEAR(at("step", 75, 100), 0.01, 1e-17);
    CHECK_NEAR(at("step", 99, 100), 0.01, 1e-17);
    for (int k = 0; k < 10; k++) /* nor a drop: 0.1, 0.2, 0.3, … */
        CHECK_NEAR(at("step:factor=0.5,first=0.1,every=0.1", k, 10), ldexp(1, -k), 0);
    CHECK_NEAR(at("step:factor=2,first=0,every=1", 0, 10), 2, 0);
}

/* By hand: four cycles, the last half of each: its first sample at 1/8; five more to 1/4, then from 3/8 on. */
static void cycles_are_sampled_late(void) {
    static const struct {
        const char *text;
        double q, at;
    } due[] = {{"cyclic:cycles=4", 0, 0.125},
               {"cyclic:cycles=4", 0.125, 0.1875},
               {"cyclic:cycles=4", 0.25, 0.25},
               {"cyclic:cycles=4", 0.375, 0.4375},
               {"cyclic:cycles=4", 1, 1},
               {"cyclic:cycles=4,sampling=1", 0.3, 0.3},
               {"cyclic:cycles=3,sampling=0", 0.4, 2 / 3.}, /* the ends alone */
               {"cyclic:cycles=3,sampling=0", 0, 1 / 3.},
               {"cyclic:cycles=2,sampling=0.2", 0.75, 0.95},
               {"cyclic:cycles=2,sampling=0.2,warm=0.5", 0.75, 0.975},
               {"pulse:cycles=4,from=0.75", 0.5, 0.5},
               {"pulse:cycles=4,from=0.75", 0.625, 0.71875}};
    for (size_t k = 0; k < sizeof due / sizeof *due; k++) {
        temper_schedule *s;
        CHECK_OK(temper_schedule_create(&s, due[k].text));
        if (!s) continue;
        double at_q = s->type->sample(s->self, due[k].q);
        CHECK(fabs(at_q - due[k].at) < 1e-12, "%s: q=%g at %.15g, want %.15g", due[k].text, due[k].q, at_q,
              due[k].at);
        temper_schedule_free(s);
    }
    for (int k = 0; k < 40; k++) CHECK_NEAR(at("pulse:cycles=4,from=0.3", k, 40), k % 10 >= 3, 0);
    CHECK_NEAR(at("pulse:cycles=4,from=0.3", 40, 40), 1, 0);
    /* samples of pulse lie where its factor is 1 */
    temper_schedule *s;
    CHECK_OK(temper_schedule_create(&s, "pulse:cycles=7,from=0.6"));
    for (int k = 0; s && k < 50; k++) {
        double when = s->type->sample(s->self, k / 49.);
        CHECK(s->type->at(s->self, when - (k ? 1e-9 : 0)) == 1, "a sample at %g, where T is 0", when);
    }
    temper_schedule_free(s);
}

/* Epochs whose sides are left and right; returns the epoch (from 1) after which the factor has fallen below `below`, or 0. */
static int falls(const char *text, const double *ratio, int n, double below) {
    temper_schedule *s;
    double plan[TEMPER_PLAN_MAX] = {1};
    int when = 0;
    CHECK_OK(temper_schedule_create(&s, text));
    for (int k = 0; s && k < n && !when; k++) {
        temper_thermometer sums = {10, 1, 1, 3 * ratio[k], 1, 0, 3};
        temper_epoch epoch = {&sums, 10, 100, 0.1, 1, 10 * k + 10, 1000};
        s->type->adapt(s->self, plan, &epoch);
        if (plan[0] < below) when = k + 1;
    }
    temper_schedule_free(s);
    return when;
}

/* By hand. The windows after 1, 2, … epochs begin with epoch 1 1 1 1 | 3 3 3 3 | 5 … 5 | 9 …, those of 9 … 16 with 5. A transient of 4 epochs is
 * thus out of sight from epoch 9 on, one of five (4/12 > 1 % at epoch 16, gone at 17) from 17 on. */
static void fdr_waits_for_equilibrium(void) {
    double steady[64], after4[64], after5[64], cross[64];
    for (int k = 0; k < 64; k++) {
        steady[k] = k % 2 ? 1.004 : 0.996;
        after4[k] = k < 4 ? 5 : 1.002;
        after5[k] = k < 5 ? 5 : 1.002;
        cross[k] = k < 9 ? 0.1 * (k + 1) : 3; /* passes 1 in the tenth epoch, but the mean does not */
    }
    CHECK(falls("fdr", steady, 64, 1) == 5, "at rest: %d", falls("fdr", steady, 64, 1));
    CHECK(falls("fdr:least=11", steady, 64, 1) == 11, "least: %d", falls("fdr:least=11", steady, 64, 1));
    CHECK(falls("fdr:tolerance=0.001,least=1", after4, 64, 1) == 0, "1.002 is no equilibrium to 0.001");
    CHECK(falls("fdr", after4, 64, 1) == 9, "a transient of 4: %d", falls("fdr", after4, 64, 1));
    CHECK(falls("fdr", after5, 64, 1) == 17, "a transient of 5: %d", falls("fdr", after5, 64, 1));
    CHECK(falls("fdr", cross, 64, 1) == 0, "crossing 1 is not rest: %d", falls("fdr", cross, 64, 1));
    CHECK(falls("fdr", steady, 64, 0.05) == 10, "the second drop: %d", falls("fdr", steady, 64, 0.05));
    CHECK(falls("fdr:factor=0.5,floor=0.25", steady, 64, 0.3) == 10, "floor");
    CHECK(falls("fdr:factor=0.5,floor=0.25", steady, 64, 0.25) == 0, "below the floor");
}

/* U = aT²/2 exactly, C = aT: dT/dn = −s√T/√a, so √T falls by s/(2√a) an epoch; but C is that of 2·memory epochs before, when ln T was
 * higher by x = 2·memory/√C, which makes √C larger by x/2. And U = dT/2: ln T falls by 1/√(d/2) from the first epoch on. What the
 * energies of minibatches fluctuate by does not count. */
static void speed_is_constant(void) {
    for (int harmonic = 0; harmonic < 2; harmonic++) {
        temper_schedule *s;
        const double d = 8000, a = 4000;
        double plan[TEMPER_PLAN_MAX] = {1};
        CHECK_OK(temper_schedule_create(&s, "speed:memory=2"));
        for (int k = 0; s && k < 60; k++) {
            double T = plan[0], U = 100 + (harmonic ? d / 2 * T : a / 2 * T * T);
            temper_thermometer sums = {10, U / 100 * 10, 1e9 + k, 0, 0, 0, 0};
            temper_epoch epoch = {&sums, d, 100, 0.1, T, 10 * k + 10, 1000};
            s->type->adapt(s->self, plan, &epoch);
            if (harmonic) CHECK_NEAR(log(T / plan[0]), 1 / sqrt(d / 2), 1e-9);
            double falls_by = (sqrt(T) - sqrt(plan[0])) / (0.5 / sqrt(a)), late = 2 / sqrt(a * T);
            if (!harmonic && k > 20) CHECK_NEAR(falls_by, 1 - late, 0.4 * late);
        }
        temper_schedule_free(s);
    }
    double plan[TEMPER_PLAN_MAX] = {1};
    temper_schedule *s;
    CHECK_OK(temper_schedule_create(&s, "speed"));
    temper_thermometer sums = {10, 1, 1, 0, 0, 0, 0};
    temper_epoch cold = {&sums, 10, 100, 0.1, 0, 10, 1000};
    if (s) s->type->adapt(s->self, plan, &cold);
    CHECK(plan[0] == 1, "T = 0 has no speed");
    temper_schedule_free(s);
}

int main(void) {
    for (int k = 0; temper_list_schedule[k]; k++) {
        type_now = temper_list_schedule[k];
        RUN(keeps_the_interface);
        RUN(warms_up);
        RUN(samples_come_in_order);
        RUN(adapts_to_anything);
        RUN(failed_allocations_are_clean);
    }
    RUN(values);
    RUN(cycles_are_sampled_late);
    RUN(fdr_waits_for_equilibrium);
    RUN(speed_is_constant);
    return check_end();
}
