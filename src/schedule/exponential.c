/* factor = to^s at progress s: equal ratios in equal times, from 1 to `to`. As a temperature, geometric cooling. */
#include "base/elementary.h"
#include "temper/dynamics.h"

typedef struct {
    double warm, to;
} exponential;

static double at(const void *self, double progress) {
    const exponential *x = self;
    return temper_exp(progress * temper_log(x->to));
}

static const temper_option options[] = {
    {"warm", TEMPER_REAL, offsetof(exponential, warm), "0", 0, 1, NULL, "share of the steps",
     "linear warm-up before"},
    {"to", TEMPER_REAL, offsetof(exponential, to), "0.01", 1e-30, 1e6, NULL, "", "factor at the end"},
    {0}};

const temper_schedule_type temper_schedule_exponential = {
    .about = {"exponential", "factor = to^s", "Kirkpatrick, Gelatt & Vecchi, Science 220, 671 (1983)",
              "to=0.001", options, sizeof(exponential)},
    .at = at};
