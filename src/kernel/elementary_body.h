/* exp, log, tanh, the logistic function, softplus and the normal law, in lanes. In float: polynomials of smallest largest
 * error (Remez) on a small interval, to which the argument is brought by exact steps. Largest errors seen among every eleventh
 * float there is, in ulp of the true value (`kernel_pointwise 11`):
 *
 *     exp 0.89   log 0.85   tanh 1.50   logistic 2.77   softplus 1.80   x s(x) 3.61   x Φ(x) 2.50 for x > −1, 6.66 below
 *
 * Overflow is infinity, underflow is gradual, NaN stays NaN. In double these are the functions of base/elementary.h. */
#ifdef TEMPER_F64
#include "base/elementary.h"

FLAT wide exp_of(wide x) {
    for (int l = 0; l < WIDE; l++) x[l] = temper_exp(x[l]);
    return x;
}

FLAT wide log_of(wide x) {
    for (int l = 0; l < WIDE; l++) x[l] = temper_log(x[l]);
    return x;
}

FLAT wide log1p_of(wide x) {
    for (int l = 0; l < WIDE; l++) x[l] = temper_log1p(x[l]);
    return x;
}

FLAT wide tanh_of(wide x) {
    for (int l = 0; l < WIDE; l++) x[l] = temper_tanh(x[l]);
    return x;
}

/* Φ(x), and the density e^{−x²/2}/√(2π). */
FLAT wide normal_law(wide x, wide *density) {
    for (int l = 0; l < WIDE; l++) {
        (*density)[l] = 0.39894228040143267794 * temper_exp(-0.5 * x[l] * x[l]);
        x[l] = 0.5 * temper_erfc(-0.70710678118654752440 * x[l]);
    }
    return x;
}

#else

/* c[0] + c[1] x + … + c[degree] x^degree, the way of Horner. */
FLAT wide polynomial(int degree, const float *c, wide x) {
    wide sum = wide_all(c[degree]);
    for (int k = degree - 1; k >= 0; k--) sum = wide_fma(sum, x, wide_all(c[k]));
    return sum;
}

/* 2^k for −126 ≤ k ≤ 127. */
FLAT wide power_of_two(wide_int k) { return (wide)((wide_bits)(k + 127) << 23); }

/* x = k ln 2 + r with |r| ≤ ln 2 / 2;  e^r = 1 + r + r² P(r). In two halves of 2^k, because 2^k alone may be out of range. */
FLAT wide exp_of(wide x) {
    static const float P[] = {0.5F, 0x1.555466p-3F, 0x1.5552fep-5F, 0x1.1257d2p-7F, 0x1.6ff254p-10F};
    const wide round = wide_all(0x1.8p23F); /* x + round − round is x rounded to an integer */
    x = wide_upto(wide_all(89), wide_from(wide_all(-104), x));
    wide shifted = wide_fma(x, wide_all(0x1.715476p0F), round), k = shifted - round;
    wide r = wide_fma(k, wide_all(-0x1.63p-1F), x); /* exact */
    r = wide_fma(k, wide_all(0x1.bd0106p-13F), r);
    wide y = wide_fma(wide_fma(polynomial(4, P, r), r, wide_all(1)), r, wide_all(1));
    wide_int power = (wide_int)shifted - (wide_int)round, half = power >> 1;
    return y * power_of_two(half) * power_of_two(power - half);
}

/* ln(2^k (1 + f)) for √½ ≤ 1 + f < √2:  k ln 2 + (f − f²/2 + f³ P(f)). */
FLAT wide log_near_one(wide k, wide f) {
    static const float P[] = {0x1.555554p-2F, -0x1.00021ep-2F, 0x1.99a03ep-3F, -0x1.54749cp-3F,
                              0x1.22d808p-3F, -0x1.0d6f46p-3F, 0x1.055d72p-3F, -0x1.392184p-4F};
    wide square = f * f;
    wide small = wide_fma(square * f, polynomial(7, P, f), k * wide_all(-0x1.05c61p-29F));
    small = f + wide_fma(square, wide_all(-0.5F), small);
    return wide_fma(k, wide_all(0x1.62e43p-1F), small);
}

