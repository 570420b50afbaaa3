/* `cycles` half cosines one after another: each starts anew at 1, to explore, and falls to `to`, to settle. With samples taken late in
 * every cycle, in its last part `sampling`: cyclical stochastic-gradient MCMC; with networks kept at the ends (sampling=0): snapshot
 * ensembles. */
#include "base/elementary.h"
#include "core/cycles.h"
#include "temper/dynamics.h"

typedef struct {
    double warm, to, sampling;
    int64_t cycles;
} cyclic;

static double at(const void *self, double progress) {
    const cyclic *x = self;
    double sine, cosine = -1; /* the run ends where the last cycle does */
    if (progress < 1) temper_sincos2pi(temper_cycle_place(x->cycles, progress) / 2, &sine, &cosine);
    return x->to + (1 - x->to) * (1 + cosine) / 2;
}

static double sample(const void *self, double q) {
    const cyclic *x = self;
    return temper_cycle_sample(x->cycles, x->sampling, x->warm, q);
}

static const temper_option options[] = {
    {"warm", TEMPER_REAL, offsetof(cyclic, warm), "0", 0, 1, NULL, "share of the steps",
     "linear warm-up before"},
    {"to", TEMPER_REAL, offsetof(cyclic, to), "0", 0, 1e6, NULL, "", "factor at the end of a cycle"},
    {"cycles", TEMPER_INT, offsetof(cyclic, cycles), "4", 1, 1e6, NULL, "", "how many"},
    {"sampling", TEMPER_REAL, offsetof(cyclic, sampling), "0.5", 0, 1, NULL, "share of a cycle",
     "the part at its end in which samples are taken; 0: at the ends alone"},
    {0}};

const temper_schedule_type temper_schedule_cyclic = {
    .about = {"cyclic", "factor = to + (1 − to)(1 + cos π(cycles·s mod 1))/2",
              "Huang et al., ICLR 2017 (snapshots); Zhang et al., ICLR 2020 (cSG-MCMC)", "cycles=3", options,
              sizeof(cyclic)},
    .at = at,
    .sample = sample};
