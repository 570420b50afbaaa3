#include "core/cycles.h"
#include <math.h>

double temper_cycle_place(int64_t cycles, double s) {
    double at = s * (double)cycles;
    return fmax(at - floor(at + 1e-9), 0);
}

double temper_cycle_sample(int64_t cycles, double sampling, double warm, double q) {
    double n = (double)cycles, at = q * n, cycle = fmax(ceil(at - 1e-9) - 1, 0);
    double within = fmin(fmax(at - cycle, 0), 1);
    double s = fmin((cycle + 1 - sampling * (1 - within)) / n, 1);
    return warm + (1 - warm) * s;
}
