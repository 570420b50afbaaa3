/* Lessons whose methods are made here: one says what the gradient is, the other where the model's chains sit, so that every number can be
 * worked out by hand. */
#ifndef TEMPER_LESSON_RIG_H
#define TEMPER_LESSON_RIG_H

#include <stdlib.h>
#include "check.h"
#include "temper/learn.h"

/* The told gradient at update t: wanted[t mod 4]·(1 + number of the weight mod 3). */
static double wanted[4];
static int64_t spoiled = -1;
static float spoil_by;
static const float *seats[8]; /* rows that the model's chains sit on */

static temper_status suits_all(const void *self, const temper_machine *machine) {
    return (void)self, (void)machine, TEMPER_OK;
}

static temper_status fill(const void *self, temper_lesson *l) {
    (void)self;
    for (int64_t k = 0; k < l->machine->parameters; k++)
        l->grad[k] = (float)(wanted[l->clock % 4] * (double)(1 + k % 3));
    if (spoiled >= 0) l->grad[spoiled] = spoil_by;
    return TEMPER_OK;
}

static temper_status sit(const void *self, temper_lesson *l) {
    (void)self;
    temper_flock_wake(l->data);
    temper_flock_clamp(l->model[0], seats, l->chains);
    temper_flock_wake(l->model[0]);
    return TEMPER_OK;
}

static const temper_method_type fills_type = {
    .about = {.name = "told"}, .suits = suits_all, .step = fill, .fills = true};
static const temper_method_type sits_type = {.about = {.name = "seated"}, .suits = suits_all, .step = sit};
static const temper_method told = {&fills_type, NULL, "told"}, seated = {&sits_type, NULL, "seated"};

static inline temper_machine *machine_of(const char *text, int64_t columns, double size) {
    temper_machine *m;
    const temper_machine_io io = {.columns = columns};
    CHECK_OK(temper_machine_create(&m, text, &io));
    if (!m) exit(1);
    for (int64_t k = 0; k < m->parameters; k++)
        m->theta[k] = (float)(size * temper_normal((temper_stream){5, 0}, TEMPER_FOR_TESTS, 1, k));
    CHECK_OK(temper_machine_refresh(m));
    return m;
}

static inline temper_lesson *lesson_of(temper_machine *m, const temper_method *method,
                                       temper_lesson_plan plan) {
    temper_lesson *l;
    CHECK_OK(temper_lesson_create(&l, m, method, &plan));
    if (!l) exit(1);
    return l;
}

static inline void random_rows(float *X, int64_t n) {
    for (int64_t k = 0; k < n; k++)
        X[k] = (float)(temper_word((temper_stream){6, 0}, TEMPER_FOR_TESTS, 0, k) & 1);
}

#endif
