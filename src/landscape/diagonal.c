/* diag A without its entries (Bekas, Kokiopoulou & Saad 2007): z_i (A z)_i = A_ii + Σ_{j≠i} A_ij z_i z_j for entries ±1; the mean over vectors z.
 * Nothing is left of the sum where A is diagonal; else its variance is Σ_{j≠i} A_ij². */
#include <math.h>
#include "base/memory.h"
#include "landscape/errand.h"
#include "landscape/trace.h"

enum { BLOCK = 8 };

/* Running means and sums of squared deviations (Welford 1962). */
static void tally(int64_t dim, int64_t n, const double *z, const double *image, double *mean,
                  double *square) {
    for (int64_t i = 0; i < dim; i++) {
        double x = z[i] * image[i], before = x - mean[i];
        mean[i] += before / (double)n;
        square[i] += before * (x - mean[i]);
    }
}

temper_status temper_diagonal_find(temper_operator *A, int64_t probes, const temper_errand *errand,
                                   double *diagonal, double *error) {
    if (probes < 1)
        return temper_fail(TEMPER_BAD_OPTION, "%s: probes=%lld of the diagonal must be 1 or more", A->name,
                           (long long)probes);
    const int64_t dim = A->dim;
    double *z = temper_alloc(2 * BLOCK + 2, (size_t)dim * sizeof *z);
    if (!z) return TEMPER_NO_MEMORY;
    double *image = z + BLOCK * dim, *mean = image + BLOCK * dim, *square = mean + dim;
    temper_status bad = TEMPER_OK;
    for (int64_t n = 0; n < probes && !bad; n += BLOCK) {
        int64_t b = probes - n < BLOCK ? probes - n : BLOCK;
        for (int64_t i = 0; i < b; i++)
            temper_span_signs(temper_errand_stream(errand), TEMPER_ROLE_DIAGONAL, n + i, dim, z + i * dim);
        bad = temper_operator_apply(A, b, z, image);
        for (int64_t i = 0; i < b && !bad; i++)
            tally(dim, n + i + 1, z + i * dim, image + i * dim, mean, square);
        if (!bad) bad = temper_errand_step(errand, n + b, probes);
    }
    const double n = (double)probes;
    for (int64_t i = 0; i < dim && !bad; i++) {
        if (diagonal) diagonal[i] = mean[i];
        if (error) error[i] = probes > 1 ? sqrt(square[i] / (n - 1) / n) : NAN;
    }
    temper_release(z);
    return bad;
}

/* ---- blocks ---- */

/* z_b·(A z)_b: the trace of the block, and what chance leaves of the rest of A. */
static void tally_blocks(int64_t n, const int64_t *start, const double *z, const double *image,
                         temper_tally_of *t) {
    for (int64_t b = 0; b < n; b++)
        temper_tally_one(t + b, temper_span_dot(start[b + 1] - start[b], z + start[b], image + start[b]));
}

temper_status temper_trace_blocks(temper_operator *A, int64_t products, int64_t n, const int64_t *start,
                                  const temper_errand *errand, temper_trace *out) {
    const int64_t dim = A->dim;
    if (products < 2 || n < 1)
        return temper_fail(TEMPER_BAD_OPTION, "%s: products=%lld of block traces must be 2 or more", A->name,
                           (long long)products);
    for (int64_t b = 0; b < n; b++)
        if (start[b] < 0 || start[b + 1] <= start[b] || start[b + 1] > dim)
            return temper_fail(TEMPER_BAD_OPTION, "%s: block %lld is not among coordinates 0 ... %lld",
                               A->name, (long long)b, (long long)dim);
    double *z = temper_alloc(2 * BLOCK, (size_t)dim * sizeof *z);
    temper_tally_of *t = temper_alloc((size_t)n, sizeof *t);
    temper_status bad = z && t ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t k = 0; k < products && !bad; k += BLOCK) {
        int64_t b = products - k < BLOCK ? products - k : BLOCK;
        for (int64_t i = 0; i < b; i++)
            temper_span_signs(temper_errand_stream(errand), TEMPER_ROLE_DIAGONAL, k + i, dim, z + i * dim);
        bad = temper_operator_apply(A, b, z, z + BLOCK * dim);
        for (int64_t i = 0; i < b && !bad; i++) tally_blocks(n, start, z + i * dim, z + (BLOCK + i) * dim, t);
        if (!bad) bad = temper_errand_step(errand, k + b, products);
    }
    for (int64_t b = 0; b < n && !bad; b++) {
        out[b] = (temper_trace){.products = products, .method = "Hutchinson"};
        out[b].frobenius = out[b].frobenius_error = NAN;
        temper_trace_sampled(out + b, 0, t + b, 0);
    }
    temper_release(z);
    temper_release(t);
    return bad;
}
