/* Mean, error and correlation time of series whose truth is known, and the transform behind them. */
#include "check.h"
#include "base/memory.h"
#include "num/fft.h"
#include "temper/estimate.h"
#include "estimate_ar1.h"

enum { ROOM = 400000 };
static double x[ROOM];

/* The transform against its definition, in long double. */
static void fft_is_the_sum(void) {
    for (int64_t n = 1; n <= 256; n *= 2) {
        double z[512], start[512], root[256];
        for (int64_t i = 0; i < 2 * n; i++) start[i] = z[i] = sin(3.7 * (double)i) + 0.1 * (double)(i % 5);
        temper_fft_roots(n, root);
        temper_fft(n, z, root);
        double worst = 0;
        for (int64_t k = 0; k < n; k++) {
            long double re = 0, im = 0;
            for (int64_t t = 0; t < n; t++) {
                long double angle = -6.283185307179586476925L * (long double)((k * t) % n) / (long double)n;
                re += start[2 * t] * cosl(angle) - start[2 * t + 1] * sinl(angle);
                im += start[2 * t] * sinl(angle) + start[2 * t + 1] * cosl(angle);
            }
            worst = fmax(worst, fmax(fabs((double)re - z[2 * k]), fabs((double)im - z[2 * k + 1])));
        }
        CHECK(worst < 1e-15 * (double)n * 4, "n=%lld: off by %g", (long long)n, worst);
    }
    CHECK(temper_fft_length(1) == 1 && temper_fft_length(5) == 8 && temper_fft_length(64) == 64, "length");
}

/* The autocorrelation against its definition; an odd number of chains leaves one without a partner in the transform. */
static void autocorrelation_is_the_sum(void) {
    enum { N = 37 };
    for (int chains = 1; chains <= 3; chains++) {
        ar1(x, chains, N, 0.7, 5);
        double rho[N], mean = 0, C_0 = 0;
        CHECK_OK(temper_autocorrelation(x, chains, N, N, rho));
        for (int i = 0; i < chains * N; i++) mean += x[i] / (chains * N);
        for (int t = 0; t < N; t++) {
            double sum = 0;
            for (int c = 0; c < chains; c++)
                for (int i = 0; i + t < N; i++) sum += (x[c * N + i] - mean) * (x[c * N + i + t] - mean);
            sum /= chains * (N - t);
            if (!t) C_0 = sum;
            CHECK_NEAR(rho[t], sum / C_0, 1e-12);
        }
    }
}

/* tau and the error of the mean against the formulas of estimate_ar1.h. */
static void ar1_is_known(void) {
    const double phis[] = {0, 0.5, 0.9, 0.99, -0.5};
    for (int k = 0; k < 5; k++) {
        double phi = phis[k], tau = ar1_tau(phi);
        temper_estimate e;
        ar1(x, 2, ROOM / 2, phi, 100 + (uint64_t)k);
        CHECK_OK(temper_estimate_mean(x, 2, ROOM / 2, &e));
        CHECK_NEAR(e.tau, tau, 4.5 * e.tau_error);
        CHECK(e.tau_error < 0.1 * tau, "tau %g ± %g", e.tau, e.tau_error);
        double error = sqrt(2 * tau * ar1_variance(phi) / ROOM);
        CHECK_NEAR(e.error, error, 4.5 * error * (0.5 * e.tau_error / e.tau + 0.002));
        CHECK_NEAR(e.mean, 0, 4.5 * error);
        CHECK_NEAR(e.ess, ROOM / (2 * e.tau), 1e-6);
        CHECK(e.count == ROOM && e.rhat < 1.01, "count %lld, R-hat %g", (long long)e.count, e.rhat);
    }
}

/* The error of tau is that of many estimates of tau (white noise is left out: its window's length is luck). */
static void error_of_tau(void) {
    enum { SEEDS = 200, N = 4000 };
    double sum = 0, square = 0, claimed = 0;
    for (int s = 0; s < SEEDS; s++) {
        temper_estimate e;
        ar1(x, 1, N, 0.9, 7000 + (uint64_t)s);
        CHECK_OK(temper_estimate_mean(x, 1, N, &e));
        sum += e.tau / SEEDS, square += e.tau * e.tau / SEEDS, claimed += e.tau_error / SEEDS;
    }
    double seen = sqrt(square - sum * sum);
    CHECK_NEAR(sum, 9.5, 0.5);
    CHECK_NEAR(claimed / seen, 1.2,
               0.25); /* Madras and Sokal's formula leaves out −2tau of 2W + 1: on the safe side */
}

