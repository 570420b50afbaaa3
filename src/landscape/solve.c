/* (A + shift) x = b: conjugate gradients (Hestenes & Stiefel 1952) where A + shift is positive definite, MINRES (Paige & Saunders 1975) where it may be indefinite.
 *
 * Both carry along an estimate of the residual that drifts from the truth as roundings add up. So each run ends with the residual measured by a product; if
 * it is not small enough, the next run begins from there, as long as that still halves it. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/errand.h"
#include "landscape/span.h"

typedef struct {
    temper_operator *A;
    const temper_errand *errand;
    double shift, bar; /* of |residual| */
    int64_t dim, begun, most;
    double *r, *room; /* [dim]; [6][dim] */
    double curvature;
    double size; /* of A, as far as MINRES has seen it: scale of what counts as 0 */
    bool broken; /* negative curvature, or a residual that no product reaches: go no further */
} solver;

static int64_t spent(const solver *s) { return s->A->products - s->begun; }

/* out = (A + shift) v */
static temper_status apply(solver *s, const double *v, double *out) {
    temper_status bad = temper_operator_apply(s->A, 1, v, out);
    if (bad) return bad;
    temper_span_add(s->dim, s->shift, v, 1, out);
    return temper_errand_step(s->errand, spent(s), s->most);
}

/* x += A-conjugate steps, until |r| is below the bar. */
static temper_status gradients(solver *s, double *x) {
    const int64_t dim = s->dim;
    double *r = s->r, *p = s->room, *Ap = p + dim, rr = temper_span_dot(dim, r, r);
    memcpy(p, r, (size_t)dim * sizeof *p);
    while (sqrt(rr) > s->bar && spent(s) + 1 < s->most) {
        temper_status bad = apply(s, p, Ap);
        if (bad) return bad;
        double pAp = temper_span_dot(dim, p, Ap), pp = temper_span_dot(dim, p, p), bend = pAp / pp;
        s->curvature = fmin(s->curvature, bend);
        if (!(pAp > 0)) {
            s->broken = true;
            return TEMPER_OK;
        }
        temper_span_add(dim, rr / pAp, p, 1, x);
        temper_span_add(dim, -rr / pAp, Ap, 1, r);
        double next = temper_span_dot(dim, r, r);
        temper_span_add(dim, 1, r, next / rr, p);
        rr = next;
    }
    return TEMPER_OK;
}

/* Lanczos vectors v of A + shift from r, and the QR factors of the tridiagonal by rotations: x moves along d = (v − δ d' − ε d'')/γ,
 * d' and d'' the two before. Invariant: φ = |b − (A + shift)x|. Where A sends
 * the residual to 0 the matrix is singular and x as good as it gets: a further step would run off along its null space. */
static temper_status residuals(solver *s, double *x) {
    const int64_t dim = s->dim;
    const size_t bytes = (size_t)dim * sizeof *x;
    double *v = s->room, *last = v + dim, *w = last + dim, *d = w + dim, *d1 = d + dim, *d2 = d1 + dim;
    double beta = temper_span_norm(dim, s->r), phi = beta, cs = -1, sn = 0, under = 0, epsilon = 0;
    memset(s->room, 0, 6 * bytes);
    temper_span_add(dim, 1 / beta, s->r, 0, v);
    for (double old = 0; phi > s->bar && spent(s) + 1 < s->most;) {
        temper_status bad = apply(s, v, w);
        if (bad) return bad;
        double alpha = temper_span_dot(dim, v, w);
        temper_span_add(dim, -alpha, v, 1, w);
        if (old > 0) temper_span_add(dim, -old, last, 1, w);
        double next = temper_span_norm(dim, w);
        s->size = fmax(s->size, fabs(alpha) + next);
        double delta = cs * under + sn * alpha,
               gbar = sn * under - cs * alpha; /* the last rotation, on this column */
        double before = epsilon;
        epsilon = sn * next, under = -cs * next;
        double gamma = sqrt(gbar * gbar + next * next), bent = sqrt(gbar * gbar + under * under);
        if (!(bent > 1e-10 * s->size)) { /* |A r| of x as it is, over |r| */
            s->broken = true;
            return TEMPER_OK;
        }
        cs = gbar / gamma, sn = next / gamma;
        memcpy(d, v, bytes);
        temper_span_add(dim, -delta, d1, 1, d);
        temper_span_add(dim, -before, d2, 1, d);
        temper_span_add(dim, 0, d, 1 / gamma, d);
        temper_span_add(dim, phi * cs, d, 1, x);
        double *swap = d2;
        d2 = d1, d1 = d, d = swap;
        phi *= fabs(sn);
        if (!(next > 1e-14 * s->size)) return TEMPER_OK; /* an invariant subspace: done */
        swap = last;
        last = v, v = w, w = swap;
        temper_span_add(dim, 0, v, 1 / next, v);
        old = next;
    }
    return TEMPER_OK;
}

static temper_status remainder_of(solver *s, const double *b, const double *x, double *length) {
    temper_status bad = apply(s, x, s->r);
    if (bad) return bad;
    temper_span_add(s->dim, 1, b, -1, s->r);
    *length = temper_span_norm(s->dim, s->r);
    return TEMPER_OK;
}

static temper_status check(const temper_operator *A, const double *b, const temper_solve_plan *plan,
                           double *size) {
    if (!(plan->tolerance >= 0) || plan->most < 0 || !isfinite(plan->shift))
        return temper_fail(TEMPER_BAD_OPTION,
                           "%s: tolerance=%g, shift=%g or most=%lld of a solution is out of range", A->name,
                           plan->tolerance, plan->shift, (long long)plan->most);
    *size = temper_span_norm(A->dim, b);
    return isfinite(*size) ? TEMPER_OK
                           : temper_fail(TEMPER_BAD_DATA, "%s: the right-hand side is not finite", A->name);
}

temper_status temper_solve(temper_operator *A, const double *b, const temper_solve_plan *plan,
                           const temper_errand *errand, double *x, temper_solution *out) {
    *out = (temper_solution){.curvature = INFINITY};
    double size = 0, length = 0, last = INFINITY;
    temper_status bad = check(A, b, plan, &size);
    if (bad) return bad;
    solver s = {.A = A, .errand = errand, .shift = plan->shift, .dim = A->dim, .begun = A->products};
    s.bar = (plan->tolerance > 0 ? plan->tolerance : 1e-6) * size, s.curvature = INFINITY;
    s.most = plan->most ? plan->most : A->dim < 100 ? 10 * A->dim : 1000;
    if (size == 0) { /* x = 0 solves it */
        memset(x, 0, (size_t)A->dim * sizeof *x);
        out->converged = true;
        return TEMPER_OK;
    }
    s.r = temper_alloc(7, (size_t)A->dim * sizeof *s.r);
    if (!s.r) return TEMPER_NO_MEMORY;
    s.room = s.r + A->dim;
    bad = remainder_of(&s, b, x, &length);
    while (!bad && length > s.bar && length <= 0.5 * last && spent(&s) + 1 < s.most && !s.broken) {
        last = length;
        bad = plan->definite ? gradients(&s, x) : residuals(&s, x);
        if (!bad) bad = remainder_of(&s, b, x, &length);
    }
    temper_release(s.r);
    out->residual = length / size, out->products = A->products - s.begun;
    out->converged = !bad && length <= s.bar, out->curvature = s.curvature;
    return bad;
}
