/* Enumeration against reference/theory.md section 3 and spins.md 7.1, against naive sums over all configurations, and
 * against the closed forms; and which theory judges which system. */
#include "check.h"
#include <stdlib.h>
#include "base/memory.h"
#include "temper/temper.h"

typedef struct {
    double u, f, s, c, m, abs_m, m2, chi, binder;
} point;

static point at(const char *text, double T) {
    point p = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    temper_theory *theory;
    CHECK_OK(temper_theory_create(&theory, text));
    if (theory) CHECK_OK(temper_theory_at(theory, T, &p.u));
    temper_theory_free(theory);
    return p;
}

static void ising_4x4(void) {
    double Kc = log1p(sqrt(2)) / 2;
    point p = at("enumerate:ising:dims=4x4", 1 / Kc);
    CHECK_NEAR(p.abs_m, 0.843860444813, 6e-13);
    CHECK_NEAR(p.m2, 0.761358908569, 6e-13);
    CHECK_NEAR(p.binder, 0.6171993184, 6e-11);
    CHECK_NEAR((1 - p.binder) * 3 * p.m2 * p.m2, 0.6656912133, 6e-11); /* ⟨m⁴⟩ */
    CHECK_NEAR(-Kc * p.f, 0.97011971617221, 6e-15);
    CHECK_NEAR(p.u, -1.5656237876383, 6e-14);
    CHECK_NEAR(p.c, 0.783266825929, 6e-13);
    CHECK_NEAR(p.m, 0, 1e-14);
    CHECK_NEAR(p.chi, 16 * Kc * (p.m2 - p.abs_m * p.abs_m), 1e-13);
    p = at("enumerate:ising:dims=4x4", 2.5);
    CHECK_NEAR(p.abs_m, 0.764712393222, 6e-13);
    CHECK_NEAR(p.m2, 0.654825756937, 6e-13);
    CHECK_NEAR(p.binder, 0.5815276591, 6e-11);
    p = at("enumerate:ising:dims=4x4", 1 / 0.3);
    CHECK_NEAR(p.u, -0.8440540736, 6e-11);
    CHECK_NEAR(p.binder, 0.4120282912, 6e-11);
    p = at("enumerate:ising:dims=4x4", 0);
    CHECK_NEAR(p.u, -2, 0);
    CHECK_NEAR(p.s, log(2) / 16, 1e-16);
    CHECK_NEAR(p.abs_m, 1, 0);
    CHECK_NEAR(p.chi, 0, 0);
    p = at("enumerate:ising:dims=4x4", INFINITY);
    CHECK_NEAR(p.u, 0, 1e-15);
    CHECK_NEAR(p.s, log(2), 1e-15);
    CHECK_NEAR(p.m2, 1.0 / 16, 1e-15);
}

/* All configurations as a mixed-radix number, each by the system's naive sum. */
static void naive(const char *text, double T) {
    temper_system *system;
    char theory[256];
    CHECK_OK(temper_system_create(&system, text));
    if (!system) return;
    int n = system->n, digit[32] = {0};
    int8_t s[32];
    const int8_t *values;
    double Z = 0, E1 = 0, E2 = 0, m = 0, ma = 0, m2 = 0, m4 = 0;
    for (bool more = true; more;) {
        double M = 0;
        for (int i = 0; i < n; i++) {
            system->type->alphabet(system->self, i, &values);
            M += s[i] = values[digit[i]];
        }
        double E = temper_system_energy(system, s), w = exp(-E / T);
        Z += w, E1 += w * E, E2 += w * E * E;
        m += w * M, ma += w * fabs(M), m2 += w * M * M, m4 += w * M * M * M * M;
        more = false;
        for (int i = n - 1; i >= 0 && !more; i--) {
            more = ++digit[i] < system->type->alphabet(system->self, i, &values);
            if (!more) digit[i] = 0;
        }
    }
    snprintf(theory, sizeof theory, "enumerate:%s", text);
    point p = at(theory, T);
    CHECK_NEAR(p.u, E1 / Z / n, 1e-11);
    CHECK_NEAR(p.f, -T * log(Z) / n, 1e-11);
    CHECK_NEAR(p.s, (log(Z) + E1 / Z / T) / n, 1e-11);
    CHECK_NEAR(p.c, (E2 / Z - E1 / Z * E1 / Z) / (n * T * T), 1e-10);
    if (system->binary) {
        CHECK_NEAR(p.m, m / Z / n, 1e-12);
        CHECK_NEAR(p.abs_m, ma / Z / n, 1e-12);
        CHECK_NEAR(p.m2, m2 / Z / n / n, 1e-12);
        CHECK_NEAR(p.binder, 1 - m4 / Z / (3 * m2 / Z * m2 / Z), 1e-11);
    } else {
        CHECK(isnan(p.m) && isnan(p.binder), "magnetisation of %s: %g", text, p.m);
    }
    temper_system_free(system);
}

