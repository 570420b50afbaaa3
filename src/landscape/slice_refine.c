/* Where a slice is looked at more closely, and what stands where it is not.
 *
 * On halving t the cells of side s = 2^(refine − t), in points of the finest grid, whose corners were all computed are ranked by how much the surface
 * bends there: the largest second difference of
 *
 *     g = ln(1 + (L − min)/(median − min))
 *
 * over their corners and axes. The logarithm keeps the walls around a valley from drawing all attention to themselves. The first quarter gets the
 * points at s/2. */
#include <math.h>
#include <stdlib.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "landscape/slice_parts.h"

typedef struct {
    double bend;
    int64_t at; /* its corner of least coordinates */
} cell;

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int by_bend(const void *a, const void *b) {
    const cell *x = a, *y = b;
    if (x->bend != y->bend) return x->bend > y->bend ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static bool known(const temper_slice *s, int64_t p) { return s->level[p] != TEMPER_NOT_COMPUTED; }
static int64_t index_of(const temper_slice *s, int64_t p, int k) { return p / s->stride[k] % s->axis[k].n; }

/* g[points], NaN where it is not known. */
static void compress(const temper_slice *s, double *g) {
    const double *L = s->field[TEMPER_FIELD_LOSS];
    int64_t n = 0;
    for (int64_t p = 0; p < s->points; p++)
        if (known(s, p) && isfinite(L[p])) g[n++] = L[p];
    double least = 0, middle = 0;
    if (n) {
        qsort(g, (size_t)n, sizeof *g, ascending);
        least = g[0], middle = g[n / 2] - g[0];
    }
    for (int64_t p = 0; p < s->points; p++)
        g[p] = known(s, p) && isfinite(L[p])
                   ? middle > 0 ? temper_log1p((L[p] - least) / middle) : L[p] - least
                   : NAN;
}

static double bend_at(const temper_slice *s, const double *g, int64_t p, int k, int64_t side) {
    int64_t i = index_of(s, p, k), away = side * s->stride[k];
    if (i < side || i + side >= s->axis[k].n) return 0;
    double d = fabs(g[p - away] - 2 * g[p] + g[p + away]);
    return isfinite(d) ? d : 0;
}

/* Corner number c of a cell; −1: the cell hangs over the edge. */
static int64_t corner(const temper_slice *s, int64_t at, unsigned c, int64_t side) {
    for (int k = 0; k < s->axes; k++) {
        if (index_of(s, at, k) + side >= s->axis[k].n) return -1;
        if (c >> k & 1) at += side * s->stride[k];
    }
    return at;
}

static bool judge(const temper_slice *s, const double *g, int64_t side, cell *c) {
    c->bend = 0;
    for (int k = 0; k < s->axes; k++)
        if (index_of(s, c->at, k) % side) return false;
    for (unsigned v = 0; v < 1u << s->axes; v++) {
        int64_t p = corner(s, c->at, v, side);
        if (p < 0 || !known(s, p)) return false;
        for (int k = 0; k < s->axes; k++) c->bend = fmax(c->bend, bend_at(s, g, p, k, side));
    }
    return true;
}

/* All 3^axes points of a cell at half its side. */
static void fill(temper_slice *s, int64_t at, int64_t half, uint8_t level) {
    int n = 1;
    for (int k = 0; k < s->axes; k++) n *= 3;
    for (int c = 0; c < n; c++) {
        int64_t p = at;
        for (int k = 0, digit = c; k < s->axes; k++, digit /= 3) p += digit % 3 * half * s->stride[k];
        if (!known(s, p)) s->level[p] = level;
    }
}

temper_status temper_slice_refine(temper_slice *s) {
    int64_t side = (int64_t)1 << (s->refine - *s->turn), n = 0;
    double *g = temper_alloc((size_t)s->points, sizeof *g);
    cell *cells = temper_alloc((size_t)s->points, sizeof *cells);
    if (g && cells) {
        compress(s, g);
        for (int64_t p = 0; p < s->points; p++) {
            cells[n].at = p;
            n += judge(s, g, side, &cells[n]);
        }
        if (n) qsort(cells, (size_t)n, sizeof *cells, by_bend);
        for (int64_t c = 0; c < (n + 3) / 4; c++)
            if (cells[c].bend > 0) fill(s, cells[c].at, side / 2, (uint8_t)(*s->turn + 1));
    }
    bool good = g && cells;
    temper_release(g);
    temper_release(cells);
    return good ? TEMPER_OK : TEMPER_NO_MEMORY;
}

/* The mean of the 2^k neighbours at ±side along the k axes in which p lies between the coarser points. */
static double between(const temper_slice *s, const double *f, int64_t p, int64_t side) {
    int axis[TEMPER_AXES_MAX], k = 0;
    for (int a = 0; a < s->axes; a++)
        if (index_of(s, p, a) % (2 * side)) axis[k++] = a;
    double sum = 0;
    for (unsigned v = 0; v < 1u << k; v++) {
        int64_t q = p;
        for (int a = 0; a < k; a++) q += (v >> a & 1 ? side : -side) * s->stride[axis[a]];
        sum += f[q];
    }
    return sum / (double)(1u << k);
}

static bool of_spacing(const temper_slice *s, int64_t p, int64_t side) {
    bool coarser = true;
    for (int k = 0; k < s->axes; k++) {
        int64_t i = index_of(s, p, k);
        if (i % side) return false;
        coarser &= i % (2 * side) == 0;
    }
    return !coarser;
}

void temper_slice_interpolate(temper_slice *s) {
    for (int64_t side = (int64_t)1 << s->refine >> 1; side > 0;
         side /= 2) /* coarse to fine: neighbours are there */
        for (int64_t p = 0; p < s->points; p++)
            if (!known(s, p) && of_spacing(s, p, side))
                for (int f = 0; f < TEMPER_FIELDS; f++)
                    if (s->field[f]) s->field[f][p] = between(s, s->field[f], p, side);
}
