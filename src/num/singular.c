/* Singular values and principal components by way of Gram and covariance matrices. Outputs are shared out to threads row by row; each entry is one
 * sum in index order. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "num/eigen.h"
#include "temper/parallel.h"

typedef struct {
    int64_t rows, columns;
    const double *X; /* [rows][columns]: the Gram matrix of its rows */
    double *G;       /* [rows][rows] */
} gram;

static temper_status gram_row(void *context, int64_t i) {
    gram *g = context;
    const double *x = g->X + i * g->columns;
    for (int64_t j = 0; j <= i; j++) {
        const double *y = g->X + j * g->columns;
        double lane[4] = {0}; /* four sums in a fixed order */
        int64_t k = 0;
        for (; k + 4 <= g->columns; k += 4)
            for (int l = 0; l < 4; l++) lane[l] += x[k + l] * y[k + l];
        for (; k < g->columns; k++) lane[0] += x[k] * y[k];
        g->G[i * g->rows + j] = (lane[0] + lane[2]) + (lane[1] + lane[3]);
    }
    return TEMPER_OK;
}

static temper_status finite(int64_t rows, int64_t columns, const double *X) {
    for (int64_t i = 0; i < rows * columns; i++)
        if (!isfinite(X[i]))
            return temper_fail(TEMPER_BAD_DATA, "singular: entry %lld, %lld is %g, must be finite",
                               (long long)(i / columns), (long long)(i % columns), X[i]);
    return TEMPER_OK;
}

/* The other side of a pair: X·y (or Xᵀ·y)/σ, made a unit vector; 0 where σ is. */
static void partner(const gram *g, const double *y, double *out) {
    double square = 0;
    memset(out, 0, (size_t)g->columns * sizeof *out);
    for (int64_t i = 0; i < g->rows; i++)
        for (int64_t k = 0; k < g->columns; k++) out[k] += y[i] * g->X[i * g->columns + k];
    for (int64_t k = 0; k < g->columns; k++) square += out[k] * out[k];
    double scale = square > 0 ? 1 / sqrt(square) : 0;
    for (int64_t k = 0; k < g->columns; k++) out[k] *= scale;
}

temper_status temper_singular(int64_t rows, int64_t columns, const double *X, int64_t k, double *value,
                              double *left, double *right) {
    temper_status status = finite(rows, columns, X);
    if (status) return status;
    int64_t n = rows < columns ? rows : columns, m = rows < columns ? columns : rows;
    double *room = temper_alloc((size_t)(n * n + 2 * n), sizeof *room);
    double *turned = temper_alloc((size_t)(n * m), sizeof *turned); /* [n][m]: the short side in rows */
    if (!room || !turned) {
        temper_release(room);
        temper_release(turned);
        return TEMPER_NO_MEMORY;
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < m; j++)
            turned[i * m + j] = rows < columns ? X[i * columns + j] : X[j * columns + i];
    gram g = {n, m, turned, room};
    status = temper_parallel(n, gram_row, &g);
    double *lambda = room + n * n;
    if (!status && temper_eigen_symmetric(n, room, lambda, lambda + n) < n)
        status =
            temper_fail(TEMPER_DIVERGED, "singular: the eigenvalues of a %lld × %lld matrix did not converge",
                        (long long)n, (long long)n);
    double *near = rows < columns ? left : right, *far = rows < columns ? right : left;
    for (int64_t a = 0; a < k && !status; a++) {
        value[a] = lambda[a] > 0 ? sqrt(lambda[a]) : 0;
        if (near) memcpy(near + a * n, room + a * n, (size_t)n * sizeof *near);
        if (far) partner(&g, room + a * n, far + a * m);
    }
    temper_release(room);
    temper_release(turned);
    return status;
}
