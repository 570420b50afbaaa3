/* MBAR on systems whose ln Z is known, and against pymbar. */
#include "check.h"
#include "base/memory.h"
#include "temper/estimate.h"
#include "estimate_ar1.h"

enum { ROOM = 20000 };
static double E[ROOM], A[ROOM];

/* N free spins in a field: E = −Σ s, ln Z = N ln 2cosh β, ⟨E⟩ = −N tanh β. Draws n energies at β. */
static void spins(double *e, int64_t n, int N, double beta, temper_stream of) {
    double up = 0.5 * (1 + tanh(beta));
    for (int64_t i = 0; i < n; i++) {
        e[i] = 0;
        for (int s = 0; s < N; s++)
            e[i] += temper_word(of, TEMPER_FOR_TESTS, i, s) < up * 4294967296.0 ? -1 : 1;
    }
}
static double spins_log_z(int N, double beta) { return N * log(2 * cosh(beta)); }

/* Truth: pymbar 4.0.3 (Shirts and Chodera), MBAR(u_kn, N_k, relative_tolerance=1e-13) on the same numbers;
 * compute_free_energy_differences, compute_perturbed_free_energies, compute_expectations. */
static void pymbar_agrees(void) {
    const double beta[] = {0.1, 0.5, 0.3}, mu[] = {-2, -6, -4};
    const int64_t n[] = {150, 250, 100};
    uint32_t g = 7;
    int i = 0;
    for (int k = 0; k < 3; k++)
        for (int64_t j = 0; j < n[k]; j++, i++) {
            double u = lcg(&g);
            u += lcg(&g);
            u += lcg(&g);
            E[i] = mu[k] + 4 * (u - 1.5);
            A[i] = E[i] * E[i] / 10 + sin(E[i]);
        }
    const struct {
        double beta, log_z, error;
    } z[] = {{0.5, 1.655910973915, 0.043728968541},
             {0.3, 0.712842260236, 0.023822886514},
             {0.4, 1.156681451231, 0.034086171777},
             {0.7, 2.807233534179, 0.062531994465},
             {0.1, 0, 0}};
    const struct {
        double beta, A, A_error, E, E_error;
    } m[] = {{0.4, 2.778860599887, 0.102702039701, -4.720115570208, 0.108125410707},
             {0.5, 3.265564989045, 0.113266378630, -5.259072762942, 0.109275731542}};
    temper_mbar *mbar;
    double value, error, ess;
    CHECK_OK(temper_mbar_create(&mbar, 3, beta, n, E, NULL));
    for (int k = 0; k < 5; k++) {
        CHECK_OK(temper_mbar_log_z(mbar, z[k].beta, &value, &error));
        CHECK_NEAR(value, z[k].log_z, 1e-9);
        CHECK_NEAR(error, z[k].error, 1e-9);
    }
    for (int k = 0; k < 2; k++) {
        CHECK_OK(temper_mbar_mean(mbar, m[k].beta, A, &value, &error, &ess));
        CHECK_NEAR(value, m[k].A, 1e-9);
        CHECK_NEAR(error, m[k].A_error, 1e-9);
        CHECK_OK(temper_mbar_mean(mbar, m[k].beta, NULL, &value, &error, NULL));
        CHECK_NEAR(value, m[k].E, 1e-9);
        CHECK_NEAR(error, m[k].E_error, 1e-9);
    }
    temper_mbar_free(mbar);
    CHECK_OK(temper_mbar_create(&mbar, 1, beta, n, E, NULL)); /* the first state alone */
    CHECK_OK(temper_mbar_log_z(mbar, 0.2, &value, &error));
    CHECK_NEAR(value, 0.224990912548, 1e-9);
    CHECK_NEAR(error, 0.015615054555, 1e-9);
    CHECK_OK(temper_mbar_mean(mbar, 0.2, A, &value, &error, NULL));
    CHECK_NEAR(value, 0.853794164247, 1e-9);
    CHECK_NEAR(error, 0.134473203507, 1e-9);
    temper_mbar_free(mbar);
}

