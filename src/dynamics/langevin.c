/* Overdamped Langevin dynamics by the Euler–Maruyama step; on minibatches SGLD (Welling & Teh 2011):
 *
 *     θ ← θ − η ∇u + sqrt(2 η T/N) ξ
 *
 * At T = 0 this is sgd without momentum, to the bit. The step leaves a bias: on U = N k θ²/2 the stationary variance is
 * (T/N)/(k (1 − ηk/2)), and minibatch noise of variance s² per step adds η s²/(k (2 − ηk)).
 *
 * From ⟨|θ|²⟩ = const follows, for any loss and any minibatch, ⟨θ·∇u⟩ = (η/2)⟨|∇u|²⟩ + d T/N: the first
 * fluctuation–dissipation relation with its thermal part; the right side goes to the thermometer. */
#include "core/moves.h"

typedef struct {
    double rate;
} langevin;

static double rate(const void *self) { return ((const langevin *)self)->rate; }

static void step(const void *self, temper_walker *w) {
    (void)self;
    double eta = w->rate, T = w->temperature / (double)w->potential->samples;
    temper_update update = {.rate = eta, .noise = __builtin_sqrt(2 * eta * T)};
    temper_sums sum;
    if (!temper_walker_look(w)) return;
    temper_walker_sgd(w, &update, &sum);
    temper_walker_read(w, &sum, 0, eta / 2 * sum.grad_grad + (double)w->dim * T);
}

static const temper_option options[] = {{"rate", TEMPER_REAL, offsetof(langevin, rate), "0.01", 0, 1e6, NULL,
                                         "", "step η, in the units of a learning rate of the mean loss"},
                                        {0}};

const temper_dynamics_type temper_dynamics_langevin = {.about = {"langevin", "θ ← θ − η∇u + sqrt(2ηT/N) ξ",
                                                                 "Welling & Teh, ICML 2011 (SGLD)",
                                                                 "rate=0.02", options, sizeof(langevin)},
                                                       .memories = 1,
                                                       .rate = rate,
                                                       .thermal = true,
                                                       .step = step};
