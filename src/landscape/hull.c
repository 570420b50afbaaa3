/* Where a walker can be: a box is doubled until the density vanishes on its sides; of two coordinates valleys that are narrower than a grid are followed to
 * their ends. */
#include <math.h>
#include "base/memory.h"
#include "landscape/ground.h"
#include "temper/simple.h"

enum { GRID = 2048, SQUARE = 192, STEPS = 20000 };
static const double DEPTH = 45; /* e^−45 = 3e-20 */

static double place(double low, double high, int i, int n) { return low + (high - low) * i / (n - 1); }

static const char *name(const ground *g) { return g->potential->text ? g->potential->text : "the potential"; }

static temper_status unbound(const ground *g) {
    return temper_fail(TEMPER_DIVERGED, "%.200s does not hold a walker together at T=%g: no equilibrium",
                       name(g), g->tau * (double)g->potential->samples);
}

static bool widen(ground_hull *h, const double *x, int dim) {
    bool wider = false;
    for (int k = 0; k < dim; k++) {
        if (x[k] < h->low[k]) h->low[k] = x[k], wider = true;
        if (x[k] > h->high[k]) h->high[k] = x[k], wider = true;
    }
    return wider;
}

static bool deep(const ground *g, const ground_hull *h, double u) { return u < h->lowest + DEPTH * g->tau; }

/* ---- a minimum along one axis ---- */

/* From x downhill along an axis with steps that double, then golden section: x is moved to a minimum near it, whose energy is the answer. */
static double down(const ground *g, double *x, int axis, double step) {
    const double golden = 0.38196601125010515;
    double u = ground_u(g, x), at = x[axis], a = at - step, b = at + step;
    for (int way = -1; way <= 1; way += 2)
        for (double h = step; h < 1e12 * step; h *= 2) {
            x[axis] = at + way * h;
            double v = ground_u(g, x);
            if (!(v < u)) {
                if (way < 0)
                    a = x[axis];
                else
                    b = x[axis];
                break;
            }
            u = v, at = x[axis]; /* the bracket moves on; its other side is where it came from */
            if (way < 0)
                b = at + h;
            else
                a = at - h;
        }
    double p = a + golden * (b - a), q = b - golden * (b - a);
    x[axis] = p;
    double up = ground_u(g, x);
    x[axis] = q;
    double uq = ground_u(g, x);
    for (int k = 0; k < 60; k++)
        if (!(uq < up)) {
            b = q, q = p, uq = up, x[axis] = p = a + golden * (b - a), up = ground_u(g, x);
        } else {
            a = p, p = q, up = uq, x[axis] = q = b - golden * (b - a), uq = ground_u(g, x);
        }
    x[axis] = up < uq ? p : q;
    return fmin(up, uq);
}

/* ---- stretches of a line ---- */

/* Where the energy rises above the depth between a place below and one above it. */
static double edge(const ground *g, const ground_hull *h, double *x, int axis, double in, double out) {
    for (int k = 0; k < 40; k++) {
        x[axis] = (in + out) / 2;
        if (deep(g, h, ground_u(g, x)))
            in = x[axis];
        else
            out = x[axis];
    }
    return out;
}

typedef struct {
    const ground *g;
    const ground_hull *hull;
    int axis, points;
    double low, high;
    double x[2];
} line;

static double on(line *l, int i) {
    l->x[l->axis] = place(l->low, l->high, i, l->points);
    return ground_u(l->g, l->x);
}

/* A grid point, or a minimum between grid points, is deep at `at`, i being the last point at or before it: as far as it goes on both sides. Returns the
 * first point behind. */
static int stretch_about(line *l, double at, int i, double *ends) {
    int left = i, right = i + 1;
    double in = at;
    while (left >= 0 && deep(l->g, l->hull, on(l, left))) in = l->x[l->axis], left--;
    ends[0] =
        left < 0 ? l->low : edge(l->g, l->hull, l->x, l->axis, in, place(l->low, l->high, left, l->points));
    in = at;
    while (right < l->points && deep(l->g, l->hull, on(l, right))) in = l->x[l->axis], right++;
    ends[1] = right >= l->points
                  ? l->high
                  : edge(l->g, l->hull, l->x, l->axis, in, place(l->low, l->high, right, l->points));
    return right;
}

