/* The laws of units, once; units_ref.c, units_avx2.c and units_avx512.c compile it each with its instruction set. Arithmetic is IEEE lane
 * by lane with explicit fma, so every level has the same bits.
 *
 * Uniform numbers are made of 31 bits of a word, (w + ½)/2³¹ rounded to a float, so that a rare state keeps its probability down to 2⁻³¹
 * (of a potts unit 2⁻²³). */
#include "kernel/kernel.h"
#include "kernel/net.h"
#include "kernel/units.h"

#include "kernel/wide_body.h"
#include "kernel/elementary_body.h"

enum { TILE_UNITS = 32, RELU_ROUNDS = 32, ROUND_TILES = 3 };

FLAT wide uniform(const uint32_t *word) {
    wide_bits w;
    memcpy(&w, word, sizeof w);
    return wide_fma(__builtin_convertvector((wide_int)(w >> 1), wide), wide_all(0x1p-31F),
                    wide_all(0x1p-32F));
}

/* Below 1, exactly. */
FLAT wide coarse_uniform(const uint32_t *word) {
    wide_bits w;
    memcpy(&w, word, sizeof w);
    return wide_fma(__builtin_convertvector((wide_int)(w >> 9), wide), wide_all(0x1p-23F),
                    wide_all(0x1p-24F));
}

/* 1 with probability 1/(1 + e^{−x}), else 0: the less likely of the two where u < t/(1 + t), t = e^{−|x|}. */
FLAT wide coin(wide x, wide u) {
    const wide zero = wide_all(0), one = wide_all(1);
    wide t = exp_of(-wide_size(x));
    wide rare = wide_pick(wide_below(u * (one + t), t), one, zero);
    return wide_pick(wide_below(x, zero), rare, one - rare);
}

FLAT void draw_two(const temper_draw *d, bool spin, const uint32_t *word, int64_t from, int64_t n) {
    const wide two = wide_all(2), one = wide_all(1);
    const float *x = d->x + from * LANES;
    float *s = d->s + from * LANES;
    for (int64_t k = 0; k < n * LANES; k += WIDE) {
        wide field = wide_load(x + k), u = uniform(word + k);
        wide_store(s + k, spin ? wide_fma(two, coin(two * field, u), -one) : coin(field, u));
    }
}

/* The first state a at which Σ_{b ≤ a} e^{x_b} exceeds u times the whole sum. A state without weight is never that. */
FLAT void draw_one_of(int64_t q, const float *x, float *s, wide u) {
    const wide zero = wide_all(0), one = wide_all(1);
    wide top = wide_load(x), sum = zero, before = zero, so_far = zero;
    for (int64_t a = 1; a < q; a++) top = wide_from(top, wide_load(x + a * LANES));
    for (int64_t a = 0; a < q; a++) {
        wide e = exp_of(wide_load(x + a * LANES) - top);
        wide_store(s + a * LANES, e);
        sum = sum + e;
    }
    for (int64_t a = 0; a < q; a++) {
        so_far = so_far + wide_load(s + a * LANES);
        wide reached = wide_pick(wide_below(u * sum, so_far), one, zero);
        wide_store(s + a * LANES, reached - before);
        before = reached;
    }
}

static void draw_potts(const temper_draw *d, const uint32_t *word, int64_t from, int64_t n) {
    const int64_t q = d->states;
    for (int64_t i = 0; i < n; i++)
        for (int l = 0; l < LANES; l += WIDE) {
            int64_t at = (from + i) * q * LANES + l;
            draw_one_of(q, d->x + at, d->s + at, coarse_uniform(word + i * LANES + l));
        }
}

static void draw_normal(const temper_draw *d, int64_t from, int64_t n) {
    float noise[TILE_UNITS * LANES];
    temper_net_kernel()->normals(d->stream, d->purpose, d->step, d->first + from * LANES, n * LANES, noise);
    for (int64_t k = 0; k < n * LANES; k += WIDE)
        wide_store(d->s + from * LANES + k, wide_load(d->x + from * LANES + k) + wide_load(noise + k));
}