/* One histogram: ⟨A⟩ = Σ A exp(−δE)/Σ exp(−δE), δ = β' − β (Ferrenberg and Swendsen 1988, eq. 3), energies of 10⁵. */
static void one_histogram(void) {
    enum { N = 2000 };
    const double beta = 0.7, shift = 0.02;
    const int64_t n = N;
    double top = 0, bottom = 0, mean, error, ess, log_z;
    for (int i = 0; i < N; i++) {
        E[i] = -1e5 + 10 * temper_normal((temper_stream){1, 0}, TEMPER_FOR_TESTS, 0, i);
        A[i] = cos(E[i]);
        double w = exp(-shift * (E[i] + 1e5));
        top += A[i] * w, bottom += w;
    }
    temper_mbar *mbar;
    CHECK_OK(temper_mbar_create(&mbar, 1, &beta, &n, E, NULL));
    CHECK_OK(temper_mbar_mean(mbar, beta + shift, A, &mean, &error, &ess));
    CHECK_NEAR(mean, top / bottom, 1e-11);
    CHECK_OK(temper_mbar_log_z(mbar, beta + shift, &log_z, &error));
    CHECK_NEAR(log_z, 1e5 * shift + log(bottom / N), 1e-9);
    CHECK_OK(
        temper_mbar_mean(mbar, beta, A, &mean, &error, &ess)); /* at β itself: the plain mean and its error */
    double sum = 0, square = 0;
    for (int i = 0; i < N; i++) sum += A[i] / N, square += A[i] * A[i] / N;
    CHECK_NEAR(mean, sum, 1e-12);
    CHECK_NEAR(error, sqrt((square - sum * sum) / N), 1e-12);
    CHECK_NEAR(ess, N, 1e-6);
    temper_mbar_free(mbar);
}

/* Harmonic oscillators: E = ½Σx² of d coordinates, ln Z = −(d/2) ln β + constant, ⟨E⟩ = d/(2β). */
static void harmonic(void) {
    enum { D = 6, K = 4, EACH = 4000 };
    const double beta[K] = {1, 1.5, 2.2, 3};
    const int64_t n[K] = {EACH, EACH, EACH, EACH};
    for (int k = 0; k < K; k++)
        for (int i = 0; i < EACH; i++) {
            double e = 0;
            for (int d = 0; d < D; d++)
                e += pow(temper_normal((temper_stream){2, (uint32_t)k}, TEMPER_FOR_TESTS, i, d), 2);
            E[k * EACH + i] = 0.5 * e / beta[k];
        }
    temper_mbar *mbar;
    CHECK_OK(temper_mbar_create(&mbar, K, beta, n, E, NULL));
    for (double b = 1; b < 3.1; b += 0.25) {
        double value, error, ess;
        CHECK_OK(temper_mbar_log_z(mbar, b, &value, &error));
        CHECK_NEAR(value, -0.5 * D * log(b), 4.5 * error + 1e-12);
        CHECK(error < 0.03, "ln Z at %g: ± %g", b, error);
        CHECK_OK(temper_mbar_mean(mbar, b, NULL, &value, &error, &ess));
        CHECK_NEAR(value, 0.5 * D / b, 4.5 * error);
        CHECK(error < 0.03 && ess > 3000 && ess <= K * EACH + 1e-6, "⟨E⟩ at %g: ± %g, ESS %g", b, error, ess);
    }
    temper_mbar_free(mbar);
}

/* Two levels 0 and 1 with Z = 1 + e^{−β}, samples by count: ln Z follows from the counts alone when K = 1, and the error
 * is that of a binomial proportion. */
static void two_levels(void) {
    const double beta = 0.4;
    const int64_t n = 1000;
    for (int i = 0; i < n; i++) E[i] = i < 390;
    temper_mbar *mbar;
    double value, error;
    CHECK_OK(temper_mbar_create(&mbar, 1, &beta, &n, E, NULL));
    CHECK_OK(temper_mbar_log_z(mbar, 1, &value, &error));
    CHECK_NEAR(value, log(0.61 + 0.39 * exp(-0.6)), 1e-13);
    CHECK_NEAR(error, (1 - exp(-0.6)) * sqrt(0.39 * 0.61 / 1000) / (0.61 + 0.39 * exp(-0.6)), 1e-13);
    temper_mbar_free(mbar);
}

