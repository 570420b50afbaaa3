/* curvature: a symmetric matrix that is too large to write down, known by what it does to vectors, and what can be learned about it that way.
 *
 * The population of every number is that of the operator: all rows it was made for, never a batch. Every estimate has a standard error, every
 * eigenpair a residual, and nothing depends on threads. */
#ifndef TEMPER_CURVATURE_H
#define TEMPER_CURVATURE_H

#include <stdbool.h>
#include "temper/status.h"
#include "temper/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct temper_operator {
    const char *name; /* "Hessian", "Fisher", … */
    int64_t dim;
    int64_t products; /* vectors multiplied so far */
    void *self;
    temper_status (*apply)(void *self, int64_t n, const double *v,
                           double *out); /* out[n][dim] = A v[n][dim]; they don't overlap */
    void (*release)(void *self);         /* or NULL */
} temper_operator;

/* out[n][dim] = A v[n][dim]; counts the products; TEMPER_DIVERGED where a number is not finite. Not for two callers at a time. */
TEMPER_API temper_status temper_operator_apply(temper_operator *A, int64_t n, const double *v, double *out);
TEMPER_API void temper_operator_free(temper_operator *A); /* NULL is allowed */
TEMPER_API int64_t temper_operator_dim(const temper_operator *A);
/* A between the coordinates index[n] (ascending): the rest held. *out owns A, also when this fails. */
TEMPER_API temper_status temper_operator_restrict(temper_operator **out, temper_operator *A, int64_t n,
                                                  const int64_t *index);

typedef struct { /* what long work is given and tells; everything may be zero */
    temper_stream stream;
    const volatile int *stop; /* TEMPER_STOPPED once it is not 0 */
    void (*tell)(void *context, int64_t done, int64_t total);
    void *context;
} temper_errand;

/* ---- eigenpairs ---- */

typedef enum {
    TEMPER_LARGEST,   /* LA */
    TEMPER_SMALLEST,  /* SA */
    TEMPER_MAGNITUDE, /* LM */
    TEMPER_BOTH_ENDS  /* BE: the larger half of the pairs from the top, the others from the bottom */
} temper_which;

typedef struct { /* zeros are defaults */
    temper_which which;
    int64_t pairs;    /* 1 … dim; 1 */
    double tolerance; /* of |Av − λv|/max|λ|; 1e-6 */
    int64_t most;     /* products; 0: 20·pairs + 300 */
    int64_t dense;    /* up to this dimension the matrix is written down and solved; 0: 600; −1: never */
    int64_t block;    /* vectors at a time; 0: by itself (1, or a block for many pairs) */
    int64_t
        bottom; /* of both ends: how many of the pairs are at the bottom, 1 … pairs − 1; 0: half of them */
} temper_ends_plan;

typedef struct {
    int64_t pairs, dim, products;
    double *value;    /* [pairs] descending */
    double *residual; /* [pairs] |Av − λv|, measured with a product of its own */
    double *vector;   /* [pairs][dim] unit, their largest entry positive */
    bool converged;   /* all residuals are within the tolerance; else the last iterate */
    const char *method;
} temper_ends;

TEMPER_API temper_status temper_ends_find(temper_operator *A, const temper_ends_plan *plan,
                                          const temper_errand *errand, temper_ends *out);
TEMPER_API void temper_ends_clear(temper_ends *ends);

/* ---- the spectrum as a whole ---- */

typedef struct {           /* zeros are defaults */
    int64_t probes, steps; /* 10 random vectors, 80 Lanczos steps each */
    int64_t
        dense; /* up to this dimension all eigenvalues, where that takes no more products; 0: 600; −1: never */
} temper_density_plan;

typedef struct { /* stochastic Lanczos quadrature: raw nodes and weights, unsmoothed */
    int64_t n, probes, steps, products, dim;
    double *node;                      /* [n] ascending: eigenvalues (dense: probes = 0, all of them) */
    double *weight;                    /* [n] Σ = 1: share of the spectrum */
    int32_t *probe;                    /* [n] whose node it is */
    double *residual;                  /* [n] there is an eigenvalue within this distance of the node */
    double moment[4], moment_error[4]; /* tr A^k/dim, k = 1 … 4 */
    double band,
        resolution; /* below(x − resolution) − band ≤ F(x) ≤ below(x + resolution) + band: 95 % for all x at once */
    int64_t
        outliers;   /* eigenvalues that stand apart from the bulk, and how that was judged: see the source */
    double edge[2]; /* of the bulk */
} temper_density_of_states;

