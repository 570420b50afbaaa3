/* Ising strips by transfer matrix: width L, length n or infinite, in a field, periodic or open; also rings and chains.
 *
 * The 2^L x 2^L matrix is never formed: adding the spins of a row one by one costs L 2^L per row. Instead of numbers,
 * the vector holds thermodynamics: for each configuration σ of the last row, the ensemble of all strips that end in σ,
 * with lowest energy E0, weight z e^{−E0/T}, and mean and variance of the energy above E0. Two ensembles are joined
 * as mixtures are, without cancellation at any temperature, T = 0 included. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include "base/memory.h"
#include "num/levels.h"
#include "temper/parallel.h"
#include "temper/theory.h"

enum { PERIODIC, OPEN };
enum { WIDEST_RING = 12, WIDEST = 14 }; /* width if both directions close; else */

typedef struct {
    temper_dims dims;
    double J, h;
    int boundary;
    int width;
    int64_t length; /* 0: infinite */
} strip;

enum { ENERGY, FREE_ENERGY, ENTROPY, HEAT_CAPACITY, MAGNETISATION, RESIDUAL };
static const char *const fields[] = {"energy",        "free_energy", "entropy", "heat_capacity",
                                     "magnetisation", "residual",    NULL};

typedef struct { /* z = 0: the empty ensemble */
    double E0, z;
    double mean, variance; /* of E − E0 */
    double m;              /* mean of Σ s */
} ensemble;

typedef struct {
    const strip *a;
    double T, tie; /* energies this close are equal at T = 0 */
} model;

/* Mixture of a and b with weights z_a and z_b e^{−(E0_b − E0_a)/T}, where E0_a is the lower one. */
static ensemble join(const model *x, ensemble a, ensemble b) {
    if (b.z == 0 || a.z == 0) return b.z == 0 ? a : b;
    if (b.E0 < a.E0) {
        ensemble swap = a;
        a = b, b = swap;
    }
    double d = b.E0 - a.E0, factor = x->T == 0 && d <= x->tie ? 1 : exp(temper_boltzmann_exponent(d, x->T));
    if (factor == 0) return a;
    double zb = b.z * factor, z = a.z + zb, pa = a.z / z, pb = zb / z, shift = d + b.mean - a.mean;
    return (ensemble){a.E0, z, a.mean + pb * shift,
                      pa * a.variance + pb * b.variance + pa * pb * shift * shift, pa * a.m + pb * b.m};
}

/* Spin j of the last row gives way to its successor: bit j of σ is summed over, −J s t added. */
static void add_spin(const model *x, ensemble *v, int j) {
    int64_t states = (int64_t)1 << x->a->width, bit = (int64_t)1 << j;
    for (int64_t down = 0; down < states; down++) {
        if (down & bit) continue;
        ensemble same[2] = {v[down], v[down | bit]}, other[2] = {v[down], v[down | bit]};
        for (int k = 0; k < 2; k++) same[k].E0 -= x->a->J, other[k].E0 += x->a->J;
        v[down] = join(x, same[0], other[1]);
        v[down | bit] = join(x, other[0], same[1]);
    }
}

/* Energy and magnetisation of the row's own spins and of the bonds across; a ring of two has two bonds. */
static void add_row(const model *x, ensemble *v) {
    const strip *a = x->a;
    int bonds = a->width == 1 ? 0 : a->boundary == PERIODIC ? a->width : a->width - 1;
    for (int64_t state = 0; state < (int64_t)1 << a->width; state++) {
        int M = 0, sum = 0;
        for (int j = 0; j < a->width; j++) M += state >> j & 1 ? 1 : -1;
        for (int j = 0; j < bonds; j++) sum += (state >> j & 1) == (state >> (j + 1) % a->width & 1) ? 1 : -1;
        v[state].E0 -= a->J * sum + a->h * M;
        v[state].m += M;
    }
}

/* The origin of everything moves to the ensemble of all σ, so that numbers stay small however long the strip. What was
 * taken out is returned; z stands for a factor. */
static ensemble settle(const model *x, ensemble *v) {
    ensemble all = {0};
    int64_t states = (int64_t)1 << x->a->width;
    for (int64_t state = 0; state < states; state++) all = join(x, all, v[state]);
    for (int64_t state = 0; state < states; state++) {
        v[state].E0 -= all.E0;
        v[state].z /= all.z;
        v[state].mean -= all.mean;
        v[state].variance -= all.variance;
        v[state].m -= all.m;
    }
    return all;
}

typedef struct { /* what settle has taken out so far */
    double E0, ln_z, mean, variance, m;
} account;

static void book(account *sum, ensemble taken) {
    sum->E0 += taken.E0;
    sum->ln_z += log(taken.z);
    sum->mean += taken.mean;
    sum->variance += taken.variance;
    sum->m += taken.m;
}

