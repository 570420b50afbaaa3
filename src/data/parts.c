/* Training, validation and test rows: every class in the same shares, decided by the seed alone. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "temper/dataset.h"
#include "temper/stream.h"

static const int64_t STEP = INT64_C(0x73706c6974); /* "split": no configuration begins at this step */

typedef struct {       /* the rows that are to be shared out, class by class */
    int64_t n, strata; /* strata: classes, or 1 */
    int64_t *row;      /* [n] sorted by class, shuffled within each */
    int64_t *start;    /* [strata + 1] where each class begins in row */
    int64_t *quota[2]; /* [strata] how many of each go to test, to validation */
    int8_t *part;      /* [all rows] */
} deck;

static void deck_clear(deck *d) {
    temper_release(d->row);
    temper_release(d->start);
    temper_release(d->quota[0]);
    temper_release(d->quota[1]);
    temper_release(d->part);
}

static temper_status deck_build(deck *d, const temper_samples *samples) {
    size_t strata = (size_t)(samples->y ? samples->classes : 1);
    *d = (deck){.n = samples->n - samples->held, .strata = (int64_t)strata};
    d->row = temper_alloc((size_t)d->n, sizeof *d->row);
    d->start = temper_alloc(strata + 2, sizeof *d->start);
    d->quota[0] = temper_alloc(strata, sizeof(int64_t));
    d->quota[1] = temper_alloc(strata, sizeof(int64_t));
    d->part = temper_alloc((size_t)samples->n, 1);
    if (!d->row || !d->start || !d->quota[0] || !d->quota[1] || !d->part) return TEMPER_NO_MEMORY;
    /* A counting sort: start[c + 2] counts class c, is summed to where class c + 1 begins, and start[c + 1] walks. */
    for (int64_t i = 0; i < d->n; i++) d->start[(samples->y ? samples->y[i] : 0) + 2]++;
    for (int64_t c = 0; c < d->strata; c++) d->start[c + 2] += d->start[c + 1];
    for (int64_t i = 0; i < d->n; i++) d->row[d->start[(samples->y ? samples->y[i] : 0) + 1]++] = i;
    return TEMPER_OK;
}

/* Fisher–Yates; the word for place k of the deck has the index k. */
static void shuffle(deck *d, uint64_t seed) {
    const temper_stream stream = {seed, 0};
    for (int64_t c = 0; c < d->strata; c++)
        for (int64_t k = d->start[c + 1] - 1; k > d->start[c]; k--) {
            uint32_t word = temper_word(stream, TEMPER_FOR_INITIAL, STEP, k);
            int64_t j = d->start[c] + temper_below(word, (uint32_t)(k - d->start[c] + 1));
            int64_t swapped = d->row[k];
            d->row[k] = d->row[j];
            d->row[j] = swapped;
        }
}

/* Whole numbers of each class that add up to the rounded share of all: the floors, and one more for the classes of the
 * largest remainders that still have a row. */
static void allot(deck *d, double share, int64_t *quota, const int64_t *taken) {
    int64_t left = (int64_t)floor(share * (double)d->n + 0.5);
    for (int64_t c = 0; c < d->strata; c++) {
        int64_t size = d->start[c + 1] - d->start[c], free = size - (taken ? taken[c] : 0);
        quota[c] = (int64_t)floor(share * (double)size);
        if (quota[c] > free) quota[c] = free;
        left -= quota[c];
    }
    /* Invariant: classes that got their extra row have a remainder that is negative, so none gets two in a round. */
    while (left > 0) {
        int64_t best = -1;
        double largest = -INFINITY;
        for (int64_t c = 0; c < d->strata; c++) {
            int64_t size = d->start[c + 1] - d->start[c];
            double remainder = share * (double)size - (double)quota[c];
            if (remainder > largest && quota[c] + (taken ? taken[c] : 0) < size)
                best = c, largest = remainder;
        }
        if (best < 0) return;
        quota[best]++;
        left--;
    }
}

static void deal(deck *d) {
    for (int64_t c = 0; c < d->strata; c++) {
        int64_t k = d->start[c];
        for (int64_t q = 0; q < d->quota[0][c]; q++) d->part[d->row[k++]] = TEMPER_TEST;
        for (int64_t q = 0; q < d->quota[1][c]; q++) d->part[d->row[k++]] = TEMPER_VALIDATION;
    }
}

static temper_status collect(temper_parts *parts, const temper_samples *samples, deck *d) {
    for (int64_t i = d->n; i < samples->n; i++) d->part[i] = TEMPER_TEST;
    for (int64_t i = 0; i < samples->n; i++) parts->n[d->part[i]]++;
    if (parts->n[TEMPER_TRAIN] == 0)
        return temper_fail(TEMPER_BAD_OPTION, "split: of %lld rows none is left to train on",
                           (long long)d->n);
    int64_t used[TEMPER_PARTS] = {0};
    for (int p = 0; p < TEMPER_PARTS; p++)
        if (!(parts->row[p] = temper_alloc((size_t)parts->n[p], sizeof(int64_t)))) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < samples->n; i++) parts->row[d->part[i]][used[d->part[i]]++] = i;
    return TEMPER_OK;
}

temper_status temper_parts_build(temper_parts *parts, const temper_samples *samples, double validation,
                                 double test, uint64_t seed) {
    deck d;
    *parts = (temper_parts){0};
    if (samples->held) test = 0;
    if (!(validation >= 0 && test >= 0 && validation + test <= 1))
        return temper_fail(TEMPER_BAD_OPTION,
                           "split: validation=%g and test=%g; legal: shares in 0 … 1, together at most 1",
                           validation, test);
    temper_status bad = deck_build(&d, samples);
    if (!bad) {
        shuffle(&d, seed);
        allot(&d, test, d.quota[0], NULL);
        allot(&d, validation, d.quota[1], d.quota[0]);
        deal(&d);
        bad = collect(parts, samples, &d);
    }
    deck_clear(&d);
    if (bad) temper_parts_clear(parts);
    return bad;
}

void temper_parts_clear(temper_parts *parts) {
    for (int p = 0; p < TEMPER_PARTS; p++) temper_release(parts->row[p]);
    *parts = (temper_parts){0};
}
