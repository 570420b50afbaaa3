/* Systems of ±1 spins with pair couplings, H = −Σ_{pairs} J_ij s_i s_j − Σ h_i s_i, and their local fields
 *
 *     f_i = h_i + Σ_j J_ij s_j        so that        H(s_i → −s_i) − H = 2 s_i f_i.
 *
 * A sparse system keeps its couplings in compressed rows, the layout of temper_bonds. */
#ifndef TEMPER_CORE_PAIRS_H
#define TEMPER_CORE_PAIRS_H

#include "temper/system.h"

typedef struct { /* zero it before the first use */
    int n;
    int64_t *start; /* [n+1] row i is start[i] … start[i+1]−1 */
    int32_t *to;    /* [start[n]] each pair stands in both rows */
    double *J;      /* [start[n]] */
} temper_pairs;

typedef struct { /* one bond; i ≠ j */
    int32_t i, j;
    double J;
} temper_pair;

/* From a list of bonds in any order; a pair that is listed twice counts twice. In a row, bonds keep the order
 * of the list. On failure nothing is kept. */
temper_status temper_pairs_build(temper_pairs *pairs, int n, const temper_pair *list, int64_t count);
void temper_pairs_clear(temper_pairs *pairs);

/* A greedy colouring in site order (at most 1 + the largest degree colours); released by the caller. */
temper_status temper_pairs_colour(const temper_pairs *pairs, int **colour);

/* f[i] for all i; h NULL means no field. */
void temper_pairs_fields(const temper_pairs *pairs, const double *h, const int8_t *s, double *f);
/* s[i] = to, and the fields of its neighbours follow. */
void temper_pairs_set(const temper_pairs *pairs, int8_t *s, double *f, int i, int to);

/* Members of temper_system_type for any system of ±1 sites … */
int temper_spin_alphabet(const void *self, int i, const int8_t **values);
/* … and for one whose cache begins with its n local fields: (s_i − to) f_i. */
double temper_field_cost(const void *self, const int8_t *s, const double *cache, int i, int to);
bool temper_field_yes(const void *self);
/* M = Σ s_i */
int64_t temper_spin_sum(const int8_t *s, int n);

#endif
