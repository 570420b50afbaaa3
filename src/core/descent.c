#include "core/descent.h"
#include "core/moves.h"

temper_status temper_descent_check(const temper_descent *d, const char *name) {
    if (!d->nesterov || d->momentum != 0) return TEMPER_OK;
    return temper_fail(
        TEMPER_BAD_OPTION,
        "%s: nesterov=yes looks ahead along the momentum: it needs momentum above 0 (momentum=0)", name);
}

void temper_descend(const temper_descent *d, temper_walker *w, double u) {
    double eta = w->rate, mu = d->momentum;
    temper_update update = {.rate = eta, .momentum = mu, .decay = d->decay, .nesterov = d->nesterov};
    temper_sums sum;
    temper_walker_sgd(w, &update, &sum);
    double g2 = sum.grad_grad, v2 = sum.memory_memory;
    w->energy = u;
    temper_walker_read(w, &sum, 0, eta / 2 * (d->nesterov ? g2 + mu * (1 + mu) * v2 : (1 + mu) * v2));
}
