/* Mean-field learning (Gabrié, Tramel and Krzakala 2015): the model's statistics come from a minimum of the Plefka expansion of ln Z,
 *
 *     order 1: naive mean field    order 2: TAP (Thouless, Anderson, Palmer)    order 3: the next term,
 *
 * without any noise. Minima are sought from the minibatch, from persistent chains (many minima, as many as the chains visit), or from
 * rest. Good where couplings are weak; the expansion's residual tells where it does not converge. */
#include "core/lesson_chains.h"

typedef struct {
    int64_t order, k, settle;
    int from;
} mean_field;

enum { DATA, CHAINS, REST };

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    if (machine->type->mean_field) return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT, "mean_field: there is no Plefka expansion of %s here; use pcd",
                       machine->type->about.name);
}

static void needs(const void *self, const temper_lesson *lesson, int *models, int *aides, size_t *memory,
                  bool *data) {
    *models = ((const mean_field *)self)->from == CHAINS;
    *aides = 0;
    *memory = (size_t)lesson->machine->parameters * sizeof(float);
    *data = true;
}

static temper_status step(const void *self, temper_lesson *lesson) {
    const mean_field *m = self;
    const temper_machine *machine = lesson->machine;
    const temper_flock *from = NULL;
    const double *weight = lesson->rows.weight ? lesson->batch_weight : NULL;
    float *model = lesson->memory;
    double log_z, residual, sum = 0;
    temper_lesson_settle(lesson, m->settle);
    if (m->from == CHAINS) temper_lesson_sweep(lesson->model[0], m->k);
    if (m->from == CHAINS) from = lesson->model[0];
    if (m->from == DATA) from = lesson->data;
    for (int64_t p = 0; p < machine->parameters; p++) lesson->grad[p] = 0;
    temper_status bad =
        machine->type->mean_field(machine->self, (int)m->order, from, &log_z, model, &residual);
    if (bad) return bad;
    for (int64_t i = 0; i < lesson->batch; i++) sum += weight ? weight[i] : 1;
    machine->type->statistics(lesson->data, lesson->batch, weight, 1 / sum, lesson->grad);
    for (int64_t p = 0; p < machine->parameters; p++) lesson->grad[p] -= model[p];
    return TEMPER_OK;
}

static const temper_option options[] = {
    {"order", TEMPER_INT, offsetof(mean_field, order), "2", 1, 3, NULL, NULL,
     "of the expansion: 1 naive mean field, 2 TAP, 3 one term more"},
    {"from", TEMPER_CHOICE, offsetof(mean_field, from), "data", 0, 0, "data|chains|rest", NULL,
     "where the search for a minimum begins: the minibatch, persistent chains, or magnetisations at rest"},
    {"k", TEMPER_INT, offsetof(mean_field, k), "1", 1, 1e9, NULL, "sweeps",
     "of those chains before each update"},
    {"settle", TEMPER_INT, offsetof(mean_field, settle), "-1", -1, 1e9, NULL, "sweeps",
     "of hidden units before the statistics of the data; -1: 0 where they are summed out, else 10"},
    {0}};

const temper_method_type temper_method_mean_field = {
    .about = {"mean_field",
              "statistics of the model from a minimum of the Plefka expansion of ln Z, order 1 to 3",
              "Gabrié, Tramel & Krzakala, NeurIPS 2015, 640", "order=2", options, sizeof(mean_field)},
    .suits = suits,
    .needs = needs,
    .step = step,
    .fills = true,
};
