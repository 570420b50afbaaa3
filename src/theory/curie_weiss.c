/* The Curie–Weiss model: every spin interacts equally with every other, H = −J M²/(2N) − h M, M = Σ s_i. The self term
 * −J/2 of M² is included, as in the system of the same name.
 *
 * For N → ∞ the magnetisation solves m = tanh β(Jm + h); for finite N the sum over the N+1 values of M is exact. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "num/levels.h"
#include "num/roots.h"
#include "num/special.h"
#include "temper/theory.h"

typedef struct {
    int64_t n; /* 0: infinite */
    double J, h;
} curie_weiss;

enum {
    ENERGY,
    FREE_ENERGY,
    ENTROPY,
    HEAT_CAPACITY,
    MAGNETISATION,
    ABSOLUTE,
    SQUARED,
    SUSCEPTIBILITY,
    BINDER
};
static const char *const fields[] = {"energy",
                                     "free_energy",
                                     "entropy",
                                     "heat_capacity",
                                     "magnetisation",
                                     "abs_magnetisation",
                                     "magnetisation_squared",
                                     "susceptibility",
                                     "binder",
                                     NULL};

/* ---- N = infinity ------------------------------------------------------------------------------------------ */

typedef struct {
    double T, J, h;
} equation;

static double self_consistency(const void *context, double m) {
    const equation *a = context;
    return m - tanh((a->J * m + a->h) / a->T);
}

/* The stable m ≥ 0 at h ≥ 0. tanh is concave there, so Newton from m = 1 comes down to the largest root without
 * passing it; for J < 0 the root is the only one. */
static double spontaneous(equation a) {
    if (a.h == 0 && a.T >= a.J) return 0;
    if (a.J < 0) return temper_root(self_consistency, &a, 0, fmin(1, -a.h / a.J));
    double m = 1;
    for (int n = 0; n < 200; n++) {
        double X = (a.J * m + a.h) / a.T;
        double step = (m - tanh(X)) / (1 - a.J / a.T * temper_sech2(X));
        if (!(step > 1e-16 * m)) break;
        m -= step;
    }
    return m;
}

/* T = 0 minimises −Jm²/2 − hm. */
static double ground(double J, double h) { return J >= 0 ? J > 0 || h > 0 : fmin(1, -h / J); }

/* ⟨m⁴⟩/⟨m²⟩² at T = J: the weight of √√N m is e^{−m⁴/12}, which gives (Γ(1/4)/Γ(3/4))²/4. */
static double infinite_binder(const equation *a, double m) {
    const double critical = 0.270520128257841120;
    return m > 0 ? 2.0 / 3 : a->h == 0 && a->T == a->J ? critical : 0;
}

/* s = ln 2cosh X − X tanh X, c = T X² sech²X/(T − J sech²X), χ = dm/dh = sech²X/(T − J sech²X), X = β(Jm + h). */
static void infinite(equation a, double *values) {
    double sign = a.h < 0 ? -1 : 1;
    a.h = fabs(a.h);
    double m = a.T > 0 ? isinf(a.T) ? 0 : spontaneous(a) : ground(a.J, a.h);
    double X = a.T > 0 ? (a.J * m + a.h) / a.T : m == 1 ? INFINITY : 0, s2 = X < 400 ? temper_sech2(X) : 0;
    double e = exp(-2 * fabs(X)), stiffness = a.T - a.J * s2;
    bool rest = X == 0 || s2 == 0; /* nothing left to warm up */
    values[ENERGY] = -a.J * m * m / 2 - a.h * m;
    values[ENTROPY] = a.T == 0 && a.J < 0 && m < 1 ? temper_ln_2cosh(atanh(m)) - m * atanh(m)
                                                   : log1p(e) + (rest ? 0 : 2 * X * e / (1 + e));
    values[FREE_ENERGY] = a.T > 0 ? values[ENERGY] - a.T * values[ENTROPY] : values[ENERGY];
    values[HEAT_CAPACITY] = rest ? 0 : a.T * X * X * s2 / stiffness;
    values[MAGNETISATION] = sign * m;
    values[ABSOLUTE] = m;
    values[SQUARED] = m * m;
    values[SUSCEPTIBILITY] = s2 == 0 || isinf(a.T) ? 0 : stiffness > 0 ? s2 / stiffness : INFINITY;
    values[BINDER] = infinite_binder(&a, m);
}

