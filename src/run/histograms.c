#include "run/histograms.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "num/solve.h"

enum { MOST_SAMPLES = 400000, MOST_PRODUCTS = 4000000, BRIDGE_LEAST = 10 };

/* How many measurements of a line can be used. */
static void thin(temper_histograms *h, int64_t length) {
    int64_t most = MOST_PRODUCTS / h->K < MOST_SAMPLES ? MOST_PRODUCTS / h->K : MOST_SAMPLES;
    most = most / ((int64_t)h->K * h->lines);
    if (most < 1) most = 1;
    h->stride = (length + most - 1) / most;
    h->kept = (length + h->stride - 1) / h->stride;
    h->samples = (int64_t)h->K * h->lines * h->kept;
}

static temper_status allocate(temper_histograms *h) {
    size_t K = (size_t)h->K, samples = (size_t)h->samples;
    h->beta = temper_alloc(5 * K, sizeof *h->beta);
    h->H = temper_alloc(K * K, sizeof *h->H);
    h->E = temper_alloc(samples, sizeof *h->E);
    h->level = temper_alloc(samples, sizeof *h->level);
    h->level_of = temper_alloc(samples, sizeof *h->level_of);
    if (!h->beta || !h->H || !h->E || !h->level || !h->level_of) return TEMPER_NO_MEMORY;
    h->share = h->beta + K, h->log_z = h->share + K, h->deviation = h->log_z + K;
    h->bridge = h->deviation + K;
    return TEMPER_OK;
}

/* Energies of temperature t; a pair has the sum of both. */
static void gather(temper_histograms *h, const temper_series *series, int t, int many) {
    const double *e = temper_series_at(series, t, temper_series_find(series, "energy"));
    double *E = h->E + (int64_t)t * h->lines * h->kept, mean = 0, square = 0;
    int64_t n = h->lines * h->kept;
    for (int line = 0; line < h->lines; line++)
        for (int64_t i = 0; i < h->kept; i++) {
            double sum = 0;
            for (int k = 0; k < many; k++) sum += e[(line * many + k) * series->length + i * h->stride];
            E[line * h->kept + i] = sum * series->system->n;
        }
    for (int64_t i = 0; i < n; i++) mean += (E[i] - E[0]) / (double)n;
    for (int64_t i = 0; i < n; i++) square += (E[i] - E[0] - mean) * (E[i] - E[0] - mean);
    h->deviation[t] = sqrt(square / (double)n);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int64_t find(const temper_histograms *h, double E) {
    const double *at = bsearch(&E, h->level, (size_t)h->levels, sizeof E, ascending);
    return at - h->level;
}

/* Equal energies are one level. */
static temper_status collect(temper_histograms *h) {
    memcpy(h->level, h->E, (size_t)h->samples * sizeof *h->E);
    qsort(h->level, (size_t)h->samples, sizeof *h->level, ascending);
    for (int64_t i = 0; i < h->samples; i++)
        if (!i || h->level[i] != h->level[h->levels - 1]) h->level[h->levels++] = h->level[i];
    h->count = temper_alloc((size_t)h->levels, sizeof *h->count);
    h->c = temper_alloc((size_t)h->levels, sizeof *h->c);
    h->p = temper_alloc((size_t)h->levels * (size_t)h->K, sizeof *h->p);
    if (!h->count || !h->c || !h->p) return TEMPER_NO_MEMORY;
    for (int64_t n = 0; n < h->samples; n++) {
        h->level_of[n] = find(h, h->E[n]);
        h->count[h->level_of[n]] += h->share[n / (h->lines * h->kept)];
    }
    return TEMPER_OK;
}

/* ln Z_k, and from them c and p of every level: Shirts & Chodera (2008), eq. 11. */
static temper_status solve(temper_histograms *h) {
    int64_t *n = temper_alloc((size_t)h->K, sizeof *n);
    double *g = temper_alloc((size_t)h->K, sizeof *g), error;
    temper_mbar *mbar = NULL;
    temper_status bad = n && g ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int k = 0; k < h->K && !bad; k++) n[k] = h->lines * h->kept, g[k] = 1 / h->share[k];
    if (!bad) bad = temper_mbar_create(&mbar, h->K, h->beta, n, h->E, g);
    for (int k = 0; k < h->K && !bad; k++) {
        bad = temper_mbar_log_z(mbar, h->beta[k], &h->log_z[k], &error);
        h->sure = isfinite(error) && (k == 0 || h->sure);
    }
    for (int64_t j = 0; j < h->levels && !bad; j++) {
        double *p = h->p + j * h->K, high = -INFINITY, sum = 0;
        for (int k = 0; k < h->K; k++) {
            p[k] = log((double)n[k] / g[k]) - h->beta[k] * h->level[j] - h->log_z[k];
            high = fmax(high, p[k]);
        }
        for (int k = 0; k < h->K; k++) sum += p[k] = exp(p[k] - high);
        for (int k = 0; k < h->K; k++) p[k] /= sum;
        h->c[j] = high + log(sum);
    }
    temper_mbar_free(mbar);
    temper_release(g);
    temper_release(n);
    return bad;
}

static double number_of(const temper_histograms *h, int k) { /* N_k */
    return h->share[k] * (double)(h->lines * h->kept);
}

/* H with rows and columns divided by √N_k. Its null vector v = √(N_k/N) (all ln Z shifted together) gets the
 * eigenvalue 1; no right-hand side has a part along v. */
