/* Storkey's rule: Hebb's, less what the couplings so far already say about the new pattern. Local and incremental, and it stores
 * N/√(2 ln N) random patterns without error where Hebb's rule stores N/(2 ln N). Rows are learned in their order. O(N² P). */
#include "base/memory.h"
#include "core/memories.h"

typedef struct {
    char nothing;
} storkey;

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    return temper_memories_suits("storkey", machine);
}

static temper_status couple(const temper_memories *m, double *J, int64_t stride) {
    double *work = temper_alloc((size_t)m->n, sizeof *work);
    if (!work) return TEMPER_NO_MEMORY;
    temper_learn_storkey(m, J, stride, work);
    temper_release(work);
    return TEMPER_OK;
}

static temper_status solve(const void *self, temper_lesson *lesson) {
    (void)self;
    lesson->done = true;
    return temper_memories_solve(lesson->machine, &lesson->rows, "storkey", couple);
}

static const temper_option options[] = {{0}};

const temper_method_type temper_method_storkey = {
    .about = {"storkey", "Hebb's rule less what is already known of each row, row after row",
              "A. J. Storkey, ICANN'97, LNCS 1327, 451 (1997)", "", options, sizeof(storkey)},
    .suits = suits,
    .needs = temper_memories_needs,
    .solve = solve};