/* The order of states does not matter, and samples written g times with inefficiency g are the samples once. */
static void order_and_inefficiency(void) {
    enum { K = 3, EACH = 500, N = 20, G = 4 };
    const double beta[K] = {0.2, 0.5, 0.9}, swapped[K] = {0.9, 0.2, 0.5}, g[K] = {G, G, G};
    const int64_t n[K] = {EACH, EACH, EACH}, many[K] = {G * EACH, G * EACH, G * EACH};
    static double other[K * EACH], repeated[G * K * EACH];
    for (int k = 0; k < K; k++) spins(E + k * EACH, EACH, N, beta[k], (temper_stream){5, (uint32_t)k});
    for (int i = 0; i < K * EACH; i++) other[(i + EACH) % (K * EACH)] = E[i];
    for (int i = 0; i < G * K * EACH; i++) repeated[i] = E[i / G];
    temper_mbar *a, *b, *c;
    CHECK_OK(temper_mbar_create(&a, K, beta, n, E, NULL));
    CHECK_OK(temper_mbar_create(&b, K, swapped, n, other, NULL));
    CHECK_OK(temper_mbar_create(&c, K, beta, many, repeated, g));
    double at[3], error[3], low, ess[2];
    CHECK_OK(temper_mbar_log_z(a, 0.7, &at[0], &error[0]));
    CHECK_OK(temper_mbar_log_z(b, 0.7, &at[1], &error[1]));
    CHECK_OK(temper_mbar_log_z(b, 0.2, &low, &error[1])); /* b counts from its own state 0, β = 0.9 */
    CHECK_OK(temper_mbar_log_z(c, 0.7, &at[2], &error[2]));
    CHECK_NEAR(at[1] - low, at[0], 1e-11);
    CHECK_NEAR(at[2], at[0], 1e-11);
    CHECK_NEAR(error[2], error[0], 1e-11);
    CHECK_OK(temper_mbar_mean(a, 0.7, NULL, &at[0], &error[0], &ess[0]));
    CHECK_OK(temper_mbar_mean(b, 0.7, NULL, &at[1], &error[1], NULL));
    CHECK_OK(temper_mbar_mean(c, 0.7, NULL, &at[2], &error[2], &ess[1]));
    CHECK_NEAR(at[1], at[0], 1e-11);
    CHECK_NEAR(error[1], error[0], 1e-11);
    CHECK_NEAR(at[2], at[0], 1e-11);
    CHECK_NEAR(error[2], error[0], 1e-11);
    CHECK_NEAR(ess[1], ess[0], 1e-8);
    temper_mbar_free(a), temper_mbar_free(b), temper_mbar_free(c);
}

/* 400 replicas of three states; unequal numbers of samples. */
static void covers(void) {
    enum { K = 3, N = 30, SEEDS = 400 };
    const double beta[K] = {0.2, 0.5, 0.8};
    const int64_t n[K] = {200, 300, 100};
    coverage z = {0, 0, 0}, z_between = {0, 0, 0}, e = {0, 0, 0};
    for (int s = 0; s < SEEDS; s++) {
        int64_t start = 0;
        for (int k = 0; k < K; start += n[k++])
            spins(E + start, n[k], N, beta[k], (temper_stream){1000 + (uint64_t)s, (uint32_t)k});
        temper_mbar *mbar;
        double value, error;
        CHECK_OK(temper_mbar_create(&mbar, K, beta, n, E, NULL));
        CHECK_OK(temper_mbar_log_z(mbar, 0.8, &value, &error));
        coverage_add(&z, value, error, spins_log_z(N, 0.8) - spins_log_z(N, 0.2));
        CHECK_OK(temper_mbar_log_z(mbar, 0.35, &value, &error));
        coverage_add(&z_between, value, error, spins_log_z(N, 0.35) - spins_log_z(N, 0.2));
        CHECK_OK(temper_mbar_mean(mbar, 0.65, NULL, &value, &error, NULL));
        coverage_add(&e, value, error, -N * tanh(0.65));
        temper_mbar_free(mbar);
    }
    const coverage all[] = {z, z_between, e};
    for (int k = 0; k < 3; k++)
        CHECK(coverage_68(all[k]) > 63 && coverage_68(all[k]) < 73 && coverage_95(all[k]) > 92 &&
                  coverage_95(all[k]) < 98,
              "quantity %d: %.1f %% and %.1f %%", k, coverage_68(all[k]), coverage_95(all[k]));
}

