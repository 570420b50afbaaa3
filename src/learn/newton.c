/* The dual of maximum entropy, solved (Jaynes 1957). ln Z(θ) − θ·⟨f⟩_data is convex; its slope is ⟨f⟩_model − ⟨f⟩_data and its curvature the covariance
 * of the features in the model, both by enumeration. Newton's method with halved steps finds the minimum, to rounding, in a handful of steps. Features
 * that depend on each other (Potts fields: Σ_a = 1) leave θ flat directions: a small ridge keeps it still in them.
 * For machines without hidden units whose states times P² are at most 10^10. */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/covariances.h"
#include "num/solve.h"

typedef struct {
    int64_t steps;
    double ridge;
} newton;

static const double WORK_MOST = 1e10;

static double states_of(const temper_machine *machine) {
    double log2 = machine->type->enumerable ? machine->type->enumerable(machine->self) : INFINITY;
    return log2 > 60 ? INFINITY : temper_exp(log2 * 0.69314718055994530942);
}

static temper_status suits(const void *self, const temper_machine *machine) {
    const double P = (double)machine->parameters, work = states_of(machine) * P * P;
    const temper_unit unit = machine->type->visible(machine->self);
    (void)self;
    if (!strcmp(machine->type->about.name, "memory")) /* its energy is not linear in θ: nothing is convex */
        return temper_fail(TEMPER_CANNOT,
                           "newton: the energy of a memory is no sum of features; use store, or pcd");
    if (machine->type->hidden && machine->type->hidden(machine->self) == 0 && machine->type->marginal &&
        machine->type->statistics && unit <= TEMPER_POTTS && work <= WORK_MOST)
        return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT,
                       "newton: solves machines without hidden units whose states times P^2 are at most "
                       "1e10, not %s; exact, pcd or pseudolikelihood learn it",
                       machine->text);
}

typedef struct {
    temper_machine *machine;
    temper_flock *one;
    int64_t P, V, base; /* base: values of a unit */
    float *f, *row;
    double *data, *mean, *A, *step, *theta, *old;
} dual;

static void features(const dual *d, const float *row, float *f) {
    temper_flock_clamp(d->one, &row, 1);
    memset(f, 0, (size_t)d->P * sizeof *f);
    d->machine->type->statistics(d->one, 1, NULL, 1, f);
}

static void row_number(const dual *d, int64_t k) {
    const temper_unit unit = d->machine->type->visible(d->machine->self);
    for (int64_t i = 0; i < d->V; i++, k /= d->base)
        d->row[i] = unit == TEMPER_SPIN ? (float)(2 * (k % 2) - 1) : (float)(k % d->base);
}

static double gain_of(const dual *d) {
    double sum = 0;
    for (int64_t p = 0; p < d->P; p++) sum += d->theta[p] * (double)d->f[p];
    return sum;
}

/* ln Z; and, with curved, mean and (lower triangle of) A = ⟨f f⟩ − ⟨f⟩⟨f⟩. Sums in the order of the states. */
static double enumerate(const dual *d, int64_t states, bool curved) {
    const int64_t P = d->P;
    double top = -INFINITY, z = 0;
    for (int64_t k = 0; k < states; k++) {
        row_number(d, k), features(d, d->row, d->f);
        double gain = gain_of(d);
        top = gain > top ? gain : top;
    }
    if (curved)
        memset(d->mean, 0, (size_t)P * sizeof(double)), memset(d->A, 0, (size_t)(P * P) * sizeof(double));
    for (int64_t k = 0; k < states; k++) {
        row_number(d, k), features(d, d->row, d->f);
        double w = temper_exp(gain_of(d) - top);
        z += w;
        for (int64_t p = 0; curved && p < P; p++) {
            const double part = w * (double)d->f[p];
            d->mean[p] += part;
            for (int64_t r = 0; r <= p; r++) d->A[p * P + r] += part * (double)d->f[r];
        }
    }
    for (int64_t p = 0; curved && p < P; p++) d->mean[p] /= z;
    for (int64_t p = 0; curved && p < P; p++)
        for (int64_t r = 0; r <= p; r++) d->A[p * P + r] = d->A[p * P + r] / z - d->mean[p] * d->mean[r];
    return top + temper_log(z);
}

