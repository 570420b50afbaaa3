/* factor^j at progress s, j the drops made by then: at first, first + every, first + 2·every, … */
#include <math.h>
#include "temper/dynamics.h"

typedef struct {
    double warm, factor, first, every;
} staircase;

static double at(const void *self, double progress) {
    const staircase *x = self;
    double drops = floor((progress - x->first) / x->every + 1 + 1e-9),
           product = 1; /* 1e-9: 0.3 is three times 0.1 */
    for (double j = 0; j < drops; j++) product *= x->factor;
    return product;
}

static const temper_option options[] = {
    {"warm", TEMPER_REAL, offsetof(staircase, warm), "0", 0, 1, NULL, "share of the steps",
     "linear warm-up before"},
    {"factor", TEMPER_REAL, offsetof(staircase, factor), "0.1", 0, 1e6, NULL, "", "of each drop"},
    {"first", TEMPER_REAL, offsetof(staircase, first), "0.5", 0, 1, NULL, "progress", "the first drop"},
    {"every", TEMPER_REAL, offsetof(staircase, every), "0.25", 0.001, 1, NULL, "progress",
     "from drop to drop"},
    {0}};

const temper_schedule_type temper_schedule_step = {
    .about = {"step", "factor^j after j drops, the first at `first`, then one every `every`",
              "He et al., CVPR 2016 (ResNet: 0.1 at 1/2 and 3/4)", "factor=0.5,first=0.2,every=0.1", options,
              sizeof(staircase)},
    .at = at};
