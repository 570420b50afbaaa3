/* Brightness: light on everything, up to white: x + b. */
#include "core/picture.h"

static const double light[TEMPER_SEVERITIES] = {0.08, 0.16, 0.25, 0.35, 0.47};

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    (void)self;
    for (int64_t k = 0; k < v->features; k++) to[k] = from[k] + (float)light[v->severity - 1];
}

const temper_corruption_type temper_corruption_brightness = {
    .about = {"brightness", "x + 0.08, 0.16, 0.25, 0.35, 0.47, at most 1",
              "Hendrycks & Dietterich, ICLR 2019", "severity=2", temper_spoiler_options,
              sizeof(temper_spoiler)},
    .images = true,
    .apply = apply};
