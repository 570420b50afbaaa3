/* factor = 1. */
#include "temper/dynamics.h"

typedef struct {
    double warm;
} constant;

static double at(const void *self, double progress) {
    (void)self, (void)progress;
    return 1;
}

static const temper_option options[] = {{"warm", TEMPER_REAL, offsetof(constant, warm), "0", 0, 1, NULL,
                                         "share of the steps", "linear warm-up before"},
                                        {0}};

const temper_schedule_type temper_schedule_constant = {
    .about = {"constant", "factor = 1", "", "warm=0.1", options, sizeof(constant)}, .at = at};
