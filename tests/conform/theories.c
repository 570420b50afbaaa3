/* Every theory obeys thermodynamics: u = ∂(βf)/∂β, s = β(u − f), c = ∂u/∂T, at its specimen. */
#include "options.h"

static const temper_about *about_now;

static int field(const temper_theory *theory, const char *name) {
    for (int k = 0; k < temper_theory_fields(theory); k++)
        if (!strcmp(temper_theory_field(theory, k), name)) return k;
    return -1;
}

static double value(const temper_theory *theory, const char *name, double T) {
    double v[64];
    int k = field(theory, name);
    return k < 0 || temper_theory_at(theory, T, v) ? NAN : v[k];
}

/* Fifth-order central difference of y in x. */
static double slope(const temper_theory *theory, const char *name, double T, bool times_beta) {
    double h = 1e-3 * (times_beta ? 1 / T : T), y[4];
    for (int k = 0; k < 4; k++) {
        double x = (times_beta ? 1 / T : T) + (k - 1.5 + (k > 1 ? 0.5 : -0.5)) * h; /* −2h −h +h +2h */
        y[k] = times_beta ? x * value(theory, name, 1 / x) : value(theory, name, x);
    }
    return (y[0] - 8 * y[1] + 8 * y[2] - y[3]) / (12 * h);
}

static void obeys_thermodynamics(void) {
    char text[512];
    temper_theory *theory;
    small_text(about_now, text);
    temper_status bad = temper_theory_create(&theory, text);
    CHECK(!bad, "%s: %s", text, temper_message());
    if (bad) return;
    const double Ts[] = {0.4, 0.77, 1.3, 1.9, 2.6, 4.1};
    for (int k = 0; k < 6; k++) {
        double T = Ts[k], u = value(theory, "energy", T), f = value(theory, "free_energy", T);
        double s = value(theory, "entropy", T), c = value(theory, "heat_capacity", T);
        if (isfinite(u) && isfinite(f))
            CHECK_NEAR(slope(theory, "free_energy", T, true), u, 2e-6 * (1 + fabs(u)));
        if (isfinite(u) && isfinite(f) && isfinite(s)) CHECK_NEAR((u - f) / T, s, 1e-9 * (1 + fabs(u) / T));
        if (isfinite(u) && isfinite(c))
            CHECK_NEAR(slope(theory, "energy", T, false), c, 2e-5 * (1 + fabs(c)));
    }
    double v[64];
    CHECK_FAILS(temper_theory_at(theory, -1, v), TEMPER_BAD_OPTION, "-1");
    for (int k = 0; k < 4; k++) { /* the ends do not overflow or crash */
        const double ends[] = {0, 1e-3, 1e6, INFINITY};
        CHECK_OK(temper_theory_at(theory, ends[k], v));
        for (int j = 0; j < temper_theory_fields(theory); j++)
            CHECK(ends[k] == 0 || k == 3 || !isinf(v[j]), "%s is infinite at T=%g",
                  temper_theory_field(theory, j), ends[k]);
    }
    if (check_bad) printf("  in %s\n", text);
    temper_theory_free(theory);
}

static void refuses_nonsense(void) { refuses_bad_options(about_now); }

static void every_failed_allocation_is_clean(void) {
    char text[512];
    int64_t live = temper_alloc_live();
    small_text(about_now, text);
    for (int64_t k = 1; k < 300; k++) {
        temper_theory *theory;
        double v[64];
        temper_alloc_fail_at(k);
        temper_status bad = temper_theory_create(&theory, text);
        if (!bad) bad = temper_theory_at(theory, 1.5, v);
        temper_alloc_fail_at(0);
        temper_theory_free(theory);
        CHECK(temper_alloc_live() == live, "%s: allocation %lld leaks", text, (long long)k);
        if (!bad) return;
        CHECK(bad == TEMPER_NO_MEMORY, "%s", temper_message());
    }
}

int main(void) {
    small_home();
    for (int k = 0; temper_list_theory[k]; k++) {
        about_now = &temper_list_theory[k]->about;
        RUN(obeys_thermodynamics);
        RUN(refuses_nonsense);
        RUN(every_failed_allocation_is_clean);
    }
    return check_end();
}
