/* Fast Fourier transform of a power-of-two length, for autocorrelations. Its twiddle factors come from
 * base/elementary.h and its order of operations is fixed: equal bits everywhere. */
#ifndef TEMPER_NUM_FFT_H
#define TEMPER_NUM_FFT_H

#include <stdint.h>
#include "temper/status.h"

/* Smallest power of two ≥ n, n ≥ 1. */
int64_t temper_fft_length(int64_t n);

/* z[k] ← Σ_t z[t] exp(−2πi kt/n), in place, z = re, im, re, im …; n a power of two. root[n] (n/2 pairs) is filled by
 * temper_fft_roots(n, root). The inverse without its 1/n is the same call between two conjugations. */
void temper_fft(int64_t n, double *z, const double *root);
void temper_fft_roots(int64_t n, double *root);

#endif
