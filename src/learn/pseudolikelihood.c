/* Maximum pseudo-likelihood (Besag 1975): instead of ln p(x), its conditionals,
 *
 *     ℓ(θ) = ⟨ Σ_i ln p(x_i | all other visible units) ⟩_data,
 *
 * which need no ln Z and no chains. Consistent: with ever more rows of the machine's own kind its maximum is the true θ. */
#include <string.h>
#include "core/lesson_chains.h"

typedef struct {
    char unused; /* a struct has a member */
} pseudolikelihood;

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    if (machine->type->pseudo) return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT,
                       "pseudolikelihood: the conditionals of %s cannot be summed in closed form; use pcd",
                       machine->type->about.name);
}

/* The memory holds what pseudo returns, [batch] doubles, and the rows of the minibatch one after another. */
static void needs(const void *self, const temper_lesson *lesson, int *models, int *aides, size_t *memory,
                  bool *data) {
    (void)self;
    *models = *aides = 0;
    *memory = (size_t)lesson->batch * (sizeof(double) + (size_t)lesson->rows.columns * sizeof(float));
    *data = true;
}

static temper_status step(const void *self, temper_lesson *lesson) {
    (void)self;
    const temper_machine *machine = lesson->machine;
    const int64_t columns = lesson->rows.columns;
    double *out = lesson->memory;
    float *X = (float *)(out + lesson->batch);
    temper_rows_view rows = lesson->rows;
    if (lesson->batch < lesson->rows.n) {
        for (int64_t i = 0; i < lesson->batch; i++)
            memcpy(X + i * columns, lesson->row[i], (size_t)columns * sizeof *X);
        rows =
            (temper_rows_view){lesson->batch, columns, X, lesson->rows.weight ? lesson->batch_weight : NULL};
    }
    temper_flock_wake(lesson->data);
    for (int64_t p = 0; p < machine->parameters; p++) lesson->grad[p] = 0;
    return machine->type->pseudo(machine->self, &rows, out, lesson->grad);
}

static double rate(const void *self) {
    (void)self;
    return 0.1;
}

static const temper_option options[] = {{0}};

const temper_method_type temper_method_pseudolikelihood = {
    .about = {"pseudolikelihood", "gradient of ⟨Σ_i ln p(x_i | the other visible units)⟩: no ln Z, no chains",
              "Besag, The Statistician 24, 179 (1975); Marlin, Swersky, Chen & de Freitas, AISTATS 2010, 509",
              "", options, sizeof(pseudolikelihood)},
    .suits = suits,
    .needs = needs,
    .step = step,
    .fills = true,
    .rate = rate,
};
