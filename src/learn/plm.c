/* Pseudo-likelihood of pairwise machines, solved (Ravikumar, Wainwright and Lafferty 2010; Aurell and Ekeberg 2012). Given the others, unit i is
 *
 *     p(s_i | s) = 1/(1 + exp(−2 s_i (h_i + Σ_j J_ij s_j))),
 *
 * a logistic regression for each unit, concave, whose maximum Newton's method finds in a few steps. Unit i and unit j both have an opinion on their
 * coupling: it is the mean of the two. Needs no inverse of covariances and no weak couplings; its error is that of the sample alone.
 * Categories: core/potts_regress.c. */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/covariances.h"
#include "core/potts_inverse.h"
#include "num/solve.h"
#include "temper/parallel.h"

typedef struct {
    double l2;
    int64_t steps;
} plm;

enum { COLUMNS_MOST = 1024 };
static const double WEAK = 1e-6, USUAL = 0.01; /* penalties: two values; categories, after Ekeberg et al. */

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    if (machine->io.columns > COLUMNS_MOST && machine->io.states == 0)
        return temper_fail(TEMPER_CANNOT, "plm: %lld columns; legal: at most %d. Use pseudolikelihood",
                           (long long)machine->io.columns, COLUMNS_MOST);
    return temper_ising_suits("plm", machine, true);
}

typedef struct {
    const plm *how;
    const temper_rows_view *rows;
    bool spin;
    int64_t n;
    double total;
    double *J; /* [n][n]: row i as unit i sees it, its field on the diagonal */
} regression;

static double value_of(const regression *g, float x) { return g->spin ? (double)x : 2 * (double)x - 1; }

/* s of a row, 1 in place of unit i: its coefficient is the field. */
static double line_up(const regression *g, int64_t i, int64_t r, double *s) {
    const float *row = g->rows->X + r * g->rows->columns;
    for (int64_t j = 0; j < g->n; j++) s[j] = value_of(g, row[j]);
    double own = s[i];
    s[i] = 1;
    return own;
}

/* F = ⟨ln p⟩ − l2/2 |J|² (fields free), its slope, and minus its curvature A (lower triangle). Returns F. */
static double slopes(const regression *g, int64_t i, const double *w, double *s, double *slope, double *A) {
    const int64_t n = g->n;
    double F = 0;
    memset(slope, 0, (size_t)n * sizeof *slope), memset(A, 0, (size_t)(n * n) * sizeof *A);
    for (int64_t r = 0; r < g->rows->n; r++) {
        const double weight = (g->rows->weight ? g->rows->weight[r] : 1) / g->total;
        if (!(weight > 0)) continue;
        const double own = line_up(g, i, r, s);
        double x = 0;
        for (int64_t j = 0; j < n; j++) x += w[j] * s[j];
        const double y = 2 * own * x, t = temper_exp(y < 0 ? y : -y), wrong = (y < 0 ? 1 : t) / (1 + t);
        F -= weight * ((y < 0 ? -y : 0) + temper_log1p(t));
        const double pull = 2 * weight * own * wrong, bend = 4 * weight * wrong * (1 - wrong);
        for (int64_t j = 0; j < n; j++) slope[j] += pull * s[j];
        for (int64_t j = 0; j < n; j++) {
            const double b = bend * s[j];
            double *row = A + j * n;
            for (int64_t k = 0; k <= j; k++) row[k] += b * s[k];
        }
    }
    for (int64_t j = 0; j < n; j++) {
        const double l2 =
            j == i ? 1e-9 : g->how->l2; /* a column that never changes wants an infinite field */
        F -= 0.5 * l2 * w[j] * w[j];
        slope[j] -= l2 * w[j], A[j * n + j] += l2;
    }
    return F;
}

