/* Contrastive divergence (Hinton 2002): the model's chains begin at the minibatch itself and make k sweeps,
 *
 *     Δθ ∝ ⟨−∂E/∂θ⟩_data − ⟨−∂E/∂θ⟩_{k sweeps after the data}.
 *
 * Not the gradient of anything, but of small variance, since both terms come from the same rows; its bias falls with k. */
#include <string.h>
#include "core/lesson_chains.h"

typedef struct {
    int64_t k, settle;
} cd;

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    return temper_suits_chains("cd", machine);
}

static temper_status begin(const void *self, temper_lesson *lesson) {
    (void)self;
    if (lesson->rows.weight)
        return temper_fail(TEMPER_CANNOT, "cd: chains that begin at rows cannot carry the weights of rows; "
                                          "use pcd, whose chains are the model's own");
    if (lesson->chains != lesson->batch)
        return temper_fail(TEMPER_BAD_OPTION,
                           "cd: chains=%lld with batch=%lld; legal: as many chains as rows in a minibatch, "
                           "where they begin",
                           (long long)lesson->chains, (long long)lesson->batch);
    return TEMPER_OK;
}

/* Flocks of one machine with as many chains have the same layout: the data's state, hidden units and all, is the model's start. */
static temper_status step(const void *self, temper_lesson *lesson) {
    const cd *m = self;
    temper_flock *model = lesson->model[0];
    temper_lesson_settle(lesson, m->settle);
    memcpy(model->state, lesson->data->state, model->bytes);
    temper_lesson_sweep(model, m->k);
    return TEMPER_OK;
}

static const temper_option options[] = {
    {"k", TEMPER_INT, offsetof(cd, k), "1", 1, 1e9, NULL, "sweeps", "from the data to the statistics"},
    {"settle", TEMPER_INT, offsetof(cd, settle), "-1", -1, 1e9, NULL, "sweeps",
     "of hidden units before the statistics of the data; -1: 0 where they are summed out, else 10"},
    {0}};

const temper_method_type temper_method_cd = {
    .about = {"cd", "contrastive divergence: the model's chains are k sweeps away from the minibatch",
              "Hinton, Neural Computation 14, 1771 (2002)", "k=1", options, sizeof(cd)},
    .suits = suits,
    .begin = begin,
    .step = step,
    .paired = true,
};
