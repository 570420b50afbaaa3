/* The Hopfield network with P = αN random patterns, J = (1/N) Σ_μ ξξᵀ without diagonal: Amit, Gutfreund and
 * Sompolinsky's replica-symmetric theory with one condensed pattern.
 *
 * A spin (in the gauge of the pattern) feels the field x = m + σz: the signal, and the noise of the other patterns of
 * variance σ² = αr. With q = ⟨tanh²βx⟩ and C = β(1 − q),
 *
 *     m = ⟨tanh βx⟩,   r = q/(1 − C)²,   so that   α = σ²(1 − C)²/q                                   (*)
 *
 * is explicit in σ at given T. Branches are monotone pieces of α(σ): retrieval (largest m > 0) rises from α = 0 to
 * the capacity α_M(T), its maximum; the spin glass (m = 0) begins where C = 1. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "num/gaussian_spin.h"
#include "num/roots.h"
#include "temper/theory.h"

typedef struct {
    double alpha;
    double T_M, T_c; /* retrieval exists below T_M and is the equilibrium below T_c; NaN: nowhere */
} hopfield;

enum { ENERGY, FREE_ENERGY, ENTROPY, HEAT_CAPACITY, M, Q, R, REPLICON, ALPHA_C, M_C, T_M, T_C, T_G };
static const char *const fields[] = {"energy", "free_energy", "entropy", "heat_capacity", "m",   "q",
                                     "r",      "replicon",    "alpha_c", "m_c",           "T_M", "T_c",
                                     "T_g",    NULL};

static const double root_half_pi = 1.253314137315500251207882642405522627;
static const double root_2 = 1.414213562373095048801688724209698079;

typedef struct {
    double T, sigma, m, q, C;
    double t_ln_2cosh;      /* T⟨ln 2cosh βx⟩ */
    temper_gaussian_spin g; /* all averages, at T > 0 */
} state;

/* Fills q, C and returns ⟨tanh βx⟩ at the state's m; at T = 0, ⟨sign x⟩ = erf(m/(√2σ)) and C = ⟨2δ(x)⟩. */
static double average(state *x, int all) {
    if (x->T > 0) {
        x->g = temper_spin_average(1 / x->T, x->m, x->sigma * x->sigma, all);
        x->q = x->g.q;
        x->C = x->g.s / x->T;
        x->t_ln_2cosh = x->T * x->g.ln_2cosh;
        return x->g.m;
    }
    double y = x->sigma > 0 ? x->m / (root_2 * x->sigma) : INFINITY;
    x->q = 1;
    x->C = x->sigma > 0 ? exp(-y * y) / (root_half_pi * x->sigma) : 0;
    x->t_ln_2cosh = x->m * erf(y) + x->sigma * x->sigma * x->C;
    return erf(y);
}

/* The largest root m of m = ⟨tanh β(m + σz)⟩, whose right side is concave: Newton from m = 1 comes down to it. The
 * slope of the right side in m is C. */
static void magnetise(state *x) {
    x->m = 1;
    for (int n = 0; n < 200; n++) {
        double step = (x->m - average(x, 0)) / (1 - x->C);
        if (!(step > 1e-15 * x->m)) return;
        x->m -= step;
        if (x->m < 1e-12) break;
    }
    if (x->m < 1e-12) x->m = 0;
    average(x, 0);
}

/* ---- the curve (*) ------------------------------------------------------------------------------------------- */

typedef struct {
    double T, alpha;
} target;

static double load(const state *x) { return x->sigma * x->sigma * (1 - x->C) * (1 - x->C) / x->q; }

/* α(σ) − α on the retrieval branch; the branch ends where m → 0, there C = 1 and α = 0. */
static double retrieval_load(const void *context, double sigma) {
    const target *a = context;
    state x = {.T = a->T, .sigma = sigma};
    magnetise(&x);
    return load(&x) - a->alpha;
}

/* The same with m = 0. As σ → 0, q → (βσ)² and α → (T − 1)². */
static double glass_load(const void *context, double sigma) {
    const target *a = context;
    state x = {.T = a->T, .sigma = sigma};
    if (sigma == 0) return (a->T > 1 ? (a->T - 1) * (a->T - 1) : 0) - a->alpha;
    average(&x, 0);
    return (x.C < 1 ? load(&x) : 0) - a->alpha;
}

static double glass_stiffness(const void *context, double sigma) {
    state x = {.T = ((const target *)context)->T, .sigma = sigma};
    if (sigma == 0) return 1 - 1 / x.T;
    average(&x, 0);
    return 1 - x.C;
}

