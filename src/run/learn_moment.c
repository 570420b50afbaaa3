/* A look at a machine on its way: is it learning, overfitting, mixing? Rows are probed evenly; looks draw from streams of their own, so
 * looking changes nothing. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "num/eigen.h"
#include "run/teaching.h"
#include "temper/couplings.h"

enum {
    PSEUDO_ROWS = 128,
    WEIGHT_ROWS = 2000,
    QUICK_BETAS = 1000,
    FEW_BETAS = 200,
    QUICK_RUNS = 50,
    QUICK_BURN = 100
};
static const double QUICK_BITS = 18, QUICK_SHARE = 0.1;

/* n rows of a part, evenly. */
static int64_t probe_rows(const temper_table_rows *part, int64_t most, const float **row) {
    int64_t n = part->n < most ? part->n : most;
    for (int64_t i = 0; i < n; i++) row[i] = part->X + i * part->n / n * part->columns;
    return n;
}

static temper_status copy_rows(const temper_table_rows *part, int64_t most, temper_table_rows *out) {
    const float *row[WEIGHT_ROWS];
    int64_t n = probe_rows(part, most, row);
    *out = (temper_table_rows){.n = n, .columns = part->columns};
    out->X = temper_alloc((size_t)n, (size_t)part->columns * sizeof *out->X);
    if (!out->X) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < n; i++)
        memcpy(out->X + i * part->columns, row[i], (size_t)part->columns * sizeof *out->X);
    return TEMPER_OK;
}

/* Of the rows that were probed, with their weights. */
static double mean_of(const temper_table_rows *part, const double *x, int64_t n) {
    double sum = 0, all = 0;
    for (int64_t i = 0; i < n; i++) {
        const double w = part->weight ? part->weight[i * part->n / n] : 1;
        sum += w * x[i], all += w;
    }
    return all > 0 ? sum / all : NAN;
}

/* Is ln p* of a row to be had exactly and soon? */
static bool scores(const temper_machine_type *type, const void *self) {
    return (type->marginal && type->log_weight) ||
           (type->score && type->enumerable && type->enumerable(self) <= QUICK_BITS);
}

static temper_status look_at_rows(const temper_teaching *t, temper_lesson_moment *m) {
    const temper_machine *machine = t->machine;
    for (int p = 0; p < 2; p++) {
        temper_table_rows few = {0};
        double out[WEIGHT_ROWS];
        if (t->data.part[p].n < 1) continue;
        temper_status bad = TEMPER_OK;
        if (machine->type->pseudo) {
            bad = copy_rows(&t->data.part[p], PSEUDO_ROWS, &few);
            temper_rows_view view = temper_table_view(&few);
            if (!bad && !machine->type->pseudo(machine->self, &view, out, NULL))
                m->pseudo[p] = mean_of(&t->data.part[p], out, few.n);
            temper_release(few.X);
        }
        if (!bad && scores(machine->type, machine->self)) {
            bad = copy_rows(&t->data.part[p], WEIGHT_ROWS, &few);
            temper_rows_view view = temper_table_view(&few);
            if (!bad) bad = temper_machine_score(machine, &view, out);
            if (!bad) m->weight[p] = mean_of(&t->data.part[p], out, few.n);
            temper_release(few.X);
        }
        if (bad) return bad;
    }
    return TEMPER_OK;
}

/* One sweep from rows of the data: how much of them does it change? */
static void look_at_reconstruction(const temper_teaching *t, temper_lesson_moment *m, float *room) {
    const bool real = t->machine->type->visible(t->machine->self) >= TEMPER_GAUSSIAN;
    int64_t V = t->machine->io.columns;
    for (int p = 0; p < 2 && t->probe; p++) {
        const float *row[TEMPER_PROBES];
        int64_t n = probe_rows(&t->data.part[p], TEMPER_PROBES, row);
        double sum = 0;
        if (n < 1) continue;
        t->probe->clock = t->lesson->clock * 2 + p;
        temper_flock_scatter(t->probe); /* nothing of the last look: it may have been before a checkpoint */
        temper_flock_clamp(t->probe, row, n);
        temper_flock_wake(t->probe);
        temper_flock_sweep(t->probe, 1);
        for (int64_t i = 0; i < n; i++) {
            temper_flock_read(t->probe, i, room);
            for (int64_t j = 0; j < V; j++) {
                double off = (double)room[j] - row[i][j];
                sum += real ? off * off : off != 0;
            }
        }
        m->reconstruction[p] = sum / (double)(n * V);
    }
}

