/* θ of a lesson moves along its gradient:
 *
 *     sgd    v ← μ v + G,                       θ ← θ + η (v − λ₁ sign θ − λ₂ θ)
 *     adam   m ← β₁ m + (1 − β₁) G,  s ← β₂ s + (1 − β₂) G²,   the same with v = m̂/(√ŝ + 1e-8)   (Kingma and Ba 2015)
 *
 * The penalties are decoupled from the optimiser's scale and leave fields alone. Every weight is a chain of its own, so threads share
 * weights out as they like. */
#include "core/lesson.h"
#include <math.h>
#include "base/memory.h"
#include "temper/parallel.h"

enum { CHUNK = 16384 };
static const double BETA_1 = 0.9, BETA_2 = 0.999, TINY = 1e-8, HUGE_STEP = 1e15;

typedef struct {
    temper_lesson *lesson;
    float *theta, *grad, *v, *s;
    int64_t n;
    double rate, momentum, l1, l2, fix_1, fix_2;
    bool adam;
} move;

static double adam(const move *m, int64_t k) {
    double g = m->grad[k], first = BETA_1 * (double)m->v[k] + (1 - BETA_1) * g,
           second = BETA_2 * (double)m->s[k] + (1 - BETA_2) * g * g;
    m->v[k] = (float)first, m->s[k] = (float)second;
    return first * m->fix_1 / (sqrt(second * m->fix_2) + TINY);
}

static double pull(const move *m, float theta) {
    double sign = theta > 0 ? 1 : theta < 0 ? -1 : 0;
    return m->l1 * sign + m->l2 * (double)theta;
}

static temper_status move_chunk(void *context, int64_t chunk) {
    move *m = context;
    int64_t last = (chunk + 1) * CHUNK < m->n ? (chunk + 1) * CHUNK : m->n;
    for (int64_t k = chunk * CHUNK; k < last; k++) {
        double g = m->grad[k], along = g;
        if (m->adam) {
            along = adam(m, k);
        } else if (m->momentum > 0) {
            along = m->momentum * (double)m->v[k] + g;
            m->v[k] = (float)along;
        }
        m->theta[k] = (float)((double)m->theta[k] + m->rate * (along - pull(m, m->theta[k])));
    }
    return TEMPER_OK;
}

/* 1/(1 − β^t) by squaring: no libm. */
static double unbias(double beta, int64_t t) {
    double power = 1;
    for (; t > 0; t >>= 1, beta *= beta)
        if (t & 1) power *= beta;
    return 1 / (1 - power);
}

static temper_status check_chunk(void *context, int64_t chunk) {
    const move *m = context;
    int64_t last = (chunk + 1) * CHUNK < m->n ? (chunk + 1) * CHUNK : m->n;
    for (int64_t k = chunk * CHUNK; k < last; k++)
        if (!(fabs((double)m->grad[k]) * m->rate < HUGE_STEP))
            return temper_fail(TEMPER_DIVERGED,
                               "update %lld: the gradient of weight %lld is %g: learning diverged",
                               (long long)m->lesson->clock, (long long)k, (double)m->grad[k]);
    return TEMPER_OK;
}

static int64_t chunks(int64_t n) { return (n + CHUNK - 1) / CHUNK; }

static temper_status check(temper_lesson *lesson) {
    move m = {.lesson = lesson, .grad = lesson->grad, .n = lesson->machine->parameters, .rate = lesson->rate};
    return temper_parallel(chunks(m.n), check_chunk, &m);
}

static void time_in(const temper_lesson *lesson, move *m) {
    const int64_t t = lesson->clock - lesson->born + 1;
    m->fix_1 = unbias(BETA_1, t), m->fix_2 = unbias(BETA_2, t);
}

static temper_status aim_chunk(void *context, int64_t chunk) {
    move *m = context;
    int64_t last = (chunk + 1) * CHUNK < m->n ? (chunk + 1) * CHUNK : m->n;
    for (int64_t k = chunk * CHUNK; k < last; k++) m->grad[k] = (float)adam(m, k);
    return TEMPER_OK;
}

enum { KEEP, PUT, TAKE, ADD };
static void fields(temper_lesson *lesson, int what) {
    const temper_machine *machine = lesson->machine;
    for (int a = 0; a < machine->type->arrays(machine->self); a++) {
        temper_machine_array array;
        machine->type->array(machine->self, a, &array);
        int64_t n = array.field ? 1 : 0;
        for (int d = 0; d < array.dims; d++) n *= array.shape[d];
        float *g = lesson->grad + array.offset, *kept = lesson->step + array.offset;
        for (int64_t k = 0; k < n; k++) {
            if (what == KEEP || what == TAKE) kept[k] = g[k];
            g[k] = what == PUT ? kept[k] : what == TAKE ? 0 : what == ADD ? g[k] + kept[k] : g[k];
        }
    }
}

