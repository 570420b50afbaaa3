/* Attacks: somebody who knows the network moves every input by at most ε of its range, so that the loss grows (Goodfellow et al. 2015;
 * Madry et al. 2018). Each seed is attacked by its own gradient, and the ensemble by the ensemble's.
 *
 * FGSM  x' = x + ε·range·sign(∇_x ℓ)
 * PGD   the same ten times by 2.5 ε/10 from a random start, each time back into the box of ±ε around x
 * Images stay within the range of the training rows.
 *
 * A mean forecast p = mean_v p_v has the loss −ln mean_v e^{−ℓ_v}, so its gradient is Σ_v w_v ∇ℓ_v with w_v ∝ e^{−ℓ_v}. Only signs
 * are needed: the normaliser never is. */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "run/stress_bench.h"

enum { STEPS = 10 };

typedef struct {
    temper_stress_bench *b;
    temper_samples clean, moved; /* [rows] */
    float *slope;                /* [rows][features] of one vector of weights */
    double *loss;                /* [rows] */
    double *sum, *top; /* [rows][features] Σ e^{top − ℓ}∇ℓ, [rows] the largest −ℓ so far */
    int64_t from, to;  /* seeds that are attacked together */
} attack;

/* Adds one view's gradient of a row, as a streamed softmax does: what was there shrinks when a larger weight comes. */
static void add_row(const attack *a, int64_t i, int64_t d, bool mixture) {
    const float *g = a->slope + i * d;
    double *sum = a->sum + i * d, w = 1, shrink = 1;
    if (mixture) {
        double u = -a->loss[i];
        if (u > a->top[i]) {
            shrink = temper_exp(a->top[i] - u);
            a->top[i] = u;
        }
        w = temper_exp(u - a->top[i]);
    }
    for (int64_t k = 0; k < d; k++) sum[k] = sum[k] * shrink + w * (double)g[k];
}

/* The gradient at `moved`, up to a positive factor for each row, in sum. */
static temper_status look(attack *a) {
    temper_stress_bench *b = a->b;
    int64_t n = a->moved.n, d = a->moved.features, S = b->out->samples;
    temper_status bad = TEMPER_OK;
    memset(a->sum, 0, (size_t)(n * d) * sizeof *a->sum);
    for (int64_t i = 0; i < n; i++) a->top[i] = -INFINITY;
    for (int64_t v = a->from * S; v < a->to * S && !bad; v++) {
        bad = temper_network_slope(b->networks.network, &a->moved, &b->networks.file.scaling, b->count, n,
                                   b->theta + v * b->networks.parameters,
                                   b->statistics + v * b->networks.statistics, a->slope, a->loss);
        for (int64_t i = 0; i < n && !bad; i++)
            add_row(a, i, d, b->networks.file.loss == TEMPER_CROSS_ENTROPY);
        if (!bad) bad = temper_stress_tick(b, n, 3);
    }
    return bad;
}

/* x' + step·sign(gradient), within ±ε of x, images within their range; all in units of the range. */
static void push(attack *a, double step, double epsilon) {
    const temper_stress_bench *b = a->b;
    int64_t d = a->moved.features;
    for (int64_t i = 0; i < a->moved.n; i++)
        for (int64_t k = 0; k < d; k++) {
            double x = a->clean.X[i * d + k], g = a->sum[i * d + k], far = epsilon * b->range[k];
            double to = a->moved.X[i * d + k] + (g > 0 ? 1 : g < 0 ? -1 : 0) * step * b->range[k];
            to = fmin(fmax(to, x - far), x + far);
            if (a->moved.channels) to = fmin(fmax(to, b->low[k]), b->low[k] + b->range[k]);
            a->moved.X[i * d + k] = (float)to;
        }
}

static void start_clean(attack *a) {
    memcpy(a->moved.X, a->clean.X, (size_t)(a->clean.n * a->clean.features) * sizeof *a->clean.X);
}

/* Uniform in the box: the sum takes the random direction's place. */
static void start_random(attack *a, double epsilon) {
    const temper_stream stream = {(uint64_t)a->b->out->options.seed, 0};
    int64_t d = a->clean.features;
    for (int64_t i = 0; i < a->clean.n; i++)
        for (int64_t k = 0; k < d; k++) {
            double u = 2 * temper_uniform(stream, TEMPER_FOR_NOISE, a->b->few[i], k) - 1;
            a->moved.X[i * d + k] = (float)(a->clean.X[i * d + k] + u * epsilon * a->b->range[k]);
        }
    memset(a->sum, 0, (size_t)(a->clean.n * d) * sizeof *a->sum);
    push(a, 0, epsilon);
}

