/* Method throughout: take off a power of two (or a quarter turn) exactly, sum the Taylor series of the small
 * rest, and keep the rounding error of the largest term as a second number until the end. */
#include "base/elementary.h"
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static const double LN2_HI = 0x1.62e42feep-1; /* 32 bits: k·LN2_HI is exact for |k| < 2^21 */
static const double LN2_LO = 0x1.a39ef35793c76p-33;
static const double TWO_PI = 0x1.921fb54442d18p+2, TWO_PI_LO = 0x1.1a62633145c07p-52;
static const double SHIFT = 0x1.8p52; /* x + SHIFT − SHIFT is x rounded to an integer */

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^k for −1022 ≤ k ≤ 1023. */
static double power(int k) { return from_bits((uint64_t)(k + 1023) << 52); }

/* y·2^k for every k of exp: the power alone may be out of range. */
static double scale(double y, int k) {
    int half = k / 2;
    return y * power(half) * power(k - half);
}

/* x = k ln 2 + r with |r| ≤ ln 2 / 2, and e^r = 1 + r + s. */
typedef struct {
    int k;
    double r, s;
} reduced;

static reduced reduce(double x) {
    double k = x * 0x1.71547652b82fep+0 + SHIFT - SHIFT;
    double hi = x - k * LN2_HI, lo = k * LN2_LO;
    double r = hi - lo, rest = (hi - r) - lo;
    double t = 1.0 / 87178291200; /* 1/14! */
    t = 1.0 / 6227020800 + r * t;
    t = 1.0 / 479001600 + r * t;
    t = 1.0 / 39916800 + r * t;
    t = 1.0 / 3628800 + r * t;
    t = 1.0 / 362880 + r * t;
    t = 1.0 / 40320 + r * t;
    t = 1.0 / 5040 + r * t;
    t = 1.0 / 720 + r * t;
    t = 1.0 / 120 + r * t;
    t = 1.0 / 24 + r * t;
    t = 1.0 / 6 + r * t;
    t = 1.0 / 2 + r * t;
    return (reduced){(int)k, r, r * r * t + rest * (1 + r)};
}

/* large + r + s, where |large| ≥ |r| or large = 0. */
static double sum(double large, double r, double s) {
    double hi = large + r;
    return hi + ((large - hi) + r + s);
}

double temper_exp(double x) {
    if (!(x < 710)) return x != x ? x : INFINITY;
    if (x < -746) return 0;
    reduced e = reduce(x);
    return scale(sum(1, e.r, e.s), e.k);
}

double temper_expm1(double x) {
    if (!(x < 710)) return x != x ? x : INFINITY;
    if (x < -40) return -1;
    if (fabs(x) < 0x1p-54) return x;
    reduced e = reduce(x);
    return scale(sum(1 - power(e.k > 1022 ? -1022 : -e.k), e.r, e.s), e.k);
}

/* log of m·2^k + rest, m = 1 + f in [√½, √2): with a = f/(2+f),
 * log(1+f) = 2 atanh a = f − f²/2 + a (f²/2 + R),  R = 2 (a²/3 + a⁴/5 + …). */
static double log_of(int k, double f, double rest) {
    double a = f / (2 + f), z = a * a, half = 0.5 * f * f;
    double R = 2.0 / 23;
    R = 2.0 / 21 + z * R;
    R = 2.0 / 19 + z * R;
    R = 2.0 / 17 + z * R;
    R = 2.0 / 15 + z * R;
    R = 2.0 / 13 + z * R;
    R = 2.0 / 11 + z * R;
    R = 2.0 / 9 + z * R;
    R = 2.0 / 7 + z * R;
    R = 2.0 / 5 + z * R;
    R = 2.0 / 3 + z * R;
    R = z * R;
    double small = a * (half + R) + (k * LN2_LO + rest);
    return k * LN2_HI - ((half - small) - f);
}

/* x = (1 + f) 2^k for a normal x > 0. */
static double split(double x, int *k) {
    uint64_t bits =
        bits_of(x) + (0x3FF0000000000000 - 0x3FE6A09E667F3BCD); /* 1 − √½: bits of √½ count as 1 */
    *k = (int)(bits >> 52) - 1023;
    return from_bits((bits & 0x000FFFFFFFFFFFFF) + 0x3FE6A09E667F3BCD) - 1;
}

