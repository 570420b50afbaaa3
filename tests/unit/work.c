/* Work, heat and their books, exactly; means of exponentials and Bennett's ratio on numbers that can be checked by hand; refusals, bits, memory. */
#include "temper/work.h"
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "temper/parallel.h"

static temper_potential *made(const char *text) {
    temper_potential *p = NULL;
    CHECK_OK(temper_potential_create(&p, text));
    if (!p) exit(printf("  no potential %s\n", text));
    return p;
}

static void books_balance(void) {
    temper_potential *p = made("x^2/2 + y^4"), *q = made("2*x^2 + x*y + y^4 + y");
    for (int k = 0; k < 4; k++) {
        temper_work_plan plan = {p, q, {1, k % 2 ? 2 : 1}, 0.05, 30, 50, 20, k > 1};
        temper_work_done w;
        CHECK_OK(temper_drive_measure(&plan, NULL, &w));
        for (int r = 0; r < 40 && w.forward; r++) {
            const temper_worked *x = &w.forward[r];
            CHECK(fabs(x->W + x->Q - x->rise) < 1e-12 * (1 + fabs(x->W) + fabs(x->Q)),
                  "run %d: %g + %g is not %g", r, x->W, x->Q, x->rise);
            if (k % 2 == 0) CHECK(fabs(x->w - x->W) < 1e-12 * (1 + fabs(x->W)), "at T = 1 w = W");
        }
        CHECK(k < 2 ? w.acceptance < 1 && w.acceptance > 0.8 : w.acceptance == 1, "acceptance %g",
              w.acceptance);
        temper_drive_clear(&w);
    }
    temper_potential_free(p), temper_potential_free(q);
}

/* Nothing moves in no time: one jump does ½(k′ − k)x² of work on the place where it finds the walker. */
static void one_jump(void) {
    temper_potential *p = made("x^2/2; from=2; to=2"), *q = made("5*x^2/2; from=3; to=3");
    temper_work_plan plan = {p, q, {1, 1}, 0.1, 1, 0, 3, false};
    temper_work_done w;
    CHECK_OK(temper_drive_measure(&plan, NULL, &w));
    CHECK(w.forward[0].W == 8 && w.forward[2].w == 8 && w.reverse[1].W == -18, "%g %g %g", w.forward[0].W,
          w.forward[2].w, w.reverse[1].W);
    temper_drive_clear(&w);
    plan.to = p, plan.T[1] = 0.5; /* a jump of the temperature: w = U(1/T′ − 1/T), no W */
    CHECK_OK(temper_drive_measure(&plan, NULL, &w));
    CHECK(w.forward[0].W == 0 && w.forward[0].w == 2 && w.reverse[0].w == -2, "%g %g", w.forward[0].w,
          w.reverse[0].w);
    temper_drive_clear(&w);
    temper_potential_free(p), temper_potential_free(q);
}

static void exponential_means(void) {
    double value, error, ess;
    const double same[4] = {700, 700, 700, 700}, two[2] = {0, 0.6931471805599453}, wild[3] = {0, 0, 5000};
    CHECK_OK(temper_log_mean_exp(same, 4, &value, &error, &ess));
    CHECK(value == 700 && error == 0 && ess == 4, "%g %g %g", value, error, ess);
    CHECK_OK(temper_log_mean_exp(two, 2, &value, &error, &ess));
    CHECK_NEAR(value, log(1.5), 1e-15);
    CHECK_NEAR(error, log(2) / 2, 1e-15); /* leave-one-out values ln 2 and 0: √(½·2·(ln2/2)²) */
    CHECK_NEAR(ess, 9.0 / 5, 1e-15);
    CHECK_OK(temper_log_mean_exp(wild, 3, &value, &error, &ess));
    CHECK_NEAR(value, 5000 - log(3), 1e-12);
    CHECK_NEAR(ess, 1, 1e-12);
    const double bad[2] = {1, NAN};
    CHECK_FAILS(temper_log_mean_exp(bad, 2, &value, &error, &ess), TEMPER_BAD_DATA, "log weight 1");
    CHECK_FAILS(temper_log_mean_exp(two, 1, &value, &error, &ess), TEMPER_BAD_OPTION, "2 and more");
}

