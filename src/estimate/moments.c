/* Two sets of rows compared by what a second-order theory sees of them: means and connected correlations. And in one dimension by all of it: Wasserstein. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "estimate/quality.h"
#include "temper/parallel.h"

typedef struct { /* of pairs of numbers x, y */
    double n, x, y, xx, yy, xy, difference;
} sums;

static void add(sums *s, double x, double y) {
    s->n++;
    s->x += x;
    s->y += y;
    s->xx += x * x;
    s->yy += y * y;
    s->xy += x * y;
    s->difference += (x - y) * (x - y);
}

static void read(const sums *s, double *pearson, double *rms) {
    double vx = s->xx - s->x * s->x / s->n, vy = s->yy - s->y * s->y / s->n, c = s->xy - s->x * s->y / s->n;
    *pearson = vx > 0 && vy > 0 ? c / sqrt(vx * vy) : NAN;
    *rms = s->n > 0 ? sqrt(s->difference / s->n) : NAN;
}

typedef struct {
    const temper_sample_rows *of[2];
    double *mean[2]; /* [columns] */
    double *C;       /* [columns][2][columns] */
    sums *pairs;     /* [columns], of row i: j < i */
} comparison;

static temper_status row(void *context, int64_t i) {
    comparison *c = context;
    int64_t V = c->of[0]->columns;
    for (int k = 0; k < 2; k++) {
        double *C = c->C + (2 * i + k) * V;
        for (int64_t r = 0; r < c->of[k]->n; r++) {
            const float *x = c->of[k]->X + r * V;
            double d = x[i] - c->mean[k][i];
            for (int64_t j = 0; j < i; j++) C[j] += d * (x[j] - c->mean[k][j]);
        }
    }
    for (int64_t j = 0; j < i; j++)
        add(c->pairs + i, c->C[2 * i * V + j] / (double)c->of[0]->n,
            c->C[(2 * i + 1) * V + j] / (double)c->of[1]->n);
    return TEMPER_OK;
}

static temper_status means(const temper_sample_rows *rows, double *mean) {
    for (int64_t r = 0; r < rows->n; r++)
        for (int64_t i = 0; i < rows->columns; i++) mean[i] += rows->X[r * rows->columns + i];
    for (int64_t i = 0; i < rows->columns; i++) {
        mean[i] /= (double)rows->n;
        if (!isfinite(mean[i]))
            return temper_fail(TEMPER_BAD_DATA, "quality: column %lld is not finite", (long long)i);
    }
    return TEMPER_OK;
}

temper_status temper_compare_moments(const temper_sample_rows *a, const temper_sample_rows *b,
                                     temper_moments *out) {
    if (a->n < 1 || b->n < 1 || a->columns < 1 || a->columns != b->columns)
        return temper_fail(TEMPER_BAD_DATA,
                           "quality: %lld rows of %lld columns and %lld of %lld cannot be compared",
                           (long long)a->n, (long long)a->columns, (long long)b->n, (long long)b->columns);
    size_t V = (size_t)a->columns;
    double *room = temper_alloc(2 * V + 2 * V * V, sizeof *room);
    sums *pairs = temper_alloc(V, sizeof *pairs), first = {0}, second = {0};
    comparison c = {{a, b}, {room, room + V}, room + 2 * V, pairs};
    temper_status status = room && pairs ? means(a, c.mean[0]) : TEMPER_NO_MEMORY;
    if (!status) status = means(b, c.mean[1]);
    if (!status) status = temper_parallel(a->columns, row, &c);
    if (!status) {
        for (size_t i = 0; i < V; i++) {
            add(&first, c.mean[0][i], c.mean[1][i]);
            second.n += pairs[i].n, second.x += pairs[i].x, second.y += pairs[i].y, second.xx += pairs[i].xx;
            second.yy += pairs[i].yy, second.xy += pairs[i].xy, second.difference += pairs[i].difference;
        }
        read(&first, &out->mean_pearson, &out->mean_rms);
        read(&second, &out->pair_pearson, &out->pair_rms);
    }
    temper_release(room);
    temper_release(pairs);
    return status;
}

static int ascending(const void *x, const void *y) {
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

/* Between neighbouring numbers of both sets together the two distribution functions stand still. */
temper_status temper_wasserstein(const double *a, int64_t na, const double *b, int64_t nb, double *distance) {
    if (na < 1 || nb < 1) return temper_fail(TEMPER_BAD_DATA, "quality: no numbers to compare");
    double *x = temper_alloc((size_t)(na + nb), sizeof *x), *y = x + na, sum = 0;
    if (!x) return TEMPER_NO_MEMORY;
    memcpy(x, a, (size_t)na * sizeof *x);
    memcpy(y, b, (size_t)nb * sizeof *x);
    for (int64_t i = 0; i < na + nb; i++)
        if (!isfinite(x[i])) {
            temper_release(x);
            return temper_fail(TEMPER_BAD_DATA, "quality: number %lld is not finite",
                               (long long)(i < na ? i : i - na));
        }
    qsort(x, (size_t)na, sizeof *x, ascending);
    qsort(y, (size_t)nb, sizeof *x, ascending);
    double last = fmin(x[0], y[0]);
    for (int64_t i = 0, j = 0; i < na || j < nb;) {
        double next = j == nb || (i < na && x[i] <= y[j]) ? x[i] : y[j];
        sum += (next - last) * fabs((double)i / (double)na - (double)j / (double)nb);
        while (i < na && x[i] == next) i++;
        while (j < nb && y[j] == next) j++;
        last = next;
    }
    *distance = sum;
    temper_release(x);
    return TEMPER_OK;
}

/* Of the mean over all chains but one (without: chains for none). */
static double forgetting(const double *q, int chains, int64_t n, double apart, int without) {
    double start = 0, last = 1;
    for (int64_t t = 0; t < n; t++) {
        double sum = 0;
        for (int c = 0; c < chains; c++)
            if (c != without) sum += q[c * n + t] - apart;
        if (t == 0) start = sum;
        double now = start != 0 ? sum / start : 0, want = temper_exp(-1);
        if (now <= want) return t == 0 ? 0 : (double)(t - 1) + (last - want) / (last - now);
        last = now;
    }
    return INFINITY;
}

temper_status temper_forgetting_time(const double *q, int chains, int64_t n, double apart, double *time,
                                     double *error) {
    if (chains < 1 || n < 1)
        return temper_fail(TEMPER_BAD_OPTION, "quality: chains=%d n=%lld, both must be at least 1", chains,
                           (long long)n);
    *time = forgetting(q, chains, n, apart, chains);
    double mean = 0, spread = 0;
    for (int c = 0; c < chains; c++) mean += forgetting(q, chains, n, apart, c) / chains;
    for (int c = 0; c < chains; c++) {
        const double d = forgetting(q, chains, n, apart, c) - mean;
        spread += d * d;
    }
    *error = chains > 1 && isfinite(mean) ? sqrt(spread * (chains - 1) / chains) : INFINITY;
    return TEMPER_OK;
}
