/* Small machines with couplings of some strength, whose ln Z is known exactly. */
#ifndef TEMPER_EVIDENCE_RIG_H
#define TEMPER_EVIDENCE_RIG_H

#include <stdlib.h>
#include "check.h"
#include "temper/evidence.h"

typedef struct {
    const char *name, *text;
    int64_t columns, states;
    double scale; /* standard deviation of θ */
} rig_kind;

/* θ normal; NULL (with the message of the library) when the machine isn't there. */
static inline temper_machine *rig_machine(const rig_kind *kind, uint64_t seed) {
    temper_machine *machine;
    temper_machine_io io = {.columns = kind->columns, .states = kind->states};
    if (temper_machine_create(&machine, kind->text, &io)) return NULL;
    for (int64_t p = 0; p < machine->parameters; p++)
        machine->theta[p] =
            (float)(kind->scale * temper_normal((temper_stream){seed, 0}, TEMPER_FOR_TESTS, 0, p));
    if (temper_machine_refresh(machine)) {
        temper_machine_free(machine);
        return NULL;
    }
    return machine;
}

/* Rows that the machine itself makes: n independent chains after `sweeps` sweeps. X[n][columns] is the caller's. */
static inline temper_status rig_rows(const temper_machine *machine, int64_t n, int64_t sweeps, uint64_t seed,
                                     float *X, temper_rows_view *rows) {
    temper_flock *flock;
    temper_status status = temper_flock_create(&flock, machine, n, (temper_stream){seed, 77});
    if (status) return status;
    temper_flock_sweep(flock, sweeps);
    for (int64_t i = 0; i < n; i++) temper_flock_read(flock, i, X + i * machine->io.columns);
    temper_flock_free(flock);
    *rows = (temper_rows_view){.n = n, .columns = machine->io.columns, .X = X};
    return TEMPER_OK;
}

static inline double rig_exact(const temper_machine *machine) {
    temper_evidence seen = {.log_z = NAN};
    CHECK_OK(temper_evidence_log_z(machine, TEMPER_EVIDENCE_EXACT, NULL, &seen));
    return seen.log_z;
}

#endif
