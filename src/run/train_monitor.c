/* On at most 512 training rows, always the same, evenly chosen, at the weights of the member's lead; batch norms as measured on these rows. The share
 * of the prior, 1/(prior·N), is added by hand: N is that of all rows.
 *
 *     λ1      the largest eigenvalue of ∇²u, by Lanczos to 1 %, beside the edge of stability of the dynamics, where it is known: 2(1 + μ)/η of gradient
 *             descent with heavy-ball momentum μ, which is stable below (Cohen et al. 2021)
 *     tr      the trace of ∇²u, by Hutchinson's estimator
 *     |∂ℓ/∂x| mean over rows and inputs, in units of the data */
#include "run/train_monitor.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "core/catalogue.h"
#include "run/train_moment.h"
#include "temper/influence.h"

enum { ROWS = 512, PRODUCTS = 24, PROBES = 8 };

temper_status temper_monitor_read(const char *text, int *monitor) {
    static const char *const words[] = {"sensitivity", "curvature", "fdr"};
    *monitor = 0;
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, ",");
        int k = 0;
        while (k < 3 && (strlen(words[k]) != length || strncmp(words[k], at, length))) k++;
        if (k == 3) {
            char wrong[64] = {0};
            memcpy(wrong, at, length < 63 ? length : 63);
            const char *near = temper_nearest(wrong, words, 3);
            return temper_fail(TEMPER_BAD_OPTION,
                               "train: monitor=%s is none of sensitivity, curvature, fdr%s%s%s", wrong,
                               near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
        }
        *monitor |= 1 << k;
        at += length + (at[length] == ',');
    }
    return TEMPER_OK;
}

typedef struct {
    temper_training *t;
    temper_network_task task;
    int64_t *row;
    double *theta;
    float *single, *statistics;
    temper_errand errand;
} watch;

static temper_status sit(watch *w, int r) {
    temper_training *t = w->t;
    int64_t n = t->probes < ROWS ? t->probes : ROWS, S = temper_network_statistics(t->network);
    w->theta = temper_alloc((size_t)t->parameters, sizeof *w->theta);
    w->single = temper_alloc((size_t)(t->parameters + S), sizeof *w->single);
    w->row = temper_alloc((size_t)n, sizeof *w->row);
    if (!w->theta || !w->single || !w->row) return TEMPER_NO_MEMORY;
    w->statistics = w->single + t->parameters;
    for (int64_t k = 0; k < n; k++) w->row[k] = t->probe[k * t->probes / n];
    w->task = t->task;
    w->task.row = w->row, w->task.rows = n, w->task.prior = INFINITY, w->task.variational = false;
    w->task.shift = 0, w->task.mirror = false, w->task.blur = 0;
    if (w->task.batch > n) w->task.batch = n;
    temper_training_weights(t, r, 0, w->single);
    temper_status bad = temper_network_calibrate(&w->task, w->single, w->statistics);
    w->task.batch = n, w->task.statistics = S ? w->statistics : NULL;
    for (int64_t i = 0; i < t->parameters; i++) w->theta[i] = (double)w->single[i];
    w->errand.stream =
        (temper_stream){(uint64_t)t->settings->seed, 201}; /* the same probes at every moment */
    return bad;
}

static temper_status look_at_curvature(watch *w, temper_moment *m) {
    temper_landscape *landscape;
    temper_operator *H = NULL;
    temper_ends ends = {0};
    temper_trace trace;
    const temper_ends_plan one = {.pairs = 1, .tolerance = 1e-2, .most = PRODUCTS};
    const temper_trace_plan few = {.method = TEMPER_HUTCHINSON, .products = PROBES};
    double N = (double)w->t->potential->samples, prior = w->t->task.prior;
    double spring = prior < INFINITY && !w->t->task.variational ? 1 / (prior * N) : 0;
    temper_status bad = temper_landscape_of_network(&landscape, &w->task, NULL, false);
    if (bad) return bad;
    bad = temper_landscape_operator(landscape, TEMPER_HESSIAN, w->theta, w->errand.stream, &H);
    if (!bad) bad = temper_ends_find(H, &one, &w->errand, &ends);
    if (!bad) m->lambda1 = ends.value[0] + spring, m->lambda1_error = ends.residual[0];
    if (!bad) bad = temper_trace_find(H, &few, &w->errand, &trace);
    if (!bad) {
        m->trace = trace.value + spring * (double)w->t->parameters, m->trace_error = trace.error;
        m->monitored += 2 * (double)H->products * (double)w->task.rows / N;
        const temper_dynamics *moves = w->t->dynamics;
        m->edge = moves->type->edge && m->rate > 0 ? moves->type->edge(moves->self, m->rate) : NAN;
    }
    temper_ends_clear(&ends);
    temper_operator_free(H);
    temper_landscape_free(landscape);
    return bad;
}

