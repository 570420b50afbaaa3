/* The overdamped double well U = x⁴/4 − x²/2 against the numbers of training.md 5.1 (40 digits there, from another program), the plane against integrals known in
 * closed form, and walkers against both: what Euler's step does to them is computed, not tolerated. */
#include <stdlib.h>
#include "check.h"
#include "temper/simple.h"

static const struct {
    double T, Z, F, xx, U, kramers, to_top, to_other;
} truth[] = {
    {1, 3.905137169857, -1.362292909, 1.041797296487, -0.010449324, 0.175291763, 1.29056138, 3.48830965},
    {0.25, 5.365160237835, -0.419981561, 0.832745487128, -0.145686372, 0.0828019658, 5.74343707, 14.27773664},
    {0.1, 15.170196173702, -0.271933272, 0.871362908042, -0.192840727, 0.0184756159, 30.8213025, 66.2686264}};

static temper_potential *made(const char *text) {
    temper_potential *p = NULL;
    CHECK_OK(temper_potential_create(&p, text));
    if (!p) exit(printf("  no potential %s\n", text));
    return p;
}

static void equilibrium(void) {
    temper_potential *p = made("x^4/4 - x^2/2");
    for (int k = 0; k < 3; k++) {
        temper_equilibrium e;
        CHECK_OK(temper_equilibrium_find(p, truth[k].T, &e));
        CHECK_NEAR(exp(e.log_z), truth[k].Z, 1e-11);
        CHECK_NEAR(e.free_energy, truth[k].F, 6e-10);
        CHECK_NEAR(e.xx[0], truth[k].xx, 1e-11);
        CHECK_NEAR(e.energy, truth[k].U, 6e-10);
        CHECK_NEAR(e.x[0], 0, 1e-12);
        CHECK_NEAR(4 * (e.energy + e.xx[0] / 2), e.xx[0] + truth[k].T, 1e-11); /* the virial theorem */
    }
    temper_potential_free(p);
}

static void escape_theory(void) {
    temper_potential *p = made("x^4/4 - x^2/2");
    double mean, rate;
    for (int k = 0; k < 3; k++) {
        double T = truth[k].T;
        CHECK_OK(temper_passage_exact(p, T, -1, 0, &mean));
        CHECK_NEAR(mean, truth[k].to_top, 6e-9 * (1 + truth[k].to_top));
        CHECK_OK(temper_passage_exact(p, T, -1, 1, &mean));
        CHECK_NEAR(mean, truth[k].to_other, 6e-9 * (1 + truth[k].to_other));
        CHECK_OK(temper_passage_exact(p, T, 1, -1, &mean)); /* its mirror image */
        CHECK_NEAR(mean, truth[k].to_other, 6e-9 * (1 + truth[k].to_other));
        CHECK_OK(temper_passage_kramers(p, T, -1, 0, &rate));
        CHECK_NEAR(rate, truth[k].kramers, 1e-9);
        /* 1/k is the time from well to well: 1.18 and 1.22 of it at T = 0.25 and 0.1 (training.md 5.1), and 1 for T → 0; half of it to the top */
        if (k > 0) CHECK_NEAR(rate * mean, k == 1 ? 1.18 : 1.22, 0.005);
    }
    double last = 2, top, half = 1;
    for (double T = 0.05; T > 0.005; T /= 2) {
        CHECK_OK(temper_passage_exact(p, T, -1, 1, &mean));
        CHECK_OK(temper_passage_exact(p, T, -1, 0, &top));
        CHECK_OK(temper_passage_kramers(p, T, -1, 0, &rate));
        CHECK(rate * mean > 1 && rate * mean - 1 < 0.6 * (last - 1), "T=%g: %g after %g", T, rate * mean,
              last);
        CHECK(fabs(top / mean - 0.5) < half, "T=%g: to the top %g of the way", T, top / mean);
        last = rate * mean, half = fabs(top / mean - 0.5);
    }
    temper_potential_free(p);
    /* A free fall uphill: U = |x| from 0 to b: ∫_0^b e^{y/T}(T + T(1 − e^{−y/T}))dy/T by hand */
    p = made("abs(x)");
    CHECK_OK(temper_passage_exact(p, 1, 0, 2, &mean));
    CHECK_NEAR(mean, 2 * (exp(2) - 1) - 2, 1e-9);
    temper_potential_free(p);
}

