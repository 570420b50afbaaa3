/* Response measurements where every number is known: a bowl answers by powers of 1 − ηk. Plans that are no plans; bits; memory. */
#include "temper/response.h"
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "landscape/response.h"
#include "temper/parallel.h"
#include "walker_rig.h"

enum { DIM = 40 };
static double one(double x, int64_t i, double *slope) { /* k = 1 */
    (void)i;
    *slope = x;
    return x * x / 2;
}

static temper_dynamics *moved_by(const char *text) {
    temper_dynamics *d = NULL;
    CHECK_OK(temper_dynamics_create(&d, text));
    if (!d) exit(printf("  no dynamics %s\n", text));
    return d;
}

static temper_response_plan plan_of(const temper_potential *p, const temper_dynamics *d, bool single) {
    return (temper_response_plan){.potential = p,
                                  .dynamics = d,
                                  .single = single,
                                  .temperature = 1,
                                  .rate = 0.1,
                                  .field = 0.5,
                                  .kick = 2,
                                  .waits = 3,
                                  .lags = 4,
                                  .wait = {0, 3, 11},
                                  .lag = {2, 3, 7, 20},
                                  .chains = 4};
}

/* A kick of m steps: Σ η a^{n−1−j}; a field for ever: 1 − a^n. In double without noise, in float to its rounding; 7 samples: the field belongs to U, the step to u = U/7. */
static void answers_of_a_bowl(void) {
    for (int single = 0; single < 2; single++) {
        rig r = rig_of(DIM, 7, one);
        temper_potential p = rig_potential(&r);
        temper_dynamics *d = moved_by("langevin");
        temper_response_plan plan = plan_of(&p, d, single);
        temper_response out;
        CHECK_OK(temper_response_measure(&plan, NULL, &out));
        double a = 0.9, tolerance = single ? 2e-6 : 1e-14;
        for (int k = 0; k < 12 && out.answer; k++) {
            const temper_answer *x = &out.answer[k];
            int64_t n = plan.lag[k % 4];
            CHECK_NEAR(x->chi, (1 - pow(a, (double)n)) / 7, tolerance);
            CHECK_NEAR(x->R, 0.1 * (pow(a, (double)n - 1) + pow(a, (double)n - 2)) / 7, tolerance);
            CHECK(x->chi_error < tolerance && x->R_error < tolerance, "no noise: %g %g", x->chi_error,
                  x->R_error);
            CHECK((isnan(x->X) ? fabs(x->drop) <= 3 * x->drop_error : x->X == x->R / x->drop) &&
                      x->heat == x->drop / x->R && x->C_error > 0,
                  "X is made of them");
        }
        CHECK(out.evaluations == 4 * (31 + 3 * 4 * 20), "%lld gradients", (long long)out.evaluations);
        temper_response_clear(&out), temper_dynamics_free(d);
    }
}

/* Heavy-ball momentum: v ← μv + g, θ ← θ − ηv; the copies take over v. Kick of one step, by the recursion itself. */
static void momentum_is_copied(void) {
    rig r = rig_of(DIM, 1, one);
    temper_potential p = rig_potential(&r);
    temper_dynamics *d = moved_by("sgd:momentum=0.7");
    temper_response_plan plan = plan_of(&p, d, false);
    temper_response out;
    plan.kick = 1;
    CHECK_OK(temper_response_measure(&plan, NULL, &out));
    for (int k = 0; k < 12 && out.answer; k++) {
        double x = 0, v = 0;
        for (int n = 0; n < plan.lag[k % 4]; n++) v = 0.7 * v + x - (n == 0), x -= 0.1 * v;
        CHECK_NEAR(out.answer[k].R, x, 1e-13);
    }
    temper_response_clear(&out), temper_dynamics_free(d);
}

/* A copy goes on as the one it was made of would, momentum, noise and clock and all. */
static void copies(void) {
    static const char *const dynamics[] = {"sgd:momentum=0.7", "sghmc", "langevin"};
    for (int k = 0; k < 3; k++) {
        rig r = rig_of(DIM, 1, rig_bowl);
        temper_potential p = rig_potential(&r);
        temper_walker *a = rig_walker(&p, dynamics[k], false, 1), *b = rig_walker(&p, dynamics[k], false, 2);
        a->temperature = 1, a->rate = 0.05;
        temper_walker_steps(a, 5);
        temper_walker_copy(b, a);
        temper_walker_steps(a, 5), temper_walker_steps(b, 5);
        CHECK(!memcmp(a->theta, b->theta, DIM * sizeof(double)), "%s", dynamics[k]);
        rig_walker_free(a), rig_walker_free(b);
    }
}

static void signs(void) {
    int8_t a[1000], b[1000];
    int sum = 0;
    temper_pushed_signs((temper_stream){1, 2}, 1000, a), temper_pushed_signs((temper_stream){1, 3}, 1000, b);
    for (int i = 0; i < 1000; i++) sum += a[i];
    CHECK(abs(sum) < 150 && memcmp(a, b, 1000), "%d", sum);
    for (int i = 0; i < 1000; i++) CHECK(a[i] == 1 || a[i] == -1, "%d", a[i]);
}

