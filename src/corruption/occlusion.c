/* Occlusion: something grey stands before the image. A rectangle with sides of a fraction of the image's, at a random place within it; a
 * pixel at its edge is covered in part. */
#include "core/picture.h"

static const double side[TEMPER_SEVERITIES] = {0.15, 0.23, 0.32, 0.42, 0.54};
static const double GREY = 0.5;

/* How much of pixel i lies within from … from + length. */
static double covered(int64_t i, double from, double length) {
    double low = (double)i > from ? (double)i : from;
    double high = (double)(i + 1) < from + length ? (double)(i + 1) : from + length;
    return high > low ? high - low : 0;
}

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    double f = side[v->severity - 1], h = f * (double)v->height, w = f * (double)v->width;
    double top = temper_picture_draw(v, 0) * ((double)v->height - h);
    double left = temper_picture_draw(v, 1) * ((double)v->width - w);
    int64_t pixels = v->height * v->width;
    (void)self;
    for (int64_t k = 0; k < v->features; k++) {
        double a = covered(k % pixels / v->width, top, h) * covered(k % v->width, left, w);
        to[k] = (float)((1 - a) * (double)from[k] + a * GREY);
    }
}

const temper_corruption_type temper_corruption_occlusion = {
    .about = {"occlusion", "a grey rectangle with sides of 0.15, 0.23, 0.32, 0.42, 0.54 of the image's",
              "DeVries & Taylor, arXiv:1708.04552", "severity=2", temper_spoiler_options,
              sizeof(temper_spoiler)},
    .images = true,
    .apply = apply};
