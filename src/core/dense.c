#include "core/dense.h"
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/spin_states.h"
#include "kernel/kernel.h"

static int64_t whole(int64_t n) { return (n + TEMPER_LANES - 1) / TEMPER_LANES * TEMPER_LANES; }

temper_status temper_dense_build(temper_dense *m) {
    m->width = whole(m->n), m->depth = whole(m->P);
    m->rows = temper_alloc((size_t)(m->P * m->width), sizeof *m->rows);
    m->columns = temper_alloc((size_t)(m->n * m->depth), sizeof *m->columns);
    return m->rows && m->columns ? TEMPER_OK : TEMPER_NO_MEMORY;
}

void temper_dense_clear(temper_dense *m) {
    temper_release(m->rows);
    temper_release(m->columns);
    m->rows = m->columns = NULL;
}

void temper_dense_pack(temper_dense *m, const float *xi) {
    for (int64_t mu = 0; mu < m->P; mu++)
        for (int64_t i = 0; i < m->n; i++)
            m->rows[mu * m->width + i] = m->columns[i * m->depth + mu] = (double)xi[mu * m->n + i];
}

void temper_dense_overlaps(const temper_dense *m, const double *x, double *M) {
    for (int64_t mu = 0; mu < m->P; mu++)
        M[mu] = temper_kernel()->lanes_dot(m->rows + mu * m->width, x, m->width);
    for (int64_t mu = m->P; mu < m->depth; mu++) M[mu] = 0;
}

/* x^d by squaring, the same order everywhere; libm's pow is not. */
static double power(double x, int64_t d) {
    double result = 1;
    for (; d > 0; d >>= 1, x *= x)
        if (d & 1) result *= x;
    return result;
}

static double steepness(const temper_dense *m) { return m->kind == TEMPER_CONTINUOUS ? m->sharpness : 1; }

double temper_dense_weight(const temper_dense *m, const double *M) {
    double sum = 0, b = steepness(m), most = M[0], N = (double)m->n;
    if (m->kind == TEMPER_POLYNOMIAL) {
        for (int64_t mu = 0; mu < m->P; mu++) sum += power(M[mu] / N, m->degree);
        return sum * N / (double)m->degree;
    }
    for (int64_t mu = 1; mu < m->P; mu++) most = M[mu] > most ? M[mu] : most;
    for (int64_t mu = 0; mu < m->P; mu++) sum += temper_exp(b * (M[mu] - most));
    return most + temper_log(sum) / b;
}

void temper_dense_slope(const temper_dense *m, const double *M, double *w) {
    double sum = 0, b = steepness(m), most = M[0];
    if (m->kind == TEMPER_POLYNOMIAL) {
        for (int64_t mu = 0; mu < m->P; mu++) w[mu] = power(M[mu] / (double)m->n, m->degree - 1);
    } else {
        for (int64_t mu = 1; mu < m->P; mu++) most = M[mu] > most ? M[mu] : most;
        for (int64_t mu = 0; mu < m->P; mu++) sum += w[mu] = temper_exp(b * (M[mu] - most));
        for (int64_t mu = 0; mu < m->P; mu++) w[mu] /= sum;
    }
    for (int64_t mu = m->P; mu < m->depth; mu++) w[mu] = 0;
}

