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
    double error; /* one standard error, corrected for autocorrelation; infinity for a single number */
    double tau; /* integrated autocorrelation time ½ + Σ ρ(t), in steps of the series; ½ if independent */
    double tau_error; /* its own standard error */
    double ess;       /* effective sample size: chains·n / (2 tau); more than chains·n if anticorrelated */
    double rhat;      /* split R-hat, rank-normalised; NaN for a constant series or n < 4, infinity when every
                        * half of a chain is stuck at its own value */
    int64_t count;    /* chains·n */
} temper_estimate;

/* Mean with error over chains of equal length (burn-in already removed). A constant series has error 0, tau ½.
 * Geyer's initial monotone sequence about the common mean, so that the spread between chains counts too, widened for
 * the uncertainty of the error itself: mean ± error covers 68 % and mean ± 1.96 error 95 % when ess is some tens.
 * Below that the interval is too short, as that of any method from one series. Cost O(n log n). */
TEMPER_API temper_status temper_estimate_mean(const double *x, int chains, int64_t n, temper_estimate *out);

/* Normalised autocorrelation rho[0 … lags), lags ≤ n, pooled over chains about the common mean; 1, 0, 0 … for a
 * constant series. */
TEMPER_API temper_status temper_autocorrelation(const double *x, int chains, int64_t n, int64_t lags,
                                                double *rho);

/* Split R-hat (rank-normalised and folded: Vehtari et al. 2021) of x[chains][n], n ≥ 4. */
TEMPER_API temper_status temper_rhat(const double *x, int chains, int64_t n, double *rhat);

/* First index from which the series may be taken as stationary (MSER-5: White 1997; at most n/2). */
TEMPER_API temper_status temper_burn_in(const double *x, int chains, int64_t n, int64_t *first);

/* Jackknife of f(means of raw columns): x[chains][n][raw]. Blocks are longer than the longest tau and never join two
 * chains; values[count], freed of most of the bias of order 1/ess, and errors[count]. `f` must be smooth near the means; where
 * it is not finite, its value is passed on with error NaN. */
typedef void (*temper_function)(void *context, const double *means, double *values);
TEMPER_API temper_status temper_jackknife(const double *x, int chains, int64_t n, int raw, temper_function f,
                                          void *context, int count, double *values, double *errors);

/* Thermometry: what a walker's thermometer (temper/dynamics.h) says about its temperature, with error bars. Rows are means over
 * equal stretches of a stationary run, x[chains][n][TEMPER_READINGS]; a column that is not finite throughout is left out, and what
 * needs it is NaN. With u = U/N, d coordinates and batches of b samples: */
enum {
    TEMPER_THETA_GRAD, /* θ·g */
    TEMPER_GRAD_GRAD,  /* |g|², g with the noise of its minibatch */
    TEMPER_KINETIC,    /* |p|² */
    TEMPER_FDR_RIGHT,  /* right side of the first fluctuation–dissipation relation */
    TEMPER_SIGNAL,     /* |∇u|² of all samples */
    TEMPER_LAPLACIAN,  /* ∇²u of all samples */
    TEMPER_READINGS
};
typedef struct {
    double samples, dim, batch; /* N, d, b */
} temper_gauge;
typedef struct {
    double value, error; /* one standard error; NaN where there is no such reading */
} temper_reading;
typedef struct {
    temper_reading configurational; /* N ⟨θ·g⟩/d: T by equipartition of the coordinates */
    temper_reading kinetic;         /* N ⟨|p|²⟩/d: T by that of the momenta */
    temper_reading gradient; /* N ⟨|∇u|²⟩/⟨∇²u⟩: T by Gauss's theorem (Rugh 1997), blind to where θ = 0 is */
    temper_reading fdr; /* ⟨θ·g⟩/⟨right side⟩: 1 in a stationary state, whatever the loss (Yaida 2018) */
    temper_reading
        noise_scale; /* b (⟨|g|²⟩ − ⟨|∇u|²⟩)/⟨|∇u|²⟩: the batch whose noise equals the signal (McCandlish 2018) */
} temper_thermometry;
TEMPER_API temper_status temper_thermometry_read(const double *x, int chains, int64_t n,
                                                 const temper_gauge *gauge, temper_thermometry *out);

