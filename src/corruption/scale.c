/* Scale: the image becomes larger or smaller by a factor, about its centre; black comes in. */
#include "core/picture.h"

static const double factor[TEMPER_SEVERITIES] = {1.08, 1.16, 1.26, 1.4, 1.6};

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    double f = factor[v->severity - 1], back = temper_picture_draw(v, 0) < 0.5 ? f : 1 / f;
    (void)self;
    const double matrix[2][2] = {{back, 0}, {0, back}};
    temper_picture_warp(v, matrix, from, to);
}

const temper_corruption_type temper_corruption_scale = {
    .about = {"scale", "larger or smaller by a factor of 1.08, 1.16, 1.26, 1.4, 1.6",
              "Mu & Gilmer, MNIST-C, 2019", "severity=2", temper_spoiler_options, sizeof(temper_spoiler)},
    .images = true,
    .apply = apply};