/* σ where C = 1 at m = 0: retrieval ends and the glass begins. */
static double frontier(double T) {
    target a = {T, 0};
    if (T >= 1) return 0;
    return T == 0 ? 1 / root_half_pi : temper_root(glass_stiffness, &a, 0, 1 / root_half_pi);
}

/* α_M(T), with the noise σ at which it is reached. */
static double capacity(double T, double *sigma) {
    target a = {T, 0};
    *sigma = 0;
    return T < 1 ? temper_maximum(retrieval_load, &a, 0, frontier(T), sigma) : 0;
}

/* ---- states at given α and T --------------------------------------------------------------------------------- */

static bool retrieval(double T, double alpha, state *x) {
    target a = {T, alpha};
    *x = (state){.T = T};
    if (T >= 1) return false;
    if (alpha > 0) {
        double top, most = capacity(T, &top);
        if (alpha > most) return false;
        x->sigma = temper_root(retrieval_load, &a, 0, top);
        if (isnan(x->sigma)) x->sigma = top; /* α = α_M to rounding */
    }
    magnetise(x);
    average(x, 1);
    return x->m > 0;
}

/* Spin glass, or above T_g = 1 + √α the paramagnet σ = 0. Always σ − √(2/π) ≤ √α, with equality at T = 0. */
static void disordered(double T, double alpha, state *x) {
    target a = {T, alpha};
    *x = (state){.T = T};
    if (alpha > 0 && T < 1 + sqrt(alpha)) {
        double low = frontier(T), high = 1 / root_half_pi + sqrt(alpha);
        x->sigma = T == 0 ? high : temper_root(glass_load, &a, low, high);
        if (isnan(x->sigma)) x->sigma = 0; /* T = T_g to rounding */
    }
    average(x, 1);
}

/* f = α/2 + m²/2 + ½σ²C + (α/2)[T ln(1−C) − q/(1−C)] − T⟨ln 2cosh βx⟩. The diagonal left out of J gives α/2. */
static double free_energy(const state *x, double alpha) {
    double v = x->sigma * x->sigma, noise = x->T > 0 ? x->T * log1p(-x->C) : 0;
    return alpha / 2 + x->m * x->m / 2 + v * x->C / 2 + alpha / 2 * (noise - x->q / (1 - x->C)) -
           x->t_ln_2cosh;
}

/* −β² du/dβ: q′ and m′ solve the linear system that differentiating (*) gives, with v = σ² = αq/(1−C)². */
static double heat_capacity(const state *x, double alpha) {
    const temper_gaussian_spin *g = &x->g;
    double beta = 1 / x->T, D = 1 - x->C, v = x->sigma * x->sigma, q1 = 0, m1 = 0, v1 = 0;
    if (v > 0 || x->m > 0) {
        double a = alpha / (D * D) - 2 * alpha * x->q * beta / (D * D * D); /* v′ = a q′ + b */
        double b = 2 * alpha * x->q * g->s / (D * D * D);
        double a11 = 1 - g->m_mu, a12 = -g->m_v * a, b1 = g->m_beta + g->m_v * b;
        double a21 = -g->q_mu, a22 = 1 - g->q_v * a, b2 = g->q_beta + g->q_v * b;
        double determinant = a11 * a22 - a12 * a21;
        m1 = (b1 * a22 - a12 * b2) / determinant;
        q1 = (a11 * b2 - a21 * b1) / determinant;
        v1 = a * q1 + b;
    }
    double C1 = g->s - beta * q1;
    return beta * beta * (x->m * m1 + alpha / 2 * C1 / (D * D) + (v1 * x->C + v * C1) / 2);
}

static bool solve(double T, double alpha, state *x) {
    if (retrieval(T, alpha, x)) return true;
    disordered(T, alpha, x);
    return false;
}

/* At low temperature c is linear in T, while the formula divides rounding errors by T³. */
static double safe_heat_capacity(const state *x, double alpha) {
    const double linear = 2e-3;
    state y;
    if (x->T == 0) return 0;
    if (x->T >= linear) return heat_capacity(x, alpha);
    solve(linear, alpha, &y);
    return (y.m > 0) == (x->m > 0) ? heat_capacity(&y, alpha) * x->T / linear : NAN;
}

/* ---- the theory ------------------------------------------------------------------------------------------------ */

static double advantage(const void *context, double T) { /* of retrieval over the glass */
    double alpha = *(const double *)context;
    state memory, glass;
    if (!retrieval(T, alpha, &memory)) return NAN;
    disordered(T, alpha, &glass);
    return free_energy(&memory, alpha) - free_energy(&glass, alpha);
}

