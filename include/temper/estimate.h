/* estimate: plain numbers in, number ± error out. Takes arrays, never chains. Series of several chains are row-major:
 * x[chains][n]. Means are of finite numbers; a NaN or infinity in the input gives TEMPER_BAD_DATA with its index. */
#ifndef TEMPER_ESTIMATE_H
#define TEMPER_ESTIMATE_H

#include <stdint.h>
#include "temper/export.h"
#include "temper/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double mean;
    double error;      /* one standard error, corrected for autocorrelation */
    double tau;        /* integrated autocorrelation time ½ + Σ ρ(t), in steps of the series; ½ if independent */
    double tau_error;  /* its own standard error */
    double ess;        /* effective sample size: chains·n / (2 tau) */
    double rhat;       /* split R-hat, rank-normalised; NaN when it cannot be computed */
    int64_t count;     /* chains·n */
} temper_estimate;

/* Mean with error over chains of equal length (burn-in already removed). A constant series has error 0, tau ½.
 * Uses both Sokal's window within chains and the spread between chains. Cost O(n log n). */
TEMPER_API temper_status temper_estimate_mean(const double *x, int chains, int64_t n, temper_estimate *out);

/* Normalised autocorrelation rho[0 … lags) of one series, pooled over chains about the common mean. */
TEMPER_API temper_status temper_autocorrelation(const double *x, int chains, int64_t n, int64_t lags, double *rho);

/* Split R-hat (rank-normalised and folded: Vehtari et al. 2021) of x[chains][n], n ≥ 4. */
TEMPER_API temper_status temper_rhat(const double *x, int chains, int64_t n, double *rhat);

/* First index from which the series may be taken as stationary (MSER-5: White 1997; at most n/2). */
TEMPER_API temper_status temper_burn_in(const double *x, int chains, int64_t n, int64_t *first);

/* Jackknife of f(means of raw columns): x[chains][n][raw]. Blocks are longer than the longest tau and never join two
 * chains; values[count] and errors[count]. `f` must be smooth near the means. */
typedef void (*temper_function)(void *context, const double *means, double *values);
TEMPER_API temper_status temper_jackknife(const double *x, int chains, int64_t n, int raw, temper_function f,
                                          void *context, int count, double *values, double *errors);

/* MBAR (Shirts & Chodera 2008) for energies sampled at inverse temperatures beta[K]: E[k][n[k]] are extensive energies,
 * E one array of all of them in order of k; inefficiency[k] = 2 tau (NULL: 1) thins the weight of correlated data in
 * the errors. log_z[k] = ln Z(beta_k) − ln Z(beta_0), log_z[0] = 0. */
typedef struct temper_mbar temper_mbar;
TEMPER_API temper_status temper_mbar_create(temper_mbar **mbar, int K, const double *beta, const int64_t *n,
                                            const double *E, const double *inefficiency);
TEMPER_API void temper_mbar_free(temper_mbar *mbar);
/* ln Z(beta) − ln Z(beta_0) and its error, at any beta in the range of overlap. */
TEMPER_API temper_status temper_mbar_log_z(const temper_mbar *mbar, double beta, double *log_z, double *error);
/* ⟨A⟩ at beta for A[sample] in the order of E (NULL: the energy itself). ess (may be NULL) warns of poor overlap. */
TEMPER_API temper_status temper_mbar_mean(const temper_mbar *mbar, double beta, const double *A, double *mean,
                                          double *error, double *ess);

/* Thermodynamic integration: ln Z(beta_k) − ln Z(beta_0) = −∫⟨E⟩dβ, by the cubic Hermite rule that uses
 * dE/dβ = −Var E at the nodes; error from the errors of E. beta ascending. All arrays [K]; variance may be NULL
 * (trapezoid). `bias` (may be NULL) estimates the quadrature error by comparing with every second node. */
TEMPER_API temper_status temper_integrate(int K, const double *beta, const double *E, const double *E_error,
                                          const double *variance, double *log_z, double *error, double *bias);

/* Tally: running mean, variance and correlation time in constant memory by logarithmic binning
 * (Flyvbjerg & Petersen 1989), mergeable in index order. */
enum { TEMPER_TALLY_LEVELS = 48 };
typedef struct { /* start from {0} */
    int64_t count;
    struct {
        int64_t count;             /* bins completed at this level (of 2^level numbers each) */
        double mean, m2;           /* Welford's running mean and sum of squared deviations */
        double pending;            /* half-filled bin: mean of its first half */
        int half;                  /* 1 when pending is filled */
    } level[TEMPER_TALLY_LEVELS];
} temper_tally;

TEMPER_API void temper_tally_add(temper_tally *tally, double x);
/* Joins two tallies as if b's numbers followed a's, up to half-filled bins of a, which are dropped. */
TEMPER_API void temper_tally_merge(temper_tally *a, const temper_tally *b);
TEMPER_API void temper_tally_estimate(const temper_tally *tally, temper_estimate *out);

#ifdef __cplusplus
}
#endif
#endif