static void naive_sums(void) {
    static const char *const texts[] = {"sk:n=11,seed=3",           "sk:n=15,h=0.3,J0=0.5",
                                        "potts:dims=2x3,q=3",       "potts:dims=2x4,q=4",
                                        "potts:dims=3x3,q=3",       "spin_glass:dims=3x4,h=0.2",
                                        "hopfield:n=10,patterns=2", "ising:dims=2x2x2,h=-0.4",
                                        "curie_weiss:n=9,h=0.1",    "ising:dims=3x5,J=-1,boundary=open"};
    const char *room;
    const temper_about *about;
    for (int k = 0; k < 10; k++) {
        char name[32];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(texts[k], ":"), texts[k]);
        if (temper_find(name, &room, &about)) continue;
        naive(texts[k], 1.3);
        naive(texts[k], 0.4);
    }
}

static void closed_forms(void) {
    static const char *const pairs[][2] = {
        {"enumerate:ising:dims=4x4", "ising2d:dims=4x4"},
        {"enumerate:ising:dims=4x4", "density:dims=4x4"},
        {"enumerate:ising:dims=3x4", "ising2d:dims=3x4"},
        {"enumerate:ising:dims=4x4", "strip:dims=4x4"},
        {"enumerate:ising:dims=4x4,J=-0.7", "ising2d:dims=4x4,J=-0.7"},
        {"enumerate:ising:dims=23,h=0.2", "strip:dims=1x23,h=0.2"},
        {"enumerate:ising:dims=3x6,h=0.2,boundary=open", "strip:dims=3x6,h=0.2,boundary=open"},
        {"enumerate:curie_weiss:n=18,h=0.1", "curie_weiss:n=18,h=0.1"}};
    for (int k = 0; k < 8; k++)
        for (double T = 0.15; T < 10; T *= k == 5 ? 6 : 1.7) {
            point a = at(pairs[k][0], T), b = at(pairs[k][1], T);
            CHECK_NEAR(a.u, b.u, 1e-12);
            CHECK_NEAR(a.f, b.f, 1e-12);
            CHECK_NEAR(a.s, b.s, 1e-12);
            CHECK_NEAR(a.c, b.c, 1e-11);
            if (k > 4) CHECK_NEAR(a.m, b.m, 1e-12);
        }
}

static void bits_over_threads(void) { /* energies kept between calls, and walked anew */
    static const char *const texts[] = {"enumerate:sk:n=18", "enumerate:potts:dims=3x4,q=3",
                                        "enumerate:sk:n=23"};
    for (int k = 0; k < 3; k++) {
        point p[3];
        for (int n = 1; n <= 3; n++) {
            CHECK_OK(temper_threads(n));
            p[n - 1] = at(texts[k], 0.7);
        }
        CHECK(!memcmp(&p[0], &p[1], 4 * sizeof(double)) && !memcmp(&p[0], &p[2], 4 * sizeof(double)),
              "%s differs between 1, 2 and 3 threads", texts[k]);
        CHECK(k == 1 || (!memcmp(&p[0], &p[1], sizeof *p) && !memcmp(&p[0], &p[2], sizeof *p)), "%s",
              texts[k]);
    }
    CHECK_OK(temper_threads(0));
}

static void limits(void) {
    static const char *const texts[] = {"enumerate:sk:n=12,h=0.1", "enumerate:ising:dims=3x3,J=-1"};
    for (int k = 0; k < 2; k++) {
        point zero = at(texts[k], 0);
        CHECK_NEAR(at(texts[k], 1e-3).u, zero.u, 1e-12);
        CHECK_NEAR(at(texts[k], 1e-3).s, zero.s, 1e-10);
        CHECK_NEAR(zero.f, zero.u, 0);
        for (double T = 1e-3; T < 2e6; T *= 10) {
            point p = at(texts[k], T);
            CHECK(isfinite(p.u + p.f + p.s + p.c + p.m + p.abs_m + p.m2 + p.chi + p.binder), "%s at %g",
                  texts[k], T);
            CHECK_NEAR(p.s, (p.u - p.f) / T, 1e-12 / T + 1e-12);
        }
        CHECK_NEAR(at(texts[k], INFINITY).s, log(2), 1e-14);
    }
    temper_theory *theory;
    CHECK_FAILS(temper_theory_create(&theory, "enumerate:ising:dims=6x6"), TEMPER_BAD_OPTION, "2^36");
    CHECK_FAILS(temper_theory_create(&theory, "enumerate:ising:dims=3x9"), TEMPER_BAD_OPTION, "2^27");
    CHECK_FAILS(temper_theory_create(&theory, "enumerate"), TEMPER_BAD_OPTION, "enumerate");
    CHECK_FAILS(temper_theory_create(&theory, "enumerate:nothing"), TEMPER_BAD_OPTION, "nothing");
}

