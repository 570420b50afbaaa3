/* Are the error bars honest? Over 600 independent seeds the 68 % interval must cover the exact value in 63–73 % of the
 * runs and the 95 % interval in 92–98 %, for energy and |m| of the 8 × 8 Ising torus at T = 2.0, 2.27 and 3.0.
 *
 * Truth: the joint weight of (energy's Boltzmann factor, number of up spins) by a transfer matrix that adds one site at
 * a time and keeps the up spins apart. It shares nothing with the library. */
#include <stdlib.h>
#include "check.h"
#include "temper/temper.h"

enum { L = 8, N = L * L, ROWS = 1 << L, SEEDS = 600, CHAINS = 4, SWEEPS = 2000, BURN = 400 };

static double spin(int row, int x) { return row >> x & 1 ? 1 : -1; }

/* ln-free weights: w = Π exp(K s s') of one row's horizontal bonds. */
static double row_weight(int row, double K) {
    double bonds = 0;
    for (int x = 0; x < L; x++) bonds += spin(row, x) * spin(row, (x + 1) % L);
    return exp(K * bonds);
}

/* Adds the site below (row, x): v[row with bit x replaced][up + new] gathers both old values. */
static void add_site(double (*v)[N + 1], double (*next)[N + 1], int x, double K) {
    memset(next, 0, sizeof(double) * ROWS * (N + 1));
    for (int row = 0; row < ROWS; row++)
        for (int b = 0; b < 2; b++) {
            double w = exp(K * spin(row, x) * (2 * b - 1)), *to = next[(row & ~(1 << x)) | b << x];
            for (int up = 0; up + b <= N; up++) to[up + b] += w * v[row][up];
        }
}

/* ⟨|M|⟩/N and Z of the torus; the energy comes from Z by a difference in K. */
static double torus(double K, double *Z) {
    double(*v)[N + 1] = malloc(sizeof(double) * ROWS * (N + 1)),
                   (*next)[N + 1] = malloc(sizeof(double) * ROWS * (N + 1));
    double weight[N + 1] = {0}, m = 0;
    for (int first = 0; first < ROWS; first++) {
        memset(v, 0, sizeof(double) * ROWS * (N + 1));
        v[first][__builtin_popcount((unsigned)first)] = row_weight(first, K);
        for (int y = 1; y < L; y++) {
            for (int x = 0; x < L; x++) {
                add_site(v, next, x, K);
                double(*swap)[N + 1] = v;
                v = next, next = swap;
            }
            for (int row = 0; row < ROWS; row++) {
                double w = row_weight(row, K);
                for (int up = 0; up <= N; up++) v[row][up] *= w;
            }
        }
        for (int row = 0; row < ROWS; row++) { /* the last row meets the first */
            double bonds = 0;
            for (int x = 0; x < L; x++) bonds += spin(row, x) * spin(first, x);
            double w = exp(K * bonds);
            for (int up = 0; up <= N; up++) weight[up] += w * v[row][up];
        }
    }
    *Z = 0;
    for (int up = 0; up <= N; up++) *Z += weight[up];
    for (int up = 0; up <= N; up++) m += weight[up] / *Z * fabs(2.0 * up - N) / N;
    free(v), free(next);
    return m;
}

typedef struct {
    double T;
    const temper_system *system;
    const temper_sampler *sampler;
    temper_estimate energy[SEEDS], m[SEEDS];
} campaign;

static temper_status one_run(void *context, int64_t seed) {
    campaign *c = context;
    double *e = malloc(sizeof(double) * CHAINS * SWEEPS * 2), *m = e + CHAINS * SWEEPS;
    for (int k = 0; k < CHAINS; k++) {
        temper_chain *chain;
        temper_status bad = temper_chain_create(&chain, c->system, c->sampler, (uint64_t)seed, (uint32_t)k);
        if (bad) return bad;
        chain->temperature = c->T;
        temper_sampler_advance(c->sampler, &chain, 1, BURN);
        for (int t = 0; t < SWEEPS; t++) {
            int M = 0;
            temper_sampler_advance(c->sampler, &chain, 1, 1);
            for (int i = 0; i < N; i++) M += chain->s[i];
            e[k * SWEEPS + t] = chain->energy / N;
            m[k * SWEEPS + t] = fabs((double)M) / N;
        }
        temper_chain_free(chain);
    }
    temper_status bad = temper_estimate_mean(e, CHAINS, SWEEPS, &c->energy[seed]);
    if (!bad) bad = temper_estimate_mean(m, CHAINS, SWEEPS, &c->m[seed]);
    free(e);
    return bad;
}

static void judge(const char *name, double T, const temper_estimate *runs, double exact) {
    double one = 0, two = 0, z = 0;
    for (int k = 0; k < SEEDS; k++) {
        double off = fabs(runs[k].mean - exact) / runs[k].error;
        one += off <= 0.994458;
        two += off <= 1.959964;
        z += (runs[k].mean - exact) / runs[k].error;
    }
    one /= SEEDS, two /= SEEDS, z /= sqrt(SEEDS);
    printf("  %s at T=%g: exact %.6f, 68%% covers %.1f%%, 95%% covers %.1f%%, tau %.1f\n", name, T, exact,
           100 * one, 100 * two, runs[0].tau);
    CHECK(one >= 0.63 && one <= 0.73, "%s at T=%g: the 68 %% interval covers in %.1f %%", name, T, 100 * one);
    CHECK(two >= 0.92 && two <= 0.98, "%s at T=%g: the 95 %% interval covers in %.1f %%", name, T, 100 * two);
    CHECK_NEAR(z, 0, 4.5); /* and the mean itself is not biased */
}

static double temperature;
static void intervals_cover(void) {
    campaign *c = calloc(1, sizeof *c);
    temper_system *system;
    temper_sampler *sampler;
    double T = temperature, K = 1 / T, dK = 1e-4, Z, up, down;
    double m = torus(K, &Z);
    torus(K + dK, &up), torus(K - dK, &down);
    double e = -(log(up) - log(down)) / (2 * dK) / N;
    CHECK_OK(temper_system_create(&system, "ising:dims=8x8"));
    CHECK_OK(temper_sampler_create(&sampler, "metropolis"));
    c->T = T, c->system = system, c->sampler = sampler;
    CHECK_OK(temper_parallel(SEEDS, one_run, c));
    judge("energy", T, c->energy, e);
    judge("|m|", T, c->m, m);
    temper_sampler_free(sampler);
    temper_system_free(system);
    free(c);
}

/* The oracle against Kaufman's 8 × 8 values (reference/theory.md, section 3): β = 0.4 and K_c. */
static void the_oracle_is_right(void) {
    double Z;
    torus(0.4, &Z);
    CHECK_NEAR(log(Z) / N, 0.88436544938165, 1e-12);
    torus(0.44068679350977, &Z);
    CHECK_NEAR(log(Z) / N, 0.93971532482921, 1e-12);
}

int main(void) {
    RUN(the_oracle_is_right);
    const double T[] = {2.0, 2.27, 3.0};
    for (int k = 0; k < 3; k++) {
        temperature = T[k];
        RUN(intervals_cover);
    }
    return check_end();
}
