/* Cluster moves: what they do where it can be said exactly, and that the same run is the same run. */
#include "sampler_oracle.h"

/* T = 0 in the ordered state: every bond is satisfied and joins, one cluster is the lattice. T = ∞: no bond joins. */
static void clusters_at_the_ends_of_the_temperature_scale(void) {
    static const char *const systems[] = {"ising:dims=6x8", "ising:dims=6x8,J=-1", "ising:dims=4x4x4",
                                          "potts:dims=6x6,q=3"};
    for (int k = 0; k < 4; k++) {
        rig r;
        if (!rig_create(&r, systems[k], "wolff", 1, 0)) continue;
        temper_chain *chain = r.chain[0];
        CHECK_OK(temper_chain_start(chain, "ordered"));
        double ground = chain->energy;
        int8_t first = chain->s[0];
        rig_advance(&r, 1);
        CHECK(chain->accepted == r.system->n && chain->s[0] != first && chain->energy == ground,
              "%s at T=0: %lld flipped", systems[k], (long long)chain->accepted);
        chain->temperature = INFINITY, chain->accepted = 0;
        rig_advance(&r, 500);
        CHECK(chain->accepted == 500, "%s at T=inf: %lld flipped in 500 clusters", systems[k],
              (long long)chain->accepted);
        CHECK_NEAR(chain->energy, temper_system_energy(r.system, chain->s), 1e-9);
        rig_free(&r);

        if (!rig_create(&r, systems[k], "swendsen_wang", 1, 0)) continue;
        chain = r.chain[0];
        CHECK_OK(temper_chain_start(chain, "ordered"));
        int turned = 0;
        for (int t = 0; t < 200; t++) {
            first = chain->s[0];
            rig_advance(&r, 1);
            CHECK(chain->energy == ground, "%s at T=0: H = %g", systems[k], chain->energy);
            turned += chain->s[0] != first;
        }
        double p = k == 3 ? 2.0 / 3 : 0.5; /* one of q values, or a fair flip */
        CHECK_NEAR(turned, 200 * p, 4.5 * sqrt(200 * p * (1 - p)));
        chain->temperature = INFINITY, chain->accepted = 0, chain->proposed = 0;
        rig_advance(&r, 200);
        double trials = 200.0 * r.system->n;
        CHECK(chain->proposed == 200 * r.system->n, "%lld", (long long)chain->proposed);
        CHECK_NEAR((double)chain->accepted, trials * p, 4.5 * sqrt(trials * p * (1 - p)));
        rig_free(&r);
    }
}

/* Two sites, one bond, up and up. T such that the threshold of p = 1 − e^(−2/T) lies within the word of the bond's
 * draw: the tail, at its documented address, decides whether the cluster has one site or two. */
static void ties_of_bonds_are_decided_by_the_tail(void) {
    int outcome[2] = {0}, tried = 0;
    for (int k = 0; k < 60; k++) {
        rig r;
        if (!rig_create(&r, "ising:dims=2,boundary=open", k % 2 ? "wolff:clusters=1" : "swendsen_wang", 1, 1))
            return;
        temper_chain *chain = r.chain[0];
        chain->stream.chain = (uint32_t)k;
        CHECK_OK(temper_chain_start(chain, "ordered"));
        int seed = (int)temper_below(temper_word(chain->stream, TEMPER_FOR_CLUSTERS, 0, 0), 2);
        int64_t e = k % 2 ? r.system->bonds.start[seed] : r.system->bonds.start[0];
        uint32_t word = temper_word(chain->stream, TEMPER_FOR_BONDS, 0, e);
        double T = -2 / log1p(-(word + 0.5) * 0x1p-32);
        chain->temperature = T;
        temper_chance p = temper_chance_of(-temper_expm1(-2 * temper_beta(T)));
        bool open = temper_word(chain->stream, TEMPER_FOR_TAILS, 0, (k % 2 ? 1 : 2) + e) < p.part;
        rig_advance(&r, 1);
        if (p.whole == word) {
            tried++, outcome[open]++;
            bool together = chain->s[0] == chain->s[1];
            if (k % 2) CHECK(together == open, "wolff, chain %d", k);
            if (k % 2 == 0 && open) CHECK(together, "swendsen_wang, chain %d", k);
        }
        rig_free(&r);
    }
    CHECK(outcome[0] > 5 && outcome[1] > 5, "ties went %d and %d ways: not a test", outcome[0], outcome[1]);
}