static double spare_capacity(const void *context, double T) {
    double sigma;
    return capacity(T, &sigma) - *(const double *)context;
}

/* α_M(T) falls from its maximum near T = 0.02 to 0 at T = 1; the line is re-entrant below (replicon < 0 there). */
static temper_status build(void *self) {
    hopfield *a = self;
    double warm = 0.02;
    a->T_M = a->T_c = NAN;
    if (a->alpha == 0) {
        a->T_M = a->T_c = 1;
        return TEMPER_OK;
    }
    if (a->alpha > 0.1383) return TEMPER_OK;
    if (spare_capacity(&a->alpha, warm) < 0 &&
        temper_maximum(spare_capacity, &a->alpha, 0.01, 0.04, &warm) < 0)
        return TEMPER_OK;
    a->T_M = temper_root(spare_capacity, &a->alpha, warm, 1);
    double below = a->T_M * (1 - 1e-10);
    if (advantage(&a->alpha, 0) < 0 && advantage(&a->alpha, below) > 0)
        a->T_c = temper_root(advantage, &a->alpha, 0, below);
    return TEMPER_OK;
}

static void constants(const hopfield *a, double T, double *values) {
    state x = {.T = T};
    values[ALPHA_C] = capacity(T, &x.sigma);
    if (T < 1) magnetise(&x);
    values[M_C] = x.m;
    values[T_M] = a->T_M;
    values[T_C] = a->T_c;
    values[T_G] = 1 + sqrt(a->alpha);
}

static temper_status at(const void *self, double T, double *values) {
    const hopfield *a = self;
    const double alpha = a->alpha;
    state x;
    double little = T < 1e-8 ? T : 0; /* β·rounding of x would exceed what T² leaves out */
    if (little > 0) T = 0;
    constants(a, T, values);
    if (isinf(T)) {
        for (int k = ENERGY; k <= REPLICON; k++) values[k] = 0;
        values[FREE_ENERGY] = -INFINITY;
        values[ENTROPY] = log(2);
        values[REPLICON] = 1;
        return TEMPER_OK;
    }
    solve(T, alpha, &x);
    double D = 1 - x.C, v = x.sigma * x.sigma;
    values[ENERGY] = -x.m * x.m / 2 - alpha / 2 * x.C / D - v * x.C / 2;
    values[ENTROPY] = (T > 0 ? x.g.entropy : 0) - alpha / 2 * (log1p(-x.C) + x.C / D);
    values[FREE_ENERGY] = free_energy(&x, alpha) - little * values[ENTROPY];
    values[HEAT_CAPACITY] = safe_heat_capacity(&x, alpha);
    values[M] = x.m;
    values[Q] = x.q;
    values[R] = x.q / (D * D);
    values[REPLICON] = T > 0 ? 1 - alpha / (D * D) * x.g.ss / T / T : x.C > 0 ? -INFINITY : 1;
    return TEMPER_OK;
}

/* Random patterns stored by Hebb's rule, no thresholds. */
static bool judges(const temper_system *system, char *text, size_t size, const char **worth) {
    double b = 0;
    const int8_t *xi;
    const char *rule, *file;
    if (strcmp(system->type->about.name, "hopfield") || !system->type->patterns) return false;
    if ((rule = temper_system_choice(system, "rule")) && strcmp(rule, "hebb")) return false;
    if ((file = temper_system_choice(system, "file")) && *file) return false;
    temper_system_option(system, "b", &b);
    if (b != 0) return false;
    double alpha = (double)system->type->patterns(system->self, &xi) / system->n;
    *worth = "N = infinity, started at a pattern";
    int length = snprintf(text, size, "hopfield:alpha=%.17g", alpha);
    return alpha <= 1e6 && length > 0 && (size_t)length < size;
}

static const temper_option options[] = {
    {"alpha", TEMPER_REAL, offsetof(hopfield, alpha), "0.1", 0, 1e6, NULL, "", "load: patterns per neuron"},
    {0}};

const temper_theory_type temper_theory_hopfield = {
    .about =
        {.name = "hopfield",
         .brief =
             "Hopfield network at load alpha, N = infinity, replica symmetric: the retrieval state where it "
             "exists, else spin glass or paramagnet",
         .reference = "Amit, Gutfreund & Sompolinsky, Ann. Phys. 173, 30 (1987)",
         .specimen = "",
         .options = options,
         .size = sizeof(hopfield)},
    .build = build,
    .fields = fields,
    .at = at,
    .judges = judges};
