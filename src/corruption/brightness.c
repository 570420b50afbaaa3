/* Brightness: light on everything, up to white: x + b. */
#include "core/picture.h"

static const double light[TEMPER_SEVERITIES] = {0.1, 0.2, 0.3, 0.42, 0.56};

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    (void)self;
    for (int64_t k = 0; k < v->features; k++) to[k] = from[k] + (float)light[v->severity - 1];
}

const temper_corruption_type temper_corruption_brightness = {
    .about = {"brightness", "x + 0.1, 0.2, 0.3, 0.42, 0.56, at most 1", "Hendrycks & Dietterich, ICLR 2019",
              "severity=2", temper_spoiler_options, sizeof(temper_spoiler)},
    .images = true,
    .apply = apply};
