/* The square-lattice Ising model without field, H = −J Σ_<ij> s_i s_j: Onsager's infinite lattice and Kaufman's
 * finite torus. Everything is a function of K = β|J|: on a lattice of two colours, flipping one colour changes the
 * sign of J and leaves the spectrum as it is.
 *
 * With s = sinh 2K and duality s → 1/s in mind, all formulas are written in e = min(s, 1/s) ≤ 1, which is small both
 * at high and at low temperature, and in E = e^{−2K}. Then nothing overflows, and w = ln Z − (ground state part) is
 * a sum of small terms at either end. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include "num/jet.h"
#include "num/quadrature.h"
#include "num/special.h"
#include "temper/theory.h"

typedef struct {
    temper_dims dims;
    double J;
} ising2d;

static const double pi = 3.14159265358979323846, ln_2 = 0.693147180559945309417232121458176568;

enum { ENERGY, FREE_ENERGY, ENTROPY, HEAT_CAPACITY, MAGNETISATION };
static const char *const fields[] = {"energy",        "free_energy",   "entropy",
                                     "heat_capacity", "magnetisation", NULL};

/* ln Z per site = ground·K + w(K), w as a jet in K. */
typedef struct {
    double ground; /* 2 at low temperature, where every bond is satisfied; 0 at high temperature */
    temper_jet w;
} log_z;

/* u = −J ∂w/∂K − J·ground, s = ln Z + βu = w − K w′, c = K² w″. */
static void thermodynamics(log_z z, double K, double J, double *values) {
    values[ENERGY] = -J * (z.ground + z.w.df);
    values[FREE_ENERGY] = -J * (z.ground + z.w.f / K);
    values[ENTROPY] = z.w.f - K * z.w.df;
    values[HEAT_CAPACITY] = fmax(0, K * K * z.w.ddf); /* below e^{−80} it is rounding, of either sign */
}

/* ---- the torus: Kaufman 1949 ------------------------------------------------------------------------------- */

typedef struct {  /* what all modes share at one K */
    bool cold;    /* K > K_c: s > 1 */
    temper_jet e; /* min(s, 1/s), s = sinh 2K */
    temper_jet E; /* e^{−2K} */
} coupling;

static coupling at_coupling(double K) {
    coupling c = {sinh(2 * K) > 1, {0, 0, 0}, {0, 0, 0}};
    double E = exp(-2 * K);
    c.E = (temper_jet){E, -2 * E, 4 * E};
    if (c.cold) /* 1/s = 2E/(1 − E²) */
        c.e = temper_jet_div(
            temper_jet_scale(2, c.E),
            temper_jet_add((temper_jet){1, 0, 0}, temper_jet_scale(-1, temper_jet_mul(c.E, c.E))));
    else
        c.e = (temper_jet){sinh(2 * K), 2 * cosh(2 * K), 4 * sinh(2 * K)};
    return c;
}

/* e^{γ_l} = (B + D)/e with cosh γ_l = cosh 2K coth 2K − cos θ = s + 1/s − cos θ = B/e, θ = πl/n:
 * B = 1 + e² − e cos θ and D² = B² − e², where B − e = (1−e)² + 2e sin²(θ/2) does not cancel. */
static temper_jet mode(const coupling *c, double theta) {
    double half = sin(theta / 2);
    temper_jet one_e = temper_jet_add((temper_jet){1, 0, 0}, temper_jet_scale(-1, c->e));
    temper_jet less = temper_jet_add(temper_jet_mul(one_e, one_e), temper_jet_scale(2 * half * half, c->e));
    temper_jet B = temper_jet_add(less, c->e), more = temper_jet_add(B, c->e);
    return temper_jet_add(B, temper_jet_sqrt(temper_jet_mul(less, more)));
}

typedef struct {
    temper_jet plus, minus; /* ln Π (1 ± e^{−mγ}) e^{mγ/2}, the powers of 1/e left out */
} products;

