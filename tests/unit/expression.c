/* A formula as a potential: how it is asked for, where it starts, what walkers make of its infinities; and wells, hulls and equilibria of formulas. */
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "temper/parallel.h"
#include "temper/simple.h"

static temper_potential *made(const char *text) {
    temper_potential *p = NULL;
    CHECK_OK(temper_potential_create(&p, text));
    if (!p) exit(printf("  no potential %s\n", text));
    return p;
}

static void ways_to_ask(void) {
    static const char *const text[] = {"x^4 - x^2", "expression:x^4 - x^2", "expression:text=x^4 - x^2"};
    for (int k = 0; k < 3; k++) {
        temper_potential *p = made(text[k]);
        double x = 2, u, scratch[64] = {0};
        const temper_look look = {.whole = true, .scratch = scratch};
        u = p->type->energy(p->self, &look, &x);
        CHECK(u == 12 && p->dim == 1 && p->samples == 1, "%s: %g", text[k], u);
        temper_potential *again = made(p->text); /* its text makes it again */
        CHECK(again->dim == 1 && !strcmp(again->text, p->text), "%s", p->text);
        temper_potential_free(again), temper_potential_free(p);
    }
    temper_potential *p;
    CHECK_FAILS(temper_potential_create(&p, "gausian"), TEMPER_BAD_OPTION, "did you mean 'gaussian'");
    CHECK_FAILS(temper_potential_create(&p, "double_wel:height=2"), TEMPER_BAD_OPTION,
                "did you mean 'double_well'");
    CHECK_FAILS(temper_potential_create(&p, "expression"), TEMPER_BAD_OPTION, "needs a text");
    CHECK_FAILS(temper_potential_create(&p, "x^2 +"), TEMPER_BAD_OPTION, "column 6");
    CHECK_OK(temper_potential_create(&p, "x"));
    temper_potential_free(p);
}

static void starts(void) {
    temper_potential *p = made("x^2 + y^2; from = 3; to = 2*2.5"), *q;
    double low = INFINITY, high = -INFINITY, theta[2];
    for (uint32_t c = 0; c < 500; c++) {
        p->type->start(p->self, (temper_stream){1, c}, theta);
        for (int k = 0; k < 2; k++) low = fmin(low, theta[k]), high = fmax(high, theta[k]);
    }
    CHECK(low >= 3 && low < 3.05 && high < 5 && high > 4.95, "%g %g", low, high);
    CHECK_FAILS(temper_potential_create(&q, "x^2; from=2; to=1"), TEMPER_BAD_OPTION, "no range");
    temper_potential_free(p);
}

/* Walkers that run away fail; they don't crash. */
static void runaways(void) {
    static const char *const text[] = {"-x^4", "log(x)", "1/(x-x)", "x^2/0"};
    temper_dynamics *d;
    CHECK_OK(temper_dynamics_create(&d, "langevin:rate=0.1"));
    for (int k = 0; k < 4; k++) {
        temper_potential *p = made(text[k]);
        temper_walker *w;
        CHECK_OK(temper_walker_create(&w, p, d, false, (temper_stream){3, 1}));
        w->temperature = 1;
        temper_walker_steps(w, 1000);
        CHECK(w->failed, "%s", text[k]);
        temper_walker_free(w), temper_potential_free(p);
    }
    temper_dynamics_free(d);
}

