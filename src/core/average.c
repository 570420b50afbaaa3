#include "core/average.h"
#include <math.h>
#include "core/vectors.h"

enum { CHUNK = 1024 };

int64_t temper_window_stride(const temper_window *window, int64_t epoch) {
    double steps = window->every * (double)epoch + 0.5;
    return steps < 1 ? 1 : (int64_t)steps;
}

static int64_t begins(const temper_window *window, const temper_crew *crew) {
    return (int64_t)(window->from * (double)crew->steps + 0.5);
}

bool temper_window_due(const temper_window *window, const temper_crew *crew) {
    return crew->step > begins(window, crew);
}

temper_status temper_window_check(const temper_window *window, const char *who, const temper_crew *crew,
                                  int64_t least) {
    int64_t stride = temper_window_stride(window, crew->epoch);
    int64_t moments = crew->steps / stride - begins(window, crew) / stride;
    if (moments >= least) return TEMPER_OK;
    return temper_fail(
        TEMPER_BAD_OPTION,
        "%s: from=%g and every=%g choose %lld moment(s) of %lld steps in epochs of %lld, and an "
        "average takes at least %lld: more epochs help, or smaller from, or smaller every",
        who, window->from, window->every, (long long)moments, (long long)crew->steps, (long long)crew->epoch,
        (long long)least);
}

int64_t temper_window_taken(const temper_crew *crew) {
    double n = crew->state[0];
    return n >= 0 && n <= (double)crew->step ? (int64_t)n : 0;
}

/* Invariant: mean + rest is the mean of the n − 1 before, and |rest| ≤ ulp(mean)/2. The sum s of mean and what is new rounds; mean − s
 * is exact (Dekker's fast two-sum), so rest catches what was rounded off. */
void temper_average_add(int64_t dim, int64_t n, const float *x, float *mean, float *rest) {
    float d[CHUNK], s[CHUNK], share = (float)(1 / (double)n);
    for (int64_t k = 0; k < dim; k += CHUNK) {
        int64_t m = dim - k < CHUNK ? dim - k : CHUNK;
        temper_vector_blend(m, 1, x + k, -1, mean + k, d);
        temper_vector_blend(m, 1, d, -1, rest + k, d);
        temper_vector_blend(m, share, d, 1, rest + k, rest + k);
        temper_vector_blend(m, 1, mean + k, 1, rest + k, s);
        temper_vector_blend(m, 1, mean + k, -1, s, d);
        temper_vector_blend(m, 1, rest + k, 1, d, rest + k);
        temper_vector_blend(m, 1, s, 0, NULL, mean + k);
    }
}

void temper_average_spread(int64_t dim, int64_t n, const float *x, const float *mean, float *variance) {
    double share = 1 / (double)n;
    float d[CHUNK], old = (float)(1 - share), fresh = (float)((1 - share) * share);
    for (int64_t k = 0; k < dim; k += CHUNK) {
        int64_t m = dim - k < CHUNK ? dim - k : CHUNK;
        temper_vector_blend(m, 1, x + k, -1, mean + k, d);
        temper_vector_multiply(m, d, d, d);
        temper_vector_blend(m, old, variance + k, fresh, d, variance + k);
    }
}
