/* One call stores, one call retrieves: rows into a machine by a rule, a cue into the row that it reminds the machine of. */
#include "temper/memories.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "temper/learn.h"

enum { EPOCHS = 10000, SWEEPS = 100 };

typedef struct {
    const char *rule, *machine, *method; /* method NULL: the rule's own text */
} recipe;

static const recipe recipes[] = {
    {"hebb", "hopfield", NULL},        {"storkey", "hopfield", NULL},
    {"perceptron", "hopfield", NULL},  {"pseudo_inverse", "hopfield", "pseudo_inverse"},
    {"polynomial", "memory", "store"}, {"exponential", "memory", "store"},
    {"continuous", "memory", "store"}};

/* "continuous:sharpness=8" and 20 rows: machine "memory:energy=continuous,patterns=20,sharpness=8", method "store". Options belong to the method
 * where that is the rule's own text, else to the machine. */
static temper_status translate(const char *rule, int64_t n, temper_text *machine, temper_text *method) {
    size_t length = strcspn(rule, ":");
    const char *options = rule[length] ? rule + length + 1 : "";
    for (size_t k = 0; k < sizeof recipes / sizeof *recipes; k++) {
        const recipe *r = &recipes[k];
        if (strlen(r->rule) != length || strncmp(r->rule, rule, length)) continue;
        temper_text_add(method, "%s", r->method ? r->method : rule);
        temper_text_add(machine, "%s", r->machine);
        if (!strcmp(r->machine, "memory"))
            temper_text_add(machine, ":energy=%s,patterns=%lld%s%s", r->rule, (long long)n,
                            *options ? "," : "", options);
        else if (r->method && *options)
            temper_text_add(machine, ":%s", options);
        return machine->failed || method->failed ? TEMPER_NO_MEMORY : TEMPER_OK;
    }
    return temper_fail(TEMPER_BAD_OPTION,
                       "memory: rule=%.80s is not known; legal: hebb, pseudo_inverse, storkey, perceptron, "
                       "polynomial, exponential, continuous",
                       rule);
}

static temper_status teach(temper_machine *machine, const temper_rows_view *rows, const char *text) {
    temper_method *method = NULL;
    temper_lesson *lesson = NULL;
    temper_lesson_plan plan = {.rows = *rows};
    temper_status bad = temper_method_create(&method, text);
    if (!bad) bad = temper_lesson_create(&lesson, machine, method, &plan);
    if (!bad) bad = temper_lesson_learn(lesson, EPOCHS);
    if (!bad && !lesson->done)
        bad = temper_fail(TEMPER_DIAGNOSTIC,
                          "%s: %lld rows of %lld units are not all learned after %d epochs; fewer rows or a "
                          "smaller kappa are needed",
                          text, (long long)rows->n, (long long)rows->columns, EPOCHS);
    temper_lesson_free(lesson);
    temper_method_free(method);
    return bad;
}

temper_status temper_memory_store(temper_memory **out, const temper_rows_view *rows, const char *rule) {
    temper_text machine = {0}, method = {0};
    *out = NULL;
    if (rows->n < 1 || rows->columns < 2)
        return temper_fail(TEMPER_BAD_DATA, "memory: %lld rows of %lld columns; legal: ≥ 1 of ≥ 2",
                           (long long)rows->n, (long long)rows->columns);
    temper_memory *memory = temper_alloc(1, sizeof *memory);
    temper_machine_io io = {.columns = rows->columns};
    if (!memory) return TEMPER_NO_MEMORY;
    memory->n = rows->n, memory->columns = rows->columns;
    memory->rows = temper_alloc((size_t)(rows->n * rows->columns), sizeof *memory->rows);
    temper_status bad = memory->rows ? translate(rule, rows->n, &machine, &method) : TEMPER_NO_MEMORY;
    if (!bad) bad = temper_machine_create(&memory->machine, machine.data, &io);
    if (!bad) bad = teach(memory->machine, rows, method.data);
    if (!bad) memcpy(memory->rows, rows->X, (size_t)(rows->n * rows->columns) * sizeof *memory->rows);
    temper_text_clear(&machine);
    temper_text_clear(&method);
    if (bad)
        temper_memory_free(memory);
    else
        *out = memory;
    return bad;
}

