/* One free walker a chain; at every waiting time four copies of it leave: with +h and −h for ever, and with +h and −h for the kick alone. Each copy sees the noise
 * and the minibatches of the free one, so what differs is the answer.
 *
 * Discrete time. A step of Euler's with the Gaussian bowl, θ′ = aθ + η h + noise, a = 1 − kη, has R(n, m) = η a^{n−m−1} for a kick of one step at m and, started
 * from 0, C(n, m) = a^{n−m} V (1 − a^{2m}), V = T/(k(1 − kη/2)). So
 *     C(n, m+1) − C(n, m) = V kη a^{n−m−1} (1 + a^{2m+1}),      X = (1 − kη/2)/(1 + a^{2m+1}):
 * 1/(1 + e^{−2ks}) with what the step makes of it; what is measured here is X of the steps, not of their limit. */
#include "landscape/response.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "temper/parallel.h"

enum { FREE, UP, DOWN, KICK_UP, KICK_DOWN, COPIES };

typedef struct { /* of one chain */
    temper_pushed pushed[TEMPER_WAITS_MAX][COPIES];
    temper_walker *walker[TEMPER_WAITS_MAX][COPIES]; /* FREE: of wait 0 alone */
    double *first, *second, *now, *copy;             /* [waits][dim] θ at t_w and at t_w + kick; [dim] */
    double *chi, *R;                                 /* [waits][lags] */
    double *seen;                                    /* [waits][lags][dim] θ at t */
    int8_t *sign;                                    /* [dim] ε */
} chain;

typedef struct {
    const temper_response_plan *plan;
    const temper_errand *errand;
    chain *chain;
    int64_t from, to; /* clock: the stretch that is being walked */
} job;

/* ---- walking ---- */

static bool walk_one(const job *j, chain *c, int w, int copy, int64_t to) {
    const temper_response_plan *p = j->plan;
    temper_walker *walker = c->walker[w][copy];
    if (walker->clock >= to) return true;
    walker->rate = p->rate, walker->temperature = p->temperature;
    temper_walker_steps(walker, to - walker->clock);
    return !walker->failed;
}

/* Copies leave from the free walker at t_w. */
static void leave(const job *j, chain *c, int w) {
    const double h = j->plan->field, field[COPIES] = {0, h, -h, h, -h};
    for (int k = UP; k < COPIES; k++) {
        temper_walker_copy(c->walker[w][k], c->walker[0][FREE]);
        c->pushed[w][k].h = field[k];
    }
}

/* The answer along ε at the copies' place, per coordinate and unit of field. */
static double answer(const job *j, chain *c, int w, int up, int down) {
    int64_t dim = j->plan->potential->dim;
    double sum = 0;
    temper_walker_read_out(c->walker[w][up], c->now);
    temper_walker_read_out(c->walker[w][down], c->copy);
    for (int64_t i = 0; i < dim; i++) sum += c->sign[i] * (c->now[i] - c->copy[i]);
    return sum / (2 * j->plan->field * (double)dim);
}

/* What happens at `clock` once everybody is there. */
static void note(const job *j, chain *c, int64_t clock) {
    const temper_response_plan *p = j->plan;
    int64_t dim = p->potential->dim;
    for (int w = 0; w < p->waits; w++) {
        if (clock == p->wait[w] + p->kick) {
            c->pushed[w][KICK_UP].h = c->pushed[w][KICK_DOWN].h = 0;
            temper_walker_read_out(c->walker[0][FREE], c->second + w * dim);
        }
        for (int l = 0; l < p->lags; l++) {
            if (clock != p->wait[w] + p->lag[l]) continue;
            temper_walker_read_out(c->walker[0][FREE], c->seen + (w * p->lags + l) * dim);
            c->chi[w * p->lags + l] = answer(j, c, w, UP, DOWN);
            c->R[w * p->lags + l] = answer(j, c, w, KICK_UP, KICK_DOWN);
        }
        if (clock == p->wait[w]) {
            temper_walker_read_out(c->walker[0][FREE], c->first + w * dim);
            leave(j, c, w);
        }
    }
}

