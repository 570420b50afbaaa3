/* The ln Z_k minimise the convex (eq. 11 of the paper is its stationarity)
 *     F = Σ_n c_n/g_n + Σ_k N_k ln Z_k,   c_n = ln Σ_k N_k q_k(x_n)/Z_k,   N_k = n_k/g_k,
 * ln Z_0 = 0. Newton's method, halved until F falls; where that fails, the self-consistent step, which always lowers F. Errors: with p_nk the
 * probability that sample n came from state k and A_kl = Σ_n p_nk p_nl/g_n /√(N_k N_l), v_k = √(N_k/N),
 *     Var(ln Z_k − ln Z_0) = dᵀ(I − A + vvᵀ)⁻¹ A d,   d = e_k/√N_k − e_0/√N_0            (eq. 8 in the space of states; A v = v, d ⟂ v). */
#include <math.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "estimate/states.h"
#include "num/solve.h"

typedef struct {
    const temper_states *of;
    int K;
    double *N, *gradient, *step, *next, *p; /* [K] each */
    double *H, *A;                          /* [K][K] */
} solver;

/* p_k of one sample; returns c. */
static double origins(const solver *s, const double *log_q, const double *log_z) {
    double high = -INFINITY, sum = 0;
    for (int k = 0; k < s->K; k++) {
        s->p[k] = temper_log(s->N[k]) + log_q[k] - log_z[k];
        if (s->p[k] > high) high = s->p[k];
    }
    for (int k = 0; k < s->K; k++) sum += s->p[k] = temper_exp(s->p[k] - high);
    for (int k = 0; k < s->K; k++) s->p[k] /= sum;
    return high + temper_log(sum);
}

/* F, its gradient N_k − Σ p_k, and A (unscaled: Σ p_k p_l), lower part. */
static double objective(solver *s, const double *log_z) {
    int K = s->K;
    double F = 0;
    const double *q = s->of->log_q;
    memset(s->A, 0, (size_t)K * (size_t)K * sizeof *s->A);
    memcpy(s->gradient, s->N, (size_t)K * sizeof *s->N);
    for (int origin = 0; origin < K; origin++) {
        double g = s->of->inefficiency ? s->of->inefficiency[origin] : 1;
        for (int64_t i = 0; i < s->of->n[origin]; i++, q += K) {
            F += origins(s, q, log_z) / g;
            for (int k = 0; k < K; k++) {
                double w = s->p[k] / g;
                s->gradient[k] -= w;
                for (int l = 0; l <= k; l++) s->A[k * K + l] += w * s->p[l];
            }
        }
    }
    for (int k = 0; k < K; k++) F += s->N[k] * log_z[k];
    return F;
}

/* Newton's step for states 1 … K − 1 into s->step; false: the Hessian is not positive. Hessian: (N_k − gradient_k) δ_kl − Σ p_k p_l. */
static int newton(solver *s) {
    int K = s->K, M = K - 1;
    for (int k = 1; k < K; k++) {
        for (int l = 1; l <= k; l++) s->H[(k - 1) * M + l - 1] = -s->A[k * K + l];
        s->H[(k - 1) * M + k - 1] += s->N[k] - s->gradient[k];
        s->step[k] = s->gradient[k];
    }
    s->step[0] = 0;
    if (M > 0 && temper_cholesky(M, s->H, 1e-13) < M) return 0;
    if (M > 0) temper_cholesky_solve(M, s->H, s->step + 1);
    return 1;
}

static double solve(solver *s, double *log_z) {
    enum { PATIENCE = 200 };
    int K = s->K;
    double F = objective(s, log_z), worst = INFINITY;
    for (int turn = 0; turn < PATIENCE; turn++) {
        worst = 0;
        for (int k = 0; k < K; k++) worst = fmax(worst, fabs(s->gradient[k]) / s->N[k]);
        if (worst < 1e-9) break;
        int good = newton(s);
        if (!good) /* self-consistent: Z_k ← Z_k Σ p_k/N_k */
            for (int k = 0; k < K; k++)
                s->step[k] = -temper_log(fmax(1 - s->gradient[k] / s->N[k], 1e-300)) +
                             temper_log(fmax(1 - s->gradient[0] / s->N[0], 1e-300));
        double last = F;
        for (double part = 1; part > 1e-3; part /= 2) {
            for (int k = 0; k < K; k++) s->next[k] = log_z[k] - part * s->step[k];
            F = objective(s, s->next);
            if (F <= last + 1e-12 * fabs(last)) break;
        }
        memcpy(log_z, s->next, (size_t)K * sizeof *log_z);
    }
    return worst;
}