/* (n/d) Σ_μ [((M_μ − ξ s + ξ)/n)^d − ((M_μ − ξ s − ξ)/n)^d]; lanes beyond P hold zeros and give zeros. */
static double look_polynomial(const temper_dense *m, const double *M, const double *xi, double s) {
    double N = (double)m->n, lane[TEMPER_LANES] = {0}, sum = 0;
    for (int64_t mu = 0; mu < m->depth; mu += TEMPER_LANES) {
        double a[TEMPER_LANES], b[TEMPER_LANES], up[TEMPER_LANES], down[TEMPER_LANES];
        for (int l = 0; l < TEMPER_LANES; l++) {
            double others = M[mu + l] - xi[mu + l] * s;
            a[l] = (others + xi[mu + l]) / N;
            b[l] = (others - xi[mu + l]) / N;
            up[l] = down[l] = 1;
        }
        /* Invariant: up·a^d and down·b^d are the powers sought. */
        for (int64_t d = m->degree; d > 0; d >>= 1)
            for (int l = 0; l < TEMPER_LANES; l++) {
                up[l] *= d & 1 ? a[l] : 1;
                down[l] *= d & 1 ? b[l] : 1;
                a[l] *= a[l];
                b[l] *= b[l];
            }
        for (int l = 0; l < TEMPER_LANES; l++) lane[l] += up[l] - down[l];
    }
    for (int l = 0; l < TEMPER_LANES; l++) sum += lane[l];
    return sum * N / (double)m->degree;
}

double temper_dense_look(const temper_dense *m, const double *M, int64_t i, double s) {
    const double *xi = m->columns + i * m->depth;
    if (m->kind == TEMPER_POLYNOMIAL) return look_polynomial(m, M, xi, s);
    double most = -INFINITY, up = 0, down = 0;
    for (int64_t mu = 0; mu < m->P; mu++) {
        double high = M[mu] - xi[mu] * s + fabs(xi[mu]);
        most = high > most ? high : most;
    }
    for (int64_t mu = 0; mu < m->P; mu++) {
        double others = M[mu] - xi[mu] * s - most;
        up += temper_exp(others + xi[mu]);
        down += temper_exp(others - xi[mu]);
    }
    return temper_log(up) - temper_log(down);
}

/* ---- sum over all states ---- */

typedef struct {
    const temper_dense *m;
    double beta, energy, *stat;
    double *M, *w, *x; /* [depth], [depth], [width] */
} ledger;

static void begin(void *context, const int8_t *s) {
    ledger *l = context;
    for (int64_t i = 0; i < l->m->n; i++) l->x[i] = s[i];
    temper_dense_overlaps(l->m, l->x, l->M);
}

static void flip(void *context, const int8_t *s, int i) {
    ledger *l = context;
    temper_kernel()->lanes_add(l->M, 2 * s[i], l->m->columns + i * l->m->depth, l->m->depth);
}

static double log_weight(void *context, const int8_t *s) {
    const ledger *l = context;
    (void)s;
    return l->beta * temper_dense_weight(l->m, l->M);
}

static void add(void *context, const int8_t *s, double p) {
    ledger *l = context;
    const temper_dense *m = l->m;
    l->energy -= p * temper_dense_weight(m, l->M);
    if (!l->stat) return;
    temper_dense_slope(m, l->M, l->w);
    for (int64_t mu = 0; mu < m->P; mu++)
        for (int64_t i = 0; i < m->n; i++) l->stat[mu * m->n + i] += p * l->w[mu] * s[i];
}

temper_status temper_dense_exact(const temper_dense *m, double beta, double *log_z, double *stat,
                                 double *energy) {
    if (m->kind == TEMPER_CONTINUOUS || m->n > TEMPER_SPIN_STATES_MAX)
        return temper_fail(TEMPER_CANNOT, "memory: the states of %lld %s units are not enumerated",
                           (long long)m->n, m->kind == TEMPER_CONTINUOUS ? "real" : "spin");
    double *room = temper_alloc((size_t)(2 * m->depth + m->width), sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    ledger l = {m, beta, 0, stat, room, room + m->depth, room + 2 * m->depth};
    temper_spin_states states = {(int)m->n, &l, begin, flip, log_weight, add};
    *log_z = temper_spin_states_sum(&states);
    if (stat) memset(stat, 0, (size_t)(m->P * m->n) * sizeof *stat);
    if (stat || energy) temper_spin_states_mean(&states, *log_z);
    if (energy) *energy = l.energy;
    temper_release(room);
    return TEMPER_OK;
}
