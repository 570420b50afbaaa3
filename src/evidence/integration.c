/* Thermodynamic integration: ln Z − ln Z_base = ∫₀¹ F dβ with F(β) = ⟨f⟩, f = ∂ ln p*_β/∂β of what a chain keeps (Gelman and Meng 1998). The cubic rule of
 * temper_integrate also wants F′ = Var f + ⟨∂f/∂β⟩, which is the variance of E − E_base and so never negative. Both derivatives of ln p*_β come
 * from its values at β, β ± δ, β ± 2δ: it is smooth in β, and δ⁴ is small. The error joins noise and the bias of the rule. */
#include <math.h>
#include "base/memory.h"
#include "evidence/rungs.h"
#include "temper/estimate.h"

static const double DELTA = 0x1p-7;

typedef struct {
    const temper_path *path;
    const temper_rung_ladder *ladder;
    double *f;      /* [K][chains][kept] */
    double *bend;   /* [K] Σ ∂f/∂β */
    double *weight; /* [5][chains] */
} board;

static void look(void *context, int rung, int64_t sample, const temper_flock *flock) {
    board *b = context;
    int64_t C = flock->chains;
    for (int s = 0; s < 5; s++) {
        temper_place at = {b->ladder->beta[rung] + (s - 2) * DELTA, b->path->base};
        temper_flock_log_weight(flock, &at, b->weight + s * C);
    }
    for (int64_t c = 0; c < C; c++) {
        const double *w = b->weight + c;
        double odd_1 = w[3 * C] - w[C], odd_2 = w[4 * C] - w[0];
        double even_1 = w[3 * C] - 2 * w[2 * C] + w[C], even_2 = w[4 * C] - 2 * w[2 * C] + w[0];
        b->f[(rung * C + c) * b->ladder->kept + sample] = (8 * odd_1 - odd_2) / (12 * DELTA);
        b->bend[rung] += (16 * even_1 - even_2) / (12 * DELTA * DELTA);
    }
}

typedef struct {
    double *E, *E_error, *variance, *variance_error, *log_z, *error, *bias; /* [K] each */
} table;

static temper_status measure(const board *b, int64_t C, table *t) {
    int64_t n = C * b->ladder->kept;
    for (int k = 0; k < b->ladder->K; k++) {
        const double *f = b->f + k * n;
        temper_estimate seen;
        temper_status status = temper_estimate_mean(f, (int)C, b->ladder->kept, &seen);
        if (status) return status;
        double spread = 0;
        for (int64_t i = 0; i < n; i++) spread += (f[i] - seen.mean) * (f[i] - seen.mean);
        t->E[k] = -seen.mean;
        t->E_error[k] = seen.error;
        t->variance[k] = fmax(0, spread / (double)n + b->bend[k] / (double)n);
        t->variance_error[k] = t->variance[k] * sqrt(2 / seen.ess);
    }
    return TEMPER_OK;
}

/* Squared error of the cubic rule's second part, Σ h²/12 (F′_a − F′_b): node k has (h_k² − h_{k+1}²)/12. */
static double of_variances(const temper_rung_ladder *ladder, const table *t) {
    double sum = 0;
    for (int k = 0; k < ladder->K; k++) {
        double before = k ? ladder->beta[k] - ladder->beta[k - 1] : 0;
        double after = k + 1 < ladder->K ? ladder->beta[k + 1] - ladder->beta[k] : 0;
        double part = (before * before - after * after) / 12 * t->variance_error[k];
        sum += part * part;
    }
    return sum;
}

static temper_status join(const board *b, temper_evidence *out) {
    size_t K = (size_t)b->ladder->K;
    double *room = temper_alloc(7 * K, sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    table t = {room, room + K, room + 2 * K, room + 3 * K, room + 4 * K, room + 5 * K, room + 6 * K};
    temper_status status = measure(b, b->path->plan.runs, &t);
    if (!status)
        status =
            temper_integrate((int)K, b->ladder->beta, t.E, t.E_error, t.variance, t.log_z, t.error, t.bias);
    if (!status) {
        double noise = t.error[K - 1] * t.error[K - 1] + of_variances(b->ladder, &t), bias = t.bias[K - 1];
        double z = b->path->log_base + t.log_z[K - 1], e = sqrt(noise + bias * bias);
        *out = (temper_evidence){
            .log_z = z,
            .error = e,
            .low = z - 3 * e,
            .high = z + 3 * e,
            .ess = 1 / (e * e + 1 / (double)(b->path->plan.runs * b->ladder->kept * b->ladder->K))};
    }
    temper_release(room);
    return status;
}

temper_status temper_log_z_integration(temper_path *path, temper_evidence *out) {
    temper_rung_ladder ladder;
    temper_status status = temper_rung_ladder_build(path, &ladder);
    int64_t C = path->plan.runs;
    board b = {path, &ladder, NULL, NULL, NULL};
    if (!status) {
        b.f = temper_alloc((size_t)(C * ladder.kept), (size_t)ladder.K * sizeof *b.f);
        b.bend = temper_alloc((size_t)ladder.K, sizeof *b.bend);
        b.weight = temper_alloc(5 * (size_t)C, sizeof *b.weight);
        status =
            b.f && b.bend && b.weight ? temper_rung_ladder_walk(path, &ladder, look, &b) : TEMPER_NO_MEMORY;
    }
    if (!status) status = join(&b, out);
    temper_release(b.f);
    temper_release(b.bend);
    temper_release(b.weight);
    temper_rung_ladder_clear(&ladder);
    return status;
}
