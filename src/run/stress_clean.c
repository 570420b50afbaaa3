/* Clean test rows: what the probabilities are worth before and after temperature scaling, what refusing buys, and what the seeds disagree
 * about. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/stress_bench.h"

enum {
    ACCURACY,
    NLL,
    BRIER,
    ECE,
    ECE_ADAPTIVE,
    ECE_CLASSWISE,
    TAU,
    NLL_SCALED,
    ECE_SCALED,
    AURC,
    AT_80,
    AT_90,
    AT_95,
    ENTROPY,
    ALEATORIC,
    EPISTEMIC,
    LABEL_SCORES
};
static const char *const label_names[LABEL_SCORES] = {"accuracy",
                                                      "nll",
                                                      "brier",
                                                      "ece",
                                                      "ece_adaptive",
                                                      "ece_classwise",
                                                      "tau",
                                                      "nll_scaled",
                                                      "ece_scaled",
                                                      "aurc",
                                                      "accuracy_at_80",
                                                      "accuracy_at_90",
                                                      "accuracy_at_95",
                                                      "entropy",
                                                      "aleatoric",
                                                      "epistemic"};

/* Everything about one forecast f->p of the test rows, which is left scaled by tau. inner[n]: mean entropy of what was averaged, NULL: of one vector of weights. */
static temper_status judge(temper_forecaster *f, double tau, const double *inner, double *score) {
    static const double coverage[3] = {0.8, 0.9, 0.95};
    temper_forecast forecast = temper_forecaster_judged(f);
    int64_t n = f->task.n;
    double mark[TEMPER_MARKS], total = 0, within = 0;
    temper_forecast_marks(&forecast, mark);
    memcpy(score, mark, 4 * sizeof *score);
    temper_status bad = temper_ece_adaptive(&forecast, &score[ECE_ADAPTIVE]);
    score[ECE_CLASSWISE] = temper_ece_classwise(&forecast);
    if (!bad) bad = temper_refusal(&forecast, 3, coverage, score + AT_80, &score[AURC]);
    for (int64_t i = 0; i < n; i++) {
        total += temper_entropy(f->p + i * f->width, f->task.classes);
        if (inner) within += inner[i];
    }
    score[ENTROPY] = total / (double)n;
    if (inner)
        score[ALEATORIC] = within / (double)n, score[EPISTEMIC] = fmax((total - within) / (double)n, 0);
    score[TAU] = tau;
    if (isnan(tau)) return bad;
    temper_tempering_apply(tau, n, f->task.classes, f->p);
    temper_forecast_marks(&forecast, mark);
    score[NLL_SCALED] = mark[1], score[ECE_SCALED] = mark[3];
    return bad;
}

static double fit(const temper_forecaster *validation) {
    temper_forecast forecast = temper_forecaster_judged(validation);
    return validation->task.n ? temper_tempering_fit(&forecast) : NAN;
}

/* The temperature τ of every seed, and in tau[members] of the ensemble, from the validation rows. */
static temper_status fit_all(temper_stress_bench *b, double *tau) {
    temper_forecaster f = {0};
    temper_forecast_task task = b->whole.task;
    int64_t members = b->out->members;
    double *sum = NULL;
    task.row = b->parts.row[TEMPER_VALIDATION], task.n = b->parts.n[TEMPER_VALIDATION];
    temper_status bad = temper_forecaster_begin(&f, &task);
    if (!bad && !(sum = temper_alloc((size_t)task.n, (size_t)f.width * sizeof *sum))) bad = TEMPER_NO_MEMORY;
    for (int64_t r = 0; r < members && !bad; r++) {
        if ((bad = temper_stress_ask(b, &f, r, NULL, NULL))) break;
        tau[r] = fit(&f);
        temper_forecaster_pour(&f, sum);
    }
    if (!bad) {
        temper_forecaster_pooled(&f, sum, members);
        tau[members] = fit(&f);
    }
    temper_release(sum);
    temper_forecaster_clear(&f);
    return bad;
}

/* The pooled forecast f->p: scores with errors, reliability before and after scaling, accuracy over coverage. */
static temper_status judge_ensemble(temper_stress_bench *b, double tau, const double *inner) {
    temper_stress *out = b->out;
    temper_forecast forecast = temper_forecaster_judged(&b->whole);
    double score[LABEL_SCORES], value[TEMPER_MARKS], error[TEMPER_MARKS], aurc;
    for (int k = 0; k < LABEL_SCORES; k++) score[k] = NAN;
    out->coverages = 20;
    for (int k = 0; k < 20; k++) out->coverage[k] = (k + 1) / 20.0;
    temper_status bad = temper_forecast_errors(&forecast, value, error);
    if (!bad) bad = temper_refusal(&forecast, 20, out->coverage, out->accuracy_at, &aurc);
    temper_forecast_reliability(&forecast, &out->raw);
    if (!bad) bad = judge(&b->whole, tau, inner, score); /* leaves p scaled */
    temper_forecast_reliability(&forecast, &out->scaled);
    for (int k = 0; k < LABEL_SCORES && !bad; k++) {
        out->clean[k].ensemble = score[k];
        if (k < 4) out->clean[k].ensemble_error = error[k];
        temper_stress_score_end(out, &out->clean[k]);
    }
    return bad;
}

