/* Wells of a simple landscape, the passes between them, and how long walkers remember which one they began in. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "core/formula.h"
#include "run/simple.h"
#include "temper/path.h"
#include "temper/slice.h"

enum { GRID = 128, RINGS = 8 };

/* ---- names ---- */

/* A formula names its coordinates; others are numbered. */
void temper_simple_names(temper_simple *s) {
    static const char prefix[] = "expression:";
    const char *text = s->potential->text;
    bool formula = !strncmp(text, prefix, sizeof prefix - 1);
    temper_formula *f = NULL;
    s->title = formula ? text + sizeof prefix - 1 : text;
    if (formula && !strncmp(s->title, "text=", 5)) s->title += 5;
    for (int a = 0; a < 2; a++) snprintf(s->name[a], sizeof s->name[a], s->dim == 1 ? "x" : "θ%d", a + 1);
    if (!formula || temper_formula_read(&f, "expression", s->title)) return;
    for (int a = 0; a < 2 && a < f->variables; a++) snprintf(s->name[a], sizeof s->name[a], "%s", f->name[a]);
    temper_release(f);
}

/* ---- wells ---- */

void temper_simple_U(const temper_simple *s, const double *x, double *U) {
    temper_landscape_energy(s->survey->scene.landscape, x, U);
    *U *= (double)s->potential->samples;
}

static temper_status on_a_line(temper_simple *s, const temper_equilibrium *e) {
    temper_wells w;
    temper_status bad = temper_wells_find(s->potential, e->low[0], e->high[0], &w);
    if (bad == TEMPER_CANNOT) {
        s->note = "more wells than can be listed";
        return TEMPER_OK;
    }
    s->wells = w.wells, s->barriers = w.wells ? w.wells - 1 : 0;
    for (int k = 0; k < w.wells; k++)
        s->well[k][0] = w.well[k], temper_simple_U(s, s->well[k], &s->height[k]);
    for (int k = 0; k < s->barriers; k++) {
        s->barrier[k][0] = w.barrier[k], s->side[k][0] = k, s->side[k][1] = k + 1;
        temper_simple_U(s, s->barrier[k], &s->top[k]);
    }
    return bad;
}

int temper_simple_well_of(temper_simple *s, const double *x) {
    double at[2] = {x[0], s->dim == 2 ? x[1] : 0}, u;
    if (s->dim == 1) {
        int k = 0;
        while (k < s->barriers && x[0] > s->barrier[k][0]) k++;
        return s->wells ? k : -1;
    }
    if (s->dim > 2 || temper_settle(s->potential, at, &u)) return -1;
    for (int k = 0; k < s->wells; k++)
        if (hypot(at[0] - s->well[k][0], at[1] - s->well[k][1]) < 1e-5 * (1 + hypot(at[0], at[1]))) return k;
    if (s->wells == TEMPER_WELLS_MAX) return -1;
    s->well[s->wells][0] = at[0], s->well[s->wells][1] = at[1];
    s->height[s->wells] = u * (double)s->potential->samples;
    return s->wells++;
}

/* Newton's method leads from the grid's pass to the true one, if that is a saddle of index 1 close by. */
static temper_status climb(temper_simple *s, const double *from, const double *cell, bool *found,
                           double *at) {
    temper_saddle saddle = {0};
    const temper_saddle_plan plan = {.descents = -1};
    at[0] = from[0], at[1] = from[1];
    temper_status bad =
        temper_saddle_find(s->survey->scene.landscape, &plan, &s->survey->errand, at, &saddle);
    *found = !bad && saddle.converged && saddle.counted && saddle.index == 1 &&
             fabs(at[0] - from[0]) < 4 * cell[0] && fabs(at[1] - from[1]) < 4 * cell[1];
    temper_saddle_clear(&saddle);
    return bad;
}

