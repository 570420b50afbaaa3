#include "core/chance.h"
#include <string.h>
#include "base/elementary.h"

double temper_rule_chance(temper_rule rule, double x) {
    if (rule == TEMPER_METROPOLIS) return x <= 0 ? 1 : temper_exp(-x);
    return 1 / (1 + temper_exp(x));
}

temper_chance temper_chance_of(double p) {
    if (p >= 1) return (temper_chance){0, 0, true};
    uint64_t fixed = (uint64_t)(p * 0x1p64); /* p is a double below 1, so p·2^64 ≤ 2^64 − 2^11 */
    return (temper_chance){(uint32_t)(fixed >> 32), (uint32_t)fixed, false};
}

bool temper_chance_by_tail(temper_chance chance, temper_tail tail) {
    return temper_word(tail.of, TEMPER_FOR_TAILS, tail.step, tail.index) < chance.part;
}

bool temper_rule_decides(temper_rule rule, double x, uint32_t word, temper_tail tail) {
    return temper_chance_decides(temper_chance_of(temper_rule_chance(rule, x)), word, tail);
}

/* ln(v·2^−24) of a whole number 2^14 ≤ v < 2^24, good to 3·10^−4: v = 2^e·1.5·(1+z) with |z| ≤ 1/3, and
 * ln(1+z) = z − z²/2 + z³/3 − z⁴/4 + z⁵/5 up to z⁶/6 = 2.3·10^−4. Only bounds are made of it, never results. */
static inline float rough_log(int32_t v) {
    float number = (float)v, mantissa;
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    int32_t e = (int32_t)(bits >> 23) - 127 - 24;
    bits = (bits & 0x7FFFFF) | 0x3F800000;
    memcpy(&mantissa, &bits, sizeof mantissa);
    float z = mantissa * (1 / 1.5f) - 1;
    float log1pz = z * (1 + z * (-1 / 2.0f + z * (1 / 3.0f + z * (-1 / 4.0f + z * (1 / 5.0f)))));
    return (float)e * 0.693147181f + 0.405465108f + log1pz; /* ln 2, ln 1.5 */
}

/* x, or a NaN (all bits set) where the word says too little; without a branch, so that the loops below vectorise. */
static inline float nan_if(bool doubtful, float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits |= 0u - (uint32_t)doubtful;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The upper 24 bits of the word, v, tell u to 1 part in v: within 2^−14 where neither u nor 1 − u is below 2^−10. */
void temper_rule_limits(temper_rule rule, int count, const uint32_t *words, float *limits) {
    const int32_t one = 1 << 24, least = 1 << 14;
    if (rule == TEMPER_METROPOLIS)
        for (int k = 0; k < count; k++) {
            int32_t v = (int32_t)(words[k] >> 8);
            limits[k] = nan_if(v < least, -rough_log(v));
        }
    else
        for (int k = 0; k < count; k++) {
            int32_t v = (int32_t)(words[k] >> 8);
            limits[k] = nan_if((v < least) | (v >= one - least), rough_log(one - 1 - v) - rough_log(v));
        }
}