/* The next moment after `clock` at which anything is to be done; INT64_MAX: none. */
static int64_t next_moment(const temper_response_plan *p, int64_t clock) {
    int64_t next = INT64_MAX;
    for (int w = 0; w < p->waits; w++) {
        int64_t t = p->wait[w];
        if (t > clock && t < next) next = t;
        if (t + p->kick > clock && t + p->kick < next) next = t + p->kick;
        for (int l = 0; l < p->lags; l++)
            if (t + p->lag[l] > clock && t + p->lag[l] < next) next = t + p->lag[l];
    }
    return next;
}

static temper_status walk(void *context, int64_t item) {
    job *j = context;
    const temper_response_plan *p = j->plan;
    chain *c = &j->chain[item];
    bool well = walk_one(j, c, 0, FREE, j->to);
    for (int w = 0; w < p->waits && well; w++) {
        if (p->wait[w] > j->from || j->from >= p->wait[w] + p->lag[p->lags - 1])
            continue; /* not yet, or done */
        for (int k = UP; k < COPIES && well; k++) well = walk_one(j, c, w, k, j->to);
    }
    if (!well)
        return temper_fail(TEMPER_DIVERGED,
                           "response: walker %lld ran away; a smaller rate may hold it (rate=%g)",
                           (long long)item, p->rate);
    note(j, c, j->to);
    return TEMPER_OK;
}

static temper_status begin(void *context, int64_t item) {
    job *j = context;
    note(j, &j->chain[item], 0);
    return TEMPER_OK;
}

static temper_status walk_all(job *j) {
    const temper_response_plan *p = j->plan;
    int64_t last = p->wait[p->waits - 1] + p->lag[p->lags - 1];
    temper_status bad = temper_parallel(p->chains, begin, j);
    for (j->from = 0; !bad; j->from = j->to) {
        j->to = next_moment(p, j->from);
        if (j->to == INT64_MAX) return TEMPER_OK;
        bad = temper_parallel(p->chains, walk, j);
        if (j->errand && j->errand->tell) j->errand->tell(j->errand->context, j->to, last);
        if (!bad && j->errand && j->errand->stop && *j->errand->stop) bad = TEMPER_STOPPED;
    }
    return bad;
}

/* ---- numbers ---- */

/* Σ (a − a0)(b − b0): relative to chain 0, so that walkers who are still together covary by 0 and not by rounding errors of |θ|². */
static double dot(const double *a, const double *a0, const double *b, const double *b0, int64_t n) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (a[i] - a0[i]) * (b[i] - b0[i]);
    return sum;
}

typedef struct {
    const job *j;
    double *A, *B;      /* [dim] */
    const double *zero; /* [dim] */
} summing;

static const double *vector_of(const job *j, int c, int w, int l,
                               int which) { /* which: 0 θ(t_w), 1 θ(t_w + kick), 2 θ(t) */
    const chain *k = &j->chain[c];
    int64_t dim = j->plan->potential->dim;
    return which == 0   ? k->first + w * dim
           : which == 1 ? k->second + w * dim
                        : k->seen + (w * j->plan->lags + l) * dim;
}

/* A covariance over chains, per coordinate, out[n], and out[c] the same without chain c: from sums alone, as
 *     cov = (Σ_c a_c·b_c − A·B/n)/(n − 1),   A = Σ_c a_c. */
static void covary(const summing *s, int w, int l, int a, int b, double *out) {
    const job *j = s->j;
    int n = j->plan->chains;
    int64_t dim = j->plan->potential->dim;
    const double *x0 = vector_of(j, 0, w, l, a), *y0 = vector_of(j, 0, w, l, b), *zero = s->zero;
    double together = 0, per = 1 / (double)dim;
    memset(s->A, 0, (size_t)dim * sizeof(double)), memset(s->B, 0, (size_t)dim * sizeof(double));
    for (int c = 0; c < n; c++) {
        const double *x = vector_of(j, c, w, l, a), *y = vector_of(j, c, w, l, b);
        for (int64_t i = 0; i < dim; i++) s->A[i] += x[i] - x0[i], s->B[i] += y[i] - y0[i];
        together += dot(x, x0, y, y0, dim);
    }
    double AB = dot(s->A, zero, s->B, zero, dim);
    out[n] = per * (together - AB / n) / (n - 1);
    for (int c = 0; c < n; c++) {
        const double *x = vector_of(j, c, w, l, a), *y = vector_of(j, c, w, l, b);
        double own = dot(x, x0, y, y0, dim), left = AB - dot(x, x0, s->B, zero, dim) -
                                                    dot(s->A, zero, y, y0, dim) + own; /* (A − x)·(B − y) */
        out[c] = per * (together - own - left / (n - 1)) / (n - 2);
    }
}

