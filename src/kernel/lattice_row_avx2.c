/* Eight sites at a time: sixteen bytes of each row, of which the lower byte of a pair is a site in turn. */
#include "kernel/lattice_site.h"
#if defined(__x86_64__)
#include <immintrin.h>

typedef struct {
    __m256i low, high, always; /* thresholds at 2m + (s>0): 0 … 7, and 8, 9 */
} tables;

static inline __m128i bytes(const int8_t *at) { return _mm_loadu_si128((const __m128i *)at); }

/* Of sixteen words those at even places. */
static inline __m256i every_second(const uint32_t *words) {
    __m256 front = _mm256_loadu_ps((const float *)words), back = _mm256_loadu_ps((const float *)words + 8);
    return _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(front, back, 0x88)), 0xD8);
}

static inline __m256i look_up(const tables *of, __m256i place) {
    __m256 low = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(of->low, place));
    __m256 high = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(of->high, place));
    __m256 eighth = _mm256_castsi256_ps(_mm256_slli_epi32(place, 28)); /* bit 3 becomes the sign */
    return _mm256_castps_si256(_mm256_blendv_ps(low, high, eighth));
}

/* The sixteen bytes from x on with the sites x, x+2 … x+14 updated, where 1 ≤ x and x+16 < width. False when a word
 * meets its threshold. */
static inline bool update(const int8_t *row, const int8_t *up, const int8_t *down, const uint32_t *words,
                          int x, const tables *of, __m128i *spins) {
    __m128i s = bytes(row + x), one = _mm_set1_epi8(1);
    __m128i sum = _mm_add_epi8(_mm_add_epi8(bytes(up + x), bytes(down + x)),
                               _mm_add_epi8(bytes(row + x - 1), bytes(row + x + 1)));
    __m128i twice = _mm_add_epi8(sum, _mm_set1_epi8(4)), plus = _mm_cmpgt_epi8(s, _mm_setzero_si128());
    __m128i places = _mm_add_epi8(twice, _mm_and_si128(plus, one)); /* 2m + (s>0) */
    __m256i place = _mm256_cvtepu16_epi32(_mm_and_si128(places, _mm_set1_epi16(0xFF)));
    __m256i threshold = look_up(of, place), word = every_second(words + x);
    __m256i sure = _mm256_srai_epi32(_mm256_slli_epi32(_mm256_srlv_epi32(of->always, place), 31), 31);
    __m256i tie = _mm256_cmpeq_epi32(word, threshold);
    if (!_mm256_testc_si256(sure, tie)) return false;
    __m256i top = _mm256_set1_epi32(INT32_MIN); /* makes the comparison unsigned */
    __m256i below = _mm256_cmpgt_epi32(_mm256_xor_si256(threshold, top), _mm256_xor_si256(word, top));
    __m256i flips = _mm256_or_si256(below, sure);
    __m128i pairs = _mm_packs_epi32(_mm256_castsi256_si128(flips), _mm256_extracti128_si256(flips, 1));
    __m128i change = _mm_and_si128(pairs, _mm_set1_epi16(0xFE)); /* 1 ^ 0xFE is −1, and back */
    *spins = _mm_xor_si128(s, change);
    return true;
}

int temper_lattice_row_avx2(int8_t *row, const int8_t *up, const int8_t *down, int width, int first,
                            const uint32_t *words, const uint32_t flip[2][5], uint32_t always) {
    uint32_t at[16] = {0};
    for (int place = 0; place < 10; place++) at[place] = flip[place & 1][place >> 1];
    const tables of = {_mm256_loadu_si256((const __m256i *)at), _mm256_loadu_si256((const __m256i *)(at + 8)),
                       _mm256_set1_epi32((int)always)};
    int x = first;
    if (x == 0) {
        if (!lattice_site(row, up, down, width, x, words, flip, always)) return x;
        x = 2;
    }
    /* The next bytes are read before these are written: a load across a fresh store would wait for it. */
    int8_t *due = NULL;
    __m128i spins = _mm_setzero_si128(), fresh;
    for (; x + 16 < width && update(row, up, down, words, x, &of, &fresh); x += 16) {
        if (due) _mm_storeu_si128((__m128i *)due, spins);
        due = row + x, spins = fresh;
    }
    if (due) _mm_storeu_si128((__m128i *)due, spins);
    for (; x < width; x += 2) /* the edge, or a tie: at most eight sites */
        if (!lattice_site(row, up, down, width, x, words, flip, always)) return x;
    return -1;
}
#else
int temper_lattice_row_avx2(int8_t *row, const int8_t *up, const int8_t *down, int width, int first,
                            const uint32_t *words, const uint32_t flip[2][5], uint32_t always) {
    return temper_lattice_row_ref(row, up, down, width, first, words, flip, always);
}
#endif
