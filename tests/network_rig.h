/* Networks, data and vectors for the tests of src/network. */
#ifndef TEMPER_TESTS_NETWORK_RIG_H
#define TEMPER_TESTS_NETWORK_RIG_H

#include <math.h>
#include <stdlib.h>
#include "check.h"
#include "base/memory.h"
#include "network/engine.h"
#include "network/model.h"
#include "temper/cpu.h"
#include "temper/network.h"
#include "temper/parallel.h"

static const temper_stream rig_stream = {20251103, 7};

static inline double rig_normal(int64_t step, int64_t i) {
    return temper_normal(rig_stream, TEMPER_FOR_TESTS, step, i);
}

/* n images (or vectors, height 0) of normal numbers; labels by chance, or targets. */
static inline temper_samples rig_samples(int64_t n, temper_network_io io, bool labels) {
    temper_samples s = {.n = n, .features = io.features, .channels = io.channels, .height = io.height};
    s.width = io.width;
    s.X = calloc((size_t)(n * io.features), sizeof *s.X);
    for (int64_t i = 0; i < n * io.features; i++) s.X[i] = (float)rig_normal(1, i);
    if (labels) {
        s.classes = io.outputs;
        s.y = calloc((size_t)n, sizeof *s.y);
        for (int64_t i = 0; i < n; i++)
            s.y[i] =
                (int32_t)temper_below(temper_word(rig_stream, TEMPER_FOR_TESTS, 2, i), (uint32_t)io.outputs);
    } else {
        s.outputs = io.outputs;
        s.t = calloc((size_t)(n * io.outputs), sizeof *s.t);
        for (int64_t i = 0; i < n * io.outputs; i++) s.t[i] = rig_normal(3, i);
    }
    return s;
}

static inline void rig_samples_free(temper_samples *s) { free(s->X), free(s->y), free(s->t); }

static inline temper_network_io rig_image(int64_t channels, int64_t side, int64_t outputs) {
    return (temper_network_io){channels * side * side, channels, side, side, outputs};
}

static inline temper_network_io rig_vector(int64_t features, int64_t outputs) {
    return (temper_network_io){.features = features, .outputs = outputs};
}

#endif
