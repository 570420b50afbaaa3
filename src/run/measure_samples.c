/* Samples of a machine beside its data: do chains forget where they began? Are samples like data, and not copies of them? */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "estimate/quality.h"
#include "run/measure.h"
#include "temper/estimate.h"

enum { POINTS = 500 };

typedef struct { /* chains from one kind of start */
    temper_flock *flock;
    double *weight;                /* [chains][points] ln p* */
    double *near;                  /* [chains][points + 1] minus the mean square distance from the start */
    double forgets, forgets_error; /* sweeps until that is 1/e of the way back from strangers */
    temper_estimate late;
} course;

typedef struct {
    temper_measurement *m;
    int64_t chains, points, stride;
    float *first, *now; /* [chains][V], [V] */
    double *out;        /* [chains] */
    double strangers;   /* mean square difference of two different starts */
} walk;

static double apart(const float *a, const float *b, int64_t V) {
    double sum = 0;
    for (int64_t j = 0; j < V; j++) sum += ((double)a[j] - b[j]) * ((double)a[j] - b[j]);
    return sum / (double)V;
}

static temper_status place(walk *w, course *c, bool from_data) {
    const temper_rows_view *rows = &w->m->rows[TEMPER_TRAIN];
    const int64_t V = w->m->learned.machine->io.columns;
    temper_stream stream = {(uint64_t)w->m->s->seed, from_data ? 1 : 2};
    temper_status bad = temper_flock_create(&c->flock, w->m->learned.machine, w->chains, stream);
    c->weight = temper_alloc((size_t)(w->chains * w->points), sizeof *c->weight);
    c->near = temper_alloc((size_t)(w->chains * (w->points + 1)), sizeof *c->near);
    const float **row = temper_alloc((size_t)w->chains, sizeof *row);
    if (!bad && (!c->weight || !c->near || !row)) bad = TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < w->chains && !bad && from_data; k++)
        row[k] = rows->X + k * rows->n / w->chains % rows->n * V;
    if (!bad && from_data) temper_flock_clamp(c->flock, row, w->chains);
    for (int64_t k = 0; k < w->chains && !bad; k++) temper_flock_read(c->flock, k, w->first + k * V);
    temper_release((void *)row);
    w->strangers = 0;
    for (int64_t k = 0; k < w->chains && !bad; k++)
        w->strangers += apart(w->first + k * V, w->first + (k + 1) % w->chains * V, V) / (double)w->chains;
    return bad;
}

static temper_status go(walk *w, course *c) {
    const temper_place here = {1, NULL};
    const int64_t V = w->m->learned.machine->io.columns;
    for (int64_t t = 0; t < w->points; t++) {
        if (temper_desk_stopped(w->m->desk))
            return temper_fail(TEMPER_STOPPED, "stopped while the chains ran");
        temper_flock_sweep(c->flock, w->stride);
        temper_flock_log_weight(c->flock, &here, w->out);
        if (c->flock->trouble) return c->flock->trouble;
        for (int64_t k = 0; k < w->chains; k++) {
            c->weight[k * w->points + t] = w->out[k];
            temper_flock_read(c->flock, k, w->now);
            c->near[k * (w->points + 1) + t + 1] = -apart(w->now, w->first + k * V, V);
        }
    }
    int64_t half = w->points / 2;
    double *late = temper_alloc((size_t)(w->chains * (w->points - half)), sizeof *late);
    if (!late) return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < w->chains; k++)
        memcpy(late + k * (w->points - half), c->weight + k * w->points + half,
               (size_t)(w->points - half) * sizeof *late);
    temper_status bad = temper_estimate_mean(late, (int)w->chains, w->points - half, &c->late);
    temper_release(late);
    if (bad) return bad;
    bad = temper_forgetting_time(c->near, (int)w->chains, w->points + 1, -w->strangers, &c->forgets,
                                 &c->forgets_error);
    c->forgets *= (double)w->stride, c->forgets_error *= (double)w->stride;
    return bad;
}

static void course_json(const char *name, const walk *w, const course *c, temper_json *json) {
    temper_json_open(json, name, '{');
    temper_json_real(json, "forgets_after_sweeps", c->forgets);
    temper_json_real(json, "forgets_error", c->forgets_error);
    temper_json_real(json, "log_weight", c->late.mean);
    temper_json_real(json, "log_weight_error", c->late.error);
    temper_json_real(json, "tau_sweeps", c->late.tau * (double)w->stride);
    temper_json_real(json, "ess", c->late.ess);
    temper_json_real(json, "rhat", c->late.rhat);
    temper_json_close(json, '}');
}

