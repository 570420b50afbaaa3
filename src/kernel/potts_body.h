/* The kernels of Potts machines, once for every level; potts_ref.c, potts_avx2.c and potts_avx512.c give the table a name. */
#include "kernel/potts.h"
#include "kernel/wide_body.h"
#include "kernel/elementary_body.h"

/* ---- few states: the lanes choose ---- */

#if defined(__AVX512F__)
FLAT wide_int states_of(const uint8_t *x) {
    return (wide_int)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)x));
}
FLAT wide chosen_by(const float *row, wide_int state) {
    return (wide)_mm512_permutexvar_ps((__m512i)state, _mm512_castps256_ps512(_mm256_loadu_ps(row)));
}
#elif defined(__AVX2__)
FLAT wide_int states_of(const uint8_t *x) {
    return (wide_int)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)x));
}
FLAT wide chosen_by(const float *row, wide_int state) {
    return (wide)_mm256_permutevar8x32_ps(_mm256_loadu_ps(row), (__m256i)state);
}
#else
FLAT wide_int states_of(const uint8_t *x) {
    wide_int state;
    for (int l = 0; l < WIDE; l++) state[l] = x[l];
    return state;
}
FLAT wide chosen_by(const float *row, wide_int state) {
    wide y;
    for (int l = 0; l < WIDE; l++) y[l] = row[state[l]];
    return y;
}
#endif

enum { FEW = TEMPER_POTTS_FEW };

/* c_r of all states for r = first … first + n − 1, in the lanes from x on. q and n are constants where it is called: all sums are registers. */
FLAT void sums_of(const int q, const int n, const temper_potts_table *t, const float *J, const uint8_t *x,
                  wide c[][FEW]) {
    wide sum[4][FEW];
#pragma GCC unroll 4
    for (int r = 0; r < n; r++)
#pragma GCC unroll 8
        for (int a = 0; a < q; a++) sum[r][a] = wide_all(0);
    for (int64_t j = 0; j + 4 <= t->V; j += 4, J += 4 * q * FEW, x += 4 * LANES)
#pragma GCC unroll 4
        for (int r = 0; r < n; r++) {
            const wide_int state = states_of(x + r * LANES);
#pragma GCC unroll 8
            for (int a = 0; a < q; a++) sum[r][a] += chosen_by(J + (r * q + a) * FEW, state);
        }
#pragma GCC unroll 4
    for (int r = 0; r < n; r++)
#pragma GCC unroll 8
        for (int a = 0; a < q; a++) c[r][a] = sum[r][a];
}

FLAT void field_of_few(const int q, const int n, const temper_potts_table *t, int64_t i, const uint8_t *x,
                       float *f) {
    const int64_t V = t->V;
    const float *J = t->slab ? t->slab + i * V * q * FEW : NULL;
    for (int p = 0; p < LANES; p += WIDE) {
        wide c[4][FEW];
        memset(c, 0, sizeof c);
        for (int r = 0; J && r < 4; r += n) sums_of(q, n, t, J + r * q * FEW, x + r * LANES + p, c + r);
        for (int64_t j = V / 4 * 4; J && j < V; j++)
            for (int a = 0; a < q; a++)
                c[0][a] += chosen_by(J + (j * q + a) * FEW, states_of(x + j * LANES + p));
        for (int a = 0; a < q; a++)
            wide_store(f + a * LANES + p,
                       wide_all(t->field[i * FEW + a]) + ((c[0][a] + c[1][a]) + (c[2][a] + c[3][a])));
    }
}

/* ---- many states: chain after chain ---- */

enum { STATES = 8 }; /* of a short register, on every level */
typedef float states __attribute__((vector_size(STATES * sizeof(float))));

