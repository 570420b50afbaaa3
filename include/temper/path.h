/* path: what lies between two places of a landscape, and the saddles on the way. Straight lines after permuting hidden units, curves that were
 * trained to stay low, minimum-energy paths, saddle points, and the way down from them. */
#ifndef TEMPER_PATH_H
#define TEMPER_PATH_H

#include "temper/landscape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- permutation of hidden units: the same function, other coordinates ---- */

typedef struct { /* zeros are defaults */
    int sweeps;  /* at most, over all groups of units: 100 */
    int starts; /* beginnings that are tried, the best one is kept: from inputs and outputs inwards, as it is, then in random orders of the errand's
                    stream; 2 */
} temper_align_plan;

typedef struct {
    int groups; /* sets of units that may change places among themselves; residual connections tie units of many layers into one */
    int64_t units, moved; /* units of all groups, and how many of them found another place */
    int sweeps, start;    /* of the beginning that was kept */
    double cosine[2];     /* of the angle between the two θ, before and after */
    double distance[2];   /* |θ_a − θ_b|, before and after */
} temper_alignment;

/* Weight matching (Ainsworth, Hayase & Srinivasa 2023): units of the network at theta[P] are permuted, group by group by an exact assignment, until
 * Σ θ_fixed·θ cannot grow. Bias and norm parameters move along, and so do statistics[…] (or NULL). Nothing is rounded: numbers change places.
 * Dense layers, convolutions, embeddings, with norms, pooling, shortcuts and sums between; what attention reads and makes stays. Bits depend
 * on the numbers and the stream alone. Cost O(n³ + n²·inputs) for a group of n, a sweep. */
TEMPER_API temper_status temper_align(const temper_network *network, const double *fixed,
                                      const temper_align_plan *plan, const temper_errand *errand,
                                      double *theta, float *statistics, temper_alignment *out);

/* Exact assignment (Hungarian method by shortest augmenting paths, O(n³)): row i takes column match[i] so that Σ cost[i][match[i]] is least.
 * cost[n][n] finite. Fails without memory alone. */
TEMPER_API temper_status temper_assign(int64_t n, const double *cost, int64_t *match);

/* ---- curves ---- */

typedef enum { TEMPER_POLYGON, TEMPER_BEZIER } temper_curve_kind;

typedef struct { /* from knot 0 (t = 0) to the last (t = 1) */
    temper_curve_kind
        kind;           /* polygon: straight between knots, equal time each; Bezier: of degree knots − 1 */
    int64_t knots, dim; /* 2 (a straight line) … 130 */
    double *knot;       /* [knots][dim] */
} temper_route;

/* theta[dim] of time t in 0 … 1. */
TEMPER_API void temper_route_at(const temper_route *route, double t, double *theta);

typedef struct { /* [points] each, at equal steps of t; NaN where there are none */
    int64_t points;
    double *t, *along; /* along: length of the way so far */
    double *loss, *error, *wrong, *test_loss,
        *test_wrong; /* error: standard error of loss − loss at t = 0, paired over rows */
    double length;   /* of the whole way, through these points */
    double straight; /* distance of the ends */
    /* barrier: largest L(t) − [(1−t) L(0) + t L(1)]; rise: largest L(t) − max(L(0), L(1)); both ≥ 0. Their errors over the choice of rows: that
     * of the barrier by the triangle inequality from those of the two differences. */
    double barrier, barrier_error, barrier_t, rise, rise_error, rise_t;
    double test_barrier, test_rise; /* NaN without test rows */
    double mean;                    /* of the loss over t (trapezia) */
} temper_profile;

/* A straight line is one scan, which is cheap for networks; curves are looked at point by point. points ≥ 2. */
TEMPER_API temper_status temper_profile_find(temper_landscape *landscape, const temper_route *route,
                                             int64_t points, const temper_errand *errand,
                                             temper_profile *out);
TEMPER_API void temper_profile_clear(temper_profile *profile);

typedef struct {   /* zeros are defaults */
    int64_t steps; /* gradients; 500 */
    double
        rate; /* Adam's step at the start, in units of |last − first|/√dim; it falls linearly to 0 over the second half; 0.02 */
} temper_curve_plan;

/* Trains the inner knots so that the mean of L over t, uniform in 0 … 1, falls (Garipov et al. 2018). Each step draws one t, TEMPER_FOR_NOISE at
 * that step of the errand's stream, from steps stratified by fours, and takes the slope on all rows. Best started from a straight line. last: mean of the losses seen
 * in the last tenth of the steps. */
TEMPER_API temper_status temper_curve_train(temper_landscape *landscape, const temper_curve_plan *plan,
                                            const temper_errand *errand, temper_route *route, double *last);

/* ---- minimum-energy paths ---- */