typedef struct {   /* while the seeds pass by */
    double *tau;   /* [members + 1] */
    double *all;   /* [members][tests][classes], or NULL where that is too much */
    double *inner; /* [tests] of all seeds */
} clean;

static temper_status judge_members(temper_stress_bench *b, clean *c) {
    temper_stress *out = b->out;
    temper_forecaster *f = &b->whole;
    size_t n = (size_t)(f->task.n * f->width);
    temper_status bad = TEMPER_OK;
    memset(b->sum, 0, n * sizeof *b->sum);
    for (int64_t r = 0; r < out->members && !bad; r++) {
        double score[LABEL_SCORES];
        for (int k = 0; k < LABEL_SCORES; k++) score[k] = NAN;
        if ((bad = temper_stress_ask(b, f, r, NULL, b->inner))) break;
        temper_forecaster_pour(f, b->sum);
        if (c->all) memcpy(c->all + (size_t)r * n, f->p, n * sizeof *c->all);
        for (int64_t i = 0; i < f->task.n; i++) c->inner[i] += b->inner[i] / (double)out->members;
        bad = judge(f, c->tau[r], out->samples > 1 ? b->inner : NULL, score);
        for (int k = 0; k < LABEL_SCORES; k++) out->clean[k].value[r] = score[k];
    }
    if (!bad) temper_forecaster_pooled(f, b->sum, out->members);
    return bad;
}

static temper_status clean_labels(temper_stress_bench *b) {
    temper_stress *out = b->out;
    int64_t n = b->whole.task.n, C = out->classes;
    clean c = {.tau = temper_alloc((size_t)out->members + 1, sizeof(double)),
               .inner = temper_alloc((size_t)n, sizeof(double))};
    bool much = (double)out->members * (double)n * (double)C > 1 << 27;
    if (out->members > 1 && !much)
        c.all = temper_alloc((size_t)(out->members * n), (size_t)C * sizeof(double));
    temper_status bad =
        c.tau && c.inner && (c.all || much || out->members == 1) ? TEMPER_OK : TEMPER_NO_MEMORY;
    out->scores = LABEL_SCORES;
    for (int k = 0; k < LABEL_SCORES; k++) out->clean[k] = temper_stress_score_begin(out, label_names[k]);
    out->disagreement = (temper_disagreement){NAN, NAN, NAN, NAN, NAN};
    if (!bad) bad = fit_all(b, c.tau);
    if (!bad) bad = judge_members(b, &c);
    if (!bad) bad = judge_ensemble(b, c.tau[out->members], out->members * out->samples > 1 ? c.inner : NULL);
    if (!bad && c.all) temper_disagreement_of(c.all, out->members, n, C, &out->disagreement);
    if (!bad && much)
        temper_text_add(&out->notes,
                        "churn and effective size are left out: too many seeds times test rows\n");
    if (!bad && !out->validations)
        temper_text_add(&out->notes,
                        "temperature scaling is left out: the run has no validation rows to fit it on\n");
    temper_release(c.tau);
    temper_release(c.inner);
    temper_release(c.all);
    return bad;
}

static temper_status clean_numbers(temper_stress_bench *b) {
    const char *name[TEMPER_MARKS], *unit[TEMPER_MARKS];
    temper_stress *out = b->out;
    temper_forecaster *f = &b->whole;
    temper_forecast forecast = temper_forecaster_judged(f);
    double mark[TEMPER_MARKS], error[TEMPER_MARKS];
    temper_status bad = TEMPER_OK;
    out->scores = temper_mark_names(false, name, unit);
    for (int k = 0; k < out->scores; k++) out->clean[k] = temper_stress_score_begin(out, name[k]);
    out->disagreement = (temper_disagreement){NAN, NAN, NAN, NAN, NAN};
    memset(b->sum, 0, (size_t)(f->task.n * f->width) * sizeof *b->sum);
    for (int64_t r = 0; r < out->members && !bad; r++) {
        if ((bad = temper_stress_ask(b, f, r, NULL, NULL))) break;
        temper_forecast_marks(&forecast, mark);
        for (int k = 0; k < out->scores; k++) out->clean[k].value[r] = mark[k];
        temper_forecaster_pour(f, b->sum);
    }
    if (bad) return bad;
    temper_forecaster_pooled(f, b->sum, out->members);
    bad = temper_forecast_errors(&forecast, mark, error);
    for (int k = 0; k < out->scores; k++) {
        out->clean[k].ensemble = mark[k], out->clean[k].ensemble_error = error[k];
        temper_stress_score_end(out, &out->clean[k]);
    }
    temper_text_add(
        &out->notes,
        "calibration errors, refusal, foreign inputs and churn are of labels: this run forecasts numbers\n");
    return bad;
}

temper_status temper_stress_clean(temper_stress_bench *b) {
    b->phase = "clean";
    return b->labels ? clean_labels(b) : clean_numbers(b);
}