/* A cluster in a field turns over with min(1, e^(−ΔH/T)): without couplings, one site with the Metropolis rule. */
static void the_field_has_its_say(void) {
    rig r;
    if (!rig_create(&r, "ising:dims=10x10,J=0,h=0.5", "wolff", 1, 1)) return;
    double up = 0, n = 100, draws = 20000;
    rig_advance(&r, 1000);
    for (int t = 0; t < draws; t++) {
        rig_advance(&r, 50);
        for (int i = 0; i < 100; i++) up += r.chain[0]->s[i] > 0;
    }
    double p = 1 / (1 + exp(-1)); /* of up at h/T = 1/2 */
    CHECK_NEAR(up / n / draws, p, 4.5 * 2 * sqrt(p * (1 - p) / n / draws));
    rig_free(&r);
}

static void houdayer_exchanges_a_cluster(void) {
    static const char *const systems[] = {"spin_glass:dims=8x8,seed=5",
                                          "spin_glass:dims=6x7,couplings=gaussian,seed=5",
                                          "spin_glass:dims=4x4x4,h=0.3,seed=2"};
    for (int k = 0; k < 3; k++) {
        rig r;
        if (!rig_create(&r, systems[k], "houdayer", 4, 1.2)) continue;
        temper_chain *a = r.chain[0], *b = r.chain[1];
        int n = r.system->n, changes = 0;
        r.chain[3]->temperature = 1.3;
        for (int t = 0; t < 200; t++) {
            int8_t was[4][256];
            double sum = a->energy + b->energy;
            for (int c = 0; c < 4; c++) memcpy(was[c], r.chain[c]->s, (size_t)n);
            rig_advance(&r, 1);
            for (int i = 0; i < n; i++) {
                CHECK(a->s[i] * b->s[i] == was[0][i] * was[1][i], "q changed at %d", i);
                CHECK(a->s[i] == was[0][i] || a->s[i] == was[1][i], "site %d", i);
                changes += a->s[i] != was[0][i];
            }
            CHECK_NEAR(a->energy + b->energy, sum, 1e-12 * (1 + fabs(sum)));
            CHECK_NEAR(a->energy, temper_system_energy(r.system, a->s), 1e-9 * n);
            CHECK_NEAR(b->energy, temper_system_energy(r.system, b->s), 1e-9 * n);
            CHECK(!memcmp(was[2], r.chain[2]->s, (size_t)n) && !memcmp(was[3], r.chain[3]->s, (size_t)n),
                  "a pair of two temperatures moved");
            if (check_bad) break;
        }
        CHECK(changes > 200, "only %d sites changed", changes);
        CHECK(a->accepted == changes && b->accepted == changes, "%lld counted, %d seen",
              (long long)a->accepted, changes);
        CHECK(a->clock == 200 && b->clock == 200 && r.chain[3]->clock == 200, "every chain ticks");
        temper_chain_copy(b, a);
        rig_advance(&r, 5);
        CHECK(memcmp(a->s, b->s, (size_t)n) == 0, "equal replicas have nothing to exchange");
        rig_free(&r);
    }
}

static const struct {
    const char *system, *sampler;
    double T;
} runs[] = {{"ising:dims=24x24", "metropolis", 2.3},
            {"ising:dims=24x24", "heatbath", 2.3},
            {"sk:n=64", "metropolis", 0.7},
            {"sk:n=64", "heatbath:order=random", 0.7},
            {"potts:dims=9x8,q=4", "heatbath:order=colour", 0.9},
            {"spin_glass:dims=6x6x6,couplings=gaussian", "metropolis:order=colour", 1},
            {"ising:dims=20x20,h=0.02", "wolff", 2.3},
            {"potts:dims=12x12,q=3", "wolff:clusters=3", 1},
            {"spin_glass:dims=9x9,couplings=gaussian", "wolff", 1.5},
            {"ising:dims=40x41,h=0.02", "swendsen_wang", 2.3},
            {"potts:dims=12x12,q=3", "swendsen_wang", 1},
            {"spin_glass:dims=8x8,couplings=gaussian", "houdayer", 1},
            {"spin_glass:dims=8x8,couplings=gaussian", "metropolis+houdayer", 1},
            {"ising:dims=16x16", "heatbath+wolff", 2.3}};
enum { RUNS = sizeof runs / sizeof *runs };

static void repeat(int k, const char *level, int threads, const int *pieces, bool dirty) {
    rig a, b;
    if (!rig_create(&a, runs[k].system, runs[k].sampler, 6, runs[k].T)) return;
    if (!rig_create(&b, runs[k].system, runs[k].sampler, 6, runs[k].T)) return;
    /* near the 1024th tick, where cache and energy are made anew */
    for (int c = 0; c < 6; c++) a.chain[c]->clock = b.chain[c]->clock = 1021;
    rig_advance(&a, 8);
    CHECK_OK(temper_cpu_cap(level));
    CHECK_OK(temper_threads(threads));
    for (int piece = 0; pieces[piece]; piece++) {
        for (int c = 0; dirty && c < 6; c++) memset(b.chain[c]->scratch, 0xA5, b.chain[c]->scratch_bytes);
        rig_advance(&b, pieces[piece]);
    }
    CHECK_OK(temper_threads(0));
    CHECK_OK(temper_cpu_cap("auto"));
    for (int c = 0; c < 6; c++) {
        CHECK(rig_equal(a.chain[c], b.chain[c]),
              "%s on %s: chain %d differs (%s, %d threads, first piece %d)", runs[k].sampler, runs[k].system,
              c, level, threads, pieces[0]);
        CHECK_NEAR(a.chain[c]->energy, temper_system_energy(a.system, a.chain[c]->s),
                   1e-9 * (1 + fabs(a.chain[c]->energy)));
    }
    rig_free(&a);
    rig_free(&b);
}

