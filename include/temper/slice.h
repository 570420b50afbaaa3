/* slice: a landscape seen along a few directions. Directions are vectors of θ's length, their lengths set by a named rule; a slice is a grid of
 * points θ + Σ x_k d_k with several fields on it; projections tell what random planes show of a Hessian; merge trees tell the valleys of a
 * grid.
 *
 * Directions d[dim] lie in double, in the order of θ. All random ones are draws with an address. */
#ifndef TEMPER_SLICE_H
#define TEMPER_SLICE_H

#include "temper/landscape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- directions ---- */

typedef enum {                     /* Li, Xu, Taylor, Studer & Goldstein (2018) */
               TEMPER_NORM_FILTER, /* each filter f of a weight: d_f ← d_f ‖θ_f‖/‖d_f‖ */
               TEMPER_NORM_LAYER,  /* each array likewise */
               TEMPER_NORM_WEIGHT, /* each entry: d_i ← d_i θ_i */
               TEMPER_NORM_UNIT,   /* d ← d/‖d‖ as a whole */
               TEMPER_NORM_NONE
} temper_direction_norm;

typedef enum {                   /* what becomes of biases, and of scales and shifts of norms */
               TEMPER_BIAS_ZERO, /* they stay where they are: "biasbn" */
               TEMPER_BIAS_KEPT, /* each array is one filter, and gets its norm once */
               TEMPER_BIAS_COPIED /* d = θ there, not random at all: what loss-landscape does unless told to ignore them */
} temper_direction_bias;

/* d[dim] standard normal: numbers of (stream, TEMPER_FOR_DIRECTIONS, step). */
TEMPER_API void temper_direction_random(temper_stream stream, int64_t step, int64_t dim, double *d);
/* Sets lengths, in place. What has length 0 stays 0. The bias rule does not touch potentials. */
TEMPER_API void temper_direction_normalise(const temper_landscape *landscape, const double *theta,
                                           temper_direction_norm norm, temper_direction_bias bias, double *d);
/* d ← d − its part along each of n vectors other[n][dim] that are orthogonal to each other (twice, which is enough); keep: at its length before. TEMPER_BAD_DATA where nothing
 * is left. */
TEMPER_API temper_status temper_direction_orthogonalise(int64_t n, const double *other, int64_t dim,
                                                        bool keep, double *d);
/* Principal components of rows of θ about an origin[dim] (NULL: their mean), by the Gram matrix, cost rows²·dim: direction[k][dim] unit, their
 * largest entry positive; share[k] of the variance. 1 ≤ k < rows; TEMPER_BAD_DATA where the rows span fewer dimensions. */
TEMPER_API temper_status temper_direction_trajectory(int64_t rows, int64_t dim, const double *theta,
                                                     const double *origin, int64_t k, double *direction,
                                                     double *share);
/* Coordinates x[axes] of the point of the plane that is nearest to θ' (least squares), and how far it is from there (or NULL). */
TEMPER_API temper_status temper_direction_project(const double *theta, int axes, const double *direction,
                                                  int64_t dim, const double *point, double *x, double *away);
/* Direction k (0 the first axis) of a user's file. npy: [dim] or [k][dim]. npz: "direction_k", flat; or arrays by their PyTorch names with "x.", "y.",
 * "z." in front, or (k = 0) without; those that are not there are 0. */
TEMPER_API temper_status temper_direction_file(const temper_landscape *landscape, const char *path, int k,
                                               double *d);

/* ---- slices ---- */

typedef struct {
    double from, to;
    int64_t n; /* points, ≥ 2; at i: (from (n−1−i) + to i)/(n−1), so that the middle of −a … a is 0 exactly */
} temper_axis;
TEMPER_API double temper_axis_at(const temper_axis *axis, int64_t i);

typedef enum {
    TEMPER_FIELD_LOSS,
    TEMPER_FIELD_LOSS_ERROR, /* of loss, over the choice of rows; comes with loss */
    TEMPER_FIELD_WRONG,
    TEMPER_FIELD_TEST_LOSS,
    TEMPER_FIELD_TEST_LOSS_ERROR,
    TEMPER_FIELD_TEST_WRONG,
    TEMPER_FIELD_GRADIENT, /* ‖∇L‖: one slope a point */
    TEMPER_FIELD_TOP,      /* ends of the spectrum of H, to 1e-3: some tens of products a point */
    TEMPER_FIELD_BOTTOM,
    TEMPER_FIELD_UPPER, /* κ+ and κ−, the ends of the projected Hessian d_jᵀHd_k: one product an axis */
    TEMPER_FIELD_LOWER,
    TEMPER_FIELD_MEAN, /* their mean: tr/axes */
    TEMPER_FIELDS
} temper_field;
TEMPER_API const char *
temper_field_name(temper_field field); /* "loss", "loss_error", "error", "test_loss", … */

