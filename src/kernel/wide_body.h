/* wide: as many lanes as one register of this level holds. What follows is arithmetic of IEEE 754, lane by lane, so the bits of an
 * elementwise kernel don't depend on the width. A `choice` is one yes or no per lane. */
#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif
#include <string.h>

#define FLAT static inline __attribute__((always_inline))

#ifdef TEMPER_F64
enum { WIDE = 2 };
typedef int64_t wide_int __attribute__((vector_size(16)));
typedef wide_int choice;
#elif defined(__AVX512F__)
enum { WIDE = 16 };
typedef int32_t wide_int __attribute__((vector_size(64)));
typedef uint32_t wide_bits __attribute__((vector_size(64)));
typedef __mmask16 choice;
#elif defined(__AVX2__)
enum { WIDE = 8 };
typedef int32_t wide_int __attribute__((vector_size(32)));
typedef uint32_t wide_bits __attribute__((vector_size(32)));
typedef wide_int choice;
#else
enum { WIDE = 4 };
typedef int32_t wide_int __attribute__((vector_size(16)));
typedef uint32_t wide_bits __attribute__((vector_size(16)));
typedef wide_int choice;
#endif
typedef real wide __attribute__((vector_size(WIDE * sizeof(real))));

/* As many doubles as a register holds, for sums. */
enum { DOUBLES = WIDE * sizeof(real) / sizeof(double) };
typedef double doubles __attribute__((vector_size(WIDE * sizeof(real))));

FLAT wide wide_load(const real *x) {
    wide v;
    memcpy(&v, x, sizeof v);
    return v;
}

FLAT void wide_store(real *x, wide v) { memcpy(x, &v, sizeof v); }

FLAT doubles doubles_of(const real *x) {
    typedef real part __attribute__((vector_size(DOUBLES * sizeof(real))));
    part v;
    memcpy(&v, x, sizeof v);
    return __builtin_convertvector(v, doubles);
}

/* a b + c, rounded once. below: a < b, no where one is NaN. pick: yes ? a : b. */
#if defined(__AVX512F__) && !defined(TEMPER_F64)
FLAT wide wide_all(real x) { return (wide)_mm512_set1_ps(x); }
FLAT wide wide_fma(wide a, wide b, wide c) { return (wide)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c); }
FLAT wide wide_root(wide a) { return (wide)_mm512_sqrt_ps((__m512)a); }
FLAT choice wide_below(wide a, wide b) { return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_LT_OQ); }
FLAT wide wide_pick(choice yes, wide a, wide b) {
    return (wide)_mm512_mask_blend_ps(yes, (__m512)b, (__m512)a);
}
#elif defined(__AVX2__) && !defined(TEMPER_F64)
FLAT wide wide_all(real x) { return (wide)_mm256_set1_ps(x); }
FLAT wide wide_fma(wide a, wide b, wide c) { return (wide)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c); }
FLAT wide wide_root(wide a) { return (wide)_mm256_sqrt_ps((__m256)a); }
FLAT choice wide_below(wide a, wide b) { return (choice)_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_LT_OQ); }
FLAT wide wide_pick(choice yes, wide a, wide b) {
    return (wide)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)yes);
}
#else
FLAT wide wide_all(real x) {
    wide v;
    for (int l = 0; l < WIDE; l++) v[l] = x;
    return v;
}

FLAT wide wide_fma(wide a, wide b, wide c) {
    for (int l = 0; l < WIDE; l++)
        c[l] = sizeof(real) == 4 ? (real)__builtin_fmaf((float)a[l], (float)b[l], (float)c[l])
                                 : (real)__builtin_fma((double)a[l], (double)b[l], (double)c[l]);
    return c;
}

FLAT wide wide_root(wide a) {
    for (int l = 0; l < WIDE; l++)
        a[l] = sizeof(real) == 4 ? (real)__builtin_sqrtf((float)a[l]) : (real)__builtin_sqrt((double)a[l]);
    return a;
}

FLAT choice wide_below(wide a, wide b) { return a < b; }
FLAT wide wide_pick(choice yes, wide a, wide b) { return (wide)((yes & (wide_int)a) | (~yes & (wide_int)b)); }
#endif

/* The larger and the smaller of x and a bound; NaN stays NaN (of two operands the instructions take the second where one is none). */
#if defined(__AVX512F__) && !defined(TEMPER_F64)
FLAT wide wide_from(wide bound, wide x) { return (wide)_mm512_max_ps((__m512)bound, (__m512)x); }
FLAT wide wide_upto(wide bound, wide x) { return (wide)_mm512_min_ps((__m512)bound, (__m512)x); }
#elif defined(__AVX2__) && !defined(TEMPER_F64)
FLAT wide wide_from(wide bound, wide x) { return (wide)_mm256_max_ps((__m256)bound, (__m256)x); }
FLAT wide wide_upto(wide bound, wide x) { return (wide)_mm256_min_ps((__m256)bound, (__m256)x); }
#else
FLAT wide wide_from(wide bound, wide x) { return wide_pick(wide_below(x, bound), bound, x); }
FLAT wide wide_upto(wide bound, wide x) { return wide_pick(wide_below(bound, x), bound, x); }
#endif
FLAT wide wide_size(wide x) { return wide_pick(wide_below(x, wide_all(0)), -x, x); }

/* Transposition of squares as wide as a register. */
#if defined(TEMPER_F64)
FLAT wide zip_low(wide a, wide b) { return __builtin_shufflevector(a, b, 0, 2); }
FLAT wide zip_high(wide a, wide b) { return __builtin_shufflevector(a, b, 1, 3); }
#elif defined(__AVX512F__)
FLAT wide zip_low(wide a, wide b) {
    return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}
FLAT wide zip_high(wide a, wide b) {
    return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}
#elif defined(__AVX2__)
FLAT wide zip_low(wide a, wide b) { return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11); }
FLAT wide zip_high(wide a, wide b) { return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15); }
#else
FLAT wide zip_low(wide a, wide b) { return __builtin_shufflevector(a, b, 0, 4, 1, 5); }
FLAT wide zip_high(wide a, wide b) { return __builtin_shufflevector(a, b, 2, 6, 3, 7); }
#endif

/* Number (i, j) goes to (j, i). One round of zips of registers i and i + WIDE/2 turns the bits of (register, lane) round by
 * one place; after log2 WIDE rounds register and lane have changed places. */
FLAT void turn(wide r[WIDE]) {
#pragma GCC unroll 4
    for (int round = 1; round < WIDE; round *= 2) {
        wide t[WIDE];
#pragma GCC unroll 8
        for (int i = 0; i < WIDE / 2; i++)
            t[2 * i] = zip_low(r[i], r[i + WIDE / 2]), t[2 * i + 1] = zip_high(r[i], r[i + WIDE / 2]);
#pragma GCC unroll 16
        for (int i = 0; i < WIDE; i++) r[i] = t[i];
    }
}