static void course_text(const char *name, const walk *w, const course *c, temper_text *text) {
    temper_text_add(text, "from %-7s ln p* %.3f ± %.3f, tau %.3g sweeps, R-hat %.3f; ", name, c->late.mean,
                    c->late.error, c->late.tau * (double)w->stride, c->late.rhat);
    if (isfinite(c->forgets))
        temper_text_add(text, "the start is forgotten (1/e) in %.3g ± %.2g sweeps\n", c->forgets,
                        c->forgets_error);
    else
        temper_text_add(text, "the start is not forgotten in %lld sweeps\n",
                        (long long)(w->points * w->stride));
}

temper_status temper_measure_mixing(temper_measurement *m) {
    static const char *const names[] = {"data", "random"};
    temper_status bad = temper_learned_wants(&m->learned, "mixing", "measure");
    if (bad) return bad;
    const int64_t V = m->learned.machine->io.columns;
    walk w = {.m = m, .chains = m->s->runs, .points = m->s->sweeps < POINTS ? m->s->sweeps : POINTS};
    w.stride = (m->s->sweeps + w.points - 1) / w.points;
    course c[2] = {{0}, {0}};
    w.first = temper_alloc((size_t)(w.chains * V), sizeof *w.first);
    w.now = temper_alloc((size_t)V, sizeof *w.now);
    w.out = temper_alloc((size_t)w.chains, sizeof *w.out);
    if (!w.first || !w.now || !w.out) bad = TEMPER_NO_MEMORY;
    for (int k = 0; k < 2 && !bad; k++) {
        bad = place(&w, &c[k], k == 0);
        if (!bad) bad = go(&w, &c[k]);
        if (bad) break;
        course_json(names[k], &w, &c[k], &m->json);
        course_text(names[k], &w, &c[k], &m->text);
    }
    if (!bad) {
        double gap = c[0].late.mean - c[1].late.mean;
        double error = sqrt(c[0].late.error * c[0].late.error + c[1].late.error * c[1].late.error);
        temper_json_real(&m->json, "z", gap / error);
        temper_text_add(&m->text, "difference of the two: %.3f ± %.3f (z = %.1f)\n", gap, error,
                        error > 0 || gap != 0 ? gap / error : 0);
        if (fmax(c[0].late.rhat, c[1].late.rhat) > 1.05)
            temper_text_add(&m->text,
                            "! chains of one start are not of one mind (R-hat > 1.05): they mix slowly\n");
        if (!(fabs(gap) <= 4.5 * error))
            temper_text_add(&m->text,
                            "! where a chain begins still shows: these chains do not mix in %lld sweeps\n",
                            (long long)(w.points * w.stride));
    }
    for (int k = 0; k < 2; k++) {
        temper_flock_free(c[k].flock);
        temper_release(c[k].weight);
        temper_release(c[k].near);
    }
    temper_release(w.first);
    temper_release(w.now);
    temper_release(w.out);
    return bad;
}

/* As many samples as rows to compare with, one a chain, from the data so that a chain that never leaves its valley is seen as a copy. */
static temper_status sample(temper_measurement *m, int64_t n, float *out) {
    const temper_rows_view *rows = &m->rows[TEMPER_TRAIN];
    const int64_t V = rows->columns;
    temper_flock *flock;
    temper_status bad =
        temper_flock_create(&flock, m->learned.machine, n, (temper_stream){(uint64_t)m->s->seed, 3});
    if (bad) return bad;
    const float **row = temper_alloc((size_t)n, sizeof *row);
    if (!row) bad = TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < n && !bad; k++) row[k] = rows->X + k % rows->n * V;
    if (!bad) temper_flock_clamp(flock, row, n);
    for (int64_t t = 0; t < m->s->sweeps && !bad; t++) {
        temper_flock_sweep(flock, 1);
        bad = flock->trouble;
        if (temper_desk_stopped(m->desk)) bad = temper_fail(TEMPER_STOPPED, "stopped while the chains ran");
    }
    for (int64_t k = 0; k < n && !bad; k++) temper_flock_read(flock, k, out + k * V);
    temper_flock_free(flock);
    temper_release((void *)row);
    return bad;
}

