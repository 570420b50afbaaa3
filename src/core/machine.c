/* Machines as instances: made from text and the kind of rows, with θ beside them. */
#include "temper/machine.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "core/catalogue.h"
#include "temper/parallel.h"

static const char *const units[] = {"binary", "spin", "potts", "gaussian", "relu"};

const char *temper_unit_name(temper_unit unit) { return units[unit]; }

static int64_t length_of(const temper_machine_array *array) {
    int64_t length = 1;
    for (int d = 0; d < array->dims; d++) length *= array->shape[d];
    return length;
}

static int64_t count_parameters(const temper_machine *machine) {
    int64_t P = 0;
    for (int k = 0; k < machine->type->arrays(machine->self); k++) {
        temper_machine_array array;
        machine->type->array(machine->self, k, &array);
        P += length_of(&array);
    }
    return P;
}

temper_status temper_machine_create(temper_machine **out, const char *text, const temper_machine_io *io) {
    const temper_about *about;
    const char *options;
    *out = NULL;
    temper_status bad = temper_split("machines", text, &about, &options);
    if (bad) return bad;
    temper_machine *machine = temper_alloc(1, sizeof *machine);
    if (!machine) return TEMPER_NO_MEMORY;
    machine->type = (const temper_machine_type *)about;
    machine->io = *io;
    bad = temper_options_read(about, options, &machine->self, &machine->text);
    if (!bad) bad = machine->type->build(machine->self, io);
    if (!bad) {
        machine->parameters = count_parameters(machine);
        machine->theta = temper_alloc((size_t)machine->parameters, sizeof *machine->theta);
        bad = machine->theta ? temper_machine_refresh(machine) : TEMPER_NO_MEMORY;
    }
    if (bad)
        temper_machine_free(machine);
    else
        *out = machine;
    return bad;
}

temper_status temper_machine_copy(temper_machine **out, const temper_machine *of) {
    temper_status bad = temper_machine_create(out, of->text, &of->io);
    if (bad) return bad;
    memcpy((*out)->theta, of->theta, (size_t)of->parameters * sizeof *of->theta);
    bad = temper_machine_refresh(*out);
    if (bad) {
        temper_machine_free(*out);
        *out = NULL;
    }
    return bad;
}

void temper_machine_free(temper_machine *machine) {
    if (!machine) return;
    if (machine->self && machine->type->clear) machine->type->clear(machine->self);
    temper_options_free(&machine->type->about, machine->self, machine->text);
    temper_release(machine->theta);
    temper_release(machine);
}

temper_status temper_machine_start(temper_machine *machine, const temper_rows_view *rows,
                                   temper_stream stream) {
    machine->type->start(machine->self, rows, stream, machine->theta);
    return temper_machine_gauge(machine);
}

temper_status temper_machine_gauge(temper_machine *machine) {
    if (machine->type->gauge) machine->type->gauge(machine->self, machine->theta);
    return temper_machine_refresh(machine);
}

temper_status temper_machine_refresh(temper_machine *machine) {
    for (int64_t k = 0; k < machine->parameters; k++)
        if (!isfinite(machine->theta[k]))
            return temper_fail(TEMPER_DIVERGED, "%s: weight number %lld is not finite: learning diverged",
                               machine->type->about.name, (long long)k);
    return machine->type->refresh ? machine->type->refresh(machine->self, machine->theta) : TEMPER_OK;
}

bool temper_machine_find(const temper_machine *machine, const char *name, temper_machine_array *array) {
    for (int k = 0; k < machine->type->arrays(machine->self); k++) {
        machine->type->array(machine->self, k, array);
        if (!strcmp(array->name, name)) return true;
    }
    return false;
}

static bool possible(temper_unit unit, int64_t states, float x) {
    switch (unit) {
    case TEMPER_BINARY: return x == 0 || x == 1;
    case TEMPER_SPIN: return x == -1 || x == 1;
    case TEMPER_POTTS: return x >= 0 && x < (float)states && x == (float)(int)x;
    case TEMPER_GAUSSIAN: return isfinite(x);
    default: return isfinite(x) && x >= 0;
    }
}