/* Valleys of a grid over the hull of the density, deepest first; where water that rises in one first flows into an older one is the pass. */
static temper_status on_a_plane(temper_simple *s, const temper_equilibrium *e) {
    const int64_t n[2] = {GRID, GRID};
    const double cell[2] = {(e->high[0] - e->low[0]) / (GRID - 1), (e->high[1] - e->low[1]) / (GRID - 1)};
    temper_merge_tree tree = {0};
    double *U = temper_alloc(GRID * GRID, sizeof *U);
    if (!U) return TEMPER_NO_MEMORY;
    for (int64_t p = 0; p < GRID * GRID; p++) {
        const double x[2] = {e->low[0] + cell[0] * (double)(p % GRID),
                             e->low[1] + cell[1] * (double)(p / GRID)};
        temper_simple_U(s, x, &U[p]);
    }
    temper_status bad = temper_merge_tree_find(2, n, U, &tree);
    int *well = bad ? NULL : temper_alloc((size_t)tree.n + 1, sizeof *well);
    if (!bad && !well) bad = TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < tree.n && !bad; k++) { /* a walker that stands in this valley, without noise */
        const int64_t p = tree.valley[k].minimum;
        const double x[2] = {e->low[0] + cell[0] * (double)(p % GRID),
                             e->low[1] + cell[1] * (double)(p / GRID)};
        well[k] = temper_simple_well_of(s, x);
    }
    for (int64_t k = 1; k < tree.n && !bad && s->barriers < TEMPER_WELLS_MAX; k++) {
        const temper_valley *v = &tree.valley[k];
        int b = s->barriers, here = well[k], there = v->parent >= 0 ? well[v->parent] : -1;
        if (v->saddle < 0 || here < 0 || there < 0 || here == there) continue;
        const double x[2] = {e->low[0] + cell[0] * (double)(v->saddle % GRID),
                             e->low[1] + cell[1] * (double)(v->saddle / GRID)};
        bool found;
        bad = climb(s, x, cell, &found, s->barrier[b]);
        if (!found) continue;
        temper_simple_U(s, s->barrier[b], &s->top[b]);
        s->side[b][0] = here, s->side[b][1] = there;
        s->barriers++;
    }
    temper_merge_tree_clear(&tree);
    temper_release(well), temper_release(U);
    return bad;
}

temper_status temper_simple_wells(temper_simple *s, const temper_equilibrium *e) {
    return s->dim == 1 ? on_a_line(s, e) : s->dim == 2 ? on_a_plane(s, e) : TEMPER_OK;
}

/* ---- equilibrium between wells ---- */

/* Of the exact density, a bin that a barrier cuts shared by length. */
temper_status temper_simple_shares(const temper_simple *s, double T, double *share) {
    enum {
        FINE = 250
    }; /* the density has no slope at a barrier: what a bin there is shared wrongly is of third order */
    temper_equilibrium e;
    for (int k = 0; k < s->wells; k++) share[k] = NAN;
    if (s->dim != 1 || !(T > 0)) return TEMPER_OK;
    double *bin = temper_alloc(FINE, sizeof *bin);
    if (!bin) return TEMPER_NO_MEMORY;
    temper_status bad = temper_equilibrium_find(s->potential, T, &e);
    if (!bad) bad = temper_equilibrium_bins(s->potential, &e, 0, FINE, bin, NULL);
    for (int k = 0; k < s->wells && !bad; k++) {
        double from = k ? s->barrier[k - 1][0] : -INFINITY,
               to = k < s->barriers ? s->barrier[k][0] : INFINITY, width = (e.high[0] - e.low[0]) / FINE;
        share[k] = 0;
        for (int b = 0; b < FINE; b++) {
            double a = fmax(from, e.low[0] + width * b), z = fmin(to, e.low[0] + width * (b + 1));
            if (z > a) share[k] += bin[b] * (z - a) / width;
        }
    }
    temper_release(bin);
    return bad == TEMPER_DIVERGED ? TEMPER_OK : bad;
}

/* Two wells exchange walkers at the rates 1/τ₁ + 1/τ₂, τ the mean first passage times: what is left of the start decays by e in the inverse of that. */
temper_status temper_simple_forget(const temper_simple *s, double T, double *time) {
    *time = NAN;
    for (int b = 0; b < s->barriers && s->dim == 1 && b < RINGS; b++) {
        double there, back;
        temper_status bad = temper_passage_exact(s->potential, T, s->well[b][0], s->well[b + 1][0], &there);
        if (!bad) bad = temper_passage_exact(s->potential, T, s->well[b + 1][0], s->well[b][0], &back);
        if (bad) return bad;
        *time = fmax(*time, 1 / (1 / there + 1 / back));
    }
    return TEMPER_OK;
}