/* a = D for every run up and −D for every run down; other numbers of runs; a hundred normals with Crooks's relation: a ~ N(D − s²/2, s²), b ~ N(−D − s²/2, s²). */
static void bennett(void) {
    double D, error;
    const double up[3] = {1.5, 1.5, 1.5}, down[2] = {-1.5, -1.5};
    CHECK_OK(temper_bennett(up, 3, down, 2, &D, &error));
    CHECK_NEAR(D, 1.5, 1e-12);
    enum { UP = 40000, DOWN = 10000 };
    static double a[UP], b[DOWN];
    const double s = 1.5, truth = -7;
    for (int i = 0; i < UP; i++)
        a[i] = truth - s * s / 2 + s * temper_normal((temper_stream){1, 0}, TEMPER_FOR_TESTS, 0, i);
    for (int i = 0; i < DOWN; i++)
        b[i] = -truth - s * s / 2 + s * temper_normal((temper_stream){1, 1}, TEMPER_FOR_TESTS, 0, i);
    CHECK_OK(temper_bennett(a, UP, b, DOWN, &D, &error));
    CHECK(fabs(D - truth) < 4.5 * error && error < 0.015, "%g ± %g", D, error);
    CHECK_OK(temper_bennett(b, DOWN, a, UP, &D, &error)); /* seen from the other end */
    CHECK(fabs(D + truth) < 4.5 * error, "%g ± %g", D, error);
    CHECK_FAILS(temper_bennett(a, 1, b, 2, &D, &error), TEMPER_BAD_OPTION, "1 and 2 runs");
    a[3] = -INFINITY;
    CHECK_FAILS(temper_bennett(a, UP, b, DOWN, &D, &error), TEMPER_BAD_DATA, "log weight 3");
}

static void refusals(void) {
    temper_potential *p = made("x^2"), *q = made("x^2 + y^2"), *up = made("-x^4");
    temper_work_plan plan = {p, q, {1, 1}, 0.1, 10, 10, 5, false};
    temper_work_done w;
    CHECK_FAILS(temper_drive_measure(&plan, NULL, &w), TEMPER_BAD_OPTION, "coordinates");
    plan.to = p, plan.T[1] = 0;
    CHECK_FAILS(temper_drive_measure(&plan, NULL, &w), TEMPER_BAD_OPTION, "temperature=0");
    plan.T[1] = 1, plan.runs = 2;
    CHECK_FAILS(temper_drive_measure(&plan, NULL, &w), TEMPER_BAD_OPTION, "runs=2");
    plan.runs = 5, plan.from = plan.to = up, plan.plain = true, plan.steps = 5000;
    CHECK_FAILS(temper_drive_measure(&plan, NULL, &w), TEMPER_DIVERGED, "ran away");
    temper_potential_free(p), temper_potential_free(q), temper_potential_free(up);
}

static void bits_and_memory(void) {
    temper_potential *p = made("x^2/2 + y^2"), *q = made("x^2 + y^4");
    const temper_work_plan plan = {p, q, {1, 2}, 0.1, 10, 10, 100, false};
    const temper_errand errand = {.stream = {4, 0}};
    temper_work_done w[3], none;
    for (int t = 0; t < 3; t++) {
        CHECK_OK(temper_threads(t + 1));
        CHECK_OK(temper_drive_measure(&plan, &errand, &w[t]));
        CHECK(!memcmp(w[t].forward, w[0].forward, 200 * sizeof(temper_worked)) &&
                  w[t].bennett.value == w[0].bennett.value,
              "%d threads", t + 1);
    }
    for (int t = 0; t < 3; t++) temper_drive_clear(&w[t]);
    CHECK_OK(temper_threads(1));
    int64_t live = temper_alloc_live();
    int k = 1;
    for (; k < 400; k++) {
        temper_alloc_fail_at(k);
        temper_status bad = temper_drive_measure(&plan, NULL, &none);
        temper_alloc_fail_at(0);
        if (!bad) break;
        CHECK(bad == TEMPER_NO_MEMORY && !none.forward && temper_alloc_live() == live, "allocation %d: %d", k,
              bad);
    }
    CHECK(k > 200 && k < 400, "%d", k);
    temper_drive_clear(&none);
    CHECK_OK(temper_threads(0));
    temper_potential_free(p), temper_potential_free(q);
}

int main(void) {
    RUN(books_balance);
    RUN(one_jump);
    RUN(exponential_means);
    RUN(bennett);
    RUN(refusals);
    RUN(bits_and_memory);
    return check_end();
}
