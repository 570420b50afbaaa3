/* Pictures that are moved and bent. */
#include "core/picture.h"
#include <math.h>
#include "base/elementary.h"

const temper_option temper_spoiler_options[] = {{"severity", TEMPER_INT, offsetof(temper_spoiler, severity),
                                                 "3", 1, TEMPER_SEVERITIES, NULL, "", "1: mild … 5: severe"},
                                                {0}};

double temper_picture_draw(const temper_victim *v, int64_t k) {
    return temper_uniform(v->stream, TEMPER_FOR_AUGMENTATION, v->row, k);
}

double temper_picture_size(const temper_victim *v) {
    return (double)(v->height < v->width ? v->height : v->width);
}

void temper_picture_direction(double turn, double direction[2]) {
    temper_sincos2pi(turn, &direction[0], &direction[1]);
}

static double pixel(const temper_victim *v, const float *channel, int64_t i, int64_t j) {
    return i < 0 || i >= v->height || j < 0 || j >= v->width ? 0 : (double)channel[i * v->width + j];
}

double temper_picture_at(const temper_victim *v, const float *channel, double y, double x) {
    if (!(y > -1 && y < (double)v->height && x > -1 && x < (double)v->width)) return 0;
    double top = floor(y), left = floor(x), down = y - top, right = x - left;
    int64_t i = (int64_t)top, j = (int64_t)left;
    double above = (1 - right) * pixel(v, channel, i, j) + right * pixel(v, channel, i, j + 1);
    double below = (1 - right) * pixel(v, channel, i + 1, j) + right * pixel(v, channel, i + 1, j + 1);
    return (1 - down) * above + down * below;
}

void temper_picture_warp(const temper_victim *v, const temper_warp *warp, const float *from, float *to) {
    double middle[2] = {0.5 * (double)(v->height - 1), 0.5 * (double)(v->width - 1)};
    for (int64_t c = 0; c < v->channels; c++)
        for (int64_t i = 0; i < v->height; i++)
            for (int64_t j = 0; j < v->width; j++) {
                double y = (double)i - middle[0], x = (double)j - middle[1];
                double u = warp->matrix[0][0] * y + warp->matrix[0][1] * x + warp->offset[0] + middle[0];
                double w = warp->matrix[1][0] * y + warp->matrix[1][1] * x + warp->offset[1] + middle[1];
                *to++ = (float)temper_picture_at(v, from + c * v->height * v->width, u, w);
            }
}