/* Agreement of a chain with itself a moment ago, on a scale where different chains have 0 and a frozen one 1. Agreement of two
 * configurations: mean of −(a − b)². */
static double agreement(const float *a, const float *b, int64_t V) {
    double sum = 0;
    for (int64_t j = 0; j < V; j++) sum -= ((double)a[j] - b[j]) * ((double)a[j] - b[j]);
    return sum / (double)V;
}

static void look_at_chains(temper_teaching *t, temper_lesson_moment *m, float *room) {
    int64_t V = t->machine->io.columns, n = t->remembered;
    double self = 0, other = 0;
    for (int64_t c = 0; c < n; c++) {
        temper_flock_read(t->lesson->model[0], c, room);
        self += agreement(room, t->before + c * V, V);
        other += agreement(room, t->before + (c + 1 < n ? c + 1 : 0) * V, V);
        if (c > 0) memcpy(t->before + (c - 1) * V, room + V, (size_t)V * sizeof *room);
        memcpy(room + V, room, (size_t)V * sizeof *room);
    }
    if (n > 0) memcpy(t->before + (n - 1) * V, room + V, (size_t)V * sizeof *room);
    if (n > 1 && t->seen > 0 && other < 0) m->overlap = 1 - self / other;
    temper_lesson *l = t->lesson;
    if (l->swaps_tried > 0) m->swap_rate = l->swaps / l->swaps_tried;
    l->swaps = l->swaps_tried = 0;
    m->mistakes = (double)l->mistakes;
}

/* Machines without hidden units: do the connected correlations of the chains agree with those of the data? */
static temper_status look_at_correlations(const temper_teaching *t, temper_lesson_moment *m) {
    const temper_machine_type *type = t->machine->type;
    const temper_flock *flock = t->lesson->models ? t->lesson->model[0] : NULL;
    if (!flock || type->hidden(t->machine->self) > 0 || !type->statistics || t->seen == 0) return TEMPER_OK;
    const size_t P = (size_t)t->machine->parameters;
    const temper_rows_view rows = temper_table_view(&t->data.part[TEMPER_TRAIN]);
    float *stat = temper_alloc(2 * P, sizeof *stat);
    if (!stat) return TEMPER_NO_MEMORY;
    temper_status bad = temper_machine_mean(t->machine, &rows, stat);
    type->statistics(flock, flock->chains, NULL, 1 / (double)flock->chains, stat + P);
    if (!bad && temper_machine_pearson(t->machine, stat, stat + P, &m->pearson))
        m->pearson = NAN; /* no pairs */
    temper_release(stat);
    return bad;
}

/* Annealed importance sampling may cost a tenth of the sweeps of learning between two moments; 0 where that buys too little. */
static int64_t quick_betas(const temper_teaching *t) {
    const temper_lesson *l = t->lesson;
    double between = (double)t->updates / (double)(t->moments > 1 ? t->moments - 1 : 1);
    double sweeps = QUICK_SHARE * between * (double)(l->batch + 2 * l->chains * l->models);
    int64_t betas = (int64_t)fmin(QUICK_BETAS, sweeps / (2 * QUICK_RUNS));
    return betas < FEW_BETAS || t->method->type->solve ? 0 : betas;
}