static void errors(solver *s, double *error) {
    int K = s->K;
    double N = 0, *x = s->step, *y = s->next;
    for (int k = 0; k < K; k++) N += s->N[k];
    for (int k = 0; k < K; k++)
        for (int l = 0; l <= k; l++) {
            double a = s->A[k * K + l] / sqrt(s->N[k] * s->N[l]);
            s->A[k * K + l] = s->A[l * K + k] = a;
            s->H[k * K + l] = (k == l) - a + sqrt(s->N[k] * s->N[l]) / N;
        }
    int sure = temper_cholesky(K, s->H, 1e-12) == K;
    for (int state = 0; state < K; state++) {
        for (int k = 0; k < K; k++) y[k] = 0;
        y[state] += 1 / sqrt(s->N[state]);
        y[0] -= 1 / sqrt(s->N[0]);
        double variance = 0;
        for (int k = 0; k < K; k++) {
            x[k] = 0;
            for (int l = 0; l < K; l++) x[k] += s->A[k * K + l] * y[l];
        }
        temper_cholesky_solve(K, s->H, x);
        for (int k = 0; k < K; k++) variance += y[k] * x[k];
        error[state] = state == 0 ? 0 : sure ? sqrt(fmax(variance, 0)) : INFINITY;
    }
}

/* Start: ln Z_{k+1} − ln Z_k from the samples of state k. */
static void guess(const temper_states *of, double *log_z) {
    const double *q = of->log_q;
    log_z[0] = 0;
    for (int k = 0; k + 1 < of->K; k++) {
        double high = -INFINITY, sum = 0;
        const double *first = q;
        for (int64_t i = 0; i < of->n[k]; i++, q += of->K) high = fmax(high, q[k + 1] - q[k]);
        q = first;
        for (int64_t i = 0; i < of->n[k]; i++, q += of->K) sum += temper_exp(q[k + 1] - q[k] - high);
        log_z[k + 1] = log_z[k] + high + temper_log(sum / (double)of->n[k]);
    }
}

static temper_status check(const temper_states *of) {
    if (of->K < 1) return temper_fail(TEMPER_BAD_OPTION, "states: K=%d, must be at least 1", of->K);
    int64_t total = 0;
    for (int k = 0; k < of->K; k++) {
        if (of->n[k] < 1)
            return temper_fail(TEMPER_BAD_OPTION, "states: n[%d]=%lld, must be at least 1", k,
                               (long long)of->n[k]);
        if (of->inefficiency && !(of->inefficiency[k] > 0 && of->inefficiency[k] < INFINITY))
            return temper_fail(TEMPER_BAD_OPTION, "states: inefficiency[%d]=%g, must be positive", k,
                               of->inefficiency[k]);
        total += of->n[k];
    }
    for (int64_t i = 0; i < total * of->K; i++)
        if (!isfinite(of->log_q[i]))
            return temper_fail(TEMPER_BAD_DATA,
                               "states: the log weight of sample %lld in state %lld is %g, must be finite",
                               (long long)(i / of->K), (long long)(i % of->K), of->log_q[i]);
    return TEMPER_OK;
}

temper_status temper_states_solve(const temper_states *of, double *log_z, double *error) {
    temper_status status = check(of);
    if (status) return status;
    size_t K = (size_t)of->K;
    double *room = temper_alloc(5 * K + 2 * K * K, sizeof *room);
    if (!room) return TEMPER_NO_MEMORY;
    solver s = {
        .of = of, .K = of->K, .N = room, .gradient = room + K, .step = room + 2 * K, .next = room + 3 * K};
    s.p = room + 4 * K;
    s.H = room + 5 * K;
    s.A = s.H + K * K;
    for (int k = 0; k < of->K; k++) s.N[k] = (double)of->n[k] / (of->inefficiency ? of->inefficiency[k] : 1);
    guess(of, log_z);
    double worst = solve(&s, log_z);
    objective(&s, log_z);
    errors(&s, error);
    if (!(worst < 1e-6))
        for (int k = 1; k < of->K; k++) error[k] = INFINITY;
    for (int k = of->K - 1; k >= 0; k--) log_z[k] -= log_z[0];
    temper_release(room);
    return TEMPER_OK;
}
