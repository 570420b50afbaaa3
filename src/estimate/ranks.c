/* Spearman's ρ is the correlation of ranks, Kendall's τ_b = (concordant − discordant)/√((pairs untied in x)(pairs untied in y)). Under the null
 * all n! orders of y are equally likely, whatever the numbers are: the p-value counts them. */
#include "estimate/ranks.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include "base/memory.h"

enum { EXACT = 7, DRAWS = 4999, RESAMPLES = 999 };
static const double TIE = 1e-12; /* of two correlations: rounding */

typedef struct {
    int n;
    double *x, *y;   /* [n] */
    double *rx, *ry; /* [n] ranks */
    double *px, *py; /* [n] room */
    double *drawn;   /* [RESAMPLES] */
    int *order;      /* [n] */
} table;

static void rank(int n, const double *x, double *out) {
    for (int i = 0; i < n; i++) {
        int below = 0, equal = 0;
        for (int j = 0; j < n; j++) below += x[j] < x[i], equal += x[j] == x[i];
        out[i] = below + (equal + 1) / 2.0;
    }
}

/* Correlation; NaN where one is constant. */
static double correlation(int n, const double *x, const double *y) {
    double mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (int i = 0; i < n; i++) mx += x[i] / n, my += y[i] / n;
    for (int i = 0; i < n; i++) {
        double dx = x[i] - mx, dy = y[i] - my;
        xx += dx * dx, yy += dy * dy, xy += dx * dy;
    }
    return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : NAN;
}

static double kendall(int n, const double *x, const double *y) {
    double sum = 0, ux = 0, uy = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) {
            int a = (x[i] > x[j]) - (x[i] < x[j]), b = (y[i] > y[j]) - (y[i] < y[j]);
            sum += a * b, ux += a != 0, uy += b != 0;
        }
    return ux > 0 && uy > 0 ? sum / sqrt(ux * uy) : NAN;
}

/* ---- chance ---- */

typedef struct {
    double spearman, kendall;
    int64_t seen, spearman_far, kendall_far;
} tally;

static void count(const table *t, tally *c) {
    for (int i = 0; i < t->n; i++) t->py[i] = t->ry[t->order[i]];
    c->seen++;
    c->spearman_far += fabs(correlation(t->n, t->rx, t->py)) >= fabs(c->spearman) - TIE;
    c->kendall_far += fabs(kendall(t->n, t->rx, t->py)) >= fabs(c->kendall) - TIE;
}

static void exchange(int *order, int i, int j) {
    int held = order[i];
    order[i] = order[j], order[j] = held;
}

/* Heap's algorithm, without recursion: each order differs from the last by one exchange. */
static void all_orders(const table *t, tally *c) {
    int turn[EXACT] = {0};
    count(t, c);
    for (int k = 1; k < t->n;) {
        if (turn[k] < k) {
            exchange(t->order, k % 2 ? turn[k] : 0, k);
            count(t, c);
            turn[k]++, k = 1;
        } else {
            turn[k++] = 0;
        }
    }
}

static void some_orders(const table *t, temper_stream stream, tally *c) {
    count(t, c); /* the one that is there */
    for (int64_t d = 0; d < DRAWS; d++) {
        for (int i = t->n - 1; i > 0; i--)
            exchange(t->order, i,
                     (int)temper_below(temper_word(stream, TEMPER_FOR_BOOTSTRAP, d, i), (uint32_t)i + 1));
        count(t, c);
    }
}

static void resample(const table *t, temper_stream stream, temper_ranks *out) {
    int kept = 0;
    for (int64_t d = 0; d < RESAMPLES; d++) {
        for (int i = 0; i < t->n; i++) {
            int j =
                (int)temper_below(temper_word(stream, TEMPER_FOR_BOOTSTRAP, DRAWS + d, i), (uint32_t)t->n);
            t->px[i] = t->x[j], t->py[i] = t->y[j];
        }
        double *rx = t->px + t->n, *ry = t->py + t->n;
        rank(t->n, t->px, rx), rank(t->n, t->py, ry);
        double rho = correlation(t->n, rx, ry);
        if (isnan(rho)) continue;
        int at = kept++;
        for (; at > 0 && t->drawn[at - 1] > rho; at--) t->drawn[at] = t->drawn[at - 1];
        t->drawn[at] = rho;
    }
    if (kept < 40) return;
    out->low = t->drawn[(int)(0.025 * kept)], out->high = t->drawn[(int)(0.975 * kept)];
}

temper_status temper_ranks_compare(const double *x, const double *y, int n, temper_stream stream,
                                   temper_ranks *out) {
    *out = (temper_ranks){0, NAN, NAN, NAN, NAN, NAN, NAN};
    size_t N = n > 0 ? (size_t)n : 0;
    double *room = temper_alloc(8 * N + RESAMPLES, sizeof *room);
    int *order = temper_alloc(N, sizeof *order);
    temper_status bad = room && order ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad) {
        table t = {0,    room, room + N, room + 2 * N, room + 3 * N, room + 4 * N, room + 6 * N, room + 8 * N,
                   order};
        for (int i = 0; i < n; i++)
            if (isfinite(x[i]) && isfinite(y[i])) t.x[t.n] = x[i], t.y[t.n] = y[i], order[t.n] = t.n, t.n++;
        out->n = t.n;
        rank(t.n, t.x, t.rx), rank(t.n, t.y, t.ry);
        tally c = {.spearman = correlation(t.n, t.rx, t.ry), .kendall = kendall(t.n, t.rx, t.ry)};
        if (t.n >= 3 && !isnan(c.spearman)) {
            if (t.n <= EXACT)
                all_orders(&t, &c);
            else
                some_orders(&t, stream, &c);
            out->spearman = c.spearman, out->kendall = c.kendall;
            out->spearman_p = (double)c.spearman_far / (double)c.seen;
            out->kendall_p = (double)c.kendall_far / (double)c.seen;
            if (t.n >= 5) resample(&t, stream, out);
        }
    }
    temper_release(room);
    temper_release(order);
    return bad;
}
