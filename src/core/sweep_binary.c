/* Turns of ±1 sites: propose s_i → −s_i, at the price ΔH = 2 s_i f_i with the local field f_i = h_i + Σ_j J_ij s_j. */
#include "core/sweep_paths.h"

void temper_path_fields(temper_chain *chain, const temper_turns *turns) {
    const double *f = chain->cache;
    const int8_t *s = chain->s;
    for (int k = 0; k < turns->count; k++) {
        int i = turns->site[k];
        double dH = 2 * s[i] * f[i];
        if (!temper_turn_accepts(turns, k, dH, chain)) continue;
        temper_turn_set(chain, i, -s[i]);
        chain->energy += dH;
        chain->accepted++;
    }
    chain->proposed += turns->count;
}

void temper_path_bonds(temper_chain *chain, const temper_turns *turns) {
    const temper_bonds *bonds = &chain->system->bonds;
    const int64_t *start = bonds->start;
    const int32_t *to = bonds->to;
    const double *J = bonds->J, *h = bonds->h;
    int8_t *s = chain->s;
    for (int k = 0; k < turns->count; k++) {
        int i = turns->site[k];
        double f = h ? h[i] : 0;
        for (int64_t e = start[i]; e < start[i + 1]; e++) f += J[e] * s[to[e]];
        double dH = 2 * s[i] * f;
        if (!temper_turn_accepts(turns, k, dH, chain)) continue;
        s[i] = (int8_t)-s[i];
        chain->energy += dH;
        chain->accepted++;
    }
    chain->proposed += turns->count;
}

/* The sum over neighbours in whole numbers: a tie is a tie for every J, which Σ J s_j = 0.1 + 0.1 + 0.1 − 0.3 is not,
 * and at T = 0 that decides. */
void temper_path_uniform(temper_chain *chain, const temper_turns *turns) {
    const temper_bonds *bonds = &chain->system->bonds;
    const int64_t *start = bonds->start;
    const int32_t *to = bonds->to;
    double J = chain->system->lattice.J, h = chain->system->lattice.h;
    int8_t *s = chain->s;
    for (int k = 0; k < turns->count; k++) {
        int i = turns->site[k], sum = 0;
        for (int64_t e = start[i]; e < start[i + 1]; e++) sum += s[to[e]];
        double dH = 2 * s[i] * (J * sum + h);
        if (!temper_turn_accepts(turns, k, dH, chain)) continue;
        s[i] = (int8_t)-s[i];
        chain->energy += dH;
        chain->accepted++;
    }
    chain->proposed += turns->count;
}

void temper_path_costs(temper_chain *chain, const temper_turns *turns) {
    const temper_system *system = chain->system;
    const int8_t *s = chain->s;
    for (int k = 0; k < turns->count; k++) {
        int i = turns->site[k];
        double dH = system->type->cost(system->self, s, chain->cache, i, -s[i]);
        if (!temper_turn_accepts(turns, k, dH, chain)) continue;
        temper_turn_set(chain, i, -s[i]);
        chain->energy += dH;
        chain->accepted++;
    }
    chain->proposed += turns->count;
}
