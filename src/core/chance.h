/* chance: the probability of accepting a move, and the draw that decides it.
 *
 * A move that changes the energy by ΔH is accepted with a probability of x = ΔH/T alone:
 *     Metropolis  min(1, e^−x)          (Metropolis et al. 1953)
 *     heat bath   1 / (1 + e^x)         (Glauber 1963: the conditional of a site with two values)
 * At x = 0 any acceptance keeps the balance, and a site that always took a tie would be deterministic: of the 2^L states
 * of an Ising ring, Metropolis in a fixed order would then see 2L, and at T = ∞ all sites would flip for ever. So a
 * site takes a tie with TEMPER_TIE, near enough to 1 to stay as fast. Swaps and clusters, whose turns are random, take
 * every one.
 *
 * A probability p is compared as 64 bits of fixed point with a 64-bit draw. The upper 32 bits of the draw are its
 * word; the lower 32, its tail, are looked at only when the upper halves are equal, once in 2^32. */
#ifndef TEMPER_CORE_CHANCE_H
#define TEMPER_CORE_CHANCE_H

#include <float.h>
#include <stdbool.h>
#include <stdint.h>
#include "temper/stream.h"

typedef enum { TEMPER_METROPOLIS, TEMPER_HEATBATH } temper_rule;

typedef struct {
    uint32_t whole, part; /* p·2^64 = whole·2^32 + part */
    bool always;          /* p ≥ 1 */
} temper_chance;

/* Where the tail of a draw lies: word `index` of (of, TEMPER_FOR_TAILS, step). */
typedef struct {
    temper_stream of;
    int64_t step, index;
} temper_tail;

/* 1/T, with T = 0 as the largest finite number, so that ΔH = 0 gives x = 0 and not a NaN. */
static inline double temper_beta(double temperature) {
    return temperature > 1 / DBL_MAX ? 1 / temperature : DBL_MAX;
}

#define TEMPER_TIE 0.9375 /* a multiple of 2^−32, so that no tail decides about it */

double temper_rule_chance(temper_rule rule, double x);                /* p(x); x may be infinite */
static inline double temper_site_chance(temper_rule rule, double x) { /* the same for a site in a scan */
    return x == 0 && rule == TEMPER_METROPOLIS ? TEMPER_TIE : temper_rule_chance(rule, x);
}
temper_chance temper_chance_of(double p);
bool temper_chance_by_tail(temper_chance chance, temper_tail tail); /* when the word equals chance.whole */

static inline bool temper_chance_decides(temper_chance chance, uint32_t word, temper_tail tail) {
    if (word == chance.whole && !chance.always) return temper_chance_by_tail(chance, tail);
    return chance.always | (word < chance.whole);
}

/* The whole decision, without shortcuts: the judge of every faster path. */
bool temper_rule_decides(temper_rule rule, double x, uint32_t word, temper_tail tail);

/* The same decision the other way round: a draw u accepts every x below a limit, −ln u (Metropolis) or
 * ln((1−u)/u) (heat bath), which depends on the word alone, so it is worked out for many words at once. It is
 * known to TEMPER_LIMIT_DOUBT: x nearer to it than that, and words too close to 0 or 1 (their limit is a NaN),
 * go to the judge. So the shortcut never changes a decision. */
#define TEMPER_LIMIT_DOUBT 0x1p-10
void temper_rule_limits(temper_rule rule, int count, const uint32_t *words, float *limits);

static inline int temper_limit_verdict(double limit, double x) { /* 1 accept, −1 reject, 0 ask the judge */
    double gap = limit - x;
    return gap > TEMPER_LIMIT_DOUBT ? 1 : gap < -TEMPER_LIMIT_DOUBT ? -1 : 0;
}

#endif
