#include "core/memories.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "kernel/kernel.h"
#include "num/solve.h"
#include "num/spins.h"
#include "temper/stream.h"

/* Gram matrices of ±1 patterns have ones on the diagonal; a pivot below this is rounding, not a pattern. */
static const double DEPENDENT = 1e-10;

temper_status temper_memories_build(temper_memories *m, int64_t n, int64_t P) {
    int64_t stride = (P + TEMPER_LANES - 1) / TEMPER_LANES * TEMPER_LANES;
    *m = (temper_memories){n, P, stride, temper_alloc((size_t)(n * P), 1),
                           temper_alloc((size_t)(n * stride), sizeof(double))};
    if (m->xi && m->columns) return TEMPER_OK;
    temper_memories_clear(m);
    return TEMPER_NO_MEMORY;
}

void temper_memories_clear(temper_memories *m) {
    temper_release(m->xi);
    temper_release(m->columns);
    *m = (temper_memories){0};
}

void temper_memories_draw(temper_memories *m, uint64_t seed) {
    temper_stream of = {seed, 0};
    for (int64_t mu = 0; mu < m->P; mu++) {
        uint32_t word = 0;
        for (int64_t i = 0; i < m->n; i++) {
            if (i % 32 == 0) word = temper_word(of, TEMPER_FOR_DISORDER, mu, i / 32);
            m->xi[mu * m->n + i] = word >> (i % 32) & 1 ? 1 : -1;
        }
    }
}

void temper_memories_transpose(temper_memories *m) {
    for (int64_t mu = 0; mu < m->P; mu++)
        for (int64_t i = 0; i < m->n; i++) m->columns[i * m->stride + mu] = m->xi[mu * m->n + i];
}

temper_status temper_memories_take(temper_memories *m, const temper_rows_view *rows, const char *name) {
    int64_t n = rows->columns;
    for (int64_t mu = 0; mu < rows->n; mu++) {
        if (rows->weight && rows->weight[mu] != rows->weight[0])
            return temper_fail(TEMPER_CANNOT, "%s: the rule stores every row once; weights must be equal",
                               name);
        for (int64_t i = 0; i < n; i++)
            if (fabsf(rows->X[mu * n + i]) != 1)
                return temper_fail(TEMPER_BAD_DATA, "%s: row %lld, column %lld is %g; legal: -1, 1", name,
                                   (long long)mu, (long long)i, (double)rows->X[mu * n + i]);
    }
    temper_status bad = temper_memories_build(m, n, rows->n);
    if (bad) return bad;
    for (int64_t k = 0; k < n * rows->n; k++) m->xi[k] = rows->X[k] > 0 ? 1 : -1;
    temper_memories_transpose(m);
    return TEMPER_OK;
}

/* Sums of products of ±1: integers, exact in any order. */
void temper_learn_hebb(const temper_memories *m, double *J, int64_t stride) {
    for (int64_t i = 0; i < m->n; i++)
        for (int64_t j = 0; j < i; j++)
            J[i * stride + j] = J[j * stride + i] =
                temper_kernel()->lanes_dot(m->columns + i * m->stride, m->columns + j * m->stride,
                                           m->stride) /
                (double)m->n;
}

void temper_learn_storkey(const temper_memories *m, double *J, int64_t stride, double *work) {
    int64_t n = m->n;
    for (int64_t mu = 0; mu < m->P; mu++) {
        const int8_t *xi = m->xi + mu * n;
        /* work_i = Σ_{k≠i} J_ik ξ_k, of which h_ij leaves out k = j */
        for (int64_t i = 0; i < n; i++) {
            double sum = 0;
            for (int64_t k = 0; k < n; k++) sum += J[i * stride + k] * xi[k];
            work[i] = sum;
        }
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < i; j++) {
                double J_ij = J[i * stride + j], h_ij = work[i] - J_ij * xi[j], h_ji = work[j] - J_ij * xi[i];
                J_ij += (xi[i] * xi[j] - xi[i] * h_ji - h_ij * xi[j]) / (double)n;
                J[i * stride + j] = J[j * stride + i] = J_ij;
            }
    }
}

temper_status temper_learn_dual(const temper_memories *m, double *dual) {
    int64_t n = m->n, P = m->P;
    double *C = temper_alloc((size_t)(P * P), sizeof *C);
    if (!C) return TEMPER_NO_MEMORY;
    for (int64_t mu = 0; mu < P; mu++)
        for (int64_t nu = 0; nu <= mu; nu++)
            C[mu * P + nu] = (double)temper_spins_dot(m->xi + mu * n, m->xi + nu * n, n) / (double)n;
    int64_t k = temper_cholesky(P, C, DEPENDENT);
    for (int64_t i = 0; i < n && k == P; i++) {
        double *row = dual + i * m->stride;
        for (int64_t mu = 0; mu < m->stride; mu++) row[mu] = m->columns[i * m->stride + mu];
        temper_cholesky_solve(P, C, row);
    }
    temper_release(C);
    if (k == P) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_DATA,
                       "hopfield: rule=pseudo_inverse needs linearly independent patterns, and "
                       "pattern %lld of %lld depends on those before it",
                       (long long)k, (long long)P);
}

void temper_learn_projection(const temper_memories *m, const double *dual, bool diagonal, double *J,
                             int64_t stride) {
    for (int64_t i = 0; i < m->n; i++) {
        for (int64_t j = 0; j <= i; j++)
            J[i * stride + j] = J[j * stride + i] =
                temper_kernel()->lanes_dot(m->columns + i * m->stride, dual + j * m->stride, m->stride) /
                (double)m->n;
        if (!diagonal) J[i * stride + i] = 0;
    }
}

temper_status temper_memories_suits(const char *name, const temper_machine *machine) {
    if (!strcmp(machine->type->about.name, "hopfield")) return TEMPER_OK;
    return temper_fail(TEMPER_CANNOT, "%s: makes the couplings of a hopfield; %s has none like them", name,
                       machine->type->about.name);
}

temper_status temper_memories_solve(temper_machine *machine, const temper_rows_view *rows, const char *name,
                                    temper_memories_rule J_of) {
    temper_memories m = {0};
    temper_status bad = temper_memories_take(&m, rows, name);
    double *J = bad ? NULL : temper_alloc((size_t)(m.n * m.n), sizeof *J);
    if (!bad) bad = J ? J_of(&m, J, m.n) : TEMPER_NO_MEMORY;
    if (!bad) {
        for (int64_t k = 0; k < m.n * m.n; k++) machine->theta[k] = (float)J[k];
        memset(machine->theta + m.n * m.n, 0, (size_t)m.n * sizeof *machine->theta);
        bad = temper_machine_refresh(machine);
    }
    temper_release(J);
    temper_memories_clear(&m);
    return bad;
}

void temper_memories_needs(const void *self, const temper_lesson *lesson, int *models, int *aides,
                           size_t *memory, bool *data) {
    (void)self, (void)lesson;
    *models = *aides = 0;
    *memory = 0;
    *data = false;
}
