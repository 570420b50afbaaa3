/* Motion blur: the camera moves along a line of length L in a random direction while the shutter is open: the mean of the image over
 * places along that line, at most a pixel apart. */
#include <string.h>
#include "core/picture.h"

static const double length[TEMPER_SEVERITIES] = {0.1, 0.16, 0.24, 0.34, 0.46};

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    double L = length[v->severity - 1] * temper_picture_size(v), direction[2];
    int64_t steps = (int64_t)L + 1;
    (void)self;
    temper_picture_direction(temper_picture_draw(v, 0), direction);
    memset(to, 0, (size_t)v->features * sizeof *to);
    for (int64_t m = 0; m <= steps; m++) {
        double t = L * ((double)m / (double)steps - 0.5);
        const double place[2] = {t * direction[0], t * direction[1]};
        temper_picture_add(v, 1 / (double)(steps + 1), place, from, to);
    }
}

const temper_corruption_type temper_corruption_motion_blur = {
    .about = {"motion_blur",
              "mean along a line of 0.1, 0.16, 0.24, 0.34, 0.46 of the image's size, any direction",
              "Hendrycks & Dietterich, ICLR 2019", "severity=2", temper_spoiler_options,
              sizeof(temper_spoiler)},
    .images = true,
    .apply = apply};
