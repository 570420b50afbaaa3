/* Standard normals of Box and Muller (1958). Numbers 16t … 16t+15 of a sequence are made of its words 16t … 16t+15, j < 8:
 *
 *     number 16t + j = r cos φ,  16t + 8 + j = r sin φ,   r² = −2 ln((w_j + ½)/2³²),   φ = 2π w_{8+j}/2³².
 *
 * So the largest is √(66 ln 2) = 6.76. In float nothing is lost at either end of the logarithm: the upper half of its argument
 * is written 1 − a, a from the complement of the word, and −ln keeps its relative accuracy for u → 0 and u → 1. Both precisions
 * use the same words: their numbers agree within 5e-7 of r. */
#include "kernel/kernel.h"

enum { NORMALS_TILE = 512, HALF_LANES = LANES / 2 };

#ifdef TEMPER_F64
enum { ONE_BY_ONE = 1 };
static void pairs_of(int64_t n, const uint32_t *radius, const uint32_t *angle, real *c, real *s) {
    for (int64_t k = 0; k < n; k++) {
        double r = __builtin_sqrt(-2 * temper_log(((double)radius[k] + 0.5) * 0x1p-32));
        temper_sincos2pi((double)angle[k] * 0x1p-32, s + k, c + k);
        c[k] *= r, s[k] *= r;
    }
}

#else
enum { ONE_BY_ONE = 0 }; /* lanes are all or none */
FLAT wide_bits wide_words(const uint32_t *w) {
    wide_bits v;
    memcpy(&v, w, sizeof v);
    return v;
}

FLAT wide where(wide_int ones, wide a, wide b) {
    return (wide)((ones & (wide_int)a) | (~ones & (wide_int)b));
}

/* √(−2 ln u): u = 2^k (1 + f) with −½ ≤ f ≤ 0 and k ≤ 0, so that k ln 2 and ln(1 + f) = f P(f) have one sign. */
FLAT wide radius_of(wide_bits word) {
    static const float P[] = {1,
                              -0x1.fffec0p-2F,
                              0x1.55a384p-2F,
                              -0x1.f313e6p-3F,
                              0x1.0df6cep-2F,
                              0x1.7228bcp-3F,
                              0x1.355028p+0F,
                              0x1.a3998cp+0F,
                              0x1.6a0f86p+0F};
    const wide_int half = (wide_int)wide_all(0.5F);
    wide_int upper = (wide_int)word >> 31,
             nearest = (wide_int)word ^ upper; /* to the nearer end: w or 2³² − 1 − w */
    wide a = wide_fma(__builtin_convertvector(nearest, wide), wide_all(0x1p-32F), wide_all(0x1p-33F));
    wide_int bits = (wide_int)a, exponent = (bits >> 23) - 126; /* a = 2^exponent m, ½ ≤ m < 1 */
    wide m = (wide)((bits & 0x7FFFFF) | half);
    wide f = where(upper, -a, m - wide_all(1));
    wide k = __builtin_convertvector(exponent & ~upper, wide);
    wide minus_log = wide_fma(k, wide_all(-0x1.62e43p-1F), -(f * polynomial(8, P, f)));
    return wide_root(minus_log + minus_log);
}

/* The angle is a number of quarter turns and a rest |t| ≤ ½ of one: sin = t S(t²), cos = 1 + t² C(t²) of π t/2. */
FLAT void turn_of(wide_bits word, wide *c, wide *s) {
    static const float S[] = {0x1.921fb6p+0F, -0x1.4abc24p-1F, 0x1.4680a4p-4F, -0x1.33198ep-8F},
                       C[] = {-0x1.3bd3ccp+0F, 0x1.03c1b0p-2F, -0x1.55b2b6p-6F, 0x1.d4f7eep-11F};
    wide_bits quarter = (word + (1u << 29)) >> 30;
    wide t = __builtin_convertvector((wide_int)(word - (quarter << 30)), wide) * wide_all(0x1p-30F),
         z = t * t;
    wide sine = t * polynomial(3, S, z), cosine = wide_fma(z, polynomial(3, C, z), wide_all(1));
    wide_int odd = -(wide_int)(quarter & 1u);
    *c = (wide)((wide_bits)where(odd, sine, cosine) ^ (((quarter + 1u) & 2u) << 30));
    *s = (wide)((wide_bits)where(odd, cosine, sine) ^ ((quarter & 2u) << 30));
}

static void pairs_of(int64_t n, const uint32_t *radius, const uint32_t *angle, real *c, real *s) {
    for (int64_t k = 0; k < n; k += WIDE) {
        wide r = radius_of(wide_words(radius + k)), x, y;
        turn_of(wide_words(angle + k), &x, &y);
        wide_store(c + k, r * x);
        wide_store(s + k, r * y);
    }
}
#endif

static void normals(temper_stream of, temper_purpose purpose, int64_t step, int64_t first, int64_t n,
                    real *out) {
    enum { PAIRS = NORMALS_TILE / 2 };
    uint32_t word[NORMALS_TILE], radius[PAIRS], angle[PAIRS];
    real c[PAIRS], s[PAIRS];
    for (int64_t done = 0; done < n; done += NORMALS_TILE) {
        int64_t m = n - done < NORMALS_TILE ? n - done : NORMALS_TILE, tiles = (m + LANES - 1) / LANES;
        temper_kernel()->words(of, purpose, step, first + done, tiles * LANES, word);
        for (int64_t t = tiles; t < tiles + tiles % 2; t++) memset(word + t * LANES, 0, LANES * sizeof *word);
        for (int64_t t = 0; t < tiles + tiles % 2; t++) {
            memcpy(radius + t * HALF_LANES, word + t * LANES, HALF_LANES * sizeof *word);
            memcpy(angle + t * HALF_LANES, word + t * LANES + HALF_LANES, HALF_LANES * sizeof *word);
        }
        /* up to eight numbers are all r cos φ of one tile: no more pairs than that, for walkers in a few coordinates */
        pairs_of(ONE_BY_ONE && m <= HALF_LANES ? m : (tiles + tiles % 2) * HALF_LANES, radius, angle, c, s);
        for (int64_t k = 0; k < m; k += HALF_LANES) {
            const real *from = (k / HALF_LANES % 2 ? s : c) + k / LANES * HALF_LANES;
            int64_t count = m - k < HALF_LANES ? m - k : HALF_LANES;
            if (count == HALF_LANES)
                memcpy(out + done + k, from, HALF_LANES * sizeof *out);
            else
                memcpy(out + done + k, from, (size_t)count * sizeof *out);
        }
    }
}
