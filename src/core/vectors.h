/* vectors: sums of weights, for ensembles that join the walkers of a crew. Any length, no alignment asked for; the arithmetic is that of
 * the network kernels, so bits are equal on every cpu level and there are no threads that they could depend on. Memory speed. */
#ifndef TEMPER_CORE_VECTORS_H
#define TEMPER_CORE_VECTORS_H

#include <stdint.h>

/* out = a·x + b·y, one fma; y may be NULL (b = 0). In place is allowed. */
void temper_vector_blend(int64_t n, float a, const float *x, float b, const float *y, float *out);
/* out = x·y, element by element. In place is allowed. */
void temper_vector_multiply(int64_t n, const float *x, const float *y, float *out);
double temper_vector_square(int64_t n, const float *x);                   /* |x|² */
double temper_vector_distance(int64_t n, const float *x, const float *y); /* |x − y|², of float differences */
double temper_vector_apart(int64_t n, const float *x,
                           const float *from); /* |x − from|/|from|; 0 where they are equal */

#endif
