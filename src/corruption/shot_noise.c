/* Shot noise: light comes in photons, and a pixel counts few of them: x' = n/λ, n Poisson with mean λ x. The variance x/λ grows with the
 * light, so that black stays black. */
#include "base/elementary.h"
#include "core/picture.h"

static const double photons[TEMPER_SEVERITIES] = {30, 12, 6, 3, 1.5};

/* The smallest n with P(0) + … + P(n) > u, P(n) = P(n − 1)·mean/n; a mean of at most 30. */
static int64_t poisson(double mean, double u) {
    double p = temper_exp(-mean), sum = p;
    int64_t n = 0;
    while (u >= sum && n < 1000) p *= mean / (double)++n, sum += p;
    return n;
}

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    double lambda = photons[v->severity - 1];
    (void)self;
    for (int64_t k = 0; k < v->features; k++) {
        double x = from[k] > 0 ? from[k] < 1 ? (double)from[k] : 1 : 0;
        to[k] = x > 0 ? (float)((double)poisson(lambda * x, temper_picture_draw(v, k)) / lambda) : 0;
    }
}

const temper_corruption_type temper_corruption_shot_noise = {
    .about = {"shot_noise", "n/λ, n Poisson with mean λ x, λ = 30, 12, 6, 3, 1.5 photons",
              "Hendrycks & Dietterich, ICLR 2019", "severity=2", temper_spoiler_options,
              sizeof(temper_spoiler)},
    .images = true,
    .apply = apply};
