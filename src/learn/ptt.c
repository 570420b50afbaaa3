/* Parallel trajectory tempering (Béreux, Decelle, Furtlehner, Rosset and Seoane 2025): the rungs of the ladder are not temperatures but
 * earlier selves of the machine. Where cooling a learned machine crosses first-order transitions, its own history crosses continuous
 * ones, so few rungs carry chains from the first, almost independent machine to the last.
 *
 * Selves s (older) and t (newer) swap configurations x of t and y of s with min(1, p_t(y) p_s(x) / (p_t(x) p_s(y))). A new self is stored
 * whenever the newest stored one swaps with the machine too seldom. When all are used up, the rate of swaps falls, and is seen to fall. */
#include <string.h>
#include "core/lesson_chains.h"

typedef struct {
    int64_t selves, k, settle;
    double target;
} ptt;

typedef struct {    /* the method's memory */
    int64_t stored; /* selves aide[0] (oldest) … aide[stored − 1] */
    double rate;    /* at which the machine swaps with the newest of them: a running mean */
} memory;

static const double KEPT = 0.8; /* of the running mean, per try */

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    temper_status bad = temper_suits_chains("ptt", machine);
    if (!bad && (!machine->type->log_weight || !machine->type->swap))
        bad = temper_fail(TEMPER_CANNOT, "ptt: chains of %s cannot swap; use pcd", machine->type->about.name);
    return bad;
}

static void needs(const void *self, const temper_lesson *lesson, int *models, int *aides, size_t *bytes,
                  bool *data) {
    (void)lesson;
    *aides = (int)((const ptt *)self)->selves;
    *models = *aides + 1;
    *bytes = sizeof(memory);
    *data = true;
}

/* Flock 1 + s samples self s, always. The machine as it is now is the first self. */
static temper_status begin(const void *self, temper_lesson *lesson) {
    (void)self;
    *(memory *)lesson->memory = (memory){1, 1};
    for (int s = 0; s < lesson->aides; s++) lesson->model[1 + s]->machine = lesson->aide[s];
    return TEMPER_OK;
}

/* Its chains begin where those of the machine are. */
static temper_status store(temper_lesson *lesson, memory *mem) {
    const temper_machine *now = lesson->machine;
    temper_machine *self = lesson->aide[mem->stored];
    temper_flock *chains = lesson->model[1 + mem->stored];
    memcpy(self->theta, now->theta, (size_t)now->parameters * sizeof *now->theta);
    temper_status bad = temper_machine_refresh(self);
    if (bad) return bad;
    memcpy(chains->state, lesson->model[0]->state, chains->bytes);
    *mem = (memory){mem->stored + 1, 1};
    return TEMPER_OK;
}

/* Place 0 is the machine, place 1 the newest self, place `stored` the oldest. */
static temper_ladder_rung rung(const temper_lesson *lesson, const memory *mem, int64_t place) {
    temper_flock *flock = lesson->model[place == 0 ? 0 : 1 + mem->stored - place];
    return (temper_ladder_rung){flock, flock->machine, {1, NULL}};
}

static temper_status step(const void *self, temper_lesson *lesson) {
    const ptt *m = self;
    memory *mem = lesson->memory;
    if (mem->stored < 1 || mem->stored > lesson->aides) /* from a damaged checkpoint */
        return temper_fail(TEMPER_BAD_DATA, "ptt: %lld stored selves; legal: 1 … %d", (long long)mem->stored,
                           lesson->aides);
    temper_lesson_settle(lesson, m->settle);
    if (mem->rate < m->target && mem->stored < lesson->aides) {
        temper_status bad = store(lesson, mem);
        if (bad) return bad;
    }
    for (int64_t k = 0; k < m->k; k++) {
        const int64_t round = lesson->clock * m->k + k;
        for (int64_t r = 0; r <= mem->stored; r++) temper_lesson_sweep(lesson->model[r], 1);
        for (int64_t r = round & 1; r < mem->stored; r += 2) {
            const temper_ladder_rung newer = rung(lesson, mem, r), older = rung(lesson, mem, r + 1);
            double rate = temper_lesson_swap(lesson, &newer, &older, round, r);
            if (r == 0) mem->rate = KEPT * mem->rate + (1 - KEPT) * rate;
        }
    }
    return TEMPER_OK;
}

static const temper_option options[] = {
    {"selves", TEMPER_INT, offsetof(ptt, selves), "31", 1, TEMPER_FLOCKS_MAX - 1, NULL, "",
     "most earlier selves that are kept"},
    {"target", TEMPER_REAL, offsetof(ptt, target), "0.25", 0, 1, NULL, NULL,
     "rate of swaps with the newest self below which the machine is stored as the next one"},
    {"k", TEMPER_INT, offsetof(ptt, k), "1", 1, 1e9, NULL, "",
     "rounds of an update: a sweep of all rungs, then swaps"},
    {"settle", TEMPER_INT, offsetof(ptt, settle), "-1", -1, 1e9, NULL, "sweeps",
     "of hidden units before the statistics of the data; -1: 0 where they are summed out, else 10"},
    {0}};

const temper_method_type temper_method_ptt = {
    .about = {"ptt", "parallel trajectory tempering: chains swap with earlier selves of the machine",
              "Béreux, Decelle, Furtlehner, Rosset & Seoane, ICLR 2025, arXiv:2405.15376", "selves=3",
              options, sizeof(ptt)},
    .suits = suits,
    .needs = needs,
    .begin = begin,
    .step = step,
};