FLAT wide log_of(wide x) {
    const wide zero = wide_all(0), infinite = wide_all(__builtin_inff());
    choice subnormal = wide_below(x, wide_all(0x1p-126F));
    wide_int root_half = (wide_int)wide_all(0x1.6a09e6p-1F), one = (wide_int)wide_all(1);
    wide_bits bits = (wide_bits)wide_pick(subnormal, x * wide_all(0x1p23F), x) + (wide_bits)(one - root_half);
    wide k = __builtin_convertvector((wide_int)(bits >> 23) - 127, wide);
    k = wide_pick(subnormal, k - wide_all(23), k);
    wide m = (wide)((bits & (wide_bits)((wide_int)zero + 0x7FFFFF)) + (wide_bits)root_half);
    wide y = wide_pick(wide_below(x, infinite), log_near_one(k, m - wide_all(1)),
                       x); /* ∞ and NaN are themselves */
    y = wide_pick(wide_below(x, zero), wide_all(__builtin_nanf("")), y);
    return wide_pick(wide_below(wide_size(x), wide_all(0x1p-149F)), -infinite, y);
}

/* ln(1 + t) for 0 ≤ t ≤ 1: of t itself, or of (1 + t)/2 and a factor 2. */
FLAT wide log1p_of(wide t) {
    choice small = wide_below(t, wide_all(0x1.a8279ap-2F));
    wide f = wide_pick(small, t, wide_fma(t, wide_all(0.5F), wide_all(-0.5F)));
    return log_near_one(wide_pick(small, wide_all(0), wide_all(1)), f);
}

/* |x| < 0.56: x + x³ P(x²); beyond, (1 − t)/(1 + t) with t = e^{−2|x|}. */
FLAT wide tanh_of(wide x) {
    static const float P[] = {-0x1.555548p-2F, 0x1.110c9ap-3F, -0x1.b90ffep-5F, 0x1.58684cp-6F,
                              -0x1.9645acp-8F};
    const wide one = wide_all(1);
    wide z = x * x, a = wide_size(x), small = wide_fma(x * z, polynomial(4, P, z), x);
    wide t = exp_of(wide_all(-2) * a), large = (one - t) / (one + t);
    large = wide_pick(wide_below(x, wide_all(0)), -large, large);
    return wide_pick(wide_below(a, wide_all(0.56F)), small, large);
}

/* The normal law. |x| < 1: Φ(x) = ½ + x C(x²). Beyond, with a = |x| and t = 1/(1 + 0.3 a): Φ(−a) = e^{−a²/2} t P(t), where the
 * rounding error of a² is put back, and Φ(a) = 1 − Φ(−a). Also the density e^{−x²/2}/√(2π). */
FLAT wide normal_law(wide x, wide *density) {
    static const float P[] = {0x1.ea3c9ap-4F, 0x1.e9c3dep-4F,  0x1.c3884ep-4F, 0x1.410c3ep-4F,
                              0x1.89f54ep-4F, -0x1.457f16p-4F, 0x1.88e092p-3F, -0x1.d37492p-3F,
                              0x1.cc98ccp-4F, -0x1.51f024p-6F};
    static const float C[] = {0x1.988454p-2F,   -0x1.1058c8p-4F, 0x1.46f2d2p-7F,
                              -0x1.3a204ap-10F, 0x1.0a481ep-13F, -0x1.b3e622p-17F};
    const wide one = wide_all(1), half = wide_all(0.5F);
    wide a = wide_upto(wide_all(14.6F), wide_size(x));
    wide square = a * a, lost = wide_fma(a, a, -square);
    wide bell = exp_of(-half * square);
    bell = wide_fma(-half * lost, bell, bell);
    wide t = one / wide_fma(wide_all(0.3F), a, one), below = bell * t * polynomial(9, P, t);
    wide far = wide_pick(wide_below(wide_all(0), x), one - below, below);
    wide near = wide_fma(x, polynomial(5, C, square), half);
    *density = wide_all(0.39894228F) * bell;
    return wide_pick(wide_below(a, one), near, far);
}
#endif

/* s = 1/(1 + e^{−x}) and rest = 1 − s = 1/(1 + e^x), both from t = e^{−|x|} ≤ 1: 1/(1 + t) and t/(1 + t). */
FLAT wide logistic(wide x, wide *rest) {
    wide t = exp_of(-wide_size(x)), large = wide_all(1) / (wide_all(1) + t), small = t * large;
    choice negative = wide_below(x, wide_all(0));
    *rest = wide_pick(negative, large, small);
    return wide_pick(negative, small, large);
}

/* ln(1 + e^x) = max(x, 0) + ln(1 + e^{−|x|}). */
FLAT wide softplus(wide x) { return wide_from(wide_all(0), x) + log1p_of(exp_of(-wide_size(x))); }
