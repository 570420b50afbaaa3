/* Underdamped Langevin dynamics, dθ = p dt, dp = −∇u dt − γ p dt + sqrt(2γT/N) dW, split as BAOAB (Leimkuhler & Matthews 2013);
 * on minibatches stochastic-gradient HMC (Chen et al. 2014). Masses are 1, p has the variance T/N. One step h:
 *
 *     B   p ← p − (h/2) ∇u(θ)         the end of the step before: the same gradient serves both half kicks
 *     B   p ← p − (h/2) ∇u(θ)
 *     A   θ ← θ + (h/2) p
 *     O   p ← μ p + sqrt((1 − μ²) T/N) ξ,     μ = e^{−γh}
 *     A   θ ← θ + (h/2) p
 *
 * Positions in a harmonic well have exactly the variance T/(Nk) for every h and γ, and ⟨p²⟩ = (T/N)(1 − h²k/4) between the kicks.
 *
 * What a user of momentum knows: with v = −p/h before A this is v ← μv + ∇u, θ ← θ − h² (1 + μ)/2 · v. So at T = 0 it is sgd with
 * momentum μ and the learning rate η = h² (1 + μ)/2, and that is what `rate` and `momentum` mean here; or give `step` h and
 * `friction` γ. A schedule scales η, so h goes with its root, at fixed μ if that was given, else at fixed γ.
 *
 * Stationarity of |θ|², θ·p and |p|² gives, for any loss and any minibatch, with S = (1 − μ²) d T/N and p between the kicks,
 *     ⟨θ·∇u⟩ = (1+μ)²/4 · Q + (3+μ)/(4(1+μ)) · S,    Q = (2⟨|p|²⟩ + (h²/2)⟨|∇u|²⟩ − S)/(1 + μ²),
 * Q being ⟨|p|²⟩ after both kicks; the right side goes to the thermometer (docs/dynamics.md derives it). */
#include "base/elementary.h"
#include "core/moves.h"

typedef struct {
    double rate, momentum, step, friction;
} sghmc;

static temper_status build(void *self) {
    const sghmc *x = self;
    if (x->friction > 0 && x->step == 0)
        return temper_fail(
            TEMPER_BAD_OPTION,
            "sghmc: friction=%g is per unit of time and needs the option step; beside rate=%g give momentum",
            x->friction, x->rate);
    return TEMPER_OK;
}

static double keep(const sghmc *x, double h) {
    return x->friction > 0 ? temper_exp(-x->friction * h) : x->momentum;
}

/* h before a schedule scales it. */
static double stride(const sghmc *x) {
    return x->step > 0 ? x->step : __builtin_sqrt(2 * x->rate / (1 + x->momentum));
}

static double rate(const void *self) {
    double h = stride(self);
    return h * h * (1 + keep(self, h)) / 2;
}

static double heat(const temper_walker *w) {
    return w->temperature / (double)w->potential->samples;
} /* T/N */

static void begin(const void *self, temper_walker *w) {
    (void)self;
    temper_walker_thermalise(w, 0, heat(w));
}

static void step(const void *self, temper_walker *w) {
    const sghmc *x = self;
    double h = stride(x) * __builtin_sqrt(w->rate / rate(x)), mu = keep(x, h), T = heat(w);
    temper_update update = {.drift = h / 2, .keep = mu, .noise = __builtin_sqrt((1 - mu * mu) * T)};
    temper_sums sum;
    if (!temper_walker_look(w)) return;
    temper_walker_baoab(w, &update, &sum);
    double p2 = sum.memory_memory, g2 = sum.grad_grad, S = (1 - mu * mu) * (double)w->dim * T;
    double Q = (2 * p2 + h * h / 2 * g2 - S) / (1 + mu * mu);
    temper_walker_read(w, &sum, p2, (1 + mu) * (1 + mu) / 4 * Q + (3 + mu) / (4 * (1 + mu)) * S);
}

static const temper_option options[] = {
    {"rate", TEMPER_REAL, offsetof(sghmc, rate), "0.01", 1e-12, 1e6, NULL, "",
     "learning rate η = h²(1 + μ)/2 of the mean loss; not read if step is given"},
    {"momentum", TEMPER_REAL, offsetof(sghmc, momentum), "0.9", 0, 0.9999, NULL, "",
     "μ, the share of p that survives a step; not read if friction is given"},
    {"step", TEMPER_REAL, offsetof(sghmc, step), "0", 0, 1e3, NULL, "time", "h; 0: from rate and momentum"},
    {"friction", TEMPER_REAL, offsetof(sghmc, friction), "0", 0, 1e9, NULL, "1/time",
     "γ, with step: μ = e^{−γh}; 0: from momentum"},
    {0}};

const temper_dynamics_type temper_dynamics_sghmc = {
    .about = {"sghmc", "dθ = p dt, dp = −∇u dt − γp dt + sqrt(2γT/N) dW, by BAOAB",
              "Leimkuhler & Matthews, Appl. Math. Res. Express 2013, 34; Chen, Fox & Guestrin, ICML 2014",
              "rate=0.02,momentum=0.8", options, sizeof(sghmc)},
    .build = build,
    .memories = 1,
    .rate = rate,
    .thermal = true,
    .begin = begin,
    .step = step};
