#include "core/resample.h"
#include <math.h>

void temper_resample_count(int n, const double *order, double sum, double u, double *copies) {
    double R = n, running = 0, before = 0;
    for (int k = 0; k < n; k++) {
        double *count = &copies[(int)order[k]];
        running += *count;
        double after =
            k + 1 < n ? ceil(running * (R / sum) - u) : R; /* whole numbers below running·R/sum − u */
        after = after < before ? before : after > R ? R : after;
        *count = after - before;
        before = after;
    }
}
