/* Gaussian noise on every input: x + σ ξ. */
#include "temper/corruption.h"

typedef struct {
    int64_t severity;
} gaussian_noise;

static const double sigma[TEMPER_SEVERITIES] = {0.04, 0.08, 0.12, 0.18, 0.26};

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    (void)self;
    for (int64_t k = 0; k < v->features; k++)
        to[k] = from[k] + (float)(sigma[v->severity - 1] *
                                  temper_normal(v->stream, TEMPER_FOR_AUGMENTATION, v->row, k));
}

static const temper_option options[] = {
    {"severity", TEMPER_INT, offsetof(gaussian_noise, severity), "3", 1, 5, NULL, "", "1 … 5"}, {0}};

const temper_corruption_type temper_corruption_gaussian_noise = {
    .about = {"gaussian_noise", "x + σ ξ, σ = 0.04, 0.08, 0.12, 0.18, 0.26 of the range",
              "Hendrycks & Dietterich, ICLR 2019", "severity=2", options, sizeof(gaussian_noise)},
    .apply = apply};
