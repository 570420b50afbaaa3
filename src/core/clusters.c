#include "core/clusters.h"
#include <string.h>
#include "base/elementary.h"

size_t temper_cluster_scratch(const temper_system *system) {
    return ((size_t)system->n + 1) * (sizeof(int32_t) + sizeof(uint8_t)); /* a candidate more */
}

temper_cluster temper_cluster_begin(temper_chain *chain) {
    size_t n = (size_t)chain->system->n;
    temper_cluster cluster = {0, chain->scratch, (uint8_t *)chain->scratch + (n + 1) * sizeof(int32_t)};
    memset(cluster.inside, 0, n);
    return cluster;
}

static temper_status one_alphabet(const char *thing, const temper_system *system) {
    const int8_t *first, *value;
    int q = system->type->alphabet(system->self, 0, &first);
    for (int i = 1; i < system->n; i++)
        if (system->type->alphabet(system->self, i, &value) != q || memcmp(value, first, (size_t)q) != 0)
            return temper_fail(TEMPER_CANNOT,
                               "%s: sites of %s have different values; a cluster must share them", thing,
                               system->text);
    return TEMPER_OK;
}

temper_status temper_clusters_suit(const char *thing, const temper_system *system) {
    const temper_bonds *bonds = &system->bonds;
    if (!system->has_bonds)
        return temper_fail(TEMPER_CANNOT, "%s: clusters grow along bonds, and %s shows none", thing,
                           system->text);
    if (system->binary) return TEMPER_OK;
    for (int64_t e = 0; e < bonds->start[system->n]; e++)
        if (bonds->J[e] < 0)
            return temper_fail(TEMPER_CANNOT, "%s: moves Potts systems with J >= 0 only; %s has J=%g", thing,
                               system->text, bonds->J[e]);
    return one_alphabet(thing, system);
}

temper_status temper_clusters_fit(const char *thing, temper_chain *const *chains, int nchains,
                                  size_t (*scratch)(const void *self, const temper_system *system)) {
    for (int c = 0; c < nchains; c++)
        if (chains[c]->scratch_bytes < scratch(NULL, chains[c]->system))
            return temper_fail(TEMPER_CANNOT,
                               "%s: chain %u was made for another sampler and has no room for clusters",
                               thing, (unsigned)chains[c]->stream.chain);
    return TEMPER_OK;
}

void temper_joint_renew(temper_joint *joint, const temper_system *system, double J) {
    joint->J = J;
    joint->p = temper_chance_of(-temper_expm1(-(system->binary ? 2 : 1) * J * joint->beta));
}
