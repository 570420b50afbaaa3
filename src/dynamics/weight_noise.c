/* Training with noisy weights: descent on the potential smoothed by a Gaussian of width σ, by one draw per step:
 *
 *     G ← ∇u(θ + σξ) + λθ,     v ← μ v + G,     θ ← θ − η v          relative: θ_i + σ θ_i ξ_i
 *
 * ⟨G⟩ is the gradient of u_σ(θ) = ⟨u(θ + σξ)⟩ = u + (σ²/2) ∇²u + …: curvature becomes energy. The noise is not thermal: it moves the place
 * where the gradient is taken, not θ. relative: each weight has noise in proportion to its size, and ⟨G⟩ is then not the gradient of
 * an average but its part at fixed noise.
 *
 * The thermometer shows u at θ + σξ, and θ·G, |G|² and the right side of FDR1 for the force G (core/descent.h). With σ = 0 it is sgd, bit
 * by bit. */
#include "core/descent.h"
#include "core/moves.h"

typedef struct {
    temper_descent descent;
    double sigma;
    bool relative;
} weight_noise;

static double rate(const void *self) { return ((const weight_noise *)self)->descent.rate; }

static void step(const void *self, temper_walker *w) {
    const weight_noise *s = self;
    if (s->sigma > 0) temper_walker_scatter(w, s->sigma, s->relative);
    if (!temper_walker_look_at(w, 0, s->sigma > 0 ? w->place[0] : w->theta, w->grad)) return;
    temper_descend(&s->descent, w, w->energy);
}

static const temper_option options[] = {
    {"rate", TEMPER_REAL, offsetof(weight_noise, descent.rate), "0.05", 0, 1e6, NULL, "",
     "learning rate η of the mean loss"},
    {"momentum", TEMPER_REAL, offsetof(weight_noise, descent.momentum), "0.9", 0, 0.9999, NULL, "", "μ"},
    {"decay", TEMPER_REAL, offsetof(weight_noise, descent.decay), "0", 0, 1e6, NULL, "", "weight decay λ"},
    {"sigma", TEMPER_REAL, offsetof(weight_noise, sigma), "0.02", 0, 1e6, NULL, "",
     "σ, width of the noise on the weights"},
    {"relative", TEMPER_FLAG, offsetof(weight_noise, relative), "no", 0, 0, NULL, NULL,
     "noise in proportion to each weight"},
    {0}};

const temper_dynamics_type temper_dynamics_weight_noise = {
    .about = {"weight_noise", "v ← μv + ∇u(θ + σξ) + λθ; θ ← θ − ηv",
              "An, Neural Comput. 8, 643 (1996); Murray & Edwards, IEEE Trans. Neural Netw. 5, 792 (1994)",
              "rate=0.02,momentum=0.8,decay=0.01,sigma=0.1", options, sizeof(weight_noise)},
    .memories = 1,
    .places = 1,
    .rate = rate,
    .step = step};
