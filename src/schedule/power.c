/* factor = (1 + s/τ)^{−γ}: the slow decay of stochastic approximation and of annealed noise. */
#include "base/elementary.h"
#include "temper/dynamics.h"

typedef struct {
    double warm, tau, gamma;
} power;

static double at(const void *self, double progress) {
    const power *x = self;
    return temper_exp(-x->gamma * temper_log1p(progress / x->tau));
}

static const temper_option options[] = {
    {"warm", TEMPER_REAL, offsetof(power, warm), "0", 0, 1, NULL, "share of the steps",
     "linear warm-up before"},
    {"tau", TEMPER_REAL, offsetof(power, tau), "0.01", 1e-12, 1e6, NULL, "progress",
     "τ, when the decay sets in"},
    {"gamma", TEMPER_REAL, offsetof(power, gamma), "0.55", 0, 10, NULL, "", "γ, the exponent"},
    {0}};

const temper_schedule_type temper_schedule_power = {
    .about = {"power", "factor = (1 + s/τ)^{−γ}",
              "Welling & Teh, ICML 2011; Neelakantan et al., arXiv:1511.06807 (annealed noise)", "tau=0.1",
              options, sizeof(power)},
    .at = at};
