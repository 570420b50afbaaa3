/* Log weights of chains from exact fields: ln w = Σ linear_i v_i + Σ_j ln(1 + 2^y_j), y = fma(256 field + fine field, scale, bias), with
 *     ln(1 + 2^y) = max(y, 0) ln 2 + ln(1 + 2^−|y|),
 * whose second parts are multiplied, lane by lane, and one logarithm is taken of up to 960 of them: each factor is at most 2.
 * Eight lanes of doubles, of j modulo 8, whatever the level. */
#include "base/elementary.h"

enum { EIGHT = 8, PART = EIGHT / DOUBLES, BEFORE_LOG = 960 };
typedef int64_t longs __attribute__((vector_size(WIDE * sizeof(real))));

#if defined(__AVX512F__)
FLAT doubles doubles_fma(doubles a, doubles b, doubles c) {
    return (doubles)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
FLAT doubles doubles_more(doubles a, doubles b) { return (doubles)_mm512_max_pd((__m512d)a, (__m512d)b); }
#elif defined(__AVX2__)
FLAT doubles doubles_fma(doubles a, doubles b, doubles c) {
    return (doubles)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
FLAT doubles doubles_more(doubles a, doubles b) { return (doubles)_mm256_max_pd((__m256d)a, (__m256d)b); }
#else
FLAT doubles doubles_fma(doubles a, doubles b, doubles c) {
    for (int l = 0; l < DOUBLES; l++) c[l] = __builtin_fma(a[l], b[l], c[l]);
    return c;
}
FLAT doubles doubles_more(doubles a, doubles b) {
    for (int l = 0; l < DOUBLES; l++) a[l] = a[l] > b[l] ? a[l] : b[l];
    return a;
}
#endif

FLAT doubles doubles_all(double x) { return (doubles){0} + x; }

/* 1 + 2^y for −1000 ≤ y ≤ 0: the series of the exponential function at y − n, |(y − n) ln 2| < 0.35, to x^13/13!. */
FLAT doubles one_and_power(doubles y) {
    static const double P[] = {0x1p0,
                               0x1.62e42fefa39efp-1,
                               0x1.ebfbdff82c58fp-3,
                               0x1.c6b08d704a0cp-5,
                               0x1.3b2ab6fba4e77p-7,
                               0x1.5d87fe78a6731p-10,
                               0x1.430912f86c787p-13,
                               0x1.ffcbfc588b0c7p-17,
                               0x1.62c0223a5c824p-20,
                               0x1.b5253d395e7c4p-24,
                               0x1.e4cf5158b8ecap-28,
                               0x1.e8cac7351bb25p-32,
                               0x1.c3bd650fc2986p-36,
                               0x1.816193166d0f9p-40};
    const doubles magic = doubles_all(0x1.8p52);
    doubles shifted = y + magic, f = y - (shifted - magic), p = doubles_all(P[13]);
    for (int k = 12; k >= 0; k--) p = doubles_fma(p, f, doubles_all(P[k]));
    return (doubles)((longs)p + ((longs)shifted << 52)) + doubles_all(1);
}

FLAT doubles doubles_of_ints(const int32_t *x) {
    typedef int32_t part __attribute__((vector_size(DOUBLES * sizeof(int32_t))));
    part v;
    memcpy(&v, x, sizeof v);
    return __builtin_convertvector(v, doubles);
}

/* Σ_j log2(1 + 2^y_j) ln 2 over the units of one chain. */
static double soft_sum(const int32_t *field, const int32_t *fine, const double *bias, double scale,
                       int64_t units) {
    double logs = 0, lanes[EIGHT], sum = 0;
    doubles upper[PART];
    for (int p = 0; p < PART; p++) upper[p] = doubles_all(0);
    for (int64_t from = 0; from < units; from += BEFORE_LOG) {
        const int64_t to = from + BEFORE_LOG < units ? from + BEFORE_LOG : units;
        doubles product[PART];
        for (int p = 0; p < PART; p++) product[p] = doubles_all(1);
        for (int64_t j = from; j < to; j += EIGHT) {
            for (int p = 0; p < PART; p++) {
                doubles b, y = doubles_fma(doubles_of_ints(field + j + p * DOUBLES), doubles_all(256),
                                           doubles_of_ints(fine + j + p * DOUBLES));
                memcpy(&b, bias + j + p * DOUBLES, sizeof b);
                y = doubles_fma(y, doubles_all(scale), b);
                doubles up = doubles_more(y, doubles_all(0)), down = y - up - up; /* max(y, 0) and −|y| */
                upper[p] += up;
                product[p] *= one_and_power(doubles_more(down, doubles_all(-1000)));
            }
        }
        memcpy(lanes, product, sizeof lanes);
        logs += temper_log(((lanes[0] * lanes[1]) * (lanes[2] * lanes[3])) *
                           ((lanes[4] * lanes[5]) * (lanes[6] * lanes[7])));
    }
    memcpy(lanes, upper, sizeof lanes);
    for (int l = 0; l < EIGHT; l++) sum += lanes[l];
    return sum * 0x1.62e42fefa39efp-1 + logs;
}

/* All that is asked of one chain; the list holds its visible units that are on, in their order. */
static void weigh_chain(const gibbs_weigh *w, int64_t chain, const int32_t *field, const int32_t *fine,
                        const int32_t *list, int64_t n) {
    for (int p = 0; p < w->places; p++) {
        double sum = 0;
        for (int64_t k = 0; k < n; k++) sum += w->linear[p][list[k]];
        w->out[p][chain] = sum + soft_sum(field, fine, w->hidden[p], w->scale[p], w->weights->Hp);
    }
}
