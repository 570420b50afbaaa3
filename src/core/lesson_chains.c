/* Flocks of a lesson: settled, seated, swapped. */
#include "core/lesson_chains.h"
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"

enum { SETTLE = 10 };

temper_status temper_suits_chains(const char *method, const temper_machine *machine) {
    const temper_machine_type *type = machine->type;
    if (type->sweep && type->statistics) return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT,
                       "%s: %s has no chains to sample from; it is taught by a rule of its own "
                       "('temper list methods' shows them)",
                       method, type->about.name);
}

void temper_lesson_settle(const temper_lesson *lesson, int64_t sweeps) {
    const temper_machine_type *type = lesson->machine->type;
    if (sweeps < 0) sweeps = type->marginal || type->hidden(lesson->machine->self) == 0 ? 0 : SETTLE;
    temper_flock_wake(lesson->data);
    if (sweeps > 0) temper_flock_sweep(lesson->data, sweeps);
}

void temper_lesson_sweep(temper_flock *flock, int64_t n) {
    temper_flock_wake(flock);
    if (n > 0) temper_flock_sweep(flock, n);
}

temper_status temper_lesson_seat(const temper_lesson *lesson, temper_flock *flock) {
    const temper_rows_view *rows = &lesson->rows;
    const float **row = temper_alloc((size_t)flock->chains, sizeof *row);
    if (!row) return TEMPER_NO_MEMORY;
    for (int64_t c = 0; c < flock->chains; c++)
        row[c] = rows->X + (int64_t)((double)c * (double)rows->n / (double)flock->chains) * rows->columns;
    temper_flock_clamp(flock, row, flock->chains);
    temper_release((void *)row);
    temper_flock_wake(flock);
    return TEMPER_OK;
}

/* ln w of this rung for the configurations of a flock, which may belong to another machine of the same shape: it is lent for as long. */
static void weigh(const temper_ladder_rung *rung, temper_flock *of, double *out) {
    const temper_machine *own = of->machine;
    of->machine = rung->machine;
    if (own != rung->machine) temper_flock_wake(of);
    temper_flock_log_weight(of, &rung->place, out);
    of->machine = own;
    if (own != rung->machine) temper_flock_wake(of);
}

double temper_lesson_swap(temper_lesson *lesson, const temper_ladder_rung *a, const temper_ladder_rung *b,
                          int64_t step, int64_t pair) {
    temper_flock *x = a->flock, *y = b->flock;
    const int64_t C = x->chains;
    double *a_x = x->room, *a_y = x->room + C, *b_x = y->room, *b_y = y->room + C, sum = 0;
    weigh(a, x, a_x), weigh(a, y, a_y);
    weigh(b, x, b_x), weigh(b, y, b_y);
    for (int64_t i = 0; i < C; i++) {
        double delta = (a_y[i] - a_x[i]) + (b_x[i] - b_y[i]);
        double p = delta >= 0 ? 1 : temper_exp(delta);
        if (!(p > 0)) continue; /* a NaN never swaps */
        sum += p;
        if (temper_uniform(lesson->stream, TEMPER_FOR_SWAPS, step, pair * C + i) < p)
            x->machine->type->swap(x, i, y, i);
    }
    temper_flock_wake(x), temper_flock_wake(y);
    lesson->swaps += sum;
    lesson->swaps_tried += (double)C;
    return sum / (double)C;
}
