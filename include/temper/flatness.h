/* flatness: how wide the valley about θ is, by every measure that people use, each with its error and its cost.
 *
 * L = u is the energy per sample of a landscape (mean loss), N its samples, d its dimension. Costs are in gradients of all rows: a gradient 1, an
 * energy ⅓, a Hessian times a vector 2. All results are functions of the landscape, θ, the plan and errand->stream. */
#ifndef TEMPER_FLATNESS_H
#define TEMPER_FLATNESS_H

#include "temper/landscape.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double value, error; /* standard error; 0 where nothing is random; NaN: not measured */
    double cost;
    double rhat; /* of walkers: they agree below 1.05 or so; 0: nobody walked */
} temper_flat;

/* ---- the worst case ---- */

typedef enum {
    TEMPER_BALL, /* |δ| ≤ ρ: SAM (Foret et al. 2021) */
    TEMPER_BALL_ADAPTIVE, /* |δ/|θ|| ≤ ρ, element by element: ASAM (Kwon et al. 2021), blind to rescaled weights */
    TEMPER_BOX            /* |δ_i| ≤ ρ (|θ_i| + 1): Keskar et al. (2017) */
} temper_neighbourhood;

/* max L(θ + δ) − L(θ) over the neighbourhood, from below: `steps` ≥ 1 times δ ← the point of it that the slope at θ + δ points to. One step is
 * SAM's; where L is convex none goes down, and on a quadratic it is power iteration. At a point without slope a random direction begins.
 * error: how much the last step still added. */
TEMPER_API temper_status temper_sharpness_worst(temper_landscape *landscape, const double *theta,
                                                temper_neighbourhood where, double rho, int steps,
                                                const temper_errand *errand, temper_flat *out);

/* ---- the average ---- */

typedef struct {
    double sigma; /* of the Gaussian noise */
    bool
        scaled; /* in units of the weights: of the root mean square of their filter, or of |θ_i| where there are no filters */
    int64_t draws; /* of ±ξ; 32 */
} temper_scatter;

/* E[L(θ + σξ)] − L(θ), ξ standard normal, in pairs ±ξ. To second order σ² tr(H)/2. */
TEMPER_API temper_status temper_sharpness_mean(temper_landscape *landscape, const double *theta,
                                               const temper_scatter *scatter, const temper_errand *errand,
                                               temper_flat *out);
/* PAC-Bayes: the largest σ with E[L(θ + σξ)] ≤ L(θ) + bound, by bisection with the same draws for all σ (scatter->sigma is not used).
 * Infinity where the loss does not rise by so much for σ ≤ 1e6. */
TEMPER_API temper_status temper_sharpness_sigma(temper_landscape *landscape, const double *theta,
                                                const temper_scatter *scatter, double bound,
                                                const temper_errand *errand, temper_flat *out);

/* ---- relative flatness (Petzka et al. 2021) ---- */

/* κ = Σ_{s,s'} ⟨w_s, w_s'⟩ Tr(H_{s,s'}) of one layer's weights, w_s the weights into unit s: the same for all networks that ReLU's rescaling
 * makes of one. part: of temper_landscape_parts, kind TEMPER_PART_WEIGHT; < 0: the sum over all of these. By `probes` random vectors a layer;
 * A is the Hessian there. TEMPER_CANNOT for potentials. */
TEMPER_API temper_status temper_sharpness_relative(const temper_landscape *landscape, const double *theta,
                                                   temper_operator *A, int part, int64_t probes,
                                                   const temper_errand *errand, temper_flat *out);

/* ---- entropy: Langevin walkers about θ ---- */

typedef struct {    /* zeros are defaults */
    int64_t steps;  /* of each walker and state, after warming up for a quarter of that; 400 */
    int walkers;    /* 4; at least 2, so that they can disagree */
    double step;    /* in units of 1/√(largest curvature that a walker feels), 0 < step ≤ 1.5; 0.5 */
    int64_t states; /* of an integration from the free walker to the bound one; 16 */
} temper_walk_plan;

typedef struct {
    double value, error;     /* the integral's error of quadrature is in it */
    double energy;           /* N L at θ (entropy), or L */
    double mean, mean_error; /* ⟨L⟩ of the walkers about θ */
    double distance;         /* √⟨|θ' − θ|²⟩ */
    double rhat;             /* of the worst state: walkers agree where it is below 1.05 or so */
    double cost;
} temper_walked;

/* Local entropy (Chaudhari et al. 2017), in nats, against the Gaussian of variance 1/γ about θ:
 *     S(θ) = ln ⟨exp(−a L(θ'))⟩_{θ' ~ N(θ, 1/γ)},  a = `weight` (0: N)
 * On a L = kx²/2: −½ kγ/(k+γ) x² − ½ ln(1 + k/γ). By thermodynamic integration, S = −a ∫₀¹ ⟨L⟩_λ dλ under exp(−λaL − γ|θ'−θ|²/2). */
