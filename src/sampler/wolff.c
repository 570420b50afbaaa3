/* Wolff's single cluster (U. Wolff, Phys. Rev. Lett. 62, 361 (1989)): from a random seed, take in every neighbour
 * along a satisfied bond with the probability
 *
 *     ±1 sites   p = 1 − exp(−2|J|/T)   where J s_i s_j > 0, whatever the sign of J
 *     Potts      p = 1 − exp(−J/T)      where s_i = s_j, J > 0
 *
 * and change the whole cluster: to −s, or to one of the q − 1 other values, each as likely. In a field the change is
 * accepted with min(1, exp(−ΔH_h/T)), ΔH_h = 2 Σ_{i in cluster} h_i s_i, which keeps detailed balance.
 *
 * One tick makes `clusters` clusters, a fixed number: to stop once n sites have flipped would bias the averages.
 *
 * Draws of cluster c: seed CLUSTERS word c, new value VALUES word c, field MOVES and TAILS word c; the bond in place e
 * of the compressed rows BONDS word c·m + e, its tail TAILS word clusters + c·m + e (m places). A pair is tried from
 * one end only, because its other end is then in the cluster. */
#include "core/clusters.h"
#include "core/tick.h"
#include "temper/parallel.h"

typedef struct {
    int64_t clusters;
} wolff;

static const temper_option options[] = {{.name = "clusters",
                                         .kind = TEMPER_INT,
                                         .offset = offsetof(wolff, clusters),
                                         .preset = "1",
                                         .low = 1,
                                         .high = 65536,
                                         .doc = "clusters in one sweep"},
                                        {0}};

typedef struct { /* one chain at work */
    temper_chain *chain;
    int64_t clusters, c; /* how many in a tick, which one now */
    temper_cluster cluster;
    temper_joint joint;
    int64_t block; /* the number of the four BONDS words at hand; −1: none */
    uint32_t word[4];
} growth;

static temper_status suits(const void *self, const temper_system *system) {
    (void)self;
    return temper_clusters_suit("wolff", system);
}

static size_t scratch(const void *self, const temper_system *system) {
    (void)self;
    return temper_cluster_scratch(system);
}

/* The bond in place e joins, if it is satisfied. */
static bool joins(growth *g, int64_t e) {
    const temper_chain *chain = g->chain;
    const temper_bonds *bonds = &chain->system->bonds;
    int64_t number = g->c * bonds->start[chain->system->n] + e;
    if (number >> 2 != g->block) {
        g->block = number >> 2;
        temper_block(chain->stream, TEMPER_FOR_BONDS, chain->clock, g->block, g->word);
    }
    temper_tail tail = {chain->stream, chain->clock, g->clusters + number};
    return temper_chance_decides(temper_joint_chance(&g->joint, chain->system, bonds->J[e]),
                                 g->word[number & 3], tail);
}

static void grow(growth *g) {
    const temper_chain *chain = g->chain;
    const temper_system *system = chain->system;
    const temper_bonds *bonds = &system->bonds;
    const int8_t *s = chain->s;
    uint32_t seed = temper_word(chain->stream, TEMPER_FOR_CLUSTERS, chain->clock, g->c);
    temper_cluster cluster = g->cluster;
    temper_cluster_add(&cluster, (int)temper_below(seed, (uint32_t)system->n));
    /* Members before `front` have tried all their bonds; every member is marked inside. Whether a neighbour joins is
     * noise that no branch predictor learns, so it is written down first, and counted if it joins. */
    for (int front = 0; front < cluster.size; front++) {
        int i = cluster.member[front];
        for (int64_t e = bonds->start[i]; e < bonds->start[i + 1]; e++) {
            int j = bonds->to[e];
            int satisfied = temper_satisfied(system, bonds->J[e], s[i], s[j]), in = joins(g, e);
            in &= satisfied & !cluster.inside[j];
            cluster.member[cluster.size] = j;
            cluster.inside[j] |= (uint8_t)in;
            cluster.size += in;
        }
    }
    g->cluster = cluster;
}

/* The value that a Potts cluster of value `own` takes: one of the others, each as likely. */
static int other(const growth *g, int own) {
    const temper_chain *chain = g->chain;
    const int8_t *value;
    int q = chain->system->type->alphabet(chain->system->self, 0, &value), at = 0;
    if (q == 1) return own;
    uint32_t word = temper_word(chain->stream, TEMPER_FOR_VALUES, chain->clock, g->c);
    int v = (int)temper_below(word, (uint32_t)q - 1);
    while (value[at] != own) at++;
    return value[v < at ? v : v + 1];
}

static bool field_agrees(const growth *g) {
    const temper_chain *chain = g->chain;
    const double *h = chain->system->bonds.h;
    double dH = 0;
    if (!h) return true;
    for (int k = 0; k < g->cluster.size; k++)
        dH += 2 * h[g->cluster.member[k]] * chain->s[g->cluster.member[k]];
    uint32_t word = temper_word(chain->stream, TEMPER_FOR_MOVES, chain->clock, g->c);
    temper_tail tail = {chain->stream, chain->clock, g->c};
    return temper_rule_decides(TEMPER_METROPOLIS, dH * g->joint.beta, word, tail);
}

static void change(growth *g) {
    temper_chain *chain = g->chain;
    const temper_cluster *cluster = &g->cluster;
    bool binary = chain->system->binary;
    chain->proposed += cluster->size;
    if (binary && !field_agrees(g)) return;
    int to = binary ? 0 : other(g, chain->s[cluster->member[0]]);
    for (int k = 0; k < cluster->size; k++) {
        int i = cluster->member[k];
        temper_chain_set(chain, i, binary ? -chain->s[i] : to);
    }
    chain->accepted += cluster->size;
}

typedef struct {
    temper_chain *const *chains;
    int64_t sweeps, clusters;
} job;

static temper_status work(void *context, int64_t k) {
    const job *j = context;
    temper_chain *chain = j->chains[k];
    growth g = {.chain = chain,
                .clusters = j->clusters,
                .cluster = temper_cluster_begin(chain),
                .joint = {.beta = temper_beta(chain->temperature)}};
    for (int64_t sweep = 0; sweep < j->sweeps; sweep++) {
        g.block = -1;
        for (g.c = 0; g.c < g.clusters; g.c++) {
            grow(&g);
            change(&g);
            temper_cluster_clear(&g.cluster);
        }
        temper_chain_tick(chain);
    }
    return TEMPER_OK;
}

static temper_status advance(const void *self, temper_chain *const *chains, int nchains, int64_t sweeps) {
    job j = {chains, sweeps, ((const wolff *)self)->clusters};
    temper_status bad = temper_clusters_fit("wolff", chains, nchains, scratch);
    return bad ? bad : temper_parallel(nchains, work, &j);
}

const temper_sampler_type temper_sampler_wolff = {
    .about = {.name = "wolff",
              .brief = "flip one cluster, grown along satisfied bonds with p = 1 − exp(−2|J|/T)",
              .reference = "Wolff, Phys. Rev. Lett. 62, 361 (1989)",
              .specimen = "",
              .options = options,
              .size = sizeof(wolff)},
    .suits = suits,
    .scratch = scratch,
    .advance = advance,
    .group = 1};