static void planes(void) {
    temper_equilibrium e;
    double share[40], step[40], sum = 0, moment = 0;
    temper_potential *p = made("(1-x)^2 + 100*(y-x^2)^2");
    CHECK_OK(temper_equilibrium_find(p, 1, &e)); /* x ~ N(1, 1/2), y − x² ~ N(0, 1/200) */
    CHECK_NEAR(e.log_z, log(3.14159265358979 / 10), 1e-10);
    CHECK_NEAR(e.energy, 1, 1e-10);
    CHECK_NEAR(e.x[0], 1, 1e-10);
    CHECK_NEAR(e.x[1], 1.5, 1e-10);
    CHECK_NEAR(e.xx[1], 1 + 6 * 0.5 + 3 * 0.25 + 0.005, 1e-9); /* E x⁴ + 1/200 */
    CHECK_OK(temper_equilibrium_bins(p, &e, 1, 40, share, step));
    for (int b = 0; b < 40; b++)
        sum += share[b], moment += share[b] * (e.low[1] + (b + 0.5) * (e.high[1] - e.low[1]) / 40);
    CHECK_NEAR(sum, 1, 1e-12);
    CHECK_NEAR(moment, 1.5, 0.05);
    double first = 0.5 * (erf((e.low[1] + (e.high[1] - e.low[1]) / 40 > 0
                                   ? sqrt(e.low[1] + (e.high[1] - e.low[1]) / 40) - 1
                                   : -1)) -
                          erf(-sqrt(e.low[1] + (e.high[1] - e.low[1]) / 40) -
                              1)); /* |x| < sqrt(edge), the width of the valley aside */
    CHECK_NEAR(share[0], first, 0.02);
    temper_potential_free(p);
    p = made("x^2/2 + k*y^2/2; k=1e6");
    CHECK_OK(temper_equilibrium_find(p, 0.5, &e));
    CHECK_NEAR(e.log_z, log(3.14159265358979 / 1e3), 1e-10);
    CHECK_NEAR(e.xx[1], 0.5e-6, 1e-15);
    temper_potential_free(p);
    p = made("funnel:dim=2");
    CHECK_OK(temper_equilibrium_find(p, 1, &e));
    CHECK_NEAR(e.log_z, 0.5 * log(2 * 3.14159265358979 * 9) + 0.5 * log(2 * 3.14159265358979), 1e-9);
    CHECK_NEAR(e.xx[0], 9, 1e-9);
    CHECK_NEAR(e.xx[1], exp(4.5), 2e-4); /* its tail is heavier than the hull is wide */
    temper_potential_free(p);
}

/* Two far wells much narrower than any grid over both; and one that is 45 T deep behind a hill. */
static void narrow_wells(void) {
    temper_equilibrium e;
    temper_potential *p = made("(x^2-25)^2");
    CHECK_OK(temper_equilibrium_find(p, 1e-4, &e));
    CHECK_NEAR(e.xx[0], 25, 1e-4);
    CHECK_NEAR(e.energy, 0.5e-4, 1e-7);
    CHECK_NEAR(exp(e.log_z), 2 * sqrt(2 * 3.14159265358979 * 1e-4 / 200), 1e-7);
    temper_potential_free(p);
}

/* Euler's density to first order, on the bowl where all orders are known: T/(k(1 − ηk/2)) = (T/k)(1 + ηk/2 + …). */
static void first_order_of_the_step(void) {
    temper_equilibrium e;
    temper_potential *p = made("3*x^2/2"), *q = made("x^2/2 + 3*y^2/2");
    CHECK_OK(temper_equilibrium_find(p, 2, &e));
    CHECK_NEAR(e.xx_step[0], 2.0 / 3 * 1.5, 1e-10);
    CHECK_NEAR(e.energy_step, 3.0 / 2 * e.xx_step[0], 1e-10);
    CHECK_OK(temper_equilibrium_find(q, 2, &e));
    CHECK_NEAR(e.xx_step[0], 2 * 0.5, 1e-10);
    CHECK_NEAR(e.xx_step[1], 2.0 / 3 * 1.5, 1e-10);
    temper_potential_free(p), temper_potential_free(q);
}

enum { BINS = 16 };

static void occupied(void) {
    temper_potential *p = made("x^4/4 - x^2/2");
    temper_dynamics *d;
    CHECK_OK(temper_dynamics_create(&d, "langevin"));
    for (int k = 0; k < 3; k++) {
        temper_equilibrium e;
        temper_occupation o;
        double share[BINS], step[BINS], eta = 0.02, chi = 0;
        int bins = 0;
        CHECK_OK(temper_equilibrium_find(p, truth[k].T, &e));
        CHECK_OK(temper_equilibrium_bins(p, &e, 0, BINS, share, step));
        const temper_occupation_plan plan = {p,    d,    NULL, truth[k].T, eta,         48,
                                             7000, 1000, BINS, {e.low[0]}, {e.high[0]}, 0};
        const temper_errand errand = {.stream = {(uint64_t)k + 1, 0}};
        CHECK_OK(temper_occupation_measure(&plan, &errand, &o));
        double energy = e.energy + eta * e.energy_step, xx = e.xx[0] + eta * e.xx_step[0];
        CHECK(fabs(o.energy.mean - energy) < 4.5 * o.energy.error, "T=%g: ⟨U⟩ = %g ± %g, want %g", truth[k].T,
              o.energy.mean, o.energy.error, energy);
        CHECK(fabs(o.xx->mean - xx) < 4.5 * o.xx->error, "T=%g: ⟨x²⟩ = %g ± %g, want %g", truth[k].T,
              o.xx->mean, o.xx->error, xx);
        CHECK(fabs(o.x->mean) < 4.5 * o.x->error, "T=%g: ⟨x⟩ = %g ± %g", truth[k].T, o.x->mean, o.x->error);
        for (int b = 0; b < BINS; b++) {
            double want = share[b] + eta * step[b], z = (o.share[b] - want) / o.error[b];
            if (want > 0.005) chi += z * z, bins++;
        }
        CHECK(chi < bins + 4.5 * sqrt(2 * bins), "T=%g: chi² = %g of %d bins", truth[k].T, chi, bins);
        temper_occupation_clear(&o);
    }
    temper_dynamics_free(d), temper_potential_free(p);
}

