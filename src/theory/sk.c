/* The Sherrington–Kirkpatrick spin glass, J_ij ~ N(J0/N, J²/N), in a field h: replica-symmetric theory. Below the line
 * of de Almeida and Thouless the solution is unstable (replicon < 0) and its numbers are not the truth: its entropy
 * even turns negative. Energies here are in units of J. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "num/gaussian_spin.h"
#include "num/roots.h"
#include "temper/theory.h"

typedef struct {
    double J, J0, h;
} sk;

enum { ENERGY, FREE_ENERGY, ENTROPY, HEAT_CAPACITY, MAGNETISATION, Q, REPLICON, H_AT };
static const char *const fields[] = {
    "energy", "free_energy", "entropy", "heat_capacity", "magnetisation", "q", "replicon", "h_AT", NULL};

static const double ln_2 = 0.693147180559945309417232121458176568,
                    root_half_pi = 1.253314137315500251207882642405522627;
static const double root_2 = 1.414213562373095048801688724209698079;

/* The mean field of a spin is x = √q z + J0 m + h. T = 0: tanh βx → sign x and q → 1. */
typedef struct {
    double T, J0, h; /* h ≥ 0: the sign is put back at the end */
    double q;        /* trial value while m is sought */
} model;

static temper_gaussian_spin spin(const model *a, double m, int all) {
    return temper_spin_average(1 / a->T, a->J0 * m + a->h, a->q, all);
}

/* ⟨sign x⟩ and its slope in the field at T = 0, ⟨tanh βx⟩ above. */
static void response(const model *a, double m, double *mean, double *slope) {
    if (a->T == 0) {
        double mu = a->J0 * m + a->h;
        *mean = erf(mu / root_2);
        *slope = exp(-mu * mu / 2) / root_half_pi;
        return;
    }
    temper_gaussian_spin g = spin(a, m, 0);
    *mean = g.m;
    *slope = g.m_mu;
}

static double excess(const void *context, double m) {
    double mean, slope;
    response(context, m, &mean, &slope);
    return m - mean;
}

/* m = ⟨tanh β(√q z + J0 m + h)⟩ at given q. The right side is concave in m ≥ 0 for J0 > 0, so Newton from m = 1
 * descends to the largest root; for J0 < 0 the only root leaves J0 m + h ≥ 0. */
static double magnetisation(const model *a) {
    double m = 1, mean, slope;
    if (a->J0 == 0 || (a->J0 < 0 && a->h == 0)) {
        response(a, 0, &mean, &slope);
        return a->h == 0 ? 0 : mean;
    }
    if (a->J0 < 0) return temper_root(excess, a, 0, fmin(1, -a->h / a->J0));
    for (int n = 0; n < 200; n++) {
        response(a, m, &mean, &slope);
        double step = (m - mean) / (1 - a->J0 * slope);
        if (!(step > 1e-15 * m)) break;
        m -= step;
        if (a->h == 0 && m < 1e-12) return 0;
    }
    return m;
}

/* ⟨tanh²⟩/q − 1 falls from β² − 1 > 0 (or +∞ in a field) at q = 0 to a negative value at q = 1. */
static double self_overlap(const void *context, double q) {
    model a = *(const model *)context;
    a.q = q;
    return spin(&a, magnetisation(&a), 0).q / q - 1;
}

static double overlap(const model *a) {
    const double nothing = 1e-300;
    if (self_overlap(a, nothing) <= 0) return 0;
    double q = temper_root(self_overlap, a, nothing, 1);
    return q == q ? q : 1;
}

static double replicon(double T, double ss) { return 1 - ss / T / T; }

/* With J0 = 0, the replicon at total field μ. */
static double replicon_in_field(const void *context, double mu) {
    model a = {*(const double *)context, 0, mu, 0};
    a.q = overlap(&a);
    return replicon(a.T, spin(&a, 0, 1).ss);
}

/* The field at which the replicon vanishes at this T. J0 only shifts it: h = μ − J0 m(μ). Close to T = 1 the replicon
 * is smaller than its rounding, and the leading term √(4/3)(1−T)^{3/2} is all that is left. */
static double almeida_thouless(double T, double J0) {
    double mu;
    if (T == 0) return INFINITY;
    if (T >= 1) return 0;
    if (1 - T < 1e-6)
        mu = sqrt(4.0 / 3) * (1 - T) * sqrt(1 - T);
    else
        mu = temper_root(replicon_in_field, &T, 0, 9);
    model a = {T, 0, mu, 0};
    a.q = overlap(&a);
    return fmax(0, mu - (J0 == 0 ? 0 : J0 * magnetisation(&a)));
}

/* −β² du/dβ along the solution: q′ and m′ solve the linear system that differentiating both equations gives. */
static double heat_capacity(const model *a) {
    double m = magnetisation(a);
    temper_gaussian_spin average = spin(a, m, 1), *g = &average;
    double beta = 1 / a->T, q1 = 0, m1 = 0;
    if (a->q > 0 || m != 0) {
        double a11 = 1 - g->q_v, a12 = -a->J0 * g->q_mu, a21 = -g->m_v, a22 = 1 - a->J0 * g->m_mu;
        double determinant = a11 * a22 - a12 * a21;
        q1 = (g->q_beta * a22 - a12 * g->m_beta) / determinant;
        m1 = (a11 * g->m_beta - a21 * g->q_beta) / determinant;
    }
    double u1 = -g->s * (1 + g->q) / 2 + beta * a->q * q1 - (a->J0 * m + a->h) * m1;
    return -beta * beta * u1;
}

