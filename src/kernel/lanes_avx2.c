/* Lanes 0…3 and 4…7 in two registers. A product and a sum, never fused: the bits of the reference. */
#include "kernel/levels.h"
#if defined(__x86_64__)
#include <immintrin.h>

void temper_lanes_add_avx2(double *restrict y, double a, const double *restrict x, int64_t length) {
    const __m256d factor = _mm256_set1_pd(a);
    int64_t k = 0;
    for (; k + 4 <= length; k += 4)
        _mm256_storeu_pd(
            y + k, _mm256_add_pd(_mm256_loadu_pd(y + k), _mm256_mul_pd(factor, _mm256_loadu_pd(x + k))));
    for (; k < length; k++) y[k] += a * x[k];
}

double temper_lanes_dot_avx2(const double *x, const double *y, int64_t length) {
    __m256d low = _mm256_setzero_pd(), high = low;
    double lane[4];
    for (int64_t k = 0; k < length; k += TEMPER_LANES) {
        low = _mm256_add_pd(low, _mm256_mul_pd(_mm256_loadu_pd(x + k), _mm256_loadu_pd(y + k)));
        high = _mm256_add_pd(high, _mm256_mul_pd(_mm256_loadu_pd(x + k + 4), _mm256_loadu_pd(y + k + 4)));
    }
    _mm256_storeu_pd(lane, _mm256_add_pd(low, high));
    return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}
#else
void temper_lanes_add_avx2(double *restrict y, double a, const double *restrict x, int64_t length) {
    temper_lanes_add_ref(y, a, x, length);
}
double temper_lanes_dot_avx2(const double *x, const double *y, int64_t length) {
    return temper_lanes_dot_ref(x, y, length);
}
#endif
