/* Classical Boltzmann learning (D. H. Ackley, G. E. Hinton and T. J. Sejnowski, Cognitive Science 9, 147 (1985)). One cycle is two phases of
 * annealing from random units, both followed by the collection of co-occurrences p_ij = ⟨s_i s_j⟩:
 *
 *     clamped   the visible units are rows of the data, hidden units move      p⁺
 *     free      all units move                                                 p⁻
 *     then      Δw_ij = ε (p⁺_ij − p⁻_ij),
 *
 * the slope of the likelihood where both phases reach equilibrium. The schedule is sweeps@temperature; its last temperature is that of the
 * machine, so only ratios matter, and theirs (T = 10 in the end) is a machine of weights ten times as large.
 *
 * A pattern that never occurs asks for infinite weights. They stopped them by noisy clamping: bits that are on are clamped off with a small
 * probability, and bits that are off on. */
#include <string.h>
#include "base/text.h"
#include "core/lesson_chains.h"
#include "kernel/kernel.h"

enum { STAGES = 32 };
enum { PROPORTIONAL, FIXED };

typedef struct {
    char *anneal;
    int64_t collect;
    double drop, rise;
    int step; /* PROPORTIONAL, FIXED */
    int stages;
    int64_t sweeps[STAGES];
    double beta[STAGES]; /* last temperature over this one */
} annealed;

static temper_status bad_schedule(const char *text) {
    return temper_fail(
        TEMPER_BAD_OPTION,
        "annealed: anneal=%s; legal: 1 to %d stages of sweeps@temperature, both above 0, as in "
        "2@20;2@15;2@12;4@10",
        text, STAGES);
}

static temper_status build(void *self) {
    annealed *a = self;
    double T[STAGES];
    const char *at = a->anneal ? a->anneal : "";
    for (a->stages = 0; *at; a->stages++) {
        size_t length = strcspn(at, ";"), left = strcspn(at, "@");
        int64_t sweeps;
        double temperature;
        if (a->stages == STAGES || left >= length || !temper_read_int(at, left, &sweeps) ||
            !temper_read_real(at + left + 1, length - left - 1, &temperature) || sweeps < 1 ||
            sweeps > 1000000000 || !(temperature > 0 && temperature < 1e300))
            return bad_schedule(a->anneal);
        a->sweeps[a->stages] = sweeps, T[a->stages] = temperature;
        at += length + (at[length] == ';');
    }
    if (a->stages == 0) return bad_schedule("");
    for (int k = 0; k < a->stages; k++) a->beta[k] = T[a->stages - 1] / T[k];
    return TEMPER_OK;
}

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    temper_unit unit = machine->type->visible(machine->self);
    if (unit != TEMPER_BINARY && unit != TEMPER_SPIN)
        return temper_fail(TEMPER_CANNOT,
                           "annealed: needs visible units that are binary or spin; %s has %s ones",
                           machine->type->about.name, temper_unit_name(unit));
    return temper_suits_chains("annealed", machine);
}

static void needs(const void *self, const temper_lesson *lesson, int *models, int *aides, size_t *memory,
                  bool *data) {
    const annealed *a = self;
    *models = 1, *aides = 0, *data = true;
    const size_t row = sizeof(int64_t) + (size_t)lesson->rows.columns * sizeof(float);
    *memory = a->drop > 0 || a->rise > 0 ? (size_t)lesson->batch * row : 0;
}

static bool happens(double p, uint32_t word) { return (double)word < p * 4294967296.0; }

/* Draw: word c·columns + i of (stream, TEMPER_FOR_NOISE, clock) is bit i of chain c. The memory holds where each row of the minibatch lies
 * in the data, then [batch][columns] as clamped. */
