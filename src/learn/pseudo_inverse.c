/* The pseudo-inverse rule: couplings that project onto the stored rows,
 *
 *     J_ij = (1/N) Σ_μν ξ_i^μ (C^−1)_μν ξ_j^ν,   C_μν = (1/N) Σ_i ξ_i^μ ξ_i^ν               (Personnaz, Guyon and Dreyfus 1985)
 *
 * so that Σ_j J_ij ξ_j^μ = ξ_i^μ: every row is a fixed point as long as the rows are linearly independent, P ≤ N, correlated or not. The
 * diagonal, J_ii = P/N on average, only holds units where they are: without it (the default; Kanter and Sompolinsky 1987) rows stay fixed points
 * and attract from further away, up to P → N; with it basins vanish near P = N/2. A machine keeps it with hopfield:diagonal=yes. O(P² N + N² P). */
#include "base/memory.h"
#include "core/memories.h"

typedef struct {
    char nothing;
} pseudo_inverse;

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    return temper_memories_suits("pseudo_inverse", machine);
}

/* With its diagonal: the machine leaves it out unless it was told to keep it. */
static temper_status couple(const temper_memories *m, double *J, int64_t stride) {
    double *dual = temper_alloc((size_t)(m->n * m->stride), sizeof *dual);
    if (!dual) return TEMPER_NO_MEMORY;
    temper_status bad = temper_learn_dual(m, dual);
    if (!bad) temper_learn_projection(m, dual, true, J, stride);
    temper_release(dual);
    return bad;
}

static temper_status solve(const void *self, temper_lesson *lesson) {
    (void)self;
    lesson->done = true;
    return temper_memories_solve(lesson->machine, &lesson->rows, "pseudo_inverse", couple);
}

static const temper_option options[] = {{0}};

const temper_method_type temper_method_pseudo_inverse = {
    .about = {"pseudo_inverse", "couplings that project onto the rows, which all become fixed points",
              "L. Personnaz, I. Guyon & G. Dreyfus, J. Phys. Lett. 46, L359 (1985)", "", options,
              sizeof(pseudo_inverse)},
    .suits = suits,
    .needs = temper_memories_needs,
    .solve = solve};
