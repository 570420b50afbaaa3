/* Single-site sweeps: every path equals the naive sweep to the last bit, on any cpu level and number of threads,
 * however the sweeps are split into calls, at ties and at the ends of the temperature scale. */
#include "sampler_oracle.h"

static const char *const orders[] = {"auto", "sequential", "random", "colour"};
static const char *const rules[] = {"metropolis", "heatbath"};

/* A chain against the oracle on a second chain; without_room makes the chain too poor for the lattice path. */
static void follow(const char *system, temper_rule rule, temper_order order, double T, bool without_room) {
    char sampler[64];
    rig r;
    snprintf(sampler, sizeof sampler, "%s:order=%s", rules[rule], orders[order]);
    if (!rig_create(&r, system, sampler, 1, T)) {
        rig_free(&r);
        return;
    }
    temper_chain *truth = NULL, *chain = r.chain[0];
    CHECK_OK(temper_chain_create(&truth, r.system, NULL, 77, 0));
    truth->temperature = T;
    if (without_room) chain->scratch_bytes = 0;
    int64_t moved = 0, sites = 0;
    for (int k = 0; k < 12; k++) {
        int8_t *before = malloc((size_t)r.system->n);
        memcpy(before, truth->s, (size_t)r.system->n);
        oracle_sweep(truth, rule, order);
        for (int i = 0; i < r.system->n; i++) moved += before[i] != truth->s[i];
        sites += r.system->n;
        free(before);
        rig_advance(&r, 1);
        CHECK(memcmp(chain->s, truth->s, (size_t)r.system->n) == 0, "%s on %s at T=%g differs in sweep %d",
              sampler, system, T, k);
        if (check_bad) break;
        double H = temper_system_energy(r.system, chain->s);
        CHECK_NEAR(chain->energy, H, 1e-9 * (1 + fabs(H)));
    }
    CHECK(chain->proposed == sites, "%lld proposals, want %lld", (long long)chain->proposed,
          (long long)sites);
    if (order != TEMPER_ORDER_RANDOM) /* there a site may move twice */
        CHECK(chain->accepted == moved, "%s on %s: %lld acceptances, %lld seen", sampler, system,
              (long long)chain->accepted, (long long)moved);
    temper_chain_free(truth);
    rig_free(&r);
}

static void every_path_is_the_naive_sweep(void) {
    static const struct {
        const char *system;
        double T;
    } cases[] = {
        {"ising:dims=6x10", 2.3},
        {"ising:dims=5x7,h=0.3", 2},
        {"ising:dims=6x4x10,J=-0.7", 3},
        {"ising:dims=1x8x5,h=-0.2", 2}, /* an extent of 1: by its couplings */
        {"ising:dims=130x46", 2.3},     /* 5980 sites: more than one batch and one window */
        {"spin_glass:dims=6x7,couplings=gaussian,seed=3", 0.8},
        {"spin_glass:dims=6x6x6,seed=3", 1.2},
        {"sk:n=40,seed=2", 0.6},
        {"curie_weiss:n=30,h=0.2", 0.9},
        {"pspin:n=9", 0.7},
        {"potts:dims=6x6,q=3", 1},
        {"potts:dims=34x36,q=3", 1}, /* two batches */
        {"potts:dims=5x4,q=5,J=-1", 0.5},
    };
    for (int c = 0; c < (int)(sizeof cases / sizeof *cases); c++)
        for (int rule = 0; rule < 2; rule++)
            for (int order = TEMPER_ORDER_SEQUENTIAL; order <= TEMPER_ORDER_COLOUR; order++) {
                temper_system *system;
                CHECK_OK(temper_system_create(&system, cases[c].system));
                if (!system) return;
                bool can = order != TEMPER_ORDER_COLOUR || system->colours > 0;
                temper_system_free(system);
                if (can) follow(cases[c].system, (temper_rule)rule, (temper_order)order, cases[c].T, false);
            }
}

