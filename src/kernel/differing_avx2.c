/* Unequal bytes, 32 to a comparison: a set bit for each, counted by popcnt. */
#include "kernel/levels.h"
#if defined(__x86_64__)
#include <immintrin.h>

int64_t temper_differing_avx2(const int8_t *a, const int8_t *b, int64_t count) {
    int64_t sum = 0, x = 0;
    for (; x + 32 <= count; x += 32) {
        __m256i same = _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(a + x)),
                                         _mm256_loadu_si256((const __m256i *)(b + x)));
        sum += 32 - _mm_popcnt_u32((uint32_t)_mm256_movemask_epi8(same));
    }
    for (; x < count; x++) sum += a[x] != b[x];
    return sum;
}
#else
int64_t temper_differing_avx2(const int8_t *a, const int8_t *b, int64_t count) {
    return temper_differing_ref(a, b, count);
}
#endif