int temper_ground_stretches(const ground *g, const ground_hull *hull, int axis, double other, int points,
                            double (*stretch)[2]) {
    line l = {.g = g,
              .hull = hull,
              .axis = axis,
              .points = points,
              .low = hull->low[axis],
              .high = hull->high[axis]};
    l.x[1 - axis] = other;
    int n = 0;
    double before = INFINITY, here = on(&l, 0);
    for (int i = 0; i < points && n < TEMPER_STRETCHES; i++) {
        double next = i + 1 < points ? on(&l, i + 1) : INFINITY, at = place(l.low, l.high, i, points);
        bool found = deep(g, hull, here);
        if (!found && here <= before && here <= next && isfinite(here)) {
            l.x[axis] = at;
            found = deep(g, hull, down(g, l.x, axis, (l.high - l.low) / points / 4));
            at = l.x[axis];
            found = found && at >= l.low && at <= l.high;
        }
        before = here, here = next;
        if (!found) continue;
        int floor_point = at < place(l.low, l.high, i, points) ? i - 1 : i;
        int behind = stretch_about(&l, at, floor_point, stretch[n]);
        if (n && stretch[n][0] <= stretch[n - 1][1])
            stretch[n - 1][1] = fmax(stretch[n][1], stretch[n - 1][1]);
        else
            n++;
        if (behind <= i) continue;
        i = behind - 1; /* the loop goes on at `behind` */
        before = on(&l, i), here = behind < points ? on(&l, behind) : INFINITY;
    }
    return n;
}

/* ---- the box ---- */

static ground_hull begin(const ground *g) {
    ground_hull b = {{INFINITY, INFINITY}, {-INFINITY, -INFINITY}, INFINITY};
    double theta[2];
    for (uint32_t k = 0; k < 64; k++) {
        g->potential->type->start(g->potential->self, (temper_stream){0, k}, theta);
        widen(&b, theta, g->dim);
    }
    for (int k = 0; k < g->dim; k++) {
        double middle = (b.low[k] + b.high[k]) / 2, half = fmax((b.high[k] - b.low[k]) / 2, 1);
        b.low[k] = middle - half, b.high[k] = middle + half;
    }
    return b;
}

/* The hull of what is deep in the box, on a grid u[n][m]; touched[k]: it reaches the sides of axis k. */
static temper_status scan(const ground *g, const ground_hull *in, double *u, ground_hull *out,
                          bool *touched) {
    int n = g->dim == 1 ? GRID : SQUARE, m = g->dim == 1 ? 1 : n;
    double x[2] = {0};
    *out = (ground_hull){{INFINITY, INFINITY}, {-INFINITY, -INFINITY}, INFINITY};
    for (int i = 0; i < n * m; i++) {
        x[0] = place(in->low[0], in->high[0], i / m, n);
        if (m > 1) x[1] = place(in->low[1], in->high[1], i % m, m);
        u[i] = ground_u(g, x);
        if (u[i] < out->lowest) out->lowest = u[i];
    }
    if (out->lowest == INFINITY)
        return temper_fail(TEMPER_DIVERGED, "%.200s is nowhere finite near its start", name(g));
    if (!isfinite(out->lowest)) return unbound(g);
    touched[0] = touched[1] = false;
    for (int i = 0; i < n * m; i++) {
        if (!deep(g, out, u[i])) continue;
        x[0] = place(in->low[0], in->high[0], i / m, n);
        if (m > 1) x[1] = place(in->low[1], in->high[1], i % m, m);
        touched[0] |= i / m == 0 || i / m == n - 1;
        touched[1] |= m > 1 && (i % m == 0 || i % m == m - 1);
        widen(out, x, g->dim);
    }
    return out->low[0] <= out->high[0] ? TEMPER_OK
                                       : unbound(g); /* depths below rounding error: it goes down for ever */
}

static void grow(ground_hull *b, const ground_hull *from, const ground *g, double cells) {
    double n = (g->dim == 1 ? GRID : SQUARE) - 1;
    ground_hull r = *from;
    for (int k = 0; k < g->dim; k++) {
        double cell = (b->high[k] - b->low[k]) / n;
        r.low[k] -= cells * cell, r.high[k] += cells * cell;
    }
    *b = r;
}

