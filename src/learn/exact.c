/* The gradient itself, by enumeration (Ackley, Hinton and Sejnowski 1985, eq. 7):
 *
 *     ∂⟨ln p⟩/∂θ = ⟨−∂E/∂θ⟩_data − ⟨−∂E/∂θ⟩_model,
 *
 * the second mean summed over all states. No noise: what a sampled gradient should be on average, and the judge of all other methods. */
#include "core/lesson_chains.h"

typedef struct {
    int64_t settle;
} exact;

enum { TERMS_MAX = 30 };

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    const temper_machine_type *type = machine->type;
    if (!type->exact || !type->enumerable)
        return temper_fail(TEMPER_CANNOT, "exact: the states of %s cannot be enumerated; use pcd, or cd",
                           type->about.name);
    double terms = type->enumerable(machine->self);
    if (terms > TERMS_MAX)
        return temper_fail(TEMPER_CANNOT,
                           "exact: %s needs a sum over 2^%.0f terms; legal: at most 2^%d. Use pcd, or pt "
                           "where chains mix badly",
                           machine->text, terms, TERMS_MAX);
    return temper_suits_chains("exact", machine);
}

static void needs(const void *self, const temper_lesson *lesson, int *models, int *aides, size_t *memory,
                  bool *data) {
    (void)self;
    *models = *aides = 0;
    *memory = (size_t)lesson->machine->parameters * sizeof(double);
    *data = true;
}

static temper_status step(const void *self, temper_lesson *lesson) {
    const temper_machine *machine = lesson->machine;
    const double *weight = lesson->rows.weight ? lesson->batch_weight : NULL;
    double *model = lesson->memory, log_z, sum = 0;
    temper_lesson_settle(lesson, ((const exact *)self)->settle);
    temper_status bad = machine->type->exact(machine->self, 1, &log_z, model, NULL);
    if (bad) return bad;
    for (int64_t i = 0; i < lesson->batch; i++) sum += weight ? weight[i] : 1;
    for (int64_t p = 0; p < machine->parameters; p++) lesson->grad[p] = 0;
    machine->type->statistics(lesson->data, lesson->batch, weight, 1 / sum, lesson->grad);
    for (int64_t p = 0; p < machine->parameters; p++)
        lesson->grad[p] = (float)((double)lesson->grad[p] - model[p]);
    return TEMPER_OK;
}

static double rate(const void *self) {
    (void)self;
    return 0.2;
}

static const temper_option options[] = {
    {"settle", TEMPER_INT, offsetof(exact, settle), "-1", -1, 1e9, NULL, "sweeps",
     "of hidden units before the statistics of the data; -1: 0 where they are summed out, else 10"},
    {0}};

const temper_method_type temper_method_exact = {
    .about = {"exact",
              "gradient ⟨−∂E/∂θ⟩_data − ⟨−∂E/∂θ⟩_model, the model's mean by enumeration (2^30 terms)",
              "Ackley, Hinton & Sejnowski, Cognitive Science 9, 147 (1985)", "", options, sizeof(exact)},
    .suits = suits,
    .needs = needs,
    .step = step,
    .fills = true,
    .rate = rate,
};