/* Leaves in `moved` what the attacker of strength ε shows. */
static temper_status strike(attack *a, bool pgd, double epsilon) {
    temper_status bad = TEMPER_OK;
    if (!pgd) {
        start_clean(a);
        bad = look(a);
        if (!bad) push(a, epsilon, epsilon);
        return bad;
    }
    start_random(a, epsilon);
    for (int k = 0; k < STEPS && !bad; k++) {
        bad = look(a);
        if (!bad) push(a, 2.5 * epsilon / STEPS, epsilon);
    }
    return bad;
}

/* What seeds from … to say together about `moved`. */
static temper_status answer(attack *a, double mark[TEMPER_STRESS_MARKS]) {
    temper_stress_bench *b = a->b;
    temper_forecaster *f = &b->part;
    temper_forecast_task own = f->task;
    temper_status bad = TEMPER_OK;
    f->task.samples = &a->moved, f->task.row = b->count;
    memset(b->sum, 0, (size_t)(own.n * f->width) * sizeof *b->sum);
    for (int64_t r = a->from; r < a->to && !bad; r++) {
        bad = temper_stress_ask(b, f, r, NULL, NULL);
        if (!bad) temper_forecaster_pour(f, b->sum);
    }
    f->task = own;
    if (bad) return bad;
    temper_forecaster_pooled(f, b->sum, a->to - a->from);
    temper_stress_marks(f, mark);
    return TEMPER_OK;
}

static temper_status one_point(attack *a, bool pgd, double epsilon, temper_stress_score *score) {
    int64_t members = a->b->out->members;
    double mark[TEMPER_STRESS_MARKS];
    temper_status bad = TEMPER_OK;
    for (int64_t r = 0; r <= members && !bad; r++) { /* the last is the ensemble */
        a->from = r < members ? r : 0, a->to = r < members ? r + 1 : members;
        if (r < members || members > 1) bad = strike(a, pgd, epsilon);
        if (!bad && (r < members || members > 1)) bad = answer(a, mark);
        for (int m = 0; m < TEMPER_STRESS_MARKS && !bad; m++)
            *(r < members ? &score[m].value[r] : &score[m].ensemble) = mark[m];
    }
    for (int m = 0; m < TEMPER_STRESS_MARKS; m++) temper_stress_score_end(a->b->out, &score[m]);
    return bad;
}

static void clear(attack *a) {
    temper_samples_clear(&a->clean);
    temper_samples_clear(&a->moved);
    temper_release(a->slope);
    temper_release(a->loss);
    temper_release(a->sum);
    temper_release(a->top);
}

static temper_status begin(attack *a) {
    const temper_samples *data = &a->b->data->data;
    int64_t n = a->b->out->rows;
    size_t all = (size_t)(n * data->features);
    temper_status bad = temper_stress_copy(data, a->b->few, n, &a->clean);
    if (!bad) bad = temper_stress_copy(data, a->b->few, n, &a->moved);
    if (bad) return bad;
    a->slope = temper_alloc(all, sizeof *a->slope), a->sum = temper_alloc(all, sizeof *a->sum);
    a->loss = temper_alloc((size_t)n, sizeof *a->loss), a->top = temper_alloc((size_t)n, sizeof *a->top);
    return a->slope && a->sum && a->loss && a->top ? TEMPER_OK : TEMPER_NO_MEMORY;
}

temper_status temper_stress_attacks(temper_stress_bench *b, const temper_stress_plan *plan) {
    static const char *const names[2] = {"fgsm", "pgd"};
    if (!plan->epsilon.n || !(plan->attack[0] || plan->attack[1])) return TEMPER_OK;
    attack a = {.b = b};
    temper_status bad = begin(&a);
    for (int pgd = 0; pgd < 2 && !bad; pgd++) {
        if (!plan->attack[pgd]) continue;
        b->phase = names[pgd];
        temper_stress_curve *curve =
            temper_stress_curve_begin(b->out, plan, TEMPER_STRESS_ATTACK, names[pgd]);
        for (int p = 0; p < curve->points && !bad; p++)
            bad = one_point(&a, pgd, curve->at[p], curve->score[p]);
    }
    clear(&a);
    if (bad != TEMPER_CANNOT) return bad;
    while (b->out->curves && b->out->curve[b->out->curves - 1].kind == TEMPER_STRESS_ATTACK) b->out->curves--;
    temper_text_add(&b->out->notes, "attacks are left out: %s\n", temper_message());
    return TEMPER_OK;
}
