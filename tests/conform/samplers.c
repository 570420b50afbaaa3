/* Every sampler leaves the Boltzmann distribution of every small system alone.
 *
 * Start from an exact draw, advance once, and the histogram must still be exact: χ² over all states. Reversible
 * samplers must also show equal flow i → j and j → i. And from a fixed start they must forget it. */
#include "options.h"

enum { DRAWS = 40000 };

/* (χ² − dof)/√(2 dof) of counts against weights; states with an expectation below 5 are pooled. */
static double chi_squared(const small *x, const int *count, int draws) {
    double chi2 = 0, pool_expected = 0, pool_count = 0;
    int dof = -1;
    for (int k = 0; k < x->states; k++) {
        double expected = draws * x->weight[k];
        if (expected < 5) {
            pool_expected += expected;
            pool_count += count[k];
            continue;
        }
        chi2 += (count[k] - expected) * (count[k] - expected) / expected;
        dof++;
    }
    if (pool_expected > 5) {
        chi2 += (pool_count - pool_expected) * (pool_count - pool_expected) / pool_expected;
        dof++;
    }
    return dof > 0 ? (chi2 - dof) / sqrt(2.0 * dof) : 0;
}

/* Largest |N_ij − N_ji| / √(N_ij + N_ji). */
static double worst_flow(const int *flow, int states) {
    double worst = 0;
    for (int i = 0; i < states; i++)
        for (int j = 0; j < i; j++) {
            double a = flow[i * states + j], b = flow[j * states + i];
            if (a + b > 20) worst = fmax(worst, fabs(a - b) / sqrt(a + b));
        }
    return worst;
}

typedef struct {
    const small *x;
    const temper_sampler *sampler;
    temper_chain *chain[2];
    double T;
} trial;

static void place(temper_chain *chain, const trial *t, int state, uint32_t number) {
    memcpy(chain->s, t->x->s + (size_t)state * (size_t)t->x->system->n, (size_t)t->x->system->n);
    chain->stream.chain = number;
    chain->clock = 0;
    chain->temperature = t->T;
    temper_chain_refresh(chain);
}

static void one_sweep_keeps_the_distribution(const trial *t, bool reversible) {
    const small *x = t->x;
    int group = t->sampler->group;
    int *count = calloc((size_t)x->states, sizeof *count);
    int *flow =
        reversible && x->states <= 512 ? calloc((size_t)x->states * (size_t)x->states, sizeof *flow) : NULL;
    temper_stream exact = {99, 0};
    for (int d = 0; d < DRAWS; d += group) {
        int from[2];
        for (int g = 0; g < group; g++) {
            from[g] = small_draw(x, temper_uniform(exact, TEMPER_FOR_TESTS, 0, d + g));
            place(t->chain[g], t, from[g], (uint32_t)(d + g));
        }
        CHECK_OK(temper_sampler_advance(t->sampler, t->chain, group, 1));
        for (int g = 0; g < group; g++) {
            int to = small_encode(x->system, t->chain[g]->s);
            count[to]++;
            if (flow) flow[from[g] * x->states + to]++;
            if (d < 200) CHECK_NEAR(t->chain[g]->energy, x->energy[to], 1e-9 * (1 + fabs(x->energy[to])));
            if (d < 200) CHECK(t->chain[g]->clock > 0, "the clock stands still");
        }
    }
    double z = chi_squared(x, count, DRAWS);
    CHECK(z < 4.5, "stationarity of %s on %s at T=%g: chi2 is %.1f sigma off", t->sampler->text,
          x->system->text, t->T, z);
    if (flow) {
        double worst = worst_flow(flow, x->states);
        CHECK(worst < 5.5, "detailed balance of %s on %s at T=%g: a flow is %.1f sigma off", t->sampler->text,
              x->system->text, t->T, worst);
    }
    free(count), free(flow);
}

/* Many chains from one start, a few dozen sweeps: the same distribution (the sampler is ergodic here). */
static void it_forgets_its_start(const trial *t) {
    const small *x = t->x;
    int group = t->sampler->group, draws = 4000;
    int *count = calloc((size_t)x->states, sizeof *count);
    for (int d = 0; d < draws; d += group) {
        for (int g = 0; g < group; g++) place(t->chain[g], t, 0, (uint32_t)(d + g + 1000000));
        CHECK_OK(temper_sampler_advance(t->sampler, t->chain, group, 200));
        for (int g = 0; g < group; g++) count[small_encode(x->system, t->chain[g]->s)]++;
    }
    double z = chi_squared(x, count, draws);
    CHECK(z < 4.5, "ergodicity of %s on %s at T=%g: chi2 is %.1f sigma off", t->sampler->text,
          x->system->text, t->T, z);
    free(count);
}

