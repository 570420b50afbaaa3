/* Covariances of rows, their inverse, and what the solvers of the inverse Ising problem share. */
#include "core/covariances.h"
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/potts.h"
#include "num/solve.h"
#include "temper/parallel.h"

enum { TILE = 256 }; /* rows that are turned and summed together */

typedef struct {
    temper_covariances *c;
    const temper_rows_view *rows;
    double scale, shift, total;
    int64_t first, count;
    double *x, *wx; /* [n][TILE] */
} summing;

static temper_status turn_column(void *context, int64_t i) {
    const summing *s = context;
    double *x = s->x + i * TILE, *wx = s->wx + i * TILE;
    for (int64_t r = 0; r < s->count; r++) {
        double w = s->rows->weight ? s->rows->weight[s->first + r] : 1;
        x[r] = s->scale * (double)s->rows->X[(s->first + r) * s->rows->columns + i] + s->shift;
        wx[r] = w * x[r];
        s->c->mean[i] += wx[r];
    }
    return TEMPER_OK;
}

static temper_status sum_row(void *context, int64_t i) {
    const summing *s = context;
    for (int64_t j = 0; j <= i; j++) {
        const double *x = s->wx + i * TILE, *y = s->x + j * TILE;
        double part[4] = {0};
        int64_t r = 0;
        for (; r + 4 <= s->count; r += 4)
            for (int l = 0; l < 4; l++) part[l] += x[r + l] * y[r + l];
        for (; r < s->count; r++) part[0] += x[r] * y[r];
        s->c->C[i * s->c->n + j] += (part[0] + part[1]) + (part[2] + part[3]);
    }
    return TEMPER_OK;
}

static temper_status take_moments(temper_covariances *c, summing *s) {
    const int64_t n = c->n;
    const temper_rows_view *rows = s->rows;
    for (int64_t r = 0; r < rows->n; r++) s->total += rows->weight ? rows->weight[r] : 1;
    if (!(s->total > 0))
        return temper_fail(TEMPER_BAD_DATA, "the weights of the rows sum to %g; legal: above 0", s->total);
    s->x = temper_alloc((size_t)(2 * n * TILE), sizeof *s->x);
    if (!s->x) return TEMPER_NO_MEMORY;
    s->wx = s->x + n * TILE;
    for (; s->first < rows->n; s->first += TILE) {
        s->count = rows->n - s->first < TILE ? rows->n - s->first : TILE;
        (void)temper_parallel(n, turn_column, s);
        (void)temper_parallel(n, sum_row, s);
    }
    temper_release(s->x);
    return TEMPER_OK;
}

typedef struct {
    int64_t n;
    const double *L;
    double *to;
} inverting;

static temper_status invert_column(void *context, int64_t k) {
    const inverting *v = context;
    double *x = v->to + k * v->n;
    memset(x, 0, (size_t)v->n * sizeof *x);
    x[k] = 1;
    temper_cholesky_solve(v->n, v->L, x);
    return TEMPER_OK;
}

static int64_t invert(int64_t n, double *A, double *to) {
    int64_t k = temper_cholesky(n, A, 1e-12);
    inverting v = {n, A, to};
    if (k == n) (void)temper_parallel(n, invert_column, &v);
    return k;
}

bool temper_inverse(int64_t n, double *A, double *to) { return invert(n, A, to) == n; }

static temper_status finish(temper_covariances *c, const summing *s, const temper_covariances_how *how) {
    const int64_t n = c->n;
    const double kept = 1 - how->pseudocount;
    double *L = temper_alloc((size_t)(n * n), sizeof *L);
    if (!L) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < n; i++) c->mean[i] *= kept / s->total;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j <= i; j++) {
            double second = c->C[i * n + j] / s->total;
            second = i == j ? kept * second + how->pseudocount : kept * second;
            c->C[i * n + j] = c->C[j * n + i] = second - c->mean[i] * c->mean[j];
        }
    memcpy(L, c->C, (size_t)(n * n) * sizeof *L);
    int64_t k = invert(n, L, c->inverse);
    temper_release(L);
    if (k == n) return TEMPER_OK;
    return temper_fail(
        TEMPER_BAD_DATA,
        "%s: column %lld does not vary, or depends on the columns before it, so that covariances "
        "have no inverse; a pseudocount above 0, or pcd, can learn from such rows",
        how->method, (long long)k);
}

