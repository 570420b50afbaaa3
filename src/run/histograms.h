/* All recorded energies as one histogram (MBAR, see estimate.h), and errors of what is read off it at other temperatures.
 *
 * The formula of MBAR for errors takes every number for independent of the others. Ours are not: they are correlated
 * in time, each observable in its own way, and on a ladder of exchange also between temperatures. So an error is found
 * from influences. In first order measurement n moves an estimate by
 *
 *     φ_n = (1/g_n) [x_n + Σ_k u_k p_k(E_n)],     H u = G,     G_k = Σ_n (1/g_n) x_n p_k(E_n),
 *
 * x_n at fixed ln Z_k (w_n (A_n − ⟨A⟩) for a mean), the rest through the ln Z_k, which solve N_k = Σ_n p_k/g_n; p_k(E)
 * is the probability that a measurement of energy E came from temperature k, H_kl = Σ_n (δ_kl p_k − p_k p_l)/g_n. The φ
 * of one moment, added over the temperatures, make a series in time for each copy; the copies are independent, and
 * temper_estimate_mean knows the error of the mean of such series. */
#ifndef TEMPER_RUN_HISTOGRAMS_H
#define TEMPER_RUN_HISTOGRAMS_H

#include "run/results.h"

enum { TEMPER_HISTOGRAMS_MOST = 256 }; /* temperatures */

typedef struct {             /* start from {0} */
    int K, lines;            /* temperatures, series of each of them */
    int64_t kept, stride;    /* every stride-th measurement of a line, `kept` of them: MBAR must stay quick */
    int64_t samples, levels; /* K·lines·kept; different energies */
    double *beta, *share;    /* [K] share = 1/g_k, g_k = 2 tau of the energy: what a measurement counts */
    double *log_z;           /* [K] relative to the first temperature */
    double *deviation;       /* [K] standard deviation of the energy */
    double *E;               /* [K][lines][kept] extensive, of all configurations of a line together */
    double *level, *count;   /* [levels] energy, Σ share */
    double *c, *p;           /* [levels], [levels][K] */
    double *H;               /* [K][K] Cholesky factor, scaled */
    int64_t *level_of;       /* [samples] */
    double *bridge;          /* [K] see temper_histograms_sure */
    bool sure;               /* false: some temperatures share no energies, errors are infinite */
} temper_histograms;

/* From the energies of `many` configurations at a time (1; 2: of pairs). The series records energy. */
temper_status temper_histograms_make(temper_histograms *h, const temper_series *series,
                                     const temper_results *results, int many);
void temper_histograms_clear(temper_histograms *h);

/* w[levels], what a measurement weighs at β: Σ share·w = 1. Returns ln Z(β) relative to the first temperature; *ess is
 * the number of independent measurements that carry the weight. */
double temper_histograms_weigh(const temper_histograms *h, double beta, double *w, double *ess);
/* x[samples] → the standard error, as above. */
temper_status temper_histograms_error(const temper_histograms *h, const double *x, double *error);
/* Do the weights w come from one side of every gap of the ladder, and (with `also`) from that of the first temperature? A
 * gap is where fewer than ten independent measurements could belong to both sides: with the temperatures cut into a cold
 * and a hot side, bridge = Σ_n P_n(cold) P_n(hot), and 1/bridge is about the variance of ln Z across the cut. */
bool temper_histograms_sure(const temper_histograms *h, const double *w, bool also);
/* The cold side of the widest gap: the number of its hottest temperature; −1 when there is none. */
int temper_histograms_gap(const temper_histograms *h);

#endif
