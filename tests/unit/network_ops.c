/* Every op of the network engine, in double, as dual numbers, against itself: tangents against central differences, the way
 * back against the way there (⟨Jv, u⟩ = ⟨v, Jᵀu⟩), tangents of the way back against central differences of it. Bars: engine.md 11.1. */
#define TEMPER_F64
#include "ops_harness.h"

enum { AT, DOT, PLUS, MINUS, BAR, BAR_DOT, BAR_PLUS, BAR_MINUS, SLOTS };

typedef struct {
    bench u;
    numbers v[SLOTS];
} trial;

static bool trial_open(trial *t, const op_case *of) {
    if (!bench_open(&t->u, of)) return false;
    for (int k = 0; k < SLOTS; k++) t->v[k] = k <= DOT ? numbers_drawn(&t->u, k) : numbers_new(&t->u);
    if (of->data) memset(t->v[DOT].x[0], 0, (size_t)t->u.in * sizeof(real));
    return true;
}

static void trial_close(trial *t) {
    for (int k = 0; k < SLOTS; k++) numbers_free(&t->v[k]);
    bench_close(&t->u);
}

/* v = a + h·d, member by member. */
static void step(const trial *t, const numbers *a, double h, const numbers *d, const numbers *v) {
    const bench *u = &t->u;
    for (int i = 0; i < u->node->inputs; i++)
        for (int64_t k = 0; k < u->in; k++) v->x[i][k] = a->x[i][k] + h * d->x[i][k];
    for (int64_t k = 0; k < u->parameters; k++) v->theta[k] = a->theta[k] + h * d->theta[k];
    for (int64_t k = 0; k < u->out; k++) v->y[k] = a->y[k] + h * d->y[k];
}

/* Largest |a − b| over the largest |b| (1e-3 at least: differences of numbers of order 1 are rounded). skip: lanes from `samples` on. */
static double apart(const bench *u, const real *a, const real *b, int64_t n, bool padded) {
    double off = 0, size = 1e-3;
    int64_t block = padded ? n / u->blocks : n;
    for (int64_t k = 0; k < n; k++) {
        if (padded && k / block * LANES + k % LANES >= u->of->samples) continue;
        if (!(fabs(a[k] - b[k]) <= off)) off = fabs(a[k] - b[k]);
        if (fabs(b[k]) > size) size = fabs(b[k]);
    }
    return n ? off / size : 0;
}

static void difference(real *plus, const real *minus, double h, int64_t n) {
    for (int64_t k = 0; k < n; k++) plus[k] = (plus[k] - minus[k]) / (2 * h);
}

/* A name for messages. */
#define SAYS "%s %s: %.3g", t->u.of->op, t->u.of->note

static void tangent_forward(trial *t) {
    const double h = 1e-5;
    numbers *v = t->v;
    real *at_y = room(t->u.out), *dot_y = room(t->u.out);
    numbers at = v[AT], dot = v[DOT];
    at.y = at_y, dot.y = dot_y;
    forward(&t->u, &at, &dot), detach(&t->u);
    step(t, &v[AT], h, &v[DOT], &v[PLUS]), forward(&t->u, &v[PLUS], NULL), detach(&t->u);
    step(t, &v[AT], -h, &v[DOT], &v[MINUS]), forward(&t->u, &v[MINUS], NULL), detach(&t->u);
    difference(v[PLUS].y, v[MINUS].y, h, t->u.out);
    double off = apart(&t->u, dot_y, v[PLUS].y, t->u.out, true);
    CHECK(off <= 1e-7, SAYS, off);
    temper_release(at_y), temper_release(dot_y);
}

/* Forward at this point (its y stays the adjoint), then the way back. */
static void there_and_back(trial *t, int at, int dot, int bar, int bar_dot, manner how) {
    numbers *v = t->v, value = v[at], slope = v[dot < 0 ? at : dot];
    value.y = room(t->u.out), slope.y = room(t->u.out);
    forward(&t->u, &value, dot < 0 ? NULL : &slope);
    reverse(&t->u, &v[at], dot < 0 ? NULL : &v[dot], &v[bar], dot < 0 ? NULL : &v[bar_dot], how);
    detach(&t->u);
    temper_release(value.y), temper_release(slope.y);
}

