#include "core/vectors.h"
#include <math.h>
#include <string.h>
#include "kernel/net.h"

enum { CHUNK = 1024 };

/* The kernel works on whole lanes; what is left over goes through a block of its own. */
void temper_vector_blend(int64_t n, float a, const float *x, float b, const float *y, float *out) {
    int64_t even = n / LANES * LANES;
    size_t rest = (size_t)(n - even) * sizeof(float);
    float u[LANES] = {0}, v[LANES] = {0};
    temper_net_kernel()->blend(even, a, x, b, y, out);
    if (!rest) return;
    memcpy(u, x + even, rest);
    if (y) memcpy(v, y + even, rest);
    temper_net_kernel()->blend(LANES, a, u, b, y ? v : NULL, u);
    memcpy(out + even, u, rest);
}

void temper_vector_multiply(int64_t n, const float *x, const float *y, float *out) {
    int64_t even = n / LANES * LANES;
    size_t rest = (size_t)(n - even) * sizeof(float);
    float u[LANES] = {0}, v[LANES] = {0};
    temper_net_kernel()->multiply(even, x, y, out, false);
    if (!rest) return;
    memcpy(u, x + even, rest), memcpy(v, y + even, rest);
    temper_net_kernel()->multiply(LANES, u, v, u, false);
    memcpy(out + even, u, rest);
}

double temper_vector_square(int64_t n, const float *x) { return temper_net_kernel()->dot(n, x, x); }

double temper_vector_distance(int64_t n, const float *x, const float *y) {
    float d[CHUNK];
    double sum = 0;
    for (int64_t k = 0; k < n; k += CHUNK) {
        int64_t m = n - k < CHUNK ? n - k : CHUNK;
        temper_vector_blend(m, 1, x + k, -1, y + k, d);
        sum += temper_vector_square(m, d);
    }
    return sum;
}

double temper_vector_apart(int64_t n, const float *x, const float *from) {
    double d = temper_vector_distance(n, x, from);
    return d > 0 ? sqrt(d / temper_vector_square(n, from)) : 0;
}
