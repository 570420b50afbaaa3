/* lateral: a pairwise machine of n units, visible ones first, then hidden ones, with any connections,
 *
 *     −E(s)·T = Σ_{i<j} J_ij s_i s_j + Σ_i h_i s_i,        density exp(−E),        s = −1/+1 or 0/1.
 *
 * Each pair counts once, h are fields (a threshold is −h), and the temperature T of the machine is inside its E: the gradient carries 1/T.
 * Given the others a unit is high with probability
 *
 *     spin    1/(1 + exp(−2 x/T)),   the two values differ by 2,
 *     binary  1/(1 + exp(−x/T)),     x_i = h_i + Σ_j J_ij s_j.
 *
 * θ is J of the present pairs, row by row of the upper triangle, then h[n]. Absent pairs have no parameter.
 * State of a flock: float s[block][n+1][16] (row n is zeros), chain c in block c/16, lane c%16. */
#ifndef TEMPER_CORE_LATERAL_H
#define TEMPER_CORE_LATERAL_H

#include "kernel/lateral.h"
#include "temper/machine.h"

typedef enum {
    TEMPER_LATERAL_FULL,       /* every pair */
    TEMPER_LATERAL_SEMI,       /* none between hidden units */
    TEMPER_LATERAL_RESTRICTED, /* visible with hidden only */
    TEMPER_LATERAL_GROUPS,     /* visible with hidden, and visible ones inside groups of `group` */
    TEMPER_LATERAL_LIST        /* those of a text, "0-1;1-2" */
} temper_lateral_pattern;

typedef struct {
    temper_lateral_pattern pattern;
    int64_t group;
    const char *list;
} temper_lateral_wiring;

typedef struct { /* zero it before build; a machine's private struct may begin with it */
    bool spin;
    double T;
    int64_t V, n, pairs;                  /* visible units, all units, present pairs */
    bool apart;                           /* no pair between hidden units */
    temper_lateral_rows rows;             /* packed weights too; the arrays behind it are owned here */
    int64_t *start, *above, *end, *first; /* first[i]: number of the first pair (i, j > i); [n+1] */
    int32_t *to;
    int64_t *pair; /* number of the pair of each entry, −1 in padding */
    float *J, *h;
} temper_lateral;

/* spin, T, V and n are set. TEMPER_BAD_OPTION in the name of boltzmann for a bad list. */
temper_status temper_lateral_build(temper_lateral *, const temper_lateral_wiring *);
void temper_lateral_clear(temper_lateral *);
void temper_lateral_pack(temper_lateral *, const float *theta);
static inline int64_t temper_lateral_parameters(const temper_lateral *m) { return m->pairs + m->n; }

/* Members of temper_machine_type, but for `self`. Sweep: hidden units in order, then visible ones. Draws: the turn at unit i of chain c is word
 * ((c/16)·n + i)·16 + c%16 of (stream, TEMPER_FOR_UNITS, clock); a random start takes the same words of TEMPER_FOR_INITIAL. */
void temper_lateral_sizes(const temper_lateral *, int64_t chains, size_t *state, size_t *scratch);
void temper_lateral_scatter(const temper_lateral *, temper_flock *);
void temper_lateral_clamp(const temper_lateral *, temper_flock *, const float *const *row, int64_t n);
void temper_lateral_read(const temper_lateral *, const temper_flock *, int64_t chain, float *row);
void temper_lateral_sweep(const temper_lateral *, temper_flock *, int64_t n);
void temper_lateral_swap(const temper_lateral *, temper_flock *a, int64_t i, temper_flock *b, int64_t j);
/* Of the whole configuration. */
void temper_lateral_log_weight(const temper_lateral *, const temper_flock *, const temper_place *,
                               double *out);
double temper_lateral_log_base(const temper_lateral *, const float *base);
/* Means of hidden units given the others at the flock's place stand for their samples: v_i m_j, and ½(s_i m_j + m_i s_j) of two hidden
 * units. Both have the right mean where the chain is in equilibrium; v_i m_j is exact of a pinned chain whose hidden units are apart. */
void temper_lateral_statistics(const temper_lateral *, const temper_flock *, int64_t n, const double *weight,
                               double scale, float *stat);
void temper_lateral_features(const temper_lateral *, const temper_flock *, float *out);
void temper_lateral_centre(const temper_lateral *, const float *data, bool standardise, float *grad);

/* ---- lateral_exact.c: sums over all states, in double ---- */

typedef struct { /* units of two values: −E = Σ_{i<j} J_ij s_i s_j + Σ h_i s_i */
    int n;
    double low, high;
    const double *J; /* [n][n] symmetric, diagonal unused */
    const double *h; /* [n] */
} temper_pairwise;

/* ln Z, and unless NULL ⟨s_i⟩ into mean[n] and ⟨s_i s_j⟩, i < j, into product[i·n + j]. n ≤ 30 (TEMPER_CANNOT above). Chunks of 2^16 states, each
 * a tree, joined in order; in parallel. Cost: about 100 ns a state on one core with means. */
temper_status temper_pairwise_sum(const temper_pairwise *, double *log_z, double *mean, double *product);

temper_status temper_lateral_exact(const temper_lateral *, double beta, double *log_z, double *stat,
                                   double *energy);
/* ln Σ_h exp(−E(v, h)) of every row. Hidden units apart: any number of them, in closed form; else at most 20. */
temper_status temper_lateral_score(const temper_lateral *, const temper_rows_view *, double *out);
/* Without hidden units (TEMPER_CANNOT else). */
temper_status temper_lateral_pseudo(const temper_lateral *, const temper_rows_view *, double *out,
                                    float *grad);
/* Order 1 and 2, all units alike; starts from the mean visible units of a flock and hidden ones at rest, or all at rest. */
temper_status temper_lateral_mean_field(const temper_lateral *, int order, const temper_flock *from,
                                        double *log_z, float *stat, double *residual);

#endif
