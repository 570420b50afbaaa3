/* The replica-symmetric SK model against reference/theory.md section 4, and against identities. */
#include "check.h"
#include "temper/temper.h"

typedef struct {
    double u, f, s, c, m, q, replicon, h_AT;
} point;

static point at(const char *text, double T) {
    point p = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    temper_theory *theory;
    CHECK_OK(temper_theory_create(&theory, text));
    if (theory) CHECK_OK(temper_theory_at(theory, T, &p.u));
    temper_theory_free(theory);
    return p;
}

static void zero_field(void) {
    static const double table[][6] = {
        {0.05, 0.9593120812, -0.7905982838, -0.7972033083, -0.1321004902, -9.85716552},
        {0.1, 0.9170513120, -0.7846934624, -0.7950844562, -0.1039099379, -4.54485449},
        {0.2, 0.8279746738, -0.7772412549, -0.7861448490, -0.0445179703, -1.90042095},
        {0.3, 0.7332828279, -0.7758943936, -0.7704938239, 0.0180018991, -1.03099575},
        {0.4, 0.6337537972, -0.7809042114, -0.7479451556, 0.0823976394, -0.60697497},
        {0.5, 0.5303683921, -0.7923929451, -0.7187093687, 0.1473671528, -0.36267334},
        {0.8, 0.2089370090, -0.8651272700, -0.5977158289, 0.3342643014, -0.04819465},
        {0.9, 0.1027012482, -0.9014120116, -0.5496958076, 0.3907957823, -0.01227624}};
    for (int i = 0; i < 8; i++) {
        const double *row = table[i];
        point p = at("sk", row[0]);
        CHECK_NEAR(p.q, row[1], 6e-11);
        CHECK_NEAR(p.f, row[2], 6e-11);
        CHECK_NEAR(p.u, row[3], 6e-11);
        CHECK_NEAR(p.s, row[4], 6e-11);
        CHECK_NEAR(p.replicon, row[5], 6e-9);
        CHECK_NEAR(p.m, 0, 0);
    }
    for (double T = 1; T < 1e7;
         T *= 3) { /* q = 0: f = −β/4 − T ln 2, u = −β/2, s = ln 2 − β²/4, λ = 1 − β² */
        point p = at("sk", T);
        CHECK_NEAR(p.q, 0, 1e-13);
        CHECK_NEAR(p.f, -1 / (4 * T) - T * log(2), 1e-15 * T);
        CHECK_NEAR(p.u, -1 / (2 * T), 1e-15);
        CHECK_NEAR(p.s, log(2) - 1 / (4 * T * T), 1e-15);
        CHECK_NEAR(p.replicon, 1 - 1 / (T * T), 1e-13);
        if (T > 1) CHECK_NEAR(p.c, 1 / (2 * T * T), 1e-13);
    }
}

static void in_a_field(void) {
    static const struct {
        const char *text;
        double T, q, m, f;
    } row[] = {{"sk:h=0.5", 1, 0.3025129643, 0.3829036624, -1.0469778754},
               {"sk:h=1", 0.5, 0.7590650857, 0.6933446748, -1.1870940541},
               {"sk:h=0.3", 0.8, 0.3162757889, 0.2674443064, -0.9070604732},
               {"sk:J0=1.5", 1, 0.4630920424, 0.5567058592, -0.9733295417},
               {"sk:J0=1.5", 0.5, 0.7832206960, 0.7325073277, -0.8551126349}};
    for (int i = 0; i < 5; i++) {
        point p = at(row[i].text, row[i].T);
        CHECK_NEAR(p.q, row[i].q, 6e-11);
        CHECK_NEAR(p.m, row[i].m, 6e-11);
        CHECK_NEAR(p.f, row[i].f, 6e-11);
    }
    CHECK_NEAR(at("sk:h=0.5", 1).replicon, 0.4465871, 6e-8);
    point up = at("sk:h=0.5,J0=0.3", 0.7), down = at("sk:h=-0.5,J0=0.3", 0.7);
    CHECK_NEAR(up.m, -down.m, 0);
    CHECK_NEAR(up.f, down.f, 0);
    point nishimori = at("sk:J0=2", 0.5); /* β = J0: q = m and u = −J0/2 */
    CHECK_NEAR(nishimori.q, 0.9165110110, 6e-11);
    CHECK_NEAR(nishimori.m, 0.9165110110, 6e-11);
    CHECK_NEAR(nishimori.u, -1, 1e-12);
    for (double J0 = 1.1; J0 < 4; J0 += 0.37) {
        char text[32];
        snprintf(text, sizeof text, "sk:J0=%.17g", J0);
        point p = at(text, 1 / J0);
        CHECK_NEAR(p.q, p.m, 1e-9);
        CHECK_NEAR(p.u, -J0 / 2, 1e-9);
    }
}

