/* The ways through a sweep: one for every amount of knowledge about the energy. Only src/core/sweep*.c include this. */
#ifndef TEMPER_CORE_SWEEP_PATHS_H
#define TEMPER_CORE_SWEEP_PATHS_H

#include "core/sweep.h"

enum { TEMPER_TURNS = 1024 };

typedef struct { /* turns that follow one another: who is next, and the draw that decides about it */
    temper_rule rule;
    double beta;
    bool by_turn;         /* random order: draws belong to turns, not to sites */
    int64_t first;        /* the number of the first turn here within the sweep */
    int count;            /* ≤ TEMPER_TURNS */
    const int *site;      /* [count] */
    const uint32_t *word; /* [count] */
    const float *limit;   /* [count] the largest x = ΔH/T that the word accepts; see core/chance.h */
} temper_turns;

/* Where the draws of turn k lie. */
static inline int64_t temper_turn_index(const temper_turns *turns, int k) {
    return turns->by_turn ? turns->first + k : turns->site[k];
}

/* Turn k accepts a change of the energy by dH. */
static inline bool temper_turn_accepts(const temper_turns *turns, int k, double dH,
                                       const temper_chain *chain) {
    double x = dH * turns->beta;
    if (x == 0 && turns->rule == TEMPER_METROPOLIS) return turns->word[k] < (uint32_t)(TEMPER_TIE * 0x1p32);
    int verdict = temper_limit_verdict(turns->limit[k], x);
    if (verdict) return verdict > 0;
    temper_tail tail = {chain->stream, chain->clock, temper_turn_index(turns, k)};
    return temper_rule_decides(turns->rule, x, turns->word[k], tail);
}

static inline void temper_turn_set(temper_chain *chain, int i, int to) {
    const temper_system *system = chain->system;
    if (system->type->set)
        system->type->set(system->self, chain->s, chain->cache, i, to);
    else
        chain->s[i] = (int8_t)to;
}

typedef void (*temper_path)(temper_chain *chain, const temper_turns *turns);
void temper_path_fields(temper_chain *chain, const temper_turns *turns);  /* ±1, local fields in the cache */
void temper_path_bonds(temper_chain *chain, const temper_turns *turns);   /* ±1, couplings in rows */
void temper_path_uniform(temper_chain *chain, const temper_turns *turns); /* ±1, rows of one J and one h */
void temper_path_costs(temper_chain *chain, const temper_turns *turns);   /* ±1, cost() alone */
void temper_path_values(temper_chain *chain, const temper_turns *turns);  /* any alphabet */

/* The square lattice of one J and one h in colour order: whole sweeps by kernel()->lattice_row. */
bool temper_lattice_path_suits(temper_order order, const temper_system *system);
size_t temper_lattice_path_scratch(const temper_system *system);
void temper_lattice_path(temper_chain *chain, temper_rule rule, int64_t sweeps);

#endif
