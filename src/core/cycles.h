/* cycles: a run cut into equal parts that repeat: schedules of rate and temperature, and the times of samples that go with them. */
#ifndef TEMPER_CORE_CYCLES_H
#define TEMPER_CORE_CYCLES_H

#include <stdint.h>

/* Where in its cycle progress s = 0 … 1 is, 0 … 1 (not included). 10⁻⁹: a third of three cycles is the start of the second. */
double temper_cycle_place(int64_t cycles, double s);
/* Share of the whole run, warm-up first, at which share q = 0 … 1 of the samples is due, if they lie evenly over the last `sampling` of every
 * cycle: the first at the beginning of the first such part, all others so that a whole number of cycles' samples ends where a cycle does. */
double temper_cycle_sample(int64_t cycles, double sampling, double warm, double q);

#endif
