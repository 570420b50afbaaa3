/* Turns of sites with any alphabet. Metropolis proposes one of the q − 1 other values, each as likely; heat bath
 * draws from the conditional distribution p(v) ∝ exp(−H(s_i = v)/T). With two values both are a flip. */
#include "base/elementary.h"
#include "core/sweep_paths.h"

enum { VALUES = 256 }; /* int8_t has no more */

/* First v with r < sum[v], the inverse of a cumulative distribution. */
static int first_above(const double *sum, int q, double r) {
    int v = 0;
    while (v < q - 1 && !(r < sum[v])) v++;
    return v;
}

/* The value number that 64 bits of draw (word, then tail) pick from weights with running sum `sum`. The tail is
 * fetched only if it matters. */
static int picked(const double *sum, int q, uint32_t word, temper_tail tail) {
    double scale = sum[q - 1] * 0x1p-32;
    int v = first_above(sum, q, word * scale);
    if ((word + 1.0) * scale < sum[v]) return v;
    uint32_t rest = temper_word(tail.of, TEMPER_FOR_TAILS, tail.step, tail.index);
    return first_above(sum, q, (word + rest * 0x1p-32) * scale);
}

/* Heat bath at site i: sets it, returns ΔH. */
static double redraw(temper_chain *chain, int i, const temper_turns *turns, int k) {
    const temper_system *system = chain->system;
    const int8_t *value;
    int q = system->type->alphabet(system->self, i, &value);
    double dH[VALUES], sum[VALUES], lowest = 0, total = 0;
    for (int v = 0; v < q; v++) {
        bool here = value[v] == chain->s[i];
        dH[v] = here ? 0 : system->type->cost(system->self, chain->s, chain->cache, i, value[v]);
        if (dH[v] < lowest) lowest = dH[v];
    }
    for (int v = 0; v < q; v++) sum[v] = total += temper_exp((lowest - dH[v]) * turns->beta);
    temper_tail tail = {chain->stream, chain->clock, temper_turn_index(turns, k)};
    int v = picked(sum, q, turns->word[k], tail);
    if (value[v] != chain->s[i]) temper_turn_set(chain, i, value[v]);
    return dH[v];
}

/* One of the values of site i other than its own, by word `index` of the sweep's VALUES. */
static int other(const temper_chain *chain, int i, int64_t index, const int8_t *value, int q) {
    int v = 0;
    if (q > 2)
        v = (int)temper_below(temper_word(chain->stream, TEMPER_FOR_VALUES, chain->clock, index),
                              (uint32_t)q - 1);
    int own = 0;
    while (value[own] != chain->s[i]) own++;
    return value[v < own ? v : v + 1];
}

void temper_path_values(temper_chain *chain, const temper_turns *turns) {
    const temper_system *system = chain->system;
    for (int k = 0; k < turns->count; k++) {
        const int8_t *value;
        int i = turns->site[k], before = chain->s[i];
        int q = system->type->alphabet(system->self, i, &value);
        if (q < 2) continue; /* a clamped site has no turn */
        chain->proposed++;
        if (q > 2 && turns->rule == TEMPER_HEATBATH) {
            chain->energy += redraw(chain, i, turns, k);
            chain->accepted += chain->s[i] != before;
            continue;
        }
        int to = other(chain, i, temper_turn_index(turns, k), value, q);
        double dH = system->type->cost(system->self, chain->s, chain->cache, i, to);
        if (!temper_turn_accepts(turns, k, dH, chain)) continue;
        temper_turn_set(chain, i, to);
        chain->energy += dH;
        chain->accepted++;
    }
}
