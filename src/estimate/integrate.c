/* Thermodynamic integration: ∂ ln Z/∂β = −⟨E⟩. Between two nodes the cubic through E and its slope −Var E at both ends
 * (Hermite) has the integral
 *     ∫ = h/2 (E_a + E_b) + h²/12 (E'_a − E'_b),   error h⁵/720 E''''
 * which is the trapezoid with its first Euler–Maclaurin correction. */
#include <math.h>
#include "temper/estimate.h"

typedef struct {
    const double *beta, *E, *variance;
} nodes;

static double rule(nodes of, int a, int b) {
    double h = of.beta[b] - of.beta[a], area = 0.5 * h * (of.E[a] + of.E[b]);
    if (of.variance) area += h * h / 12 * (of.variance[b] - of.variance[a]);
    return area;
}

/* Error of two steps a → m → b against one: both errors go as h^p with the same derivative, so their difference
 * fixes it. *first is the part of the step a → m. */
static double pair_error(nodes of, int a, double *first) {
    int p = of.variance ? 5 : 3, m = a + 1, b = a + 2;
    double fine_1 = pow(of.beta[m] - of.beta[a], p), fine_2 = pow(of.beta[b] - of.beta[m], p);
    double coarse = pow(of.beta[b] - of.beta[a], p);
    double unit = (rule(of, a, b) - rule(of, a, m) - rule(of, m, b)) / (coarse - fine_1 - fine_2);
    *first = fine_1 * unit;
    return (fine_1 + fine_2) * unit;
}

/* bias[k] = log_z[k] − truth, as far as pairs of steps tell. A last step without a partner borrows from the pair that
 * overlaps it. */
static void estimate_bias(nodes of, int K, double *bias) {
    bias[0] = 0;
    if (K == 2) bias[1] = NAN;
    for (int a = 0; a + 2 < K; a += 2) {
        double first, both = pair_error(of, a, &first);
        bias[a + 1] = bias[a] - first;
        bias[a + 2] = bias[a] - both;
    }
    if (K > 2 && K % 2 == 0) {
        double first, both = pair_error(of, K - 3, &first);
        bias[K - 1] = bias[K - 2] - (both - first);
    }
}

static temper_status check(int K, nodes of, const double *E_error) {
    if (K < 1) return temper_fail(TEMPER_BAD_OPTION, "integrate: K=%d, must be at least 1", K);
    for (int k = 0; k < K; k++) {
        if (!isfinite(of.beta[k]) || (k && of.beta[k] <= of.beta[k - 1]))
            return temper_fail(TEMPER_BAD_OPTION, "integrate: beta[%d]=%g, must be finite and ascending", k,
                               of.beta[k]);
        if (!isfinite(of.E[k]))
            return temper_fail(TEMPER_BAD_DATA, "integrate: E[%d] is %g, must be finite", k, of.E[k]);
        if (!(E_error[k] >= 0))
            return temper_fail(TEMPER_BAD_DATA, "integrate: E_error[%d] is %g, must be ≥ 0", k, E_error[k]);
        if (of.variance && !(of.variance[k] >= 0 && isfinite(of.variance[k])))
            return temper_fail(TEMPER_BAD_DATA, "integrate: variance[%d] is %g, must be finite and ≥ 0", k,
                               of.variance[k]);
    }
    return TEMPER_OK;
}

temper_status temper_integrate(int K, const double *beta, const double *E, const double *E_error,
                               const double *variance, double *log_z, double *error, double *bias) {
    nodes of = {beta, E, variance};
    temper_status status = check(K, of, E_error);
    if (status) return status;
    /* log_z[k] = −Σ w_i E_i + (terms in the variances); inner = Σ (w_i error_i)² over the nodes before k, whose weights
     * are complete: half of both steps beside them. The last node has half a step. */
    double inner = 0;
    log_z[0] = error[0] = 0;
    for (int k = 1; k < K; k++) {
        log_z[k] = log_z[k - 1] - rule(of, k - 1, k);
        double before = k > 1 ? beta[k - 2] : beta[0];
        inner += pow(0.5 * (beta[k] - before) * E_error[k - 1], 2);
        error[k] = sqrt(inner + pow(0.5 * (beta[k] - beta[k - 1]) * E_error[k], 2));
    }
    if (bias) estimate_bias(of, K, bias);
    return TEMPER_OK;
}