/* One proposal for a normal of mean x cut off at 0, and 1 where it is accepted. For x ≥ 0 it is x + noise, unless negative. For x < 0
 * it is exponential, h = E/α with α = (a + √(a² + 4))/2 and a = −x, accepted with probability e^{−(h − 1/α)²/2} ≥ 0.76 on the mean
 * (Robert 1995): nothing cancels, however far the tail. */
FLAT wide propose(wide x, wide noise, wide u, wide v, wide *accepted) {
    const wide zero = wide_all(0), one = wide_all(1), half = wide_all(0.5F);
    wide a = wide_from(zero, -x), alpha = half * (a + wide_root(wide_fma(a, a, wide_all(4))));
    wide h = -log_of(u) / alpha, off = h - one / alpha;
    wide yes = wide_pick(wide_below(v, exp_of(-half * off * off)), one, zero);
    wide y = x + noise;
    choice below = wide_below(x, zero);
    *accepted = wide_pick(below, yes, wide_pick(wide_below(y, zero), zero, one));
    return wide_pick(below, h, y);
}

/* Rounds of three tiles of words: noise, E, acceptance. Where the last round is refused, once in more than 2³² draws, its size is taken. */
static void draw_relu(const temper_draw *d, int64_t i) {
    uint32_t word[2 * LANES];
    float noise[LANES], waiting[LANES], s[LANES] = {0}, left = LANES;
    const int64_t first = d->first + i * temper_unit_words(TEMPER_RELU);
    for (int l = 0; l < LANES; l++) waiting[l] = 1;
    for (int round = 0; round < RELU_ROUNDS && left > 0; round++) {
        const int64_t at = first + (int64_t)round * ROUND_TILES * LANES;
        const wide last = wide_all(round == RELU_ROUNDS - 1 ? 1 : 0);
        temper_net_kernel()->normals(d->stream, d->purpose, d->step, at, LANES, noise);
        temper_kernel()->words(d->stream, d->purpose, d->step, at + LANES, 2 * LANES, word);
        for (int l = 0; l < LANES; l += WIDE) {
            wide x = wide_load(d->x + i * LANES + l), accepted, wait = wide_load(waiting + l);
            wide h =
                propose(x, wide_load(noise + l), uniform(word + l), uniform(word + LANES + l), &accepted);
            wide take = wait * wide_from(last, accepted);
            h = wide_pick(wide_below(accepted, last), wide_size(h), h);
            wide_store(s + l, wide_pick(wide_below(wide_all(0), take), h, wide_load(s + l)));
            wide_store(waiting + l, wait - take);
        }
        left = 0;
        for (int l = 0; l < LANES; l++) left += waiting[l];
    }
    memcpy(d->s + i * LANES, s, sizeof s);
}

static void draw(const temper_draw *d) {
    uint32_t word[TILE_UNITS * LANES];
    if (d->unit == TEMPER_RELU) {
        for (int64_t i = 0; i < d->n; i++) draw_relu(d, i);
        return;
    }
    for (int64_t i = 0; i < d->n; i += TILE_UNITS) {
        const int64_t n = d->n - i < TILE_UNITS ? d->n - i : TILE_UNITS;
        if (d->unit == TEMPER_GAUSSIAN) {
            draw_normal(d, i, n);
            continue;
        }
        temper_kernel()->words(d->stream, d->purpose, d->step, d->first + i * LANES, n * LANES, word);
        if (d->unit == TEMPER_BINARY)
            draw_two(d, false, word, i, n);
        else if (d->unit == TEMPER_SPIN)
            draw_two(d, true, word, i, n);
        else
            draw_potts(d, word, i, n);
    }
}

/* x + φ(x)/Φ(x), the mean of a normal cut off at 0. Below −1 the two cancel: there it is t P(t), t = 1/(1 + 0.4 |x|), with |P| of degree 10
 * of largest relative error 7e-8. */
FLAT wide mean_cut(wide x) {
    static const float P[] = {0x1.999998p-2F,  0x1.999bd6p-2F, 0x1.160b60p-2F,  0x1.ab8d26p-6F,
                              -0x1.7f93bap-2F, 0x1.345d58p-2F, -0x1.46b4aep+1F, 0x1.6c9cbep+2F,
                              -0x1.437bd6p+2F, 0x1.db1c70p+0F, -0x1.5b359ap-3F};
    const wide one = wide_all(1);
    wide density, law = normal_law(wide_from(-one, x), &density), above = x + density / law;
    wide t = one / wide_fma(wide_all(0.4F), wide_from(one, -x), one), below = t * polynomial(10, P, t);
    return wide_pick(wide_below(x, -one), below, above);
}