static void passages(void) {
    temper_potential *p = made("x^4/4 - x^2/2");
    temper_dynamics *d;
    temper_passage out;
    CHECK_OK(temper_dynamics_create(&d, "langevin"));
    for (int k = 0; k < 6; k++) {
        double T = truth[k / 2].T, want = k % 2 ? truth[k / 2].to_other : truth[k / 2].to_top,
               eta = k < 2   ? 0.01
                     : k < 4 ? 0.02
                             : 0.05;
        const temper_passage_plan plan = {p, d, T, eta, -1, k % 2 ? 1 : 0, 64, k < 4 ? 6 : 3, 1000000};
        const temper_errand errand = {.stream = {50 + (uint64_t)k, 0}};
        CHECK_OK(temper_passage_measure(&plan, &errand, &out));
        CHECK(out.given_up == 0 && fabs(out.mean - want) < 4.5 * out.error + eta * want,
              "T=%g to %g: %g ± %g, want %g", T, plan.to, out.mean, out.error, want);
    }
    /* without the bridge the walker is seen beyond b too late: the boundary lies 0.5826 sqrt(2ηT) further out (Broadie, Glasserman & Kou 1997) */
    const temper_passage_plan plan = {p, d, 1, 0.04, -1, 0, 64, 60, 1000000};
    const temper_errand errand = {.stream = {70, 0}};
    double late;
    CHECK_OK(temper_passage_measure(&plan, &errand, &out));
    CHECK_OK(temper_passage_exact(p, 1, -1, 0.5826 * sqrt(2 * 0.04), &late));
    CHECK(fabs(out.mean - truth[0].to_top) < 4.5 * out.error + 0.04 && late - out.mean > 6 * out.error,
          "%g ± %g; %g with the bridge, %g without", out.mean, out.error, truth[0].to_top, late);
    temper_dynamics_free(d), temper_potential_free(p);
}

/* Cooled slowly walkers end in the deep well; at a hot start they are where exp(−U/T) says. */
static void annealed(void) {
    temper_potential *p = made("x^4/4 - x^2/2 + 0.1*x; from=0; to=2");
    temper_dynamics *d;
    temper_schedule *s;
    CHECK_OK(temper_dynamics_create(&d, "langevin"));
    CHECK_OK(temper_schedule_create(&s, "exponential:to=0.01"));
    const temper_occupation_plan slow = {p, d, s, 0.5, 0.05, 100, 6000, 0, 0, {0}, {0}, 4},
                                 fast = {p, d, s, 0.5, 0.02, 100, 50, 0, 0, {0}, {0}, 1};
    const temper_errand errand = {.stream = {80, 0}};
    temper_occupation o;
    int deep = 0, quenched = 0;
    CHECK_OK(temper_occupation_measure(&slow, &errand, &o));
    CHECK(o.heat[3] < 0.0051 && o.heat[0] > 0.15, "%g %g", o.heat[0], o.heat[3]);
    for (int c = 0; c < 100; c++) deep += o.snapshot[3 * 100 + c] < 0;
    temper_occupation_clear(&o);
    CHECK_OK(temper_occupation_measure(&fast, &errand, &o));
    for (int c = 0; c < 100; c++) quenched += o.snapshot[c] < 0;
    temper_occupation_clear(&o);
    CHECK(deep > 85 && quenched < 30, "%d of 100 in the deep well after slow cooling, %d after a quench",
          deep, quenched);
    temper_schedule_free(s), temper_dynamics_free(d), temper_potential_free(p);
}

int main(void) {
    RUN(equilibrium);
    RUN(escape_theory);
    RUN(planes);
    RUN(narrow_wells);
    RUN(first_order_of_the_step);
    RUN(occupied);
    RUN(passages);
    RUN(annealed);
    return check_end();
}
