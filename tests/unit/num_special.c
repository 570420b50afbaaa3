/* Special functions, jets, levels. Values to 25 digits by mpmath 1.3. */
#include "check.h"
#include "num/jet.h"
#include "num/levels.h"
#include "num/special.h"

static void elliptic(void) {
    /* mpmath: ellipk(1 − kc²), ellipe(1 − kc²); the last K is ln(4/kc) */
    static const double table[][3] = {{1, 1.5707963267948966192, 1.5707963267948966192},
                                      {0.8, 1.75075380291575252898, 1.41808339444872423157},
                                      {0.3, 2.62777333208434387406, 1.09647751739222722882},
                                      {1e-3, 8.29405146361543998532, 1.00000389702617206115},
                                      {1e-10, 24.412145291060347, 1.0}};
    for (int i = 0; i < 5; i++) {
        CHECK_NEAR(temper_elliptic_K(table[i][0]), table[i][1], 6e-16 * table[i][1]);
        CHECK_NEAR(temper_elliptic_E(table[i][0]), table[i][2], 2e-15);
    }
    CHECK(temper_elliptic_K(0) == INFINITY, "K(1) = %g", temper_elliptic_K(0));
    CHECK_NEAR(temper_elliptic_E(0), 1, 0);
    for (double k = 0.05; k < 1; k += 0.09) { /* Legendre: E K' + E' K − K K' = π/2 */
        double kc = sqrt(1 - k * k), K = temper_elliptic_K(kc), E = temper_elliptic_E(kc);
        double K1 = temper_elliptic_K(k), E1 = temper_elliptic_E(k);
        CHECK_NEAR(E * K1 + E1 * K - K * K1, acos(-1) / 2, 1e-14);
    }
}

static void hyperbolic(void) {
    CHECK_NEAR(temper_ln_2cosh(0), log(2), 1e-16);
    CHECK_NEAR(temper_ln_2cosh(-1e6), 1e6, 0);
    CHECK_NEAR(temper_ln_2cosh(2.385), log(2 * cosh(2.385)), 1e-15);
    CHECK_NEAR(temper_sech2(2.385), 1 / (cosh(2.385) * cosh(2.385)), 1e-16);
    CHECK_NEAR(temper_sech2(-300) / (4 * exp(-600)), 1, 1e-15);
    CHECK_NEAR(temper_sech2(1e300), 0, 0);
}

static void factorials(void) {
    CHECK_NEAR(temper_ln_factorial(0), 0, 0);
    CHECK_NEAR(temper_ln_factorial(5), log(120), 1e-15);
    CHECK_NEAR(temper_ln_factorial(21), 45.38013889847690803, 1e-14); /* mpmath: loggamma(n + 1) */
    CHECK_NEAR(temper_ln_factorial(100), 363.7393755555634901, 1e-13);
    CHECK_NEAR(temper_ln_factorial(1000000), 12815518.38465816962425, 4e-9);
    for (int n = 15; n < 30; n++) /* across the change of method */
        CHECK_NEAR(temper_ln_factorial(n + 1) - temper_ln_factorial(n), log(n + 1), 3e-14);
    CHECK_NEAR(temper_ln_binomial(40, 17), log(88732378800.0), 1e-13);
    CHECK_NEAR(temper_ln_binomial(7, 0), 0, 1e-15);
}

/* f(x) = ln(1 + √(x³ e^x / (x + 2))) and its derivatives at 1.3, mpmath: diff(f, 1.3, k). */
static void jets(void) {
    temper_jet x = {1.3, 1, 0}, two = {2, 0, 0};
    temper_jet inner =
        temper_jet_div(temper_jet_mul(temper_jet_power(x, 3), temper_jet_exp(x)), temper_jet_add(x, two));
    temper_jet f = temper_jet_log1p(temper_jet_sqrt(inner));
    CHECK_NEAR(f.f, 0.94116509883695991699, 1e-15);
    CHECK_NEAR(f.df, 0.91616203768106124626, 1e-15);
    CHECK_NEAR(f.ddf, 0.02375857161427676018, 1e-14);
    temper_jet back = temper_jet_log(temper_jet_exp(f)); /* an identity */
    CHECK_NEAR(back.f, f.f, 1e-15);
    CHECK_NEAR(back.df, f.df, 1e-15);
    CHECK_NEAR(back.ddf, f.ddf, 1e-14);
    temper_jet zero = temper_jet_power((temper_jet){0, 1, 0}, 2);
    CHECK(zero.f == 0 && zero.df == 0 && zero.ddf == 2, "(x²)″ at 0: %g %g %g", zero.f, zero.df, zero.ddf);
    temper_jet sum = temper_jet_add(f, temper_jet_scale(-1, f));
    CHECK(sum.f == 0 && sum.df == 0 && sum.ddf == 0, "f − f");
}

static void two_levels(void) { /* Schottky: E = 0 and Δ with weights 1 and g */
    double E[2] = {-3, -1}, ln_g[2] = {0, log(3)}, p[2];
    for (double T = 1e-3; T < 1e4; T *= 3) {
        temper_thermal x = temper_levels(2, E, ln_g, T, 0, p);
        double w = 3 * exp(-2 / T), Z = 1 + w;
        CHECK_NEAR(p[1], w / Z, 1e-15);
        CHECK_NEAR(x.energy, -3 + 2 * w / Z, 1e-15);
        CHECK_NEAR(x.free_energy, -3 - T * log1p(w), 1e-12 * T + 1e-15);
        CHECK_NEAR(x.entropy, log1p(w) + 2 * w / Z / T, 1e-14);
        CHECK_NEAR(x.heat_capacity, 4 * w / (Z * Z) / (T * T), 1e-13);
    }
    temper_thermal cold = temper_levels(2, E, ln_g, 0, 0, p), hot = temper_levels(2, E, ln_g, INFINITY, 0, p);
    CHECK(cold.energy == -3 && cold.free_energy == -3 && cold.entropy == 0 && cold.heat_capacity == 0,
          "T = 0");
    CHECK(hot.energy == -1.5 && hot.free_energy == -INFINITY && hot.heat_capacity == 0, "T = ∞");
    CHECK_NEAR(hot.entropy, log(4), 1e-15);
    double near[3] = {1, 1 + 1e-12, 2}, none[3] = {0, 0, 0}, q[3];
    CHECK_NEAR(temper_levels(3, near, none, 0, 1e-9, q).entropy, log(2), 1e-15); /* a tie up to rounding */
    CHECK_NEAR(temper_levels(3, near, none, 0, 0, q).entropy, 0, 0);
}

int main(void) {
    RUN(elliptic);
    RUN(hyperbolic);
    RUN(factorials);
    RUN(jets);
    RUN(two_levels);
    return check_end();
}
