/* Two sums over the spectrum by quadrature, each probe giving one estimate: ln det(A + c) = N ∫ ln(λ + c) dF, and the share of eigenvalues below a
 * bound. */
#include <math.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "landscape/density.h"
#include "landscape/lanczos.h"
#include "landscape/trace.h"
#include "landscape/written.h"

/* ---- ln det(A + shift) ---- */

static temper_status refuse(const temper_operator *A, double shift, double value) {
    return temper_fail(
        TEMPER_BAD_OPTION,
        "%s: with shift=%.6g it is not positive definite: it has a Ritz value of %.6g, so the shift "
        "must be above %.6g",
        A->name, shift, value, -value);
}

static temper_status dense_logarithm(temper_operator *A, double shift, const temper_errand *errand,
                                     temper_trace *out) {
    const int64_t n = A->dim;
    double *value = temper_alloc((size_t)n, sizeof *value);
    if (!value) return TEMPER_NO_MEMORY;
    temper_status bad = temper_operator_spectrum(A, errand, value, NULL);
    if (!bad && !(value[n - 1] + shift > 0)) bad = refuse(A, shift, value[n - 1]);
    out->value = out->error = 0;
    for (int64_t i = 0; i < n && !bad; i++) out->value += temper_log(value[i] + shift);
    out->low = out->high = out->value, out->method = "dense";
    temper_release(value);
    return bad;
}

static double integral(int64_t n, const double *node, const double *weight, double shift) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += weight[i] * temper_log(node[i] + shift);
    return sum;
}

/* Gauss's rule overestimates the logarithm, all of whose even derivatives are negative; what three quarters of the steps give tells by how much.
 * That is added to the standard error. */
static temper_status gather(const temper_operator *A, const temper_lanczos *l, double shift,
                            temper_trace *out) {
    double *node = temper_alloc(5 * (size_t)l->steps, sizeof *node);
    if (!node) return TEMPER_NO_MEMORY;
    double *weight = node + l->steps, *work = weight + l->steps, left = 0, N = (double)A->dim;
    temper_tally_of all = {0};
    temper_status bad = TEMPER_OK;
    for (int64_t p = 0; p < l->probes && !bad; p++) {
        int64_t fewer = l->length[p] - l->length[p] / 4,
                n = temper_lanczos_rule(l, p, fewer, node, weight, NULL, work);
        double rough = n && node[0] + shift > 0 ? integral(n, node, weight, shift) : 0;
        n = temper_lanczos_rule(l, p, 0, node, weight, NULL, work);
        if (!n) bad = temper_fail(TEMPER_DIVERGED, "%s: a quadrature did not converge", A->name);
        if (!bad && !(node[0] + shift > 0)) bad = refuse(A, shift, node[0]);
        if (bad) break;
        double fine = integral(n, node, weight, shift);
        temper_tally_one(&all, N * fine);
        left += N * fabs(fine - rough) / (double)l->probes;
    }
    temper_release(node);
    if (bad) return bad;
    out->value = temper_tally_mean(&all);
    out->error = sqrt(temper_tally_error(&all) * temper_tally_error(&all) + left * left);
    out->method = "Lanczos quadrature";
    temper_trace_interval(out, (double)all.n - 1);
    return TEMPER_OK;
}

temper_status temper_log_determinant(temper_operator *A, double shift, const temper_density_plan *plan,
                                     const temper_errand *errand, temper_trace *out) {
    *out = (temper_trace){.value = NAN, .error = NAN, .frobenius = NAN, .frobenius_error = NAN};
    int64_t probes, steps, before = A->products;
    temper_status bad = temper_density_check(A, plan, &probes, &steps);
    if (bad) return bad;
    if (temper_density_dense(A, plan))
        bad = dense_logarithm(A, shift, errand, out);
    else {
        temper_lanczos l;
        bad = temper_lanczos_run(A, TEMPER_ROLE_DENSITY, probes, steps, errand, &l);
        if (!bad) bad = gather(A, &l, shift, out);
        temper_lanczos_clear(&l);
    }
    out->products = A->products - before;
    return bad;
}

/* ---- the index ---- */

void temper_density_index(const temper_density_of_states *d, double threshold, temper_trace *out) {
    const double normal = 1.959964;
    double share = 0, under = 0, over = 0, N = (double)d->dim;
    for (int64_t i = 0; i < d->n && d->node[i] < -threshold; i++) share += d->weight[i];
    if (share > 1) share = 1;
    if (d->probes) temper_density_open(d, -threshold, &under, &over);
    double low = share - under, high = fmin(1, share + over), scale = 2 / (N + 2) / (double)d->probes;
    if (d->probes) {
        low = fmax(0, low);
        low = fmax(0, low - normal * sqrt(scale * low * (1 - low)));
        high = fmin(1, high + normal * sqrt(scale * high * (1 - high)));
    }
    *out = (temper_trace){.value = share,
                          .error = (high - low) / (2 * normal),
                          .low = low,
                          .high = high,
                          .frobenius = NAN,
                          .frobenius_error = NAN,
                          .products = d->products,
                          .method = d->probes ? "Lanczos quadrature" : "dense"};
}

temper_status temper_index_find(temper_operator *A, double threshold, const temper_density_plan *plan,
                                const temper_errand *errand, temper_trace *out) {
    if (!(threshold >= 0))
        return temper_fail(TEMPER_BAD_OPTION, "%s: threshold=%g must not be negative", A->name, threshold);
    temper_density_of_states d;
    temper_status bad = temper_density_find(A, plan, errand, &d);
    if (bad) return bad;
    temper_density_index(&d, threshold, out);
    temper_density_clear(&d);
    return TEMPER_OK;
}
