/* Shift: the image is moved by a distance d in a random direction; black comes in. */
#include <string.h>
#include "core/picture.h"

static const double distance[TEMPER_SEVERITIES] = {0.03, 0.06, 0.09, 0.13, 0.18};

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    double d = distance[v->severity - 1] * temper_picture_size(v), direction[2];
    (void)self;
    temper_picture_direction(temper_picture_draw(v, 0), direction);
    const double place[2] = {-d * direction[0], -d * direction[1]};
    memset(to, 0, (size_t)v->features * sizeof *to);
    temper_picture_add(v, 1, place, from, to);
}

const temper_corruption_type temper_corruption_shift = {
    .about = {"shift", "moved by 0.03, 0.06, 0.09, 0.13, 0.18 of the image's size in any direction",
              "Mu & Gilmer, MNIST-C, 2019", "severity=2", temper_spoiler_options, sizeof(temper_spoiler)},
    .images = true,
    .apply = apply};
