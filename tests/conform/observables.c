/* Every observable, averaged over a run, agrees with its exact average over all states of a small system. */
#include "options.h"

static const temper_observable_type *type_now;

static void agrees_with_enumeration(void) {
    temper_observable *observable;
    temper_sampler *sampler;
    small x;
    const double T = 2.2;
    enum { SWEEPS = 20000, CHAINS = 4 };
    CHECK_OK(temper_observable_create(&observable, type_now->about.name));
    CHECK_OK(temper_sampler_create(&sampler, "heatbath"));
    if (!small_create(&x, type_now->on) || !observable || !sampler) {
        CHECK(false, "%s is not measured on a small system (%s)", type_now->about.name, type_now->on);
        return;
    }
    small_heat(&x, T);
    int raw = type_now->raw(observable->self, x.system), r = type_now->configurations;
    double *series = malloc(sizeof(double) * (size_t)raw * SWEEPS * CHAINS),
           *exact = calloc((size_t)raw, sizeof(double));
    double *one = malloc(sizeof(double) * (size_t)raw);
    for (int a = 0; a < x.states; a++) /* two replicas: all pairs of states */
        for (int b = 0; b < (r == 2 ? x.states : 1); b++) {
            const int8_t *s[2] = {x.s + (size_t)a * (size_t)x.system->n,
                                  x.s + (size_t)b * (size_t)x.system->n};
            double E[2] = {x.energy[a], x.energy[b]};
            type_now->measure(observable->self, x.system, s, E, one);
            for (int k = 0; k < raw; k++) exact[k] += one[k] * x.weight[a] * (r == 2 ? x.weight[b] : 1);
        }
    for (int c = 0; c < CHAINS; c++) {
        temper_chain *chain[2];
        for (int g = 0; g < r; g++) {
            CHECK_OK(temper_chain_create(&chain[g], x.system, sampler, 11, (uint32_t)(2 * c + g)));
            chain[g]->temperature = T;
            CHECK_OK(temper_sampler_advance(sampler, &chain[g], 1, 200));
        }
        for (int t = 0; t < SWEEPS; t++) {
            for (int g = 0; g < r; g++) temper_sampler_advance(sampler, &chain[g], 1, 1);
            const int8_t *s[2] = {chain[0]->s, chain[r - 1]->s};
            double E[2] = {chain[0]->energy, chain[r - 1]->energy};
            type_now->measure(observable->self, x.system, s, E,
                              series + ((size_t)c * SWEEPS + (size_t)t) * (size_t)raw);
        }
        for (int g = 0; g < r; g++) temper_chain_free(chain[g]);
    }
    double *column = malloc(sizeof(double) * SWEEPS * CHAINS);
    for (int k = 0; k < raw; k++) {
        temper_estimate e;
        for (int t = 0; t < SWEEPS * CHAINS; t++) column[t] = series[(size_t)t * (size_t)raw + (size_t)k];
        CHECK_OK(temper_estimate_mean(column, CHAINS, SWEEPS, &e));
        CHECK_NEAR(e.mean, exact[k], 4.5 * e.error + 1e-12);
        CHECK(e.error < 0.05 * (1 + fabs(exact[k])), "raw %d: error %g", k, e.error);
    }
    if (check_bad) printf("  in %s on %s\n", type_now->about.name, x.system->text);
    free(series), free(exact), free(one), free(column);
    small_free(&x);
    temper_sampler_free(sampler);
    temper_observable_free(observable);
}

static void refuses_nonsense(void) { refuses_bad_options(&type_now->about); }

int main(void) {
    small_home();
    for (int k = 0; temper_list_observable[k]; k++) {
        type_now = temper_list_observable[k];
        RUN(agrees_with_enumeration);
        RUN(refuses_nonsense);
    }
    return check_end();
}