static temper_status look_at_inputs(watch *w, temper_moment *m) {
    int64_t features = w->task.samples->features;
    double *size = temper_alloc((size_t)features, sizeof *size), sum = 0;
    if (!size) return TEMPER_NO_MEMORY;
    temper_status bad = temper_input_slopes(&w->task, w->theta, size, NULL, NULL, NULL);
    for (int64_t f = 0; f < features; f++) sum += size[f];
    if (!bad) {
        m->sensitivity = sum / (double)features;
        m->monitored += (double)w->task.rows / (double)w->t->potential->samples;
    }
    temper_release(size);
    return bad;
}

temper_status temper_training_monitor(temper_training *t, int r, temper_moment *m, bool due) {
    watch w = {.t = t};
    m->lambda1 = m->lambda1_error = m->trace = m->trace_error = m->edge = m->sensitivity = NAN;
    m->monitored = 0;
    if (!due || !(t->monitor & (TEMPER_MONITOR_CURVATURE | TEMPER_MONITOR_SENSITIVITY))) return TEMPER_OK;
    temper_status bad = sit(&w, r);
    if (!bad && t->monitor & TEMPER_MONITOR_CURVATURE) bad = look_at_curvature(&w, m);
    if (!bad && t->monitor & TEMPER_MONITOR_SENSITIVITY) bad = look_at_inputs(&w, m);
    temper_release(w.theta);
    temper_release(w.single);
    temper_release(w.row);
    /* Weights so large that a product overflows are news, not a reason to stop. */
    return bad == TEMPER_DIVERGED || bad == TEMPER_CANNOT ? TEMPER_OK : bad;
}

/* ---- in the report ---- */

static const temper_moment *last(const temper_training *t, int r) {
    return &t->moment[(r + 1) * t->moments - 1];
}

static double total(const temper_training *t) {
    double sum = 0;
    for (int64_t i = 0; i < t->members * t->moments; i++) sum += t->moment[i].monitored;
    return sum;
}

void temper_monitor_json(const temper_training *t, temper_json *json) {
    if (!t->monitor) return;
    temper_json_open(json, "monitor", '{');
    temper_json_string(json, "what", t->settings->monitor);
    temper_json_int(json, "rows", t->probes < ROWS ? t->probes : ROWS);
    temper_json_real(json, "gradients_of_all_rows", total(t));
    temper_json_open(json, "at_the_end", '[');
    for (int r = 0; r < t->members; r++) {
        const temper_moment *m = last(t, r);
        temper_json_open(json, NULL, '{');
        temper_json_real(json, "lambda1", m->lambda1);
        temper_json_real(json, "lambda1_error", m->lambda1_error);
        temper_json_real(json, "edge", m->edge);
        temper_json_real(json, "trace", m->trace);
        temper_json_real(json, "trace_error", m->trace_error);
        temper_json_real(json, "sensitivity", m->sensitivity);
        temper_json_real(json, "fdr_left", m->fdr_left);
        temper_json_real(json, "fdr_right", m->fdr_right);
        temper_json_close(json, '}');
    }
    temper_json_close(json, ']');
    temper_json_close(json, '}');
}

void temper_monitor_text(const temper_training *t, temper_text *text) {
    const temper_moment *m = last(t, 0);
    if (!t->monitor) return;
    temper_text_add(text, "\n# monitor, first member at the end:");
    if (t->monitor & TEMPER_MONITOR_CURVATURE) {
        temper_text_add(text, " top eigenvalue %.4g", m->lambda1);
        if (isfinite(m->edge)) temper_text_add(text, " (steps without noise are stable up to %.4g)", m->edge);
        temper_text_add(text, ", trace %.4g ± %.2g;", m->trace, m->trace_error);
    }
    if (t->monitor & TEMPER_MONITOR_SENSITIVITY) temper_text_add(text, " |dloss/dx| %.4g;", m->sensitivity);
    if (t->monitor & TEMPER_MONITOR_FDR)
        temper_text_add(text, " fluctuation %.4g, dissipation %.4g;", m->fdr_left, m->fdr_right);
    temper_text_add(text, " it cost %.3g gradients of all rows", total(t));
}
