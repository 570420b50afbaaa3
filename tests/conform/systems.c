/* Every system of the catalogue is asked whether it keeps the promises of temper/system.h. */
#include "options.h"

static const temper_stream stream = {20261125, 7};
static uint32_t draw(int64_t k) { return temper_word(stream, TEMPER_FOR_TESTS, 0, k); }

static double scale_of(double energy) { return 1e-9 * (1 + fabs(energy)); }

/* A random legal value of site i other than its present one. */
static int other_value(const temper_system *system, const int8_t *s, int i, uint32_t word) {
    const int8_t *values;
    int q = system->type->alphabet(system->self, i, &values);
    int v = (int)temper_below(word, (uint32_t)(q - 1));
    for (int k = 0; k <= v; k++)
        if (values[k] == s[i]) return values[v + 1];
    return values[v];
}

static void cost_is_the_energy_difference(temper_chain *chain) {
    const temper_system *system = chain->system;
    for (int64_t k = 0; k < 400; k++) {
        int i = (int)temper_below(draw(2 * k), (uint32_t)system->n),
            to = other_value(system, chain->s, i, draw(2 * k + 1));
        double before = temper_system_energy(system, chain->s);
        double cost = system->type->cost(system->self, chain->s, chain->cache, i, to);
        temper_chain_set(chain, i, to);
        CHECK(chain->s[i] == to, "set did not set");
        CHECK_NEAR(cost, temper_system_energy(system, chain->s) - before, scale_of(before));
    }
}

static void cache_survives_a_long_walk(temper_chain *chain) {
    const temper_system *system = chain->system;
    for (int64_t k = 0; k < 20000; k++) {
        int i = (int)temper_below(draw(2 * k + 5000), (uint32_t)system->n);
        temper_chain_set(chain, i, other_value(system, chain->s, i, draw(2 * k + 5001)));
    }
    CHECK_NEAR(chain->energy, temper_system_energy(system, chain->s), scale_of(chain->energy));
    double *walked = malloc(sizeof(double) * (size_t)(system->cached + 1));
    memcpy(walked, chain->cache, sizeof(double) * (size_t)system->cached);
    temper_chain_refresh(chain);
    for (int c = 0; c < system->cached; c++)
        CHECK_NEAR(walked[c], chain->cache[c], scale_of(chain->cache[c]));
    free(walked);
}

static void sites_of_one_colour_ignore_each_other(temper_chain *chain) {
    const temper_system *system = chain->system;
    for (int c = 0; c < system->colours; c++)
        for (int a = system->colour_start[c]; a < system->colour_start[c + 1]; a++)
            for (int b = a + 1; b < system->colour_start[c + 1] && b < a + 40; b++) {
                int i = system->order[a], j = system->order[b], back = chain->s[j];
                int to = other_value(system, chain->s, i, draw(a)),
                    away = other_value(system, chain->s, j, draw(b));
                double before = system->type->cost(system->self, chain->s, chain->cache, i, to);
                temper_chain_set(chain, j, away);
                CHECK_NEAR(system->type->cost(system->self, chain->s, chain->cache, i, to), before,
                           scale_of(before));
                temper_chain_set(chain, j, back);
            }
    CHECK(!system->colours || system->colour_start[system->colours] == system->n, "colours miss sites");
}

static void views_agree_with_the_energy(temper_chain *chain) {
    const temper_system *system = chain->system;
    for (int i = 0; i < system->n; i++) {
        if (system->fields)
            CHECK_NEAR(system->type->cost(system->self, chain->s, chain->cache, i, -chain->s[i]),
                       2 * chain->s[i] * chain->cache[i], scale_of(chain->energy));
        if (!system->has_bonds) continue;
        const temper_bonds *b = &system->bonds;
        double field = b->h ? b->h[i] : 0, potts = 0;
        int to = other_value(system, chain->s, i, draw(i));
        for (int64_t e = b->start[i]; e < b->start[i + 1]; e++) {
            CHECK(b->to[e] != i && b->to[e] >= 0 && b->to[e] < system->n, "bond %d-%d", i, b->to[e]);
            field += b->J[e] * chain->s[b->to[e]];
            potts += b->J[e] * ((chain->s[b->to[e]] == chain->s[i]) - (chain->s[b->to[e]] == to));
        }
        CHECK_NEAR(system->type->cost(system->self, chain->s, chain->cache, i, to),
                   system->binary ? 2 * chain->s[i] * field : potts, scale_of(chain->energy));
    }
    if (system->has_lattice) {
        int64_t sites = 1;
        for (int d = 0; d < system->lattice.dims.n; d++) sites *= system->lattice.dims.extent[d];
        CHECK(sites == system->n, "the lattice has %lld sites, the system %d", (long long)sites, system->n);
    }
}

/* H is linear in its weights or at least smooth: central differences through learn. */
static void slope_is_the_derivative(const char *text) {
    temper_system *system;
    temper_chain *chain;
    if (temper_system_create(&system, text)) return;
    const temper_system_type *type = system->type;
    CHECK(!type->weights == !type->slope && !type->weights == !type->learn,
          "weights, slope, learn go together");
    if (type->weights && !temper_chain_create(&chain, system, NULL, 3, 1)) {
        int w = type->weights(system->self);
        double *slope = calloc((size_t)w, sizeof *slope), *dw = calloc((size_t)w, sizeof *dw), eps = 1e-4;
        type->slope(system->self, chain->s, slope);
        for (int k = 0; k < w; k++) {
            double up, down;
            dw[k] = eps, type->learn(system->self, dw), up = temper_system_energy(system, chain->s);
            dw[k] = -2 * eps, type->learn(system->self, dw), down = temper_system_energy(system, chain->s);
            dw[k] = eps, type->learn(system->self, dw), dw[k] = 0;
            CHECK_NEAR((up - down) / (2 * eps), slope[k], 1e-6 * (1 + fabs(up)));
        }
        free(slope), free(dw), temper_chain_free(chain);
    }
    temper_system_free(system);
}

