/* Blur: a lens out of focus. Each pixel becomes a mean over its neighbours with Gaussian weights, first along rows, then along columns;
 * at the border the pixels that are there share the weight. */
#include "base/elementary.h"
#include "core/picture.h"

static const double sigma[TEMPER_SEVERITIES] = {0.03, 0.045, 0.06, 0.08, 0.11};

typedef struct { /* pixels of a line lie `stride` apart */
    const float *weight;
    int64_t reach, length, stride;
} line;

static void smooth(const line *l, const float *from, float *to) {
    for (int64_t i = 0; i < l->length; i++) {
        double sum = 0, whole = 0;
        for (int64_t k = i > l->reach ? i - l->reach : 0; k <= i + l->reach && k < l->length; k++) {
            double w = (double)l->weight[k < i ? i - k : k - i];
            whole += w, sum += w * (double)from[k * l->stride];
        }
        to[i * l->stride] = (float)(sum / whole);
    }
}

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    double s = sigma[v->severity - 1] * temper_picture_size(v);
    float *between = v->room, *weight = v->room + v->features;
    int64_t reach = (int64_t)(3 * s) + 1, h = v->height, w = v->width; /* reach < 0.33 size + 1 */
    (void)self;
    if (reach >= v->features) reach = v->features - 1;
    for (int64_t k = 0; k <= reach; k++) weight[k] = (float)temper_exp(-0.5 * (double)(k * k) / (s * s));
    const line row = {weight, reach, w, 1}, column = {weight, reach, h, w};
    for (int64_t i = 0; i < v->channels * h; i++) smooth(&row, from + i * w, between + i * w);
    for (int64_t c = 0; c < v->channels; c++)
        for (int64_t j = 0; j < w; j++) smooth(&column, between + c * h * w + j, to + c * h * w + j);
}

const temper_corruption_type temper_corruption_blur = {
    .about = {"blur", "Gaussian blur, σ = 0.03, 0.045, 0.06, 0.08, 0.11 of the image's size",
              "Hendrycks & Dietterich, ICLR 2019", "severity=2", temper_spoiler_options,
              sizeof(temper_spoiler)},
    .images = true,
    .apply = apply};
