/* The valleys of a grid, by flooding it from below.
 *
 * Points are visited from low to high (ties by their place). A point without visited neighbours is a minimum: a valley is born. A point that touches
 * one valley widens it. A point that touches several is a pass: all of them but the one with the deepest floor end here (the elder rule), and flow
 * into it. Union-find keeps the valleys; the root of a set is the minimum of its eldest valley. Cost n ln n for sorting, then almost n. */
#include <math.h>
#include <stdlib.h>
#include "base/memory.h"
#include "temper/slice.h"

typedef struct {
    double f;
    int64_t at;
} point;

typedef struct {
    int axes;
    int64_t n[3], stride[3], points, visits;
    const double *f;
    point *order;   /* [points] from low to high */
    int64_t *place; /* [points] in that order; −1 before the visit */
    int64_t *root;  /* [points] of union-find: towards the minimum */
    int64_t *pair;  /* [points] of a minimum: its valley */
    temper_merge_tree *out;
} flood;

static int from_low(const void *a, const void *b) {
    const point *x = a, *y = b;
    if (x->f != y->f) return x->f < y->f ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static int64_t find(int64_t *root, int64_t p) {
    while (root[p] != p) p = root[p] = root[root[p]];
    return p;
}

/* Minimum a (of one valley) is older than minimum b. */
static bool older(const flood *w, int64_t a, int64_t b) { return w->place[a] < w->place[b]; }

static void meet(flood *w, int64_t at, int64_t neighbour) {
    if (w->place[neighbour] < 0) return;
    int64_t there = find(w->root, neighbour);
    if (w->root[at] < 0) {
        w->root[at] = there;
        return;
    }
    int64_t here = find(w->root, at);
    if (here == there) return;
    int64_t elder = older(w, here, there) ? here : there, younger = elder == here ? there : here;
    temper_valley *ends = &w->out->valley[w->pair[younger]];
    ends->death = w->f[at], ends->saddle = at, ends->parent = w->pair[elder];
    w->root[younger] = elder;
}

static void visit(flood *w, int64_t at, int64_t turn) {
    w->root[at] = -1;
    for (int k = 0; k < w->axes; k++) {
        int64_t i = at / w->stride[k] % w->n[k];
        if (i > 0) meet(w, at, at - w->stride[k]);
        if (i + 1 < w->n[k]) meet(w, at, at + w->stride[k]);
    }
    w->place[at] = turn;
    if (w->root[at] >= 0) return;
    w->root[at] = at;
    w->pair[at] = w->out->n;
    w->out->valley[w->out->n++] =
        (temper_valley){.birth = w->f[at], .death = INFINITY, .minimum = at, .saddle = -1, .parent = -1};
}

static int by_persistence(const void *a, const void *b) {
    const temper_valley *x = a, *y = b;
    double p = x->death - x->birth, q = y->death - y->birth;
    if (p == q && isinf(p) && x->birth != y->birth) return x->birth < y->birth ? -1 : 1;
    if (p != q) return p > q ? -1 : 1;
    return (x->minimum > y->minimum) - (x->minimum < y->minimum);
}

/* Sorted, with parents that follow: they are minima for a moment. */
static void settle(flood *w) {
    temper_merge_tree *t = w->out;
    for (int64_t k = 0; k < t->n; k++)
        if (t->valley[k].parent >= 0) t->valley[k].parent = w->order[t->valley[k].parent].at;
    qsort(t->valley, (size_t)t->n, sizeof *t->valley, by_persistence);
    for (int64_t k = 0; k < t->n; k++) w->pair[t->valley[k].minimum] = k;
    for (int64_t k = 0; k < t->n; k++)
        if (t->valley[k].parent >= 0) t->valley[k].parent = w->pair[t->valley[k].parent];
}

static void run(flood *w) {
    for (int64_t p = 0; p < w->points; p++) {
        w->place[p] = -1;
        if (isfinite(w->f[p])) w->order[w->visits++] = (point){w->f[p], p};
    }
    if (w->visits) qsort(w->order, (size_t)w->visits, sizeof *w->order, from_low);
    for (int64_t k = 0; k < w->visits; k++) visit(w, w->order[k].at, k);
    for (int64_t k = 0; k < w->out->n; k++) w->order[k].at = w->out->valley[k].minimum; /* room for settle */
    if (w->out->n) settle(w);
}

temper_status temper_merge_tree_find(int axes, const int64_t *n, const double *f, temper_merge_tree *out) {
    flood w = {.axes = axes, .points = 1, .f = f, .out = out};
    *out = (temper_merge_tree){0};
    if (axes < 1 || axes > 3)
        return temper_fail(TEMPER_BAD_OPTION, "merge tree: axes=%d is outside 1 ... 3", axes);
    for (int k = 0; k < axes; k++) {
        if (n[k] < 1 || n[k] > (1 << 28) / w.points)
            return temper_fail(TEMPER_BAD_OPTION, "merge tree: a grid of more than 2^28 points, or of none");
        w.n[k] = n[k], w.stride[k] = w.points, w.points *= n[k];
    }
    w.order = temper_alloc((size_t)w.points, sizeof *w.order);
    w.place = temper_alloc((size_t)w.points, 3 * sizeof *w.place);
    out->valley = temper_alloc((size_t)w.points, sizeof *out->valley);
    bool good = w.order && w.place && out->valley;
    if (good) {
        w.root = w.place + w.points, w.pair = w.root + w.points;
        run(&w);
    }
    temper_release(w.order);
    temper_release(w.place);
    if (!good) temper_merge_tree_clear(out);
    return good ? TEMPER_OK : TEMPER_NO_MEMORY;
}

void temper_merge_tree_clear(temper_merge_tree *tree) {
    temper_release(tree->valley);
    *tree = (temper_merge_tree){0};
}