static void almeida_thouless(void) {
    static const double h[9] = {1.820656467, 1.381861815, 1.060136315, 0.794514917, 0.569933830,
                                0.382662164, 0.232031929, 0.117580655, 0.038769262};
    char text[64];
    for (int i = 0; i < 9; i++) {
        double T = 0.1 * (i + 1), h_AT = at("sk", T).h_AT;
        CHECK_NEAR(h_AT, h[i], 6e-10);
        snprintf(text, sizeof text, "sk:h=%.17g", h_AT);
        CHECK_NEAR(at(text, T).replicon, 0, 1e-11);
        snprintf(text, sizeof text, "sk:h=%.17g,J0=0.4", at("sk:J0=0.4", T).h_AT);
        CHECK_NEAR(at(text, T).replicon, 0, 1e-11);
    }
    for (int k = 2; k < 9; k++) { /* √(4/3) (1−T)^{3/2} as T → 1, across the change of method at 1e-6 */
        double d = pow(10, -k);
        CHECK_NEAR(at("sk", 1 - d).h_AT / (sqrt(4.0 / 3) * pow(d, 1.5)), 1,
                   2 * d + 1e-3 * (k == 6) + 1e-5 * (k == 5));
    }
    CHECK(at("sk", 0).h_AT == INFINITY, "h_AT at T = 0");
    CHECK_NEAR(at("sk", 1).h_AT, 0, 0);
}

/* u = ∂(βf)/∂β, c = −β² ∂u/∂β, m = −∂f/∂h, s = β(u − f). */
static void identities(void) {
    static const char *const options[] = {"J0=0,J=1", "J0=1.5,J=1", "J0=0.7,J=1", "J0=-0.8,J=1",
                                          "J0=1,J=2.5"};
    static const double T[] = {0.02, 0.1, 0.35, 0.77, 1.3, 4}, h[] = {0, 0.2, 1.1};
    for (int k = 0; k < 5; k++)
        for (int j = 0; j < 3; j++)
            for (int i = 0; i < 6; i++) {
                char text[3][96];
                double b = 1 / T[i], d = 1e-4 * b, e = 1e-4;
                for (int w = -1; w <= 1; w++)
                    snprintf(text[w + 1], sizeof text[0], "sk:%s,h=%.17g", options[k], h[j] + w * e);
                point p = at(text[1], T[i]), x = at(text[1], 1 / (b + d)), y = at(text[1], 1 / (b - d));
                CHECK_NEAR(p.u, ((b + d) * x.f - (b - d) * y.f) / (2 * d), 1e-7);
                CHECK_NEAR(p.c, -b * b * (x.u - y.u) / (2 * d), 1e-6);
                CHECK_NEAR(p.s, b * (p.u - p.f), 1e-12 * b);
                if (h[j] > 0) CHECK_NEAR(p.m, (at(text[0], T[i]).f - at(text[2], T[i]).f) / (2 * e), 1e-7);
            }
}

static void limits(void) {
    point p = at("sk", 0);
    CHECK_NEAR(p.f, -sqrt(2 / acos(-1)), 1e-15);
    CHECK_NEAR(p.u, -sqrt(2 / acos(-1)), 1e-15);
    CHECK_NEAR(p.s, -1 / (2 * acos(-1)), 1e-15);
    CHECK_NEAR(p.q, 1, 0);
    static const char *const texts[] = {"sk", "sk:h=0.3", "sk:J0=1.7", "sk:J0=-1,h=0.5", "sk:h=1e6"};
    for (int k = 0; k < 5; k++) {
        point zero = at(texts[k], 0), cold = at(texts[k], 1e-6), colder = at(texts[k], 1e-13);
        CHECK_NEAR(cold.f, zero.f, 1e-6);
        CHECK_NEAR(cold.u, zero.u, 1e-9 * (1 + fabs(zero.u)));
        CHECK_NEAR(cold.s, zero.s, 1e-5);
        CHECK_NEAR(cold.m, zero.m, 1e-6);
        CHECK_NEAR(cold.c, 0, 1e-5);
        CHECK_NEAR(colder.f, zero.f, 1e-12);
        p = at(texts[k], INFINITY);
        CHECK_NEAR(p.u, 0, 0);
        CHECK_NEAR(p.s, log(2), 0);
        CHECK(p.f == -INFINITY, "f = %g", p.f);
        for (double T = 1e-3; T < 2e6; T *= 10) {
            p = at(texts[k], T);
            CHECK(isfinite(p.u + p.f + p.s + p.c + p.m + p.q + p.replicon + p.h_AT), "%s at T=%g", texts[k],
                  T);
        }
    }
}

int main(void) {
    RUN(zero_field);
    RUN(in_a_field);
    RUN(almeida_thouless);
    RUN(identities);
    RUN(limits);
    return check_end();
}