/* Over l = first, first + 2, … below 2n. */
static products over_modes(const coupling *c, int64_t n, double m, int64_t first) {
    products p = {{0, 0, 0}, {0, 0, 0}};
    for (int64_t l = first; l < 2 * n; l += 2) {
        temper_jet sum = mode(c, pi * (double)l / (double)n);
        temper_jet half = temper_jet_scale(m / 2, temper_jet_log(sum));
        temper_jet decay = temper_jet_power(temper_jet_div(c->e, sum), m); /* e^{−mγ} */
        p.plus = temper_jet_add(p.plus, temper_jet_add(half, temper_jet_log1p(decay)));
        p.minus =
            temper_jet_add(p.minus, temper_jet_add(half, temper_jet_log1p(temper_jet_scale(-1, decay))));
    }
    return p;
}

/* The mode l = 0 has γ_0 = 2K + ln tanh K, which keeps its sign: negative above T_c. It enters as
 * 2cosh(mγ_0/2) = e^{mφ/2} (1 + p) and 2sinh(mγ_0/2) = ±e^{mφ/2} (1 − p), p = e^{−m|γ_0|}, φ = |γ_0| + ln e. */
static void mode_zero(const coupling *c, double K, double m, temper_jet *phi, temper_jet *p) {
    double t = tanh(K), t1 = temper_sech2(K);
    temper_jet tanh_K = {t, t1, -2 * t * t1};
    temper_jet ratio = temper_jet_div(tanh_K, c->E); /* e^{γ_0} */
    temper_jet twice = temper_jet_scale(2, temper_jet_log1p(c->E));
    *phi = temper_jet_scale(c->cold ? -1 : 1, temper_jet_add(twice, (temper_jet){-ln_2, 0, 0}));
    *p = temper_jet_power(c->cold ? temper_jet_div(c->E, tanh_K) : ratio, m);
}

/* Z = ½ (2s)^{nm/2} (Y_1 + Y_2 + Y_3 + Y_4): odd modes with cosh and sinh, even modes with cosh and sinh. The powers of
 * s and of 1/e combine to s^{nm} in the cold and to 1 in the heat. */
static log_z kaufman(int64_t n, int64_t m, double K) {
    coupling c = at_coupling(K);
    double sites = (double)n * (double)m;
    temper_jet phi, p, sum = {0, 0, 0};
    products odd = over_modes(&c, n, (double)m, 1), even = over_modes(&c, n, (double)m, 2);
    mode_zero(&c, K, (double)m, &phi, &p);
    temper_jet zero = temper_jet_scale((double)m / 2, phi), one = {1, 0, 0};
    temper_jet Y[4] = {odd.plus, odd.minus, temper_jet_add(even.plus, zero),
                       temper_jet_add(even.minus, zero)};
    temper_jet factor[4] = {one, one, temper_jet_add(one, p), temper_jet_add(one, temper_jet_scale(-1, p))};
    if (!c.cold) factor[3] = temper_jet_scale(-1, factor[3]); /* the sign of γ_0 */
    double top = fmax(fmax(Y[0].f, Y[1].f), fmax(Y[2].f, Y[3].f));
    for (int i = 0; i < 4; i++) {
        Y[i].f -= top;
        sum = temper_jet_add(sum, temper_jet_mul(factor[i], temper_jet_exp(Y[i])));
    }
    temper_jet w = temper_jet_log(sum);
    w.f += top - ln_2;
    w = temper_jet_add(temper_jet_scale(1 / sites, w), (temper_jet){ln_2 / 2, 0, 0});
    if (!c.cold) return (log_z){0, w};
    temper_jet squared = temper_jet_mul(c.E, c.E); /* ln s = 2K − ln 2 + ln(1 − E²) */
    w = temper_jet_add(w, temper_jet_log1p(temper_jet_scale(-1, squared)));
    w.f -= ln_2;
    return (log_z){2, w};
}

