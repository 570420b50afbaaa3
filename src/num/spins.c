#include "num/spins.h"
#include <stdlib.h>
#include <string.h>

/* As unsigned bytes +1 is 1 and −1 is 255: two spins differ by 0 or by 254. Sums of absolute differences of bytes
 * are what every vector unit adds fastest, and compilers know the form. A block's sum stays far below 2^31. */
enum { UNEQUAL = 254, BLOCK = 4096 };

static int unequal(const uint8_t *a, const uint8_t *b, int n) {
    int sum = 0;
    for (int k = 0; k < n; k++) sum += abs(a[k] - b[k]);
    return sum / UNEQUAL;
}

static int block(int64_t rest) { return rest < BLOCK ? (int)rest : BLOCK; }

int64_t temper_spins_dot(const int8_t *a, const int8_t *b, int64_t n) {
    int64_t different = 0;
    for (int64_t from = 0; from < n; from += BLOCK)
        different += unequal((const uint8_t *)a + from, (const uint8_t *)b + from, block(n - from));
    return n - 2 * different;
}

int64_t temper_spins_sum(const int8_t *a, int64_t n) {
    uint8_t up[BLOCK];
    int64_t down = 0;
    memset(up, 1, (size_t)block(n));
    for (int64_t from = 0; from < n; from += BLOCK)
        down += unequal((const uint8_t *)a + from, up, block(n - from));
    return n - 2 * down;
}
