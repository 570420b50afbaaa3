/* Contrast: what differs from the mean of the image's channel shrinks by a factor. */
#include "core/picture.h"

static const double factor[TEMPER_SEVERITIES] = {0.6, 0.4, 0.27, 0.17, 0.1};

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    int64_t pixels = v->height * v->width;
    double f = factor[v->severity - 1];
    (void)self;
    for (int64_t c = 0; c < v->channels; c++, from += pixels, to += pixels) {
        double mean = 0;
        for (int64_t k = 0; k < pixels; k++) mean += (double)from[k];
        mean /= (double)pixels;
        for (int64_t k = 0; k < pixels; k++) to[k] = (float)(mean + f * ((double)from[k] - mean));
    }
}

const temper_corruption_type temper_corruption_contrast = {
    .about = {"contrast", "mean + f (x - mean), f = 0.6, 0.4, 0.27, 0.17, 0.1",
              "Hendrycks & Dietterich, ICLR 2019", "severity=2", temper_spoiler_options,
              sizeof(temper_spoiler)},
    .images = true,
    .apply = apply};
