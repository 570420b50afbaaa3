/* How many random patterns a memory holds: trials beside the theory of Amit, Gutfreund and Sompolinsky. Hebb's rule runs in integers
 * (core/recall.h), all others through the machines that temper_memory_store makes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/recall.h"
#include "temper/memories.h"
#include "temper/parallel.h"
#include "temper/theory.h"

typedef struct {
    temper_memory_plan plan; /* zeros filled in */
    int64_t P;
    double *overlap, *sweeps, *recalled; /* [trials][probes] */
    double *one_step;                    /* [trials] */
} trials;

static temper_stream stream_of(const trials *a, int64_t t) {
    return (temper_stream){a->plan.stream.seed, a->plan.stream.chain + (uint32_t)t};
}

static bool by_hebb(const trials *a) { return !strcmp(a->plan.rule, "hebb"); }

static temper_status try_integers(trials *a, int64_t t) {
    const temper_memory_plan *plan = &a->plan;
    int64_t n = plan->n, wrong = 0;
    temper_recall_net net = {0};
    temper_status bad = temper_recall_build(&net, n, a->P);
    char *room = bad ? NULL : temper_alloc((size_t)n, 2 * sizeof(float) + 1);
    if (!bad && !room) bad = TEMPER_NO_MEMORY;
    if (!bad) temper_recall_draw(&net, stream_of(a, t));
    for (int64_t k = 0; k < plan->probes && !bad; k++) {
        float *row = (float *)(void *)room, *cue = row + n;
        int8_t *s = (int8_t *)(cue + n);
        bool settled;
        for (int64_t i = 0; i < n; i++) row[i] = net.xi[k * n + i];
        temper_memory_corrupt(row, n, plan->flipped, stream_of(a, t), k, cue);
        for (int64_t i = 0; i < n; i++) s[i] = cue[i] > 0 ? 1 : -1;
        wrong += temper_recall_unstable(&net, k);
        a->sweeps[t * plan->probes + k] = (double)temper_recall_relax(&net, s, plan->sweeps, &settled);
        int64_t m = 0;
        for (int64_t i = 0; i < n; i++) m += s[i] * net.xi[k * n + i];
        a->overlap[t * plan->probes + k] = (double)m / (double)n;
        a->recalled[t * plan->probes + k] = m == n;
    }
    a->one_step[t] = (double)wrong / (double)(plan->probes * n);
    temper_release(room);
    temper_recall_clear(&net);
    return bad;
}

static temper_status try_machine(trials *a, int64_t t) {
    const temper_memory_plan *plan = &a->plan;
    int64_t n = plan->n;
    temper_memory *memory = NULL;
    float *X = temper_alloc((size_t)((a->P + 2) * n), sizeof *X), *cue = X + a->P * n, *out = cue + n;
    if (!X) return TEMPER_NO_MEMORY;
    temper_recall_rows(stream_of(a, t), n, a->P, X);
    temper_rows_view rows = {a->P, n, X, NULL};
    temper_status bad = temper_memory_store(&memory, &rows, plan->rule);
    for (int64_t k = 0; k < plan->probes && !bad; k++) {
        temper_retrieval how = {.sweeps = plan->sweeps};
        temper_recall recall;
        temper_memory_corrupt(X + k * n, n, plan->flipped, stream_of(a, t), k, cue);
        bad = temper_memory_retrieve(memory, cue, &how, out, &recall);
        double m = 0, all = 0;
        bool exact = true;
        for (int64_t i = 0; i < n && !bad; i++) {
            m += (double)(out[i] * X[k * n + i]);
            all += (double)(out[i] * out[i]);
            exact &= fabsf(out[i] - X[k * n + i]) <= 0.02f;
        }
        a->overlap[t * plan->probes + k] = all > 0 ? m / sqrt(all * (double)n) : 0;
        a->recalled[t * plan->probes + k] = exact;
        a->sweeps[t * plan->probes + k] = (double)recall.sweeps;
    }
    a->one_step[t] = NAN;
    temper_memory_free(memory);
    temper_release(X);
    return bad;
}

