/* Flocks: chains of one machine, in the layout of the machine. */
#include "base/memory.h"
#include "temper/machine.h"

temper_status temper_flock_create(temper_flock **out, const temper_machine *machine, int64_t chains,
                                  temper_stream stream) {
    size_t state, scratch;
    *out = NULL;
    if (chains < 1)
        return temper_fail(TEMPER_BAD_OPTION, "%s: %lld chains; legal: at least 1", machine->type->about.name,
                           (long long)chains);
    temper_flock *flock = temper_alloc(1, sizeof *flock);
    if (!flock) return TEMPER_NO_MEMORY;
    machine->type->sizes(machine->self, chains, &state, &scratch);
    *flock = (temper_flock){
        .machine = machine, .chains = chains, .bytes = state, .stream = stream, .place = {1, NULL}};
    flock->state = temper_alloc(1, state);
    flock->scratch = temper_alloc(1, scratch);
    flock->room = temper_alloc((size_t)chains, 2 * sizeof *flock->room);
    if (!flock->state || !flock->scratch || !flock->room) {
        temper_flock_free(flock);
        return TEMPER_NO_MEMORY;
    }
    temper_flock_scatter(flock);
    *out = flock;
    return TEMPER_OK;
}

void temper_flock_free(temper_flock *flock) {
    if (!flock) return;
    temper_release(flock->state);
    temper_release(flock->scratch);
    temper_release(flock->room);
    temper_release(flock);
}

void temper_flock_wake(temper_flock *flock) {
    if (flock->machine->type->wake) flock->machine->type->wake(flock);
}

void temper_flock_scatter(temper_flock *flock) { flock->machine->type->scatter(flock); }

void temper_flock_clamp(temper_flock *flock, const float *const *row, int64_t n) {
    flock->machine->type->clamp(flock, row, n);
}

void temper_flock_read(const temper_flock *flock, int64_t chain, float *row) {
    flock->machine->type->read(flock, chain, row);
}

void temper_flock_sweep(temper_flock *flock, int64_t n) { flock->machine->type->sweep(flock, n); }

void temper_flock_log_weight(const temper_flock *flock, const temper_place *at, double *out) {
    flock->machine->type->log_weight(flock, at, out);
}

/* The general way: two log weights of one configuration, then a sweep. */
void temper_flock_climb(temper_flock *flock, const temper_place *to, double *log_w) {
    const temper_machine_type *type = flock->machine->type;
    if (type->climb) {
        type->climb(flock, to, log_w);
        return;
    }
    double *now = flock->room, *then = flock->room + flock->chains;
    type->log_weight(flock, &flock->place, now);
    type->log_weight(flock, to, then);
    for (int64_t c = 0; c < flock->chains; c++) log_w[c] += then[c] - now[c];
    flock->place = *to;
    type->sweep(flock, 1);
}
