/* Swendsen & Wang (Phys. Rev. Lett. 58, 86 (1987)): open every satisfied bond with the probability
 *
 *     ±1 sites   p = 1 − exp(−2|J|/T)          Potts   p = 1 − exp(−J/T)
 *
 * and redraw every cluster of the open bonds: ±1 sites flip together with the conditional probability in the field,
 * 1/(1 + exp(ΔH_h/T)), ΔH_h = 2 Σ_{i in cluster} h_i s_i (½ without one), Potts sites take one of q values together.
 *
 * Clusters are found by union–find (Tarjan 1975). Whatever the order of unions, a cluster's label is its smallest
 * site, and its draw is the word of that site: MOVES and TAILS word i, or VALUES word i. The bond in place e of the
 * compressed rows, tried from its smaller end, has BONDS word e and TAILS word n + e. */
#include <string.h>
#include "core/clusters.h"
#include "core/tick.h"
#include "kernel/kernel.h"
#include "temper/parallel.h"

enum { WORDS = 1024 };

typedef struct { /* one chain at work; arrays in its scratch */
    temper_chain *chain;
    temper_joint joint;
    double *field;   /* [n] Σ h_i s_i of the cluster with that label; only with fields */
    int32_t *parent; /* [n] parent[i] ≤ i, and equal exactly at a root */
    int8_t *to;      /* [n] at a root: its Potts cluster's new value, or −1 or 1 as a factor of ±1 sites */
    uint32_t word[WORDS];
} percolation;

static temper_status suits(const void *self, const temper_system *system) {
    (void)self;
    return temper_clusters_suit("swendsen_wang", system);
}

static size_t scratch(const void *self, const temper_system *system) {
    (void)self;
    return (size_t)system->n * (sizeof(double) + sizeof(int32_t) + sizeof(int8_t));
}

/* The smallest site of the cluster so far; halves the path on its way. */
static int32_t root(int32_t *parent, int32_t i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

static void join(int32_t *parent, int32_t i, int32_t j) {
    i = root(parent, i), j = root(parent, j);
    if (i < j)
        parent[j] = i;
    else
        parent[i] = j;
}

/* After it, i and j have one root exactly if open bonds connect them. */
static void percolate(percolation *p) {
    const temper_chain *chain = p->chain;
    const temper_system *system = chain->system;
    const temper_bonds *bonds = &system->bonds;
    int64_t m = bonds->start[system->n], end = 0; /* words end−WORDS … end−1 are at hand */
    for (int i = 0; i < system->n; i++) p->parent[i] = i;
    for (int i = 0; i < system->n; i++)
        for (int64_t e = bonds->start[i]; e < bonds->start[i + 1]; e++) {
            if (e >= end) {
                temper_kernel()->words(chain->stream, TEMPER_FOR_BONDS, chain->clock, end,
                                       m - end < WORDS ? m - end : WORDS, p->word);
                end += WORDS;
            }
            int j = bonds->to[e];
            if (j < i) continue;
            temper_tail tail = {chain->stream, chain->clock, system->n + e};
            temper_chance chance = temper_joint_chance(&p->joint, system, bonds->J[e]);
            int satisfied = temper_satisfied(system, bonds->J[e], chain->s[i], chain->s[j]);
            int joins = temper_chance_decides(chance, p->word[e % WORDS], tail);
            if (satisfied & joins) /* one branch that no predictor learns, not two */
                join(p->parent, i, j);
        }
}

/* Draws what becomes of every cluster. */
static void draw(percolation *p) {
    const temper_chain *chain = p->chain;
    const temper_system *system = chain->system;
    const double *h = system->bonds.h;
    const int8_t *value;
    int n = system->n;
    uint32_t q = (uint32_t)system->type->alphabet(system->self, 0, &value);
    if (h) {
        memset(p->field, 0, (size_t)n * sizeof *p->field);
        for (int i = 0; i < n; i++) p->field[root(p->parent, i)] += h[i] * chain->s[i];
    }
    temper_chance flip = temper_chance_of(temper_rule_chance(TEMPER_HEATBATH, 0));
    for (int i = 0; i < n; i++) {
        if (i % WORDS == 0)
            temper_kernel()->words(chain->stream, system->binary ? TEMPER_FOR_MOVES : TEMPER_FOR_VALUES,
                                   chain->clock, i, n - i < WORDS ? n - i : WORDS, p->word);
        if (p->parent[i] != i) continue;
        uint32_t word = p->word[i % WORDS];
        if (!system->binary) {
            p->to[i] = value[temper_below(word, q)];
            continue;
        }
        if (h) flip = temper_chance_of(temper_rule_chance(TEMPER_HEATBATH, 2 * p->field[i] * p->joint.beta));
        temper_tail tail = {chain->stream, chain->clock, i};
        p->to[i] = temper_chance_decides(flip, word, tail) ? -1 : 1;
    }
}

static void one_sweep(percolation *p) {
    temper_chain *chain = p->chain;
    const temper_system *system = chain->system;
    percolate(p);
    draw(p);
    for (int i = 0; i < system->n; i++) {
        int8_t to = p->to[root(p->parent, i)], before = chain->s[i];
        chain->s[i] = system->binary ? (int8_t)(to * before) : to;
        chain->accepted += chain->s[i] != before;
    }
    chain->proposed += system->n;
    temper_chain_refresh(
        chain); /* about half of all sites changed: following them one by one would cost more */
    chain->clock++;
}

typedef struct {
    temper_chain *const *chains;
    int64_t sweeps;
} job;

static temper_status work(void *context, int64_t k) {
    const job *j = context;
    temper_chain *chain = j->chains[k];
    size_t n = (size_t)chain->system->n;
    percolation p = {
        .chain = chain, .joint = {.beta = temper_beta(chain->temperature)}, .field = chain->scratch};
    p.parent = (int32_t *)(p.field + n);
    p.to = (int8_t *)(p.parent + n);
    for (int64_t sweep = 0; sweep < j->sweeps; sweep++) one_sweep(&p);
    return TEMPER_OK;
}

static temper_status advance(const void *self, temper_chain *const *chains, int nchains, int64_t sweeps) {
    (void)self;
    job j = {chains, sweeps};
    temper_status bad = temper_clusters_fit("swendsen_wang", chains, nchains, scratch);
    return bad ? bad : temper_parallel(nchains, work, &j);
}

const temper_sampler_type temper_sampler_swendsen_wang = {
    .about = {.name = "swendsen_wang",
              .brief = "open satisfied bonds with p = 1 − exp(−2|J|/T), redraw every cluster",
              .reference = "Swendsen & Wang, Phys. Rev. Lett. 58, 86 (1987)",
              .specimen = "",
              .options = NULL,
              .size = 0},
    .suits = suits,
    .scratch = scratch,
    .advance = advance,
    .group = 1};
