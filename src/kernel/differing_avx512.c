/* Unequal bytes, 64 to a comparison; the rest under a mask. */
#include "kernel/levels.h"
#if defined(__x86_64__)
#include <immintrin.h>

int64_t temper_differing_avx512(const int8_t *a, const int8_t *b, int64_t count) {
    int64_t sum = 0, x = 0;
    for (; x + 64 <= count; x += 64)
        sum += _mm_popcnt_u64(_mm512_cmpneq_epi8_mask(_mm512_loadu_si512(a + x), _mm512_loadu_si512(b + x)));
    if (x < count) {
        __mmask64 rest = ~0ull >> (64 - (count - x));
        sum += _mm_popcnt_u64(_mm512_mask_cmpneq_epi8_mask(rest, _mm512_maskz_loadu_epi8(rest, a + x),
                                                           _mm512_maskz_loadu_epi8(rest, b + x)));
    }
    return sum;
}
#else
int64_t temper_differing_avx512(const int8_t *a, const int8_t *b, int64_t count) {
    return temper_differing_ref(a, b, count);
}
#endif
