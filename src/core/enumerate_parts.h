/* enumerate_parts: the sum over states, shared by the two ways to take it. Only enumerate*.c include this. */
#ifndef TEMPER_CORE_ENUMERATE_PARTS_H
#define TEMPER_CORE_ENUMERATE_PARTS_H

#include "core/two_layers.h"

/* K discrete units of L levels are enumerated; given them, N units are independent in the fields x = x0 + Σ rows of R.
 * The first units vary fastest. A chunk holds the last `top` units fixed: chunk number = their levels, unit K − top the lowest digit.
 * The chunks depend on the shapes alone. */
typedef struct {
    temper_unit unit, other; /* of the enumerated layer and of the other, as they are summed here */
    int64_t K, L, comps;     /* components of an enumerated unit: L of potts, else 1 */
    int64_t N, states;       /* of the other layer, with its components per unit */
    int64_t width;           /* N·states */
    const double *a;         /* [K·comps] fields of the enumerated units */
    const double *x0;        /* [width] */
    const double *R;         /* [K·comps][width] */
    int64_t top, chunks;
    int64_t group; /* of kernel/odds.h; 0: this problem is not for it */
    bool stat;     /* are statistics wanted */
} temper_states;

/* A table of sums over states of one chunk, or of all: row d·L + l over those where unit d is at level l, row K·L over all. In every
 * row, `weight` is where Σ w stands, and where statistics are wanted the first `width` columns hold Σ w ⟨s⟩ of the other layer.
 * All weights are relative to e^reference. */
typedef struct {
    int64_t columns, weight, rows;
    double reference;
    double *at; /* [rows][columns] */
} temper_sums;

/* Columns of a table, and doubles of scratch memory of one chunk. */
void temper_tree_sizes(const temper_states *of, temper_sums *sums, size_t *scratch);
void temper_odds_sizes(const temper_states *of, temper_sums *sums, size_t *scratch);

/* Fills the table (zeros before) with the sums over one chunk; rows of its fixed units stay zero. The tree does any units and recomputes
 * no field twice; odds does binary units in both layers (only level 1 has rows) with factors [K][width rounded up to lanes] = e^R. */
void temper_tree_sum(const temper_states *of, int64_t chunk, temper_sums *sums, double *scratch);
void temper_odds_sum(const temper_states *of, const double *factors, int64_t chunk, temper_sums *sums,
                     double *scratch);

/* The level of fixed unit d in a chunk. */
int64_t temper_states_level(const temper_states *of, int64_t chunk, int64_t d);

#endif
