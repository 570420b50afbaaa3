/* Pseudo-likelihood of a Potts machine, solved (Ekeberg et al. 2013). Given the others, unit i is
 *
 *     p(x_i = a | x) ∝ exp(h(a) + Σ_{j ≠ i} J_j(a, x_j)),
 *
 * a regression of one category on the others, concave in w = (h, J), whose maximum L-BFGS climbs to (Liu and Nocedal 1989) in doubles and
 * in one fixed order. Units are solved side by side; unit i and unit j both have an opinion on J_ij: in the zero-sum gauge it is the mean of the two. */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/potts.h"
#include "core/potts_inverse.h"
#include "temper/parallel.h"

enum { PAST = 8, HALVINGS = 30 };
static const double FLAT_SLOPE = 1e-8, ARMIJO = 1e-4;

typedef struct {
    const temper_regression *how;
    int64_t rows, V, q, n; /* n = V q² + q numbers of a unit: J[j][b][a], then h[a]; j = i stays 0 */
    const uint8_t *x;      /* [rows][V] */
    const double *weight;  /* [rows], sum 1 */
    float *found;          /* [V][n] in the zero-sum gauge */
} regression;

typedef struct { /* of one unit */
    const regression *of;
    int64_t i;
    double *w, *slope, *trial, *new_slope, *along, *s, *y; /* [n]; s, y: [PAST][n] */
    double rho[PAST];
} climb;