/* ±1 with probability p of a change: rho(t) = (1 − 2p)^t. */
static void two_values(void) {
    enum { N = 200000 };
    const double p = 0.1, tau = 0.5 * (2 - 2 * p) / (2 * p);
    temper_stream of = {3, 0};
    double v = 1;
    for (int i = 0; i < N; i++) {
        x[i] = v;
        if (temper_uniform(of, TEMPER_FOR_TESTS, 0, i) < p) v = -v;
    }
    temper_estimate e;
    CHECK_OK(temper_estimate_mean(x, 1, N, &e));
    CHECK_NEAR(e.tau, tau, 4.5 * e.tau_error);
    CHECK_NEAR(e.error, sqrt(2 * tau / N), 0.05 * sqrt(2 * tau / N));
    CHECK(e.rhat < 1.01, "R-hat %g", e.rhat);
}

static void constant_series(void) {
    for (int i = 0; i < 1000; i++) x[i] = 0.1;
    temper_estimate e;
    CHECK_OK(temper_estimate_mean(x, 4, 250, &e));
    CHECK(e.mean == 0.1 && e.error == 0 && e.tau == 0.5 && e.tau_error == 0 && e.ess == 1000,
          "%g ± %g, tau %g", e.mean, e.error, e.tau);
    CHECK(isnan(e.rhat), "R-hat %g", e.rhat);
    double rho[3];
    CHECK_OK(temper_autocorrelation(x, 1, 10, 3, rho));
    CHECK(rho[0] == 1 && rho[1] == 0 && rho[2] == 0, "%g %g %g", rho[0], rho[1], rho[2]);
}

/* One, two, three numbers: Student's case. Worked by hand: two numbers ±1 have s²/2 = 1 and nu = 1. */
static void tiny_series(void) {
    temper_estimate e;
    const double few[] = {1, -1, 4};
    CHECK_OK(temper_estimate_mean(few, 1, 1, &e));
    CHECK(e.mean == 1 && isinf(e.error) && e.ess == 1, "one: %g ± %g", e.mean, e.error);
    CHECK_OK(temper_estimate_mean(few, 1, 2, &e));
    CHECK_NEAR(e.mean, 0, 0);
    CHECK_NEAR(e.error, sqrt(3), 1e-12);
    CHECK_OK(temper_estimate_mean(few, 2, 1, &e)); /* two chains of one number are the same two numbers */
    CHECK_NEAR(e.error, sqrt(3), 1e-12);
    CHECK_OK(temper_estimate_mean(few, 1, 3, &e));
    CHECK(isfinite(e.error) && e.error > 0.9 && isfinite(e.tau) && e.tau > 0, "three: ± %g, tau %g", e.error,
          e.tau);
    CHECK_NEAR(e.mean, 4.0 / 3, 1e-15);
}

/* Chains stuck at 0, 1, 2, 3: the variance of their mean is s²/4 with s² = 5/3, of three degrees of freedom, however
 * long the chains are. */
static void stuck_chains(void) {
    for (int n = 7; n <= 1003; n += 4) {
        for (int i = 0; i < 4 * n; i++) x[i] = i / n;
        temper_estimate e;
        CHECK_OK(temper_estimate_mean(x, 4, n, &e));
        double slack = n % 4 == 3 ? 1e-9 : 0.2;
        CHECK_NEAR(e.error, sqrt(5.0 / 12 * (1 + 2.0 / 3)), slack);
        if (n % 4 == 3) CHECK_NEAR(e.ess, 4, 1e-9);
        CHECK(isinf(e.rhat), "R-hat %g", e.rhat);
    }
}

/* Deterministic ± has a mean without error as N grows, and nothing negative or NaN on the way. */
static void alternating(void) {
    double last = 1;
    for (int n = 10; n <= 100000; n *= 10) {
        for (int i = 0; i < n; i++) x[i] = i % 2 ? -1 : 1;
        temper_estimate e;
        CHECK_OK(temper_estimate_mean(x, 1, n, &e));
        CHECK(e.error > 0 && e.error < last && e.tau > 0 && e.tau < 1, "n=%d: ± %g, tau %g", n, e.error,
              e.tau);
        last = e.error;
    }
}

