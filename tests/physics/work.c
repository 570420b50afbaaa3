/* Free energy from work, exact at any step (training.md 5.5): a spring that stiffens from 1 to 4, a trap that is dragged, a temperature that is ramped. */
#include "temper/work.h"
#include <stdlib.h>
#include "check.h"

static temper_potential *made(const char *text) {
    temper_potential *p = NULL;
    CHECK_OK(temper_potential_create(&p, text));
    if (!p) exit(printf("  no potential %s\n", text));
    return p;
}

static void is(const char *what, temper_reading r, double truth, double allowance) {
    CHECK(fabs(r.value - truth) < 4.5 * r.error + allowance, "%s = %.6g ± %.2g, want %.6g", what, r.value,
          r.error, truth);
}

static temper_work_done driven(const temper_work_plan *plan, uint64_t seed) {
    temper_work_done w = {0};
    const temper_errand errand = {.stream = {seed, 0}};
    CHECK_OK(temper_drive_measure(plan, &errand, &w));
    if (!w.forward) exit(1);
    return w;
}

/* ⟨e^{−W}⟩ = ½ for any duration and any step, coarse ones too: moves are adjusted. */
static void stiffened_spring(void) {
    temper_potential *p = made("x^2/2"), *q = made("4*x^2/2");
    static const struct {
        double rate, W; /* ⟨W⟩ of continuous time, NaN: not for such steps */
        int steps, runs;
    } cases[] = {{0.3, NAN, 1, 20000}, {0.3, NAN, 7, 8000}, {0.02, 0.8326008607, 100, 4000}};
    for (int k = 0; k < 3; k++) {
        const temper_work_plan plan = {
            p, q, {1, 1}, cases[k].rate, cases[k].steps, k == 2 ? 400 : 40, cases[k].runs, false};
        temper_work_done w = driven(&plan, 10 + (uint64_t)k);
        is("Jarzynski", w.jarzynski, log(2), 0);
        is("Bennett", w.bennett, log(2), 0);
        CHECK(w.bennett.error < 0.01 && w.ess[0] > 1000, "blunt: %g, %g", w.bennett.error, w.ess[0]);
        if (k > 0) is("Jarzynski, reversed", w.jarzynski_reverse, log(2), 0);
        if (k == 0) is("work at once", w.W, 1.5, 0);
        if (!isnan(cases[k].W)) is("work in 2", w.W, cases[k].W, 0.01);
        CHECK(w.entropy.value > -3 * w.entropy.error, "second law: %g ± %g", w.entropy.value,
              w.entropy.error);
        temper_drive_clear(&w);
    }
    temper_potential_free(p), temper_potential_free(q);
}

/* Plain Euler steps: variance and mean by their own recursion, s ← (1 − ηk)² s + 2η. ⟨W⟩ = Σ ½ Δk s exactly. */
static void plain_steps(void) {
    temper_potential *p = made("x^2/2"), *q = made("4*x^2/2");
    const double eta = 0.1;
    const temper_work_plan plan = {p, q, {1, 1}, eta, 20, 100, 8000, true};
    temper_work_done w = driven(&plan, 20);
    double s = 1 / (1 - eta / 2), W = 0;
    for (int k = 1; k <= 20; k++) {
        double stiffness = 1 + 3.0 * k / 20;
        W += 0.5 * 3.0 / 20 * s;
        s = (1 - eta * stiffness) * (1 - eta * stiffness) * s + 2 * eta;
    }
    is("work of Euler's steps", w.W, W, 0);
    temper_drive_clear(&w), temper_potential_free(p), temper_potential_free(q);
}

/* (1 − λ)x²/2 + λ(x − 5)²/2 is the trap at 5λ plus what has come and gone at the end: ⟨W⟩ = v²(τ − (1 − e^{−kτ})/k), Gaussian of variance 2⟨W⟩, ΔF = 0. */
static void dragged_trap(void) {
    temper_potential *p = made("x^2/2"), *q = made("(x-5)^2/2; from=4; to=6");
    const temper_work_plan plan = {p, q, {1, 1}, 0.05, 100, 150, 3000, false};
    temper_work_done w = driven(&plan, 30);
    double square = 0;
    for (int k = 0; k < w.runs; k++)
        square += (w.forward[k].W - w.W.value) * (w.forward[k].W - w.W.value) / (w.runs - 1);
    is("work", w.W, 4.006737947, 0.15); /* jumps of 5/100 before each move do a little more */
    CHECK_NEAR(square / (2 * w.W.value), 1, 4.5 * sqrt(2.0 / w.runs) + 0.01);
    is("Bennett", w.bennett, 0, 0);
    temper_drive_clear(&w), temper_potential_free(p), temper_potential_free(q);
}

/* x²/2 + y²/2 from T = 1 to 3: −ln(Z_1/Z_0) = −ln 3. */
static void heated(void) {
    temper_potential *p = made("x^2/2 + y^2/2");
    const temper_work_plan plan = {p, p, {1, 3}, 0.2, 20, 60, 6000, false};
    temper_work_done w = driven(&plan, 40);
    is("Jarzynski", w.jarzynski, -log(3), 0);
    is("Bennett", w.bennett, -log(3), 0);
    CHECK(fabs(w.W.value) < 1e-14 && w.bennett.error < 0.01, "no work is done by heating: %g", w.W.value);
    temper_drive_clear(&w), temper_potential_free(p);
}

/* Crooks: ln P_F(w) − ln P_R(−w) = w − ΔΦ, bin by bin. */
static void crooks(void) {
    temper_potential *p = made("x^2/2"), *q = made("4*x^2/2");
    const temper_work_plan plan = {p, q, {1, 1}, 0.2, 5, 60, 20000, false};
    temper_work_done w = driven(&plan, 50);
    for (int b = 0; b < 8; b++) {
        double from = 0.2 + 0.2 * b, forward = 0, reverse = 0, mean = 0;
        for (int k = 0; k < w.runs; k++) {
            bool in = w.forward[k].w >= from && w.forward[k].w < from + 0.2;
            forward += in, mean += in ? w.forward[k].w : 0;
            reverse += -w.reverse[k].w >= from && -w.reverse[k].w < from + 0.2;
        }
        if (forward < 100 || reverse < 100) continue;
        double error = sqrt(1 / forward + 1 / reverse);
        CHECK(fabs(log(forward / reverse) - (mean / forward - log(2))) < 4.5 * error + 0.005,
              "w = %g: %g, want %g ± %g", from + 0.1, log(forward / reverse), mean / forward - log(2), error);
    }
    temper_drive_clear(&w), temper_potential_free(p), temper_potential_free(q);
}

int main(void) {
    RUN(stiffened_spring);
    RUN(plain_steps);
    RUN(dragged_trap);
    RUN(heated);
    RUN(crooks);
    return check_end();
}
