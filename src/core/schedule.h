/* schedule: temperatures between two ends or from a file, and the range of temperatures that a system asks for.
 * Everything here moves chains, so it is the same on every machine: no libm. `who` names the thing in sentences. */
#ifndef TEMPER_CORE_SCHEDULE_H
#define TEMPER_CORE_SCHEDULE_H

#include <stdint.h>
#include "temper/system.h"

enum { TEMPER_SCHEDULE_POINTS = 1000000 }; /* the longest schedule */

typedef enum {                              /* how a schedule goes from hot to cold */
               TEMPER_SCHEDULE_LINEAR,      /* equal steps of T */
               TEMPER_SCHEDULE_LINEAR_BETA, /* equal steps of β = 1/T; T = ∞ is a legal end */
               TEMPER_SCHEDULE_GEOMETRIC    /* equal ratios */
} temper_schedule_kind;

/* Point k of n; the ends are exactly `from` and `to`. */
double temper_schedule_point(temper_schedule_kind kind, const double from_to[2], int64_t k, int64_t n);

/* Every T is a number ≥ 0 (or ∞). */
temper_status temper_schedule_check(const char *who, const double *T, int64_t n);

/* Refuses ends that this kind of schedule cannot join: ∞ for linear, 0 for β, both for geometric. */
temper_status temper_schedule_ends(const char *who, temper_schedule_kind kind, const double from_to[2]);

/* One temperature per line; blank lines and lines that begin with '#' don't count. *T is released by the caller. */
temper_status temper_schedule_read(const char *path, double **T, int64_t *n);

/* The range that the system itself suggests, {hot, cold}, a function of the system alone (no seed):
 *     T_hot  = ΔH_max / ln 2          the costliest move is still taken every second time;
 *     T_cold = ΔH_min / ln(100 n)     even the cheapest excitation stands on one site with probability 1/100,
 * where ΔH_max is the largest and ΔH_min the typical smallest |ΔH| > 0 of single sites, seen on random configurations
 * and on what a greedy descent makes of them. Couplings times c give a range times c. */
temper_status temper_schedule_range(const char *who, const temper_system *system, double hot_cold[2]);

/* Fills in what is negative ("automatic") of from_to by the system's own range. */
temper_status temper_schedule_fill(const char *who, const temper_system *system, double from_to[2]);

#endif
