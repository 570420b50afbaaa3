/* The temperature that a dynamics really has, from the sums of its thermometer.
 *
 * ⟨θ·∇U⟩ = d T and ⟨|p|²⟩ = d T (equipartition; per sample N times as small) and ⟨|∇U|²⟩ = T⟨∇²U⟩ hold for every U at
 * temperature T, as long as e^{−U/T} falls off. They differ where a dynamics is off: the first sees mostly soft directions, the
 * last stiff ones.
 *
 * Every reading is factor·(⟨A⟩/⟨B⟩ − offset). Its error is that of the mean of (A − R B)/⟨B⟩, R = ⟨A⟩/⟨B⟩: the ratio to first
 * order, with all correlations in time and between A and B. */
#include <math.h>
#include <stdbool.h>
#include "base/memory.h"
#include "temper/estimate.h"

enum { ONE = -1 }; /* B = 1 */

static bool finite_throughout(const double *x, int64_t rows, int column) {
    for (int64_t i = 0; i < rows && column != ONE; i++)
        if (!isfinite(x[i * TEMPER_READINGS + column])) return false;
    return true;
}

static double cell(const double *x, int64_t row, int column) {
    return column == ONE ? 1 : x[row * TEMPER_READINGS + column];
}

/* ⟨A⟩/⟨B⟩ and its error; r: room for one series. */
static temper_status ratio(const double *x, int chains, int64_t n, const int column[2], double *r,
                           temper_reading *out) {
    int64_t rows = chains * n;
    double sum[2] = {0, 0};
    *out = (temper_reading){NAN, NAN};
    for (int c = 0; c < 2; c++) {
        if (!finite_throughout(x, rows, column[c])) return TEMPER_OK;
        for (int64_t i = 0; i < rows; i++) sum[c] += cell(x, i, column[c]) / (double)rows;
    }
    double R = sum[0] / sum[1];
    if (!isfinite(R)) return TEMPER_OK;
    for (int64_t i = 0; i < rows; i++) r[i] = (cell(x, i, column[0]) - R * cell(x, i, column[1])) / sum[1];
    temper_estimate estimate;
    temper_status bad = temper_estimate_mean(r, chains, n, &estimate);
    *out = (temper_reading){R, estimate.error};
    return bad;
}

temper_status temper_thermometry_read(const double *x, int chains, int64_t n, const temper_gauge *gauge,
                                      temper_thermometry *out) {
    double N = gauge->samples, d = gauge->dim, b = gauge->batch;
    const struct {
        int column[2];
        double factor, offset;
        temper_reading *to;
    } readings[] = {{{TEMPER_THETA_GRAD, ONE}, N / d, 0, &out->configurational},
                    {{TEMPER_KINETIC, ONE}, N / d, 0, &out->kinetic},
                    {{TEMPER_SIGNAL, TEMPER_LAPLACIAN}, N, 0, &out->gradient},
                    {{TEMPER_THETA_GRAD, TEMPER_FDR_RIGHT}, 1, 0, &out->fdr},
                    {{TEMPER_GRAD_GRAD, TEMPER_SIGNAL}, b, 1, &out->noise_scale}};
    if (chains < 1 || n < 1 || !(N > 0) || !(d > 0) || !(b > 0))
        return temper_fail(TEMPER_BAD_OPTION,
                           "thermometry: chains=%d n=%lld samples=%g dim=%g batch=%g, all must be positive",
                           chains, (long long)n, N, d, b);
    double *r = temper_alloc((size_t)chains * (size_t)n, sizeof *r);
    temper_status bad = r ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int q = 0; q < 5 && !bad; q++) {
        bad = ratio(x, chains, n, readings[q].column, r, readings[q].to);
        readings[q].to->value = readings[q].factor * (readings[q].to->value - readings[q].offset);
        readings[q].to->error *= fabs(readings[q].factor);
    }
    temper_release(r);
    return bad;
}
