/* Fog: light that reaches the eye past the scene: (x + c·fog)/(1 + c). The fog is a sum of four lattices of random numbers, with 2, 4, 8
 * and 16 cells to a side and half the weight each time, linear in between, stretched to 0 … 1. All channels see the same: grey. */
#include "core/picture.h"

static const double thickness[TEMPER_SEVERITIES] = {0.2, 0.4, 0.7, 1.1, 1.7};
enum { LATTICES = 4, POINTS = 17 };

typedef struct {
    float at[LATTICES][POINTS][POINTS];
} lattices;

static void draw(const temper_victim *v, lattices *l) {
    int64_t k = 0;
    for (int o = 0; o < LATTICES; o++)
        for (int i = 0; i <= 2 << o; i++)
            for (int j = 0; j <= 2 << o; j++) l->at[o][i][j] = (float)temper_picture_draw(v, k++);
}

/* At (y, x) in 0 ≤ y, x < 1. */
static double density(const lattices *l, double y, double x) {
    double sum = 0, weight = 1;
    for (int o = 0; o < LATTICES; o++, weight *= 0.5) {
        double down = y * (2 << o), right = x * (2 << o);
        int i = (int)down, j = (int)right;
        down -= i, right -= j;
        const float(*at)[POINTS] = l->at[o];
        double above = (1 - right) * (double)at[i][j] + right * (double)at[i][j + 1];
        double below = (1 - right) * (double)at[i + 1][j] + right * (double)at[i + 1][j + 1];
        sum += weight * ((1 - down) * above + down * below);
    }
    return sum;
}

static void apply(const void *self, const temper_victim *v, const float *from, float *to) {
    int64_t pixels = v->height * v->width;
    double c = thickness[v->severity - 1], low = 4, high = 0;
    lattices l;
    (void)self;
    draw(v, &l);
    for (int64_t k = 0; k < pixels; k++) {
        double y = ((double)(k / v->width) + 0.5) / (double)v->height;
        v->room[k] = (float)density(&l, y, ((double)(k % v->width) + 0.5) / (double)v->width);
        low = (double)v->room[k] < low ? (double)v->room[k] : low;
        high = (double)v->room[k] > high ? (double)v->room[k] : high;
    }
    for (int64_t k = 0; k < v->features; k++) {
        double fog = high > low ? ((double)v->room[k % pixels] - low) / (high - low) : 1;
        to[k] = (float)(((double)from[k] + c * fog) / (1 + c));
    }
}

const temper_corruption_type temper_corruption_fog = {
    .about = {"fog", "(x + c fog)/(1 + c), c = 0.2, 0.4, 0.7, 1.1, 1.7",
              "after Hendrycks & Dietterich, ICLR 2019", "severity=2", temper_spoiler_options,
              sizeof(temper_spoiler)},
    .images = true,
    .apply = apply};
