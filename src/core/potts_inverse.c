#include "core/potts_inverse.h"
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/covariances.h"
#include "core/potts.h"
#include "temper/couplings.h"

typedef struct {
    int64_t V, q, n; /* n = V (q − 1) */
    double *f1;      /* [V][q] */
    float *f;        /* θ's layout: frequencies of pairs, then of states */
    double *C, *inverse;
} direct;

static void covariances(direct *d, double pseudocount) {
    const int64_t V = d->V, q = d->q, k = q - 1, pairs = V * (V - 1) / 2;
    const double kept = 1 - pseudocount, one = pseudocount / (double)q, two = one / (double)q;
    for (int64_t s = 0; s < V * q; s++) d->f1[s] = kept * (double)d->f[pairs * q * q + s] + one;
    for (int64_t i = 0; i < V; i++) {
        for (int64_t a = 0; a < k; a++)
            for (int64_t b = 0; b < k; b++)
                d->C[(i * k + a) * d->n + i * k + b] =
                    (a == b ? d->f1[i * q + a] : 0) - d->f1[i * q + a] * d->f1[i * q + b];
        for (int64_t j = i + 1; j < V; j++) {
            const float *f2 = d->f + temper_pair_number(V, i, j) * q * q;
            for (int64_t a = 0; a < k; a++)
                for (int64_t b = 0; b < k; b++)
                    d->C[(i * k + a) * d->n + j * k + b] = d->C[(j * k + b) * d->n + i * k + a] =
                        kept * (double)f2[a * q + b] + two - d->f1[i * q + a] * d->f1[j * q + b];
        }
    }
}

static void store(const direct *d, float *theta) {
    const int64_t V = d->V, q = d->q, k = q - 1, pairs = V * (V - 1) / 2;
    float *h = theta + pairs * q * q;
    memset(theta, 0, (size_t)(pairs * q * q + V * q) * sizeof *theta);
    for (int64_t i = 0; i < V; i++)
        for (int64_t a = 0; a < k; a++) {
            const double *row = d->inverse + (i * k + a) * d->n;
            double sum = temper_log(d->f1[i * q + a] / d->f1[i * q + k]);
            for (int64_t j = 0; j < V; j++)
                for (int64_t b = 0; j != i && b < k; b++) {
                    sum += row[j * k + b] * d->f1[j * q + b];
                    if (j > i) theta[(temper_pair_number(V, i, j) * q + a) * q + b] = (float)-row[j * k + b];
                }
            h[i * q + a] = (float)sum;
        }
}

temper_status temper_potts_inverse(temper_machine *machine, const temper_rows_view *rows,
                                   double pseudocount) {
    const int64_t V = machine->io.columns, q = machine->io.states, n = V * (q - 1);
    direct d = {.V = V, .q = q, .n = n};
    d.f1 = temper_alloc((size_t)(V * q), sizeof *d.f1);
    d.f = temper_alloc((size_t)machine->parameters, sizeof *d.f);
    d.C = temper_alloc((size_t)(n * n), sizeof *d.C);
    d.inverse = temper_alloc((size_t)(n * n), sizeof *d.inverse);
    temper_status bad =
        d.f1 && d.f && d.C && d.inverse ? temper_machine_mean(machine, rows, d.f) : TEMPER_NO_MEMORY;
    if (!bad) {
        const temper_potts shape = {.V = V, .q = q, .coupled = true, .pairs = V * (V - 1) / 2};
        covariances(&d, pseudocount);
        if (!temper_inverse(n, d.C, d.inverse))
            bad = temper_fail(TEMPER_BAD_DATA,
                              "nmf: the covariances of the states have no inverse (a state that is "
                              "never seen is enough); legal: a pseudocount above 0");
        else {
            store(&d, machine->theta);
            temper_potts_gauge(&shape, machine->theta);
            bad = temper_machine_refresh(machine);
        }
    }
    temper_release(d.f1);
    temper_release(d.f);
    temper_release(d.C);
    temper_release(d.inverse);
    return bad;
}
