#include "temper/stream.h"
#include <assert.h>
#include <math.h>
#include "base/elementary.h"

void temper_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53 * c0, p1 = (uint64_t)0xCD9E8D57 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1, c3 = (uint32_t)p0;
        k0 += 0x9E3779B9, k1 += 0xBB67AE85; /* golden ratio, √3 − 1 */
    }
    out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

void temper_block(temper_stream of, temper_purpose purpose, int64_t step, int64_t block, uint32_t out[4]) {
    assert(step >= 0 && step >> 48 == 0 && block >= 0 && block >> 40 == 0);
    const uint32_t key[2] = {(uint32_t)of.seed, (uint32_t)(of.seed >> 32)};
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)step, of.chain,
                                 (uint32_t)purpose << 24 | (uint32_t)(step >> 32 & 0xFFFF) << 8 |
                                     (uint32_t)(block >> 32 & 0xFF)};
    temper_philox(counter, key, out);
}

uint32_t temper_word(temper_stream of, temper_purpose purpose, int64_t step, int64_t index) {
    uint32_t words[4];
    temper_block(of, purpose, step, index >> 2, words);
    return words[index & 3];
}

static double uniform(const uint32_t words[2]) {
    return (double)(((uint64_t)words[0] << 32 | words[1]) >> 11) * 0x1p-53;
}

double temper_uniform(temper_stream of, temper_purpose purpose, int64_t step, int64_t index) {
    uint32_t words[4];
    temper_block(of, purpose, step, index >> 1, words);
    return uniform(words + 2 * (index & 1));
}

double temper_normal(temper_stream of, temper_purpose purpose, int64_t step, int64_t index) {
    uint32_t words[4];
    double sine, cosine;
    temper_block(of, purpose, step, index >> 1, words);
    double radius = sqrt(-2 * temper_log(1 - uniform(words))); /* 1 − u is in (0,1] */
    temper_sincos2pi(uniform(words + 2), &sine, &cosine);
    return radius * (index & 1 ? sine : cosine);
}

uint32_t temper_below(uint32_t word, uint32_t n) { return (uint32_t)((uint64_t)word * n >> 32); }
