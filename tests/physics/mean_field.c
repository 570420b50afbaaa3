/* Infinite-range models: Curie–Weiss at finite N exactly, Sherrington–Kirkpatrick above its transition, and the
 * Edwards–Anderson glass at high temperature. Values: shared/reference/theory.md sections 2 and 4, spins.md section 7. */
#include <stdlib.h>
#include "check.h"
#include "temper/temper.h"

typedef struct {
    temper_estimate energy, m, m2;
    double binder;
} means;

typedef struct {
    double T;
    int sweeps;
    uint64_t seed; /* another one for every instance: a common noise would be a common error */
} plan;

/* CHAINS chains, `sweeps` recorded after a tenth as many. */
static void measure(const char *text, const char *move, plan how, means *out) {
    enum { CHAINS = 8 };
    temper_system *system;
    temper_sampler *sampler;
    int sweeps = how.sweeps;
    size_t all = (size_t)CHAINS * (size_t)sweeps;
    double *e = calloc(3 * all, sizeof *e), *m = e + all, *m2 = e + 2 * all, m4 = 0, second = 0;
    CHECK_OK(temper_system_create(&system, text));
    CHECK_OK(temper_sampler_create(&sampler, move));
    for (int c = 0; c < CHAINS; c++) {
        temper_chain *chain;
        CHECK_OK(temper_chain_create(&chain, system, sampler, how.seed, (uint32_t)c));
        chain->temperature = how.T;
        CHECK_OK(temper_sampler_advance(sampler, &chain, 1, sweeps / 10));
        for (int t = 0; t < sweeps; t++) {
            int M = 0;
            size_t k = (size_t)c * (size_t)sweeps + (size_t)t;
            temper_sampler_advance(sampler, &chain, 1, 1);
            for (int i = 0; i < system->n; i++) M += chain->s[i];
            double x = (double)M / system->n;
            e[k] = chain->energy / system->n, m[k] = fabs(x), m2[k] = x * x;
            m4 += x * x * x * x / (double)all, second += x * x / (double)all;
        }
        temper_chain_free(chain);
    }
    CHECK_OK(temper_estimate_mean(e, CHAINS, sweeps, &out->energy));
    CHECK_OK(temper_estimate_mean(m, CHAINS, sweeps, &out->m));
    CHECK_OK(temper_estimate_mean(m2, CHAINS, sweeps, &out->m2));
    out->binder = 1 - m4 / (3 * second * second);
    temper_sampler_free(sampler);
    temper_system_free(system);
    free(e);
}

static void curie_weiss_at_finite_n(void) {
    static const struct {
        const char *system;
        double T, e, m, m2, binder;
    } rows[] = {{"curie_weiss:n=64", 1, -0.071170309880, 0.320421707983, 0.142340619760, 0.3146131752},
                {"curie_weiss:n=256", 1, -0.036070195627, 0.226984334180, 0.072140391254, 0.2922315466},
                {"curie_weiss:n=256", 0.5, -0.457735128556, 0.956592528034, 0.915470257113, 0.6660894153}};
    for (int r = 0; r < 3; r++) {
        means x;
        measure(rows[r].system, r == 1 ? "heatbath" : "metropolis", (plan){rows[r].T, 30000, 3}, &x);
        CHECK_NEAR(x.energy.mean, rows[r].e, 4.5 * x.energy.error);
        CHECK_NEAR(x.m.mean, rows[r].m, 4.5 * x.m.error);
        CHECK_NEAR(x.m2.mean, rows[r].m2, 4.5 * x.m2.error);
        CHECK_NEAR(x.binder, rows[r].binder, 0.02);
    }
}

/* Mean energy per site over instances, and its error from their spread. */
static void over_instances(const char *format, int instances, double T, int sweeps, double *mean,
                           double *error) {
    double sum = 0, square = 0;
    for (int k = 0; k < instances; k++) {
        char text[128];
        means x;
        snprintf(text, sizeof text, format, k + 1);
        measure(text, "metropolis", (plan){T, sweeps, (uint64_t)k}, &x);
        sum += x.energy.mean, square += x.energy.mean * x.energy.mean;
    }
    *mean = sum / instances;
    *error = sqrt(fmax(0, square / instances - *mean * *mean) / (instances - 1));
    printf("  %s at T=%g: %.5f ± %.5f\n", format, T, *mean, *error);
}

/* SK for T > 1: u = −1/(2T) + O(1/N). */
static void sk_above_its_transition(void) {
    double mean, error;
    over_instances("sk:n=512,seed=%d", 32, 2, 300, &mean, &error);
    CHECK_NEAR(mean, -0.25, 4.5 * error + 1.0 / 512);
    CHECK(error < 1e-3, "error %g", error);
}

/* EA ±J in three dimensions, t = tanh β: e = −3t + 12 t⁷(1 − t²) + O(t¹¹), −0.73416 at T = 4; and T = 2, L = 8: −1.3383(3). */
static void edwards_anderson_at_high_temperature(void) {
    double mean, error;
    over_instances("spin_glass:dims=8x8x8,seed=%d", 120, 4, 300, &mean, &error);
    CHECK_NEAR(mean, -0.73416, 4.5 * error + 5e-5);
    CHECK(error < 7.3e-4, "error %g", error); /* 0.1 % */
    over_instances("spin_glass:dims=8x8x8,seed=%d", 120, 2, 300, &mean, &error);
    CHECK_NEAR(mean, -1.3383, 4.5 * hypot(error, 3e-4));
    CHECK(error < 2e-3, "error %g", error);
}

int main(void) {
    RUN(curie_weiss_at_finite_n);
    RUN(sk_above_its_transition);
    RUN(edwards_anderson_at_high_temperature);
    return check_end();
}
