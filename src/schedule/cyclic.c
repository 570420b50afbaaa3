/* `cycles` half cosines one after another: each starts anew at 1, to explore, and falls to `to`, to settle. With samples taken at
 * the ends of the cycles: cyclical stochastic-gradient MCMC; with networks kept there: snapshot ensembles. */
#include <math.h>
#include "base/elementary.h"
#include "temper/dynamics.h"

typedef struct {
    double warm, to;
    int64_t cycles;
} cyclic;

static double at(const void *self, double progress) {
    const cyclic *x = self;
    double place = progress * (double)x->cycles, sine, cosine = -1;
    double within =
        place - floor(place + 1e-9); /* 1e-9: a third of three cycles is the start of the second */
    if (progress < 1)
        temper_sincos2pi(within / 2, &sine, &cosine); /* the run ends where the last cycle does */
    return x->to + (1 - x->to) * (1 + cosine) / 2;
}

static const temper_option options[] = {
    {"warm", TEMPER_REAL, offsetof(cyclic, warm), "0", 0, 1, NULL, "share of the steps",
     "linear warm-up before"},
    {"to", TEMPER_REAL, offsetof(cyclic, to), "0", 0, 1e6, NULL, "", "factor at the end of a cycle"},
    {"cycles", TEMPER_INT, offsetof(cyclic, cycles), "4", 1, 1e6, NULL, "", "how many"},
    {0}};

const temper_schedule_type temper_schedule_cyclic = {
    .about = {"cyclic", "factor = to + (1 − to)(1 + cos π(cycles·s mod 1))/2",
              "Huang et al., ICLR 2017 (snapshots); Zhang et al., ICLR 2020 (cSG-MCMC)", "cycles=3", options,
              sizeof(cyclic)},
    .at = at};
