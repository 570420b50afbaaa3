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

void temper_resample_place(const temper_brood *b, void (*follow)(void *context, int place, int parent),
                           void *context) {
    int dead = 0, placed = 0;
    for (int k = 0; k < b->R; k++) {
        int parent = (int)b->order[k];
        for (int c = 0; c < (int)b->copies[parent]; c++) {
            int place = parent;
            if (c > 0) {
                while (b->copies[dead] > 0) dead++;
                place = dead++;
                follow(context, place, parent);
                b->family[place] = b->family[parent];
            }
            b->fresh[placed++] = place;
        }
    }
    for (int k = 0; k < b->R; k++) b->order[k] = b->fresh[k];
}