/* MBAR (Shirts & Chodera 2008) for energies sampled at inverse temperatures beta[K]: E[k][n[k]] are extensive energies,
 * E one array of all of them in order of k; inefficiency[k] = 2 tau (NULL: 1): a sample of state k counts as 1/(2 tau)
 * of one, in the estimates and in their errors. When states don't overlap, errors are infinite. Data that are random
 * walkers in beta (exchange) are correlated between states too; these errors don't see that. */
typedef struct temper_mbar temper_mbar;
TEMPER_API temper_status temper_mbar_create(temper_mbar **mbar, int K, const double *beta, const int64_t *n,
                                            const double *E, const double *inefficiency);
TEMPER_API void temper_mbar_free(temper_mbar *mbar);
/* ln Z(beta) − ln Z(beta_0) and its error, at any beta in the range of overlap. */
TEMPER_API temper_status temper_mbar_log_z(const temper_mbar *mbar, double beta, double *log_z,
                                           double *error);
/* ⟨A⟩ at beta for A[sample] in the order of E (NULL: the energy itself). ess (may be NULL), the number of independent
 * samples that carry the weight, warns of poor overlap: below some tens neither mean nor error is to be trusted. */
TEMPER_API temper_status temper_mbar_mean(const temper_mbar *mbar, double beta, const double *A, double *mean,
                                          double *error, double *ess);

/* Thermodynamic integration: ln Z(beta_k) − ln Z(beta_0) = −∫⟨E⟩dβ, by the cubic Hermite rule that uses
 * dE/dβ = −Var E at the nodes; error from the errors of E. beta ascending. All arrays [K]; variance may be NULL
 * (trapezoid). `bias` (may be NULL) estimates the quadrature error log_z − truth by comparing with every second node;
 * it shares the noise of E, and is NaN for K = 2. */
TEMPER_API temper_status temper_integrate(int K, const double *beta, const double *E, const double *E_error,
                                          const double *variance, double *log_z, double *error, double *bias);

/* ln⟨e^x⟩ of n ≥ 2 independent numbers, with the jackknife's error and freed of its bias (from an ess of 10 on); ess = (Σe^x)²/Σe^{2x}: below some tens one or two
 * numbers are the mean, and its error means nothing. */
TEMPER_API temper_status temper_log_mean_exp(const double *x, int64_t n, double *value, double *error,
                                             double *ess);
/* ln(Z_1/Z_0) and its error from log weights both ways, E e^up = Z_1/Z_0 and E e^down = Z_0/Z_1, related by Crooks: Bennett's acceptance ratio. */
TEMPER_API temper_status temper_bennett(const double *up, int64_t n_up, const double *down, int64_t n_down,
                                        double *log_ratio, double *error);

/* Tally: running mean, variance and correlation time in constant memory by logarithmic binning
 * (Flyvbjerg & Petersen 1989), mergeable in index order. */
enum { TEMPER_TALLY_LEVELS = 48 };
typedef struct { /* start from {0} */
    int64_t count;
    struct {
        int64_t count;   /* bins completed at this level (of 2^level numbers each) */
        double mean, m2; /* Welford's running mean and sum of squared deviations */
        double pending;  /* half-filled bin: mean of its first half */
        int half;        /* 1 when pending is filled */
    } level[TEMPER_TALLY_LEVELS];
} temper_tally;

TEMPER_API void temper_tally_add(temper_tally *tally, double x);
/* Joins two tallies as if b's numbers followed a's: exactly so if both hold equal powers of two numbers; otherwise
 * half-filled bins of a that b's numbers don't complete are dropped from the higher levels, never from the mean. */
TEMPER_API void temper_tally_merge(temper_tally *a, const temper_tally *b);
/* From the first level whose bins are long enough; needs some hundred tau. rhat is NaN. */
TEMPER_API void temper_tally_estimate(const temper_tally *tally, temper_estimate *out);

#ifdef __cplusplus
}
#endif
#endif
