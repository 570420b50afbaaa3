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

/* One of the four pixels that a place lies between. */
static void add_pixel(const temper_victim *v, float weight, int64_t down, int64_t right, const float *from,
                      float *to) {
    const int64_t h = v->height, w = v->width;
    int64_t first = right < 0 ? -right : 0, last = right > 0 ? w - right : w;
    for (int64_t i = 0; i < v->channels * h; i++) {
        if (i % h + down < 0 || i % h + down >= h) continue;
        const float *row = from + (i + down) * w + right;
        for (int64_t j = first; j < last; j++) to[i * w + j] += weight * row[j];
    }
}

void temper_picture_add(const temper_victim *v, double weight, const double place[2], const float *from,
                        float *to) {
    double top = floor(place[0]), left = floor(place[1]), down = place[0] - top, right = place[1] - left;
    int64_t i = (int64_t)top, j = (int64_t)left;
    add_pixel(v, (float)(weight * (1 - down) * (1 - right)), i, j, from, to);
    add_pixel(v, (float)(weight * (1 - down) * right), i, j + 1, from, to);
    add_pixel(v, (float)(weight * down * (1 - right)), i + 1, j, from, to);
    add_pixel(v, (float)(weight * down * right), i + 1, j + 1, from, to);
}

void temper_picture_warp(const temper_victim *v, const double matrix[2][2], const float *from, float *to) {
    double middle[2] = {0.5 * (double)(v->height - 1), 0.5 * (double)(v->width - 1)};
    for (int64_t c = 0; c < v->channels; c++)
        for (int64_t i = 0; i < v->height; i++)
            for (int64_t j = 0; j < v->width; j++) {
                double y = (double)i - middle[0], x = (double)j - middle[1];
                double u = matrix[0][0] * y + matrix[0][1] * x + middle[0];
                double w = matrix[1][0] * y + matrix[1][1] * x + middle[1];
                *to++ = (float)temper_picture_at(v, from + c * v->height * v->width, u, w);
            }
}
