/* The kernels of Potts machines, once for every level; potts_ref.c, potts_avx2.c and potts_avx512.c give the table a name. */
#include "kernel/potts.h"
#include "kernel/wide_body.h"
#include "kernel/elementary_body.h"

enum { STATES = 8 }; /* of a short register, on every level: few states need no more */
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
                const float *from = J + r * step + x[j + r] * pad;
                for (int k = 0; k < n; k++) {
                    memcpy(&row, from + k * STATES, sizeof row);
                    sum[r][k] += row;
                }
            }
        for (; j < V; j++, J += step)
            for (int k = 0; k < n; k++) {
                memcpy(&row, J + x[j] * pad + k * STATES, sizeof row);
                sum[0][k] += row;
            }
    }
    for (int k = 0; k < n; k++) {
        memcpy(&row, t->field + i * pad + first + k * STATES, sizeof row);
        row += (sum[0][k] + sum[1][k]) + (sum[2][k] + sum[3][k]);
        memcpy(f + k * STATES, &row, sizeof row);
    }
}

static void field(const temper_potts_table *t, int64_t i, const uint8_t *x, float *f) {
    if (t->pad == STATES)
        gather(1, t, i, x, 0, f);
    else if (t->pad == 2 * STATES)
        gather(2, t, i, x, 0, f);
    else if (t->pad == 3 * STATES)
        gather(3, t, i, x, 0, f);
    else
        for (int64_t first = 0; first < t->pad; first += STATES) gather(1, t, i, x, first, f + first);
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
    float f[TEMPER_POTTS_MOST * LANES], row[TEMPER_POTTS_MOST], chosen[LANES];
    const float *base = bath->base ? bath->base + i * q : NULL;
    for (int64_t b = 0; b < blocks; b++, x += LANES * V, words += stride) {
        for (int l = 0; l < LANES; l++) {
            if (t->pad == STATES)
                gather(1, t, i, x + l * V, 0, row);
            else
                field(t, i, x + l * V, row);
            for (int64_t a = 0; a < q; a++) f[a * LANES + l] = row[a];
        }
        choose(bath, q, base, words, f, chosen);
        for (int l = 0; l < LANES; l++) x[l * V + i] = (uint8_t)(int)chosen[l];
    }
}

const temper_potts_kernels POTTS_TABLE;
const temper_potts_kernels POTTS_TABLE = {.visit = visit, .field = field};