/* At low temperature c is linear in T, while the formula divides rounding errors by T³. */
static double safe_heat_capacity(const model *a) {
    const double linear = 2e-3;
    if (a->T >= linear) return heat_capacity(a);
    model b = *a;
    b.T = linear;
    b.q = overlap(&b);
    return heat_capacity(&b) * a->T / linear;
}

/* f = −β(1−q)²/4 + J0 m²/2 − T⟨ln 2cosh βx⟩, u = −β(1−q²)/2 − J0 m²/2 − hm, s = β(u − f) written without
 * differences of large numbers. */
static void warm(model *a, double *values) {
    a->q = overlap(a);
    double m = magnetisation(a), beta = 1 / a->T;
    temper_gaussian_spin g = spin(a, m, 1);
    values[ENERGY] = -beta * g.s * (1 + g.q) / 2 - a->J0 * m * m / 2 - a->h * m;
    values[FREE_ENERGY] = -beta * g.s * g.s / 4 + a->J0 * m * m / 2 - a->T * g.ln_2cosh;
    values[ENTROPY] = g.entropy - beta * beta * g.s * g.s / 4;
    values[HEAT_CAPACITY] = safe_heat_capacity(a);
    values[MAGNETISATION] = m;
    values[Q] = a->q;
    values[REPLICON] = replicon(a->T, g.ss);
}

/* T = 0: q → 1 with C = β(1−q) → ⟨2δ(x)⟩ finite; β²⟨sech⁴⟩ grows as 1/T. The first corrections are those in T. */
static void cold(model *a, double T, double *values) {
    double m = magnetisation(a), mu = a->J0 * m + a->h, C = exp(-mu * mu / 2) / root_half_pi;
    values[ENERGY] = -C - a->J0 * m * m / 2 - a->h * m;
    values[ENTROPY] = -C * C / 4;
    values[FREE_ENERGY] = values[ENERGY] - T * values[ENTROPY];
    values[HEAT_CAPACITY] = 0;
    values[MAGNETISATION] = m;
    values[Q] = 1 - C * T;
    values[REPLICON] = C > 0 ? -INFINITY : 1;
}

static temper_status at(const void *self, double T, double *values) {
    const sk *p = self;
    model a = {T / p->J, p->J0 / p->J, fabs(p->h) / p->J, 1};
    if (isinf(T)) {
        for (int k = 0; k <= H_AT; k++) values[k] = 0;
        values[FREE_ENERGY] = -INFINITY;
        values[ENTROPY] = ln_2;
        values[REPLICON] = 1;
        return TEMPER_OK;
    }
    if (a.T > 1e-8) {
        warm(&a, values);
    } else { /* β·rounding of x would exceed what T² leaves out */
        a.T = 0;
        cold(&a, T / p->J, values);
    }
    values[ENERGY] *= p->J;
    values[FREE_ENERGY] *= p->J;
    values[MAGNETISATION] *= p->h < 0 ? -1 : 1;
    values[H_AT] = p->J * almeida_thouless(a.T, a.J0);
    return TEMPER_OK;
}

static bool judges(const temper_system *system, char *text, size_t size, const char **worth) {
    double J = 1, J0 = 0, h = 0;
    if (strcmp(system->type->about.name, "sk")) return false;
    temper_system_option(system, "J", &J);
    temper_system_option(system, "J0", &J0);
    temper_system_option(system, "h", &h);
    if (J < 1e-9) return false;
    *worth = "N = infinity, replica symmetric";
    int length = snprintf(text, size, "sk:J=%.17g,J0=%.17g,h=%.17g", J, J0, h);
    return length > 0 && (size_t)length < size;
}

static const temper_option options[] = {
    {"J", TEMPER_REAL, offsetof(sk, J), "1", 1e-9, 1e9, NULL, "energy",
     "√N × standard deviation of the couplings"},
    {"J0", TEMPER_REAL, offsetof(sk, J0), "0", -1e9, 1e9, NULL, "energy", "N × mean of the couplings"},
    {"h", TEMPER_REAL, offsetof(sk, h), "0", -1e9, 1e9, NULL, "energy", "field"},
    {0}};

const temper_theory_type temper_theory_sk = {
    .about =
        {.name = "sk",
         .brief =
             "Sherrington–Kirkpatrick spin glass, N = infinity, replica symmetric; h_AT(T) is its limit of "
             "stability",
         .reference =
             "Sherrington & Kirkpatrick, Phys. Rev. Lett. 35, 1792 (1975); de Almeida & Thouless, J. "
             "Phys. A 11, 983 (1978)",
         .specimen = "",
         .options = options,
         .size = sizeof(sk)},
    .fields = fields,
    .at = at,
    .judges = judges};