static void text_makes_it_again(const temper_chain *chain) {
    temper_system *again;
    CHECK_OK(temper_system_create(&again, chain->system->text));
    if (!again) return;
    CHECK(!strcmp(again->text, chain->system->text), "%s became %s", chain->system->text, again->text);
    CHECK(temper_system_energy(again, chain->s) == temper_system_energy(chain->system, chain->s),
          "another instance");
    temper_system_free(again);
}

static void ordered_states_are_legal(temper_chain *chain) {
    char how[32];
    CHECK_OK(temper_chain_start(chain, "ordered"));
    for (int k = 0; k < 3; k++) {
        snprintf(how, sizeof how, "ordered:%d", k);
        if (!temper_chain_start(chain, how)) CHECK_OK(temper_system_legal(chain->system, chain->s));
    }
    CHECK_FAILS(temper_chain_start(chain, "sideways"), TEMPER_BAD_OPTION, "sideways");
    CHECK_OK(temper_chain_start(chain, "random"));
    CHECK_OK(temper_system_legal(chain->system, chain->s));
}

static void every_failed_allocation_is_clean(const char *text) {
    int64_t live = temper_alloc_live();
    for (int64_t k = 1; k < 400; k++) {
        temper_system *system;
        temper_alloc_fail_at(k);
        temper_status bad = temper_system_create(&system, text);
        temper_alloc_fail_at(0);
        if (!bad) {
            temper_system_free(system);
            CHECK(temper_alloc_live() == live, "%s leaks", text);
            return;
        }
        CHECK(bad == TEMPER_NO_MEMORY, "%s, allocation %lld: %s", text, (long long)k, temper_message());
        CHECK(!system && temper_alloc_live() == live, "%s leaks when allocation %lld fails", text,
              (long long)k);
    }
}

/* Beyond the specimens: odd, open, tiny and awkward instances. */
static const char *const more[] = {"ising:dims=5",
                                   "ising:dims=2x2",
                                   "ising:dims=1x7,h=0.3",
                                   "ising:dims=3x4x5,J=-1",
                                   "ising:dims=2x3x2x2,J=0.7,h=-0.2",
                                   "ising:dims=5x3,boundary=open",
                                   "ising:dims=2",
                                   "ising:dims=1",
                                   "ising:dims=8x8",
                                   "potts:dims=4x3,q=5",
                                   "potts:dims=3x3,q=2,J=-1",
                                   "spin_glass:dims=3x3x3,couplings=gaussian,seed=5",
                                   "spin_glass:dims=4x5,h=0.3",
                                   "spin_glass:dims=6x6,boundary=open",
                                   "sk:n=33,J0=0.5,h=0.1",
                                   "curie_weiss:n=50,h=0.2",
                                   "pspin:n=12",
                                   "hopfield:n=60,patterns=2",
                                   "hopfield:n=40,patterns=30",
                                   "hopfield:n=50,patterns=5,rule=pseudo_inverse",
                                   "hopfield:n=50,patterns=5,rule=storkey",
                                   "hopfield:n=40,patterns=6,rule=polynomial,degree=3",
                                   "hopfield:n=30,patterns=9,rule=exponential",
                                   "hopfield:n=60,patterns=4,b=0.3",
                                   "boltzmann:visible=5,hidden=4,units=spin",
                                   "boltzmann:visible=3,hidden=2,units=potts,states=4",
                                   "boltzmann:visible=1,hidden=0",
                                   NULL};

static const char *text_now;
static void keeps_its_promises(void) {
    temper_system *system;
    temper_chain *chain;
    temper_status bad = temper_system_create(&system, text_now);
    CHECK(!bad, "%s: %s", text_now, temper_message());
    if (bad) return;
    CHECK_OK(temper_chain_create(&chain, system, NULL, 1, 1));
    if (system->n > 0 && exp(temper_system_log_states(system)) > 1.5) {
        cost_is_the_energy_difference(chain);
        cache_survives_a_long_walk(chain);
        sites_of_one_colour_ignore_each_other(chain);
        views_agree_with_the_energy(chain);
    }
    text_makes_it_again(chain);
    ordered_states_are_legal(chain);
    temper_chain_free(chain);
    temper_system_free(system);
    slope_is_the_derivative(text_now);
    every_failed_allocation_is_clean(text_now);
    if (check_bad) printf("  in %s\n", text_now);
}

static const temper_about *about_now;
static void refuses_nonsense(void) { refuses_bad_options(about_now); }

int main(void) {
    char text[512];
    small_home();
    for (int k = 0; temper_list_system[k]; k++) {
        about_now = &temper_list_system[k]->about;
        small_text(about_now, text);
        text_now = text;
        RUN(keeps_its_promises);
        RUN(refuses_nonsense);
    }
    for (int k = 0; more[k]; k++) {
        text_now = more[k];
        RUN(keeps_its_promises);
    }
    return check_end();
}
