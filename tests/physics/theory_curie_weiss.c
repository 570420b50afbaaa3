/* Curie–Weiss at infinite and finite N against reference/theory.md section 2, identities, and enumeration of spins. */
#include "check.h"
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

static void infinite_size(void) {
    static const double table[][5] = {/* T, m, f, s, h_sp */
                                      {0.2, 0.999909121715, -0.500009083906, 0.000499790304, 0.6057000960},
                                      {0.5, 0.957504024077, -0.509835533993, 0.102857111863, 0.2664199877},
                                      {0.9, 0.525429512658, -0.631175472532, 0.547930429051, 0.0215226308},
                                      {0.99, 0.172511069975, -0.686290558087, 0.678192447934, 0.0006680057}};
    for (int i = 0; i < 4; i++) {
        double T = table[i][0], m = table[i][1];
        point p = at("curie_weiss", T);
        CHECK_NEAR(p.m, m, 6e-13);
        CHECK_NEAR(p.f, table[i][2], 6e-13);
        CHECK_NEAR(p.s, table[i][3], 6e-13);
        CHECK_NEAR(p.u, -m * m / 2, 6e-13);
        CHECK_NEAR(p.chi, (1 - m * m) / (T - (1 - m * m)), 1e-8);
        CHECK_NEAR(p.c, m * m * (1 - m * m) / (T * T) / (1 - (1 - m * m) / T), 1e-9);
        CHECK_NEAR(p.binder, 2.0 / 3, 1e-15);
        /* The spinodal field h_sp = m_sp − T artanh m_sp, m_sp = √(1−T): there the state against the field ends. The
         * theory gives the stable state, so the table's number is checked through the equation of state. */
        double m_sp = sqrt(1 - T);
        CHECK_NEAR(m_sp - T * atanh(m_sp), table[i][4], 6e-11);
    }
    CHECK_NEAR(at("curie_weiss", 1).binder, 0.270520, 6e-7);
    CHECK_NEAR(at("curie_weiss", 1.5).chi, 2, 1e-14);
    CHECK_NEAR(at("curie_weiss", 1.5).m, 0, 0);
}

static void finite_size(void) {
    static const struct {
        double T;
        int n;
        double log_z, u, abs_m, m2, binder, c;
    } row[] = {
        {1, 64, 0.714485668775, -0.071170309880, 0.320421707983, 0.142340619760, 0.3146131752, 0.3423793776},
        {1, 256, 0.699779880212, -0.036070195627, 0.226984334180, 0.072140391254, 0.2922315466, 0.3741405600},
        {1, 1024, 0.695136749609, -0.018162509309, 0.160664897055, 0.036325018619, 0.2812875856,
         0.3905359769},
        {0.5, 256, 1.022738459820, -0.457735128556, 0.956592528034, 0.915470257113, 0.6660894153,
         0.3715477767}};
    for (int i = 0; i < 4; i++) {
        char text[32];
        snprintf(text, sizeof text, "curie_weiss:n=%d", row[i].n);
        point p = at(text, row[i].T);
        CHECK_NEAR(-p.f / row[i].T, row[i].log_z, 6e-13);
        CHECK_NEAR(p.u, row[i].u, 6e-13);
        CHECK_NEAR(p.abs_m, row[i].abs_m, 6e-13);
        CHECK_NEAR(p.m2, row[i].m2, 6e-13);
        CHECK_NEAR(p.binder, row[i].binder, 6e-11);
        CHECK_NEAR(p.c, row[i].c, 6e-11);
        CHECK_NEAR(p.m, 0, 1e-13);
        CHECK_NEAR(p.chi, row[i].n * (p.m2 - p.abs_m * p.abs_m) / row[i].T, 1e-9);
    }
    /* √N⟨m²⟩ → √12 Γ(3/4)/Γ(1/4) and U4 → 0.270520 with corrections 1/√N */
    double limit = sqrt(12) * tgamma(0.75) / tgamma(0.25);
    point big = at("curie_weiss:n=1e6", 1), small = at("curie_weiss:n=250000", 1);
    CHECK_NEAR(2 * 1000 * big.m2 - 500 * small.m2, limit, 1e-5);
    CHECK_NEAR(2 * big.binder - small.binder, 0.270520, 2e-6);
    CHECK_NEAR(at("curie_weiss:n=1e6", 0.5).u, at("curie_weiss", 0.5).u, 1e-5);
    CHECK_NEAR(at("curie_weiss:n=1e6,h=0.3", 0.8).f, at("curie_weiss:h=0.3", 0.8).f, 1e-5);
}