/* Adam takes every weight in units of its own. A centred gradient moves fields against couplings so that the units' mean inputs stay, and that
 * balance would be lost. So Adam walks in the centred coordinates, couplings along centred gradients and fields along plain ones, and its
 * step is brought back: Δb_i = Δb̃_i − Σ_j ΔW_ij μ_j, which is what `centre` makes of couplings alone. */
static void aim_centred(temper_lesson *lesson) {
    const temper_machine *machine = lesson->machine;
    move m = {.grad = lesson->grad, .v = lesson->velocity, .n = machine->parameters};
    m.s = lesson->velocity + m.n;
    time_in(lesson, &m);
    fields(lesson, KEEP);
    machine->type->centre(machine->self, lesson->data_stat, lesson->gradient == TEMPER_STANDARDISED,
                          lesson->grad);
    fields(lesson, PUT);
    (void)temper_parallel(chunks(m.n), aim_chunk, &m);
    fields(lesson, TAKE);
    machine->type->centre(machine->self, lesson->data_stat, false, lesson->grad);
    fields(lesson, ADD);
}

static temper_status move_all(temper_lesson *lesson, bool aimed) {
    temper_machine *machine = lesson->machine;
    int64_t P = machine->parameters;
    move m = {.lesson = lesson, .rate = lesson->rate};
    m.momentum = aimed ? 0 : lesson->momentum, m.adam = lesson->optimiser == TEMPER_ADAM && !aimed;
    time_in(lesson, &m);
    for (int k = 0; k < machine->type->arrays(machine->self); k++) {
        temper_machine_array array;
        machine->type->array(machine->self, k, &array);
        m.n = 1;
        for (int d = 0; d < array.dims; d++) m.n *= array.shape[d];
        m.theta = machine->theta + array.offset, m.grad = lesson->grad + array.offset;
        m.v = lesson->velocity + array.offset, m.s = lesson->velocity + P + array.offset;
        m.l1 = array.field ? 0 : lesson->l1, m.l2 = array.field ? 0 : lesson->l2;
        (void)temper_parallel(chunks(m.n), move_chunk, &m);
    }
    return temper_machine_gauge(machine);
}

static double row_weights(const temper_lesson *lesson, const double **weight) {
    double sum = 0;
    *weight = lesson->rows.weight ? lesson->batch_weight : NULL;
    for (int64_t i = 0; i < lesson->batch; i++) sum += *weight ? (*weight)[i] : 1;
    return sum;
}

/* Statistics of data without hidden units and minibatches never change, unless the energy bends in θ. */
static void data_statistics(temper_lesson *lesson) {
    const temper_machine_type *type = lesson->machine->type;
    const double *weight;
    if (lesson->data_known) return;
    double sum = row_weights(lesson, &weight);
    for (int64_t k = 0; k < lesson->machine->parameters; k++) lesson->data_stat[k] = 0;
    type->statistics(lesson->data, lesson->batch, weight, 1 / sum, lesson->data_stat);
    lesson->data_known =
        lesson->batch == lesson->rows.n && !type->curved && type->hidden(lesson->machine->self) == 0;
}

static void contrast(temper_lesson *lesson) {
    temper_flock *model = lesson->model[0];
    for (int64_t k = 0; k < lesson->machine->parameters; k++) lesson->grad[k] = lesson->data_stat[k];
    model->machine->type->statistics(model, model->chains, NULL, -1 / (double)model->chains, lesson->grad);
}

static bool plain(const temper_lesson *lesson) {
    return lesson->machine->type->learn && !lesson->method->type->fills && !lesson->method->type->after &&
           lesson->optimiser == TEMPER_SGD && lesson->momentum == 0 &&
           lesson->gradient != TEMPER_STANDARDISED && !lesson->rows.weight &&
           lesson->machine->type->fused(lesson->machine->self) && lesson->model[0]->chains == lesson->batch;
}

temper_status temper_lesson_update(temper_lesson *lesson) {
    temper_machine *machine = lesson->machine;
    const temper_machine_type *type = machine->type;
    if (plain(lesson)) {
        const temper_stride stride = {lesson->rate, lesson->l1, lesson->l2,
                                      lesson->gradient == TEMPER_CENTRED};
        return type->learn(machine->self, lesson->data, lesson->model[0], machine->theta, &stride);
    }
    const bool centred = lesson->gradient != TEMPER_PLAIN && type->centre;
    if (lesson->data && (centred || !lesson->method->type->fills)) data_statistics(lesson);
    if (!lesson->method->type->fills) contrast(lesson);
    const bool aimed = centred && lesson->data && lesson->optimiser == TEMPER_ADAM;
    if (centred && lesson->data && !aimed)
        type->centre(machine->self, lesson->data_stat, lesson->gradient == TEMPER_STANDARDISED, lesson->grad);
    temper_status bad = check(lesson);
    if (bad) return bad;
    if (aimed) aim_centred(lesson);
    return move_all(lesson, aimed);
}
