/* The same tree for binary units in both layers, in odds instead of fields: a branch multiplies, a leaf is four states at once, and
 * exponents are integers (kernel/odds.h). */
#include <string.h>
#include "core/enumerate_parts.h"
#include "base/elementary.h"
#include "kernel/kernel.h"
#include "kernel/odds.h"

enum { ROOM = 500 }; /* a weight may be 2^500 above the reference before that moves */

typedef struct {
    const temper_states *of;
    const temper_odds *kernel;
    const double *factors;
    temper_sums *sums;
    int64_t padded;        /* width, rounded up to lanes */
    double *u;             /* [low + 1][padded] odds of the stem at each depth */
    double *S;             /* [low + 1][columns] */
    temper_scaled pair[4]; /* e^{a_0 h_0 + a_1 h_1} of the four states of a leaf */
    int64_t reference;     /* power of two */
    bool started;
} tree;

static int64_t padded(int64_t width) { return (width + TEMPER_LANES - 1) / TEMPER_LANES * TEMPER_LANES; }

void temper_odds_sizes(const temper_states *of, temper_sums *sums, size_t *scratch) {
    sums->weight = of->stat ? padded(of->width) : 0;
    sums->columns = sums->weight + TEMPER_LANES;
    *scratch = (size_t)((of->K - of->top + 1) * (padded(of->width) + sums->columns));
}

/* 2^e, 0 far below. */
static double power(int64_t e) {
    if (e < -1022) return 0;
    uint64_t bits = (uint64_t)(e + 1023) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* e^x as a mantissa near 1 and a power of two. */
static temper_scaled split(double x) {
    const double shift = 0x1.8p52, LN2_HI = 0x1.62e42feep-1, LN2_LO = 0x1.a39ef35793c76p-33;
    double k = x * 0x1.71547652b82fep+0 + shift - shift;
    return (temper_scaled){temper_exp((x - k * LN2_HI) - k * LN2_LO), (int64_t)k};
}

/* All sums so far are brought down to a higher reference: powers of two, so nothing is rounded but what vanishes. */
static void refer(tree *t, int64_t to) {
    temper_sums *sums = t->sums;
    double factor = power(t->reference - to);
    int64_t depths = t->of->K - t->of->top + 1;
    for (int64_t k = 0; k < sums->rows * sums->columns; k++) sums->at[k] *= factor;
    for (int64_t k = 0; k < depths * sums->columns; k++) t->S[k] *= factor;
    t->reference = to;
}

/* The four states of units 0 and 1 under a stem with odds u and own weight e^a, into S[2]. */
static void leaf(tree *t, const double *u, double a) {
    const double *f[2] = {t->factors, t->factors + t->padded};
    int64_t columns = t->sums->columns, weight = t->sums->weight;
    double *S = t->S + 2 * columns, w[4];
    double *sum[3] = {S, t->sums->at + columns,
                      t->sums->at + 3 * columns}; /* rows of unit 0 and 1 at level 1 */
    temper_scaled P[4], own = split(a);
    t->kernel->four(u, f[0], f[1], t->padded, t->of->group, P);
    for (int s = 0; s < 4; s++) {
        P[s].mantissa *= own.mantissa * t->pair[s].mantissa;
        P[s].exponent += own.exponent + t->pair[s].exponent;
        if (!t->started) t->reference = P[s].exponent, t->started = true;
        if (P[s].exponent > t->reference + ROOM) refer(t, P[s].exponent);
    }
    for (int s = 0; s < 4; s++) w[s] = P[s].mantissa * power(P[s].exponent - t->reference);
    if (t->of->stat) t->kernel->means(u, f, t->padded, w, sum);
    sum[0][weight] = (w[0] + w[1]) + (w[2] + w[3]);
    sum[1][weight] += w[1] + w[3];
    sum[2][weight] += w[2] + w[3];
}

/* Sums the branch with units d−1 … 0 free into S[d], which is overwritten; d ≥ 2. */
static void climb(tree *t, int64_t d, const double *u, double a) {
    if (d == 2) {
        leaf(t, u, a);
        return;
    }
    int64_t columns = t->sums->columns;
    double *stem = t->S + d * columns, *part = stem - columns, *on = t->u + (d - 1) * t->padded;
    const double *f = t->factors + (d - 1) * t->padded;
    climb(t, d - 1, u, a);
    memcpy(stem, part, (size_t)columns * sizeof *stem);
    for (int64_t k = 0; k < t->padded; k++) on[k] = u[k] * f[k];
    climb(t, d - 1, on, a + t->of->a[d - 1]);
    temper_kernel()->lanes_add(t->sums->at + (2 * (d - 1) + 1) * columns, 1, part, columns);
    temper_kernel()->lanes_add(stem, 1, part, columns);
}

void temper_odds_sum(const temper_states *of, const double *factors, int64_t chunk, temper_sums *sums,
                     double *scratch) {
    int64_t low = of->K - of->top, columns = sums->columns;
    tree t = {
        .of = of, .kernel = temper_odds_now(), .factors = factors, .sums = sums, .padded = padded(of->width)};
    t.u = scratch, t.S = scratch + (low + 1) * t.padded;
    double *root = t.u + low * t.padded, a = 0;
    for (int64_t k = 0; k < of->width; k++) root[k] = of->x0[k];
    for (int64_t d = low; d < of->K; d++)
        if (temper_states_level(of, chunk, d)) {
            for (int64_t k = 0; k < of->width; k++) root[k] += of->R[d * of->width + k];
            a += of->a[d];
        }
    for (int64_t k = 0; k < of->width; k++) root[k] = temper_exp(root[k]);
    for (int s = 0; s < 4; s++) t.pair[s] = split((s & 1) * of->a[0] + (s >> 1) * of->a[1]);
    climb(&t, low, root, a);
    sums->reference = (double)t.reference * 0.69314718055994530942;
    memcpy(sums->at + 2 * of->K * columns, t.S + low * columns, (size_t)columns * sizeof *t.S);
}