TEMPER_API temper_status temper_local_entropy(temper_landscape *landscape, const double *theta, double weight,
                                              double gamma, const temper_walk_plan *plan,
                                              const temper_errand *errand, temper_walked *out);

typedef struct { /* at one distance; see temper_franz_parisi */
    double distance;
    double loss, loss_error;           /* ⟨L⟩ */
    double potential, potential_error; /* V − V(0), nats */
    double entropy, entropy_error; /* of the share of the sphere that walkers stay on: a⟨L⟩ − V ≤ 0 */
    double rhat;
} temper_far;

/* Franz–Parisi potential (Franz & Parisi 1995; Baldassi et al. 2015): walkers under exp(−a L) held at the distance r from θ,
 *     V(r) = −ln ∫ dΩ/|Ω| exp(−a L(θ + rΩ)),    dV/dr = a ⟨Ω·∇L⟩_r
 * integrated by Simpson's rule over distance[n], ascending, > 0: out[n]. cost in *cost (or NULL). d ≥ 2. */
TEMPER_API temper_status temper_franz_parisi(temper_landscape *landscape, const double *theta, double weight,
                                             int64_t n, const double *distance, const temper_walk_plan *plan,
                                             const temper_errand *errand, temper_far *out, double *cost);

/* Local learning coefficient (Lau et al. 2023): λ = a (⟨L⟩ − L(θ)) under exp(−a L − γ|θ' − θ|²/2), with a = `weight` (0: N/ln N, Watanabe's
 * temperature). ½ per direction that costs a square, less for flatter ones, 0 for a free one; γ ties walkers to θ and takes a share γ/(ak + γ)
 * of what curvature k counts. Below 0: θ is not at a minimum. */
TEMPER_API temper_status temper_learning_coefficient(temper_landscape *landscape, const double *theta,
                                                     double weight, double gamma,
                                                     const temper_walk_plan *plan,
                                                     const temper_errand *errand, temper_walked *out);

/* ---- all of them: one table ---- */

enum {
    TEMPER_FLAT_SLOPE, /* |∇L| */
    TEMPER_FLAT_TOP,   /* λ1; error: the residual */
    TEMPER_FLAT_TRACE, /* tr H */
    TEMPER_FLAT_FROBENIUS,
    TEMPER_FLAT_SAM,      /* one step */
    TEMPER_FLAT_WORST,    /* the same ball, `ascent` steps */
    TEMPER_FLAT_ADAPTIVE, /* radius 10ρ */
    TEMPER_FLAT_BOX,      /* 100 (max L − L)/(1 + L) with ρ/10; NaN where L < 0 */
    TEMPER_FLAT_RELATIVE, /* all layers */
    TEMPER_FLAT_RELATIVE_LAST,
    TEMPER_FLAT_MEAN,        /* σ = ρ/√d, as far as SAM's ball reaches */
    TEMPER_FLAT_MEAN_SCALED, /* σ = 2ρ of each weight */
    TEMPER_FLAT_SIGMA,
    TEMPER_FLAT_SIGMA_SCALED,
    TEMPER_FLAT_ENTROPY, /* −S − N L(θ), per parameter: what the valley's width costs */
    TEMPER_FLAT_LEARNING,
    TEMPER_FLATS
};

typedef struct {                     /* zeros are defaults */
    double radius;                   /* ρ; 0.05 */
    int ascent;                      /* 10 */
    double bound;                    /* of PAC-Bayes; 0.1 */
    int64_t products, probes, draws; /* of traces; vectors a layer of relative flatness; 100, 8, 32 */
    double
        gamma; /* of entropy and learning coefficient; 0: of a network d/(|θ|/10)² and d/|θ|², at least 1: walkers alone would go as far as a
                   * tenth of the weights, and as the weights; 1 of a potential, whose origin means nothing */
    temper_walk_plan
        walk; /* of local entropy 0 is 8 states and 100 steps: a table of many networks has to be paid for */
    uint32_t skip; /* bit k: measure k is left out (NaN) */
} temper_flatness_plan;

TEMPER_API const char *temper_flatness_name(int k);  /* "sam_sharpness" */
TEMPER_API const char *temper_flatness_brief(int k); /* a line about it */
TEMPER_API temper_status temper_flatness_find(temper_landscape *landscape, const double *theta,
                                              const temper_flatness_plan *plan, const temper_errand *errand,
                                              temper_flat out[TEMPER_FLATS]);

#ifdef __cplusplus
}
#endif
#endif