void temper_memory_free(temper_memory *memory) {
    if (!memory) return;
    temper_machine_free(memory->machine);
    temper_release(memory->rows);
    temper_release(memory);
}

/* ---- retrieval ---- */

static double overlap(const float *x, const float *xi, int64_t n) {
    double both = 0, xx = 0, kk = 0;
    for (int64_t i = 0; i < n; i++) {
        both += (double)x[i] * (double)xi[i];
        xx += (double)x[i] * (double)x[i];
        kk += (double)xi[i] * (double)xi[i];
    }
    return xx > 0 && kk > 0 ? both / sqrt(xx * kk) : 0;
}

/* Real numbers come back to within a hundredth of the row's range. */
static bool same(const float *x, const float *xi, int64_t n) {
    float low = xi[0], high = xi[0], most = 0;
    for (int64_t i = 0; i < n; i++) {
        low = xi[i] < low ? xi[i] : low;
        high = xi[i] > high ? xi[i] : high;
        most = fabsf(x[i] - xi[i]) > most ? fabsf(x[i] - xi[i]) : most;
    }
    return most <= 0.01f * (high - low);
}

static void judge(const temper_memory *memory, const float *x, temper_recall *recall) {
    recall->overlap = -INFINITY;
    for (int64_t k = 0; k < memory->n; k++) {
        double m = overlap(x, memory->rows + k * memory->columns, memory->columns);
        if (m > recall->overlap) recall->overlap = m, recall->nearest = k;
    }
    recall->exact = same(x, memory->rows + recall->nearest * memory->columns, memory->columns);
}

/* Spins have settled when a sweep changes none, real units when none moves by more than 1e-6. */
static bool settled(const float *before, const float *after, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (fabsf(before[i] - after[i]) > 1e-6f) return false;
    return true;
}

temper_status temper_memory_retrieve(const temper_memory *memory, const float *cue,
                                     const temper_retrieval *how, float *out, temper_recall *recall) {
    temper_flock *flock;
    int64_t n = memory->columns, most = how && how->sweeps > 0 ? how->sweeps : SWEEPS;
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(cue[i]))
            return temper_fail(TEMPER_BAD_DATA, "memory: number %lld of the cue is not finite", (long long)i);
    float *before = temper_alloc((size_t)n, sizeof *before);
    if (!before) return TEMPER_NO_MEMORY;
    temper_status bad =
        temper_flock_create(&flock, memory->machine, 1, how ? how->stream : (temper_stream){0, 0});
    if (!bad) {
        flock->place.beta = how && how->beta > 0 ? how->beta : INFINITY;
        temper_flock_clamp(flock, &cue, 1);
        temper_flock_read(flock, 0, out);
        if (how && how->trail) memcpy(how->trail, out, (size_t)n * sizeof *out);
        *recall = (temper_recall){0};
        while (recall->sweeps < most && !recall->settled) {
            memcpy(before, out, (size_t)n * sizeof *before);
            temper_flock_sweep(flock, 1);
            temper_flock_read(flock, 0, out);
            recall->sweeps++;
            if (how && how->trail) memcpy(how->trail + recall->sweeps * n, out, (size_t)n * sizeof *out);
            recall->settled = isinf(flock->place.beta) && settled(before, out, n);
        }
        judge(memory, out, recall);
        temper_flock_free(flock);
    }
    temper_release(before);
    return bad;
}

/* Selection sampling: place i is taken with probability (still to be taken)/(places left). */
void temper_memory_corrupt(const float *row, int64_t n, double share, temper_stream stream, int64_t k,
                           float *out) {
    int64_t wanted = (int64_t)floor(share * (double)n + 0.5);
    float low = row[0], high = row[0];
    for (int64_t i = 0; i < n; i++) {
        low = row[i] < low ? row[i] : low;
        high = row[i] > high ? row[i] : high;
    }
    bool spins = low >= -1 && high <= 1;
    for (int64_t i = 0; i < n && spins; i++) spins = fabsf(row[i]) == 1;
    for (int64_t i = 0; i < n; i++) {
        double u = temper_uniform(stream, TEMPER_FOR_NOISE, k, i);
        bool taken = u * (double)(n - i) < (double)wanted;
        wanted -= taken;
        out[i] = !taken ? row[i] : spins ? -row[i] : low + high - row[i];
    }
}