/* ---- the infinite lattice: Onsager 1944, Yang 1952 --------------------------------------------------------- */

/* κ'² + κ² sin²φ = 1 − κ² cos²φ, with the singular point at the end φ = 0. */
static double onsager_integrand(const void *context, double phi) {
    double kc = *(const double *)context, sine = sin(phi);
    return log1p((sqrt(kc * kc + (1 - kc * kc) * sine * sine) - 1) / 2);
}

/* κ = 2 sinh 2K/cosh² 2K and κ' = (s² − 1)/(s² + 1), signed. Within rounding of s = 1 the point is critical. */
static void onsager(double K, double J, double *values) {
    bool cold = sinh(2 * K) > 1;
    double e = cold ? 1 / sinh(2 * K) : sinh(2 * K), kc = (1 - e) * (1 + e) / (1 + e * e);
    if (kc < 4e-16) kc = 0;
    double signed_kc = cold ? kc : -kc, k = temper_elliptic_K(kc), kK = kc == 0 ? 0 : signed_kc * k;
    double coth = 1 / tanh(2 * K);
    double integral = temper_tanh_sinh(onsager_integrand, &kc, 0, pi / 2) / pi;
    double ln_Z = temper_ln_2cosh(2 * K) + integral;
    double u = -coth * (1 + 2 / pi * kK);
    values[ENERGY] = J * u;
    values[FREE_ENERGY] = -J * ln_Z / K;
    values[ENTROPY] = ln_Z + K * u;
    values[HEAT_CAPACITY] = 2 / pi * (K * coth) * (K * coth) *
                            (2 * k - 2 * temper_elliptic_E(kc) - (1 - signed_kc) * (pi / 2 + kK));
    values[MAGNETISATION] = cold && kc > 0 ? pow((1 - e * e) * (1 + e * e), 0.125) : 0;
}

/* Closed polygons: ln Z/N = ln 2 + 2 ln cosh K + t⁴ + 2t⁶ + (9/2)t⁸ + 12t¹⁰ + …, t = tanh K (Domb 1960). By duality the
 * same polygons are the boundaries of flipped islands at low temperature, with t → e^{−2K}. */
static temper_jet polygons(temper_jet t) {
    static const double coefficient[] = {1, 2, 4.5, 12};
    temper_jet sum = {0, 0, 0};
    for (int i = 0; i < 4; i++)
        sum = temper_jet_add(sum, temper_jet_scale(coefficient[i], temper_jet_power(t, 4 + 2 * i)));
    return sum;
}

/* Far from T_c the closed forms cancel and the series are exact to rounding: t = 0.02 leaves 37 t¹² = 1e-19. */
static void infinite(double K, double J, double *values) {
    double t = tanh(K), t1 = temper_sech2(K), E = exp(-2 * K);
    if (t < 0.02) {
        temper_jet w = polygons((temper_jet){t, t1, -2 * t * t1});
        w.f += 2 * temper_ln_2cosh(K) - ln_2;
        w.df += 2 * t;
        w.ddf += 2 * t1;
        thermodynamics((log_z){0, w}, K, J, values);
        values[MAGNETISATION] = 0;
    } else if (E < 0.02) {
        double inverse_s = 2 * E / (1 - E * E);
        thermodynamics((log_z){2, polygons((temper_jet){E, -2 * E, 4 * E})}, K, J, values);
        values[MAGNETISATION] = pow(1 - pow(inverse_s, 4), 0.125);
    } else {
        onsager(K, J, values);
    }
}

/* ---- the theory -------------------------------------------------------------------------------------------- */

static bool is_infinite(const ising2d *self) { return self->dims.extent[0] == 0; }

