#include "core/perceptron.h"
#include <math.h>
#include "base/elementary.h"
#include "kernel/kernel.h"
#include "temper/memories.h"
#include "temper/parallel.h"

/* Σ x_k y_k in eight lanes, joined in a fixed order. */
static double dot(const float *x, const float *y, int64_t n) {
    double lane[TEMPER_LANES] = {0};
    int64_t k = 0;
    for (; k + TEMPER_LANES <= n; k += TEMPER_LANES)
        for (int l = 0; l < TEMPER_LANES; l++) lane[l] += (double)x[k + l] * (double)y[k + l];
    for (int l = 0; k < n; k++, l++) lane[l] += (double)x[k] * (double)y[k];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

int64_t temper_perceptron_epoch(const temper_rows_view *rows, double kappa, double rate, float *w, float *b) {
    int64_t n = rows->columns - 1, mistakes = 0;
    double norm = kappa != 0 ? sqrt(dot(w, w, n) + (double)*b * (double)*b) : 0;
    for (int64_t r = 0; r < rows->n; r++) {
        const float *x = rows->X + r * rows->columns;
        double y = x[n] > 0 ? 1 : -1;
        if (y * (dot(w, x, n) + (double)*b) > kappa * norm) continue;
        mistakes++;
        for (int64_t k = 0; k < n; k++) w[k] += (float)(rate * y * (double)x[k]);
        *b += (float)(rate * y);
        if (kappa != 0) norm = sqrt(dot(w, w, n) + (double)*b * (double)*b);
    }
    return mistakes;
}

/* ---- margin and bounds ---- */

temper_status temper_perceptron_margin(const temper_machine *machine, const temper_rows_view *rows,
                                       temper_margin *out) {
    if (!machine->type->labelled || rows->columns != machine->io.columns || rows->n < 1)
        return temper_fail(TEMPER_CANNOT, "margin: needs a perceptron and rows of its %lld columns",
                           (long long)machine->io.columns);
    int64_t n = rows->columns - 1;
    const float *w = machine->theta, b = w[n];
    double norm = sqrt(dot(w, w, n) + (double)b * (double)b);
    *out = (temper_margin){.margin = INFINITY};
    for (int64_t r = 0; r < rows->n; r++) {
        const float *x = rows->X + r * rows->columns;
        double y = x[n] > 0 ? 1 : -1, R = sqrt(dot(x, x, n) + 1);
        double stability = norm > 0 ? y * (dot(w, x, n) + (double)b) / norm : 0;
        if (stability < out->margin) out->margin = stability;
        if (stability <= 0) out->wrong++;
        if (R > out->radius) out->radius = R;
    }
    double ratio = out->radius / out->margin;
    out->mistakes_bound = out->margin > 0 ? ratio * ratio : INFINITY;
    return TEMPER_OK;
}

/* C(P, N)/2^P = Σ_{k<N} binom(P−1, k)/2^{P−1}, from ratios of neighbouring terms around the largest, so that nothing over- or underflows. */
double temper_cover(int64_t P, int64_t N) {
    if (N <= 0) return 0;
    if (P <= N) return 1;
    double below = 0, all = 0, term = 1; /* relative to binom(P−1, middle) */
    int64_t n = P - 1, middle = n / 2;
    for (int64_t k = middle; k >= 0; k--) {
        all += term;
        if (k < N) below += term;
        term *= (double)k / (double)(n - k + 1);
    }
    term = 1;
    for (int64_t k = middle + 1; k <= n; k++) {
        term *= (double)(n - k + 1) / (double)k;
        all += term;
        if (k < N) below += term;
    }
    return below / all;
}

double temper_gardner(double kappa) {
    double density = temper_exp(-0.5 * kappa * kappa) / 2.506628274631000502415765284811045253;
    return 1 / ((1 + kappa * kappa) * 0.5 * temper_erfc(-kappa / 1.414213562373095048801688724209698079) +
                kappa * density);
}

/* ---- networks of perceptrons ---- */

typedef struct {
    const temper_memories *m;
    double kappa;
    float *J;
    double *count, *wrong; /* [n] mistakes of each unit; whether it errs on this pattern */
    int64_t mu;
} class;

static double field(const float *J, const int8_t *xi, int64_t n) {
    double lane[TEMPER_LANES] = {0};
    int64_t k = 0;
    for (; k + TEMPER_LANES <= n; k += TEMPER_LANES)
        for (int l = 0; l < TEMPER_LANES; l++) lane[l] += (double)J[k + l] * xi[k + l];
    for (int l = 0; k < n; k++, l++) lane[l] += (double)J[k] * xi[k];
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

static bool errs(const class *c, int64_t i, int64_t mu) {
    int64_t n = c->m->n;
    const int8_t *xi = c->m->xi + mu * n;
    const float *J = c->J + i * n;
    double norm = c->kappa != 0 ? sqrt(dot(J, J, n)) : 0;
    return !(xi[i] * field(J, xi, n) > c->kappa * norm);
}

static temper_status learn_alone(void *context, int64_t i) {
    const class *c = context;
    int64_t n = c->m->n;
    float *J = c->J + i * n;
    c->count[i] = 0;
    for (int64_t mu = 0; mu < c->m->P; mu++) {
        if (!errs(c, i, mu)) continue;
        const int8_t *xi = c->m->xi + mu * n;
        c->count[i]++;
        for (int64_t j = 0; j < n; j++)
            if (j != i) J[j] += (float)(xi[i] * xi[j]) / (float)n;
    }
    return TEMPER_OK;
}

enum { BLOCK = 32 }; /* units of one work item */

static temper_status judge(void *context, int64_t block) {
    const class *c = context;
    for (int64_t i = block * BLOCK; i < (block + 1) * BLOCK && i < c->m->n; i++)
        c->wrong[i] = errs(c, i, c->mu) ? 1 : 0;
    return TEMPER_OK;
}

static temper_status correct(void *context, int64_t block) {
    const class *c = context;
    int64_t n = c->m->n;
    const int8_t *xi = c->m->xi + c->mu * n;
    for (int64_t i = block * BLOCK; i < (block + 1) * BLOCK && i < n; i++)
        for (int64_t j = 0; j < n; j++)
            if (j != i)
                c->J[i * n + j] += (float)(0.5 * (c->wrong[i] + c->wrong[j]) * xi[i] * xi[j] / (double)n);
    return TEMPER_OK;
}

int64_t temper_perceptron_patterns(const temper_memories *m, double kappa, bool symmetric, float *J,
                                   double *work) {
    class c = {m, kappa, J, work, work + m->n, 0};
    int64_t n = m->n, mistakes = 0, blocks = (n + BLOCK - 1) / BLOCK;
    if (!symmetric) {
        temper_parallel(n, learn_alone, &c);
        for (int64_t i = 0; i < n; i++) mistakes += (int64_t)c.count[i];
        return mistakes;
    }
    for (c.mu = 0; c.mu < m->P; c.mu++) {
        int64_t wrong = 0;
        temper_parallel(blocks, judge, &c);
        for (int64_t i = 0; i < n; i++) wrong += (int64_t)c.wrong[i];
        if (wrong) temper_parallel(blocks, correct, &c);
        mistakes += wrong;
    }
    return mistakes;
}
