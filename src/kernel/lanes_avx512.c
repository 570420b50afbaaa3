/* All eight lanes in one register. A product and a sum, never fused: the bits of the reference. */
#include "kernel/levels.h"
#if defined(__x86_64__)
#include <immintrin.h>

void temper_lanes_add_avx512(double *restrict y, double a, const double *restrict x, int64_t length) {
    const __m512d factor = _mm512_set1_pd(a);
    int64_t k = 0;
    for (; k + 8 <= length; k += 8)
        _mm512_storeu_pd(
            y + k, _mm512_add_pd(_mm512_loadu_pd(y + k), _mm512_mul_pd(factor, _mm512_loadu_pd(x + k))));
    for (; k < length; k++) y[k] += a * x[k];
}

double temper_lanes_dot_avx512(const double *x, const double *y, int64_t length) {
    __m512d sum = _mm512_setzero_pd();
    double lane[TEMPER_LANES];
    for (int64_t k = 0; k < length; k += TEMPER_LANES)
        sum = _mm512_add_pd(sum, _mm512_mul_pd(_mm512_loadu_pd(x + k), _mm512_loadu_pd(y + k)));
    _mm512_storeu_pd(lane, sum);
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}
#else
void temper_lanes_add_avx512(double *restrict y, double a, const double *restrict x, int64_t length) {
    temper_lanes_add_ref(y, a, x, length);
}
double temper_lanes_dot_avx512(const double *x, const double *y, int64_t length) {
    return temper_lanes_dot_ref(x, y, length);
}
#endif
