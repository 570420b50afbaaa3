/* Hebb's rule: what fires together is coupled.
 *
 *     J_ij = (1/N) Σ_μ ξ_i^μ ξ_j^μ,   J_ii = 0,   h = 0                                      (Hopfield 1982)
 *
 * Random patterns are kept, with a few per cent of wrong bits, up to P = 0.138 N (Amit, Gutfreund and Sompolinsky 1987). O(N² P). */
#include "core/memories.h"

typedef struct {
    char nothing;
} hebb;

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    return temper_memories_suits("hebb", machine);
}

static temper_status couple(const temper_memories *m, double *J, int64_t stride) {
    temper_learn_hebb(m, J, stride);
    return TEMPER_OK;
}

static temper_status solve(const void *self, temper_lesson *lesson) {
    (void)self;
    lesson->done = true;
    return temper_memories_solve(lesson->machine, &lesson->rows, "hebb", couple);
}

static const temper_option options[] = {{0}};

const temper_method_type temper_method_hebb = {
    .about = {"hebb", "J_ij = (1/N) Σ ξ_i ξ_j over the rows, in one go",
              "J. J. Hopfield, Proc. Natl. Acad. Sci. USA 79, 2554 (1982)", "", options, sizeof(hebb)},
    .suits = suits,
    .needs = temper_memories_needs,
    .solve = solve};
