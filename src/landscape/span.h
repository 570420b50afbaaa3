/* Long vectors, and what a few of them span: x[dim], Q[k][dim] in double.
 *
 * The range is cut into pieces of 4096 entries; a piece is summed in eight lanes, and pieces are added in ascending order. So bits depend on dim
 * alone; threads only share the pieces out. */
#ifndef TEMPER_LANDSCAPE_SPAN_H
#define TEMPER_LANDSCAPE_SPAN_H

#include "temper/curvature.h"

double temper_span_dot(int64_t dim, const double *x, const double *y);
double temper_span_norm(int64_t dim, const double *x);
/* y ← a x + b y */
void temper_span_add(int64_t dim, double a, const double *x, double b, double *y);
/* c[j] = Q_j·x, j < k, reading x once a piece. room[k · temper_span_pieces(dim)]. */
void temper_span_project(int64_t dim, int64_t k, const double *Q, const double *x, double *c, double *room);
/* x ← x − Σ c_j Q_j */
void temper_span_subtract(int64_t dim, int64_t k, const double *Q, const double *c, double *x);
/* Q_i ← Σ_j S[i][j] Q_j in place, i < m ≤ k, S[m][stride]. room[32 · 64 · k] */
void temper_span_turn(int64_t dim, int64_t k, double *Q, int64_t m, const double *S, int64_t stride,
                      double *room);
int64_t temper_span_pieces(int64_t dim);
enum { TEMPER_SPAN_TURN = 32 * 64 };

/* x ← its part orthogonal to orthonormal Q[k], by Gram and Schmidt's method twice ("twice is enough", Parlett). c[k] receives Q·x of before (both passes
 * added). Returns |x| of what is left, or 0, with x untouched by any scale, where that is no more than rounding. room[k (pieces + 1)]. */
double temper_span_orthogonal(int64_t dim, int64_t k, const double *Q, double *x, double *c, double *room);

/* Random vectors, addressed: purpose TEMPER_FOR_PROBES, step = role·2^32 + number. */
typedef enum {
    TEMPER_ROLE_START = 1, /* of Lanczos */
    TEMPER_ROLE_DENSITY = 2,
    TEMPER_ROLE_PILOT = 3,
    TEMPER_ROLE_SKETCH = 4,
    TEMPER_ROLE_TRACE = 5,
    TEMPER_ROLE_DIAGONAL = 6,
    TEMPER_ROLE_DIFFERENCE = 7
} temper_role;
void temper_span_signs(temper_stream stream, temper_role role, int64_t number, int64_t dim, double *x);
void temper_span_normals(temper_stream stream, temper_role role, int64_t number, int64_t dim, double *x);
/* The largest entry (of equal ones the first) becomes positive. */
void temper_span_orient(int64_t dim, double *x);

#endif
