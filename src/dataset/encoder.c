/* The encoder problem (Ackley, Hinton and Sejnowski 1985): two groups of N units; in pattern i unit i of either group is on and all others
 * are off. Between the groups there are only log2 N hidden units (4-2-4, 8-3-8), which must find a code. The entropy is ln N. */
#include "data/samples.h"

typedef struct {
    int64_t n;
} encoder;

static temper_status fetch(const void *self, temper_samples *samples) {
    const int64_t n = ((const encoder *)self)->n;
    temper_status bad = temper_samples_room(samples, (temper_bytes){"encoder", NULL, 0}, n, 2 * n);
    if (bad) return bad;
    for (int64_t i = 0; i < n; i++) samples->X[i * 2 * n + i] = samples->X[i * 2 * n + n + i] = 1;
    return TEMPER_OK;
}

static const temper_option options[] = {
    {"n", TEMPER_INT, offsetof(encoder, n), "4", 1, 4096, NULL, "units", "of either group; n rows"}, {0}};

const temper_dataset_type temper_dataset_encoder = {
    .about = {"encoder", "n patterns of two groups of n units: unit i of both is on, all others off",
              "Ackley, Hinton & Sejnowski, Cognitive Science 9, 147 (1985)", "n=4", options, sizeof(encoder)},
    .read = fetch,
};