typedef struct {
    const double *theta, *direction; /* [dim], [axes][dim]; copied */
    int axes;                        /* 1 … TEMPER_AXES_MAX */
    temper_axis axis[TEMPER_AXES_MAX];
    unsigned fields; /* 1u << field | … */
    int refine; /* halvings where ln(1 + (L − min)/(median − min)) bends most: each time in a quarter of the cells */
    temper_stream stream;
} temper_slice_plan;

enum { TEMPER_NOT_COMPUTED = 255 };
typedef struct { /* the finest grid: point p = (… i_2 n_1 + i_1) n_0 + i_0 */
    int axes;
    int64_t points;
    temper_axis axis[TEMPER_AXES_MAX];
    const double *field[TEMPER_FIELDS]; /* [points], or NULL where it was not asked for */
    const uint8_t *
        level; /* [points] halving at which the point was computed; TEMPER_NOT_COMPUTED: interpolated linearly between computed ones */
    int64_t computed, wanted; /* points so far, and as far as known */
} temper_slice_view;

/* Work that can be stopped, saved and taken up again between two steps; a point's bits depend on nothing but its place. */
typedef struct temper_slice temper_slice;
TEMPER_API temper_status temper_slice_create(temper_slice **slice, temper_landscape *landscape,
                                             const temper_slice_plan *plan);
TEMPER_API void temper_slice_free(temper_slice *slice);
/* Computes up to `most` further points (0: all). *done: the slice is complete. */
TEMPER_API temper_status temper_slice_step(temper_slice *slice, int64_t most, const temper_errand *errand,
                                           bool *done);
TEMPER_API temper_slice_view temper_slice_look(const temper_slice *slice);
/* All that a slice has learned, as one block of bytes to save and to put back. */
TEMPER_API void *temper_slice_state(temper_slice *slice, size_t *bytes);
TEMPER_API temper_status temper_slice_restored(
    temper_slice *slice); /* after the block was overwritten: TEMPER_BAD_DATA where it makes no sense */

typedef struct { /* curvature beside a slice, along one direction at the centre */
    double length, slope, curvature,
        value; /* |d|, g·d, dᵀHd, and dᵀHd/|d|²: what an eigenvalue is to be compared with */
} temper_beside;
/* beside[axes]; H may be NULL: then the curvatures are NaN. */
TEMPER_API temper_status temper_slice_beside(temper_landscape *landscape, temper_operator *H,
                                             const double *theta, int axes, const double *direction,
                                             temper_beside *beside);

/* ---- what random planes show ---- */

typedef struct {
    int64_t draws;        /* pairs (η, δ), ≥ 2 */
    bool unit;            /* η, δ of length 1; else standard normal */
    temper_stream stream; /* pair k: steps 2k and 2k+1 of TEMPER_FOR_DIRECTIONS */
} temper_projections_plan;

/* κ± are the eigenvalues of the 2 × 2 matrix ηᵀHη, ηᵀHδ, δᵀHδ. Böttcher & Wheeler (2022): for standard normal η, δ the mean of the matrix is tr H·1,
 * and for spread spectra, F = ‖H‖_F,
 *     E κ± = tr H ± F √(π/2),   P(κ+ > 0 > κ−) = 2^{−1/2} exp(−(tr H)²/4F²).
 * Outliers break the last two, not the first. With unit vectors all of it is divided by dim (P is not). */
typedef struct {
    int64_t draws, dim, products;
    double upper, upper_error, lower, lower_error; /* means of κ+, κ− */
    double saddle, saddle_error, minimum, minimum_error, maximum,
        maximum_error;                                     /* shares of planes that look so */
    double trace, trace_error, frobenius, frobenius_error; /* of H, from the same products */
    double upper_theory, lower_theory,
        saddle_theory; /* by the formulas, with trace and frobenius as measured */
    double *kappa;     /* [draws][2] κ+, κ− */
} temper_projections;
TEMPER_API temper_status temper_projections_find(temper_operator *H, const temper_projections_plan *plan,
                                                 const temper_errand *errand, temper_projections *out);
TEMPER_API void temper_projections_clear(temper_projections *projections);

/* ---- valleys ---- */

typedef struct {
    double birth, death; /* height of the valley's floor, and of the pass to an older (deeper) valley; ∞ */
    int64_t minimum, saddle; /* their points; −1 */
    int64_t parent;          /* pair of the valley it flows into; −1 */
} temper_valley;
typedef struct {
    int64_t n;
    temper_valley *
        valley; /* [n] by persistence death − birth, descending; ties by minimum. The first lives for ever. */
} temper_merge_tree;
/* Of values f on a grid n[axes], 1 ≤ axes ≤ 3, first axis fastest, neighbours along the axes. Elder rule; equal values by their place, so valleys of
 * persistence 0 can occur. NaN and ∞ are never reached: two valleys parted by them both live for ever. */
TEMPER_API temper_status temper_merge_tree_find(int axes, const int64_t *n, const double *f,
                                                temper_merge_tree *out);
TEMPER_API void temper_merge_tree_clear(temper_merge_tree *tree);

#ifdef __cplusplus
}
#endif
#endif
