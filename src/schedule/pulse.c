/* As a temperature: T = 0 in the first part of every cycle, to explore as plain SGD does, and T in the rest, to sample. With the rate on the
 * schedule `cyclic` of as many cycles this is cyclical stochastic-gradient MCMC (Zhang, Li, Zhang, Chen & Wilson 2020). */
#include "core/cycles.h"
#include "temper/dynamics.h"

typedef struct {
    double warm, from;
    int64_t cycles;
} pulse;

static double at(const void *self, double progress) {
    const pulse *x = self;
    return progress >= 1 || temper_cycle_place(x->cycles, progress) >= x->from - 1e-9 ? 1 : 0;
}

static double sample(const void *self, double q) {
    const pulse *x = self;
    return temper_cycle_sample(x->cycles, 1 - x->from, x->warm, q);
}

static const temper_option options[] = {
    {"warm", TEMPER_REAL, offsetof(pulse, warm), "0", 0, 1, NULL, "share of the steps",
     "as in the schedule of the rate"},
    {"cycles", TEMPER_INT, offsetof(pulse, cycles), "4", 1, 1e6, NULL, "", "how many"},
    {"from", TEMPER_REAL, offsetof(pulse, from), "0.5", 0, 0.9999, NULL, "share of a cycle",
     "where T sets in; the samples lie behind it"},
    {0}};

const temper_schedule_type temper_schedule_pulse = {
    .about = {"pulse", "factor = 0 while (cycles·s mod 1) < from, then 1; samples are taken while it is 1",
              "Zhang et al., ICLR 2020 (cSG-MCMC)", "cycles=3,from=0.25", options, sizeof(pulse)},
    .at = at,
    .sample = sample};