static void lattice_path_is_the_naive_sweep(void) {
    static const char *const systems[] = {
        "ising:dims=2x2",   "ising:dims=2x4,h=0.5", "ising:dims=4x2",   "ising:dims=4x4,J=-1,h=0.7",
        "ising:dims=6x16",  "ising:dims=16x6",      "ising:dims=34x30", "ising:dims=40x66,h=-0.2",
        "ising:dims=4x530", "ising:dims=8x1030",    "ising:dims=600x2", "ising:dims=2x2100"};
    static const double T[] = {0, 0.4, 1.5, 2.3, 10, INFINITY};
    for (int k = 0; k < (int)(sizeof systems / sizeof *systems); k++)
        for (int t = 0; t < (int)(sizeof T / sizeof *T); t++)
            for (int rule = 0; rule < 2; rule++) {
                follow(systems[k], (temper_rule)rule, TEMPER_ORDER_COLOUR, T[t], false);
                follow(systems[k], (temper_rule)rule, TEMPER_ORDER_COLOUR, T[t], true);
            }
}

/* Zero temperature and infinite temperature on the other paths. */
static void the_ends_of_the_temperature_scale(void) {
    static const char *const systems[] = {
        "ising:dims=5x5", "ising:dims=6x5x4,J=0.1", "spin_glass:dims=4x4,seed=1",
        "sk:n=20",        "potts:dims=4x4,q=3",     "spin_glass:dims=4x5,couplings=gaussian"};
    for (int k = 0; k < (int)(sizeof systems / sizeof *systems); k++)
        for (int rule = 0; rule < 2; rule++) {
            follow(systems[k], (temper_rule)rule, TEMPER_ORDER_SEQUENTIAL, 0, false);
            follow(systems[k], (temper_rule)rule, TEMPER_ORDER_RANDOM, INFINITY, false);
            rig r;
            if (!rig_create(&r, systems[k], rules[rule], 1, 0)) continue;
            for (int sweep = 0; sweep < 30; sweep++) {
                double H = r.chain[0]->energy;
                rig_advance(&r, 1);
                CHECK(r.chain[0]->energy <= H + 1e-12, "%s at T=0 climbs from %g to %g", systems[k], H,
                      r.chain[0]->energy);
            }
            rig_free(&r);
        }
}

/* T → ∞: Metropolis takes 15/16 of all proposals, for a scan that took all would turn between two states for ever; heat
 * bath flips half of them. T = 0, ΔH = 0 (free spins, J = 0): the same. */
static void free_spins(void) {
    static const struct {
        const char *system, *sampler;
        double T;
    } cases[] = {{"ising:dims=64x64", "metropolis", INFINITY},
                 {"ising:dims=64x64,J=0", "metropolis", 0},
                 {"ising:dims=64x64", "metropolis:order=sequential", INFINITY},
                 {"ising:dims=64x64,J=0", "heatbath", 0},
                 {"ising:dims=64x64", "heatbath:order=sequential", INFINITY},
                 {"ising:dims=64x64,J=0", "heatbath:order=sequential", 0}};
    for (int k = 0; k < (int)(sizeof cases / sizeof *cases); k++) {
        rig r;
        if (!rig_create(&r, cases[k].system, cases[k].sampler, 1, cases[k].T)) continue;
        rig_advance(&r, 10);
        double share = (double)r.chain[0]->accepted / (double)r.chain[0]->proposed;
        double p = k < 3 ? 0.9375 : 0.5;
        CHECK_NEAR(share, p, 4.5 * sqrt(p * (1 - p) / 40960)); /* binomial */
        rig_free(&r);
    }
}

/* All up, T such that site i's threshold e^(−8/T)·2^32 lies half-way above its own word: only the tail can decide.
 * Happens once in 2^32 by itself, so it is made to happen at every site of colour 0, on every cpu level. */