/* u, ∇u and the field on top agree, in both precisions; without a field nothing changes. */
static void pushed_potential(void) {
    rig r = rig_of(3, 5, rig_bowl);
    temper_potential p = rig_potential(&r);
    const int8_t sign[3] = {1, -1, 1};
    temper_pushed q;
    temper_pushed_make(&q, &p, sign);
    const temper_look look = {.whole = true};
    double x[3] = {0.5, -1, 2}, g[3], g0[3], u0 = rig_slope(&r, &look, x, g0);
    CHECK(q.as.type->slope(q.as.self, &look, x, g) == u0 && !memcmp(g, g0, sizeof g), "no field");
    q.h = 2;
    CHECK_NEAR(q.as.type->slope(q.as.self, &look, x, g), u0 - 2.0 / 5 * (0.5 + 1 + 2), 1e-15);
    CHECK_NEAR(q.as.type->energy(q.as.self, &look, x), u0 - 1.4, 1e-15);
    for (int i = 0; i < 3; i++) CHECK_NEAR(g[i], g0[i] - 0.4 * sign[i], 1e-15);
    float xf[3] = {0.5f, -1, 2}, gf[3];
    CHECK_NEAR(q.as.type->slope_single(q.as.self, &look, xf, gf), u0 - 1.4, 1e-7);
    for (int i = 0; i < 3; i++) CHECK_NEAR((double)gf[i], g[i], 1e-6);
}

static void refusals(void) {
    rig r = rig_of(DIM, 1, one);
    temper_potential p = rig_potential(&r);
    temper_dynamics *d = moved_by("langevin");
    temper_response out;
    temper_response_plan plan = plan_of(&p, d, false);
    plan.chains = 2;
    CHECK_FAILS(temper_response_measure(&plan, NULL, &out), TEMPER_BAD_OPTION, "chains=2");
    plan = plan_of(&p, d, false), plan.lag[0] = 1;
    CHECK_FAILS(temper_response_measure(&plan, NULL, &out), TEMPER_BAD_OPTION, "length of the kick, 2");
    plan = plan_of(&p, d, false), plan.wait[1] = 0;
    CHECK_FAILS(temper_response_measure(&plan, NULL, &out), TEMPER_BAD_OPTION, "ascend");
    plan = plan_of(&p, d, false), plan.field = 0;
    CHECK_FAILS(temper_response_measure(&plan, NULL, &out), TEMPER_BAD_OPTION, "field=0");
    plan = plan_of(&p, d, false), plan.waits = 17;
    CHECK_FAILS(temper_response_measure(&plan, NULL, &out), TEMPER_BAD_OPTION, "17 waiting times");
    plan = plan_of(&p, d, false), plan.rate = 5;
    plan.wait[2] = 3000;
    CHECK_FAILS(temper_response_measure(&plan, NULL, &out), TEMPER_DIVERGED, "ran away");
    const volatile int stop = 1;
    plan = plan_of(&p, d, false);
    const temper_errand errand = {.stop = &stop};
    CHECK(temper_response_measure(&plan, &errand, &out) == TEMPER_STOPPED && !out.answer, "stopped");
    temper_dynamics_free(d);
}

static void bits_and_memory(void) {
    rig r = rig_of(DIM, 3, rig_bowl);
    temper_potential p = rig_potential(&r);
    temper_dynamics *d = moved_by("langevin");
    temper_response_plan plan = plan_of(&p, d, true);
    temper_response out[3], none;
    for (int t = 0; t < 3; t++) {
        CHECK_OK(temper_threads(t + 1));
        CHECK_OK(temper_response_measure(&plan, NULL, &out[t]));
        CHECK(!memcmp(out[t].answer, out[0].answer, 12 * sizeof(temper_answer)), "%d threads", t + 1);
    }
    for (int t = 0; t < 3; t++) temper_response_clear(&out[t]);
    CHECK_OK(temper_threads(1));
    int64_t live = temper_alloc_live();
    int k = 1;
    for (; k < 200; k++) {
        temper_alloc_fail_at(k);
        temper_status bad = temper_response_measure(&plan, NULL, &none);
        temper_alloc_fail_at(0);
        if (!bad) break;
        CHECK(bad == TEMPER_NO_MEMORY && !none.answer && temper_alloc_live() == live, "allocation %d: %d", k,
              bad);
    }
    CHECK(k > 50 && k < 200, "%d", k);
    temper_response_clear(&none);
    CHECK(temper_alloc_live() == live, "leak");
    CHECK_OK(temper_threads(0));
    temper_dynamics_free(d);
}

int main(void) {
    RUN(answers_of_a_bowl);
    RUN(momentum_is_copied);
    RUN(copies);
    RUN(signs);
    RUN(pushed_potential);
    RUN(refusals);
    RUN(bits_and_memory);
    return check_end();
}
