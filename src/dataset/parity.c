/* Parity: all 2^(N−1) patterns of N bits x whose spins s = 2x − 1 have the product s_1 s_2 … s_N = +1, that is, those with an even number
 * of zeros. In this order: as the numbers with bit k for column k ascend.
 *
 * Every proper subset of the columns is uniform, so a machine that sees no more than pairs learns nothing at all from the data: its best is
 * the uniform distribution over 2^N patterns, ln 2 away (N ≥ 3). Hidden units are needed. The entropy is (N − 1) ln 2. */
#include "data/samples.h"

typedef struct {
    int64_t n;
} parity;

static temper_status fetch(const void *self, temper_samples *samples) {
    const int64_t n = ((const parity *)self)->n;
    int64_t row = 0;
    temper_status bad =
        temper_samples_room(samples, (temper_bytes){"parity", NULL, 0}, INT64_C(1) << (n - 1), n);
    if (bad) return bad;
    for (int64_t code = 0; code < INT64_C(1) << n; code++) {
        int64_t zeros = 0;
        for (int64_t k = 0; k < n; k++) zeros += !(code >> k & 1);
        if (zeros % 2) continue;
        for (int64_t k = 0; k < n; k++) samples->X[row * n + k] = (float)(code >> k & 1);
        row++;
    }
    return TEMPER_OK;
}

static const temper_option options[] = {
    {"n", TEMPER_INT, offsetof(parity, n), "3", 1, 20, NULL, "bits", "length of a pattern; 2^(n-1) rows"},
    {0}};

const temper_dataset_type temper_dataset_parity = {
    .about = {"parity", "all patterns of n bits with an even number of zeros: Π (2x_i − 1) = +1",
              "Ackley, Hinton & Sejnowski, Cognitive Science 9, 147 (1985)", "n=3", options, sizeof(parity)},
    .read = fetch,
};