static void clamp(const annealed *a, temper_lesson *l) {
    const int64_t columns = l->rows.columns;
    const float low = l->machine->type->visible(l->machine->self) == TEMPER_SPIN ? -1 : 0;
    int64_t *lies = l->memory;
    float *noisy = (float *)(lies + l->batch);
    for (int64_t c = 0; l->memory_bytes && c < l->batch; c++) {
        for (int64_t i = 0; i < columns; i++) {
            uint32_t word = temper_word(l->stream, TEMPER_FOR_NOISE, l->clock, c * columns + i);
            bool on = l->row[c][i] > 0, turned = happens(on ? a->drop : a->rise, word);
            noisy[c * columns + i] = on != turned ? 1 : low;
        }
        lies[c] = l->row[c] - l->rows.X;
        l->row[c] = noisy + c * columns;
    }
    temper_flock_clamp(l->data, l->row, l->batch);
    if (l->memory_bytes) l->data_known = false; /* other noise, other statistics */
    for (int64_t c = 0; l->memory_bytes && c < l->batch; c++) l->row[c] = l->rows.X + lies[c];
}

static void anneal(const annealed *a, temper_flock *flock) {
    const temper_place place = flock->place;
    for (int k = 0; k < a->stages; k++) {
        flock->place.beta = place.beta * a->beta[k];
        temper_flock_sweep(flock, a->sweeps[k]);
    }
    flock->place = place;
}

/* The step of 1985: ε whatever the size of p⁺ − p⁻. Near a solution its sign is a coin, and the weights wander off what is only a local one. */
static void keep_signs(int64_t n, float *grad) {
    for (int64_t k = 0; k < n; k++) grad[k] = grad[k] > 0 ? 1 : grad[k] < 0 ? -1 : 0;
}

/* Random units, annealed, then `collect` times: a sweep, and its share of ⟨s_i s_j⟩ to the gradient. */
static void phase(const annealed *a, temper_flock *flock, const double *weight, double scale, float *grad) {
    const temper_machine_type *type = flock->machine->type;
    anneal(a, flock);
    for (int64_t k = 0; k < a->collect; k++) {
        temper_flock_sweep(flock, 1);
        type->statistics(flock, flock->chains, weight, scale / (double)a->collect, grad);
    }
}

static temper_status step(const void *self, temper_lesson *l) {
    const annealed *a = self;
    const double *weight = l->rows.weight ? l->batch_weight : NULL;
    double sum = 0;
    for (int64_t i = 0; i < l->batch; i++) sum += weight ? weight[i] : 1;
    memset(l->grad, 0, (size_t)l->machine->parameters * sizeof *l->grad);
    temper_flock_wake(l->data), temper_flock_wake(l->model[0]);
    temper_flock_scatter(l->data), temper_flock_scatter(l->model[0]);
    clamp(a, l);
    phase(a, l->data, weight, 1 / sum, l->grad);
    phase(a, l->model[0], NULL, -1 / (double)l->model[0]->chains, l->grad);
    if (a->step == FIXED) keep_signs(l->machine->parameters, l->grad);
    return TEMPER_OK;
}

static double rate(const void *self) { return ((const annealed *)self)->step == FIXED ? 0.05 : 0.5; }

static const temper_option options[] = {
    {"anneal", TEMPER_STRING, offsetof(annealed, anneal), "2@20;2@15;2@12;4@10", 0, 0, NULL, "",
     "sweeps@temperature of each stage; the last temperature is that of the machine"},
    {"collect", TEMPER_INT, offsetof(annealed, collect), "10", 1, 1e9, NULL, "sweeps",
     "after each annealing, over which co-occurrences are averaged"},
    {"step", TEMPER_CHOICE, offsetof(annealed, step), "proportional", 0, 0, "proportional|fixed", "",
     "Δw is ε (p⁺ − p⁻), or ε with its sign as in 1985: 0.2 at T = 1 was theirs"},
    {"drop", TEMPER_REAL, offsetof(annealed, drop), "0", 0, 0.5, NULL, "",
     "noisy clamping: probability that a bit that is on is clamped off (1985: 0.15)"},
    {"rise", TEMPER_REAL, offsetof(annealed, rise), "0", 0, 0.5, NULL, "",
     "noisy clamping: probability that a bit that is off is clamped on (1985: 0.05)"},
    {0}};

const temper_method_type temper_method_annealed = {
    .about = {"annealed",
              "classical Boltzmann learning: clamped and free phases, each annealed from random units",
              "Ackley, Hinton & Sejnowski, Cognitive Science 9, 147 (1985)", "", options, sizeof(annealed)},
    .build = build,
    .suits = suits,
    .needs = needs,
    .step = step,
    .fills = true,
    .rate = rate,
};
