/* Impulse noise, salt and pepper: an input is stuck at the smallest or the largest value. Who is stuck at a low severity is so at a
 * higher one as well. */
#include "core/picture.h"

static const double share[TEMPER_SEVERITIES] = {0.03, 0.06, 0.09, 0.17, 0.27};

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    double p = share[v->severity - 1];
    (void)self;
    for (int64_t k = 0; k < v->features; k++) {
        bool stuck = temper_picture_draw(v, 2 * k) < p;
        to[k] = !stuck ? from[k] : temper_picture_draw(v, 2 * k + 1) < 0.5 ? 0 : 1;
    }
}

const temper_corruption_type temper_corruption_impulse_noise = {
    .about = {"impulse_noise", "a share 0.03, 0.06, 0.09, 0.17, 0.27 of the inputs becomes 0 or 1",
              "Hendrycks & Dietterich, ICLR 2019", "severity=2", temper_spoiler_options,
              sizeof(temper_spoiler)},
    .apply = apply};
