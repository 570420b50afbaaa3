/* The sum over states as a tree: at depth d the units below d are still free. The field of a branch is that of its stem plus one row,
 * so a state costs one addition of a row (and a fraction for the branches above it) and no rounding error builds up; the sums of a
 * branch are added to those of its stem, so that Σ w ⟨s⟩ over "unit d is on" costs nothing more. */
#include "core/enumerate_parts.h"
#include "core/unit_law.h"
#include "base/elementary.h"
#include "kernel/kernel.h"

typedef struct {
    const temper_states *of;
    temper_sums *sums;
    double *x;    /* [low + 1][width] fields of the stem at each depth */
    double *S;    /* [low + 1][columns] sums of the branch at each depth */
    double *mean; /* of the leaf, or NULL */
    bool started; /* a reference was chosen */
} tree;

static const double ROOM = 300; /* a weight may be e^300 above the reference before that moves */

void temper_tree_sizes(const temper_states *of, temper_sums *sums, size_t *scratch) {
    sums->weight = of->stat ? of->width : 0;
    sums->columns = sums->weight + 1;
    *scratch = (size_t)((of->K - of->top + 1) * (of->width + sums->columns));
}

int64_t temper_states_level(const temper_states *of, int64_t chunk, int64_t d) {
    for (int64_t k = of->K - of->top; k < d; k++) chunk /= of->L;
    return chunk % of->L;
}

/* to = from + what unit d at this level adds to the fields; returns what it adds to the logarithm of the weight itself. */
static double branch(const temper_states *of, int64_t d, int64_t level, const double *from, double *to) {
    int64_t component = d * of->comps + (of->comps > 1 ? level : 0);
    double s = of->unit == TEMPER_SPIN     ? (double)(2 * level - 1)
               : of->unit == TEMPER_BINARY ? (double)level
                                           : 1;
    const double *row = of->R + component * of->width;
    for (int64_t k = 0; k < of->width; k++) to[k] = from[k] + s * row[k];
    return s * of->a[component];
}

/* All sums so far are brought down to a higher reference; S[0] is the leaf's, which holds means that are not weighted yet. */
static void refer(tree *t, double to) {
    temper_sums *sums = t->sums;
    double factor = temper_exp(sums->reference - to);
    int64_t depths = t->of->K - t->of->top + 1;
    for (int64_t k = 0; k < sums->rows * sums->columns; k++) sums->at[k] *= factor;
    for (int64_t k = sums->columns; k < depths * sums->columns; k++) t->S[k] *= factor;
    sums->reference = to;
}

static void leaf(tree *t, double a) {
    const temper_states *of = t->of;
    double ln_w = a + temper_unit_law(of->other, of->N, of->states, t->x, t->mean);
    if (!t->started) t->sums->reference = ln_w, t->started = true;
    if (ln_w > t->sums->reference + ROOM) refer(t, ln_w);
    double w = temper_exp(ln_w - t->sums->reference);
    for (int64_t k = 0; t->mean && k < of->width; k++) t->S[k] = w * t->mean[k];
    t->S[t->sums->weight] = w;
}

/* Sums the branch with units d−1 … 0 free and field x[d] into S[d], which is overwritten. */
static void climb(tree *t, int64_t d, double a) {
    const temper_states *of = t->of;
    int64_t columns = t->sums->columns;
    if (d == 0) {
        leaf(t, a);
        return;
    }
    double *stem = t->S + d * columns, *part = stem - columns;
    for (int64_t k = 0; k < columns; k++) stem[k] = 0;
    for (int64_t level = 0; level < of->L; level++) {
        double more = branch(of, d - 1, level, t->x + d * of->width, t->x + (d - 1) * of->width);
        climb(t, d - 1, a + more);
        temper_kernel()->lanes_add(t->sums->at + ((d - 1) * of->L + level) * columns, 1, part, columns);
        temper_kernel()->lanes_add(stem, 1, part, columns);
    }
}

void temper_tree_sum(const temper_states *of, int64_t chunk, temper_sums *sums, double *scratch) {
    int64_t low = of->K - of->top;
    tree t = {.of = of, .sums = sums, .x = scratch, .S = scratch + (low + 1) * of->width};
    double *root = t.x + low * of->width, a = 0;
    t.mean = of->stat ? t.S : NULL; /* the leaf's means are scaled where they stand */
    for (int64_t k = 0; k < of->width; k++) root[k] = of->x0[k];
    for (int64_t d = of->K - 1; d >= low; d--)
        a += branch(of, d, temper_states_level(of, chunk, d), root, root);
    climb(&t, low, a);
    for (int64_t k = 0; k < sums->columns; k++)
        sums->at[of->K * of->L * sums->columns + k] = t.S[low * sums->columns + k];
}
