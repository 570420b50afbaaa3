/* States of units: as bytes, four units of a chain to a word, as bits of a chain, and as lists. */
#include <string.h>

typedef uint16_t mark; /* WIDE units of one chain */

/* The four units of a word as bits, and back. */
FLAT uint32_t bits_of_word(uint32_t word) { return (word * 0x10204080u) >> 28; }
FLAT uint32_t word_of_bits(uint32_t bits) { return (bits * 0x00204081u) & 0x01010101u; }

/* Marks of one chain out of the states of its block, which begin at `from`, and back. */
static inline void read_marks(mark *marks, int64_t units, const uint8_t *from, int64_t lane) {
    for (int64_t k = 0; k < units / WIDE; k++) {
        uint32_t bits = 0, word;
        for (int q = 0; q < WIDE / 4; q++) {
            memcpy(&word, from + 4 * (GIBBS_BLOCK * (k * WIDE / 4 + q) + lane), 4);
            bits |= bits_of_word(word) << 4 * q;
        }
        marks[k] = (mark)bits;
    }
}

static inline void write_marks(const mark *marks, int64_t units, uint8_t *to, int64_t lane) {
    for (int64_t k = 0; k < units / WIDE; k++) {
        for (int q = 0; q < WIDE / 4; q++) {
            uint32_t word = word_of_bits((uint32_t)marks[k] >> 4 * q & 15);
            memcpy(to + 4 * (GIBBS_BLOCK * (k * WIDE / 4 + q) + lane), &word, 4);
        }
    }
}

/* Units whose bit is 1 in `now` ^ `before` (all of `now` without it), as a list with the sign of the change. */
static inline int64_t list_flips(int32_t *list, const mark *now, const mark *before, int64_t units) {
    int64_t n = 0;
    for (int64_t k = 0; k < units / WIDE; k++) {
        uint32_t flips = now[k] ^ (before ? before[k] : 0u), up = now[k];
        for (; flips; flips &= flips - 1) {
            int bit = __builtin_ctz(flips);
            list[n++] = (int32_t)(k * WIDE + bit) ^ -(int32_t)(~up >> bit & 1);
        }
    }
    return n;
}

/* How many chains of a block have each visible unit on: 32 words of four bytes each are added as bytes. */
static inline void count_on(int32_t *on, const uint8_t *states, int64_t Vp, int64_t chains) {
    for (int64_t q = 0; q < Vp / 4; q++) {
        uint32_t sum = 0, word[GIBBS_BLOCK];
        memcpy(word, states + 4 * GIBBS_BLOCK * q, sizeof word);
        for (int64_t c = chains; c < GIBBS_BLOCK; c++) word[c] = 0;
        for (int c = 0; c < GIBBS_BLOCK; c++) sum += word[c];
        for (int j = 0; j < 4; j++) on[4 * q + j] = (int32_t)(sum >> 8 * j & 255);
    }
}

/* Sixteen bytes, 1 where a number is 0.5 or more. */
typedef uint8_t sixteen __attribute__((vector_size(16)));
FLAT sixteen on_of_16(const float *x) {
#if defined(__AVX512F__)
    const __mmask16 on = _mm512_cmp_ps_mask(_mm512_loadu_ps(x), _mm512_set1_ps(0.5F), _CMP_GE_OQ);
    return (sixteen)_mm_maskz_set1_epi8(on, 1);
#else
    typedef float reals __attribute__((vector_size(64)));
    reals r;
    memcpy(&r, x, sizeof r);
    return __builtin_convertvector(r >= 0.5F, sixteen) & 1;
#endif
}

static void fill(uint8_t *to, const float *row, const float *next, int64_t V) {
    int64_t i = 0;
    for (; i + 16 <= V; i += 16, to += 16 * GIBBS_BLOCK) {
        __builtin_prefetch(next + i);
        const sixteen on = on_of_16(row + i);
        for (int k = 0; k < 4; k++) memcpy(to + k * 4 * GIBBS_BLOCK, (const uint8_t *)&on + 4 * k, 4);
    }
    for (; i < V; i += 4, to += 4 * GIBBS_BLOCK) {
        uint32_t word = 0;
        for (int j = 0; j < 4 && i + j < V; j++) word |= (uint32_t)(row[i + j] >= 0.5F) << 8 * j;
        memcpy(to, &word, 4);
    }
}
