/* Learning with parallel tempering (Desjardins, Courville, Bengio, Vincent and Delalleau 2010; Cho, Raiko and Ilin 2010). Rung r samples
 *
 *     p_r(x) ∝ exp(−(1 − β_r) E_base(x) − β_r E(x)),   β_r = 1 − r/(R − 1),
 *
 * from the machine itself (r = 0) down to independent units with the means of the data (r = R − 1), where chains are drawn afresh in every
 * sweep. After each sweep neighbours swap, the pairs (0,1), (2,3) … and (1,2), (3,4) … by turns; only rung 0 teaches. */
#include "core/base_fields.h"
#include "core/lesson_chains.h"

typedef struct {
    int64_t rungs, k, settle;
} pt;

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    temper_status bad = temper_suits_chains("pt", machine);
    if (!bad && (!machine->type->log_weight || !machine->type->swap))
        bad = temper_fail(TEMPER_CANNOT, "pt: chains of %s cannot swap; use pcd", machine->type->about.name);
    return bad;
}

static void needs(const void *self, const temper_lesson *lesson, int *models, int *aides, size_t *memory,
                  bool *data) {
    const temper_machine *machine = lesson->machine;
    *models = (int)((const pt *)self)->rungs;
    *aides = 0;
    *memory = (size_t)machine->type->components(machine->self) * sizeof(float); /* the base */
    *data = true;
}

static temper_status begin(const void *self, temper_lesson *lesson) {
    (void)self;
    temper_base_fields(lesson->machine, &lesson->rows, lesson->memory);
    for (int r = 0; r < lesson->models; r++) {
        lesson->model[r]->place =
            (temper_place){1 - (double)r / (double)(lesson->models - 1), lesson->memory};
        temper_flock_scatter(lesson->model[r]);
    }
    return TEMPER_OK;
}

static temper_ladder_rung rung(const temper_lesson *lesson, int r) {
    return (temper_ladder_rung){lesson->model[r], lesson->machine, lesson->model[r]->place};
}

static temper_status step(const void *self, temper_lesson *lesson) {
    const pt *m = self;
    temper_lesson_settle(lesson, m->settle);
    for (int64_t k = 0; k < m->k; k++) {
        const int64_t round = lesson->clock * m->k + k;
        for (int r = 0; r < lesson->models; r++) temper_lesson_sweep(lesson->model[r], 1);
        for (int r = (int)(round & 1); r + 1 < lesson->models; r += 2) {
            const temper_ladder_rung cold = rung(lesson, r), hot = rung(lesson, r + 1);
            (void)temper_lesson_swap(lesson, &cold, &hot, round, r);
        }
    }
    return TEMPER_OK;
}

static const temper_option options[] = {
    {"rungs", TEMPER_INT, offsetof(pt, rungs), "10", 2, TEMPER_FLOCKS_MAX, NULL, "",
     "places between the machine and independent units, β in equal steps"},
    {"k", TEMPER_INT, offsetof(pt, k), "1", 1, 1e9, NULL, "",
     "rounds of an update: a sweep of all rungs, then swaps"},
    {"settle", TEMPER_INT, offsetof(pt, settle), "-1", -1, 1e9, NULL, "sweeps",
     "of hidden units before the statistics of the data; -1: 0 where they are summed out, else 10"},
    {0}};

const temper_method_type temper_method_pt = {
    .about = {"pt", "persistent chains on a ladder of β from the machine to independent units, which swap",
              "Desjardins, Courville, Bengio, Vincent & Delalleau, AISTATS 2010, 145; Cho, Raiko & Ilin, "
              "IJCNN 2010",
              "rungs=4", options, sizeof(pt)},
    .suits = suits,
    .needs = needs,
    .begin = begin,
    .step = step,
};
