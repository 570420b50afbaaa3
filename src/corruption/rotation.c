/* Rotation about the centre by an angle, to the left or to the right; black comes in. */
#include "base/elementary.h"
#include "core/picture.h"

static const double degrees[TEMPER_SEVERITIES] = {6, 12, 18, 26, 36};

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    double turn = degrees[v->severity - 1] / 360, s, c;
    (void)self;
    temper_sincos2pi(temper_picture_draw(v, 0) < 0.5 ? turn : -turn, &s, &c);
    const double matrix[2][2] = {{c, s}, {-s, c}};
    temper_picture_warp(v, matrix, from, to);
}

const temper_corruption_type temper_corruption_rotation = {
    .about = {"rotation", "turned by 6, 12, 18, 26, 36 degrees to the left or to the right",
              "Mu & Gilmer, MNIST-C, 2019", "severity=2", temper_spoiler_options, sizeof(temper_spoiler)},
    .images = true,
    .apply = apply};
