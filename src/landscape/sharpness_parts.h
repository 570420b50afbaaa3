/* What the files of sharpness share. */
#ifndef TEMPER_LANDSCAPE_SHARPNESS_PARTS_H
#define TEMPER_LANDSCAPE_SHARPNESS_PARTS_H

#include "kernel/net.h"
#include "temper/flatness.h"

enum { TEMPER_SHARPNESS_TILE = 256 };
/* Whose draws: the high bits of the step. */
enum { TEMPER_SHARPNESS_WORST = 1, TEMPER_SHARPNESS_MEAN = 2, TEMPER_SHARPNESS_RELATIVE = 3 };

/* xi[n]: standard normals of errand->stream (NULL: stream 0), TEMPER_FOR_TESTS, at this step. */
void temper_sharpness_normals(const temper_errand *errand, int64_t step, int64_t n, double *xi);

#endif
