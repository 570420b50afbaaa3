/* Means over independent chains, with the error from their spread: no assumption about correlations in time. */
#ifndef TEMPER_PHYSICS_SAMPLERS_MEAN_H
#define TEMPER_PHYSICS_SAMPLERS_MEAN_H

#include <stdlib.h>
#include "check.h"
#include "temper/temper.h"

enum { CHAINS = 32 };

typedef struct {
    double mean, error;
} estimate;

static inline estimate over_chains(const double *x) {
    double sum = 0, squares = 0;
    for (int c = 0; c < CHAINS; c++) sum += x[c];
    for (int c = 0; c < CHAINS; c++) squares += (x[c] - sum / CHAINS) * (x[c] - sum / CHAINS);
    return (estimate){sum / CHAINS, sqrt(squares / (CHAINS - 1.0) / CHAINS)};
}

typedef struct {
    estimate energy; /* H per site */
    estimate second; /* ⟨H²⟩ per site² */
    estimate moved;  /* acceptances per sweep and site: for Wolff the mean cluster per site */
    estimate
        overlap; /* ⟨q²⟩ of chains 2k, 2k+1 (each pair counted twice, so its error is divided by √2 too often) */
} means;

typedef struct {
    int64_t looks, stride; /* how many looks at each chain, sweeps between two; a tenth of all goes before */
} plan;

static inline bool sample(const char *system, const char *sampler, double T, plan how, means *out) {
    temper_system *x;
    temper_sampler *move;
    temper_chain *chain[CHAINS] = {NULL};
    double energy[CHAINS] = {0}, second[CHAINS] = {0}, moved[CHAINS], overlap[CHAINS] = {0};
    memset(out, 0, sizeof *out);
    CHECK_OK(temper_system_create(&x, system));
    CHECK_OK(temper_sampler_create(&move, sampler));
    bool fit = x && move && temper_sampler_suits(move, x) == TEMPER_OK;
    CHECK(fit, "%s on %s: %s", sampler, system, temper_message());
    for (int c = 0; fit && c < CHAINS; c++) {
        CHECK_OK(temper_chain_create(&chain[c], x, move, 4711, (uint32_t)c));
        if (!chain[c]) return false;
        CHECK_OK(temper_chain_start(chain[c], "ordered"));
        chain[c]->temperature = T;
    }
    if (fit) CHECK_OK(temper_sampler_advance(move, chain, CHAINS, how.looks * how.stride / 10));
    for (int c = 0; fit && c < CHAINS; c++) chain[c]->accepted = 0;
    for (int64_t t = 0; fit && t < how.looks; t++) {
        if (temper_sampler_advance(move, chain, CHAINS, how.stride)) fit = false;
        for (int c = 0; c < CHAINS; c++) {
            double e = chain[c]->energy / x->n;
            energy[c] += e / (double)how.looks, second[c] += e * e / (double)how.looks;
            if (!x->binary || t % 4) continue; /* overlaps are dear, every fourth is enough */
            const int8_t *a = chain[c]->s, *b = chain[c ^ 1]->s;
            int q = 0;
            for (int i = 0; i < x->n; i++) q += a[i] * b[i];
            overlap[c] += (double)q * q / ((double)x->n * x->n) / (double)((how.looks + 3) / 4);
        }
    }
    for (int c = 0; fit && c < CHAINS; c++)
        moved[c] = (double)chain[c]->accepted / ((double)(how.looks * how.stride) * x->n);
    if (fit)
        *out = (means){over_chains(energy), over_chains(second), over_chains(moved), over_chains(overlap)};
    out->overlap.error *= sqrt(2);
    for (int c = 0; c < CHAINS; c++) temper_chain_free(chain[c]);
    temper_sampler_free(move);
    temper_system_free(x);
    return fit;
}

/* Within 4.5 σ, and the error small enough to mean something. */
static inline void agrees(const char *what, estimate got, double truth, double useful) {
    CHECK(got.error < useful, "%s: error %.2g is above %.2g", what, got.error, useful);
    CHECK(fabs(got.mean - truth) <= 4.5 * got.error, "%s: %.6f +- %.6f, exact %.6f (%.1f sigma)", what,
          got.mean, got.error, truth, (got.mean - truth) / got.error);
}

/* Boltzmann averages of a system of q-valued sites by going through all of its states. */
typedef struct {
    double energy, second, overlap; /* as in means */
} exact;

static inline exact enumerate(const char *system, double T) {
    temper_system *x;
    exact all = {0, 0, 0};
    CHECK_OK(temper_system_create(&x, system));
    if (!x) return all;
    int n = x->n;
    const int8_t *value;
    int q = x->type->alphabet(x->self, 0, &value), digit[32] = {0};
    int8_t s[32];
    double Z = 0, *pair = calloc((size_t)n * (size_t)n, sizeof *pair);
    bool more = true;
    for (int i = 0; i < n; i++) s[i] = value[0];
    while (more) {
        double H = temper_system_energy(x, s), w = exp(-H / T);
        Z += w, all.energy += w * H / n, all.second += w * H * H / n / n;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) pair[i * n + j] += w * s[i] * s[j];
        more = false;
        for (int i = 0; i < n && !more; i++) { /* count on in base q */
            digit[i] = (digit[i] + 1) % q;
            s[i] = value[digit[i]];
            more = digit[i] != 0;
        }
    }
    /* ⟨q²⟩ = N^−2 Σ_ij ⟨s_i s_j⟩² for two independent replicas */
    for (int k = 0; k < n * n; k++) all.overlap += pair[k] / Z * (pair[k] / Z) / ((double)n * n);
    all.energy /= Z, all.second /= Z;
    free(pair);
    temper_system_free(x);
    return all;
}

#endif
