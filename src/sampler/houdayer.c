/* Houdayer's move on two replicas a, b of one system at one temperature (J. Houdayer, Eur. Phys. J. B 22, 479 (2001)):
 * where they disagree, q_i = a_i b_i = −1, pick a site, and exchange the values of the whole cluster of disagreement
 * around it (connected through bonds with J ≠ 0) between the two.
 *
 * No bond loses: inside, a's energy becomes b's; at the rim the outer site agrees in both. So H_a + H_b stays, the move
 * is always accepted, and it crosses barriers that no single replica can. q does not change at all, so the move alone
 * is not ergodic: use it after another, as in "metropolis+houdayer". It helps where clusters stay below percolation:
 * in two dimensions, or at low T (Zhu, Ochoa & Katzgraber, Phys. Rev. Lett. 115, 077201 (2015)).
 *
 * Chains 2k and 2k+1 are a pair; if their temperatures differ they only tick. The site is the one with rank
 * below(word, number of disagreements), word 0 of CLUSTERS of the first chain. */
#include "core/clusters.h"
#include "core/tick.h"
#include "temper/parallel.h"

static temper_status suits(const void *self, const temper_system *system) {
    (void)self;
    if (!system->binary)
        return temper_fail(TEMPER_CANNOT,
                           "houdayer: multiplies two replicas, so sites must be +-1; those of %s are not",
                           system->text);
    return temper_clusters_suit("houdayer", system);
}

static size_t scratch(const void *self, const temper_system *system) {
    (void)self;
    return temper_cluster_scratch(system);
}

/* A random site where the replicas disagree, or −1 if there is none. */
static int seed(const temper_chain *a, const temper_chain *b) {
    uint32_t disagree = 0;
    int n = a->system->n;
    for (int i = 0; i < n; i++) disagree += a->s[i] != b->s[i];
    if (disagree == 0) return -1;
    uint32_t rank = temper_below(temper_word(a->stream, TEMPER_FOR_CLUSTERS, a->clock, 0), disagree);
    int i = 0;
    for (;; i++)
        if (a->s[i] != b->s[i] && rank-- == 0) return i;
}

static void exchange(temper_chain *a, temper_chain *b, temper_cluster *cluster) {
    const temper_bonds *bonds = &a->system->bonds;
    int first = seed(a, b);
    if (first < 0) return;
    temper_cluster_add(cluster, first);
    /* Members before `front` have all their disagreeing neighbours in the cluster. */
    for (int front = 0; front < cluster->size; front++) {
        int i = cluster->member[front];
        for (int64_t e = bonds->start[i]; e < bonds->start[i + 1]; e++) {
            int j = bonds->to[e];
            if (bonds->J[e] != 0 && !cluster->inside[j] && a->s[j] != b->s[j]) temper_cluster_add(cluster, j);
        }
    }
    double H_a = a->energy, H_b = b->energy;
    for (int k = 0; k < cluster->size; k++) {
        int i = cluster->member[k], a_i = a->s[i];
        temper_chain_set(a, i, b->s[i]);
        temper_chain_set(b, i, a_i);
    }
    b->energy = H_b - (a->energy - H_a); /* the sum is conserved, so it shall not even round */
    a->proposed += cluster->size, a->accepted += cluster->size;
    b->proposed += cluster->size, b->accepted += cluster->size;
    temper_cluster_clear(cluster);
}

typedef struct {
    temper_chain *const *chains;
    int64_t sweeps;
} job;

static temper_status work(void *context, int64_t pair) {
    const job *j = context;
    temper_chain *a = j->chains[2 * pair], *b = j->chains[2 * pair + 1];
    bool alike = a->system == b->system && a->temperature == b->temperature;
    temper_cluster cluster = temper_cluster_begin(a);
    for (int64_t sweep = 0; sweep < j->sweeps; sweep++) {
        if (alike) exchange(a, b, &cluster);
        temper_chain_tick(a);
        temper_chain_tick(b);
    }
    return TEMPER_OK;
}

static temper_status advance(const void *self, temper_chain *const *chains, int nchains, int64_t sweeps) {
    (void)self;
    job j = {chains, sweeps};
    temper_status bad = temper_clusters_fit("houdayer", chains, nchains, scratch);
    if (nchains % 2)
        return temper_fail(TEMPER_BAD_OPTION, "houdayer: moves pairs of chains; %d chains leave one alone",
                           nchains);
    return bad ? bad : temper_parallel(nchains / 2, work, &j);
}

const temper_sampler_type temper_sampler_houdayer = {
    .about = {.name = "houdayer",
              .brief = "exchange a cluster of disagreement between two replicas at one T; H_a + H_b stays",
              .reference = "Houdayer, Eur. Phys. J. B 22, 479 (2001)",
              .specimen = "",
              .options = NULL,
              .size = 0},
    .suits = suits,
    .scratch = scratch,
    .advance = advance,
    .group = 2,
    .partial = true};