static double dot(int64_t n, const double *a, const double *b) {
    double sum[4] = {0};
    int64_t k = 0;
    for (; k + 4 <= n; k += 4)
        for (int r = 0; r < 4; r++) sum[r] += a[k + r] * b[k + r];
    for (; k < n; k++) sum[0] += a[k] * b[k];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* −F = −⟨ln p(x_i | the others)⟩ + l2/2 |w|², and its slope. */
static double cost(const climb *c, const double *w, double *slope) {
    const regression *g = c->of;
    const int64_t V = g->V, q = g->q, cells = V * q * q, i = c->i;
    double F = 0.5 * g->how->l2 * dot(g->n, w, w), f[TEMPER_POTTS_MOST] = {0};
    for (int64_t k = 0; k < g->n; k++) slope[k] = g->how->l2 * w[k];
    for (int64_t r = 0; r < g->rows; r++) {
        const uint8_t *x = g->x + r * V;
        const double weight = g->weight[r];
        double top = -INFINITY, z = 0;
        if (!(weight > 0)) continue;
        for (int64_t a = 0; a < q; a++) f[a] = w[cells + a];
        for (int64_t j = 0; j < V; j++) { /* j = i: zeros */
            const double *J = w + (j * q + x[j]) * q;
            for (int64_t a = 0; a < q; a++) f[a] += J[a];
        }
        for (int64_t a = 0; a < q; a++) top = f[a] > top ? f[a] : top;
        F -= weight * (f[x[i]] - top);
        for (int64_t a = 0; a < q; a++) z += f[a] = temper_exp(f[a] - top);
        F += weight * temper_log(z);
        for (int64_t a = 0; a < q; a++) f[a] = weight * (f[a] / z - (a == x[i]));
        for (int64_t j = 0; j < V; j++) {
            double *G = slope + (j * q + x[j]) * q;
            for (int64_t a = 0; a < q; a++) G[a] += f[a];
        }
        for (int64_t a = 0; a < q; a++) slope[cells + a] += f[a];
    }
    memset(slope + i * q * q, 0, (size_t)(q * q) * sizeof *slope);
    return F;
}

/* along ← −H slope, with H the inverse curvature that the last steps have shown: two loops over the past. */
static void direction(climb *c, int64_t steps) {
    const int64_t n = c->of->n, first = steps > PAST ? steps - PAST : 0;
    double alpha[PAST];
    for (int64_t k = 0; k < n; k++) c->along[k] = -c->slope[k];
    for (int64_t t = steps - 1; t >= first; t--) {
        const double *y = c->y + t % PAST * n;
        const double part = alpha[t % PAST] = c->rho[t % PAST] * dot(n, c->s + t % PAST * n, c->along);
        for (int64_t k = 0; k < n; k++) c->along[k] -= part * y[k];
    }
    if (steps > 0) {
        const double *y = c->y + (steps - 1) % PAST * n,
                     scale = 1 / (c->rho[(steps - 1) % PAST] * dot(n, y, y));
        for (int64_t k = 0; k < n; k++) c->along[k] *= scale;
    }
    for (int64_t t = first; t < steps; t++) {
        const double *s = c->s + t % PAST * n;
        const double part = alpha[t % PAST] - c->rho[t % PAST] * dot(n, c->y + t % PAST * n, c->along);
        for (int64_t k = 0; k < n; k++) c->along[k] += part * s[k];
    }
}

/* One step: the whole way, or halved until it pays. False: there is no further way down to rounding. */
static bool step_down(climb *c, double *F, int64_t steps) {
    const int64_t n = c->of->n;
    const double fall = dot(n, c->along, c->slope);
    double factor = 1, next = *F;
    int halving = 0;
    for (; halving < HALVINGS; halving++, factor /= 2) {
        for (int64_t k = 0; k < n; k++) c->trial[k] = c->w[k] + factor * c->along[k];
        next = cost(c, c->trial, c->new_slope);
        if (next <= *F + ARMIJO * factor * fall) break;
    }
    double *s = c->s + steps % PAST * n, *y = c->y + steps % PAST * n;
    for (int64_t k = 0; k < n; k++) s[k] = c->trial[k] - c->w[k], y[k] = c->new_slope[k] - c->slope[k];
    const double bend = dot(n, s, y);
    if (halving == HALVINGS || !(bend > 0)) return false;
    c->rho[steps % PAST] = 1 / bend;
    memcpy(c->w, c->trial, (size_t)n * sizeof *c->w);
    memcpy(c->slope, c->new_slope, (size_t)n * sizeof *c->slope);
    *F = next;
    return true;
}

/* Sums over either state of every J and of h are 0; what J loses of its mean over b is a field. */
static void gauge_unit(const regression *g, double *w) {
    const int64_t q = g->q;
    double *h = w + g->V * q * q, own = 0;
    for (int64_t j = 0; j < g->V; j++) {
        double *J = w + j * q * q, of_a[TEMPER_POTTS_MOST] = {0}, all = 0;
        for (int64_t b = 0; b < q; b++)
            for (int64_t a = 0; a < q; a++) of_a[a] += J[b * q + a] / (double)q;
        for (int64_t a = 0; a < q; a++) h[a] += of_a[a], all += of_a[a] / (double)q;
        for (int64_t b = 0; b < q; b++) {
            double of_b = 0;
            for (int64_t a = 0; a < q; a++) of_b += J[b * q + a] / (double)q;
            for (int64_t a = 0; a < q; a++) J[b * q + a] += all - of_a[a] - of_b;
        }
    }
    for (int64_t a = 0; a < q; a++) own += h[a] / (double)q;
    for (int64_t a = 0; a < q; a++) h[a] -= own;
}

static temper_status solve_unit(void *context, int64_t i) {
    const regression *g = context;
    const int64_t n = g->n;
    double *room = temper_alloc((size_t)((5 + 2 * PAST) * n), sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    climb c = {g, i, room, room + n, room + 2 * n, room + 3 * n, room + 4 * n, room + 5 * n, NULL, {0}};
    c.y = c.s + PAST * n;
    double F = cost(&c, c.w, c.slope);
    for (int64_t t = 0; t < g->how->steps; t++) {
        double largest = 0;
        for (int64_t k = 0; k < n; k++) largest = fabs(c.slope[k]) > largest ? fabs(c.slope[k]) : largest;
        if (largest < FLAT_SLOPE) break;
        direction(&c, t);
        if (!step_down(&c, &F, t)) break;
    }
    gauge_unit(g, c.w);
    for (int64_t k = 0; k < n; k++) g->found[i * n + k] = (float)c.w[k];
    temper_release(room);
    return TEMPER_OK;
}

static void store(const regression *g, float *theta) {
    const int64_t V = g->V, q = g->q;
    for (int64_t i = 0; i < V; i++)
        for (int64_t j = i + 1; j < V; j++)
            for (int64_t a = 0; a < q; a++)
                for (int64_t b = 0; b < q; b++)
                    *theta++ = 0.5F * (g->found[i * g->n + (j * q + b) * q + a] +
                                       g->found[j * g->n + (i * q + a) * q + b]);
    for (int64_t i = 0; i < V; i++)
        memcpy(theta + i * q, g->found + i * g->n + V * q * q, (size_t)q * sizeof *theta);
}

temper_status temper_potts_regress(temper_machine *machine, const temper_rows_view *rows,
                                   const temper_regression *how) {
    const int64_t V = machine->io.columns, q = machine->io.states;
    regression g = {.how = how, .rows = rows->n, .V = V, .q = q, .n = V * q * q + q};
    double total = 0;
    for (int64_t r = 0; r < rows->n; r++) total += rows->weight ? rows->weight[r] : 1;
    if (!(total > 0))
        return temper_fail(TEMPER_BAD_DATA, "plm: the weights of the rows sum to %g; legal: above 0", total);
    uint8_t *x = temper_alloc((size_t)(rows->n * V), 1);
    double *weight = temper_alloc((size_t)rows->n, sizeof *weight);
    g.found = temper_alloc((size_t)(V * g.n), sizeof *g.found);
    g.x = x, g.weight = weight;
    temper_status bad = x && weight && g.found ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t k = 0; !bad && k < rows->n * V; k++) x[k] = (uint8_t)rows->X[k];
    for (int64_t r = 0; !bad && r < rows->n; r++) weight[r] = (rows->weight ? rows->weight[r] : 1) / total;
    if (!bad) bad = temper_parallel(V, solve_unit, &g);
    if (!bad) {
        store(&g, machine->theta);
        bad = temper_machine_refresh(machine);
    }
    temper_release(x);
    temper_release(weight);
    temper_release(g.found);
    return bad;
}