static temper_status build(void *self) {
    const ising2d *a = self;
    int64_t n = a->dims.extent[0], m = a->dims.extent[1];
    if (a->dims.n != 2)
        return temper_fail(TEMPER_BAD_OPTION,
                           "ising2d: dims has %d extents, but the lattice has 2, as in 32x32", a->dims.n);
    if ((n == 0) != (m == 0) || n == 1 || m == 1)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "ising2d: dims=%lldx%lld; both extents must be 2 or more, or both 0 for infinite size",
            (long long)n, (long long)m);
    if (a->J < 0 && n > 0 && (n % 2 || m % 2))
        return temper_fail(
            TEMPER_BAD_OPTION,
            "ising2d: J=%g < 0 frustrates a torus with an odd extent; dims=%lldx%lld must be even", a->J,
            (long long)n, (long long)m);
    return TEMPER_OK;
}

static temper_status at(const void *self, double T, double *values) {
    const ising2d *a = self;
    double J = fabs(a->J), K = J / T;
    double sites = is_infinite(a) ? INFINITY : (double)a->dims.extent[0] * (double)a->dims.extent[1];
    values[MAGNETISATION] = NAN;            /* Yang's order parameter belongs to the infinite lattice */
    if (J == 0 || isinf(T) || K < 1e-150) { /* free spins */
        values[ENERGY] = values[HEAT_CAPACITY] = 0;
        values[FREE_ENERGY] = T > 0 ? -T * ln_2 : 0;
        values[ENTROPY] = ln_2;
        if (is_infinite(a)) values[MAGNETISATION] = 0;
    } else if (K > 400) { /* the ground states: e^{−2K} < 1e-347 */
        values[ENERGY] = values[FREE_ENERGY] = -2 * J;
        values[ENTROPY] = ln_2 / sites;
        if (T > 0) values[FREE_ENERGY] -= T * ln_2 / sites;
        values[HEAT_CAPACITY] = 0;
        if (is_infinite(a)) values[MAGNETISATION] = 1;
    } else if (is_infinite(a)) {
        infinite(K, J, values);
    } else {
        thermodynamics(kaufman(a->dims.extent[0], a->dims.extent[1], K), K, J, values);
    }
    if (is_infinite(a) && a->J < 0) values[MAGNETISATION] = 0; /* the order is staggered */
    return TEMPER_OK;
}

static bool judges(const temper_system *system, char *text, size_t size, const char **worth) {
    const temper_lattice *lattice = &system->lattice;
    const int64_t *extent = lattice->dims.extent;
    if (!system->has_lattice || !lattice->uniform || !lattice->periodic || lattice->h != 0) return false;
    if (lattice->dims.n != 2 || extent[0] < 2 || extent[1] < 2) return false;
    if (lattice->J < 0 && (extent[0] % 2 || extent[1] % 2)) return false;
    *worth = "exact";
    int length = snprintf(text, size, "ising2d:dims=%lldx%lld,J=%.17g", (long long)extent[0],
                          (long long)extent[1], lattice->J);
    return length > 0 && (size_t)length < size;
}

static const temper_option options[] = {
    {"dims", TEMPER_DIMS, offsetof(ising2d, dims), "0x0", 0, 1e6, NULL, "sites",
     "extents of the torus; 0x0 is the infinite lattice"},
    {"J", TEMPER_REAL, offsetof(ising2d, J), "1", -1e100, 1e100, NULL, "energy",
     "coupling of neighbours; negative only on even or infinite lattices"},
    {0}};

const temper_theory_type temper_theory_ising2d = {
    .about = {.name = "ising2d",
              .brief = "square-lattice Ising model without field: infinite lattice, or a torus of any size",
              .reference =
                  "Onsager, Phys. Rev. 65, 117 (1944); Kaufman, Phys. Rev. 76, 1232 (1949); Yang, Phys. Rev. "
                  "85, 808 (1952)",
              .specimen = "dims=4x4",
              .options = options,
              .size = sizeof(ising2d)},
    .build = build,
    .fields = fields,
    .at = at,
    .judges = judges};