static void ties_are_decided_by_the_tail(void) {
    static const char *const levels[] = {"ref", "avx2", "avx512", "vnni", "amx"};
    int outcome[2] = {0};
    rig r, generic;
    if (!rig_create(&r, "ising:dims=8x70", "metropolis", 1, 1)) return;
    if (!rig_create(&generic, "ising:dims=8x70", "metropolis", 1, 1)) return;
    temper_chain *truth, *chain = r.chain[0], *plain = generic.chain[0];
    CHECK_OK(temper_chain_create(&truth, r.system, NULL, 77, 0));
    plain->scratch_bytes = 0;
    for (int k = 0; k < r.system->colour_start[1]; k++) {
        int i = r.system->order[k];
        uint32_t word = temper_word(chain->stream, TEMPER_FOR_MOVES, 0, i);
        double T = 8 / (32 * log(2) - log(word + 0.5));
        if (temper_chance_of(temper_rule_chance(TEMPER_METROPOLIS, 8 * temper_beta(T))).whole != word)
            continue;
        CHECK_OK(temper_chain_start(truth, "ordered"));
        truth->clock = 0, truth->temperature = T;
        oracle_sweep(truth, TEMPER_METROPOLIS, TEMPER_ORDER_COLOUR);
        outcome[truth->s[i] > 0]++;
        for (int level = -1; level <= (int)temper_cpu_best(); level++) {
            temper_chain *now = level < 0 ? plain : chain;
            if (level >= 0) CHECK_OK(temper_cpu_cap(levels[level]));
            CHECK_OK(temper_chain_start(now, "ordered"));
            now->clock = 0, now->temperature = T;
            CHECK_OK(temper_sampler_advance(r.sampler, &now, 1, 1));
            CHECK(memcmp(now->s, truth->s, (size_t)r.system->n) == 0, "tie at site %d, level %d", i, level);
        }
        CHECK_OK(temper_cpu_cap("auto"));
    }
    CHECK(outcome[0] > 60 && outcome[1] > 60, "ties went %d and %d ways: not a test", outcome[0], outcome[1]);
    temper_chain_free(truth);
    rig_free(&generic);
    rig_free(&r);
}

/* Potts sites 0 and 1, both in state 0: the heat bath keeps site 0 there with 1/(1 + 2 e^(−1/T)). T such that this is
 * half-way through the word of the draw. */
static void ties_of_conditionals_are_decided_by_the_tail(void) {
    int outcome[2] = {0};
    rig r;
    if (!rig_create(&r, "potts:dims=2,q=3,boundary=open", "heatbath:order=sequential", 1, 1)) return;
    temper_chain *truth, *chain = r.chain[0];
    const int8_t *value;
    r.system->type->alphabet(r.system->self, 0, &value);
    CHECK_OK(temper_chain_create(&truth, r.system, NULL, 77, 0));
    for (uint32_t k = 0; k < 100; k++) {
        chain->stream.chain = truth->stream.chain = k, chain->clock = truth->clock = 0;
        double u = (temper_word(chain->stream, TEMPER_FOR_MOVES, 0, 0) + 0.5) * 0x1p-32;
        if (u < 0.35) continue;
        chain->s[0] = chain->s[1] = truth->s[0] = truth->s[1] = value[0];
        temper_chain_refresh(chain), temper_chain_refresh(truth);
        chain->temperature = truth->temperature = -1 / log((1 / u - 1) / 2);
        oracle_turn(truth, TEMPER_HEATBATH, 0, 0);
        outcome[truth->s[0] == value[0]]++;
        oracle_turn(truth, TEMPER_HEATBATH, 1, 1);
        rig_advance(&r, 1);
        CHECK(memcmp(chain->s, truth->s, 2) == 0, "chain %u, u = %g", k, u);
    }
    CHECK(outcome[0] > 15 && outcome[1] > 15, "ties went %d and %d ways: not a test", outcome[0], outcome[1]);
    temper_chain_free(truth);
    rig_free(&r);
}

