/* Stripes: a wave lies over the image, as interference on a screen: x + a sin(2π(3 r·n/size + phase)), of random direction n and phase,
 * three periods to the image. */
#include "base/elementary.h"
#include "core/picture.h"

static const double amplitude[TEMPER_SEVERITIES] = {0.1, 0.2, 0.3, 0.42, 0.56};
static const double PERIODS = 3;

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    double a = amplitude[v->severity - 1], phase = temper_picture_draw(v, 1), n[2], s, c;
    double wave = PERIODS / temper_picture_size(v);
    int64_t pixels = v->height * v->width;
    (void)self;
    temper_picture_direction(temper_picture_draw(v, 0), n);
    for (int64_t k = 0; k < v->features; k++) {
        double along = (double)(k % pixels / v->width) * n[0] + (double)(k % v->width) * n[1];
        temper_sincos2pi(wave * along + phase, &s, &c);
        to[k] = (float)((double)from[k] + a * s);
    }
}

const temper_corruption_type temper_corruption_stripes = {
    .about = {"stripes", "x + a sin over three periods, a = 0.1, 0.2, 0.3, 0.42, 0.56, any direction",
              "after Mu & Gilmer, MNIST-C, 2019", "severity=2", temper_spoiler_options,
              sizeof(temper_spoiler)},
    .images = true,
    .apply = apply};
