/* units: the conditional laws of units in a field, sixteen chains side by side. A unit in the field x has weight exp(x s) times its
 * reference measure: binary s = 0, 1; spin s = −1, 1 (so p(+1) = 1/(1 + e^{−2x}): a factor 2); potts one of q components is 1, with
 * weight e^{x_a}; gaussian exp(x s − s²/2), a normal of mean x; relu the same on s ≥ 0, a normal of mean x cut off at 0.
 *
 * Arrays are [components][16] floats. Random words have an address of their own for every unit and lane, so that what a chain
 * draws depends on its place alone; every level gives equal bits. */
#ifndef TEMPER_KERNEL_UNITS_H
#define TEMPER_KERNEL_UNITS_H

#include "temper/cpu.h"
#include "temper/machine.h"

typedef struct {
    temper_unit unit;
    int64_t n, states; /* units, and components of each (1 unless potts) */
    const float *x;    /* [n·states][16] fields */
    float *s;          /* [n·states][16] drawn; may be x, but not in part */
    temper_stream stream;
    temper_purpose purpose;
    int64_t step;
    int64_t
        first; /* word of unit 0, a multiple of 16; those of unit i begin temper_unit_words(unit)·i later */
} temper_draw;

typedef struct
{ /* y[j][lane] = bias[j] + Σ_k A(j, k) s[k][lane] in double: each product is exact, each sum rounded once, k in order */
    int64_t m, k;
    const float *a; /* A(j, k) = a[j·a_row + k·a_k] */
    ptrdiff_t a_row, a_k;
    const float *s;    /* [k][16] */
    const float *bias; /* [m]; NULL: the sums begin at y */
    double *y;         /* [m][16] */
} temper_wide_sums;

typedef struct {
    void (*draw)(const temper_draw *);
    /* Means of n units in fields x; in place is allowed. Relative error below 1e-6 (docs of each in units_body.h). */
    void (*mean)(temper_unit unit, int64_t n, int64_t states, const float *x, float *mean);
    void (*sums)(const temper_wide_sums *);
} temper_unit_kernels;

/* Words of a unit for all sixteen lanes. */
int64_t temper_unit_words(temper_unit unit);

const temper_unit_kernels *temper_unit_kernel(void); /* of the level in use */
const temper_unit_kernels *temper_unit_kernel_of(temper_cpu level);
extern const temper_unit_kernels temper_units_ref, temper_units_avx2, temper_units_avx512;

#endif
