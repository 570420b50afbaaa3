/* Entropy-SGD: descent on minus the local entropy, which is large where a wide region of small loss lies around θ (Chaudhari et al. 2017,
 * eq. 5 and algorithm 1):
 *
 *     F(θ) = −ln ∫ exp(−[u(θ') + (γ/2)|θ' − θ|²]/e²) dθ',     ∇F = (γ/e²) (θ − ⟨θ'⟩)
 *
 * ⟨θ'⟩ comes from an inner loop of L steps of Langevin dynamics about θ, each on a new minibatch, with d = θ' − θ:
 *
 *     d ← d − η' (∇u(θ + d) + γ d) + sqrt(2η') e ξ,     m ← (1 − α) m + α d,     d = m = 0 before the first
 *
 * (ξ of unit variance: kernel/places_body.h). e² is the temperature in units per sample, so the inner loop runs at T = N e² (paper, algorithm 1: sqrt(η') ε ξ, so e² = ε²/2; its
 * authors' code: e = ε). Then the outer step:
 *
 *     G = −m/s + λθ,     v ← μ v + G,     θ ← θ − η v          Nesterov: θ ← θ − η (G + μ v)
 *
 * s is how far the unit force carries m: the same recursion without noise, with 1 for −∇u. So G is the gradient where that is constant,
 * whatever L, η' and α are, and η means what it means in sgd; and where the inner loop comes to rest, s = 1/γ and G = γ (θ − ⟨θ'⟩) is
 * e²∇F, as in the paper: curvature k becomes kγ/(k + γ). The paper's outer step η₀ (γ taken into it) is η = η₀ s here.
 *
 * Scoping: γ_t = min(γ (1 + g)^t, cap) at outer step t: wide regions first. A step costs L gradients of L minibatches. L = 1 without noise
 * is sgd up to rounding. The thermometer shows u at θ, from the first look, and θ·G, |G|² and the right side of FDR1 for the force G
 * (core/descent.h). */
#include "core/descent.h"
#include "core/moves.h"

typedef struct {
    temper_descent descent;
    int64_t L;
    double gamma, growth, cap, inner_rate, noise, alpha;
} entropy_sgd;

static temper_status build(void *self) {
    const entropy_sgd *s = self;
    temper_status bad = temper_descent_check(&s->descent, "entropy_sgd");
    double gamma = s->growth > 0 || s->gamma > s->cap ? s->cap : s->gamma;
    if (!bad && s->inner_rate * gamma > 1)
        bad = temper_fail(TEMPER_BAD_OPTION,
                          "entropy_sgd: inner_rate=%g times cap=%g: the spring to θ overshoots; legal is a "
                          "product up to 1",
                          s->inner_rate, gamma);
    return bad;
}

static double rate(const void *self) { return ((const entropy_sgd *)self)->descent.rate; }
static int64_t looks(const void *self) { return ((const entropy_sgd *)self)->L; }

static double temperature(const void *self, double samples) {
    double e = ((const entropy_sgd *)self)->noise;
    return samples * e * e;
}

/* min(γ (1 + g)^t, cap), by squaring; infinity where it is too large for a double. */
static double scope(const entropy_sgd *s, int64_t t) {
    double gamma = s->gamma;
    for (double power = 1 + s->growth; t; t >>= 1, power *= power)
        if (t & 1) gamma *= power;
    return gamma < s->cap ? gamma : s->cap;
}

/* s: m after L steps under the unit force. */
static double reach_of(const entropy_sgd *s, double gamma) {
    double d = 0, m = 0;
    for (int64_t k = 0; k < s->L; k++) {
        d += s->inner_rate * (1 - gamma * d);
        m += s->alpha * (d - m);
    }
    return m;
}

/* Invariant: place 0 is θ + d, place 1 is m; θ and v don't change before all looks have gone well. */
static void step(const void *self, temper_walker *w) {
    const entropy_sgd *s = self;
    double u = 0, gamma = scope(s, w->clock);
    temper_exploration inner = {.rate = s->inner_rate,
                                .pull = gamma,
                                .noise = __builtin_sqrt(2 * s->inner_rate) * s->noise,
                                .fresh = s->alpha,
                                .reach = reach_of(s, gamma)};
    for (int64_t k = 0; k < s->L; k++) {
        if (!temper_walker_look_at(w, k, k ? w->place[0] : w->theta, w->grad)) return;
        if (k == 0) u = w->energy;
        inner.first = k == 0, inner.last = k == s->L - 1;
        temper_walker_explore(w, &inner, k);
    }
    if (temper_walker_sound(w)) temper_descend(&s->descent, w, u);
}

static const temper_option options[] = {
    {"rate", TEMPER_REAL, offsetof(entropy_sgd, descent.rate), "0.1", 0, 1e6, NULL, "",
     "learning rate η of the outer step, in the units of sgd"},
    {"momentum", TEMPER_REAL, offsetof(entropy_sgd, descent.momentum), "0.9", 0, 0.9999, NULL, "", "μ"},
    {"nesterov", TEMPER_FLAG, offsetof(entropy_sgd, descent.nesterov), "no", 0, 0, NULL, NULL,
     "look ahead along the momentum"},
    {"decay", TEMPER_REAL, offsetof(entropy_sgd, descent.decay), "0", 0, 1e6, NULL, "",
     "weight decay λ, of the outer step"},
    {"L", TEMPER_INT, offsetof(entropy_sgd, L), "5", 1, 10000, NULL, "",
     "inner steps, each a gradient of a new minibatch"},
    {"gamma", TEMPER_REAL, offsetof(entropy_sgd, gamma), "1e-4", 1e-12, 1e6, NULL, "",
     "γ, spring to θ, at the first step"},
    {"growth", TEMPER_REAL, offsetof(entropy_sgd, growth), "1e-3", 0, 1, NULL, "",
     "scoping: γ grows by this share every step"},
    {"cap", TEMPER_REAL, offsetof(entropy_sgd, cap), "1", 1e-12, 1e6, NULL, "", "γ grows no further"},
    {"inner_rate", TEMPER_REAL, offsetof(entropy_sgd, inner_rate), "0.1", 1e-9, 1e6, NULL, "",
     "η', step of the inner loop"},
    {"noise", TEMPER_REAL, offsetof(entropy_sgd, noise), "1e-4", 0, 1e6, NULL, "",
     "e, thermal noise of the inner loop, which runs at T = N e²"},
    {"alpha", TEMPER_REAL, offsetof(entropy_sgd, alpha), "0.75", 1e-9, 1, NULL, "",
     "α, share of the newest d in its running mean"},
    {0}};

const temper_dynamics_type temper_dynamics_entropy_sgd = {
    .about =
        {"entropy_sgd",
         "⟨θ'⟩ by L steps of Langevin dynamics at T = N e² about θ; v ← μv + γ(θ − ⟨θ'⟩) + λθ; θ ← θ − ηv",
         "Chaudhari et al., ICLR 2017", "rate=0.02,momentum=0.8,decay=0.01,L=3,inner_rate=0.05,noise=0.01",
         options, sizeof(entropy_sgd)},
    .build = build,
    .memories = 1,
    .places = 2,
    .rate = rate,
    .temperature = temperature,
    .step = step,
    .looks = looks,
    .fresh = looks};
