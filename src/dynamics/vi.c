/* Mean-field variational inference: Adam on the variational free energy of Gaussian weights.
 *
 *     F(μ, ρ) = E_q[N·(mean loss)] + T·KL(q ‖ prior),     q(w) = Π N(w_i; μ_i, e^{2ρ_i}),     θ = (μ, ρ)
 *
 * u = F/N and its slope by one draw of q for each minibatch come from the potential (temper_network_task.variational); the step is
 * that of adam. T weighs the entropy relative to the prior: the minimum approximates likelihood^{1/T}·prior, the posterior at T = 1
 * (langevin at T tempers the prior as well). Forecasts average over `draws` sets of weights from q. */
#include "core/adam.h"

typedef struct {
    temper_adam adam;
    double deviation;
    int64_t draws;
} vi;

static double rate(const void *self) { return ((const vi *)self)->adam.rate; }
static double deviation(const void *self) { return ((const vi *)self)->deviation; }
static int64_t draws(const void *self) { return ((const vi *)self)->draws; }

static void step(const void *self, temper_walker *w) {
    temper_adam_step(&((const vi *)self)->adam, false, w);
}

static const temper_option options[] = {
    {"rate", TEMPER_REAL, offsetof(vi, adam.rate), "0.01", 0, 1e6, NULL, "", "learning rate η"},
    {"beta1", TEMPER_REAL, offsetof(vi, adam.beta1), "0.9", 0, 0.999999, NULL, "", "memory of the mean of g"},
    {"beta2", TEMPER_REAL, offsetof(vi, adam.beta2), "0.999", 0, 0.999999, NULL, "",
     "memory of the mean of g²"},
    {"epsilon", TEMPER_REAL, offsetof(vi, adam.epsilon), "1e-8", 1e-30, 1, NULL, "", "ε, floor of the scale"},
    {"deviation", TEMPER_REAL, offsetof(vi, deviation), "0.0041", 1e-12, 1e6, NULL, "",
     "σ of all weights at the start"},
    {"draws", TEMPER_INT, offsetof(vi, draws), "20", 0, 1e6, NULL, "",
     "weights that forecasts average over; 0: the means alone"},
    {0}};

const temper_dynamics_type temper_dynamics_vi = {
    .about = {"vi",
              "Adam on F = E_q[N·(mean loss)] + T·KL(q ‖ prior), q independent Gaussians over the weights",
              "Kingma, Salimans & Welling, NeurIPS 2015; Blundell et al., ICML 2015", "rate=0.02", options,
              sizeof(vi)},
    .memories = 2,
    .rate = rate,
    .step = step,
    .variational = true,
    .draws = draws,
    .deviation = deviation};
