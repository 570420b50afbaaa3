/* Driven runs, one after another in both directions, and what they say about free energy. */
#include "temper/work.h"
#include <math.h>
#include <stddef.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "temper/parallel.h"

enum { BATCH = 64 };
static const uint32_t REVERSE = 1u << 30;

typedef struct { /* both energies at one place */
    double *x, *grad[2], U[2];
} place;

typedef struct { /* one run: its room, and where it stands */
    const temper_work_plan *plan;
    temper_look look[2];
    place here, there;
    double *room;
    double lambda, T;
    temper_stream stream;
    int64_t step, taken;
} run;

/* U_0 itself, not rounded, where both are the same. */
static double at(const place *p, double lambda) {
    return p->U[0] == p->U[1] ? p->U[0] : (1 - lambda) * p->U[0] + lambda * p->U[1];
}
static double slope_of(const run *r, const place *p, int64_t i) {
    return (1 - r->lambda) * p->grad[0][i] + r->lambda * p->grad[1][i];
}
static double heat_of(const temper_work_plan *p, double lambda) {
    return p->T[0] + lambda * (p->T[1] - p->T[0]);
}

static void look_at(run *r, place *p) {
    const temper_work_plan *plan = r->plan;
    const temper_potential *both[2] = {plan->from, plan->to};
    for (int k = 0; k < 2; k++) {
        if (k && plan->from == plan->to) {
            p->U[1] = p->U[0], memcpy(p->grad[1], p->grad[0], (size_t)plan->from->dim * sizeof(double));
            return;
        }
        p->U[k] =
            (double)both[k]->samples * both[k]->type->slope(both[k]->self, &r->look[k], p->x, p->grad[k]);
    }
}

/* One move at λ. Forward: x′ = x − η∇u(x) + ζ, |ζ|² against what the way back would need. */
static void move(run *r) {
    const temper_work_plan *p = r->plan;
    int64_t dim = p->from->dim;
    double eta = p->rate, tau = r->T / (double)p->from->samples, sigma = __builtin_sqrt(2 * eta * tau),
           out = 0, back = 0;
    for (int64_t i = 0; i < dim; i++) {
        double zeta = sigma * temper_normal(r->stream, TEMPER_FOR_NOISE, r->step, i);
        r->there.x[i] = r->here.x[i] - eta * slope_of(r, &r->here, i) + zeta;
        out += zeta * zeta;
    }
    look_at(r, &r->there);
    for (int64_t i = 0; i < dim; i++) {
        double zeta = r->here.x[i] - r->there.x[i] + eta * slope_of(r, &r->there, i);
        back += zeta * zeta;
    }
    double log_odds =
        -(at(&r->there, r->lambda) - at(&r->here, r->lambda)) / r->T - (back - out) / (4 * eta * tau);
    bool take = p->plain || temper_uniform(r->stream, TEMPER_FOR_MOVES, r->step, 0) < temper_exp(log_odds);
    r->step++;
    if (!take) return; /* also where log_odds is NaN */
    const place was = r->here;
    r->here = r->there, r->there = was, r->taken++;
}

static void set(run *r, double lambda) { r->lambda = lambda, r->T = heat_of(r->plan, lambda); }

static temper_status drive(run *r, bool reverse, temper_worked *out) {
    const temper_work_plan *p = r->plan;
    const temper_potential *first = reverse ? p->to : p->from;
    set(r, reverse ? 1 : 0);
    first->type->start(first->self, r->stream, r->here.x);
    look_at(r, &r->here);
    for (int64_t k = 0; k < p->burn; k++) move(r);
    double begin = at(&r->here, r->lambda), end = begin;
    *out = (temper_worked){0};
    for (int64_t k = 1; k <= p->steps; k++) {
        double before = end, T = r->T;
        set(r, (double)(reverse ? p->steps - k : k) / (double)p->steps);
        double jumped = at(&r->here, r->lambda);
        out->W += jumped - before, out->w += jumped / r->T - before / T;
        move(r);
        end = at(&r->here, r->lambda);
        out->Q += end - jumped;
        if (!isfinite(end))
            return temper_fail(TEMPER_DIVERGED,
                               "work: a run ran away at step %lld; a smaller rate may hold it (rate=%g)",
                               (long long)k, p->rate);
    }
    out->rise = end - begin;
    return TEMPER_OK;
}

typedef struct {
    const temper_work_plan *plan;
    const temper_errand *errand;
    temper_work_done *out;
    int64_t *taken; /* [2 runs] */
    int first;
} job;

static temper_status furnish(run *r) {
    size_t dim = (size_t)r->plan->from->dim, from = (r->plan->from->scratch + 63) / 64 * 64,
           to = r->plan->to->scratch;
    r->room = temper_alloc(1, 6 * dim * sizeof(double) + from + to + 64);
    if (!r->room) return TEMPER_NO_MEMORY;
    char *scratch = (char *)(r->room + 6 * dim);
    r->here = (place){.x = r->room, .grad = {r->room + dim, r->room + 2 * dim}};
    r->there = (place){.x = r->room + 3 * dim, .grad = {r->room + 4 * dim, r->room + 5 * dim}};
    r->look[0] = (temper_look){.whole = true, .scratch = scratch};
    r->look[1] = (temper_look){.whole = true, .scratch = scratch + from};
    return TEMPER_OK;
}

