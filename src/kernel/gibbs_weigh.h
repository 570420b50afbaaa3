/* Log weights of chains from exact fields: ln w = Σ linear_i v_i + Σ_j ln(1 + 2^y_j), y = fma(256 field + fine field, scale, bias), with
 *     ln(1 + 2^y) = max(y, 0) ln 2 + ln(1 + 2^−|y|),
 * whose second parts are multiplied, lane by lane, and one logarithm is taken of up to 960 of them: each factor is at most 2.
 * Eight lanes of doubles, of j modulo 8, whatever the level. */
enum { EIGHT = 8, PART = EIGHT / DOUBLES, EIGHTS = GIBBS_BLOCK / DOUBLES, BEFORE_LOG = 960 };
#define LN_2 0x1.62e42fefa39efp-1
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

/* 1 + 2^y for −1000 ≤ y ≤ 0: the series of the exponential function at y − n, |(y − n) ln 2| < 0.35, to x^10/10!: 2e-13. */
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
                               0x1.e4cf5158b8ecap-28};
    const doubles magic = doubles_all(0x1.8p52);
    doubles shifted = y + magic, f = y - (shifted - magic), p = doubles_all(P[10]);
#pragma GCC unroll 10
    for (int k = 9; k >= 0; k--) p = doubles_fma(p, f, doubles_all(P[k]));
    return (doubles)((longs)p + ((longs)shifted << 52)) + doubles_all(1);
}

FLAT doubles doubles_of_ints(const int32_t *x) {
    typedef int32_t part __attribute__((vector_size(DOUBLES * sizeof(int32_t))));
    part v;
    memcpy(&v, x, sizeof v);
    return __builtin_convertvector(v, doubles);
}

/* One more unit: its y joins the sum of max(y, 0) and the product of the rest. */
FLAT void join(doubles *upper, doubles *product, doubles y) {
    doubles up = doubles_more(y, doubles_all(0)), down = y - up - up; /* max(y, 0) and −|y| */
    *upper += up;
    *product *= one_and_power(doubles_more(down, doubles_all(-1000)));
}

/* ln x of x ≥ 1, below 2^1000: x = 2^n m with √½ ≤ m < √2, z = (m − 1)/(m + 1), ln m = 2 (z + z³/3 + … + z^21/21): to 1e-15 and the rounding
 * of n ln 2. */
FLAT doubles logs_of(doubles x) {
    const longs n = ((longs)x - 0x3FE6A09E667F3BCD) >> 52;
    const doubles m = (doubles)((longs)x - (n << 52)), z = (m - doubles_all(1)) / (m + doubles_all(1)),
                  zz = z * z;
    doubles p = doubles_all(1.0 / 21);
#pragma GCC unroll 10
    for (int k = 19; k > 0; k -= 2) p = doubles_fma(p, zz, doubles_all(1.0 / k));
    return doubles_fma(__builtin_convertvector(n, doubles), doubles_all(LN_2), doubles_all(2) * z * p);
}

/* Eight products, of j modulo 8, as one. */
FLAT double eight_joined(const double x[EIGHT]) {
    return ((x[0] * x[1]) * (x[2] * x[3])) * ((x[4] * x[5]) * (x[6] * x[7]));
}

/* Σ_j log2(1 + 2^y_j) ln 2 over the units of one chain. */
static inline double soft_sum(const int32_t *field, const int32_t *fine, const double *bias, double scale,
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
                join(&upper[p], &product[p], doubles_fma(y, doubles_all(scale), b));
            }
        }
        memcpy(lanes, product, sizeof lanes);
        logs += logs_of(doubles_all(eight_joined(lanes)))[0];
    }
    memcpy(lanes, upper, sizeof lanes);
    for (int l = 0; l < EIGHT; l++) sum += lanes[l];
    return sum * LN_2 + logs;
}

/* Σ linear_i v_i of the chains of a block, unit after unit: in lanes of chains, where a unit that is off adds 0. */
static void linear_sums(const gibbs_weigh *w, int64_t block, doubles out[2][EIGHTS]) {
    typedef int32_t words __attribute__((vector_size(DOUBLES * sizeof(int32_t))));
    const uint8_t *states = w->v + block * GIBBS_BLOCK * w->weights->Vp;
    const double *linear[2] = {w->linear[0], w->linear[w->places - 1]};
    for (int part = 0; part < EIGHTS; part++) {
        doubles sum[2] = {doubles_all(0), doubles_all(0)};
        for (int64_t q = 0; q < w->weights->Vp / 4; q++) {
            words word;
            memcpy(&word, states + 4 * (GIBBS_BLOCK * q + part * DOUBLES), sizeof word);
            const longs four = __builtin_convertvector(word, longs);
            for (int j = 0; j < 4; j++) {
                const longs on = -(four >> 8 * j & 1);
                for (int p = 0; p < 2; p++)
                    sum[p] += (doubles)((longs)doubles_all(linear[p][4 * q + j]) & on);
            }
        }
        out[0][part] = sum[0], out[1][part] = sum[1];
    }
}
