/* joiner: sums of chunks 0, 1, 2 … added up as a binary counter counts: a tree that their number alone decides, in constant memory. 2^k
 * chunks that begin at a multiple of 2^k are a branch of it, and so is what is left at the end: parts of that size may be summed apart, on
 * any thread, and their sums joined. */
#ifndef TEMPER_KERNEL_JOINER_H
#define TEMPER_KERNEL_JOINER_H

#include <stdint.h>

typedef struct { /* start from {.count = 0} */
    double level[64];
    uint64_t count;
} joiner;

static inline void join(joiner *j, double sum) {
    int at = 0;
    for (uint64_t c = j->count++; c & 1; c >>= 1) sum = j->level[at++] + sum;
    j->level[at] = sum;
}

static inline double joined(const joiner *j) {
    double sum = 0;
    int at = 0;
    for (uint64_t c = j->count; c; c >>= 1, at++)
        if (c & 1) sum = j->level[at] + sum;
    return sum;
}

#endif
