#include "core/deep.h"
#include <math.h>
#include "base/memory.h"
#include "temper/potential.h"

enum { ROWS = TEMPER_DEEP_ROWS };

temper_status temper_deep_build(temper_deep *d, const char *model, int64_t V, int64_t outputs) {
    const temper_network_io shape = {.features = V, .outputs = outputs};
    const temper_objective squared = {.loss = TEMPER_SQUARED};
    temper_status bad = temper_network_create(&d->network, model, &shape, &squared);
    if (bad) return bad;
    d->V = V, d->outputs = outputs;
    d->zero = temper_alloc((size_t)(ROWS * outputs), sizeof *d->zero);
    d->row = temper_alloc(ROWS, sizeof *d->row);
    if (!d->zero || !d->row) return TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < ROWS; k++) d->row[k] = k;
    return TEMPER_OK;
}

void temper_deep_clear(temper_deep *d) {
    temper_network_free(d->network);
    temper_release(d->zero);
    temper_release(d->row);
}

static temper_samples as_samples(const temper_deep *d, const float *x, int64_t n) {
    return (temper_samples){.n = n, .features = d->V, .X = (float *)x, .outputs = d->outputs, .t = d->zero};
}

temper_status temper_deep_slopes(const temper_deep *d, const float *x, int64_t n, double *E, float *slope) {
    temper_status worst = TEMPER_OK;
    for (int64_t first = 0; first < n; first += ROWS) {
        int64_t count = n - first < ROWS ? n - first : ROWS;
        temper_samples samples = as_samples(d, x + first * d->V, count);
        temper_status bad = temper_network_slope(d->network, &samples, NULL, d->row, count, d->theta, NULL,
                                                 slope + first * d->V, E + first);
        for (int64_t k = 0; k < count && bad; k++) E[first + k] = NAN;
        if (bad) worst = bad;
    }
    return worst;
}

temper_status temper_deep_energies(const temper_deep *d, const float *x, int64_t n, double *E) {
    float *f = temper_alloc((size_t)(ROWS * d->outputs), sizeof *f);
    temper_status bad = f ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t first = 0; first < n && !bad; first += ROWS) {
        int64_t count = n - first < ROWS ? n - first : ROWS;
        temper_samples samples = as_samples(d, x + first * d->V, count);
        bad = temper_network_predict(d->network, &samples, NULL, d->row, count, d->theta, NULL, f);
        for (int64_t k = 0; k < count && !bad; k++) {
            double sum = 0;
            for (int64_t o = 0; o < d->outputs; o++)
                sum += (double)f[k * d->outputs + o] * f[k * d->outputs + o];
            E[first + k] = sum / 2;
        }
    }
    for (int64_t k = 0; k < n && bad; k++) E[k] = NAN;
    temper_release(f);
    return bad;
}

/* The slope of a loss on rows whose targets are 0. */
temper_status temper_deep_mean(const temper_deep *d, const float *x, int64_t n, float *grad) {
    temper_samples samples = as_samples(d, x, n);
    const temper_network_task task = {
        .network = d->network, .samples = &samples, .row = d->row, .rows = n, .batch = n, .prior = INFINITY};
    temper_potential *potential;
    temper_status bad = temper_network_potential(&potential, &task);
    if (bad) return bad;
    void *scratch = temper_alloc(1, potential->scratch);
    const temper_look look = {{0, 0}, 0, true, scratch};
    if (scratch) potential->type->slope_single(potential->self, &look, d->theta, grad);
    temper_release(scratch);
    temper_potential_free(potential);
    return scratch ? TEMPER_OK : TEMPER_NO_MEMORY;
}
