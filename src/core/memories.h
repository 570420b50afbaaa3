/* Stored patterns ξ^μ, μ = 1 … P, of n ±1 sites each, and the couplings that learning rules make of them.
 *
 * Two layouts of one thing: xi[P][n] holds whole patterns; columns[n][stride] holds ξ_i^1 … ξ_i^P of a site as doubles,
 * filled up with zeros to a multiple of TEMPER_LANES, so that sums over μ run in eight lanes without a rest. */
#ifndef TEMPER_CORE_MEMORIES_H
#define TEMPER_CORE_MEMORIES_H

#include "temper/learn.h"

typedef struct { /* zero it before the first use */
    int64_t n, P, stride;
    int8_t *xi;
    double *columns;
} temper_memories;

/* Both layouts for n and P, zeroed. On failure nothing is kept. */
temper_status temper_memories_build(temper_memories *memories, int64_t n, int64_t P);
void temper_memories_clear(temper_memories *memories);
/* Independent ±1 with probability ½: bit i%32 of word i/32 of (seed, DISORDER, 0, step μ). */
void temper_memories_draw(temper_memories *memories, uint64_t seed);
/* Fills the columns from xi. */
void temper_memories_transpose(temper_memories *memories);

/* Both layouts from rows of ±1, for a rule called `name`. TEMPER_BAD_DATA for other numbers, TEMPER_CANNOT for weighted rows. */
temper_status temper_memories_take(temper_memories *memories, const temper_rows_view *rows, const char *name);

/* Hebb: J_ij = (1/n) Σ_μ ξ_i^μ ξ_j^μ, J_ii = 0. J[n][stride_of_J]. */
void temper_learn_hebb(const temper_memories *memories, double *J, int64_t stride);
/* Storkey (Artificial Neural Networks – ICANN'97, LNCS 1327, 451), pattern after pattern from J = 0:
 *     J_ij += (1/n)(ξ_i ξ_j − ξ_i h_ji − h_ij ξ_j),   h_ij = Σ_{k≠i,j} J_ik ξ_k,   J_ii = 0.
 * work[n]. */
void temper_learn_storkey(const temper_memories *memories, double *J, int64_t stride, double *work);
/* The dual patterns of the pseudo-inverse rule (Personnaz, Guyon and Dreyfus, J. Phys. Lett. 46, L359 (1985)):
 *     dual_j^μ = Σ_ν (C^−1)_μν ξ_j^ν,   C_μν = (1/n) Σ_i ξ_i^μ ξ_i^ν,   J_ij = (1/n) Σ_μ ξ_i^μ dual_j^μ.
 * In the layout of the columns. TEMPER_BAD_DATA in the name of hopfield when the patterns are linearly dependent. */
temper_status temper_learn_dual(const temper_memories *memories, double *dual);
/* J_ij of the pseudo-inverse rule, from the dual patterns: the projector onto the patterns, with its diagonal or with J_ii = 0. */
void temper_learn_projection(const temper_memories *memories, const double *dual, bool diagonal, double *J,
                             int64_t stride);

/* One of the rules above for a machine hopfield: θ = J [n][n] and fields h = 0, packed. J_of fills J[n][stride]. */
typedef temper_status (*temper_memories_rule)(const temper_memories *memories, double *J, int64_t stride);
temper_status temper_memories_solve(temper_machine *machine, const temper_rows_view *rows, const char *name,
                                    temper_memories_rule J_of);
/* A sentence, in the name of a rule, unless the machine is a hopfield. */
temper_status temper_memories_suits(const char *name, const temper_machine *machine);
/* `needs` of rules that only look at rows: no chains. */
void temper_memories_needs(const void *self, const temper_lesson *lesson, int *models, int *aides,
                           size_t *memory, bool *data);

#endif
