/* The functions of kernel/odds.h for one instruction set; ODDS_TABLE names the table. A register holds WIDE doubles, PARTS of them are
 * the TEMPER_LANES lanes: lane by lane every level does the same operations in the same order. */
#include <math.h>
#include <string.h>
#include "kernel/kernel.h"
#include "kernel/odds.h"
#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

#define FLAT static inline __attribute__((always_inline))

#if defined(__AVX512F__)
enum { WIDE = 8 };
#elif defined(__AVX2__)
enum { WIDE = 4 };
#else
enum { WIDE = 2 };
#endif
enum { PARTS = TEMPER_LANES / WIDE };
typedef double wide __attribute__((vector_size(WIDE * sizeof(double))));
typedef uint64_t wide_bits __attribute__((vector_size(WIDE * sizeof(double))));

FLAT wide load(const double *x) {
    wide v;
    memcpy(&v, x, sizeof v);
    return v;
}

FLAT void store(double *x, wide v) { memcpy(x, &v, sizeof v); }

/* p (1 + u) with one rounding. */
FLAT wide times_one_plus(wide p, wide u) {
#if defined(__AVX512F__)
    return (wide)_mm512_fmadd_pd((__m512d)p, (__m512d)u, (__m512d)p);
#elif defined(__AVX2__)
    return (wide)_mm256_fmadd_pd((__m256d)p, (__m256d)u, (__m256d)p);
#else
    for (int l = 0; l < WIDE; l++) p[l] = fma(p[l], u[l], p[l]);
    return p;
#endif
}

/* The exponent of p ≥ 1 goes to e, and p into [1, 2): exact. */
FLAT void take_exponent(wide *p, wide_bits *e) {
    wide_bits bits = (wide_bits)*p;
    *e += (bits >> 52) - 1023;
    *p = (wide)((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);
}

FLAT temper_scaled join_lanes(const wide *p, const wide_bits *e) {
    double m[TEMPER_LANES];
    uint64_t x[TEMPER_LANES], sum = 0;
    memcpy(m, p, sizeof m);
    memcpy(x, e, sizeof x);
    for (int l = 0; l < TEMPER_LANES; l++) sum += x[l];
    return (temper_scaled){((m[0] * m[4]) * (m[2] * m[6])) * ((m[1] * m[5]) * (m[3] * m[7])), (int64_t)sum};
}

static void four(const double *u, const double *f, const double *g, int64_t n, int64_t group,
                 temper_scaled out[4]) {
    wide P[4][PARTS];
    wide_bits E[4][PARTS] = {{{0}}};
    for (int s = 0; s < 4; s++)
        for (int p = 0; p < PARTS; p++) P[s][p] = (wide){0} + 1;
    for (int64_t k = 0; k < n;) {
        int64_t stop = n - k > group * TEMPER_LANES ? k + group * TEMPER_LANES : n;
        for (; k < stop; k += TEMPER_LANES)
            for (int p = 0; p < PARTS; p++) {
                wide x = load(u + k + p * WIDE), y = load(g + k + p * WIDE), xf = x * load(f + k + p * WIDE);
                P[0][p] = times_one_plus(P[0][p], x);
                P[1][p] = times_one_plus(P[1][p], xf);
                P[2][p] = times_one_plus(P[2][p], x * y);
                P[3][p] = times_one_plus(P[3][p], xf * y);
            }
        for (int s = 0; s < 4; s++)
            for (int p = 0; p < PARTS; p++) take_exponent(&P[s][p], &E[s][p]);
    }
    for (int s = 0; s < 4; s++) out[s] = join_lanes(P[s], E[s]);
}

static void means(const double *u, const double *const f[2], int64_t n, const double w[4],
                  double *const sum[3]) {
    for (int64_t k = 0; k < n; k += WIDE) {
        wide x = load(u + k), y = load(f[1] + k), xf = x * load(f[0] + k), xg = x * y, xfg = xf * y;
        wide m0 = w[0] * (x / (1 + x)), m1 = w[1] * (xf / (1 + xf));
        wide m2 = w[2] * (xg / (1 + xg)), m3 = w[3] * (xfg / (1 + xfg));
        store(sum[0] + k, (m0 + m1) + (m2 + m3));
        store(sum[1] + k, load(sum[1] + k) + (m1 + m3));
        store(sum[2] + k, load(sum[2] + k) + (m2 + m3));
    }
}

static temper_scaled one(const double *u, const double *f, int64_t n, int64_t group) {
    wide P[PARTS];
    wide_bits E[PARTS] = {{0}};
    for (int p = 0; p < PARTS; p++) P[p] = (wide){0} + 1;
    for (int64_t k = 0; k < n;) {
        int64_t stop = n - k > group * TEMPER_LANES ? k + group * TEMPER_LANES : n;
        for (; k < stop; k += TEMPER_LANES)
            for (int p = 0; p < PARTS; p++)
                P[p] = times_one_plus(P[p], load(u + k + p * WIDE) * load(f + k + p * WIDE));
        for (int p = 0; p < PARTS; p++) take_exponent(&P[p], &E[p]);
    }
    return join_lanes(P, E);
}

static void chance(const double *u, const double *f, int64_t n, double *p) {
    for (int64_t k = 0; k < n; k += WIDE) {
        wide x = load(u + k) * load(f + k);
        store(p + k, x / (1 + x));
    }
}

const temper_odds ODDS_TABLE = {four, means, one, chance};