/* Cache and energy are made anew at tick 1024 of the clock, and only there. */
static void the_1024th_tick_refreshes(void) {
    static const char *const runs[][2] = {{"sk:n=30", "metropolis"},
                                          {"spin_glass:dims=6x6", "heatbath:order=random"},
                                          {"ising:dims=8x8", "wolff"},
                                          {"spin_glass:dims=6x6", "houdayer"}};
    for (int k = 0; k < 4; k++) {
        rig r;
        if (!rig_create(&r, runs[k][0], runs[k][1], 2, 1)) return;
        for (int c = 0; c < 2; c++) r.chain[c]->clock = 1020, r.chain[c]->energy += 1000;
        rig_advance(&r, 3);
        for (int c = 0; c < 2; c++)
            CHECK(r.chain[c]->energy > temper_system_energy(r.system, r.chain[c]->s) + 900, "%s too early",
                  runs[k][1]);
        rig_advance(&r, 1);
        for (int c = 0; c < 2; c++)
            CHECK(r.chain[c]->energy == temper_system_energy(r.system, r.chain[c]->s), "%s: %g", runs[k][1],
                  r.chain[c]->energy);
        rig_free(&r);
    }
}

static void the_default_order_is_the_documented_one(void) {
    static const struct {
        const char *system;
        temper_order order;
    } cases[] = {{"ising:dims=8x8", TEMPER_ORDER_COLOUR},
                 {"ising:dims=4x4x4", TEMPER_ORDER_COLOUR},
                 {"ising:dims=5x5", TEMPER_ORDER_SEQUENTIAL},
                 {"sk:n=20", TEMPER_ORDER_SEQUENTIAL}};
    for (int k = 0; k < (int)(sizeof cases / sizeof *cases); k++) {
        rig a, b;
        char text[64];
        snprintf(text, sizeof text, "metropolis:order=%s", orders[cases[k].order]);
        if (!rig_create(&a, cases[k].system, "metropolis", 1, 1) ||
            !rig_create(&b, cases[k].system, text, 1, 1))
            return;
        rig_advance(&a, 5);
        rig_advance(&b, 5);
        CHECK(rig_equal(a.chain[0], b.chain[0]), "%s", cases[k].system);
        rig_free(&a);
        rig_free(&b);
    }
}

static void what_cannot_be_is_refused(void) {
    temper_sampler *sampler;
    temper_system *system;
    CHECK_OK(temper_system_create(&system, "sk:n=8"));
    CHECK_OK(temper_sampler_create(&sampler, "heatbath:order=colour"));
    CHECK_FAILS(temper_sampler_suits(sampler, system), TEMPER_CANNOT, "heatbath: order=colour");
    temper_chain *chain;
    CHECK_FAILS(temper_chain_create(&chain, system, sampler, 1, 0), TEMPER_CANNOT, "heatbath: order=colour");
    temper_sampler_free(sampler);
    CHECK_OK(temper_sampler_create(&sampler, "wolff"));
    CHECK_FAILS(temper_chain_create(&chain, system, sampler, 1, 0), TEMPER_CANNOT, "wolff");
    temper_sampler_free(sampler);
    CHECK_FAILS(temper_sampler_create(&sampler, "metropolis:order=color"), TEMPER_BAD_OPTION, "colour");
    temper_system_free(system);
}

int main(void) {
    RUN(every_path_is_the_naive_sweep);
    RUN(lattice_path_is_the_naive_sweep);
    RUN(the_ends_of_the_temperature_scale);
    RUN(free_spins);
    RUN(ties_are_decided_by_the_tail);
    RUN(ties_of_conditionals_are_decided_by_the_tail);
    RUN(the_1024th_tick_refreshes);
    RUN(the_default_order_is_the_documented_one);
    RUN(what_cannot_be_is_refused);
    return check_end();
}
