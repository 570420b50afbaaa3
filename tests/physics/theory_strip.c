/* Transfer-matrix strips against closed forms, against Kaufman and Onsager, and against enumeration of spins. */
#include "check.h"
#include "temper/temper.h"

typedef struct {
    double u, f, s, c, m, residual;
} point;

static point at(const char *text, double T) {
    point p = {NAN, NAN, NAN, NAN, NAN, NAN};
    temper_theory *theory;
    CHECK_OK(temper_theory_create(&theory, text));
    if (theory) CHECK_OK(temper_theory_at(theory, T, &p.u));
    temper_theory_free(theory);
    return p;
}

/* The infinite chain in a field: λ = e^K cosh b + √(e^{2K} sinh²b + e^{−2K}), m = sinh b/√(sinh²b + e^{−4K}), b = βh. */
static void chain(void) {
    for (double T = 0.3; T < 20; T *= 1.7)
        for (double h = 0; h < 2; h += 0.4)
            for (double J = -1.3; J < 2; J += 0.9) {
                char text[96];
                snprintf(text, sizeof text, "strip:dims=1x0,J=%.17g,h=%.17g", J, h);
                point p = at(text, T);
                double K = J / T, b = h / T, root = sqrt(exp(2 * K) * sinh(b) * sinh(b) + exp(-2 * K));
                CHECK_NEAR(p.f, -T * log(exp(K) * cosh(b) + root), 1e-12 * (1 + T));
                CHECK_NEAR(p.m, sinh(b) / sqrt(sinh(b) * sinh(b) + exp(-4 * K)), 1e-11);
            }
    /* Rings and chains of N without field: Z = (2 cosh K)^N (1 + t^N), Z = 2 (2 cosh K)^{N−1}. */
    for (int N = 2; N < 60; N += 7)
        for (double T = 0.4; T < 9; T *= 2.1) {
            char text[64];
            double K = 1 / T, t = tanh(K);
            snprintf(text, sizeof text, "strip:dims=%dx1", N);
            CHECK_NEAR(at(text, T).f, -T * (N * log(2 * cosh(K)) + log1p(pow(t, N))) / N, 1e-13 * (1 + T));
            snprintf(text, sizeof text, "strip:dims=1x%d,boundary=open", N);
            point p = at(text, T);
            CHECK_NEAR(p.f, -T * (log(2) + (N - 1) * log(2 * cosh(K))) / N, 1e-13 * (1 + T));
            CHECK_NEAR(p.u, -(N - 1) * t / N, 1e-13);
            CHECK_NEAR(p.c, (N - 1) * K * K * (1 - t * t) / N, 1e-12);
        }
}

static void equals_kaufman(void) {
    static const char *const dims[] = {"2x2", "2x7", "4x4", "3x5", "5x3", "6x6", "8x30", "10x10"};
    for (int k = 0; k < 8; k++)
        for (double T = 0.1; T < 50; T *= k < 6 ? 1.6 : 4) {
            char text[64];
            snprintf(text, sizeof text, "strip:dims=%s", dims[k]);
            point a = at(text, T);
            snprintf(text, sizeof text, "ising2d:dims=%s", dims[k]);
            point b = at(text, T);
            CHECK_NEAR(a.u, b.u, 1e-12);
            CHECK_NEAR(a.f, b.f, 1e-13 * (1 + T));
            CHECK_NEAR(a.s, b.s, 1e-12);
            CHECK_NEAR(a.c, b.c, 1e-11);
            CHECK_NEAR(a.m, 0, 1e-12);
        }
}

/* An endless torus of width L is the limit of long ones; then L → ∞ is Onsager's lattice. */
static void endless(void) {
    point strip = at("strip:dims=6x0", 2.5), torus = at("ising2d:dims=6x4000", 2.5);
    CHECK_NEAR(strip.f, torus.f, 1e-13);
    CHECK_NEAR(strip.u, torus.u, 1e-12);
    CHECK_NEAR(strip.c, torus.c, 1e-11);
    CHECK_NEAR(strip.residual, 0, 1e-13);
    CHECK_NEAR(at("strip:dims=0x8", 4).u, at("ising2d:dims=8x3000", 4).u, 1e-12);
    CHECK_NEAR(at("strip:dims=10x0", 1.9).f, at("ising2d:dims=10x100000", 1.9).f, 1e-12);
    /* Critical amplitude, c = ½ (Blöte, Cardy & Nightingale 1986): f(L) = f(∞) − πcT/(6L²) + O(L⁻⁴) */
    double Tc = 2 / log1p(sqrt(2)), amplitude = 0;
    amplitude = 144 * (at("ising2d", Tc).f - at("strip:dims=12x0", Tc).f) / Tc;
    CHECK_NEAR(amplitude, acos(-1) / 12, 4e-3);
}