/* ---- three ways to end a strip ------------------------------------------------------------------------------- */

static ensemble next_row(const model *x, ensemble *v) {
    for (int j = 0; j < x->a->width; j++) add_spin(x, v, j);
    add_row(x, v);
    return settle(x, v);
}

static void first_row(const model *x, ensemble *v, account *sum) {
    for (int64_t state = 0; state < (int64_t)1 << x->a->width; state++) v[state] = (ensemble){.z = 1};
    add_row(x, v);
    book(sum, settle(x, v));
}

static void open_ended(const model *x, ensemble *v, account *sum) {
    first_row(x, v, sum);
    for (int64_t row = 1; row < x->a->length; row++) book(sum, next_row(x, v));
}

/* Infinite length: what a pair of rows adds converges to its bulk value like (λ_1/λ_0)^row; single rows may alternate for
 * ever in an antiferromagnet. It takes about 5 L rows per digit at T_c, and very many at low temperature where two
 * states compete: then `residual` tells how far it came. */
static double endless(const model *x, ensemble *v, account *row) {
    double last[4] = {0}, residual = INFINITY, patience = 2e8 / ldexp(x->a->width, x->a->width);
    int64_t pairs = patience < 5e6 ? (int64_t)patience : 5000000;
    account pair = {0};
    first_row(x, v, &pair);
    for (int64_t n = 0, quiet = 0; n < pairs && quiet < 3; n++) {
        pair = (account){0};
        for (int k = 0; k < 2; k++) book(&pair, next_row(x, v));
        double heat = x->T > 0 ? pair.mean / x->T : 0;
        residual = 0;
        double now[4] = {pair.E0 + pair.mean, pair.ln_z + heat, pair.variance, pair.m};
        for (int k = 0; k < 4; k++) {
            residual = fmax(residual, fabs(now[k] - last[k]) / (x->a->width + fabs(now[k])));
            last[k] = now[k];
        }
        quiet = residual < 1e-14 ? quiet + 1 : 0;
    }
    *row = (account){pair.E0 / 2, pair.ln_z / 2, pair.mean / 2, pair.variance / 2, pair.m / 2};
    return residual;
}

/* Closed strips: tr of the matrix power, one starting row at a time. Rows that differ by rotation or reflection of
 * the ring give the same; `size` is the number of them, 0 if `state` is not the smallest. */
static int64_t orbit(const strip *a, int64_t state) {
    int64_t states = (int64_t)1 << a->width, images[2 * WIDEST], count = 0, mirror = 0;
    for (int j = 0; j < a->width; j++) mirror |= (state >> j & 1) << (a->width - 1 - j);
    for (int j = 0; j < 2 * a->width; j++) {
        int by = j % a->width;
        int64_t from = j < a->width ? state : mirror,
                image = (from << by | from >> (a->width - by)) & (states - 1), k = 0;
        if (image < state) return 0;
        while (k < count && images[k] != image) k++;
        if (k == count) images[count++] = image;
    }
    return count;
}

typedef struct {
    model x;
    int64_t *start;  /* [n] smallest states of their orbits */
    ensemble *trace; /* [n] with ln z in place of z */
} closed;

static temper_status close_one(void *context, int64_t i) {
    closed *c = context;
    const strip *a = c->x.a;
    account sum = {0};
    ensemble *v = temper_alloc((size_t)1 << a->width, sizeof *v);
    if (!v) return TEMPER_NO_MEMORY;
    v[c->start[i]].z = 1;
    for (int64_t row = 0; row < a->length; row++) book(&sum, next_row(&c->x, v));
    ensemble end = v[c->start[i]];
    temper_release(v);
    end.z *= (double)orbit(a, c->start[i]);
    c->trace[i] = (ensemble){end.E0 + sum.E0, end.z > 0 ? log(end.z) + sum.ln_z : -INFINITY,
                             end.mean + sum.mean, end.variance + sum.variance, end.m + sum.m};
    return TEMPER_OK;
}

static temper_status closed_strip(const model *x, account *sum) {
    int64_t states = (int64_t)1 << x->a->width, n = 0;
    closed c = {*x, temper_alloc((size_t)states, sizeof *c.start),
                temper_alloc((size_t)states, sizeof *c.trace)};
    temper_status bad = c.start && c.trace ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t state = 0; !bad && state < states; state++)
        if (orbit(x->a, state)) c.start[n++] = state;
    if (!bad) bad = temper_parallel(n, close_one, &c);
    double top = -INFINITY;
    ensemble all = {0};
    for (int64_t i = 0; !bad && i < n; i++) top = fmax(top, c.trace[i].z);
    for (int64_t i = 0; !bad && i < n; i++) {
        c.trace[i].z = exp(c.trace[i].z - top);
        all = join(x, all, c.trace[i]);
    }
    if (!bad) book(sum, all);
    sum->ln_z += top;
    temper_release(c.start);
    temper_release(c.trace);
    return bad;
}