/* An offset of 10⁹ changes nothing but the mean; nor does a factor of 2^±600. */
static void offset_and_scale(void) {
    enum { N = 20000 };
    temper_estimate plain, moved;
    ar1(x, 2, N / 2, 0.5, 9);
    for (int i = 0; i < N; i++)
        x[i] = ldexp(rint(ldexp(x[i], 20)), -20); /* so that adding 2³⁰ rounds nothing */
    CHECK_OK(temper_estimate_mean(x, 2, N / 2, &plain));
    for (int i = 0; i < N; i++) x[i] += 1073741824.0;
    CHECK_OK(temper_estimate_mean(x, 2, N / 2, &moved));
    CHECK_NEAR(moved.mean - 1073741824.0, plain.mean, 2e-7);
    CHECK_NEAR(moved.error / plain.error, 1, 1e-9);
    CHECK_NEAR(moved.tau, plain.tau, 1e-9);
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int i = 0; i < N; i++) x[i] = sin(0.1 * i) + 0.3 * cos(i);
        CHECK_OK(temper_estimate_mean(x, 2, N / 2, &plain));
        for (int i = 0; i < N; i++) x[i] = ldexp(x[i], 600 * sign);
        CHECK_OK(temper_estimate_mean(x, 2, N / 2, &moved));
        CHECK_NEAR(ldexp(moved.error, -600 * sign) / plain.error, 1, 1e-12);
    }
}

static void bad_input(void) {
    temper_estimate e;
    double rho[4];
    for (int i = 0; i < 20; i++) x[i] = i;
    x[13] = NAN;
    CHECK_FAILS(temper_estimate_mean(x, 2, 10, &e), TEMPER_BAD_DATA, "number 3 of chain 1");
    CHECK_FAILS(temper_autocorrelation(x, 2, 10, 4, rho), TEMPER_BAD_DATA, "number 3 of chain 1");
    x[13] = 0, x[2] = -INFINITY;
    CHECK_FAILS(temper_estimate_mean(x, 2, 10, &e), TEMPER_BAD_DATA, "number 2 of chain 0 is -inf");
    x[2] = 1.7e308;
    CHECK_FAILS(temper_estimate_mean(x, 2, 10, &e), TEMPER_BAD_DATA, "overflow");
    CHECK_FAILS(temper_estimate_mean(x, 0, 10, &e), TEMPER_BAD_OPTION, "chains=0");
    CHECK_FAILS(temper_estimate_mean(x, 1, 0, &e), TEMPER_BAD_OPTION, "n=0");
    CHECK_FAILS(temper_autocorrelation(x, 1, 2, 3, rho), TEMPER_BAD_OPTION, "lags=3, must be 1 … 2");
}

static void memory_runs_out(void) {
    ar1(x, 2, 100, 0.5, 1);
    temper_estimate e;
    int64_t live = temper_alloc_live();
    temper_alloc_fail_at(0);
    CHECK_OK(temper_estimate_mean(x, 2, 100, &e));
    int64_t needed = temper_alloc_count();
    CHECK(needed >= 3, "%lld allocations", (long long)needed);
    for (int64_t k = 1; k <= needed; k++) {
        temper_alloc_fail_at(k);
        CHECK_FAILS(temper_estimate_mean(x, 2, 100, &e), TEMPER_NO_MEMORY, "memory");
    }
    temper_alloc_fail_at(0);
    CHECK(temper_alloc_live() == live, "%lld blocks left", (long long)(temper_alloc_live() - live));
}

/* The promise: 68 % and 95 %. 500 seeds leave ±2.1 % and ±1 %. */
static void covers(void) {
    const struct {
        int chains, n;
        double phi;
    } cases[] = {{4, 2000, 0.9}, {1, 2000, 0.5}, {16, 100, 0}};
    for (int k = 0; k < 3; k++) {
        coverage all = {0, 0, 0};
        for (int s = 0; s < 500; s++) {
            temper_estimate e;
            ar1(x, cases[k].chains, cases[k].n, cases[k].phi, 20000 + (uint64_t)s);
            CHECK_OK(temper_estimate_mean(x, cases[k].chains, cases[k].n, &e));
            coverage_add(&all, e.mean, e.error, 0);
        }
        CHECK(coverage_68(all) > 63 && coverage_68(all) < 73 && coverage_95(all) > 92 &&
                  coverage_95(all) < 98,
              "phi=%g: %.1f %% and %.1f %%", cases[k].phi, coverage_68(all), coverage_95(all));
    }
}

int main(void) {
    RUN(fft_is_the_sum);
    RUN(autocorrelation_is_the_sum);
    RUN(ar1_is_known);
    RUN(error_of_tau);
    RUN(two_values);
    RUN(constant_series);
    RUN(tiny_series);
    RUN(stuck_chains);
    RUN(alternating);
    RUN(offset_and_scale);
    RUN(bad_input);
    RUN(memory_runs_out);
    RUN(covers);
    return check_end();
}
