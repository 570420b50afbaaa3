/* What the methods of src/learn do with the flocks of a lesson: the positive phase, starts, and swaps between rungs. */
#ifndef TEMPER_CORE_LESSON_CHAINS_H
#define TEMPER_CORE_LESSON_CHAINS_H

#include "temper/learn.h"

/* TEMPER_CANNOT with a sentence that begins with the method's name, unless the machine has chains and statistics. */
temper_status temper_suits_chains(const char *method, const temper_machine *machine);

/* The positive phase: hidden units of the data flock come to equilibrium with the data by so many sweeps of the pinned flock. sweeps < 0:
 * none where hidden units are summed out given the visible ones (marginal machines) or there are none, else 10. */
void temper_lesson_settle(const temper_lesson *lesson, int64_t sweeps);

/* Weights have changed since the last sweep: wakes the flock, then n sweeps. */
void temper_lesson_sweep(temper_flock *flock, int64_t n);

/* Visible units of a flock become rows 0, n/chains, 2n/chains … of the training rows. Allocates: for begin, not for step. */
temper_status temper_lesson_seat(const temper_lesson *lesson, temper_flock *flock);

/* One rung of a ladder: chains that sample `machine` at `place`. The flock's own machine and place are these. */
typedef struct {
    temper_flock *flock;
    const temper_machine *machine;
    temper_place place;
} temper_ladder_rung;

/* Chain i of rung a and chain i of rung b exchange their configurations x and y with probability min(1, e^Δ),
 *     Δ = ln w_a(y) + ln w_b(x) − ln w_a(x) − ln w_b(y),
 * for every i, drawn at TEMPER_FOR_SWAPS, `step`, pair·chains + i of the lesson's stream. Leaves the product of both distributions alone.
 * Returns the mean of the probabilities, and counts them in lesson->swaps. Uses the rooms of both flocks. */
double temper_lesson_swap(temper_lesson *lesson, const temper_ladder_rung *a, const temper_ladder_rung *b,
                          int64_t step, int64_t pair);

#endif
