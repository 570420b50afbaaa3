/* Sums of some rows of a matrix of 16-bit integers: the field of every unit of a layer, or its change. The list holds i ≥ 0 for +row i and
 * ~i for −row i. Two rows at a time are interleaved and multiplied by their signs: one product-sum of neighbours adds both. */
#include <stdint.h>
#include <string.h>

typedef struct {
    const int16_t *rows;
    int64_t stride; /* whole pads of 64 */
    const int32_t *list;
    int64_t n;
} gibbs_rows;

FLAT int64_t row_of(int32_t entry) { return entry ^ (entry >> 31); }
FLAT int32_t sign_of(int32_t entry) { return (entry >> 31) | 1; }

#if defined(__AVX512F__) || defined(__AVX2__)
enum { GIBBS_SPAN = 2 * WIDE }; /* 16-bit numbers in a register */

/* The signs of a pair for each 32-bit lane; the second is 0 where the list ends before it. */
FLAT wide_int pair_signs(const int32_t *list, int64_t left) {
    uint32_t first = (uint32_t)sign_of(list[0]) & 0xFFFF, second = left > 1 ? (uint32_t)sign_of(list[1]) : 0;
    return (wide_int){0} + (int32_t)(first | second << 16);
}

#if defined(__AVX512F__)
typedef __m512i gibbs_reg;
FLAT gibbs_reg reg_load(const void *p) { return _mm512_loadu_si512(p); }
FLAT gibbs_reg low_pairs(gibbs_reg a, gibbs_reg b) { return _mm512_unpacklo_epi16(a, b); }
FLAT gibbs_reg high_pairs(gibbs_reg a, gibbs_reg b) { return _mm512_unpackhi_epi16(a, b); }
FLAT wide_int add_pairs(wide_int sum, gibbs_reg a, wide_int signs) {
#if defined(__AVX512VNNI__)
    return (wide_int)_mm512_dpwssd_epi32((__m512i)sum, a, (__m512i)signs);
#else
    return sum + (wide_int)_mm512_madd_epi16(a, (__m512i)signs);
#endif
}
FLAT void in_order(wide_int low, wide_int high, wide_int out[2]) {
    const __m512i front = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11),
                  back = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    out[0] = (wide_int)_mm512_permutex2var_epi64((__m512i)low, front, (__m512i)high);
    out[1] = (wide_int)_mm512_permutex2var_epi64((__m512i)low, back, (__m512i)high);
}
#else
typedef __m256i gibbs_reg;
FLAT gibbs_reg reg_load(const void *p) { return _mm256_loadu_si256(p); }
FLAT gibbs_reg low_pairs(gibbs_reg a, gibbs_reg b) { return _mm256_unpacklo_epi16(a, b); }
FLAT gibbs_reg high_pairs(gibbs_reg a, gibbs_reg b) { return _mm256_unpackhi_epi16(a, b); }
FLAT wide_int add_pairs(wide_int sum, gibbs_reg a, wide_int signs) {
    return sum + (wide_int)_mm256_madd_epi16(a, (__m256i)signs);
}
FLAT void in_order(wide_int low, wide_int high, wide_int out[2]) {
    out[0] = (wide_int)_mm256_permute2x128_si256((__m256i)low, (__m256i)high, 0x20);
    out[1] = (wide_int)_mm256_permute2x128_si256((__m256i)low, (__m256i)high, 0x31);
}
#endif

/* `spans` registers of columns from `at` on; a constant, so that the sums stay in registers. */
FLAT void add_span(int32_t *f, const gibbs_rows *r, int64_t at, const int spans) {
    wide_int sum[8];
    for (int s = 0; s < 2 * spans; s++) sum[s] = (wide_int){0};
    for (int64_t k = 0; k < r->n; k += 2) {
        wide_int signs = pair_signs(r->list + k, r->n - k);
        const int16_t *a = r->rows + row_of(r->list[k]) * r->stride + at;
        const int16_t *b = k + 1 < r->n ? r->rows + row_of(r->list[k + 1]) * r->stride + at : a;
#pragma GCC unroll 4
        for (int s = 0; s < spans; s++) {
            gibbs_reg x = reg_load(a + s * GIBBS_SPAN), y = reg_load(b + s * GIBBS_SPAN);
            sum[2 * s] = add_pairs(sum[2 * s], low_pairs(x, y), signs);
            sum[2 * s + 1] = add_pairs(sum[2 * s + 1], high_pairs(x, y), signs);
        }
    }
#pragma GCC unroll 4
    for (int s = 0; s < spans; s++) {
        wide_int out[2], *to = (wide_int *)(f + at + s * GIBBS_SPAN);
        in_order(sum[2 * s], sum[2 * s + 1], out);
        to[0] += out[0], to[1] += out[1];
    }
}

/* f[column] += Σ ± rows; f is aligned to 64 bytes. */
static void gibbs_add_rows(int32_t *f, const gibbs_rows *r) {
    int64_t at = 0;
    if (r->n == 0) return;
    for (; at + 4 * GIBBS_SPAN <= r->stride; at += 4 * GIBBS_SPAN) add_span(f, r, at, 4);
    for (; at < r->stride; at += 2 * GIBBS_SPAN) add_span(f, r, at, 2);
}
#else
static void gibbs_add_rows(int32_t *f, const gibbs_rows *r) {
    for (int64_t k = 0; k < r->n; k++) {
        const int16_t *row = r->rows + row_of(r->list[k]) * r->stride;
        const int32_t sign = sign_of(r->list[k]);
        for (int64_t j = 0; j < r->stride; j++) f[j] += sign * row[j];
    }
}
#endif
