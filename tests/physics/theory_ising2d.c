/* Onsager, Yang and Kaufman against the tables of reference/theory.md section 3 (computed there with 50 digits) and
 * reference/spins.md 7.1, against identities, and on small tori against plain enumeration written here. */
#include "check.h"
#include <stdlib.h>
#include "temper/temper.h"

static const double Kc = 0.44068679350977151262; /* ½ ln(1 + √2) */

typedef struct {
    double u, f, s, c, m;
} point;

static point at(const char *text, double T) {
    point p = {NAN, NAN, NAN, NAN, NAN};
    temper_theory *theory;
    CHECK_OK(temper_theory_create(&theory, text));
    if (theory) CHECK_OK(temper_theory_at(theory, T, &p.u));
    temper_theory_free(theory);
    return p;
}

static double log_z(const char *text, double K) { return -K * at(text, 1 / K).f; }

static void infinite_lattice(void) { /* theory.md, first table of section 3 */
    static const double table[][5] = {
        {0.2, 0.73453081227633, -0.42822883324035, 0.0976521775885, 0},
        {0.3, 0.79055907095126, -0.70449907083245, 0.286290202872, 0},
        {0.4, 0.87936382077495, -1.1060792037458, 0.861698356831, 0},
        {0.45, 0.94338377309879, -1.5130458059983, 1.60795293764, 0.74932261253238},
        {0.5, 1.0257928126949, -1.7455645753126, 0.724871448602, 0.9113193778775},
        {0.6, 1.2101323882884, -1.9090861776841, 0.313445358126, 0.9736086674403}};
    for (int i = 0; i < 6; i++) {
        const double *row = table[i];
        point p = at("ising2d", 1 / row[0]);
        CHECK_NEAR(log_z("ising2d", row[0]), row[1], row[0] > 0.45 ? 6e-14 : 6e-15);
        CHECK_NEAR(p.u, row[2], 6e-14);
        CHECK_NEAR(p.c, row[3], 6e-12);
        CHECK_NEAR(p.m, row[4], 6e-14);
    }
    point p = at("ising2d", 1 / Kc);
    CHECK_NEAR(log_z("ising2d", Kc), 0.92969539834161, 6e-15); /* = 2G/π + ½ ln 2 */
    CHECK_NEAR(p.u, -sqrt(2), 1e-13);
    CHECK(p.c > 15, "c = %g at T_c", p.c); /* logarithmically infinite */
    CHECK_NEAR(p.m, 0, 0);
    CHECK_NEAR(at("ising2d", 1.8).u, -1.859304, 6e-7); /* spins.md 7.1 */
    CHECK_NEAR(at("ising2d", 1.8).m, 0.95686, 6e-6);
    CHECK_NEAR(at("ising2d", 2.1).u, -1.662082, 6e-7);
    CHECK_NEAR(at("ising2d", 2.1).m, 0.86875, 6e-6);
    CHECK_NEAR(at("ising2d", 2.5).u, -1.106079, 6e-7);
}

static void torus_tables(void) {
    static const struct {
        int L;
        double K, log_z, u, c;
    } row[] = {/* theory.md, second table of section 3 */
               {4, 0.4, 0.91006831399025, -1.3791164822593, 0.81251522944},
               {4, Kc, 0.97011971617221, -1.5656237876383, 0.783266825929},
               {4, 0.5, 1.0690854449207, -1.7553802887774, 0.60553265721},
               {8, 0.4, 0.88436544938165, -1.2223206432509, 1.10047588936},
               {8, Kc, 0.93971532482921, -1.4915891074397, 1.14555923989},
               {16, 0.4, 0.87980018264014, -1.1313179844107, 1.06497688285},
               {16, Kc, 0.93219631498099, -1.4530648528135, 1.4987049594},
               {16, 0.5, 1.0285008220079, -1.7455306689909, 0.725508767737},
               {32, 0.4, 0.87937334742494, -1.1072916609775, 0.885812501066},
               {32, Kc, 0.93032039018412, -1.4336584661462, 1.84676759004},
               {32, 0.5, 1.0264697144673, -1.7455645270346, 0.724873978199},
               {64, Kc, 0.92985163169429, -1.4239383898330, 2.19221139314},
               {64, 0.5, 1.0259620380808, -1.7455645753125, 0.724871448605},
               {128, Kc, 0.92973445577019, -1.4190762720850, 2.53633133511}};
    char text[64];
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        snprintf(text, sizeof text, "ising2d:dims=%dx%d", row[i].L, row[i].L);
        point p = at(text, 1 / row[i].K);
        CHECK_NEAR(log_z(text, row[i].K), row[i].log_z, 6e-14);
        CHECK_NEAR(p.u, row[i].u, 1e-13);
        CHECK_NEAR(p.c, row[i].c, 6e-12);
        CHECK(isnan(p.m), "m = %g on a torus", p.m);
    }
    static const struct { /* spins.md 7.1; systems.md 4 */
        int L;
        double T, u;
    } low[] = {{16, 1.5, -1.95111657},  {32, 1.5, -1.95111657},      {64, 1.5, -1.95111657},
               {128, 1.5, -1.95111657}, {16, 2.0, -1.74553067},      {32, 2.0, -1.74556453},
               {64, 2.0, -1.74556458},  {128, 2.0, -1.74556458},     {16, 2.5, -1.13131798},
               {32, 2.5, -1.10729166},  {64, 2.5, -1.10608299},      {128, 2.5, -1.10607920},
               {16, 4.0, -0.55727283},  {32, 4.0, -0.55727224},      {64, 4.0, -0.55727224},
               {32, 3.0, -0.817310},    {256, 1 / Kc, -1.416644954}, {512, 1 / Kc, -1.415429263}};
    for (size_t i = 0; i < sizeof low / sizeof *low; i++) {
        snprintf(text, sizeof text, "ising2d:dims=%dx%d", low[i].L, low[i].L);
        CHECK_NEAR(at(text, low[i].T).u, low[i].u, low[i].T == 3 ? 6e-7 : 6e-9);
    }
    /* Kaufman's formula with 60 digits (mpmath). spins.md prints 2.879782 and 3.222892: its second differences lost
     * digits, which the halving of c(2L) − c(L) − 0.342788 with each doubling of L shows too. */
    CHECK_NEAR(at("ising2d:dims=256x256", 1 / Kc).c, 2.8797862552025, 1e-10);
    CHECK_NEAR(at("ising2d:dims=512x512", 1 / Kc).c, 3.2229079544931, 1e-10);
    CHECK_NEAR(log_z("ising2d:dims=256x256", Kc), 0.929705163, 6e-10);
    CHECK_NEAR(log_z("ising2d:dims=512x512", Kc), 0.929697839, 6e-10);
    CHECK_NEAR(16 * log_z("ising2d:dims=4x4", 0.4), 14.561093, 6e-7); /* systems.md 4 */
}