/* Many states over a wide range, ln Z of thousands; and states without overlap, which is said by an infinite error. */
static void range_and_overlap(void) {
    enum { K = 16, EACH = 200, N = 200 };
    double beta[K], value, error;
    int64_t n[K];
    for (int k = 0; k < K; k++) {
        beta[k] = 0.1 * k;
        n[k] = EACH;
        spins(E + k * EACH, EACH, N, beta[k], (temper_stream){77, (uint32_t)k});
    }
    for (int i = 0; i < K * EACH; i++) E[i] = 50 * E[i] - 1e4; /* other units and zero of energy */
    for (int k = 0; k < K; k++) beta[k] /= 50;
    temper_mbar *mbar;
    CHECK_OK(temper_mbar_create(&mbar, K, beta, n, E, NULL));
    CHECK_OK(temper_mbar_log_z(mbar, beta[K - 1], &value, &error));
    CHECK_NEAR(value, spins_log_z(N, 1.5) - spins_log_z(N, 0) + 300, 4.5 * error);
    CHECK(error > 0 && error < 1, "± %g", error);
    temper_mbar_free(mbar);
    const double far[] = {0, 10};
    const int64_t two[] = {2, 2};
    const double apart[] = {1, -1, -500, -501};
    CHECK_OK(temper_mbar_create(&mbar, 2, far, two, apart, NULL));
    CHECK_OK(temper_mbar_log_z(mbar, 10, &value, &error));
    CHECK(isinf(error) && isfinite(value), "no overlap: %g ± %g", value, error);
    CHECK_OK(temper_mbar_mean(mbar, 5, NULL, &value, &error, NULL));
    CHECK(isinf(error) && isfinite(value), "no overlap: %g ± %g", value, error);
    temper_mbar_free(mbar);
}

static void refuses(void) {
    const double beta[] = {0, INFINITY}, negative = -1;
    const int64_t n[] = {3, 0};
    const double bad[] = {1, 2, NAN};
    double fine[] = {1, 2, 3}, value, error;
    temper_mbar *mbar = NULL;
    CHECK_FAILS(temper_mbar_create(&mbar, 0, beta, n, fine, NULL), TEMPER_BAD_OPTION, "K=0");
    CHECK_FAILS(temper_mbar_create(&mbar, 2, beta, n, fine, NULL), TEMPER_BAD_OPTION, "beta[1]=inf");
    CHECK_FAILS(temper_mbar_create(&mbar, 1, beta, n + 1, fine, NULL), TEMPER_BAD_OPTION, "n[0]=0");
    CHECK_FAILS(temper_mbar_create(&mbar, 1, beta, n, bad, NULL), TEMPER_BAD_DATA, "energy 2 of state 0");
    CHECK_FAILS(temper_mbar_create(&mbar, 1, beta, n, fine, &negative), TEMPER_BAD_OPTION,
                "inefficiency[0]=-1");
    int64_t live = temper_alloc_live();
    for (int k = 1; k <= 2; k++) {
        temper_alloc_fail_at(k);
        CHECK_FAILS(temper_mbar_create(&mbar, 1, beta, n, fine, NULL), TEMPER_NO_MEMORY, "memory");
    }
    temper_alloc_fail_at(0);
    CHECK_OK(temper_mbar_create(&mbar, 1, beta, n, fine, NULL));
    CHECK_FAILS(temper_mbar_log_z(mbar, NAN, &value, &error), TEMPER_BAD_OPTION, "beta=");
    CHECK_FAILS(temper_mbar_mean(mbar, 0, bad, &value, &error, NULL), TEMPER_BAD_DATA, "A[2]");
    temper_alloc_fail_at(1);
    CHECK_FAILS(temper_mbar_log_z(mbar, 0.1, &value, &error), TEMPER_NO_MEMORY, "memory");
    temper_alloc_fail_at(1);
    CHECK_FAILS(temper_mbar_mean(mbar, 0.1, NULL, &value, &error, NULL), TEMPER_NO_MEMORY, "memory");
    temper_alloc_fail_at(0);
    temper_mbar_free(mbar);
    CHECK(temper_alloc_live() == live, "%lld blocks left", (long long)(temper_alloc_live() - live));
}

int main(void) {
    RUN(pymbar_agrees);
    RUN(one_histogram);
    RUN(harmonic);
    RUN(two_levels);
    RUN(order_and_inefficiency);
    RUN(covers);
    RUN(range_and_overlap);
    RUN(refuses);
    return check_end();
}
