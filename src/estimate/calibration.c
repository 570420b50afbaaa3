#include "estimate/calibration.h"
#include <float.h>
#include <math.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "temper/parallel.h"
#include "temper/stream.h"

enum { REPLICATES = 200 };

/* The marks are functions of sums of row terms, so that the bootstrap adds up terms and never looks at a forecast again.
 * Labels: right, −ln p_y, Brier, confidence. Numbers: square, log-likelihood, inside 50, 90, 95 %. */
typedef struct {
    double term[5];
    int bin; /* of the confidence; 0 for numbers */
} row_terms;

typedef struct {
    double term[5], confidence[TEMPER_BINS], right[TEMPER_BINS];
    int64_t count[TEMPER_BINS];
} sums;

int temper_mark_names(bool labels, const char *name[TEMPER_MARKS], const char *unit[TEMPER_MARKS]) {
    static const char *const names[2][TEMPER_MARKS] = {
        {"rmse", "log_likelihood", "coverage_50", "coverage_90", "coverage_95"},
        {"accuracy", "nll", "brier", "ece", NULL}};
    static const char *const units[2][TEMPER_MARKS] = {{"units of the target", "nats", "", "", ""},
                                                       {"", "nats", "", "", NULL}};
    for (int k = 0; k < TEMPER_MARKS; k++) name[k] = names[labels][k], unit[k] = units[labels][k];
    return labels ? 4 : 5;
}

int temper_bin(double p) {
    double bin = ceil(p * TEMPER_BINS) - 1;
    return bin >= TEMPER_BINS ? TEMPER_BINS - 1 : bin > 0 ? (int)bin : 0;
}

static row_terms label_terms(const temper_forecast *f, int64_t i) {
    const double *p = f->p + i * f->classes;
    int64_t best = 0;
    double brier = 0;
    for (int64_t k = 0; k < f->classes; k++) {
        double miss = p[k] - (k == f->y[i]);
        brier += miss * miss;
        if (p[k] > p[best]) best = k;
    }
    double sure = p[f->y[i]];
    return (row_terms){{best == f->y[i], -temper_log(sure > DBL_MIN ? sure : DBL_MIN), brier, p[best]},
                       temper_bin(p[best])};
}

/* Quantiles of the normal distribution at (1 + 0.5)/2, (1 + 0.9)/2 and (1 + 0.95)/2. */
static const double quantile[3] = {0.67448975019608171, 1.6448536269514722, 1.9599639845400542};

static row_terms number_terms(const temper_forecast *f, int64_t i) {
    static const double LN_2PI = 1.8378770664093455;
    row_terms r = {{0}, 0};
    for (int64_t k = 0; k < f->outputs; k++) {
        const double *p = f->p + i * 2 * f->outputs;
        double variance = p[f->outputs + k], miss = f->t[i * f->outputs + k] - p[k];
        if (!(variance > DBL_MIN)) variance = DBL_MIN;
        r.term[0] += miss * miss;
        r.term[1] -= (miss * miss / variance + temper_log(variance) + LN_2PI) / 2;
        for (int q = 0; q < 3; q++) r.term[2 + q] += fabs(miss) <= quantile[q] * sqrt(variance);
    }
    for (int k = 0; k < 5; k++) r.term[k] /= (double)f->outputs;
    return r;
}

static row_terms terms_of(const temper_forecast *f, int64_t i) {
    return f->classes ? label_terms(f, i) : number_terms(f, i);
}

static void add(sums *s, const row_terms *r) {
    for (int k = 0; k < 5; k++) s->term[k] += r->term[k];
    s->count[r->bin]++;
    s->right[r->bin] += r->term[0];
    s->confidence[r->bin] += r->term[3];
}

static void marks_of(const sums *s, int64_t n, bool labels, double *value) {
    for (int k = 0; k < (labels ? 3 : 5); k++) value[k] = n ? s->term[k] / (double)n : NAN;
    if (!labels) {
        value[0] = sqrt(value[0]);
        return;
    }
    double gap = 0;
    for (int b = 0; b < TEMPER_BINS; b++) gap += fabs(s->right[b] - s->confidence[b]);
    value[3] = n ? gap / (double)n : NAN;
}