/* x[n] without each chain, x[n] at its end with all: standard error by the jackknife. */
static double spread(const double *x, int n) {
    double mean = 0, square = 0;
    for (int c = 0; c < n; c++) mean += x[c] / n;
    for (int c = 0; c < n; c++) square += (x[c] - mean) * (x[c] - mean);
    return __builtin_sqrt(square * (n - 1) / n);
}

/* Means over chains of chi or R in the same form. */
static void average(const job *j, int at, bool kick, double *out) {
    int n = j->plan->chains;
    double sum = 0;
    for (int c = 0; c < n; c++) sum += (kick ? j->chain[c].R : j->chain[c].chi)[at];
    for (int c = 0; c < n; c++) out[c] = (sum - (kick ? j->chain[c].R : j->chain[c].chi)[at]) / (n - 1);
    out[n] = sum / n;
}

static void answer_at(const summing *s, int w, int l, double *room, temper_answer *out) {
    const job *j = s->j;
    int n = j->plan->chains, at = w * j->plan->lags + l;
    double T = j->plan->temperature, *C = room, *drop = C + n + 1, *chi = drop + n + 1, *R = chi + n + 1,
           *X = R + n + 1, *heat = X + n + 1;
    covary(s, w, l, 2, 0, C), covary(s, w, l, 2, 1, drop);
    average(j, at, false, chi), average(j, at, true, R);
    for (int c = 0; c <= n; c++) {
        drop[c] -= C[c];
        X[c] = T * R[c] / drop[c], heat[c] = drop[c] / R[c];
    }
    if (!(fabs(drop[n]) > 3 * spread(drop, n))) X[n] = NAN; /* a quotient by what may be 0 */
    if (!(fabs(R[n]) > 3 * spread(R, n))) heat[n] = NAN;
    *out = (temper_answer){C[n], spread(C, n), drop[n], spread(drop, n), chi[n],  spread(chi, n),
                           R[n], spread(R, n), X[n],    spread(X, n),    heat[n], spread(heat, n)};
}

