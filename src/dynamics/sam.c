/* Sharpness-aware minimisation: descent on the largest loss within the distance ρ, to first order (Foret et al. 2021, eqs. 2 and 3):
 *
 *     g ← ∇u(θ),     ε = ρ g/(|g| + 1e-12),     G ← ∇u(θ + ε) + λθ     both gradients on one minibatch
 *     v ← μ v + G,   θ ← θ − η v                Nesterov: θ ← θ − η (G + μ v)
 *
 * Weight decay λ is not in the perturbation. On u = k x²/2 the force is k (x + ρ sign x): a kink of height kρ at the minimum, so what is
 * stiff is pushed harder. A step costs two gradients. With ρ = 0 it is sgd, bit by bit, at twice the price.
 *
 * The thermometer shows u at θ, and of the force G that moves θ: θ·G, |G|² and the right side of FDR1 (core/descent.h). */
#include "core/descent.h"
#include "core/moves.h"

typedef struct {
    temper_descent descent;
    double rho;
} sam;

static temper_status build(void *self) { return temper_descent_check(&((sam *)self)->descent, "sam"); }
static double rate(const void *self) { return ((const sam *)self)->descent.rate; }

static int64_t looks(const void *self) {
    (void)self;
    return 2;
}

static void step(const void *self, temper_walker *w) {
    const sam *s = self;
    if (!temper_walker_look(w)) return;
    double u = w->energy;
    temper_walker_climb(w, s->rho);
    if (!temper_walker_look_at(w, 0, w->place[0], w->grad)) return;
    temper_descend(&s->descent, w, u);
}

static const temper_option options[] = {
    {"rate", TEMPER_REAL, offsetof(sam, descent.rate), "0.05", 0, 1e6, NULL, "",
     "learning rate η of the mean loss"},
    {"momentum", TEMPER_REAL, offsetof(sam, descent.momentum), "0.9", 0, 0.9999, NULL, "", "μ"},
    {"nesterov", TEMPER_FLAG, offsetof(sam, descent.nesterov), "no", 0, 0, NULL, NULL,
     "look ahead along the momentum"},
    {"decay", TEMPER_REAL, offsetof(sam, descent.decay), "0", 0, 1e6, NULL, "",
     "weight decay λ, not in the perturbation"},
    {"rho", TEMPER_REAL, offsetof(sam, rho), "0.05", 0, 1e6, NULL, "",
     "ρ, distance at which the gradient is taken"},
    {0}};

const temper_dynamics_type temper_dynamics_sam = {
    .about = {"sam", "g ← ∇u(θ); v ← μv + ∇u(θ + ρg/|g|) + λθ; θ ← θ − ηv",
              "Foret, Kleiner, Mobahi & Neyshabur, ICLR 2021", "rate=0.02,momentum=0.8,decay=0.01,rho=0.1",
              options, sizeof(sam)},
    .build = build,
    .memories = 1,
    .places = 1,
    .rate = rate,
    .step = step,
    .looks = looks};
