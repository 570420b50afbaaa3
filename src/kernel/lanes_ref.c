/* Rows of doubles in eight lanes: y += a x, and the inner product as eight sums that are added in a fixed order. */
#include "kernel/levels.h"

void temper_lanes_add_ref(double *restrict y, double a, const double *restrict x, int64_t length) {
    for (int64_t k = 0; k < length; k++) y[k] += a * x[k];
}

double temper_lanes_dot_ref(const double *x, const double *y, int64_t length) {
    double lane[TEMPER_LANES] = {0};
    for (int64_t k = 0; k < length; k += TEMPER_LANES)
        for (int l = 0; l < TEMPER_LANES; l++) lane[l] += x[k + l] * y[k + l];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}
