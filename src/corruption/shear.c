/* Shear: rows slide by s times their distance from the centre, to the left or to the right; or columns do, up or down. */
#include "core/picture.h"

static const double slope[TEMPER_SEVERITIES] = {0.12, 0.24, 0.36, 0.5, 0.68};

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    double s = slope[v->severity - 1];
    (void)self;
    if (temper_picture_draw(v, 0) < 0.5) s = -s;
    bool rows = temper_picture_draw(v, 1) < 0.5;
    const double matrix[2][2] = {{1, rows ? 0 : s}, {rows ? s : 0, 1}};
    temper_picture_warp(v, matrix, from, to);
}

const temper_corruption_type temper_corruption_shear = {
    .about = {"shear",
              "rows or columns slide by 0.12, 0.24, 0.36, 0.5, 0.68 of their distance from the centre",
              "Mu & Gilmer, MNIST-C, 2019", "severity=2", temper_spoiler_options, sizeof(temper_spoiler)},
    .images = true,
    .apply = apply};