/* Every configuration of 11 spins, written out. */
static void by_hand(void) {
    static const double J[] = {1, -1, 2.5}, h[] = {0, 0.3, -0.7};
    enum { N = 11 };
    for (int k = 0; k < 3; k++)
        for (int l = 0; l < 3; l++)
            for (double T = 0.3; T < 4; T *= 1.9) {
                double Z = 0, E1 = 0, E2 = 0, m1 = 0, ma = 0, m2 = 0, m4 = 0;
                for (int s = 0; s < 1 << N; s++) {
                    int M = -N;
                    for (int i = 0; i < N; i++) M += 2 * (s >> i & 1);
                    double E = -J[k] * M * M / (2.0 * N) - h[l] * M, w = exp(-E / T), m = M / (double)N;
                    Z += w, E1 += w * E, E2 += w * E * E, m1 += w * m, ma += w * fabs(m), m2 += w * m * m;
                    m4 += w * m * m * m * m;
                }
                char text[64];
                snprintf(text, sizeof text, "curie_weiss:n=%d,J=%g,h=%g", N, J[k], h[l]);
                point p = at(text, T);
                CHECK_NEAR(p.f, -T * log(Z) / N, 1e-12);
                CHECK_NEAR(p.u, E1 / Z / N, 1e-12);
                CHECK_NEAR(p.c, (E2 / Z - E1 / Z * E1 / Z) / (N * T * T), 1e-11);
                CHECK_NEAR(p.s, (E1 / Z / T + log(Z)) / N, 1e-12);
                CHECK_NEAR(p.m, m1 / Z, 1e-12);
                CHECK_NEAR(p.abs_m, ma / Z, 1e-12);
                CHECK_NEAR(p.m2, m2 / Z, 1e-12);
                CHECK_NEAR(p.binder, 1 - m4 / Z / (3 * m2 / Z * m2 / Z), 1e-12);
                CHECK_NEAR(p.chi, N * (m2 / Z - ma / Z * ma / Z) / T, 1e-11);
            }
}

static void identities(void) {
    static const char *const options[] = {"J=1", "J=-1.5", "J=1,n=50", "J=0.3,n=7"};
    static const double T[] = {0.15, 0.6, 0.97, 1.4, 12}, h[] = {0, 0.2, 1.1};
    for (int k = 0; k < 4; k++)
        for (int j = 0; j < 3; j++)
            for (int i = 0; i < 5; i++) {
                char text[3][96];
                double b = 1 / T[i], d = 1e-4 * b, e = 1e-5;
                for (int w = -1; w <= 1; w++)
                    snprintf(text[w + 1], sizeof text[0], "curie_weiss:%s,h=%.17g", options[k], h[j] + w * e);
                point p = at(text[1], T[i]), x = at(text[1], 1 / (b + d)), y = at(text[1], 1 / (b - d));
                CHECK_NEAR(p.u, ((b + d) * x.f - (b - d) * y.f) / (2 * d), 1e-6);
                CHECK_NEAR(p.c, -b * b * (x.u - y.u) / (2 * d), 1e-5);
                CHECK_NEAR(p.s, b * (p.u - p.f), 1e-13 * (1 + b));
                if (h[j] == 0) continue;
                point up = at(text[2], T[i]), down = at(text[0], T[i]);
                CHECK_NEAR(p.m, (down.f - up.f) / (2 * e), 1e-7);
                if (k < 2) CHECK_NEAR(p.chi, (up.m - down.m) / (2 * e), 1e-6);
            }
}

static void limits(void) {
    static const char *const texts[] = {
        "curie_weiss",        "curie_weiss:n=100", "curie_weiss:n=1",          "curie_weiss:J=-1,h=0.4",
        "curie_weiss:h=-0.2", "curie_weiss:J=0",   "curie_weiss:n=33,J=-2,h=1"};
    for (int k = 0; k < 7; k++) {
        point zero = at(texts[k], 0), hot = at(texts[k], INFINITY);
        CHECK_NEAR(zero.f, zero.u, 0);
        CHECK_NEAR(zero.c, 0, 0);
        CHECK(hot.f == -INFINITY, "%s: f = %g at T = ∞", texts[k], hot.f);
        CHECK_NEAR(hot.s, log(2), 1e-14);
        CHECK_NEAR(hot.m, 0, 1e-14);
        CHECK_NEAR(at(texts[k], 1e-4).f, zero.f, 1e-4);
        CHECK_NEAR(at(texts[k], 1e-4).s, zero.s, 1e-3);
        for (double T = 1e-3; T < 2e6; T *= 10) {
            point p = at(texts[k], T);
            CHECK(isfinite(p.u + p.f + p.s + p.c + p.m + p.abs_m + p.m2 + p.binder), "%s at T=%g", texts[k],
                  T);
            CHECK(p.chi >= 0, "%s at T=%g: chi = %g", texts[k], T, p.chi);
        }
    }
    CHECK_NEAR(at("curie_weiss:n=100", 0).u, -0.5, 1e-15);
    CHECK_NEAR(at("curie_weiss:n=100", 0).s, log(2) / 100, 1e-15);
    CHECK_NEAR(at("curie_weiss:J=-1,h=0.4", 0).m, 0.4, 1e-15);
    CHECK_NEAR(at("curie_weiss", 1 - 1e-12).m, sqrt(3e-12), 1e-9); /* m² → 3(1−T) */
    CHECK(at("curie_weiss", 1).chi == INFINITY, "chi at T = 1");
    temper_theory *theory;
    CHECK_FAILS(temper_theory_create(&theory, "curie_weiss:n=-1"), TEMPER_BAD_OPTION, "n=-1");
    CHECK_FAILS(temper_theory_create(&theory, "curie_weiss:n=1e9"), TEMPER_BAD_OPTION, "1000000");
}

int main(void) {
    RUN(infinite_size);
    RUN(finite_size);
    RUN(by_hand);
    RUN(identities);
    RUN(limits);
    return check_end();
}