/* binary: 1/(1 + e^{−x}); spin: tanh x; errors beside them in elementary_body.h. */
static void mean(temper_unit unit, int64_t n, int64_t q, const float *x, float *m) {
    wide rest;
    if (unit == TEMPER_POTTS) {
        for (int64_t i = 0; i < n; i++) temper_net_kernel()->softmax(q, x + i * q * LANES, m + i * q * LANES);
        return;
    }
    for (int64_t k = 0; k < n * LANES; k += WIDE) {
        wide field = wide_load(x + k);
        if (unit == TEMPER_BINARY)
            field = logistic(field, &rest);
        else if (unit == TEMPER_SPIN)
            field = tanh_of(field);
        else if (unit == TEMPER_RELU)
            field = mean_cut(field);
        wide_store(m + k, field);
    }
}

/* a b + c. The product of two floats is exact in double: rounded once or twice, the sum is the same. */
#if defined(__AVX512F__)
FLAT doubles doubles_add(doubles a, doubles b, doubles c) {
    return (doubles)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
FLAT doubles doubles_all(float x) { return (doubles)_mm512_cvtps_pd(_mm256_set1_ps(x)); }
FLAT doubles doubles_from(const float *x) { return (doubles)_mm512_cvtps_pd(_mm256_loadu_ps(x)); }
#elif defined(__AVX2__)
FLAT doubles doubles_add(doubles a, doubles b, doubles c) {
    return (doubles)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
FLAT doubles doubles_all(float x) { return (doubles)_mm256_cvtps_pd(_mm_set1_ps(x)); }
FLAT doubles doubles_from(const float *x) { return (doubles)_mm256_cvtps_pd(_mm_loadu_ps(x)); }
#else
FLAT doubles doubles_add(doubles a, doubles b, doubles c) { return a * b + c; }
FLAT doubles doubles_all(float x) { return (doubles){(double)x, (double)x}; }
FLAT doubles doubles_from(const float *x) { return doubles_of(x); }
#endif

/* R rows of y in two registers of lanes each. */
FLAT void sums_of(const int R, const temper_wide_sums *p, int64_t row, int lane) {
    doubles sum[4][2]; /* R ≤ 4 */
#pragma GCC unroll 4
    for (int r = 0; r < R; r++)
        for (int h = 0; h < 2; h++) {
            double from[DOUBLES];
            const double *y = p->y + (row + r) * LANES + lane + h * DOUBLES;
            for (int l = 0; l < DOUBLES; l++) from[l] = p->bias ? (double)p->bias[row + r] : y[l];
            memcpy(&sum[r][h], from, sizeof from);
        }
    const float *a = p->a + row * p->a_row, *s = p->s + lane;
    for (int64_t k = 0; k < p->k; k++, a += p->a_k, s += LANES) {
        doubles s0 = doubles_from(s), s1 = doubles_from(s + DOUBLES);
#pragma GCC unroll 4
        for (int r = 0; r < R; r++) {
            doubles w = doubles_all(a[r * p->a_row]);
            sum[r][0] = doubles_add(w, s0, sum[r][0]), sum[r][1] = doubles_add(w, s1, sum[r][1]);
        }
    }
    for (int r = 0; r < R; r++)
        for (int h = 0; h < 2; h++)
            memcpy(p->y + (row + r) * LANES + lane + h * DOUBLES, &sum[r][h], sizeof sum[r][h]);
}

static void sums(const temper_wide_sums *p) {
    int64_t row = 0;
    for (; row + 4 <= p->m; row += 4)
        for (int lane = 0; lane < LANES; lane += 2 * DOUBLES) sums_of(4, p, row, lane);
    for (; row < p->m; row++)
        for (int lane = 0; lane < LANES; lane += 2 * DOUBLES) sums_of(1, p, row, lane);
}

const temper_unit_kernels UNITS_TABLE = {draw, mean, sums};
