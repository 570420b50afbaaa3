/* Do two orders agree? Rank correlations of n pairs, with ties, and how likely chance makes them. */
#ifndef TEMPER_ESTIMATE_RANKS_H
#define TEMPER_ESTIMATE_RANKS_H

#include "temper/status.h"
#include "temper/stream.h"

typedef struct {
    int n; /* pairs of finite numbers */
    double spearman,
        kendall; /* ρ (ties share their mean rank) and τ_b; NaN for n < 3 or where one side is constant */
    double spearman_p,
        kendall_p; /* two-sided: share of permutations at least as far from 0, all of them for n ≤ 7, else 4999 and this one */
    double low, high; /* 95 % of ρ, bootstrap over pairs (percentiles of 999); NaN for n < 5 */
} temper_ranks;

/* Pairs with a number that is not finite are left out. Draws: TEMPER_FOR_BOOTSTRAP of this stream. */
temper_status temper_ranks_compare(const double *x, const double *y, int n, temper_stream stream,
                                   temper_ranks *out);

#endif
