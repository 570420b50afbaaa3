/* clusters: what the moves of whole clusters share. They follow the bonds of a system. */
#ifndef TEMPER_CORE_CLUSTERS_H
#define TEMPER_CORE_CLUSTERS_H

#include <math.h>
#include "core/chance.h"
#include "temper/sampler.h"

/* A cluster that grows: its members in the order they came, and a mark on each. Lives in the chain's scratch. */
typedef struct {
    int size;
    int32_t *member; /* [n], and room for a candidate that is not taken in */
    uint8_t *inside; /* [n] zero for all outside */
} temper_cluster;

size_t temper_cluster_scratch(const temper_system *system);
temper_cluster temper_cluster_begin(temper_chain *chain); /* empty, all marks zero */
static inline void temper_cluster_add(temper_cluster *cluster, int i) {
    cluster->inside[i] = 1;
    cluster->member[cluster->size++] = i;
}
/* Empties it at the cost of its own size. */
static inline void temper_cluster_clear(temper_cluster *cluster) {
    for (int k = 0; k < cluster->size; k++) cluster->inside[cluster->member[k]] = 0;
    cluster->size = 0;
}

/* TEMPER_CANNOT in the name of `thing` unless the system has bonds that clusters can follow: ±1 sites with any J, or
 * Potts sites of one alphabet with J ≥ 0. */
temper_status temper_clusters_suit(const char *thing, const temper_system *system);
/* TEMPER_CANNOT unless every chain has that much scratch. */
temper_status temper_clusters_fit(const char *thing, temper_chain *const *chains, int nchains,
                                  size_t (*scratch)(const void *self, const temper_system *system));

/* The probability of joining two sites along a satisfied bond: 1 − e^(−2|J|/T) between ±1 sites, 1 − e^(−J/T)
 * between Potts sites (Fortuin & Kasteleyn 1972). Keeps that of the last |J|, because most systems have few. */
typedef struct {
    double beta, J; /* begins with J = 0, p = 0, which is right */
    temper_chance p;
} temper_joint;
void temper_joint_renew(temper_joint *joint, const temper_system *system, double J);

static inline temper_chance temper_joint_chance(temper_joint *joint, const temper_system *system, double J) {
    if (fabs(J) != joint->J) temper_joint_renew(joint, system, fabs(J));
    return joint->p;
}

static inline bool temper_satisfied(const temper_system *system, double J, int a, int b) {
    return system->binary ? J * a * b > 0 : a == b;
}

#endif