static void judge(const char *system_text, const char *theory_text, const char *worth_text) {
    temper_system *system;
    temper_theory *theory;
    const char *worth = "";
    CHECK_OK(temper_system_create(&system, system_text));
    if (!system) return;
    if (theory_text) {
        CHECK_OK(temper_theory_of(&theory, system, &worth));
        CHECK(theory && !strncmp(theory->text, theory_text, strlen(theory_text)),
              "%s is judged by %s, want %s", system_text, theory ? theory->text : "nothing", theory_text);
        CHECK(!strcmp(worth, worth_text), "%s: worth '%s'", system_text, worth);
    } else {
        CHECK_FAILS(temper_theory_of(&theory, system, &worth), TEMPER_CANNOT, "no theory");
    }
    temper_theory_free(theory);
    temper_system_free(system);
}

static void judges(void) {
    judge("ising:dims=32x32,J=0.5", "ising2d:dims=32x32,J=0.5", "exact");
    judge("ising:dims=4x4", "ising2d:dims=4x4", "exact");
    judge("ising:dims=6x6,J=-1", "ising2d:dims=6x6,J=-1", "exact");
    judge("ising:dims=5x6,J=-1", "strip:dims=5x6,J=-1", "exact");
    judge("ising:dims=8x30,h=0.1", "strip:dims=8x30,J=1,h=0.1,boundary=periodic", "exact");
    judge("ising:dims=9x40,boundary=open", "strip:dims=9x40,J=1,h=0,boundary=open", "exact");
    judge("ising:dims=100", "strip:dims=1x100", "exact");
    judge("ising:dims=2x2x3", "enumerate:ising:dims=2x2x3", "exact");
    judge("ising:dims=8x8x8", NULL, "");
    judge("ising:dims=64x64,h=0.1", NULL, "");
    judge("ising:dims=11x12,h=0.1", NULL, "");
    judge("curie_weiss:n=1000,h=0.2", "curie_weiss:n=1000,J=1,h=0.2", "exact");
    judge("sk:n=12", "enumerate:sk:n=12", "exact");
    judge("sk:n=64,h=0.5", "sk:J=1,J0=0,h=0.5", "N = infinity, replica symmetric");
    const char *room;
    const temper_about *about;
    if (temper_find("hopfield", &room, &about)) return;
    judge("hopfield:n=500,patterns=25", "hopfield:alpha=0.05", "N = infinity, started at a pattern");
    judge("hopfield:n=500,rule=pseudo_inverse", NULL, "");
    judge("hopfield:n=500,b=0.1", NULL, "");
}

static void short_memory(void) { /* every allocation fails once */
    static const char *const texts[] = {"enumerate:sk:n=5",
                                        "density:dims=4x6",
                                        "strip:dims=3x3",
                                        "curie_weiss:n=5",
                                        "hopfield:alpha=0.14",
                                        "ising2d",
                                        "sk"};
    for (int k = 0; k < 7; k++)
        for (int64_t fail = 1, live = temper_alloc_live(); fail < 400; fail++) {
            temper_theory *theory;
            double values[16];
            temper_alloc_fail_at(fail);
            temper_status status = temper_theory_create(&theory, texts[k]);
            if (!status) status = temper_theory_at(theory, 1.1, values);
            temper_theory_free(theory);
            bool reached = temper_alloc_count() >= fail;
            temper_alloc_fail_at(0);
            CHECK(temper_alloc_live() == live, "%s leaks when allocation %d fails", texts[k], (int)fail);
            CHECK(status == TEMPER_OK || (reached && status == TEMPER_NO_MEMORY),
                  "%s: status %d when allocation %d fails", texts[k], status, (int)fail);
            if (!reached) break;
        }
}

int main(void) {
    RUN(ising_4x4);
    RUN(naive_sums);
    RUN(closed_forms);
    RUN(bits_over_threads);
    RUN(limits);
    RUN(judges);
    RUN(short_memory);
    return check_end();
}
