#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/learn_page.h"

static const double SPOILT = 0.3;
enum { MEMORY_SWEEPS = 20, WARM_SWEEPS = 10 };

static bool has_chains(const temper_teaching *t) {
    return t->machine->type->sweep && !t->machine->type->labelled;
}

/* A memory is asked at T = 0, anything else at the temperature that it was taught at. */
static bool is_memory(const temper_teaching *t) {
    const char *name = t->machine->type->about.name;
    return t->method->type->solve && (!strcmp(name, "hopfield") || !strcmp(name, "memory"));
}

static temper_status room(temper_gallery *g, const temper_teaching *t) {
    const temper_table_rows *rows = &t->data.part[t->data.part[TEMPER_TEST].n ? TEMPER_TEST : TEMPER_TRAIN];
    const temper_machine_io *io = &t->machine->io;
    const size_t V = (size_t)io->columns;
    g->V = io->columns;
    g->image = io->height > 1 && io->width > 1 && io->height <= 96 && io->width <= 96 && io->channels == 1;
    g->samples = TEMPER_GALLERY_SAMPLES;
    g->rows = rows->n < g->samples ? rows->n : g->samples;
    g->spoilt = SPOILT;
    g->cold = is_memory(t);
    g->data = temper_alloc((size_t)g->rows, sizeof *g->data);
    g->sample = temper_alloc((size_t)g->samples, V * sizeof *g->sample);
    g->trail = temper_alloc(TEMPER_GALLERY_STEPS * TEMPER_GALLERY_SHOWN, V * sizeof *g->trail);
    g->cue = temper_alloc(TEMPER_GALLERY_SHOWN, V * sizeof *g->cue);
    g->recalled = temper_alloc(TEMPER_GALLERY_SHOWN, V * sizeof *g->recalled);
    for (int k = 0; k < 2; k++) g->weight[k] = temper_alloc((size_t)g->samples, sizeof *g->weight[k]);
    if (!g->data || !g->sample || !g->trail || !g->cue || !g->recalled || !g->weight[0] || !g->weight[1])
        return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < g->rows; k++) g->data[k] = rows->X + k * rows->n / g->rows * rows->columns;
    return TEMPER_OK;
}

/* Chains from noise, looked at after 0, 1, 10, 100, … sweeps; a memory falls to rest much sooner. */
static void run_chains(temper_gallery *g, temper_flock *flock) {
    static const int64_t steps[2][TEMPER_GALLERY_STEPS] = {{0, 1, 10, 100, 500, 2000},
                                                           {0, 1, 2, 5, 10, MEMORY_SWEEPS}};
    const int64_t *step = steps[g->cold];
    int64_t done = 0;
    if (g->cold) flock->place.beta = INFINITY;
    for (int k = 0; k < TEMPER_GALLERY_STEPS; k++) {
        temper_flock_sweep(flock, step[k] - done);
        done = g->step[k] = step[k];
        for (int64_t c = 0; c < TEMPER_GALLERY_SHOWN; c++)
            temper_flock_read(flock, c, g->trail + (k * TEMPER_GALLERY_SHOWN + c) * g->V);
    }
    g->sweeps = done;
    for (int64_t c = 0; c < g->samples; c++) temper_flock_read(flock, c, g->sample + c * g->V);
}

static void spoil(const temper_gallery *g, const temper_teaching *t, int64_t k, float *cue) {
    const temper_unit unit = t->machine->type->visible(t->machine->self);
    const temper_stream stream = {(uint64_t)t->settings->seed, 123};
    memcpy(cue, g->data[k % g->rows], (size_t)g->V * sizeof *cue);
    for (int64_t j = 0; j < g->V; j++) {
        if (temper_uniform(stream, TEMPER_FOR_NOISE, k, j) >= g->spoilt) continue;
        if (unit == TEMPER_BINARY) cue[j] = 1 - cue[j];
        if (unit == TEMPER_SPIN) cue[j] = -cue[j];
        if (unit == TEMPER_POTTS)
            cue[j] = (float)temper_below(temper_word(stream, TEMPER_FOR_NOISE, k, 4 * (g->V + j)),
                                         (uint32_t)t->machine->io.states);
        if (unit >= TEMPER_GAUSSIAN) cue[j] = (float)temper_normal(stream, TEMPER_FOR_NOISE, k, g->V + j);
    }
}

/* What the machine makes of spoilt rows in a few sweeps. */
static void recall(temper_gallery *g, const temper_teaching *t, temper_flock *flock) {
    const float *row[TEMPER_GALLERY_SHOWN];
    for (int64_t k = 0; k < TEMPER_GALLERY_SHOWN; k++) {
        spoil(g, t, k, g->cue + k * g->V);
        row[k] = g->cue + k * g->V;
    }
    temper_flock_clamp(flock, row, TEMPER_GALLERY_SHOWN);
    temper_flock_wake(flock);
    temper_flock_sweep(flock, g->cold ? MEMORY_SWEEPS : WARM_SWEEPS);
    for (int64_t k = 0; k < TEMPER_GALLERY_SHOWN; k++) temper_flock_read(flock, k, g->recalled + k * g->V);
}

static void weigh(temper_gallery *g, temper_flock *flock) {
    const temper_place here = {1, NULL};
    temper_flock_log_weight(flock, &here, g->weight[0]);
    double all[TEMPER_GALLERY_SAMPLES];
    temper_flock_clamp(flock, g->data, g->rows);
    temper_flock_wake(flock);
    temper_flock_log_weight(flock, &here, all);
    memcpy(g->weight[1], all, (size_t)g->rows * sizeof *all);
}

temper_status temper_gallery_build(temper_gallery *g, const temper_teaching *t) {
    if (!has_chains(t)) return TEMPER_OK;
    temper_flock *flock = NULL;
    temper_status bad = room(g, t);
    if (!bad)
        bad = temper_flock_create(&flock, t->machine, g->samples,
                                  (temper_stream){(uint64_t)t->settings->seed, 123});
    if (!bad) {
        run_chains(g, flock);
        if (t->machine->type->marginal)
            weigh(g, flock);
        else
            for (int k = 0; k < 2; k++) temper_release(g->weight[k]), g->weight[k] = NULL;
        recall(g, t, flock);
    }
    temper_flock_free(flock);
    return bad;
}

void temper_gallery_clear(temper_gallery *g) {
    void *blocks[] = {(void *)g->data, g->sample, g->trail, g->cue, g->recalled, g->weight[0], g->weight[1]};
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++) temper_release(blocks[k]);
}