/* γ_0 taken positive above T_c would give −1.0829 (systems.md 4): the sum below knows nothing of γ. */
static void small_tori(void) {
    static const int sizes[][2] = {{2, 2}, {2, 3}, {3, 2}, {3, 3}, {2, 5},
                                   {5, 3}, {3, 4}, {4, 3}, {2, 8}, {4, 4}};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        int n = sizes[k][0], m = sizes[k][1], N = n * m;
        char text[64];
        snprintf(text, sizeof text, "ising2d:dims=%dx%d", n, m);
        for (double K = 0.1; K < 1; K += 0.17) {
            long double Z = 0, E1 = 0, E2 = 0; /* the weights span many decades */
            for (long s = 0; s < 1L << N; s++) {
                int E = 0;
                for (int i = 0; i < n; i++)
                    for (int j = 0; j < m; j++) {
                        int a = s >> (i * m + j) & 1;
                        E += 2 * (a ^ (s >> ((i + 1) % n * m + j) & 1)) +
                             2 * (a ^ (s >> (i * m + (j + 1) % m) & 1)) - 2;
                    }
                long double w = expl(-(long double)K * E);
                Z += w, E1 += w * E, E2 += w * E * E;
            }
            E1 /= Z, E2 /= Z;
            point p = at(text, 1 / K);
            CHECK_NEAR(log_z(text, K), (double)logl(Z) / N, 1e-14);
            CHECK_NEAR(p.u, (double)E1 / N, 1e-13);
            CHECK_NEAR(p.c, K * K * (double)(E2 - E1 * E1) / N, 1e-12);
        }
    }
}

static void transposed_tori(void) {
    for (double T = 0.5; T < 6; T += 0.5) {
        point a = at("ising2d:dims=7x30", T), b = at("ising2d:dims=30x7", T);
        CHECK_NEAR(a.f, b.f, 1e-13);
        CHECK_NEAR(a.u, b.u, 1e-12);
        CHECK_NEAR(a.c, b.c, 1e-11);
    }
}

/* u = ∂(βf)/∂β, c = −β² ∂u/∂β, s = β(u − f), on both sides of every change of formula. */
static void identities(void) {
    static const char *const texts[] = {"ising2d",           "ising2d:J=2.5",      "ising2d:J=-1",
                                        "ising2d:dims=9x14", "ising2d:dims=64x64", "ising2d:dims=6x8,J=-0.7"};
    static const double T[] = {0.45, 0.52, 0.8, 1.7, 2.2, 2.4, 5, 20, 49, 51, 300};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
        for (size_t i = 0; i < sizeof T / sizeof *T; i++) {
            double b = 1 / T[i], d = 2e-4 * b, u[2] = {0, 0}, du[2] = {0, 0};
            point p = at(texts[k], T[i]);
            for (int j = 1; j <= 2; j++) { /* Richardson: error d⁴ */
                point x = at(texts[k], 1 / (b + j * d)), y = at(texts[k], 1 / (b - j * d));
                u[j - 1] = ((b + j * d) * x.f - (b - j * d) * y.f) / (2 * j * d);
                du[j - 1] = (x.u - y.u) / (2 * j * d);
            }
            CHECK_NEAR(p.u, (4 * u[0] - u[1]) / 3, 1e-8);
            CHECK_NEAR(p.c, -b * b * (4 * du[0] - du[1]) / 3, 1e-8);
            CHECK_NEAR(p.s, b * (p.u - p.f), 1e-12 + 1e-14 * b);
        }
}

