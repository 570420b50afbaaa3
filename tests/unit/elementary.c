/* The project's own elementary functions against long double libm (64 bits of mantissa on x86-64).
 * `unit_elementary 10000000` measures the numbers that the header states. */
#include <float.h>
#include <stdint.h>
#include <stdlib.h>
#include "base/elementary.h"
#include "check.h"
#include "temper/stream.h"

static int64_t points = 1000000;
static const temper_stream stream = {20240607, 0};

/* Distance in units of the last place of a double near `truth`. */
static double ulps(double value, long double truth) {
    int e;
    if (isnan(truth)) return isnan(value) ? 0 : INFINITY;
    if (fabsl(truth) > (long double)DBL_MAX) return isinf(value) && (value > 0) == (truth > 0) ? 0 : INFINITY;
    frexpl(truth, &e);
    return (double)(fabsl(value - truth) / ldexpl(1, e < -1021 ? -1074 : e - 53));
}

/* Point i: half spread evenly over [low, high], half over all magnitudes from 2^-60 on. */
static double point(int64_t i, double low, double high) {
    double u = temper_uniform(stream, TEMPER_FOR_TESTS, 0, i),
           v = temper_uniform(stream, TEMPER_FOR_TESTS, 1, i);
    if (i & 1) return low + (high - low) * u;
    double side = low < 0 && v < 0.5 ? low : high;
    return side * exp2(-60 * u);
}

static void compare(const char *name, double f(double), long double truth(long double), double low,
                    double high, double most) {
    double worst = 0, where = 0;
    for (int64_t i = 0; i < points; i++) {
        double x = point(i, low, high), error = ulps(f(x), truth(x));
        if (error > worst) worst = error, where = x;
    }
    printf("  %-6s on [%g, %g]: %.3f ulp at %a\n", name, low, high, worst, where);
    CHECK(worst <= most, "%s(%a): %.3f ulp", name, where, worst);
}

static void exponentials(void) {
    compare("exp", temper_exp, expl, -746, 710, 0.8);
    compare("exp", temper_exp, expl, -1, 1, 0.63);
    compare("expm1", temper_expm1, expm1l, -45, 710, 1.1);
    compare("expm1", temper_expm1, expm1l, -2, 2, 1.0);
}

static void logarithms(void) {
    compare("log", temper_log, logl, 0, DBL_MAX, 0.9);
    compare("log", temper_log, logl, 0, 2, 0.9);
    compare("log", temper_log, logl, 0.5, 1.5, 0.9);
    compare("log", temper_log, logl, 0, 0x1p-1000, 0.9); /* with subnormal numbers */
    compare("log1p", temper_log1p, log1pl, -1 + 0x1p-53, 2, 0.9);
    compare("log1p", temper_log1p, log1pl, 0, 1e18, 0.9);
}

static void hyperbolic_tangent(void) {
    compare("tanh", temper_tanh, tanhl, -2, 2, 1.1);
    compare("tanh", temper_tanh, tanhl, -23, 23, 1.1);
}

static void error_function(void) {
    compare("erf", temper_erf, erfl, -0.5, 0.5, 1.1);
    compare("erf", temper_erf, erfl, -7, 7, 2);
    compare("erfc", temper_erfc, erfcl, -0.5, 0.5, 2);
    compare("erfc", temper_erfc, erfcl, -7, 7, 4);
    compare("erfc", temper_erfc, erfcl, 0.5, 28, 4);
}

static double sine(double turn) {
    double s, c;
    temper_sincos2pi(turn, &s, &c);
    return s;
}
static double cosine(double turn) {
    double s, c;
    temper_sincos2pi(turn, &s, &c);
    return c;
}

/* The nearest quarter turn is taken off exactly, as sinl would see a rounded 2π·turn. */
static long double true_sine(long double turn) {
    long double quarter = rintl(4 * turn), x = (turn - quarter / 4) * 6.28318530717958647692528676655900577L;
    int q = (int)fmodl(quarter, 4) & 3;
    return (q & 2 ? -1 : 1) * (q & 1 ? cosl(x) : sinl(x));
}
static long double true_cosine(long double turn) { return true_sine(turn + 0.25L); }

static void circle(void) {
    compare("sin2pi", sine, true_sine, -1, 1, 0.85);
    compare("cos2pi", cosine, true_cosine, -1, 1, 0.85);
    compare("sin2pi", sine, true_sine, -1e6, 1e6, 0.85);
    for (int quarter = -9; quarter <= 9; quarter++) {
        static const double want[] = {0, 1, 0, -1};
        CHECK(sine(0.25 * quarter) == want[quarter & 3], "sine at %d/4", quarter);
        CHECK(cosine(0.25 * quarter) == want[(quarter + 1) & 3], "cosine at %d/4", quarter);
    }
    CHECK(sine(1e300) == 0 && cosine(1e300) == 1, "a whole turn");
    CHECK(sine(0x1p52 + 1) == 0 && cosine(0x1p51 + 0.5) == -1, "large turns");
    CHECK(isnan(sine(INFINITY)) && isnan(cosine(NAN)), "no angle");
}