static double objective(const dual *d, double log_z) {
    for (int64_t p = 0; p < d->P; p++) log_z -= d->theta[p] * d->data[p];
    return log_z;
}

static void descend(dual *d, const newton *how) {
    const int64_t P = d->P, states = (int64_t)(states_of(d->machine) + 0.5);
    for (int64_t k = 0; k < how->steps; k++) {
        const double before = objective(d, enumerate(d, states, true));
        double largest = 0, factor = 1;
        for (int64_t p = 0; p < P; p++) {
            d->A[p * P + p] += how->ridge;
            d->step[p] = d->data[p] - d->mean[p];
        }
        if (temper_cholesky(P, d->A, 0) < P) return;
        temper_cholesky_solve(P, d->A, d->step);
        for (int64_t p = 0; p < P; p++) largest = fabs(d->step[p]) > largest ? fabs(d->step[p]) : largest;
        if (largest > 4) factor = 4 / largest;
        memcpy(d->old, d->theta, (size_t)P * sizeof(double));
        for (int halving = 0; halving < 30; halving++, factor /= 2) {
            for (int64_t p = 0; p < P; p++) d->theta[p] = d->old[p] + factor * d->step[p];
            if (largest < 1e-4 || objective(d, enumerate(d, states, false)) <= before) break;
        }
        if (largest < 1e-10) return;
    }
}

static void take_means(dual *d, const temper_rows_view *rows) {
    double total = 0;
    for (int64_t r = 0; r < rows->n; r++) {
        const double w = rows->weight ? rows->weight[r] : 1;
        features(d, rows->X + r * rows->columns, d->f);
        for (int64_t p = 0; p < d->P; p++) d->data[p] += w * (double)d->f[p];
        total += w;
    }
    for (int64_t p = 0; p < d->P; p++) d->data[p] /= total;
}

static temper_status solve(const void *self, temper_lesson *lesson) {
    temper_machine *machine = lesson->machine;
    const size_t P = (size_t)machine->parameters, V = (size_t)machine->io.columns;
    dual d = {.machine = machine, .P = (int64_t)P, .V = (int64_t)V, .base = machine->io.states};
    double *room = temper_alloc(P * P + 5 * P, sizeof *room);
    float *small = temper_alloc(P + V, sizeof *small);
    if (d.base == 0) d.base = 2;
    lesson->done = true;
    temper_status bad =
        room && small ? temper_flock_create(&d.one, machine, 1, (temper_stream){0, 0}) : TEMPER_NO_MEMORY;
    if (!bad) {
        d.A = room, d.data = d.A + P * P, d.mean = d.data + P, d.step = d.mean + P, d.theta = d.step + P;
        d.old = d.theta + P, d.f = small, d.row = small + P;
        for (size_t p = 0; p < P; p++) d.theta[p] = (double)machine->theta[p];
        take_means(&d, &lesson->rows);
        descend(&d, self);
        for (size_t p = 0; p < P; p++) machine->theta[p] = (float)d.theta[p];
        temper_flock_free(d.one);
        bad = temper_machine_refresh(machine);
    }
    temper_release(room);
    temper_release(small);
    return bad;
}

static const temper_option options[] = {
    {"steps", TEMPER_INT, offsetof(newton, steps), "50", 1, 1e4, NULL, NULL, "at most"},
    {"ridge", TEMPER_REAL, offsetof(newton, ridge), "1e-9", 0, 1, NULL, NULL,
     "added to the curvature, where features depend on each other"},
    {0}};

const temper_method_type temper_method_newton = {
    .about = {"newton", "the convex dual of maximum entropy by Newton's method, curvature by enumeration",
              "E. T. Jaynes, Phys. Rev. 106, 620 (1957)", "", options, sizeof(newton)},
    .suits = suits,
    .needs = temper_ising_needs,
    .solve = solve,
};
