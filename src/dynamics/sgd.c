/* Stochastic gradient descent with heavy-ball or Nesterov momentum: a dynamics at T = 0.
 *
 *     g ← ∇u + λθ
 *     v ← μ v + (1 − ν) g
 *     θ ← θ − η v            Nesterov: θ ← θ − η (g + μ v)
 *
 * v is 0 before the first step. In units per sample λ|θ|²/2 is the −ln of a Gaussian prior of variance 1/(Nλ), divided by N.
 *
 * In the stationary state ⟨|θ|²⟩ and ⟨θ·v⟩ stay where they are, and from these two follows, for any loss, the first
 * fluctuation–dissipation relation (Yaida 2018, eq. 10 and appendix)
 *     ⟨θ·g⟩ = (η/2) (1 + μ)/(1 − ν) ⟨|v|²⟩,        Nesterov: (η/2) (⟨|g|²⟩ + μ(1 + μ)⟨|v|²⟩),
 * whose right side goes to the thermometer. */
#include <math.h>
#include "core/moves.h"

typedef struct {
    double rate, momentum, dampening, decay;
    bool nesterov;
} sgd;

static temper_status build(void *self) {
    const sgd *s = self;
    if (s->dampening != 0 && s->momentum == 0)
        return temper_fail(TEMPER_BAD_OPTION,
                           "sgd: dampening=%g weakens what enters the momentum: it needs momentum above 0",
                           s->dampening);
    if (s->nesterov && (s->momentum == 0 || s->dampening != 0))
        return temper_fail(
            TEMPER_BAD_OPTION,
            "sgd: nesterov=yes looks ahead along the momentum: it needs momentum above 0 (momentum=%g) "
            "and dampening=0 (dampening=%g)",
            s->momentum, s->dampening);
    return TEMPER_OK;
}

static double rate(const void *self) { return ((const sgd *)self)->rate; }

/* On u = hθ²/2 a step is a linear map of (θ, v); its first eigenvalue to leave the unit circle does so at −1, where 1 + trace + determinant = 0. That
 * is at η(h + λ) = 2(1 + μ)/(1 − ν), and with Nesterov's look ahead at 2(1 + μ)/(1 + 2μ): less. */
static double edge(const void *self, double eta) {
    const sgd *s = self;
    double most = 2 * (1 + s->momentum) / (s->nesterov ? 1 + 2 * s->momentum : 1 - s->dampening);
    return eta > 0 ? most / eta - s->decay : NAN;
}

static void step(const void *self, temper_walker *w) {
    const sgd *s = self;
    double eta = w->rate, mu = s->momentum, nu = s->dampening;
    temper_update update = {
        .rate = eta, .momentum = mu, .dampening = nu, .decay = s->decay, .nesterov = s->nesterov};
    temper_sums sum;
    if (!temper_walker_look(w)) return;
    temper_walker_sgd(w, &update, &sum);
    double g2 = sum.grad_grad, v2 = sum.memory_memory;
    double right = s->nesterov ? g2 + mu * (1 + mu) * v2 : (1 + mu) / (1 - nu) * v2;
    temper_walker_read(w, &sum, 0, eta / 2 * right);
}

static const temper_option options[] = {
    {"rate", TEMPER_REAL, offsetof(sgd, rate), "0.05", 0, 1e6, NULL, "", "learning rate η of the mean loss"},
    {"momentum", TEMPER_REAL, offsetof(sgd, momentum), "0.9", 0, 0.9999, NULL, "", "μ"},
    {"nesterov", TEMPER_FLAG, offsetof(sgd, nesterov), "no", 0, 0, NULL, NULL,
     "look ahead along the momentum"},
    {"dampening", TEMPER_REAL, offsetof(sgd, dampening), "0", 0, 0.9999, NULL, "", "ν"},
    {"decay", TEMPER_REAL, offsetof(sgd, decay), "0", 0, 1e6, NULL, "",
     "weight decay λ: a Gaussian prior of variance 1/(Nλ)"},
    {0}};

const temper_dynamics_type temper_dynamics_sgd = {
    .about =
        {"sgd", "v ← μv + (1−ν)(∇u + λθ); θ ← θ − ηv",
         "Robbins & Monro, Ann. Math. Stat. 22, 400 (1951); Polyak 1964; Sutskever et al., ICML 2013; Yaida, ICLR 2019",
         "rate=0.02,momentum=0.8,decay=0.01", options, sizeof(sgd)},
    .build = build,
    .memories = 1,
    .rate = rate,
    .step = step,
    .edge = edge};
