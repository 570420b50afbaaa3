/* Fast persistent contrastive divergence (Tieleman and Hinton 2009). The chains sample θ + θ_fast, where
 *
 *     θ_fast ← decay·θ_fast + rate_fast·gradient,   θ ← θ + rate·gradient.
 *
 * θ_fast drives the chains out of the places where they sit (the gradient lowers the probability there) and is soon forgotten, so the
 * chains mix at the fast rate while θ may learn slowly. θ alone is the result. */
#include <string.h>
#include "core/lesson_chains.h"

typedef struct {
    int64_t k, settle;
    double decay, fast;
} fpcd;

typedef struct {  /* the method's memory */
    double rate;  /* of θ_fast; 0: not yet known */
    float fast[]; /* [P] */
} memory;

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    return temper_suits_chains("fpcd", machine);
}

static void needs(const void *self, const temper_lesson *lesson, int *models, int *aides, size_t *bytes,
                  bool *data) {
    (void)self;
    *models = *aides = 1;
    *bytes = sizeof(memory) + (size_t)lesson->machine->parameters * sizeof(float);
    *data = true;
}

static temper_status begin(const void *self, temper_lesson *lesson) {
    ((memory *)lesson->memory)->rate = ((const fpcd *)self)->fast;
    lesson->model[0]->machine = lesson->aide[0];
    return TEMPER_OK;
}

static temper_status step(const void *self, temper_lesson *lesson) {
    const fpcd *m = self;
    const memory *mem = lesson->memory;
    temper_machine *sum = lesson->aide[0];
    temper_lesson_settle(lesson, m->settle);
    for (int64_t p = 0; p < sum->parameters; p++) sum->theta[p] = lesson->machine->theta[p] + mem->fast[p];
    temper_status bad = temper_machine_refresh(sum);
    if (!bad) temper_lesson_sweep(lesson->model[0], m->k);
    return bad;
}

static temper_status after(const void *self, temper_lesson *lesson) {
    const fpcd *m = self;
    memory *mem = lesson->memory;
    if (mem->rate == 0) mem->rate = lesson->rate;
    for (int64_t p = 0; p < lesson->machine->parameters; p++)
        mem->fast[p] = (float)(m->decay * (double)mem->fast[p] + mem->rate * (double)lesson->grad[p]);
    return TEMPER_OK;
}

static const temper_option options[] = {
    {"k", TEMPER_INT, offsetof(fpcd, k), "1", 1, 1e9, NULL, "sweeps", "of the chains before each update"},
    {"decay", TEMPER_REAL, offsetof(fpcd, decay), "0.95", 0, 1, NULL, NULL,
     "what is left of the fast weights after an update"},
    {"fast", TEMPER_REAL, offsetof(fpcd, fast), "0", 0, 1e6, NULL, NULL,
     "learning rate of the fast weights, constant; 0: that of the first update"},
    {"settle", TEMPER_INT, offsetof(fpcd, settle), "-1", -1, 1e9, NULL, "sweeps",
     "of hidden units before the statistics of the data; -1: 0 where they are summed out, else 10"},
    {0}};

const temper_method_type temper_method_fpcd = {
    .about = {"fpcd", "persistent chains that sample θ + θ_fast, with weights that learn fast and fade",
              "Tieleman & Hinton, ICML 2009, 1033", "k=1", options, sizeof(fpcd)},
    .suits = suits,
    .needs = needs,
    .begin = begin,
    .step = step,
    .after = after,
};