/* Newton's method: a step that goes too far is halved until F rises. The rows are passed once a step, for F, slope and curvature. */
static temper_status regress(void *context, int64_t i) {
    const regression *g = context;
    const int64_t n = g->n;
    double *w = g->J + i * n, *room = temper_alloc((size_t)(n * n + 4 * n), sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    double *A = room, *slope = room + n * n, *s = slope + n, *old = s + n, *way = old + n;
    double F = slopes(g, i, w, s, slope, A);
    for (int64_t step = 0; step < g->how->steps; step++) {
        double factor = 1, largest = 0;
        if (temper_cholesky(n, A, 1e-14) < n) break; /* flat to rounding: it stays where it is */
        temper_cholesky_solve(n, A, slope);
        memcpy(way, slope, (size_t)n * sizeof *way);
        memcpy(old, w, (size_t)n * sizeof *w);
        for (int64_t j = 0; j < n; j++) largest = fabs(way[j]) > largest ? fabs(way[j]) : largest;
        if (largest > 2) factor = 2 / largest;
        const double before = F;
        for (int halving = 0; halving < 30; halving++, factor /= 2) {
            for (int64_t j = 0; j < n; j++) w[j] = old[j] + factor * way[j];
            if (largest < 1e-7) break;
            F = slopes(g, i, w, s, slope, A);
            if (largest < 1e-3 || F >= before) break;
        }
        if (largest < 1e-7) break;
    }
    temper_release(room);
    return TEMPER_OK;
}

static temper_status solve_two(const plm *how, temper_lesson *lesson) {
    temper_machine *machine = lesson->machine;
    const int64_t n = machine->io.columns;
    regression g = {.how = how,
                    .rows = &lesson->rows,
                    .spin = machine->type->visible(machine->self) == TEMPER_SPIN,
                    .n = n};
    for (int64_t r = 0; r < g.rows->n; r++) g.total += g.rows->weight ? g.rows->weight[r] : 1;
    if (!(g.total > 0))
        return temper_fail(TEMPER_BAD_DATA, "plm: the weights of the rows sum to %g; legal: above 0",
                           g.total);
    g.J = temper_alloc((size_t)(n * n + n), sizeof *g.J);
    if (!g.J) return TEMPER_NO_MEMORY;
    temper_status bad = temper_parallel(n, regress, &g);
    double *h = g.J + n * n;
    for (int64_t i = 0; i < n; i++) {
        h[i] = g.J[i * n + i], g.J[i * n + i] = 0;
        for (int64_t j = 0; j < i; j++)
            g.J[i * n + j] = g.J[j * n + i] = 0.5 * (g.J[i * n + j] + g.J[j * n + i]);
    }
    if (!bad) bad = temper_ising_store(machine, g.J, h);
    temper_release(g.J);
    return bad;
}

static temper_status solve(const void *self, temper_lesson *lesson) {
    plm how = *(const plm *)self;
    const bool many = lesson->machine->io.states > 0;
    if (how.l2 < 0) how.l2 = many ? USUAL : WEAK;
    lesson->done = true;
    if (!many) return solve_two(&how, lesson);
    return temper_potts_regress(lesson->machine, &lesson->rows, &(temper_regression){how.l2, how.steps});
}

static const temper_option options[] = {
    {"l2", TEMPER_REAL, offsetof(plm, l2), "-1", -1, 1e3, NULL, NULL,
     "penalty l2/2 J^2: on the ±1 couplings; on couplings and fields of categories. -1: 1e-6; 0.01"},
    {"steps", TEMPER_INT, offsetof(plm, steps), "200", 1, 1e4, NULL, NULL,
     "at most: of Newton's method; of L-BFGS, for categories"},
    {0}};

const temper_method_type temper_method_plm = {
    .about =
        {"plm", "pseudo-likelihood of inverse Ising and Potts solved: one regression per unit",
         "E. Aurell & M. Ekeberg, Phys. Rev. Lett. 108, 090201 (2012); M. Ekeberg et al., Phys. Rev. E 87, "
         "012707 (2013)",
         "", options, sizeof(plm)},
    .suits = suits,
    .needs = temper_ising_needs,
    .solve = solve,
};