static sums sum_up(const temper_forecast *f) {
    sums s = {0};
    for (int64_t i = 0; i < f->n; i++) {
        row_terms r = terms_of(f, i);
        add(&s, &r);
    }
    return s;
}

void temper_forecast_marks(const temper_forecast *f, double *value) {
    sums s = sum_up(f);
    marks_of(&s, f->n, f->classes > 0, value);
}

void temper_forecast_reliability(const temper_forecast *f, temper_reliability *out) {
    sums s = sum_up(f);
    for (int b = 0; b < TEMPER_BINS; b++) {
        out->count[b] = s.count[b];
        out->confidence[b] = s.count[b] ? s.confidence[b] / (double)s.count[b] : NAN;
        out->right[b] = s.count[b] ? s.right[b] / (double)s.count[b] : NAN;
    }
}

typedef struct {
    int64_t n;
    bool labels;
    const row_terms *row; /* [n] */
    double *value;        /* [REPLICATES][TEMPER_MARKS] */
} bootstrap;

/* Replicate b draws n rows with replacement: word k decides the k-th. */
static temper_status replicate(void *context, int64_t b) {
    const bootstrap *boot = context;
    sums s = {0};
    uint32_t word[4] = {0};
    for (int64_t k = 0; k < boot->n; k++) {
        if (k % 4 == 0) temper_block((temper_stream){0, 0}, TEMPER_FOR_BOOTSTRAP, b, k / 4, word);
        add(&s, &boot->row[temper_below(word[k % 4], (uint32_t)boot->n)]);
    }
    marks_of(&s, boot->n, boot->labels, boot->value + b * TEMPER_MARKS);
    return TEMPER_OK;
}

static double deviation(const double *value, int stride) {
    double mean = 0, m2 = 0;
    for (int b = 0; b < REPLICATES; b++) {
        double step = value[b * stride] - mean;
        mean += step / (b + 1);
        m2 += step * (value[b * stride] - mean);
    }
    return sqrt(m2 / (REPLICATES - 1));
}

temper_status temper_forecast_errors(const temper_forecast *f, double *value, double *error) {
    const char *name[TEMPER_MARKS], *unit[TEMPER_MARKS];
    int marks = temper_mark_names(f->classes > 0, name, unit);
    temper_forecast_marks(f, value);
    for (int k = 0; k < marks; k++) error[k] = NAN;
    if (f->n < 2) return TEMPER_OK;
    row_terms *row = temper_alloc((size_t)f->n, sizeof *row);
    double *values = temper_alloc(REPLICATES * TEMPER_MARKS, sizeof *values);
    if (row && values) {
        for (int64_t i = 0; i < f->n; i++) row[i] = terms_of(f, i);
        bootstrap boot = {f->n, f->classes > 0, row, values};
        (void)temper_parallel(REPLICATES, replicate, &boot); /* its items cannot fail */
        for (int k = 0; k < marks; k++) error[k] = deviation(values + k, TEMPER_MARKS);
    }
    bool done = row && values;
    temper_release(row);
    temper_release(values);
    return done ? TEMPER_OK : TEMPER_NO_MEMORY;
}

void temper_softmax(const float *z, int64_t classes, double *p) {
    float top = z[0];
    double sum = 0;
    for (int64_t k = 1; k < classes; k++) top = z[k] > top ? z[k] : top;
    for (int64_t k = 0; k < classes; k++) sum += p[k] = temper_exp((double)z[k] - (double)top);
    for (int64_t k = 0; k < classes; k++) p[k] /= sum;
}

double temper_entropy(const double *p, int64_t classes) {
    double sum = 0;
    for (int64_t k = 0; k < classes; k++) sum -= p[k] > 0 ? p[k] * temper_log(p[k]) : 0;
    return sum;
}
