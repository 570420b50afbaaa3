#include "core/rungs.h"
#include <math.h>
#include "base/elementary.h"

double temper_rungs_distance(double a) {
    if (a >= 1) return 0;
    if (a < 1e-6) a = 1e-6;                                       /* further apart than anybody can measure */
    double L = temper_log(a * (2 - a)), w = 4.3307467508 + L / 2; /* 2/(π·0.147) */
    return 2 * sqrt(sqrt(w * w - L / 0.147) - w);
}
