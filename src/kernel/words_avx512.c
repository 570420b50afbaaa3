/* Philox on vectors: one counter in each 64-bit lane, of which only the lower halves count. So a product needs
 * no unpacking: its lower half is one new word, its upper half, shuffled down, part of another. */
#include "kernel/levels.h"
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

enum {
    LANES = 8,
    GROUPS = 2,
    BATCH = 4 * LANES * GROUPS
}; /* words; two groups hide the latency of the product */

typedef struct {
    uint32_t key[2], word[4]; /* word[0], the block's index, is of the first block of a batch */
} address;

static inline __m512i low(uint32_t word) { return _mm512_set1_epi64(word); }
static inline __m512i high_half(__m512i x) { return _mm512_shuffle_epi32(x, 0xF5); }
static inline __m512i xor3(__m512i a, __m512i b, __m512i c) {
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

/* The words of eight blocks, whose counters lie in the order 0, 4, 1, 5, 2, 6, 3, 7. */
static inline void store(uint32_t *out, __m512i c0, __m512i c1, __m512i c2, __m512i c3) {
    __m512i front = _mm512_mask_blend_epi32(0xAAAA, c0, _mm512_slli_epi64(c1, 32));
    __m512i back = _mm512_mask_blend_epi32(0xAAAA, c2, _mm512_slli_epi64(c3, 32));
    _mm512_storeu_si512(out, _mm512_unpacklo_epi64(front, back));
    _mm512_storeu_si512(out + 16, _mm512_unpackhi_epi64(front, back));
}

static inline void batch(const address *at, uint32_t *out) {
    const __m512i M0 = low(0xD2511F53), M1 = low(0xCD9E8D57), W0 = low(0x9E3779B9), W1 = low(0xBB67AE85);
    __m512i k0 = low(at->key[0]), k1 = low(at->key[1]), c0[GROUPS], c1[GROUPS], c2[GROUPS], c3[GROUPS];
    for (int g = 0; g < GROUPS; g++) {
        c0[g] = _mm512_add_epi64(low(at->word[0] + LANES * (uint32_t)g),
                                 _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7));
        c1[g] = low(at->word[1]), c2[g] = low(at->word[2]), c3[g] = low(at->word[3]);
    }
    for (int round = 0; round < 10; round++) {
        for (int g = 0; g < GROUPS; g++) {
            __m512i p0 = _mm512_mul_epu32(c0[g], M0), p1 = _mm512_mul_epu32(c2[g], M1);
            c0[g] = xor3(high_half(p1), c1[g], k0), c1[g] = p1;
            c2[g] = xor3(high_half(p0), c3[g], k1), c3[g] = p0;
        }
        k0 = _mm512_add_epi32(k0, W0), k1 = _mm512_add_epi32(k1, W1);
    }
    for (int g = 0; g < GROUPS; g++) store(out + 4 * LANES * g, c0[g], c1[g], c2[g], c3[g]);
}

void temper_words_avx512(temper_stream of, temper_purpose purpose, int64_t step, int64_t first, int64_t count,
                         uint32_t *out) {
    int64_t head = count < (-first & 3) ? count : (-first & 3), block = (first + head) >> 2;
    temper_words_ref(of, purpose, step, first, head, out);
    for (int64_t done = head; done < count; done += BATCH, block += BATCH / 4) {
        int64_t left = count - done;
        if ((uint32_t)block > UINT32_MAX - BATCH / 4) { /* the index carries into word 3 */
            temper_words_ref(of, purpose, step, 4 * block, left < BATCH ? left : BATCH, out + done);
            continue;
        }
        address at = {{(uint32_t)of.seed, (uint32_t)(of.seed >> 32)},
                      {(uint32_t)block, (uint32_t)step, of.chain,
                       (uint32_t)purpose << 24 | (uint32_t)(step >> 32 & 0xFFFF) << 8 |
                           (uint32_t)(block >> 32 & 0xFF)}};
        if (left >= BATCH) {
            batch(&at, out + done);
        } else {
            uint32_t last[BATCH];
            batch(&at, last);
            memcpy(out + done, last, (size_t)left * sizeof *last);
        }
    }
}
#else
void temper_words_avx512(temper_stream of, temper_purpose purpose, int64_t step, int64_t first, int64_t count,
                         uint32_t *out) {
    temper_words_ref(of, purpose, step, first, count, out);
}
#endif
