/* The leading principal components, by subspace iteration: Y ← C Y, made orthonormal, turned into the eigenvectors of YᵀCY (Rayleigh and Ritz), until
 * the values stand still. A few spare directions speed it up: the error falls as (λ_{k+spare}/λ_k)^t. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "num/eigen.h"
#include "temper/parallel.h"
#include "temper/stream.h"

enum { SPARE = 6, TURNS = 500 };

typedef struct {
    int64_t n, columns, p; /* p directions */
    const float *X;
    const double *weight, *mean;
    double total;
    double *C;  /* [columns][columns] */
    double *Y;  /* [p][columns] */
    double *CY; /* [p][columns] */
} analysis;

/* Row i of the covariance, sums over rows in index order. */
static temper_status covariance_row(void *context, int64_t i) {
    analysis *a = context;
    int64_t V = a->columns;
    double *c = a->C + i * V;
    for (int64_t r = 0; r < a->n; r++) {
        const float *x = a->X + r * V;
        double d = (a->weight ? a->weight[r] : 1) * (x[i] - a->mean[i]);
        if (d == 0) continue;
        for (int64_t j = 0; j <= i; j++) c[j] += d * (x[j] - a->mean[j]);
    }
    for (int64_t j = 0; j <= i; j++) c[j] /= a->total;
    return TEMPER_OK;
}

static temper_status apply_row(void *context, int64_t k) {
    analysis *a = context;
    int64_t V = a->columns;
    const double *y = a->Y + k * V;
    double *out = a->CY + k * V;
    memset(out, 0, (size_t)V * sizeof *out);
    for (int64_t i = 0; i < V; i++)
        for (int64_t j = 0; j < V; j++) out[j] += y[i] * a->C[i * V + j];
    return TEMPER_OK;
}

/* Gram and Schmidt, twice is enough; a direction that vanishes becomes 0. */
static void orthonormal(int64_t p, int64_t V, double *Y) {
    for (int64_t k = 0; k < p; k++) {
        double *y = Y + k * V, before = 0, after = 0;
        for (int64_t i = 0; i < V; i++) before += y[i] * y[i];
        for (int pass = 0; pass < 2; pass++)
            for (int64_t l = 0; l < k; l++) {
                double *x = Y + l * V, s = 0;
                for (int64_t i = 0; i < V; i++) s += x[i] * y[i];
                for (int64_t i = 0; i < V; i++) y[i] -= s * x[i];
            }
        for (int64_t i = 0; i < V; i++) after += y[i] * y[i];
        double scale = after > 1e-24 * before && after > 0 ? 1 / sqrt(after) : 0;
        for (int64_t i = 0; i < V; i++) y[i] *= scale;
    }
}

/* Y ← the eigenvectors of YᵀCY within the space; value[p]. room[p² + 2p]. */
static int rotate(analysis *a, double *value, double *room) {
    int64_t p = a->p, V = a->columns;
    double *B = room;
    for (int64_t k = 0; k < p; k++)
        for (int64_t l = 0; l <= k; l++) {
            double s = 0;
            for (int64_t i = 0; i < V; i++) s += a->Y[l * V + i] * a->CY[k * V + i];
            B[k * p + l] = s;
        }
    if (temper_eigen_symmetric(p, B, value, room + p * p) < p) return 0;
    for (int64_t i = 0; i < V; i++) {
        double *column = room + p * p;
        for (int64_t k = 0; k < p; k++) {
            column[k] = 0;
            for (int64_t l = 0; l < p; l++) column[k] += B[k * p + l] * a->CY[l * V + i];
        }
        for (int64_t k = 0; k < p; k++)
            a->Y[k * V + i] = column[k]; /* one power further: C times the rotated Y */
    }
    return 1;
}

static temper_status iterate(analysis *a, double *value, int64_t k, double *room) {
    double last[SPARE + 64] = {0};
    for (int turn = 0; turn < TURNS; turn++) {
        orthonormal(a->p, a->columns, a->Y);
        temper_status status = temper_parallel(a->p, apply_row, a);
        if (status) return status;
        if (!rotate(a, value, room))
            return temper_fail(TEMPER_DIVERGED, "principal: the components did not converge");
        double change = 0;
        for (int64_t c = 0; c < k; c++) {
            change = fmax(change, fabs(value[c] - last[c]));
            last[c] = value[c];
        }
        if (change <= 1e-12 * fabs(value[0]) && turn > 2) break;
    }
    orthonormal(a->p, a->columns, a->Y);
    return TEMPER_OK;
}

static temper_status means(analysis *a, double *mean) {
    for (int64_t i = 0; i < a->columns; i++) mean[i] = 0;
    for (int64_t r = 0; r < a->n; r++) {
        double w = a->weight ? a->weight[r] : 1;
        a->total += w;
        for (int64_t i = 0; i < a->columns; i++) mean[i] += w * a->X[r * a->columns + i];
    }
    for (int64_t i = 0; i < a->columns; i++) {
        mean[i] /= a->total;
        if (!isfinite(mean[i]))
            return temper_fail(TEMPER_BAD_DATA, "principal: column %lld is not finite, or no row has weight",
                               (long long)i);
    }
    return TEMPER_OK;
}

temper_status temper_principal(int64_t n, int64_t columns, const float *X, const double *weight, int64_t k,
                               double *mean, double *component, double *variance) {
    if (k < 1 || k > columns || k > 64)
        return temper_fail(TEMPER_BAD_OPTION,
                           "principal: %lld components of %lld columns, must be 1 … min(columns, 64)",
                           (long long)k, (long long)columns);
    int64_t p = k + SPARE < columns ? k + SPARE : columns, V = columns;
    analysis a = {.n = n, .columns = V, .p = p, .X = X, .weight = weight, .mean = mean};
    temper_status status = means(&a, mean);
    if (status) return status;
    double *block = temper_alloc((size_t)(V * V + 2 * p * V + p * p + 4 * p), sizeof *block);
    if (!block) return TEMPER_NO_MEMORY;
    a.C = block;
    a.Y = a.C + V * V;
    a.CY = a.Y + p * V;
    double *room = a.CY + p * V, *value = room + p * p + 2 * p;
    status = temper_parallel(V, covariance_row, &a);
    for (int64_t i = 0; i < V; i++)
        for (int64_t j = 0; j < i; j++) a.C[j * V + i] = a.C[i * V + j];
    for (int64_t i = 0; i < p * V; i++) /* any start that no component is orthogonal to */
        a.Y[i] = temper_uniform((temper_stream){1, 0}, TEMPER_FOR_INITIAL, 0, i) - 0.5;
    if (!status) status = iterate(&a, value, k, room);
    if (!status) {
        memcpy(component, a.Y, (size_t)(k * V) * sizeof *component);
        memcpy(variance, value, (size_t)k * sizeof *variance);
    }
    temper_release(block);
    return status;
}