static double inner(const real *a, const real *b, int64_t n, double *size) {
    double sum = 0;
    for (int64_t k = 0; k < n; k++) sum += a[k] * b[k], *size += fabs(a[k] * b[k]);
    return sum;
}

/* Whether what lies in the padding of x, as its numbers or its tangents, reaches nothing; adjoints there are 0. */
static void transposed(trial *t) {
    numbers *v = t->v, at = v[AT], dot = v[DOT];
    real *jv = room(t->u.out);
    at.y = room(t->u.out), dot.y = jv;
    forward(&t->u, &at, &dot), detach(&t->u);
    there_and_back(t, AT, -1, BAR, -1, plainly);
    double size = 0, there = inner(jv, v[AT].y, t->u.out, &size), back = 0;
    for (int i = 0; i < t->u.node->inputs && !t->u.of->data; i++)
        back += inner(v[BAR].x[i], v[DOT].x[i], t->u.in, &size);
    back += inner(v[BAR].theta, v[DOT].theta, t->u.parameters, &size);
    CHECK(fabs(there - back) <= 1e-13 * size, SAYS, (there - back) / size);
    temper_release(jv), temper_release(at.y);
}

static void tangent_reverse(trial *t) {
    const double h = 1e-5;
    numbers *v = t->v;
    there_and_back(t, AT, DOT, BAR, BAR_DOT, plainly);
    step(t, &v[AT], h, &v[DOT], &v[PLUS]), there_and_back(t, PLUS, -1, BAR_PLUS, -1, plainly);
    step(t, &v[AT], -h, &v[DOT], &v[MINUS]), there_and_back(t, MINUS, -1, BAR_MINUS, -1, plainly);
    for (int i = 0; i < t->u.node->inputs && !t->u.of->data; i++) {
        difference(v[BAR_PLUS].x[i], v[BAR_MINUS].x[i], h, t->u.in);
        double off = apart(&t->u, v[BAR_DOT].x[i], v[BAR_PLUS].x[i], t->u.in, false);
        CHECK(off <= 1e-7, SAYS, off);
    }
    difference(v[BAR_PLUS].theta, v[BAR_MINUS].theta, h, t->u.parameters);
    double off = apart(&t->u, v[BAR_DOT].theta, v[BAR_PLUS].theta, t->u.parameters, false);
    CHECK(off <= 1e-7, SAYS, off);
    there_and_back(t, AT, -1, BAR_PLUS, -1, plainly); /* the gradient is the same with and without tangents */
    CHECK(!memcmp(v[BAR].theta, v[BAR_PLUS].theta, (size_t)t->u.parameters * sizeof(real)), SAYS, 0.);
}

/* Shares of weights are equal bits however they are cut; so is the gradient of blocks two at a time. */
static void shares(trial *t) {
    numbers *v = t->v;
    size_t size = (size_t)t->u.parameters * sizeof(real);
    there_and_back(t, AT, DOT, BAR, BAR_DOT, plainly);
    for (int parts = 2; parts <= 3; parts++) {
        there_and_back(t, AT, DOT, BAR_PLUS, BAR_MINUS, (manner){0, parts, NAN});
        CHECK(!memcmp(v[BAR].theta, v[BAR_PLUS].theta, size), SAYS, (double)parts);
        CHECK(!memcmp(v[BAR_DOT].theta, v[BAR_MINUS].theta, size), SAYS, (double)parts);
    }
    there_and_back(t, AT, DOT, BAR_PLUS, BAR_MINUS, (manner){2, 2, NAN});
    CHECK(!memcmp(v[BAR].theta, v[BAR_PLUS].theta, size), SAYS, 0.);
    double off = apart(&t->u, v[BAR_DOT].theta, v[BAR_MINUS].theta, t->u.parameters, false);
    CHECK(off <= 1e-14 * (double)t->u.blocks * 10, SAYS, off);
}