static void factor(temper_histograms *h) {
    int K = h->K;
    double N = 0;
    for (int k = 0; k < K; k++) N += number_of(h, k);
    for (int64_t j = 0; j < h->levels; j++)
        for (int k = 0; k < K; k++)
            for (int l = 0; l <= k; l++)
                h->H[k * K + l] += h->count[j] * h->p[j * K + k] * ((double)(k == l) - h->p[j * K + l]);
    for (int k = 0; k < K; k++)
        for (int l = 0; l <= k; l++) {
            double scale = sqrt(number_of(h, k) * number_of(h, l));
            h->H[k * K + l] = h->H[k * K + l] / scale + scale / N;
        }
    h->sure &= temper_cholesky(K, h->H, 1e-13) == K;
}

/* Everything not hotter than temperature k is the cold side of cut k. The hottest has no other side. */
static void find_bridges(temper_histograms *h) {
    for (int k = 0; k < h->K; k++) {
        bool hotter = false;
        for (int l = 0; l < h->K; l++) hotter |= h->beta[l] < h->beta[k];
        for (int64_t j = 0; j < h->levels && hotter; j++) {
            double cold = 0;
            for (int l = 0; l < h->K; l++) cold += h->beta[l] >= h->beta[k] ? h->p[j * h->K + l] : 0;
            h->bridge[k] += h->count[j] * cold * fmax(1 - cold, 0);
        }
        if (!hotter) h->bridge[k] = INFINITY;
    }
}

temper_status temper_histograms_make(temper_histograms *h, const temper_series *series,
                                     const temper_results *results, int many) {
    *h = (temper_histograms){.K = series->temperatures, .lines = series->copies / many};
    thin(h, series->length);
    temper_status bad = allocate(h);
    for (int t = 0; t < h->K && !bad; t++) {
        double tau = 0.5;
        for (int k = 0; k < results->numbers; k++) {
            const temper_number *number = &results->number[(int64_t)t * results->numbers + k];
            if (!strcmp(number->label, "energy")) tau = number->estimate.tau;
        }
        h->beta[t] = isinf(results->T[t]) ? 0 : 1 / results->T[t];
        h->share[t] = 1 / fmax(1, 2 * tau / (double)h->stride);
        gather(h, series, t, many);
    }
    if (!bad) bad = collect(h);
    if (!bad) bad = solve(h);
    if (bad) return bad;
    factor(h);
    find_bridges(h);
    return TEMPER_OK;
}

void temper_histograms_clear(temper_histograms *h) {
    temper_release(h->beta);
    temper_release(h->H);
    temper_release(h->E);
    temper_release(h->level);
    temper_release(h->level_of);
    temper_release(h->count);
    temper_release(h->c);
    temper_release(h->p);
    *h = (temper_histograms){0};
}

double temper_histograms_weigh(const temper_histograms *h, double beta, double *w, double *ess) {
    double high = -INFINITY, sum = 0, squares = 0;
    for (int64_t j = 0; j < h->levels; j++) high = fmax(high, w[j] = -beta * h->level[j] - h->c[j]);
    for (int64_t j = 0; j < h->levels; j++) sum += h->count[j] * (w[j] = exp(w[j] - high));
    for (int64_t j = 0; j < h->levels; j++) {
        w[j] /= sum;
        squares += h->count[j] * w[j] * w[j];
    }
    *ess = 1 / squares;
    return high + log(sum);
}

/* u of H u = G. */
static void respond(const temper_histograms *h, const double *x, double *u) {
    int64_t of_one = h->lines * h->kept;
    for (int64_t n = 0; n < h->samples; n++) {
        const double *p = h->p + h->level_of[n] * h->K;
        for (int k = 0; k < h->K; k++) u[k] += h->share[n / of_one] * x[n] * p[k];
    }
    for (int k = 0; k < h->K; k++) u[k] /= sqrt(number_of(h, k));
    temper_cholesky_solve(h->K, h->H, u);
    for (int k = 0; k < h->K; k++) u[k] /= sqrt(number_of(h, k));
}

temper_status temper_histograms_error(const temper_histograms *h, const double *x, double *error) {
    int64_t moments = h->lines * h->kept;
    *error = INFINITY;
    if (!h->sure) return TEMPER_OK;
    double *u = temper_alloc((size_t)(h->K + h->levels + moments), sizeof *u);
    if (!u) return TEMPER_NO_MEMORY;
    double *through = u + h->K,
           *phi = through + h->levels; /* Σ u_k p_k of a level; the series of influences */
    respond(h, x, u);
    for (int64_t j = 0; j < h->levels; j++)
        for (int k = 0; k < h->K; k++) through[j] += u[k] * h->p[j * h->K + k];
    for (int64_t n = 0; n < h->samples; n++)
        phi[n % moments] += h->share[n / moments] * (x[n] + through[h->level_of[n]]);
    temper_estimate mean;
    temper_status bad = temper_estimate_mean(phi, h->lines, h->kept, &mean);
    *error = mean.error * (double)moments;
    temper_release(u);
    return bad;
}

bool temper_histograms_sure(const temper_histograms *h, const double *w, bool also) {
    bool sure = h->sure;
    for (int k = 0; k < h->K; k++) {
        double cold = 0; /* share of the weight that measurements of the cold side carry */
        if (h->bridge[k] >= BRIDGE_LEAST) continue;
        for (int64_t j = 0; j < h->levels; j++)
            for (int l = 0; l < h->K; l++)
                if (h->beta[l] >= h->beta[k]) cold += h->count[j] * w[j] * h->p[j * h->K + l];
        sure &= fmin(cold, 1 - cold) < 0.01 && (!also || (cold > 0.5) == (h->beta[0] >= h->beta[k]));
    }
    return sure;
}

int temper_histograms_gap(const temper_histograms *h) {
    int worst = 0;
    for (int k = 1; k < h->K; k++)
        if (h->bridge[k] < h->bridge[worst]) worst = k;
    return h->bridge[worst] < BRIDGE_LEAST ? worst : -1;
}