static temper_status try_one(void *context, int64_t t) {
    trials *a = context;
    return by_hebb(a) ? try_integers(a, t) : try_machine(a, t);
}

/* ---- from trials to a point of the curve ---- */

static int ascending(const void *a, const void *b) {
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static double mean_of(const double *x, int64_t n) {
    double sum = 0;
    for (int64_t k = 0; k < n; k++) sum += x[k];
    return sum / (double)n;
}

/* Standard error of the mean of `groups` independent group means. */
static double error_of(const double *x, int64_t groups, int64_t size) {
    double mean = mean_of(x, groups * size), sum = 0;
    for (int64_t g = 0; g < groups; g++) {
        double d = mean_of(x + g * size, size) - mean;
        sum += d * d;
    }
    return groups > 1 ? sqrt(sum / (double)(groups - 1) / (double)groups) : NAN;
}

/* m(α) at T = 0, N = ∞; 0 where no retrieval state is left. */
static temper_status theory_of(double alpha, double *m) {
    temper_theory *theory;
    char text[64];
    double values[64];
    snprintf(text, sizeof text, "hopfield:alpha=%.17g", alpha);
    temper_status bad = temper_theory_create(&theory, text);
    if (bad) return bad;
    bad = temper_theory_at(theory, 0, values);
    for (int k = 0; k < temper_theory_fields(theory) && !bad; k++)
        if (!strcmp(temper_theory_field(theory, k), "m")) *m = values[k];
    temper_theory_free(theory);
    return bad;
}

static temper_status summarise(trials *a, temper_memory_score *out) {
    int64_t T = a->plan.trials, all = T * a->plan.probes;
    double alpha = (double)a->P / (double)a->plan.n;
    *out = (temper_memory_score){.n = a->plan.n,
                                 .patterns = a->P,
                                 .load = alpha,
                                 .mean = mean_of(a->overlap, all),
                                 .error = error_of(a->overlap, T, a->plan.probes),
                                 .recalled = mean_of(a->recalled, all),
                                 .sweeps = mean_of(a->sweeps, all),
                                 .one_step = mean_of(a->one_step, T),
                                 .one_step_error = error_of(a->one_step, T, 1),
                                 .theory = NAN,
                                 .one_step_theory = NAN};
    qsort(a->overlap, (size_t)all, sizeof *a->overlap, ascending);
    out->median = 0.5 * (a->overlap[all / 2] + a->overlap[(all - 1) / 2]);
    if (!by_hebb(a)) return TEMPER_OK;
    out->one_step_theory = 0.5 * temper_erfc(1 / sqrt(2 * alpha));
    return theory_of(alpha, &out->theory);
}

static temper_status check(const trials *a) {
    const temper_memory_plan *p = &a->plan;
    bool steep = !strncmp(p->rule, "exponential", 11);
    if (p->n < 2 || p->n > (steep ? 340 : TEMPER_RECALL_UNITS))
        return temper_fail(TEMPER_BAD_OPTION, "memory test: n=%lld; legal: 2 … %d", (long long)p->n,
                           steep ? 340 : TEMPER_RECALL_UNITS);
    if (a->P < p->probes || a->P > TEMPER_RECALL_PATTERNS)
        return temper_fail(TEMPER_BAD_OPTION, "memory test: patterns=%lld; legal: %lld (probes) … %d",
                           (long long)a->P, (long long)p->probes, TEMPER_RECALL_PATTERNS);
    if (!(p->flipped >= 0 && p->flipped <= 1))
        return temper_fail(TEMPER_BAD_OPTION, "memory test: flipped=%g; legal: 0 … 1", p->flipped);
    return TEMPER_OK;
}

temper_status temper_memory_test(const temper_memory_plan *plan, int64_t patterns, temper_memory_score *out) {
    trials a = {.plan = *plan, .P = patterns};
    if (!a.plan.rule) a.plan.rule = "hebb";
    if (a.plan.trials < 1) a.plan.trials = 50;
    if (a.plan.probes < 1) a.plan.probes = 1;
    if (a.plan.sweeps < 1) a.plan.sweeps = 200;
    temper_status bad = check(&a);
    if (bad) return bad;
    int64_t all = a.plan.trials * a.plan.probes;
    double *room = temper_alloc((size_t)(3 * all + a.plan.trials), sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    a.overlap = room, a.sweeps = room + all, a.recalled = room + 2 * all, a.one_step = room + 3 * all;
    bad = temper_parallel(a.plan.trials, try_one, &a);
    if (!bad) bad = summarise(&a, out);
    temper_release(room);
    return bad;
}

/* ---- storage limits ---- */

static temper_status holds(const temper_memory_plan *plan, double level, int64_t P, bool *yes) {
    temper_memory_score score;
    temper_status bad = temper_memory_test(plan, P, &score);
    *yes = !bad && score.median >= level;
    /* More rows than the rule can learn: dependent ones, or epochs without an end. They are not held. */
    return bad == TEMPER_BAD_DATA || bad == TEMPER_DIAGNOSTIC ? TEMPER_OK : bad;
}

/* Invariant of the bisection: `low` patterns are held, `high` are not. It ends when they differ by less than 2 %. */
temper_status temper_memory_limit(const temper_memory_plan *plan, double level, int64_t *patterns) {
    int64_t floor_ = plan->probes > 1 ? plan->probes : 1, low = plan->n / 4 > floor_ ? plan->n / 4 : floor_,
            high;
    bool yes;
    temper_status bad = holds(plan, level, low, &yes);
    while (!bad && !yes && low > floor_) {
        low = low / 2 > floor_ ? low / 2 : floor_;
        bad = holds(plan, level, low, &yes);
    }
    if (!bad && !yes)
        return temper_fail(TEMPER_CANNOT, "memory limit: not even %lld patterns reach the level %g",
                           (long long)low, level);
    for (high = low; !bad && yes;) {
        low = high;
        high = 2 * high;
        bad = holds(plan, level, high, &yes);
    }
    while (!bad && high - low > 1 && (double)(high - low) > 0.02 * (double)low) {
        int64_t middle = low + (high - low) / 2;
        bad = holds(plan, level, middle, &yes);
        if (yes)
            low = middle;
        else
            high = middle;
    }
    *patterns = low;
    return bad;
}

temper_status temper_memory_scaling(const temper_memory_plan *plan, double level, const int64_t *sizes,
                                    int count, int64_t *limit, temper_memory_law *law) {
    double x = 0, y = 0, xx = 0, xy = 0, yy = 0, k = count;
    if (count < 3)
        return temper_fail(TEMPER_BAD_OPTION, "memory scaling: %d sizes; legal: at least 3", count);
    for (int c = 0; c < count; c++) {
        temper_memory_plan here = *plan;
        int64_t P;
        here.n = sizes[c];
        temper_status bad = temper_memory_limit(&here, level, &P);
        if (bad) return bad;
        if (limit) limit[c] = P;
        double u = temper_log((double)sizes[c]), v = temper_log((double)P);
        x += u, y += v, xx += u * u, xy += u * v, yy += v * v;
    }
    double Sxx = xx - x * x / k, Sxy = xy - x * y / k, Syy = yy - y * y / k;
    if (!(Sxx > 0)) return temper_fail(TEMPER_BAD_OPTION, "memory scaling: all sizes are equal");
    law->exponent = Sxy / Sxx;
    double rest = Syy - law->exponent * Sxy;
    law->error = sqrt((rest > 0 ? rest : 0) / (k - 2) / Sxx);
    law->factor = temper_exp((y - law->exponent * x) / k);
    return TEMPER_OK;
}