/* Adjoints of inputs are added to what is there unless the op is first. */
static void adds(trial *t) {
    numbers *v = t->v;
    if (t->u.of->data) return;
    there_and_back(t, AT, DOT, BAR, BAR_DOT, plainly);
    there_and_back(t, AT, DOT, BAR_PLUS, BAR_MINUS, (manner){0, 1, 2});
    for (int i = 0; i < t->u.node->inputs; i++) {
        for (int64_t k = 0; k < t->u.in; k++) v[BAR_PLUS].x[i][k] -= 2, v[BAR_MINUS].x[i][k] -= 2;
        double off = apart(&t->u, v[BAR_PLUS].x[i], v[BAR].x[i], t->u.in, false);
        double dot = apart(&t->u, v[BAR_MINUS].x[i], v[BAR_DOT].x[i], t->u.in, false);
        CHECK(off <= 1e-13 && dot <= 1e-13, SAYS, off + dot);
    }
}

/* Whatever lies in the padding of the input, no sample and no gradient feels it, and the adjoint of the padding is 0. */
static void padding(trial *t) {
    numbers *v = t->v, other = v[PLUS], at = v[AT];
    const bench *u = &t->u;
    int64_t block = u->in / u->blocks;
    there_and_back(t, AT, DOT, BAR, BAR_DOT, plainly);
    step(t, &v[AT], 0, &v[AT], &v[PLUS]);
    for (int i = 0; i < u->node->inputs; i++)
        for (int64_t k = 0; k < u->in; k++)
            if (k / block * LANES + k % LANES >= u->of->samples) {
                if (!u->of->data) CHECK(v[BAR].x[i][k] == 0 && v[BAR_DOT].x[i][k] == 0, SAYS, v[BAR].x[i][k]);
                other.x[i][k] = 3 - other.x[i][k];
            }
    there_and_back(t, PLUS, DOT, BAR_PLUS, BAR_MINUS, plainly);
    CHECK(!memcmp(v[BAR].theta, v[BAR_PLUS].theta, (size_t)u->parameters * sizeof(real)), SAYS, 0.);
    CHECK(!memcmp(v[BAR_DOT].theta, v[BAR_MINUS].theta, (size_t)u->parameters * sizeof(real)), SAYS, 0.);
    at.y = room(u->out), other.y = room(u->out);
    forward(&t->u, &at, NULL), detach(&t->u);
    forward(&t->u, &other, NULL), detach(&t->u);
    CHECK(apart(u, at.y, other.y, u->out, true) == 0, SAYS, 0.);
    temper_release(at.y), temper_release(other.y);
}

/* All plain numbers of a run, one after another: what lies in the op's arrays and the adjoints of its inputs. */
static real *plain_numbers(const trial *t, const numbers *bar, int64_t *n) {
    const bench *u = &t->u;
    const int me = u->node->number;
    const int64_t kept = u->node->kept * u->blocks, shared = u->node->shared;
    const real *from[] = {u->arrays[0][me], u->arrays[2][me], u->arrays[4][me],
                          u->arrays[6][me], bar->x[0],        bar->x[1]};
    const int64_t length[] = {u->out, u->out, kept, shared, u->in, u->in};
    real *all = room(2 * u->out + kept + shared + 2 * u->in);
    *n = 0;
    for (int k = 0; k < 6; k++) {
        memcpy(all + *n, from[k], (size_t)length[k] * sizeof(real));
        *n += length[k];
    }
    return all;
}

/* From here on: who writes values again writes over the padding; who writes adjoints again, adds. */
static void mark_known(const trial *t) {
    const bench *u = &t->u;
    const int64_t features = u->node->features;
    for (int64_t k = 0; k < u->out; k++)
        if (k / (features * LANES) * LANES + k % LANES >= u->of->samples)
            u->arrays[0][u->node->number][k] = 7;
    for (int i = 0; i < u->node->inputs; i++) u->node->first[i] = false;
}

/* A point that is kept: values and adjoints are made without tangents; tangents that are swept through it alone are those of both together,
 * and what was there stays as it was. Bits, but for the sums of batch norms, which are kept rounded to a real. */