TEMPER_API temper_status temper_density_find(temper_operator *A, const temper_density_plan *plan,
                                             const temper_errand *errand, temper_density_of_states *out);
TEMPER_API void temper_density_clear(temper_density_of_states *density);
/* Share of the spectrum at or below x; and bounds that hold for all x at once with 95 % (see density.c). */
TEMPER_API double temper_density_below(const temper_density_of_states *density, double x);
TEMPER_API void temper_density_bounds(const temper_density_of_states *density, double x, double *low,
                                      double *high);

/* ---- sums over the spectrum ---- */

typedef enum { TEMPER_TRACE_AUTO, TEMPER_HUTCHINSON, TEMPER_HUTCHPP, TEMPER_XTRACE } temper_trace_method;

typedef struct {                /* zeros are defaults */
    temper_trace_method method; /* auto: a pilot of at most ten products chooses */
    int64_t products;           /* to spend; 100 */
    double
        relative; /* > 0: stops as soon as the standard error is below this share of |trace| (never before 10 probes) */
} temper_trace_plan;

typedef struct {
    double value, error, low, high; /* standard error; 95 % interval, not symmetric where samples are skew */
    double frobenius, frobenius_error; /* ‖A‖_F, from the same products; NaN where they don't tell */
    int64_t products;
    const char *method;
} temper_trace;

TEMPER_API temper_status temper_trace_find(temper_operator *A, const temper_trace_plan *plan,
                                           const temper_errand *errand, temper_trace *out);
/* Traces of the blocks of coordinates start[b] … start[b + 1], b < n, of layers say, all from the same products (Hutchinson's): 2 or more. */
TEMPER_API temper_status temper_trace_blocks(temper_operator *A, int64_t products, int64_t n,
                                             const int64_t *start, const temper_errand *errand,
                                             temper_trace *out);
/* diag A[dim] with its standard errors (either may be NULL), by Bekas's estimator with Rademacher vectors; exact for diagonal matrices. */
TEMPER_API temper_status temper_diagonal_find(temper_operator *A, int64_t probes, const temper_errand *errand,
                                              double *diagonal, double *error);
/* ln det(A + shift): dense, or by quadrature; the shift must make A positive definite, else TEMPER_BAD_OPTION names the Ritz value. */
TEMPER_API temper_status temper_log_determinant(temper_operator *A, double shift,
                                                const temper_density_plan *plan, const temper_errand *errand,
                                                temper_trace *out);
/* Share of eigenvalues below −threshold, with a 95 % interval: the index of a saddle, divided by dim. */
TEMPER_API temper_status temper_index_find(temper_operator *A, double threshold,
                                           const temper_density_plan *plan, const temper_errand *errand,
                                           temper_trace *out);
/* The same from a density that is there already. */
TEMPER_API void temper_density_index(const temper_density_of_states *density, double threshold,
                                     temper_trace *out);

/* ---- equations ---- */

typedef struct {
    bool definite;    /* conjugate gradients; false: MINRES, for indefinite matrices */
    double shift;     /* (A + shift) x = b */
    double tolerance; /* of |b − (A + shift)x|/|b|; 0: 1e-6 */
    int64_t most;     /* products; 0: 10·dim, at most 1000 */
} temper_solve_plan;

typedef struct {
    double residual; /* |b − (A + shift)x|/|b|, measured */
    int64_t products;
    bool converged;
    double
        curvature; /* cg: the smallest pᵀAp/pᵀp seen; below 0 the matrix is not definite and the iteration stopped there */
} temper_solution;

/* x[dim]: its start, and the solution. */
TEMPER_API temper_status temper_solve(temper_operator *A, const double *b, const temper_solve_plan *plan,
                                      const temper_errand *errand, double *x, temper_solution *out);

#ifdef __cplusplus
}
#endif
#endif
