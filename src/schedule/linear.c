/* 1 for a while, then down a straight line to `to` at the end. */
#include "temper/dynamics.h"

typedef struct {
    double warm, hold, to;
} line;

static double at(const void *self, double progress) {
    const line *x = self;
    double s = x->hold < 1 ? (progress - x->hold) / (1 - x->hold) : 0;
    return s > 0 ? 1 + s * (x->to - 1) : 1;
}

static const temper_option options[] = {
    {"warm", TEMPER_REAL, offsetof(line, warm), "0", 0, 1, NULL, "share of the steps",
     "linear warm-up before"},
    {"hold", TEMPER_REAL, offsetof(line, hold), "0.1", 0, 1, NULL, "share of the steps",
     "before the descent begins"},
    {"to", TEMPER_REAL, offsetof(line, to), "0", 0, 1e6, NULL, "", "factor at the end"},
    {0}};

const temper_schedule_type temper_schedule_linear = {
    .about = {"linear", "1 for the first share `hold`, then linearly to `to`",
              "T. Tieleman, Proc. 25th ICML (2008): the decay of persistent contrastive divergence",
              "hold=0.3,to=0.1", options, sizeof(line)},
    .at = at};