/* ≤ 6 sites of every kind; T is chosen so that neither order nor noise rules. */
static const struct {
    const char *system;
    double T;
} bench[] = {
    {"ising:dims=2x3", 2.5},
    {"ising:dims=5", 1.5}, /* rings are full of ties: a scan that takes them all sees 10 of 32 states */
    {"ising:dims=2x2", 2.5},
    {"ising:dims=5,h=0.4,J=-1", 1.5},
    {"ising:dims=2x2,h=0.2", 3},
    {"ising:dims=2x3,boundary=open", 1.2},
    {"ising:dims=4x2", 3},
    {"potts:dims=2x2,q=3", 1.5},
    {"potts:dims=4,q=3,boundary=open", 0.8},
    {"spin_glass:dims=2x3,couplings=gaussian,seed=2", 1.5},
    {"spin_glass:dims=3x2,h=0.3", 2},
    {"sk:n=6,seed=4", 0.8},
    {"curie_weiss:n=6,h=0.1", 0.9},
    {"pspin:n=5", 0.8},
    {"hopfield:n=6,patterns=3", 0.6},
    {"hopfield:n=6,patterns=1,b=0.1", 0.7},
    {"hopfield:n=6,patterns=3,rule=polynomial,degree=3", 0.8},
};
static const struct {
    const char *text;
    bool reversible, ergodic;
} samplers[] = {
    {"metropolis:order=sequential", false, true},
    {"metropolis:order=random", true, true},
    {"metropolis:order=colour", false, true},
    {"heatbath:order=sequential", false, true},
    {"heatbath:order=random", true, true},
    {"heatbath:order=colour", false, true},
    {"wolff", true, true},
    {"swendsen_wang", true, true},
    {"metropolis+houdayer", false, true},
    {"houdayer", false, false},
    {"heatbath+wolff", false, true},
};

static int sampler_now;
static void samples_the_boltzmann_distribution(void) {
    temper_sampler *sampler;
    CHECK_OK(temper_sampler_create(&sampler, samplers[sampler_now].text));
    if (!sampler) return;
    int suited = 0;
    for (int b = 0; b < (int)(sizeof bench / sizeof *bench); b++) {
        small x;
        trial t = {&x, sampler, {NULL, NULL}, bench[b].T};
        if (!small_create(&x, bench[b].system)) {
            small_free(&x);
            continue;
        }
        small_heat(&x, t.T);
        if (!temper_sampler_suits(sampler, x.system)) {
            suited++;
            for (int g = 0; g < 2; g++)
                CHECK_OK(temper_chain_create(&t.chain[g], x.system, sampler, 5, (uint32_t)g));
            one_sweep_keeps_the_distribution(&t, samplers[sampler_now].reversible);
            if (samplers[sampler_now].ergodic) it_forgets_its_start(&t);
            for (int g = 0; g < 2; g++) temper_chain_free(t.chain[g]);
        }
        small_free(&x);
    }
    CHECK(suited >= 4, "%s suits only %d systems", sampler->text, suited);
    temper_sampler_free(sampler);
}

static const temper_about *about_now;
static void refuses_nonsense(void) { refuses_bad_options(about_now); }

static void every_failed_allocation_is_clean(void) {
    int64_t live = temper_alloc_live();
    for (int64_t k = 1; k < 100; k++) {
        temper_sampler *sampler;
        temper_alloc_fail_at(k);
        temper_status bad = temper_sampler_create(&sampler, "metropolis+wolff+heatbath");
        temper_alloc_fail_at(0);
        temper_sampler_free(sampler);
        CHECK(temper_alloc_live() == live, "allocation %lld leaks", (long long)k);
        if (!bad) return;
        CHECK(bad == TEMPER_NO_MEMORY, "%s", temper_message());
    }
}

int main(void) {
    for (sampler_now = 0; sampler_now < (int)(sizeof samplers / sizeof *samplers); sampler_now++)
        RUN(samples_the_boltzmann_distribution);
    for (int k = 0; temper_list_sampler[k]; k++) {
        about_now = &temper_list_sampler[k]->about;
        RUN(refuses_nonsense);
    }
    RUN(every_failed_allocation_is_clean);
    return check_end();
}