double temper_log(double x) {
    int k, below = 0;
    if (!(x > 0)) return x == 0 ? -INFINITY : NAN;
    if (x > DBL_MAX) return x;
    if (x < DBL_MIN) x *= 0x1p54, below = 54;
    double f = split(x, &k);
    return log_of(k - below, f, 0);
}

double temper_log1p(double x) {
    int k;
    if (!(x > -1)) return x == -1 ? -INFINITY : NAN;
    if (fabs(x) < 0x1p-54 || x > DBL_MAX) return x;
    double u = 1 + x, rest = x < 1 ? x - (u - 1) : 1 - (u - x); /* 1 + x = u + rest exactly */
    double f = split(u, &k);
    return k == 0 ? log_of(0, x, 0) : log_of(k, f, rest / u);
}

/* a·b as the returned double + rest, by Dekker's splitting: products of 26 upper bits are exact. */
static double product(double a, double b, double *rest) {
    double p = a * b;
    double a_hi = from_bits(bits_of(a) & 0xFFFFFFFFF8000000), a_lo = a - a_hi;
    double b_hi = from_bits(bits_of(b) & 0xFFFFFFFFF8000000), b_lo = b - b_hi;
    *rest = ((a_hi * b_hi - p) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo;
    return p;
}

/* Small a: tanh a = a + (w − a e)/(e + 2), e = e^2a − 1 = 2a + w. Else 1 − 2/(e^2a + 1), the quotient corrected
 * by its remainder. */
double temper_tanh(double x) {
    double a = fabs(x), t;
    if (!(a > 0x1p-28)) return x;
    reduced e = reduce(2 * (a < 22 ? a : 22));
    if (e.k == 0) {
        double whole = e.r + e.s;
        t = a + (e.s - a * whole) / (whole + 2);
    } else {
        double one = 1 + e.r, small = (1 - one) + e.r + e.s, hi = one + small, lo = (one - hi) + small;
        hi *= power(e.k), lo *= power(e.k); /* e^2a = hi + lo */
        double rest, d = hi + 1, d_lo = (hi - d) + 1 + lo, y = 2 / d, yd = product(y, d, &rest);
        t = (1 - y) - ((2 - yd) - rest - y * d_lo) / d;
    }
    return x < 0 ? -t : t;
}

/* |x| < ½: erf x = 2/√π Σ (−1)ⁿ x^{2n+1} / (n! (2n+1)) = x + x (2/√π − 1 − z (2/√π) t), z = x². */
static double small_erf(double x) {
    double z = x * x, t = 1.0 / 11975040000; /* 12!·25 */
    t = 1.0 / 918086400 - z * t;
    t = 1.0 / 76204800 - z * t;
    t = 1.0 / 6894720 - z * t;
    t = 1.0 / 685440 - z * t;
    t = 1.0 / 75600 - z * t;
    t = 1.0 / 9360 - z * t;
    t = 1.0 / 1320 - z * t;
    t = 1.0 / 216 - z * t;
    t = 1.0 / 42 - z * t;
    t = 1.0 / 10 - z * t;
    t = 1.0 / 3 - z * t;
    return x + x * (0x1.06eba8214db69p-3 - 0x1.20dd750429b6dp+0 * z * t);
}

/* x ≥ ½: e^{−x²} times a smooth rest; the rounding error of x² is put back. (1 + 2x) e^{x²} erfc x is a smooth function of
 * u = (x − 3.5)/(x + 2.5), which runs from −1 to 1: this is its Chebyshev series, 24 terms, in powers of u. */
static double large_erfc(double x) {
    static const double c[] = {
        0x1.3e0a99a0ee914p+0,   -0x1.eb8d5ef4898f9p-4, -0x1.97f2734450fbap-6,  0x1.d0de23df9c577p-5,
        -0x1.2c0e76a18b41fp-5,  0x1.9c772791db0f8p-7,  -0x1.39aceaf86ea85p-10, -0x1.cfef66be02e1cp-11,
        0x1.30930eba10fbcp-12,  0x1.0c7d3b5aa6da6p-14, -0x1.595598cae7c49p-15, -0x1.da962e1fc78ffp-18,
        0x1.8415464c750bbp-18,  0x1.5d0f8a2b9582bp-20, -0x1.b1baf8aef9e9dp-21, -0x1.42876e433e700p-22,
        0x1.a145fc6004c7bp-24,  0x1.2847046bf91b3p-24, -0x1.6b0f4c909b8c1p-28, -0x1.dbe2148907794p-27,
        -0x1.d275261a23568p-30, 0x1.211ce8a1a64e2p-29, 0x1.4d16bf239595dp-31,  -0x1.82c2521e2005ep-33,
        -0x1.46b7eb82d2b0ap-34};
    double u = (x - 3.5) / (x + 2.5), smooth = 0, lost, square = product(x, x, &lost);
    for (int k = (int)(sizeof c / sizeof *c) - 1; k >= 0; k--) smooth = c[k] + u * smooth;
    reduced e = reduce(-square);
    double fraction = sum(1, e.r, e.s - lost * (1 + e.r + e.s));
    return scale(fraction * smooth / (1 + 2 * x), e.k);
}

double temper_erfc(double x) {
    if (x < -0.5) return x < -6 ? 2 : 2 - large_erfc(-x);
    if (x < 0.5) return 1 - small_erf(x);
    return x < 28 ? large_erfc(x) : x != x ? x : 0;
}

double temper_erf(double x) {
    double a = fabs(x);
    if (!(a >= 0.5)) return small_erf(x);
    double y = a < 6 ? 1 - large_erfc(a) : 1;
    return x < 0 ? -y : y;
}

/* sin and cos of t + rest + quarter·π/2 for |t| ≤ π/4, |rest| tiny. */
static void from_quarter(double t, double rest, int quarter, double *s, double *c) {
    double z = t * t;
    double a = 1.0 / 355687428096000; /* 1/17! */
    a = -1.0 / 1307674368000 + z * a;
    a = 1.0 / 6227020800 + z * a;
    a = -1.0 / 39916800 + z * a;
    a = 1.0 / 362880 + z * a;
    a = -1.0 / 5040 + z * a;
    a = 1.0 / 120 + z * a;
    a = -1.0 / 6 + z * a;
    double b = -1.0 / 6402373705728000; /* 1/18! */
    b = 1.0 / 20922789888000 + z * b;
    b = -1.0 / 87178291200 + z * b;
    b = 1.0 / 479001600 + z * b;
    b = -1.0 / 3628800 + z * b;
    b = 1.0 / 40320 + z * b;
    b = -1.0 / 720 + z * b;
    b = 1.0 / 24 + z * b;
    double half = 0.5 * z, one = 1 - half;
    double sine = t + (t * z * a + rest * one);
    double cosine = one + (((1 - one) - half) + (z * z * b - t * rest));
    int turns = quarter & 3;
    *s = turns == 0 ? sine : turns == 1 ? cosine : turns == 2 ? -sine : -cosine;
    *c = turns == 0 ? cosine : turns == 1 ? -sine : turns == 2 ? -cosine : sine;
}

void temper_sincos2pi(double turn, double *s, double *c) {
    if (!(fabs(turn) < 0x1p53)) turn -= turn; /* whole turns; infinity and NaN become NaN */
    double whole = turn != turn ? turn : (double)(int64_t)turn;
    turn -= whole;
    double quarter = 4 * turn + SHIFT - SHIFT, rest;
    double r = turn - 0.25 * quarter, t = product(r, TWO_PI, &rest);
    rest += r * TWO_PI_LO;
    from_quarter(t, rest, turn != turn ? 0 : (int)quarter, s, c);
}

/* π/2 in parts of 22 bits and a last one: k·part is exact for |k| < 2^31 (Cody and Waite 1980), and so are the first two differences. */
void temper_sincos(double x, double *s, double *c) {
    static const double part[] = {0x1.921fb00000000p+0, 0x1.5110b00000000p-22, 0x1.1846980000000p-44,
                                  0x1.3198a2e037073p-69};
    if (!(fabs(x) < 0x1p31)) {
        temper_sincos2pi(x * 0x1.45f306dc9c883p-3, s, c);
        return;
    }
    double k = x * 0x1.45f306dc9c883p-1 + SHIFT - SHIFT;
    double r = x - k * part[0] - k * part[1], third = k * part[2];
    double t = r - third, rest = (r - t) - third - k * part[3], sum = t + rest;
    from_quarter(sum, (t - sum) + rest, (int)(int64_t)k, s, c);
}
