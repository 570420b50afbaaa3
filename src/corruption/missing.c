/* Missing inputs: what was lost is told as its mean over the training rows, the best guess of somebody who knows nothing else. What
 * is lost at a low severity is lost at a higher one as well. A pixel of an image is lost in all its channels. */
#include "core/picture.h"

static const double share[TEMPER_SEVERITIES] = {0.05, 0.1, 0.2, 0.35, 0.5};

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    int64_t places = v->image ? v->height * v->width : v->features;
    (void)self;
    for (int64_t k = 0; k < v->features; k++)
        to[k] = temper_picture_draw(v, k % places) < share[v->severity - 1] ? v->mean[k] : from[k];
}

const temper_corruption_type temper_corruption_missing = {
    .about = {"missing",
              "a share 0.05, 0.1, 0.2, 0.35, 0.5 of the inputs is lost: the mean of the training rows", "",
              "severity=2", temper_spoiler_options, sizeof(temper_spoiler)},
    .mean = true,
    .apply = apply};
