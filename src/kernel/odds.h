/* odds: sums over 0/1 units without exp or log. A unit in a field x has odds u = e^x and z = 1 + u; a neighbour with coupling w that
 * turns on multiplies u by f = e^w. So ln Π z over a layer is a product of sums, and only the exponent of the product has to be
 * watched.
 *
 * Products come as mantissa·2^exponent, from TEMPER_LANES products of the units k modulo that number, whose exponents are taken off
 * (exactly) after every `group` factors and which are joined in a fixed order: equal bits on every level. Rows have a multiple of
 * TEMPER_LANES elements and are padded with u = 0; 1 ≤ group, and (1 + u)^group below 2^1000 for every u that occurs. */
#ifndef TEMPER_KERNEL_ODDS_H
#define TEMPER_KERNEL_ODDS_H

#include <stdint.h>
#include "temper/cpu.h"

typedef struct {
    double mantissa; /* in [1, 2^8) */
    int64_t exponent;
} temper_scaled;

typedef struct {
    /* The four states of two neighbours f and g: Π(1 + u), Π(1 + u f), Π(1 + u g), Π(1 + u f g). */
    void (*four)(const double *u, const double *f, const double *g, int64_t n, int64_t group,
                 temper_scaled out[4]);
    /* Means of the units, u/(1 + u), in these four states (f is on in states 1 and 3, g in 2 and 3; f[2] holds both) with weights w:
     * the sum over all states goes to sum[0][n], over those with f on is added to sum[1][n], with g on to sum[2][n]. */
    void (*means)(const double *u, const double *const f[2], int64_t n, const double w[4],
                  double *const sum[3]);
    /* Π(1 + u f) */
    temper_scaled (*one)(const double *u, const double *f, int64_t n, int64_t group);
    /* p = u f/(1 + u f) */
    void (*chance)(const double *u, const double *f, int64_t n, double *p);
} temper_odds;

const temper_odds *temper_odds_now(void); /* of the level in use */
const temper_odds *temper_odds_of(temper_cpu level);

extern const temper_odds temper_odds_ref, temper_odds_avx2, temper_odds_avx512;

#endif
