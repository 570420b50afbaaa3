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

int main(void) {
    for (int k = 0; temper_list_schedule[k]; k++) {
        type_now = temper_list_schedule[k];
        RUN(keeps_the_interface);
        RUN(warms_up);
        RUN(failed_allocations_are_clean);
    }
    RUN(values);
    return check_end();
}
