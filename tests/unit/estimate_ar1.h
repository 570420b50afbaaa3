/* Series whose mean, variance and correlation time are known: x_{t+1} = phi·x_t + noise of variance 1, started in
 * equilibrium. Mean 0, variance 1/(1 − phi²), rho(t) = phi^t, tau = ½(1 + phi)/(1 − phi), and the error of the mean of N
 * numbers is √(2 tau·variance/N) up to (1/N)² (Priestley, Spectral Analysis and Time Series, 1981, ch. 3 and 5). */
#ifndef TEMPER_TESTS_ESTIMATE_AR1_H
#define TEMPER_TESTS_ESTIMATE_AR1_H

#include <math.h>
#include <stdint.h>
#include "temper/stream.h"

/* Fills x[chains][n]; `seed` names the series. */
static inline void ar1(double *x, int chains, int64_t n, double phi, uint64_t seed) {
    for (int c = 0; c < chains; c++) {
        temper_stream of = {seed, (uint32_t)c};
        double v = temper_normal(of, TEMPER_FOR_TESTS, 0, 0) / sqrt(1 - phi * phi);
        for (int64_t i = 0; i < n; i++) {
            x[c * n + i] = v;
            v = phi * v + temper_normal(of, TEMPER_FOR_TESTS, 0, i + 1);
        }
    }
}

static inline double ar1_tau(double phi) { return 0.5 * (1 + phi) / (1 - phi); }
static inline double ar1_variance(double phi) { return 1 / (1 - phi * phi); }

/* How often an interval holds the truth. */
typedef struct {
    int runs, in_68, in_95;
} coverage;

static inline void coverage_add(coverage *of, double value, double error, double truth) {
    double z = fabs(value - truth) / error;
    of->runs++;
    of->in_68 += z < 1;
    of->in_95 += z < 1.959963985; /* Φ⁻¹(0.975) */
}
static inline double coverage_68(coverage of) { return 100.0 * of.in_68 / of.runs; }
static inline double coverage_95(coverage of) { return 100.0 * of.in_95 / of.runs; }

/* A portable sequence that other programs can repeat: x ← 1103515245 x + 12345 mod 2³¹, u = x/2³¹. */
static inline double lcg(uint32_t *x) {
    *x = (1103515245u * *x + 12345u) & 0x7fffffffu;
    return *x / 2147483648.0;
}

#endif