static void wells_and_barriers(void) {
    temper_potential *p = made("(x^2-1)^2*(x-3)^2 + x/10");
    temper_wells w;
    CHECK_OK(temper_wells_find(p, -5, 7, &w));
    CHECK(w.wells == 3, "%d", w.wells);
    for (int k = 0; k + 1 < w.wells; k++)
        CHECK(w.well[k] < w.barrier[k] && w.barrier[k] < w.well[k + 1], "order %d", k);
    temper_potential_free(p);
    p = made("x^4/4 - x^2/2");
    CHECK_OK(temper_wells_find(p, -3, 3.1, &w));
    CHECK(w.wells == 2 && w.well[0] == -1 && w.well[1] == 1, "%d: %.17g %.17g", w.wells, w.well[0],
          w.well[1]);
    CHECK_NEAR(w.barrier[0], 0, 1e-15);
    temper_potential_free(p);
    p = made("cos(40*x)"); /* ends on a slope: a hill before the first well counts for none */
    CHECK_FAILS(temper_wells_find(p, -30, 30, &w), TEMPER_CANNOT, "more than");
    CHECK_OK(temper_wells_find(p, -0.01, 0.1, &w));
    CHECK(w.wells == 1, "%d", w.wells);
    temper_potential_free(p);
}

static void settling(void) {
    static const struct {
        const char *text;
        double from[2], to[2];
    } cases[] = {{"(1-x)^2 + 100*(y-x^2)^2", {-1.2, 1}, {1, 1}},
                 {"x^4/4 - x^2/2", {0.01, 0}, {1, 0}},
                 {"x^2 + 1e6*y^2", {5, -3}, {0, 0}},
                 {"(x^2-1)^2 + (x+y)^2", {-0.2, 5}, {-1, 1}}};
    for (int k = 0; k < 4; k++) {
        temper_potential *p = made(cases[k].text);
        double x[2] = {cases[k].from[0], cases[k].from[1]}, u;
        CHECK_OK(temper_settle(p, x, &u));
        for (int i = 0; i < p->dim; i++) CHECK_NEAR(x[i], cases[k].to[i], 1e-7);
        temper_potential_free(p);
    }
    temper_potential *p = made("exp(-x)");
    double x = 0, u;
    (void)temper_settle(p, &x, &u); /* downhill for ever: no crash, and no hang */
    temper_potential_free(p);
}

static void no_equilibrium(void) {
    static const char *const text[] = {"x",     "-x^2",       "x^3",   "x^2*y^2", "x^2 - y^2",
                                       "1/x^2", "log(x) + x", "x^2/0", "sin(x)",  "abs(x)^0.1"};
    for (size_t k = 0; k < sizeof text / sizeof *text; k++) {
        temper_potential *p = made(text[k]);
        temper_equilibrium e;
        temper_status bad = temper_equilibrium_find(p, 1, &e);
        CHECK(bad == TEMPER_DIVERGED, "%s: %d, ln Z = %g", text[k], bad, e.log_z);
        temper_potential_free(p);
    }
    temper_potential *p = made("x^2+y^2+z^2");
    temper_equilibrium e;
    CHECK_FAILS(temper_equilibrium_find(p, 1, &e), TEMPER_CANNOT, "3 coordinates");
    temper_potential_free(p);
    p = made("x^2");
    CHECK_FAILS(temper_equilibrium_find(p, 0, &e), TEMPER_BAD_OPTION, "temperature=0");
    temper_potential_free(p);
}

static void plans_are_checked(void) {
    temper_potential *p = made("x^2/2"), *q = made("x^2+y^2");
    temper_dynamics *d;
    CHECK_OK(temper_dynamics_create(&d, "langevin"));
    temper_occupation_plan plan = {
        .potential = p, .dynamics = d, .temperature = 1, .rate = 0.1, .chains = 1, .steps = 10};
    temper_occupation o;
    CHECK_FAILS(temper_occupation_measure(&plan, NULL, &o), TEMPER_BAD_OPTION, "16 steps");
    plan.steps = 100, plan.rate = 0;
    CHECK_FAILS(temper_occupation_measure(&plan, NULL, &o), TEMPER_BAD_OPTION, "rate=0");
    plan.rate = 50; /* unstable: every walker runs away */
    CHECK_FAILS((plan.steps = 2000, temper_occupation_measure(&plan, NULL, &o)), TEMPER_DIVERGED, "ran away");
    temper_passage_plan way = {p, d, 1, 0.01, 0, 0, 1, 1, 100};
    temper_passage out;
    CHECK_FAILS(temper_passage_measure(&way, NULL, &out), TEMPER_BAD_OPTION, "no way");
    way.to = 1, way.potential = q;
    CHECK_FAILS(temper_passage_measure(&way, NULL, &out), TEMPER_CANNOT, "2 coordinates");
    way.potential = p, way.to = 1000;
    CHECK_OK(temper_passage_measure(&way, NULL, &out));
    CHECK(out.arrivals == 0 && out.given_up == 1 && isnan(out.mean), "given up");
    temper_dynamics_free(d), temper_potential_free(p), temper_potential_free(q);
}

