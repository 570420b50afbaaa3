/* AdamW: Adam with weight decay that acts on θ itself, so that all weights shrink at one pace whatever their gradient's scale:
 *
 *     θ ← (1 − ηλ) θ − η m̂ / (√v̂ + ε),     m, v, m̂, v̂ as in adam, of ∇u alone. */
#include "core/adam.h"

static double rate(const void *self) { return ((const temper_adam *)self)->rate; }

static void step(const void *self, temper_walker *w) { temper_adam_step(self, true, w); }

static const temper_option options[] = {
    {"rate", TEMPER_REAL, offsetof(temper_adam, rate), "0.001", 0, 1e6, NULL, "", "learning rate η"},
    {"beta1", TEMPER_REAL, offsetof(temper_adam, beta1), "0.9", 0, 0.999999, NULL, "",
     "memory of the mean of g"},
    {"beta2", TEMPER_REAL, offsetof(temper_adam, beta2), "0.999", 0, 0.999999, NULL, "",
     "memory of the mean of g²"},
    {"epsilon", TEMPER_REAL, offsetof(temper_adam, epsilon), "1e-8", 1e-30, 1, NULL, "",
     "ε, floor of the scale"},
    {"decay", TEMPER_REAL, offsetof(temper_adam, decay), "0.01", 0, 1e6, NULL, "",
     "λ: θ shrinks by ηλ per step"},
    {0}};

const temper_dynamics_type temper_dynamics_adamw = {
    .about = {"adamw", "θ ← (1 − ηλ)θ − η m̂/(√v̂ + ε), m and v running means of g and g²",
              "Loshchilov & Hutter, ICLR 2019", "rate=0.02,decay=0.1", options, sizeof(temper_adam)},
    .memories = 2,
    .rate = rate,
    .step = step};