/* Every configuration: fields, open and closed, either sign of J, doubled bonds. */
static void by_hand(void) {
    static const int sizes[][2] = {{1, 2}, {2, 2}, {1, 7}, {2, 5}, {3, 3}, {3, 4}, {1, 1}};
    for (int k = 0; k < 7 * 8; k++) {
        int L = sizes[k / 8][0], n = sizes[k / 8][1], N = L * n, open = k & 1;
        double J = k & 2 ? -0.8 : 1, h = k & 4 ? 0.35 : 0, T = 0.7 + 0.05 * k, Z = 0, E1 = 0, E2 = 0, m = 0;
        for (long s = 0; s < 1L << N; s++) {
            double E = 0;
            int M = 0;
            for (int x = 0; x < L; x++)
                for (int y = 0; y < n; y++) {
                    int a = s >> (x * n + y) & 1 ? 1 : -1;
                    M += a;
                    if (L > 1 && (!open || x + 1 < L)) E -= J * a * (s >> ((x + 1) % L * n + y) & 1 ? 1 : -1);
                    if (n > 1 && (!open || y + 1 < n)) E -= J * a * (s >> (x * n + (y + 1) % n) & 1 ? 1 : -1);
                }
            E -= h * M;
            double w = exp(-E / T);
            Z += w, E1 += w * E, E2 += w * E * E, m += w * M;
        }
        char text[96];
        snprintf(text, sizeof text, "strip:dims=%dx%d,J=%g,h=%g,boundary=%s", L, n, J, h,
                 open ? "open" : "periodic");
        point p = at(text, T);
        CHECK_NEAR(p.f, -T * log(Z) / N, 1e-12);
        CHECK_NEAR(p.u, E1 / Z / N, 1e-12);
        CHECK_NEAR(p.c, (E2 / Z - E1 / Z * E1 / Z) / (N * T * T), 1e-11);
        CHECK_NEAR(p.m, m / Z / N, 1e-12);
        CHECK_NEAR(p.s, (p.u - p.f) / T, 1e-12);
    }
}

static void limits(void) {
    /* An antiferromagnetic ring of 5 is frustrated: 10 ground states of energy −3; a 3 x 4 torus: every ring of 3 keeps one
     * broken bond. */
    point p = at("strip:dims=1x5,J=-1", 0);
    CHECK_NEAR(p.u, -3.0 / 5, 1e-15);
    CHECK_NEAR(p.s, log(10) / 5, 1e-14);
    for (double T = 1e-3; T < 2e-2; T *= 2) {
        CHECK_NEAR(at("strip:dims=1x5,J=-1", T).s, log(10) / 5, 1e-14);
        CHECK_NEAR(at("strip:dims=3x4,J=-1", T).u, at("strip:dims=3x4,J=-1", 0).u, 1e-13);
        CHECK_NEAR(at("strip:dims=3x4,J=-1", T).s, at("strip:dims=3x4,J=-1", 0).s, 1e-13);
    }
    for (double J = -0.1; J > -1;
         J -= 0.1) { /* ground energies that are equal up to rounding still count as equal */
        char text[64];
        snprintf(text, sizeof text, "strip:dims=3x5,J=%.17g", J);
        CHECK_NEAR(at(text, 0).s, at("strip:dims=3x5,J=-1", 0).s, 1e-13);
    }
    static const char *const texts[] = {"strip", "strip:dims=4x6,h=0.1", "strip:dims=5x0,h=-0.2,J=-1",
                                        "strip:dims=3x1000,boundary=open", "strip:dims=1x0"};
    for (int k = 0; k < 5; k++) {
        p = at(texts[k], INFINITY);
        CHECK_NEAR(p.s, log(2), 1e-13);
        CHECK_NEAR(p.u, 0, 1e-13);
        CHECK(p.f == -INFINITY, "f = %g", p.f);
        point zero = at(texts[k], 0);
        CHECK_NEAR(zero.f, zero.u, 0);
        CHECK_NEAR(at(texts[k], 1e-3).u, zero.u, 1e-12);
        for (double T = 1e-3; T < 2e6; T *= 100) {
            p = at(texts[k], T);
            CHECK(isfinite(p.u + p.f + p.s + p.c + p.m), "%s at T=%g", texts[k], T);
        }
    }
    CHECK_NEAR(at("strip:dims=4x6,h=0.1", 0).m, 1, 0);
    CHECK_NEAR(at("strip:dims=4x6,h=0.1", 0).u, -2.1, 1e-14);
    temper_theory *theory;
    CHECK_FAILS(temper_theory_create(&theory, "strip:dims=13x13"), TEMPER_BAD_OPTION, "1 … 12");
    CHECK_FAILS(temper_theory_create(&theory, "strip:dims=15x0"), TEMPER_BAD_OPTION, "1 … 14");
    CHECK_FAILS(temper_theory_create(&theory, "strip:dims=0x0"), TEMPER_BAD_OPTION, "width 0");
    CHECK_FAILS(temper_theory_create(&theory, "strip:dims=8"), TEMPER_BAD_OPTION, "a ring is 1x100");
}

static void threads(void) {
    point p[3];
    for (int n = 1; n <= 3; n++) {
        CHECK_OK(temper_threads(n));
        p[n - 1] = at("strip:dims=7x9,h=0.2", 1.9);
    }
    CHECK(!memcmp(&p[0], &p[1], sizeof *p) && !memcmp(&p[0], &p[2], sizeof *p),
          "differs between 1, 2, 3 threads");
    CHECK_OK(temper_threads(0));
}

int main(void) {
    RUN(chain);
    RUN(equals_kaufman);
    RUN(endless);
    RUN(by_hand);
    RUN(limits);
    RUN(threads);
    return check_end();
}
