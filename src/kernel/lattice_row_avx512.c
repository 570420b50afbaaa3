/* Sixteen sites at a time, in the lower bytes of sixteen pairs; masks leave out the other colour and the far end. */
#include "kernel/lattice_site.h"
#if defined(__x86_64__)
#include <immintrin.h>

typedef struct {
    __m512i flip, always; /* thresholds at 2m + (s>0) */
} tables;

static inline __mmask32 bytes_of(int n) { return (__mmask32)(0x55555555 & (((uint64_t)1 << 2 * n) - 1)); }

/* New spins of the sites x, x+2 … x+2(n−1), n ≤ 16, where 1 ≤ x and the last has a right neighbour in the row. False
 * when a word meets its threshold. */
static inline bool update(const int8_t *row, const int8_t *up, const int8_t *down, const uint32_t *words,
                          int x, int n, const tables *of, __m256i *spins) {
    const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    __mmask16 sites = (__mmask16)((1u << n) - 1);
    __mmask32 bytes = bytes_of(n);
    __m256i s = _mm256_maskz_loadu_epi8(bytes, row + x);
    __m256i vertical =
        _mm256_add_epi8(_mm256_maskz_loadu_epi8(bytes, up + x), _mm256_maskz_loadu_epi8(bytes, down + x));
    __m256i sides = _mm256_add_epi8(_mm256_maskz_loadu_epi8(bytes, row + x - 1),
                                    _mm256_maskz_loadu_epi8(bytes, row + x + 1));
    __m256i plus = _mm256_srli_epi16(_mm256_add_epi8(s, _mm256_set1_epi16(1)), 1); /* 1 ↦ 1, −1 ↦ 0 */
    __m256i twice = _mm256_add_epi8(_mm256_add_epi8(vertical, sides), _mm256_set1_epi16(4));
    __m512i place = _mm512_cvtepu16_epi32(_mm256_add_epi8(twice, plus)); /* 2m + (s>0) */
    __m512i threshold = _mm512_permutexvar_epi32(place, of->flip);
    __m512i front = _mm512_maskz_loadu_epi32((__mmask16)bytes, words + x);
    __m512i back = _mm512_maskz_loadu_epi32((__mmask16)(bytes >> 16), words + x + 16);
    __m512i word = _mm512_permutex2var_epi32(front, even, back);
    __mmask16 sure = _mm512_test_epi32_mask(of->always, _mm512_sllv_epi32(_mm512_set1_epi32(1), place));
    if (_mm512_cmpeq_epu32_mask(word, threshold) & ~sure & sites) return false;
    __mmask16 flips = sure | _mm512_cmplt_epu32_mask(word, threshold);
    __m256i change = _mm256_maskz_set1_epi16(flips, 0xFE); /* 1 ^ 0xFE is −1, and back */
    *spins = _mm256_xor_si256(s, change);
    return true;
}

int temper_lattice_row_avx512(int8_t *row, const int8_t *up, const int8_t *down, int width, int first,
                              const uint32_t *words, const uint32_t flip[2][5], uint32_t always) {
    uint32_t at[16] = {0};
    for (int place = 0; place < 10; place++) at[place] = flip[place & 1][place >> 1];
    const tables of = {_mm512_loadu_si512(at), _mm512_set1_epi32((int)always)};
    int x = first;
    if (x == 0) {
        if (!lattice_site(row, up, down, width, x, words, flip, always)) return x;
        x = 2;
    }
    /* The next bytes are read before these are written: a load across a fresh store would wait for it. */
    int due = 0, sites = 0;
    __m256i spins = _mm256_setzero_si256(), fresh;
    while (x + 1 < width) {
        int left = (width - x) / 2, n = left < 16 ? left : 16;
        if (!update(row, up, down, words, x, n, &of, &fresh)) break;
        _mm256_mask_storeu_epi8(row + due, bytes_of(sites), spins);
        due = x, sites = n, spins = fresh, x += 2 * n;
    }
    _mm256_mask_storeu_epi8(row + due, bytes_of(sites), spins);
    for (; x < width; x += 2) /* the edge, or a tie: at most sixteen sites */
        if (!lattice_site(row, up, down, width, x, words, flip, always)) return x;
    return -1;
}
#else
int temper_lattice_row_avx512(int8_t *row, const int8_t *up, const int8_t *down, int width, int first,
                              const uint32_t *words, const uint32_t flip[2][5], uint32_t always) {
    return temper_lattice_row_ref(row, up, down, width, first, words, flip, always);
}
#endif
