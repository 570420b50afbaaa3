/* Adaptive sharpness-aware minimisation: sam within an ellipsoid that grows with the weights, so that its sharpness does not change when
 * two layers with ReLU between are scaled by c and 1/c (Kwon et al. 2021, eq. 8 and algorithm 1). With T = |θ| + η₀ for each weight:
 *
 *     g ← ∇u(θ),     ε = ρ T²g/(|Tg| + 1e-12),     G ← ∇u(θ + ε) + λθ     both gradients on one minibatch
 *     v ← μ v + G,   θ ← θ − η v                   Nesterov: θ ← θ − η (G + μ v)
 *
 * ρ is ten to forty times that of sam. All weights have this T, biases as well; the authors' code gives biases T = 1. Cost and
 * thermometer as in sam. */
#include "core/descent.h"
#include "core/moves.h"

typedef struct {
    temper_descent descent;
    double rho, eta;
} asam;

static temper_status build(void *self) { return temper_descent_check(&((asam *)self)->descent, "asam"); }
static double rate(const void *self) { return ((const asam *)self)->descent.rate; }

static int64_t looks(const void *self) {
    (void)self;
    return 2;
}

static void step(const void *self, temper_walker *w) {
    const asam *s = self;
    if (!temper_walker_look(w)) return;
    double u = w->energy;
    temper_walker_climb_scaled(w, s->rho, s->eta);
    if (!temper_walker_look_at(w, 0, w->place[0], w->grad)) return;
    temper_descend(&s->descent, w, u);
}

static const temper_option options[] = {
    {"rate", TEMPER_REAL, offsetof(asam, descent.rate), "0.05", 0, 1e6, NULL, "",
     "learning rate η of the mean loss"},
    {"momentum", TEMPER_REAL, offsetof(asam, descent.momentum), "0.9", 0, 0.9999, NULL, "", "μ"},
    {"nesterov", TEMPER_FLAG, offsetof(asam, descent.nesterov), "no", 0, 0, NULL, NULL,
     "look ahead along the momentum"},
    {"decay", TEMPER_REAL, offsetof(asam, descent.decay), "0", 0, 1e6, NULL, "",
     "weight decay λ, not in the perturbation"},
    {"rho", TEMPER_REAL, offsetof(asam, rho), "0.5", 0, 1e6, NULL, "",
     "ρ, size of the ellipsoid in units of the weights"},
    {"eta", TEMPER_REAL, offsetof(asam, eta), "0.01", 0, 1e6, NULL, "", "η₀, floor of T = |θ| + η₀"},
    {0}};

const temper_dynamics_type temper_dynamics_asam = {
    .about = {"asam", "g ← ∇u(θ), T = |θ| + η₀; v ← μv + ∇u(θ + ρT²g/|Tg|) + λθ; θ ← θ − ηv",
              "Kwon, Kim, Park & Choi, ICML 2021", "rate=0.02,momentum=0.8,decay=0.01,rho=0.1", options,
              sizeof(asam)},
    .build = build,
    .memories = 1,
    .places = 1,
    .rate = rate,
    .step = step,
    .looks = looks};