static void bits(void) {
    temper_potential *p = made("x^4/4 - x^2/2 + y^2");
    temper_dynamics *d;
    temper_occupation o[3];
    CHECK_OK(temper_dynamics_create(&d, "langevin"));
    const temper_occupation_plan plan = {p, d, NULL, 0.5, 0.05, 19, 500, 100, 10, {-3, -3}, {3, 3}, 2};
    const temper_errand errand = {.stream = {9, 0}};
    for (int t = 0; t < 3; t++) {
        CHECK_OK(temper_threads(t + 1));
        CHECK_OK(temper_occupation_measure(&plan, &errand, &o[t]));
    }
    for (int t = 1; t < 3; t++)
        CHECK(o[t].energy.mean == o[0].energy.mean && o[t].energy.error == o[0].energy.error &&
                  !memcmp(o[t].share, o[0].share, 20 * sizeof(double)) &&
                  !memcmp(o[t].snapshot, o[0].snapshot, 2 * 19 * 2 * sizeof(double)),
              "%d threads", t + 1);
    for (int t = 0; t < 3; t++) temper_occupation_clear(&o[t]);
    CHECK_OK(temper_threads(0));
    temper_dynamics_free(d), temper_potential_free(p);
}

static void memory(void) {
    temper_potential *p = made("x^2/2 + y^2");
    temper_dynamics *d;
    temper_occupation o;
    temper_equilibrium e;
    CHECK_OK(temper_dynamics_create(&d, "langevin"));
    CHECK_OK(temper_threads(1));
    const temper_occupation_plan plan = {p, d, NULL, 0.5, 0.05, 3, 100, 20, 10, {-3, -3}, {3, 3}, 1};
    int64_t live = temper_alloc_live();
    int k = 1;
    for (;; k++) {
        temper_alloc_fail_at(k);
        temper_status bad = temper_occupation_measure(&plan, NULL, &o);
        temper_alloc_fail_at(0);
        if (!bad) break;
        CHECK(bad == TEMPER_NO_MEMORY && temper_alloc_live() == live, "allocation %d: %d", k, bad);
        if (k > 100) break;
    }
    CHECK(k > 4 && k < 100, "%d", k);
    temper_occupation_clear(&o);
    for (k = 1; k < 10; k++) {
        temper_alloc_fail_at(k);
        temper_status bad = temper_equilibrium_find(p, 1, &e);
        temper_alloc_fail_at(0);
        CHECK((!bad || bad == TEMPER_NO_MEMORY) && temper_alloc_live() == live, "allocation %d: %d", k, bad);
        temper_potential *q;
        temper_alloc_fail_at(k);
        bad = temper_potential_create(&q, "x^2 + y^2*x");
        temper_alloc_fail_at(0);
        CHECK(!bad || bad == TEMPER_NO_MEMORY, "%d", bad);
        if (!bad) temper_potential_free(q);
        CHECK(temper_alloc_live() == live, "allocation %d of a formula leaks", k);
    }
    CHECK_OK(temper_threads(0));
    temper_dynamics_free(d), temper_potential_free(p);
}

int main(void) {
    RUN(ways_to_ask);
    RUN(starts);
    RUN(runaways);
    RUN(wells_and_barriers);
    RUN(settling);
    RUN(no_equilibrium);
    RUN(plans_are_checked);
    RUN(bits);
    RUN(memory);
    return check_end();
}
