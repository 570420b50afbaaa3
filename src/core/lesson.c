/* A lesson: minibatches in, updates out. What one update does to θ is the method's gradient and lesson_update.c. */
#include "core/lesson.h"
#include <string.h>
#include "base/memory.h"
#include "core/catalogue.h"

temper_status temper_method_create(temper_method **out, const char *text) {
    const temper_about *about;
    const char *options;
    *out = NULL;
    temper_status bad = temper_split("methods", text, &about, &options);
    if (bad) return bad;
    temper_method *method = temper_alloc(1, sizeof *method);
    if (!method) return TEMPER_NO_MEMORY;
    method->type = (const temper_method_type *)about;
    bad = temper_options_read(about, options, &method->self, &method->text);
    if (!bad && method->type->build) bad = method->type->build(method->self);
    if (bad)
        temper_method_free(method);
    else
        *out = method;
    return bad;
}

void temper_method_free(temper_method *method) {
    if (!method) return;
    if (method->self && method->type->clear) method->type->clear(method->self);
    temper_options_free(&method->type->about, method->self, method->text);
    temper_release(method);
}

/* Flocks of one lesson draw from streams of their own: number {lesson's chain · 128 + k}, k = 0 for the data. */
static temper_stream stream_of(const temper_lesson *lesson, int k) {
    return (temper_stream){lesson->stream.seed, lesson->stream.chain * 128 + (uint32_t)k};
}

static temper_status make_flocks(temper_lesson *l) {
    const temper_method_type *type = l->method->type;
    bool data = true;
    temper_status bad = TEMPER_OK;
    l->models = 1;
    if (type->needs) type->needs(l->method->self, l, &l->models, &l->aides, &l->memory_bytes, &data);
    if (l->models > TEMPER_FLOCKS_MAX || l->aides > TEMPER_FLOCKS_MAX)
        return temper_fail(TEMPER_BAD_OPTION, "%s: %d flocks of chains; legal: at most %d", l->method->text,
                           l->models > l->aides ? l->models : l->aides, TEMPER_FLOCKS_MAX);
    for (int k = 0; k < l->aides && !bad; k++) bad = temper_machine_copy(&l->aide[k], l->machine);
    if (data && !bad) {
        bad = temper_flock_create(&l->data, l->machine, l->batch, stream_of(l, 0));
        if (!bad) l->data->pinned = true;
    }
    for (int k = 0; k < l->models && !bad; k++)
        bad = temper_flock_create(&l->model[k], l->machine, l->chains, stream_of(l, 1 + k));
    l->memory = bad ? NULL : temper_alloc(1, l->memory_bytes);
    return bad ? bad : l->memory ? TEMPER_OK : TEMPER_NO_MEMORY;
}

static temper_status make_room(temper_lesson *l) {
    size_t P = (size_t)l->machine->parameters;
    l->grad = temper_alloc(P, sizeof *l->grad);
    l->data_stat = temper_alloc(P, sizeof *l->data_stat);
    l->velocity = temper_alloc(2 * P, sizeof *l->velocity);
    l->step = temper_alloc(P, sizeof *l->step);
    l->order = temper_alloc((size_t)l->rows.n, sizeof *l->order);
    l->row = temper_alloc((size_t)l->batch, sizeof *l->row);
    l->seat = temper_alloc((size_t)l->chains, sizeof *l->seat);
    l->batch_weight = temper_alloc((size_t)l->batch, sizeof *l->batch_weight);
    return l->grad && l->data_stat && l->velocity && l->step && l->order && l->row && l->seat &&
                   l->batch_weight
               ? TEMPER_OK
               : TEMPER_NO_MEMORY;
}

static void plan_in(temper_lesson *l, const temper_lesson_plan *plan) {
    const temper_method_type *type = l->method->type;
    int64_t few = plan->rows.n < 100 ? plan->rows.n : 100;
    l->rows = plan->rows;
    l->batch = plan->batch > 0 && plan->batch < plan->rows.n ? plan->batch
               : plan->batch > 0                             ? plan->rows.n
                                                             : few;
    l->chains = plan->chains > 0 ? plan->chains : l->batch;
    l->stream = plan->stream;
    l->rate = plan->rate > 0 ? plan->rate : type->rate ? type->rate(l->method->self) : 0;
    if (l->rate == 0) l->rate = 0.05;
    l->momentum = plan->momentum, l->l1 = plan->l1, l->l2 = plan->l2;
    l->optimiser = plan->optimiser, l->gradient = plan->gradient;
    l->epoch = -1;
}

