/* Critical slowing down: tau_int at T_c grows as L^z. Metropolis has z = 2.1667(5), seen on small lattices in m², its
 * slow mode; Wolff's cluster has, in the energy, z_E of about 0.25 (reference/spins.md 7.1, which measured tau 1.43, 1.81, 2.18 sweep equivalents at L = 16, 32, 64). */
#include "check.h"
#include "temper/temper.h"

enum { CHAINS = 8 };
static double series[CHAINS * 30000];

typedef struct {
    const char *sampler;
    bool magnetic; /* look at m², else at the energy */
    int stride;    /* steps between two looks; tau must be well above it */
} method;

static double look(const temper_chain *chain, bool magnetic) {
    double M = 0;
    if (!magnetic) return chain->energy;
    for (int i = 0; i < chain->system->n; i++) M += chain->s[i];
    return M * M;
}

/* tau_int in sweep equivalents: steps times flipped sites per step and site (Wolff), or just sweeps (Metropolis). */
static double tau_of(int L, method how, int64_t looks, double *error) {
    char text[64];
    temper_system *system;
    temper_sampler *move;
    temper_chain *chain[CHAINS];
    temper_estimate estimate = {0};
    snprintf(text, sizeof text, "ising:dims=%dx%d", L, L);
    CHECK_OK(temper_system_create(&system, text));
    CHECK_OK(temper_sampler_create(&move, how.sampler));
    for (int c = 0; c < CHAINS; c++) {
        CHECK_OK(temper_chain_create(&chain[c], system, move, 8, (uint32_t)c));
        CHECK_OK(temper_chain_start(chain[c], "ordered"));
        chain[c]->temperature = 2.269185314213022;
    }
    CHECK_OK(temper_sampler_advance(move, chain, CHAINS, looks * how.stride / 10));
    for (int c = 0; c < CHAINS; c++) chain[c]->accepted = 0;
    for (int64_t t = 0; t < looks; t++) {
        CHECK_OK(temper_sampler_advance(move, chain, CHAINS, how.stride));
        for (int c = 0; c < CHAINS; c++) series[c * looks + t] = look(chain[c], how.magnetic);
    }
    CHECK_OK(temper_estimate_mean(series, CHAINS, looks, &estimate));
    double flipped = 0, steps = (double)(CHAINS * looks * how.stride);
    for (int c = 0; c < CHAINS; c++) flipped += (double)chain[c]->accepted / (steps * system->n);
    double unit = how.stride * (strcmp(how.sampler, "wolff") == 0 ? flipped : 1);
    for (int c = 0; c < CHAINS; c++) temper_chain_free(chain[c]);
    temper_sampler_free(move);
    temper_system_free(system);
    *error = estimate.tau_error * unit;
    return estimate.tau * unit;
}

/* Slope of ln tau against ln L, weighted by the errors of ln tau. */
static double fitted_z(method how, const int *L, const int64_t *looks, int count, double *error) {
    double w = 0, x = 0, y = 0, xx = 0, xy = 0;
    for (int k = 0; k < count; k++) {
        double err, tau = tau_of(L[k], how, looks[k], &err), weight = tau * tau / (err * err), l = log(L[k]);
        printf("  %s, L=%d: tau = %.3f +- %.3f\n", how.sampler, L[k], tau, err);
        w += weight, x += weight * l, y += weight * log(tau), xx += weight * l * l,
            xy += weight * l * log(tau);
    }
    *error = sqrt(w / (w * xx - x * x));
    return (w * xy - x * y) / (w * xx - x * x);
}

/* Run with the argument `long` the range is L = 16 … 128, in some minutes (tools/suite, stage verify). */
static bool with_128;

static void wolff_hardly_slows_down(void) {
    method how = {"wolff", false, 1};
    int64_t some[] = {30000, 14000, 8000}, many[] = {30000, 30000, 30000, 20000};
    double error,
        z = fitted_z(how, (int[]){16, 32, 64, 128}, with_128 ? many : some, with_128 ? 4 : 3, &error);
    printf("  z = %.3f +- %.3f\n", z, error);
    CHECK(z <= 0.4 && z > 0.1 && error < 0.07, "z_E of Wolff = %.3f +- %.3f", z, error);
}

static void metropolis_slows_down(void) {
    method how = {"metropolis", true, 4};
    double error, z = fitted_z(how, (int[]){8, 16, 32}, (int64_t[]){12000, 20000, 24000}, 3, &error);
    printf("  z = %.3f +- %.3f\n", z, error);
    CHECK(z > 1.5 && z < 2.6 && error < 0.2, "z of Metropolis = %.3f +- %.3f", z, error);
}

int main(int argc, char **argv) {
    with_128 = argc > 1 && !strcmp(argv[1], "long");
    RUN(wolff_hardly_slows_down);
    RUN(metropolis_slows_down);
    return check_end();
}
