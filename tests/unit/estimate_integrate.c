/* Thermodynamic integration on N free spins in a field: ln Z = N ln 2cosh β, E = −N tanh β, Var E = N/cosh² β. */
#include "check.h"
#include "temper/estimate.h"
#include "temper/stream.h"
#include "estimate_ar1.h"

enum { SPINS = 20, MOST = 65 };
static double beta[MOST], E[MOST], E_error[MOST], variance[MOST], log_z[MOST], error[MOST], bias[MOST];

static double truth(double b) { return SPINS * (log(cosh(b)) - log(cosh(beta[0]))); }

static void ladder(int K, double stretch) {
    for (int k = 0; k < K; k++) {
        double u = k / (K - 1.0);
        beta[k] = 2 * (u + stretch * u * (1 - u));
        E[k] = -SPINS * tanh(beta[k]);
        E_error[k] = 0;
        variance[k] = SPINS / (cosh(beta[k]) * cosh(beta[k]));
    }
}

/* Worst error over the nodes, against the truth; and how well `bias` knows it. */
static double worst(int K, const double *var, double *unknown) {
    double most = 0;
    *unknown = 0;
    CHECK_OK(temper_integrate(K, beta, E, E_error, var, log_z, error, bias));
    for (int k = 0; k < K; k++) {
        double miss = log_z[k] - truth(beta[k]);
        most = fmax(most, fabs(miss));
        *unknown = fmax(*unknown, fabs(miss - bias[k]));
    }
    return most;
}

/* Halving the step divides the error by 16 with variances (Hermite) and by 4 without. */
static void order(void) {
    for (int k = 0; k < 2; k++) {
        double last = 0, unknown;
        for (int K = 9; K <= 33; K = 2 * K - 1) {
            ladder(K, k ? 0.3 : 0);
            double now = worst(K, variance, &unknown);
            if (last > 0) CHECK(last / now > 13 && last / now < 19, "K=%d: %g after %g", K, now, last);
            CHECK(unknown < 0.35 * now, "K=%d: bias known to %g of %g", K, unknown, now);
            last = now;
        }
        CHECK(last < 1e-5 * SPINS, "Hermite: %g", last);
        last = 0;
        for (int K = 9; K <= 33; K = 2 * K - 1) {
            ladder(K, k ? 0.3 : 0);
            double now = worst(K, NULL, &unknown);
            if (last > 0) CHECK(last / now > 3.5 && last / now < 4.5, "K=%d: %g after %g", K, now, last);
            CHECK(unknown < 0.35 * now, "K=%d: bias known to %g of %g", K, unknown, now);
            last = now;
        }
    }
    ladder(10, 0); /* an even number of nodes: the last step borrows its bias */
    double unknown, all = worst(10, variance, &unknown);
    CHECK(unknown < 0.5 * all, "K=10: bias known to %g of %g", unknown, all);
}

/* E cubic in β is integrated exactly, on any nodes: E = −β³ − 10β gives ln Z = β⁴/4 + 5β² + constant. */
static void cubic_is_exact(void) {
    const double b[] = {-0.5, 0.1, 0.2, 1.3, 2};
    double unknown = 0;
    for (int k = 0; k < 5; k++) {
        beta[k] = b[k];
        E[k] = -b[k] * b[k] * b[k] - 10 * b[k];
        variance[k] = 3 * b[k] * b[k] + 10;
        E_error[k] = 0;
    }
    CHECK_OK(temper_integrate(5, beta, E, E_error, variance, log_z, error, bias));
    for (int k = 0; k < 5; k++) {
        CHECK_NEAR(log_z[k], (pow(b[k], 4) - pow(b[0], 4)) / 4 + 5 * (b[k] * b[k] - b[0] * b[0]), 1e-13);
        CHECK_NEAR(bias[k], 0, 1e-13);
        unknown += error[k];
    }
    CHECK(unknown == 0, "errors of exact energies: %g", unknown);
}

/* Where the derivative that makes the error is constant, `bias` is the error, on any nodes: E = −β⁴ for the Hermite rule
 * (ln Z = β⁵/5), E = −β² for the trapezoid (ln Z = β³/3). */
