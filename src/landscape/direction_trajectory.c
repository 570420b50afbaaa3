/* Where a run went: the principal components of its way, and coordinates in a plane.
 *
 * With rows y_r = θ_r − origin, the components are the eigenvectors of YᵀY (dim × dim); those of the Gram matrix G = YYᵀ (rows × rows) tell
 * them, since G u = λ u gives YᵀY (Yᵀu) = λ (Yᵀu), and rows are few. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/vectors.h"
#include "num/eigen.h"
#include "temper/parallel.h"
#include "temper/slice.h"

typedef struct {
    int64_t rows, dim;
    double *Y; /* [rows][dim] */
    double *G; /* [rows][rows], its lower triangle */
} way;

static temper_status gram_row(void *context, int64_t r) {
    way *w = context;
    for (int64_t s = 0; s <= r; s++)
        w->G[r * w->rows + s] = temper_inner(w->dim, w->Y + r * w->dim, w->Y + s * w->dim);
    return TEMPER_OK;
}

static void centre(way *w, const double *theta, const double *origin) {
    for (int64_t i = 0; i < w->dim; i++) {
        double at = 0;
        for (int64_t r = 0; r < w->rows && !origin; r++) at += theta[r * w->dim + i] / (double)w->rows;
        if (origin) at = origin[i];
        for (int64_t r = 0; r < w->rows; r++) w->Y[r * w->dim + i] = theta[r * w->dim + i] - at;
    }
}

/* d = Yᵀu, unit, its largest entry positive. */
static void raise(const way *w, const double *u, double *d) {
    double largest = 0;
    memset(d, 0, (size_t)w->dim * sizeof *d);
    for (int64_t r = 0; r < w->rows; r++)
        for (int64_t i = 0; i < w->dim; i++) d[i] += u[r] * w->Y[r * w->dim + i];
    for (int64_t i = 0; i < w->dim; i++)
        if (fabs(d[i]) > fabs(largest)) largest = d[i];
    double by = 1 / sqrt(temper_inner(w->dim, d, d));
    for (int64_t i = 0; i < w->dim; i++) d[i] *= largest < 0 ? -by : by;
}

static temper_status find(way *w, int64_t k, double *direction, double *share, double *value) {
    double total = 0;
    temper_status bad = temper_parallel(w->rows, gram_row, w);
    if (bad) return bad;
    for (int64_t r = 0; r < w->rows; r++) total += w->G[r * w->rows + r];
    if (!isfinite(total)) return temper_fail(TEMPER_BAD_DATA, "trajectory: not finite");
    if (temper_eigen_symmetric(w->rows, w->G, value, value + w->rows) < w->rows)
        return temper_fail(TEMPER_DIVERGED, "trajectory: its principal components did not converge");
    for (int64_t j = 0; j < k; j++) {
        if (!(value[j] > 1e-14 * total) || total == 0)
            return temper_fail(TEMPER_BAD_DATA, "trajectory: %lld points that span %lld dimensions only",
                               (long long)w->rows, (long long)j);
        raise(w, w->G + j * w->rows, direction + j * w->dim);
        share[j] = value[j] / total;
    }
    return TEMPER_OK;
}

temper_status temper_direction_trajectory(int64_t rows, int64_t dim, const double *theta,
                                          const double *origin, int64_t k, double *direction, double *share) {
    if (k < 1 || k >= rows)
        return temper_fail(TEMPER_BAD_OPTION,
                           "trajectory: %lld components of %lld points; legal are 1 ... %lld", (long long)k,
                           (long long)rows, (long long)rows - 1);
    way w = {.rows = rows, .dim = dim};
    w.Y = temper_alloc((size_t)rows, (size_t)dim * sizeof *w.Y);
    w.G = temper_alloc((size_t)(rows * rows + 2 * rows), sizeof *w.G);
    temper_status bad = w.Y && w.G ? TEMPER_OK : TEMPER_NO_MEMORY;
    if (!bad) {
        centre(&w, theta, origin);
        bad = find(&w, k, direction, share, w.G + rows * rows);
    }
    temper_release(w.Y);
    temper_release(w.G);
    return bad;
}

/* ---- coordinates in a plane ---- */

/* A x = b for a symmetric positive A[n][n], n ≤ TEMPER_AXES_MAX, by its LDLᵀ; what has no pivot gets 0. */
static void solve_small(int n, double A[][TEMPER_AXES_MAX], double *b) {
    double top = 0;
    for (int i = 0; i < n; i++) top = fmax(top, A[i][i]);
    for (int k = 0; k < n; k++) {
        bool flat = !(A[k][k] > 1e-13 * top);
        for (int i = k + 1; i < n; i++) {
            double by = flat ? 0 : A[i][k] / A[k][k];
            for (int j = k; j < n; j++) A[i][j] -= by * A[k][j];
            b[i] -= by * b[k];
        }
        if (flat) A[k][k] = 0;
    }
    for (int k = n - 1; k >= 0; k--) {
        for (int j = k + 1; j < n; j++) b[k] -= A[k][j] * b[j];
        b[k] = A[k][k] > 0 ? b[k] / A[k][k] : 0;
    }
}

temper_status temper_direction_project(const double *theta, int axes, const double *direction, int64_t dim,
                                       const double *point, double *x, double *away) {
    double A[TEMPER_AXES_MAX][TEMPER_AXES_MAX] = {{0}};
    if (axes < 1 || axes > TEMPER_AXES_MAX)
        return temper_fail(TEMPER_BAD_OPTION, "directions: axes=%d is outside 1 ... %d", axes,
                           TEMPER_AXES_MAX);
    double *rest = temper_alloc((size_t)dim, sizeof *rest);
    if (!rest) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < dim; i++) rest[i] = point[i] - theta[i];
    for (int k = 0; k < axes; k++) {
        const double *d = direction + k * dim;
        x[k] = temper_inner(dim, d, rest);
        for (int l = 0; l < axes; l++) A[k][l] = temper_inner(dim, d, direction + l * dim);
    }
    solve_small(axes, A, x);
    for (int k = 0; k < axes; k++)
        for (int64_t i = 0; i < dim; i++) rest[i] -= x[k] * direction[k * dim + i];
    if (away) *away = sqrt(temper_inner(dim, rest, rest));
    temper_release(rest);
    return TEMPER_OK;
}
