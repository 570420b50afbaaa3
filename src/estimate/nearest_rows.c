/* Nearest rows by looking at all of them. Rows of two values become bits, 64 to a word, and a pair costs a few words; other rows are compared
 * number by number. A block of rows belongs to one work item. */
#include <math.h>
#include "base/memory.h"
#include "estimate/quality.h"
#include "temper/parallel.h"

enum { BLOCK = 16, TILE = 64 };

typedef struct {
    const temper_sample_rows *a, *b;
    temper_metric metric;
    bool same, packed;
    int64_t words;
    const uint64_t *A, *B; /* [n][words] where packed */
    double *first, *second;
    double step; /* two values: their difference squared, for Euclid */
} search;

static int64_t bits(uint64_t x) {
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    x = (x + (x >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return (int64_t)(x * 0x0101010101010101 >> 56);
}

static double packed_distance(const search *s, const uint64_t *x, const uint64_t *y) {
    int64_t apart = 0, either = 0;
    for (int64_t k = 0; k < s->words; k++) apart += bits(x[k] ^ y[k]);
    if (s->metric == TEMPER_HAMMING) return (double)apart;
    if (s->metric == TEMPER_EUCLID) return sqrt((double)apart * s->step);
    for (int64_t k = 0; k < s->words; k++) either += bits(x[k] | y[k]);
    return either ? (double)apart / (double)either : 0;
}

static double plain_distance(const search *s, const float *x, const float *y) {
    int64_t n = s->a->columns, apart = 0, either = 0;
    double lane[8] = {0};
    switch (s->metric) {
    case TEMPER_HAMMING:
        for (int64_t i = 0; i < n; i++) apart += x[i] != y[i];
        return (double)apart;
    case TEMPER_JACCARD:
        for (int64_t i = 0; i < n; i++) {
            apart += (x[i] != 0) != (y[i] != 0);
            either += x[i] != 0 || y[i] != 0;
        }
        return either ? (double)apart / (double)either : 0;
    default:
        for (int64_t i = 0; i < n; i++) lane[i & 7] += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
        return sqrt(((lane[0] + lane[4]) + (lane[2] + lane[6])) +
                    ((lane[1] + lane[5]) + (lane[3] + lane[7])));
    }
}

static temper_status block(void *context, int64_t number) {
    search *s = context;
    int64_t from = number * BLOCK, to = from + BLOCK < s->a->n ? from + BLOCK : s->a->n;
    for (int64_t i = from; i < to; i++) s->first[i] = s->second[i] = INFINITY;
    for (int64_t tile = 0; tile < s->b->n;
         tile += TILE) /* a tile of b stays near while the block looks at it */
        for (int64_t i = from; i < to; i++)
            for (int64_t j = tile; j < tile + TILE && j < s->b->n; j++) {
                if (s->same && i == j) continue;
                double d = s->packed
                               ? packed_distance(s, s->A + i * s->words, s->B + j * s->words)
                               : plain_distance(s, s->a->X + i * s->a->columns, s->b->X + j * s->b->columns);
                if (d < s->first[i]) {
                    s->second[i] = s->first[i];
                    s->first[i] = d;
                } else if (d < s->second[i])
                    s->second[i] = d;
            }
    return TEMPER_OK;
}

/* low and high become the values of all entries; false when there is a third. NaN: *bad is its place. */
static bool two_values(const temper_sample_rows *rows, float *low, float *high, bool *any, int64_t *bad) {
    bool two = true;
    for (int64_t i = 0; i < rows->n * rows->columns; i++) {
        float x = rows->X[i];
        if (!isfinite(x)) *bad = i;
        if (!*any) *low = *high = x;
        *any = true;
        if (x == *low || x == *high) continue;
        if (*low == *high)
            *(x < *low ? low : high) = x;
        else
            two = false;
    }
    return two;
}

static void pack(const temper_sample_rows *rows, int64_t words, float high, uint64_t *out) {
    for (int64_t r = 0; r < rows->n; r++)
        for (int64_t i = 0; i < rows->columns; i++)
            if (rows->X[r * rows->columns + i] == high) out[r * words + i / 64] |= (uint64_t)1 << i % 64;
}

static temper_status check(const temper_sample_rows *a, const temper_sample_rows *b, search *s, float *high) {
    float low = 0;
    bool any = false, two = true;
    if (a->n < 1 || b->n < 1) return temper_fail(TEMPER_BAD_DATA, "quality: there are no rows");
    if (a->columns != b->columns || a->columns < 1)
        return temper_fail(TEMPER_BAD_DATA, "quality: rows of %lld and of %lld columns",
                           (long long)a->columns, (long long)b->columns);
    for (int k = 0; k < 2; k++) {
        int64_t bad = -1;
        two &= two_values(k ? b : a, &low, high, &any, &bad);
        if (bad >= 0)
            return temper_fail(TEMPER_BAD_DATA, "quality: row %lld, column %lld is not finite",
                               (long long)(bad / a->columns), (long long)(bad % a->columns));
    }
    if (s->metric == TEMPER_JACCARD) { /* the higher of two values must be the one that counts */
        two &= low == 0 || (low == *high && low != 0);
        if (low == 0 && *high == 0) *high = 1;
    }
    s->packed = two;
    s->step = ((double)*high - low) * ((double)*high - low);
    return TEMPER_OK;
}

temper_status temper_nearest_rows(const temper_sample_rows *a, const temper_sample_rows *b,
                                  temper_metric metric, bool same, double *first, double *second) {
    search s = {.a = a, .b = b, .metric = metric, .same = same, .first = first};
    float high = 0;
    temper_status status = check(a, b, &s, &high);
    if (status) return status;
    s.words = s.packed ? (a->columns + 63) / 64 : 0;
    uint64_t *packs = temper_alloc((size_t)((a->n + b->n) * s.words), sizeof *packs);
    double *room = second ? NULL : temper_alloc((size_t)a->n, sizeof *room);
    if (!packs || (!second && !room)) {
        temper_release(packs);
        temper_release(room);
        return TEMPER_NO_MEMORY;
    }
    s.second = second ? second : room;
    s.A = packs;
    s.B = packs + a->n * s.words;
    if (s.packed) {
        pack(a, s.words, high, packs);
        pack(b, s.words, high, packs + a->n * s.words);
    }
    status = temper_parallel((a->n + BLOCK - 1) / BLOCK, block, &s);
    temper_release(packs);
    temper_release(room);
    return status;
}
