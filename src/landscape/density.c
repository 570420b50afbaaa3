/* The density of states by stochastic Lanczos quadrature (Ubaru, Chen & Saad 2017): for a random unit vector z the measure Σ (zᵀu_i)² δ(λ − λ_i)
 * has the spectrum's for its mean; m Lanczos steps from z give the Gauss rule of that measure, exact for polynomials of degree 2m − 1.
 *
 * How far it can be from the truth has two parts.
 * 1. Chance. z is uniform on the sphere, so the weights (zᵀu_i)² are a Dirichlet(½, …, ½) vector whatever the eigenvectors are, and the share at or
 *    below λ_k is a Beta(k/2, (N − k)/2) number: variance 2F(1 − F)/(N + 2) for F = k/N. Over all k that is a Brownian bridge, so the largest
 *    deviation of the mean of p probes has Kolmogorov's law, 1.3581 at 95 %, with p(N + 2)/2 in the place of the sample size. Moments: the same
 *    variance, 2(μ_2k − μ_k²)/(N + 2).
 * 2. Quadrature. Between two nodes the true share of z's measure cannot be off by more than the weight of the node on either side (the
 *    separation theorem of Chebyshev, Markov & Stieltjes): no assumption. A node whose residual is below 1e-8 of the spread is an eigenvalue and
 *    leaves nothing open, seen from further away than that.
 * Bounds at x are the sum of both. Beside a spike they are wide, and must be: a node has half of the spectrum for its weight, and which side of x
 * that half is on nobody knows who is nearer to it than to the next node. Their greatest width would say no more than that there is a spike. But
 * the theorem is one about places: F at x lies between what quadrature has at the node before and at the node after. So the band of the whole
 * function is one of two numbers, as Lévy's metric is: it is right to ± band where x is right to ± resolution. The resolution is the smallest for
 * which what is left open adds no more than half of chance to the band. */
#include "landscape/density.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/lanczos.h"
#include "landscape/written.h"

temper_status temper_density_check(const temper_operator *A, const temper_density_plan *plan, int64_t *probes,
                                   int64_t *steps) {
    *probes = plan && plan->probes ? plan->probes : 10;
    *steps = plan && plan->steps ? plan->steps : 80;
    if (*probes < 1 || *probes > 1000000 || *steps < 1 || *steps > 100000)
        return temper_fail(TEMPER_BAD_OPTION,
                           "%s: probes=%lld and steps=%lld must be 1 ... 1000000 and 1 ... 100000", A->name,
                           (long long)*probes, (long long)*steps);
    return TEMPER_OK;
}

bool temper_density_dense(const temper_operator *A, const temper_density_plan *plan) {
    int64_t probes = 10, steps = 80, most = plan && plan->dense ? plan->dense : TEMPER_WRITTEN;
    (void)temper_density_check(A, plan, &probes, &steps);
    return A->dim <= most && A->dim <= probes * steps;
}

/* ---- nodes ---- */

static temper_status reserve(temper_density_of_states *d, int64_t n) {
    d->node = temper_alloc(3 * (size_t)n, sizeof *d->node);
    d->probe = temper_alloc((size_t)n, sizeof *d->probe);
    if (!d->node || !d->probe) return TEMPER_NO_MEMORY;
    d->weight = d->node + n, d->residual = d->weight + n;
    return TEMPER_OK;
}

void temper_density_clear(temper_density_of_states *density) {
    temper_release(density->node);
    temper_release(density->probe);
    *density = (temper_density_of_states){0};
}

typedef struct {
    double node, weight, residual;
    int32_t probe;
} point;

static int by_node(const void *a, const void *b) {
    const point *x = a, *y = b;
    if (x->node != y->node) return x->node < y->node ? -1 : 1;
    return (x->probe > y->probe) - (x->probe < y->probe);
}

static void store(const point *all, temper_density_of_states *d) {
    for (int64_t i = 0; i < d->n; i++) {
        d->node[i] = all[i].node, d->weight[i] = all[i].weight;
        d->residual[i] = all[i].residual, d->probe[i] = all[i].probe;
    }
}

/* The rules of all probes, merged in ascending order. */
static temper_status merge(const temper_operator *A, const temper_lanczos *l, temper_density_of_states *d) {
    point *all = temper_alloc((size_t)d->n, sizeof *all);
    double *room = temper_alloc(6 * (size_t)l->steps, sizeof *room);
    temper_status bad = all && room ? TEMPER_OK : TEMPER_NO_MEMORY;
    int64_t n = 0;
    for (int64_t p = 0; p < l->probes && !bad; p++) {
        double *weight = room + l->steps, *residual = weight + l->steps;
        int64_t m = temper_lanczos_rule(l, p, 0, room, weight, residual, residual + l->steps);
        if (!m) bad = temper_fail(TEMPER_DIVERGED, "%s: a quadrature did not converge", A->name);
        for (int64_t i = 0; i < m; i++)
            all[n++] = (point){room[i], weight[i] / (double)l->probes, residual[i], (int32_t)p};
    }
    if (!bad) {
        qsort(all, (size_t)d->n, sizeof *all, by_node);
        store(all, d);
    }
    temper_release(all);
    temper_release(room);
    return bad;
}

static temper_status find_random(temper_operator *A, const temper_errand *errand, int64_t steps,
                                 temper_density_of_states *d) {
    temper_lanczos l;
    temper_status bad = temper_lanczos_run(A, TEMPER_ROLE_DENSITY, d->probes, steps, errand, &l);
    for (int64_t p = 0; p < d->probes && !bad; p++) d->n += l.length[p];
    if (!bad) bad = reserve(d, d->n);
    d->steps = l.steps;
    if (!bad) bad = merge(A, &l, d);
    temper_lanczos_clear(&l);
    return bad;
}

static temper_status find_dense(temper_operator *A, const temper_errand *errand,
                                temper_density_of_states *d) {
    const int64_t n = A->dim;
    d->n = n, d->probes = 0, d->steps = n;
    temper_status bad = reserve(d, n);
    if (!bad) bad = temper_operator_spectrum(A, errand, d->weight, NULL);
    for (int64_t i = 0; i < n && !bad; i++) d->node[i] = d->weight[n - 1 - i];
    for (int64_t i = 0; i < n && !bad; i++) d->weight[i] = 1 / (double)n;
    return bad;
}

static void find_moments(temper_density_of_states *d) {
    double mu[8] = {0};
    for (int64_t i = 0; i < d->n; i++) {
        double power = d->weight[i];
        for (int k = 0; k < 8; k++) power *= d->node[i], mu[k] += power;
    }
    for (int k = 0; k < 4; k++) {
        double variance = mu[2 * k + 1] - mu[k] * mu[k];
        d->moment[k] = mu[k];
        d->moment_error[k] =
            d->probes && variance > 0 ? sqrt(2 * variance / ((double)d->dim + 2) / (double)d->probes) : 0;
    }
}

temper_status temper_density_find(temper_operator *A, const temper_density_plan *plan,
                                  const temper_errand *errand, temper_density_of_states *out) {
    *out = (temper_density_of_states){.dim = A->dim};
    int64_t steps, before = A->products;
    temper_status bad = temper_density_check(A, plan, &out->probes, &steps);
    if (!bad)
        bad = temper_density_dense(A, plan) ? find_dense(A, errand, out) : find_random(A, errand, steps, out);
    if (!bad) {
        out->products = A->products - before;
        find_moments(out);
        bad = temper_density_shape(out);
    }
    if (bad) temper_density_clear(out);
    return bad;
}
