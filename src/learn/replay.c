/* Persistent chains out of a large buffer (Du and Mordatch 2019): every update takes some chains out of it, at random, moves them k sweeps and
 * puts them back. A share of them begins anew from noise, so that new valleys are found and old chains die out.
 *
 * memory: rows[buffer][V] floats. Chain c of update t is slot (word of SITES at (t, 2c)) mod buffer, and begins anew where the uniform draw of
 * word 2c + 1 is below `restart`. Two chains in one slot: the later one stays. */
#include <math.h>
#include <stddef.h>
#include "core/lesson_chains.h"

typedef struct {
    int64_t k, buffer;
    double restart, limit;
} replay;

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    return temper_suits_chains("replay", machine);
}

static void needs(const void *self, const temper_lesson *lesson, int *models, int *aides, size_t *memory,
                  bool *data) {
    const replay *m = self;
    *models = 1, *aides = 0, *data = true;
    *memory = (size_t)(m->buffer * lesson->machine->io.columns) * sizeof(float);
}

static const int64_t NEVER = INT64_C(1) << 46; /* no clock of a flock goes so far */

/* The buffer begins as noise: the flock is scattered again and again. */
static temper_status begin(const void *self, temper_lesson *lesson) {
    const replay *m = self;
    temper_flock *flock = lesson->model[0];
    float *rows = lesson->memory;
    const int64_t V = lesson->machine->io.columns;
    for (int64_t b = 0; b < m->buffer; b++) {
        int64_t c = b % flock->chains;
        if (c == 0) {
            flock->clock = NEVER + b / flock->chains; /* noise that no chain will begin anew from */
            temper_flock_scatter(flock);
        }
        temper_flock_read(flock, c, rows + b * V);
    }
    flock->clock = 0;
    return TEMPER_OK;
}

static int64_t slot(const replay *m, const temper_lesson *lesson, int64_t c) {
    return temper_below(temper_word(lesson->stream, TEMPER_FOR_SITES, lesson->clock, 2 * c),
                        (uint32_t)m->buffer);
}

static bool anew(const replay *m, const temper_lesson *lesson, int64_t c) {
    return temper_word(lesson->stream, TEMPER_FOR_SITES, lesson->clock, 2 * c + 1) * 0x1p-32 < m->restart;
}

/* What the flock holds after a scatter stays for those that begin anew; the others take their rows. */
static void take_out(const replay *m, temper_lesson *lesson) {
    temper_flock *flock = lesson->model[0];
    float *rows = lesson->memory;
    const int64_t V = lesson->machine->io.columns;
    temper_flock_scatter(flock);
    for (int64_t c = 0; c < flock->chains; c++)
        if (anew(m, lesson, c)) temper_flock_read(flock, c, rows + slot(m, lesson, c) * V);
    for (int64_t c = 0; c < flock->chains; c++) lesson->seat[c] = rows + slot(m, lesson, c) * V;
    temper_flock_clamp(flock, lesson->seat, flock->chains);
}

/* Samples whose energy has run away from that of the data are no samples any more. */
static temper_status compare(const replay *m, const temper_lesson *lesson) {
    const temper_place here = {1, NULL};
    double mean[2] = {0, 0};
    const temper_flock *flocks[2] = {lesson->data, lesson->model[0]};
    for (int f = 0; f < 2; f++) {
        temper_flock_log_weight(flocks[f], &here, flocks[f]->room);
        for (int64_t c = 0; c < flocks[f]->chains; c++)
            mean[f] += flocks[f]->room[c] / (double)flocks[f]->chains;
    }
    if (fabs(mean[0] - mean[1]) < m->limit) return TEMPER_OK;
    return temper_fail(TEMPER_DIVERGED,
                       "replay: update %lld: samples have ln p* = %.4g, data %.4g: learning diverged",
                       (long long)lesson->clock, mean[1], mean[0]);
}

static temper_status step(const void *self, temper_lesson *lesson) {
    const replay *m = self;
    temper_flock *flock = lesson->model[0];
    float *rows = lesson->memory;
    const int64_t V = lesson->machine->io.columns;
    take_out(m, lesson);
    temper_flock_sweep(flock, m->k);
    for (int64_t c = 0; c < flock->chains; c++) temper_flock_read(flock, c, rows + slot(m, lesson, c) * V);
    temper_lesson_settle(lesson, -1);
    return lesson->machine->type->marginal ? compare(m, lesson) : TEMPER_OK;
}

static double rate(const void *self) { return (void)self, 1e-3; }

static const temper_option options[] = {
    {"k", TEMPER_INT, offsetof(replay, k), "2", 1, 1e9, NULL, "sweeps", "of the chains before each update"},
    {"buffer", TEMPER_INT, offsetof(replay, buffer), "10000", 1, 1e7, NULL, "rows", "chains that wait"},
    {"restart", TEMPER_REAL, offsetof(replay, restart), "0.05", 0, 1, NULL, "share",
     "of the chains that begin anew"},
    {"limit", TEMPER_REAL, offsetof(replay, limit), "1000", 1e-6, 1e300, NULL, "nats",
     "between the mean ln p* of samples and data: beyond it learning has diverged"},
    {0}};

const temper_method_type temper_method_replay = {
    .about = {"replay", "persistent chains out of a large buffer, a share of them begins anew from noise",
              "Du and Mordatch, NeurIPS 2019; Nijkamp, Hill, Han, Zhu and Wu, AAAI 34, 5272 (2020)",
              "buffer=50,k=1", options, sizeof(replay)},
    .suits = suits,
    .needs = needs,
    .begin = begin,
    .step = step,
    .rate = rate};
