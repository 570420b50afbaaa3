/* Gaussian noise on every input: x + σ ξ. The noise of a sensor in the dark. */
#include "core/picture.h"

static const double sigma[TEMPER_SEVERITIES] = {0.08, 0.12, 0.18, 0.26, 0.38};

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    (void)self;
    for (int64_t k = 0; k < v->features; k++)
        to[k] = from[k] + (float)(sigma[v->severity - 1] *
                                  temper_normal(v->stream, TEMPER_FOR_AUGMENTATION, v->row, k));
}

const temper_corruption_type temper_corruption_gaussian_noise = {
    .about = {"gaussian_noise", "x + σ ξ, σ = 0.08, 0.12, 0.18, 0.26, 0.38 of the range",
              "Hendrycks & Dietterich, ICLR 2019", "severity=2", temper_spoiler_options,
              sizeof(temper_spoiler)},
    .apply = apply};