static temper_status one_run(void *context, int64_t item) {
    job *j = context;
    int64_t number = j->first + item, k = number % j->plan->runs;
    bool reverse = number >= j->plan->runs;
    run r = {.plan = j->plan, .stream = j->errand ? j->errand->stream : (temper_stream){0}};
    r.stream.chain += (uint32_t)k + (reverse ? REVERSE : 0);
    temper_status bad = furnish(&r);
    if (!bad) bad = drive(&r, reverse, (reverse ? j->out->reverse : j->out->forward) + k);
    j->taken[number] = r.taken;
    temper_release(r.room);
    return bad;
}

/* ---- numbers ---- */

static temper_reading mean_of(const temper_worked *x, int n, size_t offset) {
    double mean = 0, square = 0;
    for (int k = 0; k < n; k++) mean += *(const double *)(const void *)((const char *)&x[k] + offset) / n;
    for (int k = 0; k < n; k++) {
        double d = *(const double *)(const void *)((const char *)&x[k] + offset) - mean;
        square += d * d;
    }
    return (temper_reading){mean, __builtin_sqrt(square / ((double)n * (n - 1)))};
}

static temper_status judge(const job *j, temper_work_done *out) {
    int n = j->plan->runs;
    double *up = temper_alloc(2 * (size_t)n, sizeof *up), *down = up + n, value, error;
    if (!up) return TEMPER_NO_MEMORY;
    for (int k = 0; k < n; k++) up[k] = -out->forward[k].w, down[k] = -out->reverse[k].w;
    out->w = mean_of(out->forward, n, offsetof(temper_worked, w)),
    out->W = mean_of(out->forward, n, offsetof(temper_worked, W));
    out->Q = mean_of(out->forward, n, offsetof(temper_worked, Q));
    temper_status bad = temper_log_mean_exp(up, n, &value, &error, &out->ess[0]);
    out->jarzynski = (temper_reading){-value, error};
    if (!bad) bad = temper_log_mean_exp(down, n, &value, &error, &out->ess[1]);
    out->jarzynski_reverse = (temper_reading){value, error};
    if (!bad) bad = temper_bennett(up, n, down, n, &value, &error);
    out->bennett = (temper_reading){-value, error};
    out->entropy =
        (temper_reading){out->w.value - out->bennett.value, hypot(out->w.error, out->bennett.error)};
    temper_release(up);
    int64_t taken = 0;
    for (int k = 0; k < 2 * n; k++) taken += j->taken[k];
    out->acceptance = (double)taken / (2.0 * n * (double)(j->plan->steps + j->plan->burn));
    return bad;
}

static const char *name(const temper_potential *p) { return p->text ? p->text : "the potential"; }

static temper_status check(const temper_work_plan *p) {
    if (p->from->dim != p->to->dim || p->from->samples != p->to->samples)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "work: %.120s has %lld coordinates and %.120s has %lld (and %lld, %lld samples): they must be the same",
            name(p->from), (long long)p->from->dim, name(p->to), (long long)p->to->dim,
            (long long)p->from->samples, (long long)p->to->samples);
    if (!p->from->type->slope || !p->to->type->slope)
        return temper_fail(TEMPER_CANNOT, "work: %.120s has no slope in double precision",
                           name(p->from->type->slope ? p->to : p->from));
    for (int k = 0; k < 2; k++)
        if (!(p->T[k] > 0 && isfinite(p->T[k])))
            return temper_fail(TEMPER_BAD_OPTION, "work: temperature=%g, legal are above 0 and finite",
                               p->T[k]);
    if (!(p->rate > 0 && isfinite(p->rate)) || p->steps < 1 || p->burn < 0 || p->runs < 3)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "work: rate=%g, steps=%lld, burn=%lld, runs=%d; legal are above 0, 1 and more, 0 and more, 3 and more",
            p->rate, (long long)p->steps, (long long)p->burn, p->runs);
    return TEMPER_OK;
}

void temper_drive_clear(temper_work_done *done) {
    temper_release(done->forward);
    *done = (temper_work_done){0};
}

temper_status temper_drive_measure(const temper_work_plan *plan, const temper_errand *errand,
                                   temper_work_done *out) {
    *out = (temper_work_done){.runs = plan->runs};
    temper_status bad = check(plan);
    if (bad) return bad;
    size_t runs = 2 * (size_t)plan->runs;
    job j = {.plan = plan, .errand = errand, .out = out, .taken = temper_alloc(runs, sizeof *j.taken)};
    out->forward = temper_alloc(runs, sizeof *out->forward);
    bad = j.taken && out->forward ? TEMPER_OK : TEMPER_NO_MEMORY;
    out->reverse = out->forward + (out->forward ? plan->runs : 0);
    for (; (size_t)j.first < runs && !bad; j.first += BATCH) {
        int64_t left = (int64_t)runs - j.first;
        bad = temper_parallel(left < BATCH ? left : BATCH, one_run, &j);
        if (errand && errand->tell)
            errand->tell(errand->context, left < BATCH ? (int64_t)runs : j.first + BATCH, (int64_t)runs);
        if (!bad && errand && errand->stop && *errand->stop) bad = TEMPER_STOPPED;
    }
    if (!bad) bad = judge(&j, out);
    temper_release(j.taken);
    if (bad) temper_drive_clear(out);
    return bad;
}