temper_status temper_lesson_create(temper_lesson **out, temper_machine *machine, const temper_method *method,
                                   const temper_lesson_plan *plan) {
    *out = NULL;
    temper_status bad = temper_machine_legal(machine, &plan->rows);
    if (!bad && method->type->suits) bad = method->type->suits(method->self, machine);
    if (bad) return bad;
    temper_lesson *l = temper_alloc(1, sizeof *l);
    if (!l) return TEMPER_NO_MEMORY;
    l->machine = machine, l->method = method;
    plan_in(l, plan);
    bad = make_room(l);
    if (!bad) bad = make_flocks(l);
    if (!bad && method->type->begin) bad = method->type->begin(method->self, l);
    if (bad)
        temper_lesson_free(l);
    else
        *out = l;
    return bad;
}

void temper_lesson_free(temper_lesson *l) {
    if (!l) return;
    temper_flock_free(l->data);
    for (int k = 0; k < l->models && k < TEMPER_FLOCKS_MAX; k++) temper_flock_free(l->model[k]);
    for (int k = 0; k < l->aides && k < TEMPER_FLOCKS_MAX; k++) temper_machine_free(l->aide[k]);
    void *blocks[] = {l->grad,         l->data_stat,    l->velocity, l->order, (void *)l->row,
                      (void *)l->seat, l->batch_weight, l->memory,   l->step};
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) temper_release(blocks[k]);
    temper_release(l);
}

/* Rows in the order of an epoch: Fisher–Yates, place i = n−1 … 1 with temper_below(word i, i + 1). */
static void shuffle(temper_lesson *l, int64_t epoch) {
    if (l->epoch == epoch) return;
    l->epoch = epoch;
    for (int64_t i = 0; i < l->rows.n; i++) l->order[i] = i;
    uint32_t word[4] = {0};
    for (int64_t i = l->rows.n - 1; i > 0; i--) {
        if (i % 4 == 3 || i == l->rows.n - 1)
            temper_block(l->stream, TEMPER_FOR_MINIBATCH, epoch, i / 4, word);
        int64_t j = temper_below(word[i % 4], (uint32_t)i + 1), kept = l->order[i];
        l->order[i] = l->order[j], l->order[j] = kept;
    }
}

void temper_lesson_batch(temper_lesson *l, int64_t clock, int64_t *index) {
    if (l->batch == l->rows.n) {
        for (int64_t i = 0; i < l->batch; i++) index[i] = i;
        return;
    }
    int64_t per_epoch = l->rows.n / l->batch, first = clock % per_epoch * l->batch;
    shuffle(l, clock / per_epoch);
    for (int64_t i = 0; i < l->batch; i++) index[i] = l->order[first + i];
}

static void clamp_batch(temper_lesson *l) {
    int64_t per_epoch = l->rows.n / l->batch, first = l->clock % per_epoch * l->batch;
    const bool whole = l->batch == l->rows.n;
    if (whole && l->clamped) return;
    if (!whole) shuffle(l, l->clock / per_epoch);
    for (int64_t i = 0; i < l->batch; i++) {
        int64_t at = whole ? i : l->order[first + i];
        l->row[i] = l->rows.X + at * l->rows.columns;
        l->batch_weight[i] = l->rows.weight ? l->rows.weight[at] : 1;
    }
    temper_flock_clamp(l->data, l->row, l->batch);
    l->clamped = true;
}

/* A sweep or a sum of some flock that could not be made; the sentence is still the last one. */
static temper_status trouble_of(const temper_lesson *l) {
    temper_status bad = l->data ? l->data->trouble : TEMPER_OK;
    for (int k = 0; k < l->models && !bad; k++) bad = l->model[k]->trouble;
    return bad;
}

static temper_status update(temper_lesson *l) {
    const temper_method_type *type = l->method->type;
    if (l->data) clamp_batch(l);
    if (type->solve) {
        temper_status bad = type->solve(l->method->self, l);
        return bad ? bad : temper_machine_gauge(l->machine);
    }
    temper_status bad = type->step(l->method->self, l), trouble = trouble_of(l);
    if (trouble) return trouble;
    if (!bad) bad = temper_lesson_update(l);
    if ((trouble = trouble_of(l))) return trouble;
    return bad || !type->after ? bad : type->after(l->method->self, l);
}

temper_status temper_lesson_learn(temper_lesson *l, int64_t n) {
    temper_status bad = TEMPER_OK;
    for (int64_t k = 0; k < n && !bad && !l->done; k++)
        if (!(bad = update(l))) l->clock++;
    return bad;
}
