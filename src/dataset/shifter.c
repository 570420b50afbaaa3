/* The labelled shifter ensemble (Hinton and Sejnowski 1986): a pattern of n bits, the same pattern shifted by −1, 0 or +1 with wrap-around,
 * and three units of which the one that names the shift is on. Only triples (bit, bit of the shifted copy, label) correlate, so hidden
 * units are needed. Row 3c + d: bit k of the first group is bit k of c, bit k of the second group is bit k − (d − 1) of the first.
 *
 * 3·2^n rows of 2n + 3 columns, the entropy is ln(3·2^n): 6.643790 for n = 8. */
#include "data/samples.h"

typedef struct {
    int64_t n;
} shifter;

static temper_status fetch(const void *self, temper_samples *samples) {
    const int64_t n = ((const shifter *)self)->n, columns = 2 * n + 3, rows = 3 * (INT64_C(1) << n);
    temper_status bad = temper_samples_room(samples, (temper_bytes){"shifter", NULL, 0}, rows, columns);
    if (bad) return bad;
    for (int64_t i = 0; i < rows; i++) {
        float *row = samples->X + i * columns;
        const int64_t code = i / 3, d = i % 3;
        for (int64_t k = 0; k < n; k++) {
            row[k] = (float)(code >> k & 1);
            row[n + (k + d - 1 + n) % n] = row[k];
        }
        row[2 * n + d] = 1;
    }
    return TEMPER_OK;
}

static const temper_option options[] = {
    {"n", TEMPER_INT, offsetof(shifter, n), "8", 3, 16, NULL, "bits", "of the pattern; 3·2^n rows of 2n + 3"},
    {0}};

const temper_dataset_type temper_dataset_shifter = {
    .about = {"shifter",
              "labelled shifter ensemble: n bits, the same shifted by −1, 0 or +1, and which it was",
              "Hinton & Sejnowski, in Parallel Distributed Processing 1, 282 (1986)", "n=3", options,
              sizeof(shifter)},
    .read = fetch,
};
