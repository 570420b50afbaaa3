/* What a network hangs on, to first order: slopes of the loss in weights, row by row; in inputs; and what each weight is worth. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/errand.h"
#include "landscape/vectors.h"
#include "temper/influence.h"
#include "temper/parallel.h"

/* ---- rows ---- */

/* The loss of these rows alone: no prior, and no smaller minibatches. */
static temper_network_task of_rows(const temper_network_task *task, const int64_t *row, int64_t n) {
    temper_network_task own = *task;
    own.row = row, own.rows = own.batch = n, own.prior = INFINITY;
    own.shift = 0, own.mirror = false, own.blur = 0;
    return own;
}

temper_status temper_rows_slope(const temper_network_task *task, const double *theta, int64_t n,
                                const int64_t *row, bool precise, double *u, double *grad) {
    temper_network_task own = of_rows(task, row, n);
    temper_landscape *landscape;
    temper_status bad = temper_landscape_of_network(&landscape, &own, NULL, precise);
    if (bad) return bad;
    bad = temper_landscape_slope(landscape, theta, u, grad);
    temper_landscape_free(landscape);
    return bad;
}

typedef struct {
    const temper_network_task *task;
    const float *theta;
    int64_t dim, n;
    const int64_t *row;
    float *grad; /* [workers][dim] */
    double *norm, *loss;
    atomic_int_least64_t next;
} reading;

/* Square of |g| in a fixed order. */
static double square_of(int64_t n, const float *g) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)g[i] * (double)g[i];
    return sum;
}

static temper_status read_row(reading *r, int64_t i, float *grad) {
    temper_network_task own = of_rows(r->task, r->row + i, 1);
    temper_potential *potential;
    own.threads = 1;
    temper_status bad = temper_network_potential(&potential, &own);
    if (bad) return bad;
    temper_look look = {.whole = true, .scratch = temper_alloc(potential->scratch, 1)};
    if (!look.scratch) bad = TEMPER_NO_MEMORY;
    if (!bad) {
        double u = potential->type->slope_single(potential->self, &look, r->theta, grad);
        if (r->loss) r->loss[i] = u;
        if (r->norm) r->norm[i] = sqrt(square_of(r->dim, grad));
    }
    temper_release(look.scratch);
    temper_potential_free(potential);
    return bad;
}

static temper_status read_rows(void *context, int64_t worker) {
    reading *r = context;
    temper_status bad = TEMPER_OK;
    for (int64_t i; !bad && (i = atomic_fetch_add(&r->next, 1)) < r->n;)
        bad = read_row(r, i, r->grad + worker * r->dim);
    return bad;
}

temper_status temper_row_slopes(const temper_network_task *task, const double *theta, int64_t n,
                                const int64_t *row, const temper_errand *errand, double *norm, double *loss) {
    enum { AT_ONCE = 256 }; /* between two looks at the errand */
    if (task->variational)
        return temper_fail(TEMPER_CANNOT, "rows: of Gaussian weights no single loss has a slope");
    if (!task->statistics && temper_network_statistics(task->network))
        return temper_fail(TEMPER_CANNOT,
                           "rows: batch norms couple them; with statistics as constants each has its slope");
    int64_t P = temper_network_parameters(task->network), workers = temper_thread_count();
    float *room = temper_alloc((size_t)(workers + 1), (size_t)P * sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < P; i++) room[i] = (float)theta[i];
    temper_status bad = TEMPER_OK;
    for (int64_t from = 0; from < n && !bad; from += AT_ONCE) {
        int64_t m = n - from < AT_ONCE ? n - from : AT_ONCE;
        reading r = {
            task, room, P, m, row + from, room + P, norm ? norm + from : NULL, loss ? loss + from : NULL, 0};
        bad = temper_parallel(workers, read_rows, &r);
        if (!bad) bad = temper_errand_step(errand, from + m, n);
    }
    temper_release(room);
    return bad;
}

/* ---- inputs ---- */

typedef struct {
    double *mean, *m2; /* [features] Welford */
} running;

static void add(const running *r, int64_t features, int64_t count, const float *slope, bool size) {
    for (int64_t f = 0; f < features; f++) {
        double x = size ? fabs((double)slope[f]) : (double)slope[f], d = x - r->mean[f];
        r->mean[f] += d / (double)count;
        r->m2[f] += d * (x - r->mean[f]);
    }
}

static void tell(const running *r, int64_t features, int64_t n, double *mean, double *error) {
    for (int64_t f = 0; f < features; f++) {
        if (mean) mean[f] = r->mean[f];
        if (error) error[f] = n > 1 ? sqrt(r->m2[f] / (double)(n - 1) / (double)n) : NAN;
    }
}

temper_status temper_input_slopes(const temper_network_task *task, const double *theta, double *size,
                                  double *size_error, double *with_sign, double *sign_error) {
    enum { AT_ONCE = 1024 };
    const int64_t features = task->samples->features, P = temper_network_parameters(task->network);
    if (!task->statistics && temper_network_statistics(task->network))
        return temper_fail(TEMPER_CANNOT, "inputs: batch norms couple rows; statistics are needed");
    int64_t most = task->rows < AT_ONCE ? task->rows : AT_ONCE;
    float *slope = temper_alloc((size_t)(most * features + P), sizeof *slope), *single;
    double *sums = temper_alloc((size_t)features, 4 * sizeof *sums);
    temper_status bad = slope && sums ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad) {
        single = slope + most * features;
        for (int64_t i = 0; i < P; i++) single[i] = (float)theta[i];
        running sizes = {sums, sums + features}, signs = {sums + 2 * features, sums + 3 * features};
        for (int64_t from = 0; from < task->rows && !bad; from += most) {
            int64_t n = task->rows - from < most ? task->rows - from : most;
            bad = temper_network_slope(task->network, task->samples, task->scaling, task->row + from, n,
                                       single, task->statistics, slope, NULL);
            for (int64_t i = 0; i < n && !bad; i++) {
                add(&sizes, features, from + i + 1, slope + i * features, true);
                add(&signs, features, from + i + 1, slope + i * features, false);
            }
        }
        tell(&sizes, features, task->rows, size, size_error);
        tell(&signs, features, task->rows, with_sign, sign_error);
    }
    temper_release(slope);
    temper_release(sums);
    return bad;
}

/* ---- weights ---- */

temper_status temper_weight_worth(temper_landscape *landscape, const double *theta, int64_t probes,
                                  const temper_errand *errand, double *first, double *second, double *error) {
    int64_t n = temper_landscape_dim(landscape);
    temper_operator *H;
    double u;
    temper_status bad = temper_landscape_slope(landscape, theta, &u, first);
    for (int64_t i = 0; i < n && !bad; i++) first[i] = fabs(theta[i] * first[i]);
    if (bad) return bad;
    bad = temper_landscape_operator(landscape, TEMPER_HESSIAN, theta, temper_errand_stream(errand), &H);
    if (bad) return bad;
    bad = temper_diagonal_find(H, probes, errand, second, error);
    for (int64_t i = 0; i < n && !bad; i++) {
        double half = theta[i] * theta[i] / 2;
        second[i] *= half;
        if (error) error[i] *= half;
    }
    temper_operator_free(H);
    return bad;
}