static void the_same_run_on_any_threads(void) {
    for (int k = 0; k < RUNS; k++)
        for (int threads = 1; threads <= 3; threads++) repeat(k, "auto", threads, (int[]){8, 0}, false);
}

static void the_same_run_on_any_cpu_level(void) {
    for (int k = 0; k < RUNS; k++)
        for (int level = 0; level <= (int)temper_cpu_best(); level++)
            repeat(k, temper_cpu_name((temper_cpu)level), 1, (int[]){8, 0}, false);
}

/* Also with rubbish in the scratch between the calls: it carries nothing from one step to the next. */
static void the_same_run_in_any_pieces(void) {
    for (int k = 0; k < RUNS; k++) {
        repeat(k, "auto", 1, (int[]){4, 4, 0}, true);
        repeat(k, "auto", 2, (int[]){1, 1, 1, 1, 1, 1, 1, 1, 0}, true);
        repeat(k, "auto", 1, (int[]){3, 5, 0}, true);
    }
}

/* A chain's draws are its own: alone or among others, in any place of the array. */
static void a_chain_is_alone_in_the_world(void) {
    for (int k = 0; k < RUNS; k++) {
        rig a, b;
        if (!rig_create(&a, runs[k].system, runs[k].sampler, 4, runs[k].T)) return;
        if (!rig_create(&b, runs[k].system, runs[k].sampler, 4, runs[k].T)) return;
        rig_advance(&a, 5);
        temper_chain *swapped[] = {b.chain[2], b.chain[3], b.chain[0], b.chain[1]};
        CHECK_OK(temper_sampler_advance(b.sampler, swapped, 2, 5));
        CHECK_OK(temper_sampler_advance(b.sampler, swapped + 2, 2, 5));
        for (int c = 0; c < 4; c++)
            CHECK(rig_equal(a.chain[c], b.chain[c]), "%s: chain %d", runs[k].sampler, c);
        CHECK(memcmp(a.chain[0]->s, a.chain[1]->s, (size_t)a.system->n) != 0, "%s: chains are copies",
              runs[k].sampler);
        rig_free(&a);
        rig_free(&b);
    }
}

static void refused(const char *sampler, const char *system, const char *words) {
    temper_sampler *s;
    temper_system *x;
    CHECK_OK(temper_sampler_create(&s, sampler));
    CHECK_OK(temper_system_create(&x, system));
    if (s && x) CHECK_FAILS(temper_sampler_suits(s, x), TEMPER_CANNOT, words);
    temper_sampler_free(s);
    temper_system_free(x);
}

static void what_cannot_be_is_refused(void) {
    refused("wolff", "pspin:n=6", "wolff: clusters grow along bonds");
    refused("swendsen_wang", "potts:dims=3x3,q=3,J=-1", "swendsen_wang: moves Potts systems with J >= 0");
    refused("metropolis+houdayer", "potts:dims=3x3,q=3", "houdayer");
    rig r;
    temper_sampler *wolff;
    if (!rig_create(&r, "ising:dims=8x8", "metropolis", 1, 1)) return;
    CHECK_OK(temper_sampler_create(&wolff, "wolff"));
    r.chain[0]->scratch_bytes = 0;
    CHECK_FAILS(temper_sampler_advance(wolff, r.chain, 1, 1), TEMPER_CANNOT, "made for another sampler");
    temper_sampler_free(wolff);
    CHECK_OK(temper_sampler_create(&wolff, "houdayer"));
    CHECK_FAILS(temper_sampler_advance(wolff, r.chain, 1, 1), TEMPER_BAD_OPTION, "2 chains");
    temper_sampler_free(wolff);
    rig_free(&r);
}

int main(void) {
    RUN(clusters_at_the_ends_of_the_temperature_scale);
    RUN(ties_of_bonds_are_decided_by_the_tail);
    RUN(the_field_has_its_say);
    RUN(houdayer_exchanges_a_cluster);
    RUN(the_same_run_on_any_threads);
    RUN(the_same_run_on_any_cpu_level);
    RUN(the_same_run_in_any_pieces);
    RUN(a_chain_is_alone_in_the_world);
    RUN(what_cannot_be_is_refused);
    return check_end();
}
