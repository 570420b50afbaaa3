/* The density of states of the Ising torus against reference/theory.md section 3, and as a second way to Kaufman. */
#include "check.h"
#include <stdlib.h>
#include "base/sha256.h"
#include "temper/density.h"
#include "temper/temper.h"

static char *text_of(int n, int m) {
    char *text;
    CHECK_OK(temper_density_text(n, m, &text));
    return text;
}

/* g(E) as written in the text, or NULL. */
static const char *count_of(const char *text, int E) {
    static char g[600];
    for (const char *line = text; line && *line; line = strchr(line, '\n') + 1)
        if (atoi(line) == E) {
            sscanf(line, "%*d %599s", g);
            return g;
        }
    return "0";
}

static void fingerprints(void) {
    static const char *const hash[] = {"d956d6b22fe6bb39807b797355832e71eea801b1e6442598b2e5e55d6b0e8b36",
                                       "d3d432f1e4add6c85e205b0506e4cbfdd2901a775dd18d52e9ccb8aedb90a6d4",
                                       "acf318440f6ee2149187d91142210a37294adcc6618e2142166021b6b08311cc"};
    for (int k = 0; k < 3; k++) {
        char *text = text_of(8 << k, 8 << k), hex[65];
        if (!text) return;
        temper_sha256 sha;
        temper_sha256_begin(&sha);
        temper_sha256_add(&sha, text, strlen(text));
        temper_sha256_end(&sha, hex);
        CHECK(!strcmp(hex, hash[k]), "L = %d: %s", 8 << k, hex);
        temper_free(text);
    }
}

static void small_tables(void) {
    char *text = text_of(4, 4);
    if (!text) return;
    CHECK(
        !strcmp(
            text,
            "-32 2\n-24 32\n-20 64\n-16 424\n-12 1728\n-8 6688\n-4 13568\n0 20524\n4 13568\n8 6688\n12 1728\n"
            "16 424\n20 64\n24 32\n32 2\n"),
        "L = 4:\n%s", text);
    temper_free(text);
    static const char *const g8[] = {"2",      "0",      "128",     "256",      "4672",     "17920",
                                     "145408", "712960", "4274576", "22128384", "118551552"};
    text = text_of(8, 8);
    for (int k = 0; text && k < 11; k++)
        CHECK(!strcmp(count_of(text, -128 + 4 * k), g8[k]), "g(%d) = %s", -128 + 4 * k,
              count_of(text, -128 + 4 * k));
    CHECK(!strcmp(count_of(text, 0), "2627978003957146636"), "g(0) = %s", count_of(text, 0));
    temper_free(text);
    text = text_of(16, 16);
    CHECK(!strcmp(count_of(text, 0),
                  "8186145443716474251462714767435608722044199998728667180196474843673635359372"),
          "g(0) = %s", count_of(text, 0));
    temper_free(text);
}

static void rectangles(void) { /* by counting, also with one odd extent and with doubled bonds */
    static const int sizes[][2] = {{2, 2}, {2, 3}, {3, 2}, {2, 5}, {4, 3}, {3, 4}, {6, 2}, {2, 8}, {5, 2}};
    for (int k = 0; k < 9; k++) {
        int n = sizes[k][0], m = sizes[k][1], N = n * m;
        long g[65] = {0};
        for (long s = 0; s < 1L << N; s++) {
            int E = 0;
            for (int i = 0; i < n; i++)
                for (int j = 0; j < m; j++) {
                    int a = s >> (i * m + j) & 1;
                    E += 2 * (a ^ (s >> ((i + 1) % n * m + j) & 1)) +
                         2 * (a ^ (s >> (i * m + (j + 1) % m) & 1)) - 2;
                }
            g[(E + 2 * N) / 2]++;
        }
        char *text = text_of(n, m), want[32];
        for (int i = 0; text && i <= 2 * N; i++) {
            snprintf(want, sizeof want, "%ld", g[i]);
            CHECK(!strcmp(count_of(text, 2 * i - 2 * N), want), "%dx%d: g(%d) = %s, want %s", n, m,
                  2 * i - 2 * N, count_of(text, 2 * i - 2 * N), want);
        }
        temper_free(text);
    }
}

static void equals_kaufman(void) {
    static const char *const dims[] = {"4x4", "8x8", "16x16", "32x32", "6x7", "7x6", "2x20", "3x300"};
    for (int k = 0; k < 8; k++) {
        char text[64];
        temper_theory *counted, *product;
        snprintf(text, sizeof text, "density:dims=%s", dims[k]);
        CHECK_OK(temper_theory_create(&counted, text));
        snprintf(text, sizeof text, "ising2d:dims=%s", dims[k]);
        CHECK_OK(temper_theory_create(&product, text));
        for (double T = 0.05; T < 100 && counted && product; T *= 1.3) {
            double x[4], y[5];
            CHECK_OK(temper_theory_at(counted, T, x));
            CHECK_OK(temper_theory_at(product, T, y));
            CHECK_NEAR(x[0], y[0], 1e-12);
            CHECK_NEAR(x[1], y[1], 1e-13 * (1 + T));
            CHECK_NEAR(x[2], y[2], 1e-12);
            CHECK_NEAR(x[3], y[3], 1e-11);
        }
        double x[4];
        CHECK_OK(temper_theory_at(counted, 0, x));
        CHECK_NEAR(x[0], -2, 0);
        CHECK_NEAR(x[1], -2, 0);
        CHECK_OK(temper_theory_at(counted, INFINITY, x)); /* Σ g = 2^N */
        CHECK_NEAR(x[2], log(2), 1e-14);
        CHECK_NEAR(x[0], 0, 1e-13);
        temper_theory_free(counted);
        temper_theory_free(product);
    }
}

static void threads(void) {
    char *one, *three;
    CHECK_OK(temper_threads(1));
    one = text_of(12, 10);
    CHECK_OK(temper_threads(3));
    three = text_of(12, 10);
    CHECK(one && three && !strcmp(one, three), "differs between 1 and 3 threads");
    CHECK_OK(temper_threads(0));
    temper_free(one);
    temper_free(three);
}

static void refusals(void) {
    char *text;
    CHECK_FAILS(temper_density_text(3, 5, &text), TEMPER_BAD_OPTION, "one of them even");
    CHECK_FAILS(temper_density_text(1, 4, &text), TEMPER_BAD_OPTION, "1x4");
    CHECK_FAILS(temper_density_text(64, 64, &text), TEMPER_BAD_OPTION, "1024 sites");
    CHECK_FAILS(temper_density_text(INT64_MAX, 2, &text), TEMPER_BAD_OPTION, "1024 sites");
    CHECK_FAILS(temper_density_text(-2, -2, &text), TEMPER_BAD_OPTION, "density");
    temper_theory *theory;
    CHECK_FAILS(temper_theory_create(&theory, "density:dims=4"), TEMPER_BAD_OPTION, "1 extents");
}

int main(void) {
    RUN(fingerprints);
    RUN(small_tables);
    RUN(rectangles);
    RUN(equals_kaufman);
    RUN(threads);
    RUN(refusals);
    return check_end();
}