/* ---- the theory ------------------------------------------------------------------------------------------------ */

static temper_status at(const void *self, double T, double *values) {
    const strip *a = self;
    model x = {a, T, 1e-9 * (fabs(a->J) + fabs(a->h))};
    account sum = {0};
    double residual = 0, sites = (double)a->width * (double)(a->length ? a->length : 1);
    temper_status bad = TEMPER_OK;
    if (a->boundary == PERIODIC && a->length > 1) {
        bad = closed_strip(&x, &sum);
    } else {
        ensemble *v = temper_alloc((size_t)1 << a->width, sizeof *v);
        if (!v) return TEMPER_NO_MEMORY;
        if (a->length)
            open_ended(&x, v, &sum);
        else
            residual = endless(&x, v, &sum);
        temper_release(v);
    }
    if (bad) return bad;
    temper_thermal thermal = temper_thermal_of(sum.E0, sum.ln_z, sum.mean, sum.variance, T);
    values[ENERGY] = thermal.energy / sites;
    values[FREE_ENERGY] = thermal.free_energy / sites;
    values[ENTROPY] = thermal.entropy / sites;
    values[HEAT_CAPACITY] = thermal.heat_capacity / sites;
    values[MAGNETISATION] = sum.m / sites;
    values[RESIDUAL] = residual;
    return TEMPER_OK;
}

static temper_status build(void *self) {
    strip *a = self;
    int64_t n = a->dims.extent[0], m = a->dims.extent[1];
    if (a->dims.n != 2)
        return temper_fail(TEMPER_BAD_OPTION,
                           "strip: dims has %d extents, but a strip has 2, as in 8x100; a ring is "
                           "1x100",
                           a->dims.n);
    bool first = m == 0 || (n > 0 && n <= m); /* which extent is the width */
    int64_t width = first ? n : m, most = WIDEST;
    a->length = first ? m : n;
    if (a->length > 0 && a->boundary == PERIODIC) most = WIDEST_RING;
    if (width < 1 || width > most)
        return temper_fail(TEMPER_BAD_OPTION, "strip: dims=%lldx%lld has width %lld; legal is 1 … %lld",
                           (long long)n, (long long)m, (long long)width, (long long)most);
    a->width = (int)width;
    return TEMPER_OK;
}

/* Rows times states times starting rows: a few seconds at the limit. */
static bool affordable(const temper_lattice *lattice, int64_t width, int64_t length) {
    double states = ldexp(1, (int)width), starts = lattice->periodic ? 1 + states / (double)(2 * width) : 1;
    return width <= 10 && states * (double)width * (double)length * starts < 1e8;
}

static bool judges(const temper_system *system, char *text, size_t size, const char **worth) {
    const temper_lattice *lattice = &system->lattice;
    if (!system->has_lattice || !lattice->uniform || lattice->dims.n > 2) return false;
    int64_t n = lattice->dims.n == 1 ? 1 : lattice->dims.extent[0],
            m = lattice->dims.extent[lattice->dims.n - 1];
    if (!affordable(lattice, n < m ? n : m, n < m ? m : n)) return false;
    *worth = "exact";
    int length = snprintf(text, size, "strip:dims=%lldx%lld,J=%.17g,h=%.17g,boundary=%s", (long long)n,
                          (long long)m, lattice->J, lattice->h, lattice->periodic ? "periodic" : "open");
    return length > 0 && (size_t)length < size;
}

static const temper_option options[] = {
    {"dims", TEMPER_DIMS, offsetof(strip, dims), "8x0", 0, 1e6, NULL, "sites",
     "width and length, in either order; 0 is infinite. Width at most 14, or 12 where both directions close"},
    {"J", TEMPER_REAL, offsetof(strip, J), "1", -1e9, 1e9, NULL, "energy", "coupling of neighbours"},
    {"h", TEMPER_REAL, offsetof(strip, h), "0", -1e9, 1e9, NULL, "energy", "field"},
    {"boundary", TEMPER_CHOICE, offsetof(strip, boundary), "periodic", 0, 0, "periodic|open", NULL,
     "in both directions"},
    {0}};

const temper_theory_type temper_theory_strip = {
    .about = {.name = "strip",
              .brief = "Ising strips, rings and chains in a field, by transfer matrix",
              .reference = "Kramers & Wannier, Phys. Rev. 60, 252 (1941)",
              .specimen = "dims=3x4,h=0.3",
              .options = options,
              .size = sizeof(strip)},
    .build = build,
    .fields = fields,
    .at = at,
    .judges = judges};
