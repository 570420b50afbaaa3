/* Hopfield retrieval by simulation beside Amit, Gutfreund & Sompolinsky (Phys. Rev. Lett. 55, 1530, 1985).
 *
 * T = 0: start at a pattern, run to a fixed point, median overlap over 50 patterns at N = 1000 (shared/reference/systems.md,
 * sections 5 and 9). T > 0: mean overlap and energy over instances beside the replica-symmetric values of
 * shared/reference/theory.md, section 5; the finite-size shift is O(1/N). */
#include <stdlib.h>
#include "check.h"
#include "temper/temper.h"

enum { TRIALS = 50 };

static int ascending(const void *a, const void *b) {
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static double overlap(const temper_chain *chain, int k) {
    const int8_t *xi;
    int n = chain->system->n, m = 0;
    chain->system->type->patterns(chain->system->self, &xi);
    for (int i = 0; i < n; i++) m += xi[(size_t)k * (size_t)n + (size_t)i] * chain->s[i];
    return (double)m / n;
}

/* Final overlaps of TRIALS patterns of one memory, sorted. */
static void recall(int n, int patterns, double *m) {
    char text[96], how[32];
    temper_system *system;
    temper_sampler *sampler;
    snprintf(text, sizeof text, "hopfield:n=%d,patterns=%d,seed=11", n, patterns);
    CHECK_OK(temper_system_create(&system, text));
    CHECK_OK(temper_sampler_create(&sampler, "metropolis:order=sequential"));
    for (int k = 0; k < TRIALS; k++) {
        temper_chain *chain;
        CHECK_OK(temper_chain_create(&chain, system, sampler, 1, (uint32_t)k));
        snprintf(how, sizeof how, "ordered:%d", k);
        CHECK_OK(temper_chain_start(chain, how));
        CHECK_OK(temper_chain_heat(chain, 0));
        double before;
        do { /* energies never rise at T = 0, so this ends */
            before = chain->energy;
            CHECK_OK(temper_sampler_advance(sampler, &chain, 1, 5));
            CHECK(chain->energy <= before + 1e-9 * n, "the energy rose at T = 0");
        } while (chain->energy < before - 1e-9 * n);
        m[k] = overlap(chain, k);
        temper_chain_free(chain);
    }
    qsort(m, TRIALS, sizeof *m, ascending);
    temper_sampler_free(sampler);
    temper_system_free(system);
}

static void memories_break_down_near_capacity(void) {
    double m[TRIALS], mean = 0;
    recall(1000, 50, m);
    CHECK(m[TRIALS / 2] >= 0.9999, "α = 0.05: median %.4f", m[TRIALS / 2]);
    recall(1000, 100, m);
    CHECK_NEAR(m[TRIALS / 2], 0.998, 0.0021);
    for (int k = 5; k < TRIALS - 5; k++) mean += m[k] / (TRIALS - 10); /* rare failures spoil a plain mean */
    CHECK_NEAR(mean, 0.997999, 0.002);
    recall(1000, 130, m);
    CHECK(m[TRIALS / 2] >= 0.98, "α = 0.13: median %.4f", m[TRIALS / 2]);
    recall(1000, 200, m);
    CHECK(m[TRIALS / 2] <= 0.50, "α = 0.20: median %.4f", m[TRIALS / 2]);
    CHECK(m[TRIALS / 2] >= 0.20, "α = 0.20: a remanent overlap near 0.33 is expected, got %.4f",
          m[TRIALS / 2]);
}

typedef struct {
    double alpha, T, m, u;
} point;

enum { N = 2000, INSTANCES = 24 };
typedef struct {
    point at;
    double m[INSTANCES], u[INSTANCES];
} campaign;

static temper_status one_instance(void *context, int64_t k) {
    campaign *c = context;
    char text[96];
    temper_system *system;
    temper_sampler *sampler;
    temper_chain *chain;
    snprintf(text, sizeof text, "hopfield:n=%d,patterns=%d,seed=%d", N, (int)lround(c->at.alpha * N),
             (int)k + 100);
    temper_status bad = temper_system_create(&system, text);
    if (bad) return bad;
    if ((bad = temper_sampler_create(&sampler, "heatbath"))) return bad;
    if ((bad = temper_chain_create(&chain, system, sampler, 5, (uint32_t)k))) return bad;
    bad = temper_chain_start(chain, "ordered:0");
    temper_chain_heat(chain, c->at.T);
    if (!bad) bad = temper_sampler_advance(sampler, &chain, 1, 60);
    for (int t = 0; t < 60 && !bad; t++) {
        bad = temper_sampler_advance(sampler, &chain, 1, 1);
        c->m[k] += overlap(chain, 0) / 60;
        c->u[k] += chain->energy / N / 60;
    }
    temper_chain_free(chain);
    temper_sampler_free(sampler);
    temper_system_free(system);
    return bad;
}

static void agrees(const char *what, const double *x, double truth, double shift) {
    double mean = 0, square = 0;
    for (int k = 0; k < INSTANCES; k++) mean += x[k] / INSTANCES;
    for (int k = 0; k < INSTANCES; k++) square += (x[k] - mean) * (x[k] - mean);
    double error = sqrt(square / (INSTANCES - 1) / INSTANCES);
    printf("  %s %.5f ± %.5f, theory %.5f\n", what, mean, error, truth);
    CHECK(error < 2e-3, "%s: error %g", what, error);
    CHECK_NEAR(mean, truth, 4.5 * error + shift);
}

static void warm_memories_follow_the_theory(void) {
    static const point points[] = {{0.05, 0.3, 0.991164996, -0.494278},
                                   {0.02, 0.5, 0.945004026, -0.452216},
                                   {0.1, 0.2, 0.989085155, NAN}};
    for (int p = 0; p < 3; p++) {
        campaign c = {.at = points[p]};
        CHECK_OK(temper_parallel(INSTANCES, one_instance, &c));
        agrees("m", c.m, points[p].m, 1.0 / N);
        if (isfinite(points[p].u))
            agrees("u", c.u, points[p].u, 1.0 / N); /* the self term is alpha/2 in both */
    }
}

int main(void) {
    RUN(memories_break_down_near_capacity);
    RUN(warm_memories_follow_the_theory);
    return check_end();
}