typedef struct { /* zeros are defaults */
    bool
        string; /* simplified string (E, Ren & Vanden-Eijnden 2007) instead of a nudged elastic band (Henkelman & Jónsson 2000) */
    bool
        still; /* no image climbs (band); else the highest one does, uphill along the band, once half of the way to convergence is done */
    int64_t steps;    /* at most, each one slope an image; 2000 */
    double rate;      /* string: step of descent; 0: from the curvature that the slopes show */
    double tolerance; /* of the largest force across the path, in units of the first; 1e-6 */
} temper_band_plan;

typedef struct {
    int64_t images, steps, top; /* top: number of the highest inner image */
    double *energy;             /* [images] */
    double *along;              /* [images] length of the way so far */
    double *
        force; /* [images] |slope across the path|, by tangents through the neighbours; of a climbing image the whole slope; 0 at the ends. A string's does not
                           vanish: each step ends a little beside the path, by its length times the slope; its peak is none the worse, as there is no slope there */
    double residual; /* the largest of them */
    double
        peak; /* highest energy: of the climbing image, or of the cubic through energies and slopes along the path */
    double peak_at;    /* where, in units of along */
    double barrier[2]; /* peak − energy of the first and of the last image */
    bool converged, climbed;
} temper_band;

/* route: a polygon whose knots are the images, 3 or more, its ends fixed; they are moved. */
TEMPER_API temper_status temper_band_relax(temper_landscape *landscape, const temper_band_plan *plan,
                                           const temper_errand *errand, temper_route *route,
                                           temper_band *out);
TEMPER_API void temper_band_clear(temper_band *band);

/* ---- saddles ---- */

typedef struct {      /* zeros are defaults */
    int64_t steps;    /* of Newton's method; 100 */
    int64_t descents; /* steps of descent on ½|∇u|² before; 20; −1: none */
    int64_t products; /* of one Newton step; 0: 10·dim, at most 1000 */
    double tolerance; /* of |∇u|; 0: 1e-10 of the first one in double, 1e-4 in single precision */
    double radius;    /* largest move of a step; 0: (1 + |θ|)/4 */
    double
        threshold; /* an eigenvalue counts as negative below −threshold; 0: 1e-8 of the largest in double, 1e-4 in single precision */
    int64_t pairs; /* lowest eigenpairs looked for where the matrix is not written down; 8 */
} temper_saddle_plan;

typedef struct {
    double energy, slope, start_energy, start_slope; /* u and |∇u|, here and where one began */
    double moved;                                    /* distance from there */
    int64_t steps, descents, products;               /* descents: those of the steps that were descent */
    bool converged;
    double
        flat; /* |H ∇u|/(|H| |∇u|): near 0 while |∇u| is not, one is stuck where the slope lies in flat directions (Frye et al. 2021) */
    double threshold; /* as used */
    int64_t index;    /* eigenvalues below −threshold: at least so many where `counted` is false */
    bool counted;
    int64_t level;                    /* eigenvalues within ± threshold; −1: not counted */
    double share, low, high;          /* index/dim and its 95 % interval (equal where counted) */
    double lowest, highest, residual; /* smallest and largest eigenvalue; residual of the smallest */
    double *vector;                   /* [dim] the unit eigenvector of the smallest */
} temper_saddle;

/* From theta[dim] to a point with ∇u = 0, whatever its index: descent on ½|∇u|², whose gradient is H∇u, then Newton steps H p = −∇u by MINRES with a
 * line search on |∇u|. Keeps the best point; that it did not converge is no failure. */
TEMPER_API temper_status temper_saddle_find(temper_landscape *landscape, const temper_saddle_plan *plan,
                                            const temper_errand *errand, double *theta, temper_saddle *out);
/* The same without moving: what kind of a place theta is. */
TEMPER_API temper_status temper_saddle_look(temper_landscape *landscape, const temper_saddle_plan *plan,
                                            const temper_errand *errand, const double *theta,
                                            temper_saddle *out);
TEMPER_API void temper_saddle_clear(temper_saddle *saddle);

enum { TEMPER_FALL_POINTS = 41 };
typedef struct {          /* along ± α v from a place: u(α) − u(0) ≈ (g·v) α + λ α²/2 */
    double lambda, along; /* vᵀHv as given, and g·v */
    double alpha[TEMPER_FALL_POINTS], change[TEMPER_FALL_POINTS], expected[TEMPER_FALL_POINTS];
    double error[TEMPER_FALL_POINTS]; /* of change, over the choice of rows */
    bool falls[2];                    /* somewhere on the side −v, +v */
    double best_alpha, best_change,
        best_error; /* the lowest point of the line search; 0 where nothing falls */
} temper_fall;

/* α: ± reach·2^−k for k = 0 … 19 and 0, ascending; the best is refined by golden section. reach 0: 1 + |θ|. */
TEMPER_API temper_status temper_fall_along(temper_landscape *landscape, const double *theta, const double *v,
                                           double lambda, double reach, const temper_errand *errand,
                                           temper_fall *out);

#ifdef __cplusplus
}
#endif
#endif
