/* store: a dense memory keeps its rows as they are; ξ^μ is row μ. */
#include <string.h>
#include "core/memories.h"

typedef struct {
    char nothing;
} store;

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    if (!strcmp(machine->type->about.name, "memory")) return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT, "store: keeps rows in a machine of the kind memory; %s is none",
                       machine->type->about.name);
}

static temper_status solve(const void *self, temper_lesson *lesson) {
    (void)self;
    temper_machine *machine = lesson->machine;
    const temper_rows_view *rows = &lesson->rows;
    if (rows->n * rows->columns != machine->parameters)
        return temper_fail(TEMPER_BAD_OPTION, "store: %lld rows do not fill %s; legal: patterns=%lld",
                           (long long)rows->n, machine->text, (long long)rows->n);
    memcpy(machine->theta, rows->X, (size_t)machine->parameters * sizeof *machine->theta);
    lesson->done = true;
    return temper_machine_refresh(machine);
}

static const temper_option options[] = {{0}};

const temper_method_type temper_method_store = {
    .about = {"store", "the rows themselves become the patterns of a memory",
              "D. Krotov & J. J. Hopfield, NIPS 29 (2016)", "", options, sizeof(store)},
    .suits = suits,
    .needs = temper_memories_needs,
    .solve = solve};
