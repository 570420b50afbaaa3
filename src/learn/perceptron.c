/* The perceptron rule (Rosenblatt 1958): learn only from mistakes.
 *
 * For a machine perceptron: on a row that is not on its side of the threshold by more than κ, w += η y x, b += η y. On separable rows it ends after
 * at most (R/γ)² mistakes (Novikoff 1962; temper_perceptron_margin). For a hopfield: every unit is a perceptron that predicts its own value from
 * the others; the rule ends when all rows are fixed points of stability above κ, which exists for random rows up to P = 2N at κ = 0, and up to
 * α(κ) = 1/∫_{−κ}^∞ Dt (t + κ)² (Gardner 1988). symmetric=yes keeps J symmetric and so an energy.
 *
 * One update of the lesson is an epoch, the rows in their order; lesson->mistakes counts them all, and the lesson is done after an epoch
 * without one. Rows that cannot be learned never end: the caller's number of epochs does. */
#include "core/perceptron.h"
#include <string.h>
#include "base/memory.h"

typedef struct {
    double kappa, eta;
    bool symmetric;
} perceptron;

static temper_status suits(const void *self, const temper_machine *machine) {
    const perceptron *p = self;
    if (!strcmp(machine->type->about.name, "perceptron")) return TEMPER_OK;
    if (strcmp(machine->type->about.name, "hopfield"))
        return temper_fail(TEMPER_CANNOT, "perceptron: teaches a perceptron or a hopfield; %s is neither",
                           machine->type->about.name);
    if (!p->symmetric && !strstr(machine->text, "asymmetric=yes"))
        return temper_fail(TEMPER_BAD_OPTION,
                           "perceptron: symmetric=no makes couplings that differ in their two directions; "
                           "legal: for hopfield:asymmetric=yes");
    return TEMPER_OK;
}

/* Between epochs a hopfield keeps its patterns in the lesson's memory: none; they are read from the rows anew. */
static temper_status teach_hopfield(const perceptron *p, temper_lesson *lesson, int64_t *mistakes) {
    temper_memories m = {0};
    temper_status bad = temper_memories_take(&m, &lesson->rows, "perceptron");
    double *work = bad ? NULL : temper_alloc((size_t)m.n, 2 * sizeof *work);
    if (!bad && !work) bad = TEMPER_NO_MEMORY;
    if (!bad)
        *mistakes = temper_perceptron_patterns(&m, p->kappa, p->symmetric, lesson->machine->theta, work);
    temper_release(work);
    temper_memories_clear(&m);
    return bad;
}

static temper_status teach_unit(const perceptron *p, temper_lesson *lesson, int64_t *mistakes) {
    const temper_rows_view *rows = &lesson->rows;
    int64_t n = rows->columns - 1;
    for (int64_t r = 0; r < rows->n; r++) {
        if (rows->weight && rows->weight[r] != rows->weight[0])
            return temper_fail(TEMPER_CANNOT, "perceptron: the rule sees every row once an epoch; weights "
                                              "must be equal");
    }
    float *w = lesson->machine->theta;
    *mistakes = temper_perceptron_epoch(rows, p->kappa, p->eta, w, w + n);
    return TEMPER_OK;
}

static temper_status solve(const void *self, temper_lesson *lesson) {
    const perceptron *p = self;
    int64_t mistakes = 0;
    temper_status bad = lesson->machine->type->labelled ? teach_unit(p, lesson, &mistakes)
                                                        : teach_hopfield(p, lesson, &mistakes);
    if (bad) return bad;
    lesson->mistakes += mistakes;
    lesson->done = mistakes == 0;
    return temper_machine_refresh(lesson->machine);
}

static const temper_option options[] = {
    {"kappa", TEMPER_REAL, offsetof(perceptron, kappa), "0", 0, 1e6, NULL, "",
     "stability to be exceeded, in units of the norm of the weights"},
    {"eta", TEMPER_REAL, offsetof(perceptron, eta), "1", 1e-6, 1e6, NULL, "",
     "step of a perceptron; from zero weights and without kappa it only sets their scale"},
    {"symmetric", TEMPER_FLAG, offsetof(perceptron, symmetric), "yes", 0, 0, NULL, "",
     "couplings of a hopfield stay symmetric"},
    {0}};

const temper_method_type temper_method_perceptron = {
    .about = {"perceptron", "on a mistake w += η y x; an epoch at a time until there is none",
              "F. Rosenblatt, Psychol. Rev. 65, 386 (1958); E. Gardner, J. Phys. A 21, 257 (1988)", "",
              options, sizeof(perceptron)},
    .suits = suits,
    .needs = temper_memories_needs,
    .solve = solve};