static void quality_report(temper_measurement *m, const temper_adversary *a, const temper_remembrance r[2],
                           const temper_moments *x) {
    temper_json_open(&m->json, "adversarial_accuracy", '{');
    temper_json_real(&m->json, "mean", a->total);
    temper_json_real(&m->json, "error", a->error);
    temper_json_real(&m->json, "truth", a->truth);
    temper_json_real(&m->json, "syn", a->syn);
    temper_json_close(&m->json, '}');
    temper_json_open(&m->json, "nearest", '{');
    temper_json_real(&m->json, "ratio", r[0].ratio);
    temper_json_real(&m->json, "ratio_error", r[0].ratio_error);
    temper_json_real(&m->json, "copies", r[0].copies);
    temper_json_real(&m->json, "distance", r[0].nearest);
    temper_json_real(&m->json, "ratio_of_fresh_rows", r[1].ratio);
    temper_json_close(&m->json, '}');
    temper_json_open(&m->json, "moments", '{');
    temper_json_real(&m->json, "mean_pearson", x->mean_pearson);
    temper_json_real(&m->json, "pair_pearson", x->pair_pearson);
    temper_json_real(&m->json, "pair_rms", x->pair_rms);
    temper_json_close(&m->json, '}');
    temper_text_add(
        &m->text,
        "adversarial accuracy  %.3f ± %.3f (0.5: samples cannot be told from data; truth %.3f, syn %.3f)\n",
        a->total, a->error, a->truth, a->syn);
    temper_text_add(&m->text, "nearest training row: distance ratio %.3f ± %.3f, %.2f %% exact copies",
                    r[0].ratio, r[0].ratio_error, 100 * r[0].copies);
    if (!isnan(r[1].ratio)) temper_text_add(&m->text, " (fresh rows: %.3f)", r[1].ratio);
    temper_text_add(&m->text, "\nmoments:");
    if (!isnan(x->mean_pearson)) temper_text_add(&m->text, " Pearson of means %.4f,", x->mean_pearson);
    if (!isnan(x->pair_pearson))
        temper_text_add(&m->text, " Pearson of pair correlations C_ij %.4f,", x->pair_pearson);
    temper_text_add(&m->text, " rms difference of C_ij %.4f\n", x->pair_rms);
}

temper_status temper_measure_quality(temper_measurement *m) {
    enum { MOST = 2000 };
    temper_status bad = temper_learned_wants(&m->learned, "quality", "measure");
    if (bad) return bad;
    const char *part = m->judged_name;
    const temper_rows_view *judge = &m->judged, *train = &m->rows[TEMPER_TRAIN];
    const int64_t n = judge->n < MOST ? judge->n : MOST, V = judge->columns;
    if (n < 2) return temper_fail(TEMPER_BAD_DATA, "measure: quality needs at least 2 rows");
    const temper_unit unit = m->learned.machine->type->visible(m->learned.machine->self);
    const temper_metric metric =
        unit == TEMPER_GAUSSIAN || unit == TEMPER_RELU ? TEMPER_EUCLID : TEMPER_HAMMING;
    float *x = temper_alloc((size_t)n, (size_t)V * sizeof *x);
    if (!x) return TEMPER_NO_MEMORY;
    const temper_sample_rows T = {n, V, judge->X}, S = {n, V, x}, all = {train->n, V, train->X};
    temper_adversary a;
    temper_remembrance r[2] = {{0}, {.ratio = NAN}};
    temper_moments moments;
    bad = sample(m, n, x);
    if (!bad) bad = temper_adversarial_accuracy(&T, &S, metric, &a);
    if (!bad) bad = temper_memorisation(&all, &S, metric, &r[0]);
    if (!bad && strcmp(part, "training")) bad = temper_memorisation(&all, &T, metric, &r[1]);
    if (!bad) bad = temper_compare_moments(&T, &S, &moments);
    if (!bad) {
        temper_json_int(&m->json, "samples", n);
        temper_json_int(&m->json, "sweeps", m->s->sweeps);
        temper_text_add(&m->text, "%lld samples after %lld sweeps beside %lld %s rows\n", (long long)n,
                        (long long)m->s->sweeps, (long long)n, part);
        quality_report(m, &a, r, &moments);
    }
    temper_release(x);
    return bad;
}
