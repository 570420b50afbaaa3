/* factor = to + (1 − to)(1 + cos πs)/2 at progress s: half a cosine from 1 down to `to`, flat at both ends. */
#include "base/elementary.h"
#include "temper/dynamics.h"

typedef struct {
    double warm, to;
} cosine;

static double at(const void *self, double progress) {
    const cosine *c = self;
    double sine, cosine_;
    temper_sincos2pi(progress / 2, &sine, &cosine_);
    return c->to + (1 - c->to) * (1 + cosine_) / 2;
}

static const temper_option options[] = {
    {"warm", TEMPER_REAL, offsetof(cosine, warm), "0", 0, 1, NULL, "share of the steps",
     "linear warm-up before"},
    {"to", TEMPER_REAL, offsetof(cosine, to), "0", 0, 1e6, NULL, "", "factor at the end"},
    {0}};

const temper_schedule_type temper_schedule_cosine = {
    .about = {"cosine", "factor = to + (1 − to)(1 + cos πs)/2", "Loshchilov & Hutter, ICLR 2017 (SGDR)",
              "to=0.1,warm=0.05", options, sizeof(cosine)},
    .at = at};
