/* The kernels of pairwise machines, once for every level; lateral_ref.c, lateral_avx2.c and lateral_avx512.c give the table a name. */
#include "kernel/lateral.h"
#include "kernel/wide_body.h"
#include "kernel/elementary_body.h"

enum { PARTS = LANES / WIDE, CHUNK = 64 };

/* x_i of all lanes. Four chains hide the latency of fma; more than one register per row hides the rest. */
FLAT void field_of(const temper_lateral_rows *g, int64_t i, const float *s, wide x[PARTS]) {
    wide chain[4][PARTS];
    for (int r = 0; r < 4; r++)
        for (int p = 0; p < PARTS; p++) chain[r][p] = wide_all(0);
    for (int64_t k = g->start[i]; k < g->start[i + 1]; k += 4)
        for (int r = 0; r < 4; r++) {
            const float *row = s + (int64_t)g->to[k + r] * LANES;
            wide J = wide_all(g->J[k + r]);
            for (int p = 0; p < PARTS; p++) chain[r][p] = wide_fma(J, wide_load(row + p * WIDE), chain[r][p]);
        }
    for (int p = 0; p < PARTS; p++)
        x[p] = wide_all(g->h[i]) + ((chain[0][p] + chain[1][p]) + (chain[2][p] + chain[3][p]));
}

/* y = scale·x + lift·base, the log odds of the high value. */
FLAT void odds_of(const temper_lateral_rows *g, const temper_lateral_bath *bath, int64_t i, const float *s,
                  wide y[PARTS]) {
    const wide lifted = wide_all(i < bath->bases ? bath->lift * bath->base[i] : 0),
               scale = wide_all(bath->scale);
    field_of(g, i, s, y);
    for (int p = 0; p < PARTS; p++) y[p] = wide_fma(scale, y[p], lifted);
}

static void sweep(const temper_lateral_rows *g, const temper_lateral_bath *bath, int64_t first, int64_t last,
                  const uint32_t *words, float *s) {
    const wide one = wide_all(1), low = wide_all(bath->spin ? -1 : 0);
    for (int64_t i = first; i < last; i++) {
        wide y[PARTS];
        odds_of(g, bath, i, s, y);
        for (int p = 0; p < PARTS; p++) {
            wide_bits word;
            memcpy(&word, words + i * LANES + p * WIDE, sizeof word);
            wide u = wide_fma(__builtin_convertvector((wide_int)(word >> 8), wide), wide_all(0x1p-24F),
                              wide_all(0x1p-25F));
            choice high = wide_below(wide_fma(u, exp_of(-y[p]), u), one);
            wide_store(s + i * LANES + p * WIDE, wide_pick(high, one, low));
        }
    }
}

static void means(const temper_lateral_rows *g, const temper_lateral_bath *bath, int64_t first, int64_t last,
                  const float *s, float *m) {
    for (int64_t i = first; i < last; i++) {
        wide y[PARTS], rest;
        odds_of(g, bath, i, s, y);
        for (int p = 0; p < PARTS; p++) {
            wide high = logistic(y[p], &rest);
            wide_store(m + i * LANES + p * WIDE, bath->spin ? high - rest : high);
        }
    }
}

static void gain(const temper_lateral_rows *g, const float *s, double out[LANES]) {
    enum { REGISTERS = LANES / DOUBLES };
    doubles total[REGISTERS], even[REGISTERS], odd[REGISTERS];
    memset(total, 0, sizeof total);
    for (int64_t i = 0; i < g->units; i++) {
        memset(even, 0, sizeof even), memset(odd, 0, sizeof odd);
        /* even and odd neighbours apart, for speed; a product with ±1, 0 or 1 is exact */
        for (int64_t k = g->start[i]; k < g->above[i]; k++) {
            doubles *sum = (k - g->start[i]) & 1 ? odd : even;
            for (int r = 0; r < REGISTERS; r++)
                sum[r] += (double)g->J[k] * doubles_of(s + (int64_t)g->to[k] * LANES + r * DOUBLES);
        }
        for (int r = 0; r < REGISTERS; r++)
            total[r] += doubles_of(s + i * LANES + r * DOUBLES) * ((double)g->h[i] + (even[r] + odd[r]));
    }
    memcpy(out, total, sizeof total);
}

/* Lane l with l + 8, l + 4, l + 2, l + 1. */
static double tree(const float *lane) {
    float t[LANES];
    memcpy(t, lane, sizeof t);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int l = 0; l < half; l++) t[l] += t[l + half];
    return t[0];
}

FLAT double product(const temper_lateral_sums *of, int64_t stride, int64_t i, int64_t j, bool both) {
    double sum = 0;
    for (int64_t first = 0; first < of->blocks; first += CHUNK) {
        int64_t last = first + CHUNK < of->blocks ? first + CHUNK : of->blocks;
        float lane[LANES];
        for (int p = 0; p < PARTS; p++) {
            wide part = wide_all(0);
            for (int64_t c = first; c < last; c++) {
                const float *a = of->a + c * stride + p * WIDE, *b = of->b + c * stride + p * WIDE;
                wide w = wide_load(of->w + c * LANES + p * WIDE);
                part = wide_fma(w * wide_load(a + i * LANES), wide_load(b + j * LANES), part);
                if (both) part = wide_fma(w * wide_load(b + i * LANES), wide_load(a + j * LANES), part);
            }
            wide_store(lane + p * WIDE, part);
        }
        sum += tree(lane);
    }
    return sum;
}

static void products(const temper_lateral_rows *g, const temper_lateral_sums *of, int64_t i, bool both,
                     double scale, float *stat) {
    const int64_t stride = (g->units + 1) * LANES;
    for (int64_t k = g->above[i]; k < g->end[i]; k++)
        stat[k - g->above[i]] += (float)(scale * (both ? product(of, stride, i, g->to[k], true)
                                                       : product(of, stride, i, g->to[k], false)));
}

const temper_lateral_kernels LATERAL_TABLE;
const temper_lateral_kernels LATERAL_TABLE = {
    .sweep = sweep, .means = means, .gain = gain, .products = products};