static void
series_meet_closed_forms(void) { /* on either side of the thresholds t = 0.02 and e^{−2K} = 0.02 */
    double hot = atanh(0.02), cold = -log(0.02) / 2;
    for (int k = 0; k < 2; k++) {
        double K = k ? cold : hot, d = 1e-9 * K;
        point a = at("ising2d", 1 / (K - d)), b = at("ising2d", 1 / (K + d)), middle = at("ising2d", 1 / K);
        CHECK_NEAR(a.u - b.u, 2 * d * middle.c / (K * K), 1e-13);
        CHECK_NEAR(a.c, b.c, 1e-7 * middle.c);
        CHECK_NEAR(a.m, b.m, 1e-11);
        CHECK_NEAR((K - d) * a.f - (K + d) * b.f, -2 * d * middle.u, 1e-13);
    }
}

static void limits(void) {
    static const char *const texts[] = {"ising2d", "ising2d:dims=2x2", "ising2d:dims=32x32",
                                        "ising2d:dims=3x1001"};
    for (int k = 0; k < 4; k++) {
        double N = k == 0 ? INFINITY : k == 1 ? 4 : k == 2 ? 1024 : 3003;
        point p = at(texts[k], 0);
        CHECK_NEAR(p.u, -2, 0);
        CHECK_NEAR(p.f, -2, 0);
        CHECK_NEAR(p.s, log(2) / N, 1e-17);
        CHECK_NEAR(p.c, 0, 0);
        p = at(texts[k], INFINITY);
        CHECK_NEAR(p.u, 0, 0);
        CHECK(p.f == -INFINITY, "f = %g at T = ∞", p.f);
        CHECK_NEAR(p.s, log(2), 0);
        CHECK_NEAR(p.c, 0, 0);
        for (double T = 1e-3; T < 2e6; T *= 10) {
            p = at(texts[k], T);
            CHECK(isfinite(p.u) && isfinite(p.f) && isfinite(p.s) && isfinite(p.c), "%s at T=%g", texts[k],
                  T);
            CHECK(p.s >= 0 && p.s <= log(2) + 1e-15 && p.c >= 0, "%s at T=%g: s=%g c=%g", texts[k], T, p.s,
                  p.c);
        }
        p = at(texts[k], 1e-300);
        CHECK_NEAR(p.u, -2, 0);
        p = at(texts[k], 1e300);
        CHECK_NEAR(p.u, 0, 1e-290);
        p = at(texts[k], 0.05); /* one flipped spin costs 8: N of them, e^{−160}; on 2x2 as well */
        CHECK_NEAR(p.u, -2, 1e-15);
        CHECK_NEAR(p.s, log(2) / N, 1e-15);
    }
    point p = at("ising2d:dims=32x32", 1e5); /* u = −2 tanh K + O(K³), c = 2K² */
    CHECK_NEAR(p.u / -2e-5, 1, 1e-9);
    CHECK_NEAR(p.c / 2e-10, 1, 1e-8);
    p = at("ising2d", 1e5);
    CHECK_NEAR(p.u / -2e-5, 1, 1e-9);
    CHECK_NEAR(p.c / 2e-10, 1, 1e-8);
    p = at("ising2d:dims=3x3,J=0", 2);
    CHECK_NEAR(p.f, -2 * log(2), 1e-15);
}

static void refusals(void) {
    temper_theory *theory;
    CHECK_FAILS(temper_theory_create(&theory, "ising2d:dims=32"), TEMPER_BAD_OPTION, "2, as in 32x32");
    CHECK_FAILS(temper_theory_create(&theory, "ising2d:dims=1x4"), TEMPER_BAD_OPTION, "dims=1x4");
    CHECK_FAILS(temper_theory_create(&theory, "ising2d:dims=0x4"), TEMPER_BAD_OPTION, "dims=0x4");
    CHECK_FAILS(temper_theory_create(&theory, "ising2d:dims=3x4,J=-1"), TEMPER_BAD_OPTION, "odd extent");
    CHECK_FAILS(temper_theory_create(&theory, "ising2d:dims=-3x4"), TEMPER_BAD_OPTION, "dims");
    CHECK_OK(temper_theory_create(&theory, "ising2d"));
    double values[5];
    CHECK_FAILS(temper_theory_at(theory, NAN, values), TEMPER_BAD_OPTION, "temperature");
    CHECK_FAILS(temper_theory_at(theory, -1, values), TEMPER_BAD_OPTION, "temperature");
    temper_theory_free(theory);
}

int main(void) {
    RUN(infinite_lattice);
    RUN(torus_tables);
    RUN(small_tori);
    RUN(transposed_tori);
    RUN(identities);
    RUN(series_meet_closed_forms);
    RUN(limits);
    RUN(refusals);
    return check_end();
}