/* ---- finite N ---------------------------------------------------------------------------------------------- */

/* Z = Σ_k C(N,k) exp(βJM²/(2N) + βhM), M = N − 2k. */
static temper_status finite(const curie_weiss *a, double T, double *values) {
    double N = (double)a->n;
    double *E = temper_alloc(3 * ((size_t)a->n + 1), sizeof *E), *ln_g = E + a->n + 1, *p = ln_g + a->n + 1;
    if (!E) return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k <= a->n; k++) {
        double M = N - 2 * (double)k;
        E[k] = -a->J * M * M / (2 * N) - a->h * M;
        ln_g[k] = temper_ln_binomial(a->n, k);
    }
    temper_thermal thermal = temper_levels(a->n + 1, E, ln_g, T, 0, p);
    double m1 = 0, m_abs = 0, m2 = 0, m4 = 0, variance = 0;
    for (int64_t k = 0; k <= a->n; k++) {
        double m = 1 - 2 * (double)k / N;
        m1 += p[k] * m;
        m_abs += p[k] * fabs(m);
        m2 += p[k] * m * m;
        m4 += p[k] * m * m * m * m;
    }
    for (int64_t k = 0; k <= a->n; k++) {
        double d = fabs(1 - 2 * (double)k / N) - m_abs;
        variance += p[k] * d * d;
    }
    temper_release(E);
    values[ENERGY] = thermal.energy / N;
    values[FREE_ENERGY] = thermal.free_energy / N;
    values[ENTROPY] = thermal.entropy / N;
    values[HEAT_CAPACITY] = thermal.heat_capacity / N;
    values[MAGNETISATION] = m1;
    values[ABSOLUTE] = m_abs;
    values[SQUARED] = m2;
    values[SUSCEPTIBILITY] = variance > 0 ? N * variance / T : 0;
    values[BINDER] = m2 > 0 ? 1 - m4 / (3 * m2 * m2) : NAN;
    return TEMPER_OK;
}

/* ---- the theory -------------------------------------------------------------------------------------------- */

static temper_status at(const void *self, double T, double *values) {
    const curie_weiss *a = self;
    if (a->n > 0) return finite(a, T, values);
    infinite((equation){T, a->J, a->h}, values);
    return TEMPER_OK;
}

static bool judges(const temper_system *system, char *text, size_t size, const char **worth) {
    double J = 1, h = 0;
    if (strcmp(system->type->about.name, "curie_weiss") || system->n > 1000000) return false;
    temper_system_option(system, "J", &J);
    temper_system_option(system, "h", &h);
    *worth = "exact";
    int length = snprintf(text, size, "curie_weiss:n=%d,J=%.17g,h=%.17g", system->n, J, h);
    return length > 0 && (size_t)length < size;
}

static const temper_option options[] = {
    {"n", TEMPER_INT, offsetof(curie_weiss, n), "0", 0, 1e6, NULL, "sites",
     "number of spins; 0 is infinitely many"},
    {"J", TEMPER_REAL, offsetof(curie_weiss, J), "1", -1e100, 1e100, NULL, "energy",
     "coupling, J/N per pair"},
    {"h", TEMPER_REAL, offsetof(curie_weiss, h), "0", -1e100, 1e100, NULL, "energy", "field"},
    {0}};

const temper_theory_type temper_theory_curie_weiss = {
    .about = {.name = "curie_weiss",
              .brief = "H = −J M²/(2N) − h M, self term included: exact for N spins, and N = infinity",
              .reference = "Ellis, Entropy, Large Deviations and Statistical Mechanics, chapter IV (1985)",
              .specimen = "n=16",
              .options = options,
              .size = sizeof(curie_weiss)},
    .fields = fields,
    .at = at,
    .judges = judges};
