#include "estimate/certainty.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include "base/elementary.h"
#include "base/memory.h"

/* A number and its row: sorting by the number, then by the row, has one answer whatever the method. */
typedef struct {
    double value;
    int64_t row;
} ranked;

static int ascending(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static int descending(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->value != y->value) return x->value > y->value ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The decision: the lowest of the most probable classes. */
static int64_t decision(const double *p, int64_t classes) {
    int64_t best = 0;
    for (int64_t k = 1; k < classes; k++)
        if (p[k] > p[best]) best = k;
    return best;
}

/* Confidences of all rows in order; to be released. */
static ranked *confidences(const temper_forecast *f, int (*order)(const void *, const void *)) {
    ranked *r = temper_alloc((size_t)f->n, sizeof *r);
    if (!r) return NULL;
    for (int64_t i = 0; i < f->n; i++) {
        const double *p = f->p + i * f->classes;
        r[i] = (ranked){p[decision(p, f->classes)], i};
    }
    if (f->n > 1) qsort(r, (size_t)f->n, sizeof *r, order);
    return r;
}

static bool right(const temper_forecast *f, int64_t i) {
    return decision(f->p + i * f->classes, f->classes) == f->y[i];
}

temper_status temper_ece_adaptive(const temper_forecast *f, double *ece) {
    *ece = NAN;
    if (!f->classes || f->n < 1) return TEMPER_OK;
    ranked *r = confidences(f, ascending);
    if (!r) return TEMPER_NO_MEMORY;
    double sum = 0;
    for (int64_t b = 0; b < TEMPER_BINS; b++) {
        double gap = 0; /* rows [b n/15, (b + 1) n/15): counts differ by at most one */
        for (int64_t k = b * f->n / TEMPER_BINS; k < (b + 1) * f->n / TEMPER_BINS; k++)
            gap += right(f, r[k].row) - r[k].value;
        sum += fabs(gap);
    }
    *ece = sum / (double)f->n;
    temper_release(r);
    return TEMPER_OK;
}

double temper_ece_classwise(const temper_forecast *f) {
    double sum = 0;
    if (!f->classes || f->n < 1) return NAN;
    for (int64_t k = 0; k < f->classes; k++) {
        double gap[TEMPER_BINS] = {0};
        for (int64_t i = 0; i < f->n; i++) {
            double p = f->p[i * f->classes + k];
            gap[temper_bin(p)] += (f->y[i] == k) - p;
        }
        for (int b = 0; b < TEMPER_BINS; b++) sum += fabs(gap[b]);
    }
    return sum / (double)(f->n * f->classes);
}

/* Temperature scaling. With z_k = ln p_k (at least ln DBL_MIN, as in the NLL) and w = 1/τ a row costs ln Σ e^{w z_k} − w z_y: convex
 * in w, with slope ⟨z⟩_w − z_y and curvature Var_w z, moments under the tempered probabilities, the energy and heat capacity of a system
 * with energies −z_k at temperature τ. */
static double ln_p(double p) { return temper_log(p > DBL_MIN ? p : DBL_MIN); }

static void slope_of(const temper_forecast *f, double w, double *slope, double *curvature) {
    *slope = *curvature = 0;
    for (int64_t i = 0; i < f->n; i++) {
        const double *p = f->p + i * f->classes;
        double top = ln_p(p[decision(p, f->classes)]), Z = 0, mean = 0, square = 0;
        for (int64_t k = 0; k < f->classes; k++) {
            double z = ln_p(p[k]) - top, weight = temper_exp(w * z);
            Z += weight, mean += weight * z, square += weight * z * z;
        }
        mean /= Z;
        *slope += mean - (ln_p(p[f->y[i]]) - top);
        *curvature += square / Z - mean * mean;
    }
}

/* The root of the slope in s = ln τ lies in [low, high]: the slope falls from above 0 to below 0 as s rises (d/ds = −w d/dw), a Newton
 * step that leaves the bracket is replaced by its middle. Where it has no root the NLL falls all the way to one end. */
double temper_tempering_fit(const temper_forecast *f) {
    const double end = temper_log(64);
    double low = -end, high = end, s = 0;
    if (!f->classes || f->n < 1) return 1;
    for (int n = 0; n < 60; n++) {
        double w = temper_exp(-s), slope, curvature;
        slope_of(f, w, &slope, &curvature);
        if (slope > 0)
            low = s;
        else
            high = s;
        double next = s + slope / (w * curvature), step;
        if (!(next > low && next < high)) next = (low + high) / 2;
        step = next - s, s = next;
        if (fabs(step) < 1e-13) break;
    }
    return temper_exp(s);
}

void temper_tempering_apply(double tau, int64_t n, int64_t classes, double *p) {
    for (int64_t i = 0; i < n; i++, p += classes) {
        double top = ln_p(p[decision(p, classes)]), Z = 0;
        for (int64_t k = 0; k < classes; k++) Z += p[k] = temper_exp((ln_p(p[k]) - top) / tau);
        for (int64_t k = 0; k < classes; k++) p[k] /= Z;
    }
}

temper_status temper_refusal(const temper_forecast *f, int k, const double *coverage, double *accuracy_at,
                             double *aurc) {
    *aurc = NAN;
    for (int c = 0; c < k; c++) {
        accuracy_at[c] = NAN;
        if (!(coverage[c] > 0 && coverage[c] <= 1))
            return temper_fail(TEMPER_BAD_OPTION, "refusal: coverage=%g is not in the legal range 0 < c ≤ 1",
                               coverage[c]);
    }
    if (!f->classes || f->n < 1) return TEMPER_OK;
    ranked *r = confidences(f, descending);
    if (!r) return TEMPER_NO_MEMORY;
    int64_t wrong = 0;
    double sum = 0;
    for (int64_t i = 0; i < f->n; i++) {
        wrong += !right(f, r[i].row);
        sum += (double)wrong / (double)(i + 1);
        for (int c = 0; c < k; c++) { /* the number of rows nearest to the share, at least one */
            int64_t keep = (int64_t)(coverage[c] * (double)f->n + 0.5);
            if (i + 1 == (keep > 1 ? keep : 1)) accuracy_at[c] = 1 - (double)wrong / (double)(i + 1);
        }
    }
    *aurc = sum / (double)f->n;
    temper_release(r);
    return TEMPER_OK;
}

/* Both sets in one ascending order: an `in` beats the `out`s below it and half of those that are equal. Counted in halves, exactly. */
static double area_under(ranked *r, int64_t n, int64_t nin) {
    int64_t below = 0, halves = 0, nout = n - nin;
    for (int64_t k = 0; k < n;) {
        int64_t ins = 0, outs = 0;
        double value = r[k].value;
        for (; k < n && r[k].value == value; k++) r[k].row < nin ? ins++ : outs++;
        halves += ins * (2 * below + outs);
        below += outs;
    }
    return (double)halves / (2 * (double)nin * (double)nout);
}

temper_status temper_auroc(const double *in, int64_t nin, const double *out, int64_t nout, double *area) {
    *area = NAN;
    if (nin < 1 || nout < 1) return TEMPER_OK;
    int64_t n = nin + nout;
    ranked *r = temper_alloc((size_t)n, sizeof *r);
    if (!r) return TEMPER_NO_MEMORY;
    bool numbers = true;
    for (int64_t i = 0; i < n; i++) {
        r[i] = (ranked){i < nin ? in[i] : out[i - nin], i};
        numbers &= !isnan(r[i].value);
    }
    if (numbers) {
        qsort(r, (size_t)n, sizeof *r, ascending);
        *area = area_under(r, n, nin);
    }
    temper_release(r);
    return TEMPER_OK;
}

/* B_ab = mean over rows of Σ_k √(p_ak p_bk), the overlap of two members (Bhattacharyya 1943): 1 when they always say the same, 0 when
 * they never share a class; and the share of rows on which they decide differently. */
static void compare(const double *a, const double *b, int64_t n, int64_t classes, double *overlap,
                    double *churn) {
    double sum = 0;
    int64_t differ = 0;
    for (int64_t i = 0; i < n; i++, a += classes, b += classes) {
        for (int64_t k = 0; k < classes; k++) sum += sqrt(a[k] * b[k]);
        differ += decision(a, classes) != decision(b, classes);
    }
    *overlap = sum / (double)n, *churn = (double)differ / (double)n;
}

/* M members count as M²/Σ_ab B_ab², the participation ratio of the matrix of overlaps: 1 when all agree, M when all differ. */
static void compare_all(const double *p, int64_t M, int64_t n, int64_t classes, temper_disagreement *out) {
    double squares = (double)M, churn = 0, overlap, differ;
    for (int64_t a = 0; a < M; a++)
        for (int64_t b = 0; b < a; b++) {
            compare(p + a * n * classes, p + b * n * classes, n, classes, &overlap, &differ);
            squares += 2 * overlap * overlap, churn += differ;
        }
    out->churn = churn / ((double)(M * (M - 1)) / 2);
    out->effective = (double)(M * M) / squares;
}

static double plogp(double p) { return p > 0 ? -p * temper_log(p) : 0; }

void temper_disagreement_of(const double *p, int64_t members, int64_t n, int64_t classes,
                            temper_disagreement *out) {
    *out = (temper_disagreement){NAN, NAN, NAN, NAN, NAN};
    if (members < 2 || n < 1 || classes < 1) return;
    double total = 0, aleatoric = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < classes; k++) {
            double mean = 0, own = 0;
            for (int64_t m = 0; m < members; m++) {
                double one = p[(m * n + i) * classes + k];
                mean += one, own += plogp(one);
            }
            total += plogp(mean / (double)members), aleatoric += own / (double)members;
        }
    out->total = total / (double)n, out->aleatoric = aleatoric / (double)n;
    double more = out->total - out->aleatoric;
    out->epistemic = more > 0 ? more : 0; /* Jensen; rounding may say −1e-17 */
    compare_all(p, members, n, classes, out);
}