static void known_point(trial *t) {
    numbers *v = t->v, at = v[AT], dot = v[DOT];
    bench *u = &t->u;
    const net_op *op = u->node->op;
    const double bar = op->collect ? 1e-13 : 0;
    real *y_dot = room(u->out);
    int64_t n;
    at.y = room(u->out), dot.y = y_dot;
    forward(u, &at, &dot), detach(u);
    there_and_back(t, AT, DOT, BAR, BAR_DOT, plainly);
    forward(u, &at, NULL);
    copy(u->arrays[2][u->node->number], v[AT].y, u->out),
        copy(u->arrays[3][u->node->number], v[DOT].y, u->out);
    for (int i = 0; i < u->node->inputs; i++) {
        u->arrays[1][u->node->in[i]] = u->of->data ? NULL : v[DOT].x[i];
        fill(v[BAR_PLUS].x[i], u->in, NAN), u->arrays[2][u->node->in[i]] = v[BAR_PLUS].x[i];
        fill(v[BAR_MINUS].x[i], u->in, 0), u->arrays[3][u->node->in[i]] = v[BAR_MINUS].x[i];
    }
    if (op->collect_reverse) op->collect_reverse(u->node, &u->run);
    for (int64_t b = 0; b < u->blocks && op->reverse; b++)
        op->reverse(u->node, &u->run, b, b + 1, u->scratch);
    mark_known(t);
    real *before = plain_numbers(t, &v[BAR_PLUS], &n);
    fill(v[BAR_MINUS].theta, u->parameters, 0);
    u->run.tangents = u->run.known = true, u->run.theta_dot = v[DOT].theta,
    u->run.grad_dot = v[BAR_MINUS].theta;
    if (op->collect) op->collect(u->node, &u->run);
    for (int64_t b = 0; b < u->blocks; b++) op->forward(u->node, &u->run, b, b + 1, u->scratch);
    CHECK(apart(u, u->arrays[1][u->node->number], y_dot, u->out, true) <= bar, SAYS, 1.);
    if (op->collect_reverse) op->collect_reverse(u->node, &u->run);
    if (op->weigh) op->weigh(u->node, &u->run, (net_share){0, u->blocks, 0, 1}, u->scratch);
    for (int64_t b = 0; b < u->blocks && op->reverse; b++)
        op->reverse(u->node, &u->run, b, b + 1, u->scratch);
    for (int i = 0; i < u->node->inputs && !u->of->data; i++)
        CHECK(apart(u, v[BAR_MINUS].x[i], v[BAR_DOT].x[i], u->in, false) <= bar, SAYS, 2.);
    CHECK(apart(u, v[BAR_MINUS].theta, v[BAR_DOT].theta, u->parameters, false) <= bar, SAYS, 3.);
    real *after = plain_numbers(t, &v[BAR_PLUS], &n);
    CHECK(!memcmp(before, after, (size_t)n * sizeof(real)), SAYS, 4.);
    for (int i = 0; i < u->node->inputs; i++) u->node->first[i] = true;
    detach(u), temper_release(before), temper_release(after), temper_release(at.y), temper_release(y_dot);
}

static void each(void (*check)(trial *)) {
    for (int k = 0; k < CASES; k++) {
        trial t;
        if (trial_open(&t, &cases[k])) check(&t), trial_close(&t);
    }
}

static void tangents_of_forward(void) { each(tangent_forward); }
static void reverse_is_transposed(void) { each(transposed); }
static void tangents_of_reverse(void) { each(tangent_reverse); }
static void shares_agree(void) { each(shares); }
static void adjoints_add(void) { each(adds); }
static void points_are_kept(void) { each(known_point); }
static void padding_is_unfelt(void) { each(padding); }

static void nothing_leaks(void) {
    CHECK(temper_alloc_live() == 0, "%lld blocks", (long long)temper_alloc_live());
}

/* Every op of the table has a case. */
static void all_ops(void) {
    for (const net_op *const *op = net_ops; *op; op++) {
        bool found = false;
        for (int k = 0; k < CASES; k++) found |= !strcmp(cases[k].op, (*op)->name);
        CHECK(found, "%s has no case", (*op)->name);
    }
}

int main(void) {
    RUN(all_ops);
    RUN(tangents_of_forward);
    RUN(reverse_is_transposed);
    RUN(tangents_of_reverse);
    RUN(shares_agree);
    RUN(adjoints_add);
    RUN(padding_is_unfelt);
    RUN(points_are_kept);
    RUN(nothing_leaks);
    return check_end();
}