temper_status temper_covariances_build(temper_covariances *c, const temper_rows_view *rows,
                                       const temper_covariances_how *how) {
    const size_t n = (size_t)rows->columns;
    *c = (temper_covariances){.n = rows->columns};
    summing s = {.c = c, .rows = rows, .scale = how->scale, .shift = how->shift};
    c->mean = temper_alloc(n, sizeof *c->mean);
    c->C = temper_alloc(n * n, sizeof *c->C);
    c->inverse = temper_alloc(n * n, sizeof *c->inverse);
    temper_status bad = c->mean && c->C && c->inverse ? take_moments(c, &s) : TEMPER_NO_MEMORY;
    if (!bad) bad = finish(c, &s, how);
    if (bad) temper_covariances_clear(c);
    return bad;
}

void temper_covariances_clear(temper_covariances *c) {
    temper_release(c->mean);
    temper_release(c->C);
    temper_release(c->inverse);
    *c = (temper_covariances){0};
}

/* ---- inverse Ising ---- */

double temper_atanh(double x) { return 0.5 * (temper_log1p(x) - temper_log1p(-x)); }

double temper_ising_field_naive(const temper_covariances *c, const double *J, int64_t i) {
    double sum = temper_atanh(c->mean[i]);
    for (int64_t j = 0; j < c->n; j++) sum -= J[i * c->n + j] * c->mean[j];
    return sum;
}

double temper_ising_field_tap(const temper_covariances *c, const double *J, int64_t i) {
    double sum = temper_ising_field_naive(c, J, i);
    for (int64_t j = 0; j < c->n; j++)
        sum += c->mean[i] * J[i * c->n + j] * J[i * c->n + j] * (1 - c->mean[j] * c->mean[j]);
    return sum;
}

temper_status temper_ising_suits(const char *name, const temper_machine *machine, bool potts) {
    temper_machine_array J;
    const bool pairs = !strcmp(machine->type->about.name, "maxent") && temper_machine_find(machine, "J", &J);
    if (pairs && (J.dims == 1 || potts)) return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT,
                       "%s: solves maxent with features=pairs%s, not %s; pcd, or pseudolikelihood, "
                       "learns what it can't",
                       name, potts ? "" : " of units with two values", machine->text);
}

temper_status temper_ising_store(temper_machine *machine, const double *J, const double *h) {
    const int64_t n = machine->io.columns, pairs = n * (n - 1) / 2;
    const bool spin = machine->type->visible(machine->self) == TEMPER_SPIN;
    for (int64_t i = 0; i < n; i++) {
        double all = 0;
        for (int64_t j = 0; j < n; j++) all += J[i * n + j];
        for (int64_t j = i + 1; j < n; j++)
            machine->theta[temper_pair_number(n, i, j)] = (float)((spin ? 1 : 4) * J[i * n + j]);
        machine->theta[pairs + i] = (float)(spin ? h[i] : 2 * h[i] - 2 * all);
    }
    return temper_machine_refresh(machine);
}

void temper_ising_needs(const void *self, const temper_lesson *lesson, int *models, int *aides,
                        size_t *memory, bool *data) {
    (void)self, (void)lesson;
    *models = *aides = 0;
    *memory = 0;
    *data = false;
}

temper_status temper_ising_solve(temper_lesson *lesson, const temper_ising_rule *rule) {
    temper_machine *machine = lesson->machine;
    const bool spin = machine->type->visible(machine->self) == TEMPER_SPIN;
    const temper_covariances_how how = {rule->name, spin ? 1 : 2, spin ? 0 : -1, rule->pseudocount};
    const int64_t n = machine->io.columns;
    temper_covariances c;
    lesson->done = true;
    temper_status bad = temper_covariances_build(&c, &lesson->rows, &how);
    if (bad) return bad;
    double *J = temper_alloc((size_t)(n * n + n), sizeof *J);
    bad = J ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t i = 0; !bad && i < n; i++)
        for (int64_t j = 0; j < i; j++) J[i * n + j] = J[j * n + i] = rule->coupling(&c, i, j);
    for (int64_t i = 0; !bad && i < n; i++) J[n * n + i] = rule->field(&c, J, i);
    if (!bad) bad = temper_ising_store(machine, J, J + n * n);
    temper_release(J);
    temper_covariances_clear(&c);
    return bad;
}
