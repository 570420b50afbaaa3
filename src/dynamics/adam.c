/* Adam: steps of the size of the rate, in units of the gradient's own running scale. A dynamics at T = 0.
 *
 *     g ← ∇u + λθ
 *     m ← β₁ m + (1 − β₁) g,      v ← β₂ v + (1 − β₂) g²
 *     θ ← θ − η m̂ / (√v̂ + ε),     m̂ = m/(1 − β₁^t), v̂ = v/(1 − β₂^t) at step t = 1, 2, … */
#include "core/adam.h"

static double rate(const void *self) { return ((const temper_adam *)self)->rate; }

static void step(const void *self, temper_walker *w) { temper_adam_step(self, false, w); }

static const temper_option options[] = {
    {"rate", TEMPER_REAL, offsetof(temper_adam, rate), "0.001", 0, 1e6, NULL, "", "learning rate η"},
    {"beta1", TEMPER_REAL, offsetof(temper_adam, beta1), "0.9", 0, 0.999999, NULL, "",
     "memory of the mean of g"},
    {"beta2", TEMPER_REAL, offsetof(temper_adam, beta2), "0.999", 0, 0.999999, NULL, "",
     "memory of the mean of g²"},
    {"epsilon", TEMPER_REAL, offsetof(temper_adam, epsilon), "1e-8", 1e-30, 1, NULL, "",
     "ε, floor of the scale"},
    {"decay", TEMPER_REAL, offsetof(temper_adam, decay), "0", 0, 1e6, NULL, "",
     "weight decay λ, added to the gradient"},
    {0}};

const temper_dynamics_type temper_dynamics_adam = {
    .about = {"adam", "θ ← θ − η m̂/(√v̂ + ε), m and v running means of g and g²", "Kingma & Ba, ICLR 2015",
              "rate=0.02", options, sizeof(temper_adam)},
    .memories = 2,
    .rate = rate,
    .step = step};