static temper_status reduce(const job *j, temper_response *out) {
    const temper_response_plan *p = j->plan;
    size_t dim = (size_t)p->potential->dim, n = (size_t)p->chains;
    double *room = temper_alloc(3 * dim + 6 * (n + 1), sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    const summing s = {j, room, room + dim, room + 2 * dim};
    double *rest = room + 3 * dim;
    for (int w = 0; w < p->waits; w++) {
        covary(&s, w, 0, 0, 0, rest);
        out->C_equal[w] = rest[n];
        for (int l = 0; l < p->lags; l++) answer_at(&s, w, l, rest, &out->answer[w * p->lags + l]);
    }
    temper_release(room);
    return TEMPER_OK;
}

/* ---- furniture ---- */

static temper_status furnish(job *j, int number) {
    const temper_response_plan *p = j->plan;
    chain *c = &j->chain[number];
    int64_t dim = p->potential->dim;
    temper_stream stream = j->errand ? j->errand->stream : (temper_stream){0};
    stream.chain += (uint32_t)number;
    size_t d = (size_t)dim, cells = (size_t)p->waits * (size_t)p->lags;
    temper_status bad = TEMPER_OK;
    c->first = temper_alloc(2 * (size_t)p->waits * d + 2 * d + 2 * cells + cells * d + (d + 7) / 8,
                            sizeof *c->first);
    if (!c->first) return TEMPER_NO_MEMORY;
    c->second = c->first + (size_t)p->waits * d, c->now = c->second + (size_t)p->waits * d,
    c->copy = c->now + d;
    c->chi = c->copy + d, c->R = c->chi + cells, c->seen = c->R + cells;
    c->sign = (int8_t *)(c->seen + cells * d);
    temper_pushed_signs(stream, dim, c->sign);
    for (int w = 0; w < p->waits && !bad; w++)
        for (int k = w ? UP : FREE; k < COPIES && !bad; k++) {
            temper_pushed_make(&c->pushed[w][k], p->potential, c->sign);
            bad = temper_walker_create(&c->walker[w][k], &c->pushed[w][k].as, p->dynamics, p->single, stream);
        }
    if (bad || !p->theta) return bad;
    temper_walker *free_one = c->walker[0][FREE];
    for (int64_t i = 0; i < dim; i++)
        if (p->single)
            ((float *)free_one->theta)[i] = (float)p->theta[i];
        else
            ((double *)free_one->theta)[i] = p->theta[i];
    return TEMPER_OK;
}

static int64_t clear_chain(const temper_response_plan *p, chain *c) {
    int64_t evaluations = 0;
    for (int w = 0; w < p->waits; w++)
        for (int k = 0; k < COPIES; k++) {
            if (c->walker[w][k]) evaluations += c->walker[w][k]->evaluations;
            temper_walker_free(c->walker[w][k]);
        }
    temper_release(c->first);
    return evaluations;
}

static temper_status check(const temper_response_plan *p) {
    if (p->chains < 3)
        return temper_fail(TEMPER_BAD_OPTION,
                           "response: chains=%d, legal are 3 and more: their scatter is the error",
                           p->chains);
    if (p->waits < 1 || p->waits > TEMPER_WAITS_MAX || p->lags < 1 || p->lags > TEMPER_LAGS_MAX ||
        p->kick < 1)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "response: %d waiting times, %d lags, kick=%lld; legal are 1 ... %d, 1 ... %d, and 1 and more",
            p->waits, p->lags, (long long)p->kick, TEMPER_WAITS_MAX, TEMPER_LAGS_MAX);
    for (int k = 0; k < p->waits; k++)
        if (p->wait[k] < (k ? p->wait[k - 1] + 1 : 0))
            return temper_fail(TEMPER_BAD_OPTION, "response: waiting times must ascend from 0");
    for (int k = 0; k < p->lags; k++)
        if (p->lag[k] < (k ? p->lag[k - 1] + 1 : p->kick))
            return temper_fail(TEMPER_BAD_OPTION,
                               "response: lags must ascend from the length of the kick, %lld",
                               (long long)p->kick);
    if (!(p->field > 0 && isfinite(p->field)) || !(p->rate > 0 && isfinite(p->rate)) ||
        !(p->temperature >= 0))
        return temper_fail(
            TEMPER_BAD_OPTION,
            "response: field=%g, rate=%g, temperature=%g; legal are above 0, above 0, and not below 0",
            p->field, p->rate, p->temperature);
    if (p->dynamics->type->variational)
        return temper_fail(TEMPER_CANNOT, "response: %s moves a distribution, not a state",
                           p->dynamics->text);
    return TEMPER_OK;
}

void temper_response_clear(temper_response *r) {
    temper_release(r->answer);
    *r = (temper_response){0};
}

temper_status temper_response_measure(const temper_response_plan *p, const temper_errand *errand,
                                      temper_response *out) {
    *out = (temper_response){.waits = p->waits, .lags = p->lags};
    temper_status bad = check(p);
    if (bad) return bad;
    size_t cells = (size_t)p->waits * (size_t)p->lags;
    job j = {.plan = p, .errand = errand, .chain = temper_alloc((size_t)p->chains, sizeof *j.chain)};
    out->answer = temper_alloc(1, cells * sizeof *out->answer + (size_t)p->waits * sizeof(double));
    bad = j.chain && out->answer ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad) out->C_equal = (double *)(out->answer + cells);
    for (int c = 0; c < p->chains && !bad; c++) bad = furnish(&j, c);
    if (!bad) bad = walk_all(&j);
    if (!bad) bad = reduce(&j, out);
    for (int c = 0; j.chain && c < p->chains; c++) out->evaluations += clear_chain(p, &j.chain[c]);
    temper_release(j.chain);
    if (bad) temper_response_clear(out);
    return bad;
}