/* C17 annex F, and the last finite arguments of exp: log(DBL_MAX) and log(2^-1075). */
static void special_values(void) {
    CHECK(temper_exp(0) == 1 && temper_exp(-INFINITY) == 0 && temper_exp(INFINITY) == INFINITY, "exp");
    CHECK(isfinite(temper_exp(0x1.62e42fefa39efp+9)) && isinf(temper_exp(0x1.62e42fefa39f0p+9)), "overflow");
    CHECK(temper_exp(-0x1.74910d52d3051p+9) == 0x1p-1074 && temper_exp(-0x1.74910d52d3053p+9) == 0,
          "underflow");
    CHECK(isnan(temper_exp(NAN)) && isnan(temper_expm1(NAN)) && isnan(temper_log(NAN)), "NaN");
    CHECK(isnan(temper_log1p(NAN)) && isnan(temper_tanh(NAN)), "NaN");
    CHECK(temper_expm1(INFINITY) == INFINITY && temper_expm1(-INFINITY) == -1, "expm1");
    CHECK(temper_log(1) == 0 && temper_log(0) == -INFINITY && temper_log(-0.0) == -INFINITY, "log");
    CHECK(temper_log(INFINITY) == INFINITY && isnan(temper_log(-1)) && isnan(temper_log(-INFINITY)), "log");
    CHECK(temper_log1p(-1) == -INFINITY && isnan(temper_log1p(-2)), "log1p");
    CHECK(temper_log1p(INFINITY) == INFINITY, "log1p");
    CHECK(temper_tanh(INFINITY) == 1 && temper_tanh(-INFINITY) == -1, "tanh");
    CHECK(signbit(temper_expm1(-0.0)) && signbit(temper_log1p(-0.0)) && signbit(temper_tanh(-0.0)), "-0");
    CHECK(temper_tanh(0x1p-1074) == 0x1p-1074 && temper_log1p(-0x1p-1074) == -0x1p-1074, "subnormal");
    CHECK(temper_erf(INFINITY) == 1 && temper_erf(-INFINITY) == -1 && signbit(temper_erf(-0.0)), "erf");
    CHECK(temper_erfc(INFINITY) == 0 && temper_erfc(-INFINITY) == 2 && temper_erfc(0) == 1, "erfc");
    CHECK(isnan(temper_erf(NAN)) && isnan(temper_erfc(NAN)), "NaN");
    CHECK(ulps(temper_log(0x1p-1074), -744.4400719213812100482712L) < 0.9, "log of the least number");
}

/* What every machine and compiler must give: these bits are a promise to old checkpoints. */
static void bits_are_frozen(void) {
    uint64_t hash = 0xCBF29CE484222325; /* FNV-1a over the bits */
    for (int64_t i = 0; i < 20000; i++) {
        double x = point(i, -30, 30), s, c;
        temper_sincos2pi(x, &s, &c);
        double all[] = {
            temper_exp(x), temper_expm1(x), temper_log(fabs(x)), temper_log1p(fabs(x)), temper_tanh(x), s, c};
        for (size_t k = 0; k < sizeof all; k++) hash = (hash ^ ((unsigned char *)all)[k]) * 0x100000001B3;
    }
    CHECK(hash == 0xA7A8564DA780E626, "bits changed: 0x%016llX", (unsigned long long)hash);
}

static void erf_bits_are_frozen(void) {
    uint64_t hash = 0xCBF29CE484222325;
    for (int64_t i = 0; i < 20000; i++) {
        double x = point(i, -30, 30), all[] = {temper_erf(x / 10), temper_erfc(x)};
        for (size_t k = 0; k < sizeof all; k++) hash = (hash ^ ((unsigned char *)all)[k]) * 0x100000001B3;
    }
    CHECK(hash == 0xBDA1D5706A6421DC, "bits changed: 0x%016llX", (unsigned long long)hash);
}

int main(int argc, char **argv) {
    if (argc > 1) points = atoll(argv[1]);
    RUN(exponentials);
    RUN(logarithms);
    RUN(hyperbolic_tangent);
    RUN(error_function);
    RUN(circle);
    RUN(special_values);
    RUN(bits_are_frozen);
    RUN(erf_bits_are_frozen);
    return check_end();
}