/* ln Z while learning: exact where that is quick, else a short pair of annealed importance sampling. */
static temper_status look_at_evidence(const temper_teaching *t, temper_lesson_moment *m) {
    const temper_machine_type *type = t->machine->type;
    temper_rows_view rows = temper_table_view(&t->data.part[TEMPER_TRAIN]);
    temper_evidence_plan plan = {.betas = quick_betas(t),
                                 .runs = QUICK_RUNS,
                                 .burn = QUICK_BURN,
                                 .stream = {(uint64_t)t->settings->seed, 121},
                                 .rows = &rows};
    temper_evidence z;
    temper_status bad = TEMPER_OK;
    if (type->enumerable && type->enumerable(t->machine->self) <= QUICK_BITS) {
        bad = temper_evidence_log_z(t->machine, TEMPER_EVIDENCE_EXACT, &plan, &z);
        m->log_z = z.log_z, m->log_z_error = 0;
    } else if (type->log_base && type->marginal && type->log_weight && plan.betas > 0 &&
               (!type->balanced || type->balanced(t->machine->self))) {
        bad = temper_evidence_log_z(t->machine, TEMPER_EVIDENCE_AIS, &plan, &z);
        m->log_z = z.log_z, m->log_z_error = z.error;
        if (!bad) bad = temper_evidence_log_z(t->machine, TEMPER_EVIDENCE_REVERSE, &plan, &z);
        if (!bad) m->reverse = z.log_z, m->reverse_error = z.error;
    }
    for (int p = 0; p < 2; p++) m->likelihood[p] = m->weight[p] - m->log_z;
    return bad;
}

/* Largest singular values of the coupling matrix W, where there is one. */
static temper_status look_at_modes(const temper_teaching *t, temper_lesson_moment *m) {
    temper_machine_array W;
    if (!temper_machine_find(t->machine, "W", &W) || W.dims != 2) return TEMPER_OK;
    const int64_t n = W.shape[0] * W.shape[1], least = W.shape[0] < W.shape[1] ? W.shape[0] : W.shape[1];
    double *X = temper_alloc((size_t)n, sizeof *X);
    if (!X) return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < n; k++) X[k] = t->machine->theta[W.offset + k];
    const int64_t told = least < TEMPER_SINGULAR ? least : TEMPER_SINGULAR;
    temper_status bad = temper_singular(W.shape[0], W.shape[1], X, told, m->singular, NULL, NULL);
    temper_release(X);
    return bad == TEMPER_NO_MEMORY ? bad : TEMPER_OK; /* weights that are not finite have none */
}

static void look_at_weights(const temper_teaching *t, temper_lesson_moment *m) {
    temper_machine_array array;
    double sum = 0;
    int64_t n = 0;
    for (int k = 0; k < t->machine->type->arrays(t->machine->self); k++) {
        t->machine->type->array(t->machine->self, k, &array);
        int64_t length = 1;
        for (int d = 0; d < array.dims; d++) length *= array.shape[d];
        for (int64_t i = 0; i < length && !array.field; i++) {
            double w = t->machine->theta[array.offset + i];
            sum += w * w;
        }
        n += array.field ? 0 : length;
    }
    m->size = n ? sqrt(sum / (double)n) : NAN;
}

double temper_teaching_score(const temper_teaching *t, int64_t k) {
    const temper_lesson_moment *m = &t->moment[k];
    return !isnan(m->likelihood[1]) ? m->likelihood[1] : m->pseudo[1];
}

static void blank(temper_lesson_moment *m) {
    double *first = &m->rate, *end = (double *)(void *)(m + 1);
    for (double *x = first; x < end; x++) *x = NAN;
}

temper_status temper_teaching_look(temper_teaching *t) {
    temper_lesson_moment *m = &t->moment[t->seen];
    float *room = temper_alloc(2 * (size_t)t->machine->io.columns, sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    blank(m);
    m->update = t->lesson->clock, m->rate = t->lesson->rate, m->seconds = t->seconds;
    temper_status bad = look_at_rows(t, m);
    if (!bad) {
        look_at_reconstruction(t, m, room);
        look_at_chains(t, m, room);
        look_at_weights(t, m);
        bad = look_at_modes(t, m);
        if (!bad) bad = look_at_correlations(t, m);
        if (!bad) bad = look_at_evidence(t, m);
    }
    temper_release(room);
    if (bad) return bad;
    if (t->seen == 0 || temper_teaching_score(t, t->seen) > temper_teaching_score(t, t->best_moment)) {
        t->best_moment = t->seen;
        memcpy(t->best, t->machine->theta, (size_t)t->machine->parameters * sizeof *t->best);
    }
    t->seen++;
    return TEMPER_OK;
}
