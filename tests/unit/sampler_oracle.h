/* The sweep as one would write it first: one site, one draw by its address, one cost, no bulk and no shortcut. It
 * judges every path of src/core/sweep*.c: configurations must be equal to the last bit. */
#ifndef TEMPER_UNIT_SAMPLER_ORACLE_H
#define TEMPER_UNIT_SAMPLER_ORACLE_H

#include <stdlib.h>
#include "check.h"
#include "base/elementary.h"
#include "core/sweep.h"
#include "temper/temper.h"

/* p·2^64 against the 64-bit draw (word, tail). */
static inline bool oracle_takes(double p, const temper_chain *chain, int64_t index) {
    uint64_t draw = (uint64_t)temper_word(chain->stream, TEMPER_FOR_MOVES, chain->clock, index) << 32 |
                    temper_word(chain->stream, TEMPER_FOR_TAILS, chain->clock, index);
    return p >= 1 || draw < (uint64_t)(p * 0x1p64);
}

static inline double oracle_x(double dH, double T) { return dH == 0 ? 0 : T == 0 ? dH * INFINITY : dH / T; }

static inline void oracle_turn(temper_chain *chain, temper_rule rule, int i, int64_t index) {
    const temper_system *system = chain->system;
    const int8_t *value;
    int q = system->type->alphabet(system->self, i, &value), own = 0;
    double T = chain->temperature, dH[256], weight[256], total = 0, lowest = 0;
    for (int v = 0; v < q; v++) {
        if (value[v] == chain->s[i]) own = v;
        dH[v] = system->type->cost(system->self, chain->s, chain->cache, i, value[v]);
        if (dH[v] < lowest) lowest = dH[v];
    }
    if (rule == TEMPER_HEATBATH && q > 2) {
        for (int v = 0; v < q; v++) total += weight[v] = temper_exp(-oracle_x(dH[v] - lowest, T));
        double draw = (temper_word(chain->stream, TEMPER_FOR_MOVES, chain->clock, index) +
                       temper_word(chain->stream, TEMPER_FOR_TAILS, chain->clock, index) * 0x1p-32) *
                      0x1p-32 * total;
        int v = 0;
        for (double sum = weight[0]; v < q - 1 && draw >= sum; sum += weight[++v]) {}
        temper_chain_set(chain, i, value[v]);
        return;
    }
    int v = q == 2 ? 0
                   : (int)temper_below(temper_word(chain->stream, TEMPER_FOR_VALUES, chain->clock, index),
                                       (uint32_t)q - 1);
    if (v >= own) v++;
    double x = oracle_x(dH[v], T), p = x < 0    ? 1
                                       : x == 0 ? 0.9375
                                                : temper_exp(-x); /* a tie: core/chance.h */
    if (rule == TEMPER_HEATBATH) p = 1 / (1 + temper_exp(x));
    if (oracle_takes(p, chain, index)) temper_chain_set(chain, i, value[v]);
}

static inline void oracle_sweep(temper_chain *chain, temper_rule rule, temper_order order) {
    const temper_system *system = chain->system;
    for (int k = 0; k < system->n; k++) {
        uint32_t site = temper_word(chain->stream, TEMPER_FOR_SITES, chain->clock, k);
        int i = order == TEMPER_ORDER_RANDOM   ? (int)temper_below(site, (uint32_t)system->n)
                : order == TEMPER_ORDER_COLOUR ? system->order[k]
                                               : k;
        oracle_turn(chain, rule, i, order == TEMPER_ORDER_RANDOM ? k : i);
    }
    chain->clock++;
}

/* A system, a sampler and chains of them; everything in it is checked to have come about. */
typedef struct {
    temper_system *system;
    temper_sampler *sampler;
    temper_chain *chain[8];
    int chains;
} rig;

static inline bool rig_create(rig *r, const char *system, const char *sampler, int chains, double T) {
    memset(r, 0, sizeof *r);
    CHECK_OK(temper_system_create(&r->system, system));
    CHECK_OK(temper_sampler_create(&r->sampler, sampler));
    if (!r->system || !r->sampler) return false;
    CHECK_OK(temper_sampler_suits(r->sampler, r->system));
    for (r->chains = 0; r->chains < chains; r->chains++) {
        CHECK_OK(temper_chain_create(&r->chain[r->chains], r->system, r->sampler, 77, (uint32_t)r->chains));
        if (!r->chain[r->chains]) return false;
        r->chain[r->chains]->temperature = T;
    }
    return true;
}

static inline void rig_advance(const rig *r, int64_t sweeps) {
    CHECK_OK(temper_sampler_advance(r->sampler, r->chain, r->chains, sweeps));
}

static inline void rig_free(rig *r) {
    for (int c = 0; c < r->chains; c++) temper_chain_free(r->chain[c]);
    temper_sampler_free(r->sampler);
    temper_system_free(r->system);
}

/* Configuration, energy to the last bit, clock and counters. */
static inline bool rig_equal(const temper_chain *a, const temper_chain *b) {
    return memcmp(a->s, b->s, (size_t)a->system->n) == 0 &&
           memcmp(&a->energy, &b->energy, sizeof a->energy) == 0 && a->clock == b->clock &&
           a->proposed == b->proposed && a->accepted == b->accepted;
}

#endif
