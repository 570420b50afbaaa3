/* Dynamics and schedules as instances. */
#include <string.h>
#include "base/memory.h"
#include "core/catalogue.h"

temper_status temper_dynamics_create(temper_dynamics **out, const char *text) {
    const temper_about *about;
    const char *options;
    *out = NULL;
    temper_status bad = temper_split("dynamics", text, &about, &options);
    if (bad) return bad;
    temper_dynamics *dynamics = temper_alloc(1, sizeof *dynamics);
    if (!dynamics) return TEMPER_NO_MEMORY;
    dynamics->type = (const temper_dynamics_type *)about;
    bad = temper_options_read(about, options, &dynamics->self, &dynamics->text);
    if (!bad && dynamics->type->build) bad = dynamics->type->build(dynamics->self);
    if (bad)
        temper_dynamics_free(dynamics);
    else
        *out = dynamics;
    return bad;
}

void temper_dynamics_free(temper_dynamics *dynamics) {
    if (!dynamics) return;
    if (dynamics->type->clear && dynamics->self) dynamics->type->clear(dynamics->self);
    temper_options_free(&dynamics->type->about, dynamics->self, dynamics->text);
    temper_release(dynamics);
}

temper_status temper_schedule_create(temper_schedule **out, const char *text) {
    const temper_about *about;
    const char *options;
    *out = NULL;
    temper_status bad = temper_split("schedules", text, &about, &options);
    if (bad) return bad;
    temper_schedule *schedule = temper_alloc(1, sizeof *schedule);
    if (!schedule) return TEMPER_NO_MEMORY;
    schedule->type = (const temper_schedule_type *)about;
    bad = temper_options_read(about, options, &schedule->self, &schedule->text);
    if (bad)
        temper_schedule_free(schedule);
    else
        *out = schedule;
    return bad;
}

void temper_schedule_free(temper_schedule *schedule) {
    if (!schedule) return;
    temper_options_free(&schedule->type->about, schedule->self, schedule->text);
    temper_release(schedule);
}

/* The first W = warm·n steps climb to at(0), step k by (k + 1)/(W + 1); the others run from progress 0 to 1. */
double temper_schedule_at(const temper_schedule *schedule, int64_t k, int64_t n) {
    double W = *(const double *)schedule->self * (double)n, step = (double)k;
    if (step < W) return schedule->type->at(schedule->self, 0) * (step + 1) / (W + 1);
    return schedule->type->at(schedule->self, k < n ? (step - W) / ((double)n - W) : 1);
}

double temper_schedule_factor(const temper_schedule *schedule, const double *plan, int64_t k, int64_t n) {
    double W = *(const double *)schedule->self * (double)n, step = (double)k;
    if (!schedule->type->adapt) return temper_schedule_at(schedule, k, n);
    return step < W ? plan[0] * (step + 1) / (W + 1) : plan[0];
}