/* Every minimum of a line that a grid can tell, however narrow, is in the hull if it is deep enough. */
static void include_wells(const ground *g, const ground_hull *in, ground_hull *h) {
    temper_wells wells;
    if (g->dim != 1 || temper_wells_find(g->potential, in->low[0], in->high[0], &wells))
        return; /* too many: the grid sees them */
    for (int k = 0; k < wells.wells; k++) h->lowest = fmin(h->lowest, ground_u(g, &wells.well[k]));
    for (int k = 0; k < wells.wells; k++)
        if (deep(g, h, ground_u(g, &wells.well[k]))) widen(h, &wells.well[k], 1);
}

/* ---- valleys ---- */

/* Outwards from an end of the hull along one axis, at the bottom of the valley across, while it is deep. */
static temper_status follow(const ground *g, ground_hull *h, int axis, int way, bool *moved) {
    double step = (h->high[axis] - h->low[axis]) / 128, across = (h->high[1 - axis] - h->low[1 - axis]) / 128,
           x[2], best[2] = {0};
    double edge_at = way < 0 ? h->low[axis] : h->high[axis], u = INFINITY;
    for (int i = 0; i < 64; i++) { /* the lowest place of the line where one starts */
        x[axis] = edge_at - way * step, x[1 - axis] = place(h->low[1 - axis], h->high[1 - axis], i, 64);
        double v = down(g, x, 1 - axis, across / 4);
        if (v < u) u = v, best[0] = x[0], best[1] = x[1];
    }
    x[0] = best[0], x[1] = best[1];
    for (int k = 0; k < STEPS; k++) {
        if (!deep(g, h, u)) return TEMPER_OK;
        if (u < h->lowest) h->lowest = u;
        *moved |= widen(h, x, 2);
        x[axis] += way * step;
        u = down(g, x, 1 - axis, across / 64);
        if (u == -INFINITY) return unbound(g);
        if (k % 64 == 63) step *= 2;
        if (fabs(x[0]) > 1e9 || fabs(x[1]) > 1e9) return unbound(g);
    }
    return unbound(g);
}

static temper_status follow_all(const ground *g, ground_hull *h) {
    temper_status bad = TEMPER_OK;
    bool moved = g->dim == 2;
    for (int round = 0; moved && round < 8 && !bad; round++) {
        moved = false;
        for (int k = 0; k < 4 && !bad; k++) bad = follow(g, h, k / 2, k % 2 ? 1 : -1, &moved);
    }
    return bad;
}

/* Doubled until nothing touches the sides, and thrice more: there may be something behind the next hill. */
static temper_status search(const ground *g, double *u, ground_hull *h) {
    ground_hull b = begin(g);
    bool touched[2];
    temper_status bad = TEMPER_OK;
    for (int good = 0, k = 0; good < 4 && !bad; k++) {
        if (k == 40) return unbound(g);
        if ((bad = scan(g, &b, u, h, touched))) break;
        bool inside = !touched[0] && !touched[1];
        good = inside ? good + 1 : 0;
        for (int i = 0; i < g->dim && good < 4; i++) {
            double half = inside || touched[i] ? (b.high[i] - b.low[i]) / 2 : 0;
            b.low[i] -= half, b.high[i] += half;
        }
    }
    for (int k = 0; k < 3 && !bad; k++) { /* finer and finer about what there is */
        include_wells(g, &b, h);
        grow(&b, h, g, 2);
        if (!(bad = scan(g, &b, u, h, touched))) include_wells(g, &b, h);
    }
    if (!bad) grow(&b, h, g, 1), b.lowest = h->lowest, *h = b;
    return bad ? bad : follow_all(g, h);
}

temper_status temper_ground_hull(const ground *g, ground_hull *hull) {
    double *u = temper_alloc(SQUARE * SQUARE, sizeof *u);
    if (!u) return TEMPER_NO_MEMORY;
    temper_status bad = search(g, u, hull);
    temper_release(u);
    return bad;
}