typedef struct {
    const temper_machine *machine;
    const temper_rows_view *rows;
    temper_unit unit;
    int64_t V; /* columns that are units */
} check;
enum { CHECKED = 256 }; /* rows of one piece */

/* Numbers of two values, of which there are the most, without a branch. */
static bool all_two(const float *x, int64_t n, float low) {
    int wrong = 0;
    for (int64_t j = 0; j < n; j++) wrong |= (x[j] != low) & (x[j] != 1);
    return !wrong;
}

static temper_status check_rows(void *context, int64_t piece) {
    static const char *const legal[] = {"0 or 1", "-1 or 1", "whole numbers from 0 to states - 1",
                                        "finite numbers", "finite numbers that are not negative"};
    const check *c = context;
    const temper_rows_view *rows = c->rows;
    int64_t last = (piece + 1) * CHECKED < rows->n ? (piece + 1) * CHECKED : rows->n;
    for (int64_t i = piece * CHECKED; i < last; i++) {
        const float *x = rows->X + i * rows->columns;
        if (c->unit <= TEMPER_SPIN && all_two(x, c->V, c->unit == TEMPER_SPIN ? -1 : 0)) continue;
        for (int64_t j = 0; j < c->V; j++)
            if (!possible(c->unit, c->machine->io.states, x[j]))
                return temper_fail(TEMPER_BAD_DATA,
                                   "%s: row %lld, column %lld is %.9g; legal for %s units: %s",
                                   c->machine->type->about.name, (long long)i, (long long)j, (double)x[j],
                                   units[c->unit], legal[c->unit]);
    }
    return TEMPER_OK;
}

temper_status temper_machine_legal(const temper_machine *machine, const temper_rows_view *rows) {
    const char *name = machine->type->about.name;
    temper_unit unit = machine->type->visible(machine->self);
    int64_t V = machine->io.columns - (machine->io.classes > 0);
    if (rows->n < 1) return temper_fail(TEMPER_BAD_DATA, "%s: there are no rows to learn from", name);
    if (rows->columns != machine->io.columns)
        return temper_fail(TEMPER_BAD_DATA, "%s: rows of %lld columns, but the machine has %lld", name,
                           (long long)rows->columns, (long long)machine->io.columns);
    check c = {machine, rows, unit, V};
    temper_status bad = temper_parallel((rows->n + CHECKED - 1) / CHECKED, check_rows, &c);
    if (bad) return bad;
    for (int64_t i = 0; i < rows->n && machine->io.classes > 0; i++) {
        float y = rows->X[i * rows->columns + V];
        if (!possible(TEMPER_POTTS, machine->io.classes, y))
            return temper_fail(TEMPER_BAD_DATA, "%s: row %lld has the label %.9g; legal: 0 to %lld", name,
                               (long long)i, (double)y, (long long)machine->io.classes - 1);
    }
    return TEMPER_OK;
}

temper_status temper_machine_score(const temper_machine *machine, const temper_rows_view *rows, double *out) {
    enum { FLOCK = 256 };
    const temper_machine_type *type = machine->type;
    temper_place here = {1, NULL};
    if (type->score) return type->score(machine->self, rows, out);
    if (!type->marginal)
        return temper_fail(
            TEMPER_CANNOT,
            "%s: the hidden units of this machine cannot be summed out of a row in closed form",
            type->about.name);
    temper_flock *flock;
    const float *row[FLOCK];
    double value[FLOCK];
    temper_status bad = temper_flock_create(&flock, machine, FLOCK, (temper_stream){0, 0});
    if (bad) return bad;
    for (int64_t first = 0; first < rows->n && !bad; first += FLOCK) {
        int64_t n = rows->n - first < FLOCK ? rows->n - first : FLOCK;
        for (int64_t i = 0; i < n; i++) row[i] = rows->X + (first + i) * rows->columns;
        temper_flock_clamp(flock, row, n);
        type->log_weight(flock, &here, value);
        memcpy(out + first, value, (size_t)n * sizeof *out);
        bad = flock->trouble;
    }
    temper_flock_free(flock);
    return bad;
}