/* f[8 n] for the states from `first` on; n is a constant where it is called. */
FLAT void gather(const int n, const temper_potts_table *t, int64_t i, const uint8_t *x, int64_t first,
                 float *f) {
    const int64_t V = t->V, pad = t->pad, step = t->q * pad;
    states sum[4][3], row;
    memset(sum, 0, sizeof sum);
    if (t->slab) {
        const float *J = t->slab + i * V * step + first;
        int64_t j = 0;
        for (; j + 4 <= V; j += 4, J += 4 * step)
            for (int r = 0; r < 4; r++) {
                const float *from = J + r * step + x[(j + r) * LANES] * pad;
                for (int k = 0; k < n; k++) {
                    memcpy(&row, from + k * STATES, sizeof row);
                    sum[r][k] += row;
                }
            }
        for (; j < V; j++, J += step)
            for (int k = 0; k < n; k++) {
                memcpy(&row, J + x[j * LANES] * pad + k * STATES, sizeof row);
                sum[0][k] += row;
            }
    }
    for (int k = 0; k < n; k++) {
        memcpy(&row, t->field + i * pad + first + k * STATES, sizeof row);
        row += (sum[0][k] + sum[1][k]) + (sum[2][k] + sum[3][k]);
        memcpy(f + k * STATES, &row, sizeof row);
    }
}

static void field_of_many(const temper_potts_table *t, int64_t i, const uint8_t *x, float *f) {
    float row[TEMPER_POTTS_MOST];
    for (int l = 0; l < LANES; l++) {
        if (t->pad == 2 * STATES)
            gather(2, t, i, x + l, 0, row);
        else if (t->pad == 3 * STATES)
            gather(3, t, i, x + l, 0, row);
        else
            for (int64_t first = 0; first < t->pad; first += STATES)
                gather(1, t, i, x + l, first, row + first);
        for (int64_t a = 0; a < t->q; a++) f[a * LANES + l] = row[a];
    }
}

static void field(const temper_potts_table *t, int64_t i, const uint8_t *x, float *f) {
    switch (t->q) {
    case 2: field_of_few(2, 4, t, i, x, f); break;
    case 3: field_of_few(3, 4, t, i, x, f); break;
    case 4: field_of_few(4, 2, t, i, x, f); break;
    case 5: field_of_few(5, 2, t, i, x, f); break;
    case 6: field_of_few(6, 2, t, i, x, f); break;
    case 7: field_of_few(7, 1, t, i, x, f); break;
    case 8: field_of_few(8, 1, t, i, x, f); break;
    default: field_of_many(t, i, x, f);
    }
}

/* One state out of q per lane, from f[q][16], which becomes the running sums of weights. */
FLAT void choose(const temper_potts_bath *bath, int64_t q, const float *base, const uint32_t *word, float *f,
                 float *chosen) {
    const wide scale = wide_all(bath->scale), one = wide_all(1), zero = wide_all(0);
    for (int p = 0; p < LANES; p += WIDE) {
        wide top = wide_all(-__builtin_inff()), sum = zero, count = zero;
        wide_bits w;
        for (int64_t a = 0; a < q; a++) {
            wide y = wide_fma(scale, wide_load(f + a * LANES + p), wide_all(base ? bath->lift * base[a] : 0));
            top = wide_from(top, y);
            wide_store(f + a * LANES + p, y);
        }
        for (int64_t a = 0; a < q; a++) {
            sum = sum + exp_of(wide_load(f + a * LANES + p) - top);
            wide_store(f + a * LANES + p, sum);
        }
        memcpy(&w, word + p, sizeof w);
        wide u = wide_fma(__builtin_convertvector((wide_int)(w >> 9), wide), wide_all(0x1p-23F),
                          wide_all(0x1p-24F));
        wide mark = u * sum;
        for (int64_t a = 0; a + 1 < q; a++)
            count = count + wide_pick(wide_below(mark, wide_load(f + a * LANES + p)), zero, one);
        wide_store(chosen + p, count);
    }
}

static void visit(const temper_potts_table *t, const temper_potts_bath *bath, int64_t i, int64_t blocks,
                  const uint32_t *words, int64_t stride, uint8_t *x) {
    const int64_t V = t->V, q = t->q;
    float f[TEMPER_POTTS_MOST * LANES], chosen[LANES];
    const float *base = bath->base ? bath->base + i * q : NULL;
    for (int64_t b = 0; b < blocks; b++, x += LANES * V, words += stride) {
        field(t, i, x, f);
        choose(bath, q, base, words, f, chosen);
        for (int l = 0; l < LANES; l++) x[i * LANES + l] = (uint8_t)(int)chosen[l];
    }
}

const temper_potts_kernels POTTS_TABLE;
const temper_potts_kernels POTTS_TABLE = {.visit = visit, .field = field};
