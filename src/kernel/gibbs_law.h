/* From fields to units, in lanes: the written order of kernel/gibbs.h. */
#include "kernel/real.h"
#include "kernel/wide_body.h"

typedef struct { /* xoshiro128++ of Blackman and Vigna, one generator a lane */
    wide_bits s[4];
} gibbs_draws;

FLAT wide_bits rolled(wide_bits x, int by) { return x << by | x >> (32 - by); }

FLAT wide_bits gibbs_draw(gibbs_draws *g) {
    wide_bits s0 = g->s[0], s1 = g->s[1], s2 = g->s[2], s3 = g->s[3], out = rolled(s0 + s3, 7) + s0;
    wide_bits t = s1 << 9;
    s2 ^= s0, s3 ^= s1, s1 ^= s2, s0 ^= s3;
    g->s[0] = s0, g->s[1] = s1, g->s[2] = s2 ^ t, g->s[3] = rolled(s3, 11);
    return out;
}

/* 2^y, y = fma(field, scale, bias). */
FLAT wide gibbs_power(wide_int field, wide scale, wide bias) {
    const wide magic = wide_all(0x1.8p23F);
    wide y = wide_fma(__builtin_convertvector(field, wide), scale, bias);
    y = wide_upto(wide_all(120), wide_from(wide_all(-120), y));
    wide shifted = y + magic, f = y - (shifted - magic), p = wide_all(0x1.5c08e6p-10F);
    p = wide_fma(p, f, wide_all(0x1.3d0c52p-7F));
    p = wide_fma(p, f, wide_all(0x1.c6b6e4p-5F));
    p = wide_fma(p, f, wide_all(0x1.ebf918p-3F));
    p = wide_fma(p, f, wide_all(0x1.62e428p-1F));
    p = wide_fma(p, f, wide_all(0x1.000002p0F));
    return (wide)((wide_bits)p + ((wide_bits)shifted << 23));
}

FLAT choice gibbs_on(wide power, wide_bits draw) {
    wide u = wide_fma(__builtin_convertvector((wide_int)(draw >> 1), wide), wide_all(0x1p-31F),
                      wide_all(0x1p-32F));
    return wide_below(wide_fma(u, power, u), wide_all(1));
}

FLAT wide_int gibbs_mean(wide power) {
    const wide magic = wide_all(0x1.8p23F), two = wide_all(2);
    wide d = power + wide_all(1), r = (wide)(0x7EF311C7u - (wide_bits)d);
    r = r * wide_fma(-d, r, two);
    r = r * wide_fma(-d, r, two);
    r = r * wide_fma(-d, r, two);
    return (wide_int)(wide_fma(r, wide_all(GIBBS_MEAN), magic)) - (wide_int)magic;
}

/* One bit per lane. */
FLAT uint32_t gibbs_bits(choice yes) {
#if defined(__AVX512F__)
    return yes;
#elif defined(__AVX2__)
    return (uint32_t)_mm256_movemask_ps((__m256)yes);
#else
    return (uint32_t)((yes[0] & 1) | (yes[1] & 2) | (yes[2] & 4) | (yes[3] & 8));
#endif
}
