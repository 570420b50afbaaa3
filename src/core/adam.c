#include "core/adam.h"
#include <math.h>
#include "base/elementary.h"
#include "core/moves.h"

/* 1 − β^t: the share of the weights that a running mean from 0 has given out after t steps. */
static double filled(double beta, double t) { return beta > 0 ? -temper_expm1(t * temper_log(beta)) : 1; }

void temper_adam_step(const temper_adam *a, bool decoupled, temper_walker *w) {
    double t = (double)w->clock + 1;
    temper_update update = {.rate = w->rate,
                            .beta1 = a->beta1,
                            .beta2 = a->beta2,
                            .epsilon = a->epsilon,
                            .decay = a->decay,
                            .decoupled = decoupled,
                            .correction1 = filled(a->beta1, t),
                            .correction2 = filled(a->beta2, t)};
    temper_sums sum;
    if (!temper_walker_look(w)) return;
    temper_walker_adam(w, &update, &sum);
    temper_walker_read(w, &sum, 0, NAN); /* no fluctuation–dissipation relation is known for it */
}
