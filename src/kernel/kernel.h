/* The hot loops: one table of functions, filled once per cpu level. Every level gives equal bits; the reference
 * is the judge of the others (tests/kernel). No algorithm mentions an instruction set. */
#ifndef TEMPER_KERNEL_H
#define TEMPER_KERNEL_H

#include <stdint.h>
#include "temper/cpu.h"
#include "temper/stream.h"

enum { TEMPER_LANES = 8 }; /* of doubles, on every level */

typedef struct {
    /* Words first … first+count−1 of the sequence (of, purpose, step): out[k] = temper_word(…, first + k). */
    void (*words)(temper_stream of, temper_purpose purpose, int64_t step, int64_t first, int64_t count,
                  uint32_t *out);
    /* One colour of one row of a ±1 square lattice: sites x = first, first+2, … < width with neighbours
     * up[x], down[x], row[x±1] (periodic). m = number of neighbours that are +1 (0 … 4). The site flips when
     * words[x] < flip[s>0][m], where UINT32_MAX+1 is expressed by bit 2m+(s>0) of `always`.
     * Returns −1, or the first x whose word equals its threshold: that site and those after it are untouched,
     * the caller decides it by its tail and calls again from x+2. All bytes of the three rows are read and those of
     * `row` may be rewritten as they were: the rows of one lattice belong to one thread. */
    int (*lattice_row)(int8_t *row, const int8_t *up, const int8_t *down, int width, int first,
                       const uint32_t *words, const uint32_t flip[2][5], uint32_t always);
    /* How many of count sites of value ±1 differ between a and b. */
    int64_t (*differing)(const int8_t *a, const int8_t *b, int64_t count);
    /* y[k] += a x[k]. The rows don't overlap. */
    void (*lanes_add)(double *restrict y, double a, const double *restrict x, int64_t length);
    /* Σ x[k] y[k] as TEMPER_LANES sums, of k modulo that number, joined in a fixed order; length is a multiple of it. */
    double (*lanes_dot)(const double *x, const double *y, int64_t length);
} temper_kernels;

/* The table of the level in use (temper_cpu_level). */
const temper_kernels *temper_kernel(void);

/* The table of one level, for tests; the caller makes sure that the CPU has it. */
const temper_kernels *temper_kernel_of(temper_cpu level);

#endif