static void bias_is_exact(void) {
    const double b[] = {0, 0.3, 0.9, 1.2, 2, 2.1};
    for (int K = 3; K <= 6; K++)
        for (int p = 2; p <= 4; p += 2) {
            for (int k = 0; k < K; k++) {
                beta[k] = b[k];
                E[k] = -pow(b[k], p);
                variance[k] = 4 * pow(b[k], 3);
                E_error[k] = 0;
            }
            CHECK_OK(temper_integrate(K, beta, E, E_error, p == 4 ? variance : NULL, log_z, error, bias));
            for (int k = 0; k < K; k++) CHECK_NEAR(log_z[k] - bias[k], pow(b[k], p + 1) / (p + 1), 1e-13);
        }
}

/* The error is Σ (∂ log_z/∂E_i)² error_i², with derivatives by difference (log_z is linear in E). */
static void propagation(void) {
    enum { K = 8 };
    double base[K], square[K] = {0};
    ladder(K, 0.5);
    for (int i = 0; i < K; i++) E_error[i] = 0.1 + 0.05 * i;
    CHECK_OK(temper_integrate(K, beta, E, E_error, variance, base, error, NULL));
    double claimed[K];
    for (int k = 0; k < K; k++) claimed[k] = error[k];
    for (int i = 0; i < K; i++) {
        E[i] += 1;
        CHECK_OK(temper_integrate(K, beta, E, E_error, variance, log_z, error, NULL));
        E[i] -= 1;
        for (int k = 0; k < K; k++) square[k] += pow((log_z[k] - base[k]) * E_error[i], 2);
    }
    for (int k = 0; k < K; k++) CHECK_NEAR(claimed[k], sqrt(square[k]), 1e-12);
}

/* Energies measured on 200 drawn configurations per node. */
static void covers(void) {
    enum { K = 11, DRAWS = 200, SEEDS = 400 };
    coverage all = {0, 0, 0};
    for (int s = 0; s < SEEDS; s++) {
        ladder(K, 0);
        for (int k = 0; k < K; k++) {
            double mean = 0, square = 0, up = 0.5 * (1 + tanh(beta[k]));
            for (int i = 0; i < DRAWS; i++) {
                double energy = 0;
                temper_stream of = {(uint64_t)s, (uint32_t)k};
                for (int spin = 0; spin < SPINS; spin++)
                    energy += temper_word(of, TEMPER_FOR_TESTS, i, spin) < up * 4294967296.0 ? -1 : 1;
                mean += energy / DRAWS, square += energy * energy / DRAWS;
            }
            E[k] = mean;
            variance[k] = (square - mean * mean) * DRAWS / (DRAWS - 1);
            E_error[k] = sqrt(variance[k] / DRAWS);
        }
        CHECK_OK(temper_integrate(K, beta, E, E_error, variance, log_z, error, NULL));
        coverage_add(&all, log_z[K - 1], error[K - 1], truth(beta[K - 1]));
    }
    CHECK(coverage_68(all) > 63 && coverage_68(all) < 73 && coverage_95(all) > 92 && coverage_95(all) < 98,
          "%.1f %% and %.1f %%", coverage_68(all), coverage_95(all));
}

static void edges(void) {
    ladder(3, 0);
    CHECK_OK(temper_integrate(1, beta, E, E_error, variance, log_z, error, bias));
    CHECK(log_z[0] == 0 && error[0] == 0 && bias[0] == 0, "K=1");
    CHECK_OK(temper_integrate(2, beta, E, E_error, variance, log_z, error, bias));
    CHECK(isnan(bias[1]) && isfinite(log_z[1]), "K=2: bias %g", bias[1]);
    CHECK_FAILS(temper_integrate(0, beta, E, E_error, variance, log_z, error, bias), TEMPER_BAD_OPTION,
                "K=0");
    beta[1] = beta[0];
    CHECK_FAILS(temper_integrate(3, beta, E, E_error, variance, log_z, error, bias), TEMPER_BAD_OPTION,
                "beta[1]=0");
    ladder(3, 0);
    E[2] = NAN;
    CHECK_FAILS(temper_integrate(3, beta, E, E_error, variance, log_z, error, bias), TEMPER_BAD_DATA, "E[2]");
    ladder(3, 0);
    E_error[1] = -1;
    CHECK_FAILS(temper_integrate(3, beta, E, E_error, variance, log_z, error, bias), TEMPER_BAD_DATA,
                "E_error[1]");
    ladder(3, 0);
    variance[0] = -1;
    CHECK_FAILS(temper_integrate(3, beta, E, E_error, variance, log_z, error, bias), TEMPER_BAD_DATA,
                "variance[0]");
}

int main(void) {
    RUN(order);
    RUN(cubic_is_exact);
    RUN(bias_is_exact);
    RUN(propagation);
    RUN(covers);
    RUN(edges);
    return check_end();
}
