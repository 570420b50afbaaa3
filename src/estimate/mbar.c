/* Many histograms into one: MBAR (Shirts and Chodera, J. Chem. Phys. 129, 124105 (2008)) for states that differ only in
 * β. With K = 1 it is the reweighting of one histogram (Ferrenberg and Swendsen 1988).
 *
 * Every sample n of energy E_n, whichever state it came from, has the same weight in state β:
 *     w_n(β) = exp(−βE_n − c_n)/Ẑ(β),   c_n = ln Σ_k N_k exp(−β_k E_n − ln Ẑ_k),   Ẑ(β) = Σ_n exp(−βE_n − c_n)    (eq. 11)
 * and the ln Ẑ_k minimise the convex F = Σ_n c_n + Σ_k N_k ln Ẑ_k. A sample correlated with g − 1 others counts as 1/g,
 * and N_k = n_k/g_k. Samples of equal energy are one entry: a lattice of integers has few levels, whatever the run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "temper/estimate.h"

struct temper_mbar {
    int K;
    int sure;          /* 1: `factor` holds; 0: the states don't overlap, errors are infinite */
    int64_t samples;   /* all n[k] together */
    int64_t levels;    /* different energies */
    double *beta;      /* [K] */
    double *N;         /* [K] n_k/g_k */
    double *g;         /* [K] */
    double *log_z;     /* [K] */
    double *factor;    /* [K][K] Cholesky factor of I − PᵀP + vvᵀ, see `fluctuation` */
    double *scratch;   /* [4][K] of the solver */
    double *E;         /* [samples] the levels, ascending */
    double *S;         /* [samples] Σ 1/g over the samples of a level */
    double *c;         /* [samples] */
    int64_t *n;        /* [K] */
    int64_t *level_of; /* [samples] */
};

/* A = L Lᵀ in place, lower part, for the rows and columns from `first` on. 0 when A is not positive. */
static int cholesky(double *A, int K, int first) {
    for (int i = first; i < K; i++)
        for (int j = first; j <= i; j++) {
            double sum = A[i * K + j];
            for (int k = first; k < j; k++) sum -= A[i * K + k] * A[j * K + k];
            if (i == j && !(sum > 1e-14)) return 0;
            A[i * K + j] = i == j ? sqrt(sum) : sum / A[j * K + j];
        }
    return 1;
}

/* y ← L⁻¹ y, and y ← L⁻ᵀ y. */
static void forward(const double *L, int K, int first, double *y) {
    for (int i = first; i < K; i++) {
        for (int k = first; k < i; k++) y[i] -= L[i * K + k] * y[k];
        y[i] /= L[i * K + i];
    }
}
static void backward(const double *L, int K, int first, double *y) {
    for (int i = K - 1; i >= first; i--) {
        for (int k = i + 1; k < K; k++) y[i] -= L[k * K + i] * y[k];
        y[i] /= L[i * K + i];
    }
}

/* p_k = N_k exp(−β_k E)/Ẑ_k / e^c, the probability that a sample of energy E came from state k; returns c. */
static double origins(const temper_mbar *m, const double *log_z, double E, double *p) {
    double high = -INFINITY, sum = 0;
    for (int k = 0; k < m->K; k++) {
        p[k] = log(m->N[k]) - m->beta[k] * E - log_z[k];
        if (p[k] > high) high = p[k];
    }
    for (int k = 0; k < m->K; k++) sum += p[k] = exp(p[k] - high);
    for (int k = 0; k < m->K; k++) p[k] /= sum;
    return high + log(sum);
}

/* F, its gradient N_k − Σ_n p_k, and its Hessian Σ_n (δ_kl p_k − p_k p_l), divided by √(N_k N_l) and by N. */
static double objective(const temper_mbar *m, const double *log_z, double *gradient, double *H) {
    int K = m->K;
    double F = 0, *p = m->scratch;
    memset(gradient, 0, (size_t)K * sizeof *gradient);
    memset(H, 0, (size_t)K * (size_t)K * sizeof *H);
    for (int64_t j = 0; j < m->levels; j++) {
        F += m->S[j] * origins(m, log_z, m->E[j], p);
        for (int k = 0; k < K; k++) {
            gradient[k] += m->S[j] * p[k];
            for (int l = 0; l < k; l++) H[k * K + l] -= m->S[j] * p[k] * p[l];
            H[k * K + k] += m->S[j] * p[k] * (1 - p[k]);
        }
    }
    for (int k = 0; k < K; k++) {
        F += m->N[k] * log_z[k];
        gradient[k] = (m->N[k] - gradient[k]) / sqrt(m->N[k]);
        for (int l = 0; l <= k; l++) H[k * K + l] /= sqrt(m->N[k] * m->N[l]);
    }
    return F;
}

/* One step of Newton's method, halved until F falls; F, gradient and H go from the old point to the new one. 0 when
 * no step is found; H is lost then. State 0 stays at ln Ẑ = 0. */
static int newton(temper_mbar *m, double *F, double *gradient, double *H) {
    int K = m->K;
    double *step = m->scratch + 2 * K, *next = m->scratch + 3 * K, start = *F;
    if (!cholesky(H, K, 1)) return 0;
    memcpy(step, gradient, (size_t)K * sizeof *step);
    forward(H, K, 1, step);
    backward(H, K, 1, step);
    for (double part = 1; part > 1e-3; part /= 2) {
        next[0] = 0;
        for (int k = 1; k < K; k++) next[k] = m->log_z[k] - part * step[k] / sqrt(m->N[k]);
        *F = objective(m, next, gradient, H);
        if (!(*F <= start + 1e-12 * fabs(start))) continue;
        memcpy(m->log_z, next, (size_t)K * sizeof *next);
        return 1;
    }
    return 0;
}

/* The self-consistent iteration ln Ẑ_k ← ln Σ_n w_n(β_k) (eq. 11): slow, but it always lowers F. */
static void iterate(temper_mbar *m, const double *gradient) {
    double shift = log(1 - gradient[0] / sqrt(m->N[0]));
    for (int k = 1; k < m->K; k++) m->log_z[k] += log(fmax(1 - gradient[k] / sqrt(m->N[k]), 1e-300)) - shift;
}

/* Minimises F. Ends one step after the equations hold to 1e-8: Newton's last step squares that. Then factors the matrix
 * of the errors. */
static void solve(temper_mbar *m) {
    enum { PATIENCE = 200 };
    int K = m->K, done = 0;
    double *gradient = m->scratch + K, *H = m->factor, total = 0;
    double F = objective(m, m->log_z, gradient, H);
    for (int turn = 0; turn < PATIENCE && !done; turn++) {
        double worst = 0;
        for (int k = 0; k < K; k++) worst = fmax(worst, fabs(gradient[k]) / sqrt(m->N[k]));
        done = worst < 1e-8;
        if (newton(m, &F, gradient, H)) continue;
        objective(m, m->log_z, gradient, H);
        iterate(m, gradient);
        F = objective(m, m->log_z, gradient, H);
    }
    for (int k = 0; k < K; k++) total += m->N[k];
    for (int k = 0; k < K; k++)
        for (int l = 0; l <= k; l++) H[k * K + l] += sqrt(m->N[k] * m->N[l]) / total;
    m->sure = done && cholesky(H, K, 0);
    for (int64_t j = 0; j < m->levels; j++) m->c[j] = origins(m, m->log_z, m->E[j], m->scratch);
}

typedef struct {
    double E;
    int64_t place;
} sample;

static int ascending(const void *a, const void *b) {
    double x = ((const sample *)a)->E, y = ((const sample *)b)->E;
    return (x > y) - (x < y);
}

/* Collects equal energies into levels: E, S, level_of. `order` has room for all samples. */
static void collect(temper_mbar *m, const double *E, sample *order) {
    for (int64_t i = 0; i < m->samples; i++) order[i] = (sample){E[i], i};
    qsort(order, (size_t)m->samples, sizeof *order, ascending);
    m->levels = 0;
    for (int64_t i = 0; i < m->samples; i++) {
        if (!i || order[i].E != m->E[m->levels - 1]) m->E[m->levels++] = order[i].E;
        m->level_of[order[i].place] = m->levels - 1;
    }
    int64_t i = 0;
    for (int k = 0; k < m->K; k++)
        for (int64_t end = i + m->n[k]; i < end; i++) m->S[m->level_of[i]] += 1 / m->g[k];
}

/* First guess: the trapezoid of the mean energies over ascending β. */
static void guess(temper_mbar *m, const double *E, sample *order) {
    double *mean = m->scratch;
    int64_t i = 0;
    for (int k = 0; k < m->K; k++) {
        mean[k] = 0;
        for (int64_t end = i + m->n[k]; i < end; i++) mean[k] += E[i] / (double)m->n[k];
        order[k] = (sample){m->beta[k], k};
    }
    qsort(order, (size_t)m->K, sizeof *order, ascending);
    for (int r = 1; r < m->K; r++) {
        int64_t a = order[r - 1].place, b = order[r].place;
        m->log_z[b] = m->log_z[a] - 0.5 * (m->beta[b] - m->beta[a]) * (mean[a] + mean[b]);
    }
    double zero = m->log_z[0];
    for (int k = 0; k < m->K; k++) m->log_z[k] -= zero;
}

static temper_status check(int K, const double *beta, const int64_t *n, const double *E, const double *g) {
    if (K < 1) return temper_fail(TEMPER_BAD_OPTION, "mbar: K=%d, must be at least 1", K);
    int64_t i = 0;
    for (int k = 0; k < K; k++) {
        if (!isfinite(beta[k]))
            return temper_fail(TEMPER_BAD_OPTION, "mbar: beta[%d]=%g, must be finite", k, beta[k]);
        if (n[k] < 1)
            return temper_fail(TEMPER_BAD_OPTION, "mbar: n[%d]=%lld, must be at least 1", k, (long long)n[k]);
        if (g && !(g[k] > 0 && isfinite(g[k])))
            return temper_fail(TEMPER_BAD_OPTION, "mbar: inefficiency[%d]=%g, must be positive", k, g[k]);
        for (int64_t start = i; i < start + n[k]; i++)
            if (!isfinite(E[i]))
                return temper_fail(TEMPER_BAD_DATA, "mbar: energy %lld of state %d is %g, must be finite",
                                   (long long)(i - start), k, E[i]);
    }
    return TEMPER_OK;
}

/* One block: the head, then the arrays of doubles, then those of integers. */
static temper_mbar *carve(int K, int64_t samples) {
    size_t k = (size_t)K, s = (size_t)samples;
    size_t head = (sizeof(temper_mbar) + 63) / 64 * 8; /* in units of 8 bytes */
    temper_mbar *m = temper_alloc(head + 8 * k + k * k + 3 * s + k + s, sizeof(double));
    if (!m) return NULL;
    *m = (temper_mbar){.K = K, .samples = samples};
    m->beta = (double *)m + head;
    m->N = m->beta + k;
    m->g = m->N + k;
    m->log_z = m->g + k;
    m->scratch = m->log_z + k;
    m->factor = m->scratch + 4 * k;
    m->E = m->factor + k * k;
    m->S = m->E + s;
    m->c = m->S + s;
    m->n = (int64_t *)(m->c + s);
    m->level_of = m->n + k;
    return m;
}

temper_status temper_mbar_create(temper_mbar **mbar, int K, const double *beta, const int64_t *n,
                                 const double *E, const double *inefficiency) {
    temper_status status = check(K, beta, n, E, inefficiency);
    if (status) return status;
    int64_t samples = 0;
    for (int k = 0; k < K; k++) samples += n[k];
    temper_mbar *m = carve(K, samples);
    sample *order = m ? temper_alloc((size_t)samples, sizeof *order) : NULL;
    if (!order) {
        temper_release(m);
        return TEMPER_NO_MEMORY;
    }
    for (int k = 0; k < K; k++) {
        m->beta[k] = beta[k];
        m->n[k] = n[k];
        m->g[k] = inefficiency ? inefficiency[k] : 1;
        m->N[k] = (double)n[k] / m->g[k];
    }
    collect(m, E, order);
    guess(m, E, order); /* samples ≥ K, so the room is enough */
    temper_release(order);
    solve(m);
    *mbar = m;
    return TEMPER_OK;
}

void temper_mbar_free(temper_mbar *mbar) { temper_release(mbar); }

/* ln Ẑ(β) by log-sum-exp. */
static double log_sum(const temper_mbar *m, double beta) {
    double high = -INFINITY, sum = 0;
    for (int64_t j = 0; j < m->levels; j++) high = fmax(high, -beta * m->E[j] - m->c[j]);
    for (int64_t j = 0; j < m->levels; j++) sum += m->S[j] * exp(-beta * m->E[j] - m->c[j] - high);
    return high + log(sum);
}

/* Variance of a quantity whose change with the data is Σ_n d_n, Σ_n d_n = 0 (eq. 8, Θ = Wᵀ(I − W N Wᵀ)⁺W, between
 * columns whose difference is d). With P = W√N, Pᵀ P has the eigenvector v = √(N_k/N) of eigenvalue 1, to which Pᵀd is
 * orthogonal, and d·(I − PPᵀ)⁺d = d·d + (Pᵀd)·(I − PᵀP + vvᵀ)⁻¹(Pᵀd). `sums` are Σ d over the samples of a level, and
 * `square` is d·d; y is room for K numbers. */
static double fluctuation(const temper_mbar *m, const double *sums, double square, double *y) {
    if (!m->sure) return INFINITY;
    int K = m->K;
    double *p = y + K;
    memset(y, 0, (size_t)K * sizeof *y);
    for (int64_t j = 0; j < m->levels; j++) {
        origins(m, m->log_z, m->E[j], p);
        for (int k = 0; k < K; k++) y[k] += p[k] * sums[j] / sqrt(m->N[k]);
    }
    forward(m->factor, K, 0, y);
    for (int k = 0; k < K; k++) square += y[k] * y[k];
    return square;
}

static temper_status check_beta(double beta) {
    if (isfinite(beta)) return TEMPER_OK;
    return temper_fail(TEMPER_BAD_OPTION, "mbar: beta=%g, must be finite", beta);
}

temper_status temper_mbar_log_z(const temper_mbar *m, double beta, double *log_z, double *error) {
    temper_status status = check_beta(beta);
    if (status) return status;
    double *sums = temper_alloc((size_t)m->levels + 2 * (size_t)m->K, sizeof *sums);
    if (!sums) return TEMPER_NO_MEMORY;
    double here = log_sum(m, beta), zero = log_sum(m, m->beta[0]), square = 0;
    for (int64_t j = 0; j < m->levels; j++) {
        double d = exp(-beta * m->E[j] - m->c[j] - here) - exp(-m->beta[0] * m->E[j] - m->c[j] - zero);
        sums[j] = m->S[j] * d;
        square += m->S[j] * d * d;
    }
    *log_z = here - zero;
    *error = sqrt(fluctuation(m, sums, square, sums + m->levels));
    temper_release(sums);
    return TEMPER_OK;
}

typedef struct {
    double total, square;
} sums_of;

/* With d = w(A − origin): Σ d/g and Σ d²/g over all samples, and Σ d/g over those of each level in `sums`. */
static sums_of weigh(const temper_mbar *m, const double *w, const double *A, double origin, double *sums) {
    sums_of all = {0, 0};
    int64_t i = 0;
    memset(sums, 0, (size_t)m->levels * sizeof *sums);
    for (int k = 0; k < m->K; k++)
        for (int64_t end = i + m->n[k]; i < end; i++) {
            int64_t j = m->level_of[i];
            double d = w[j] * ((A ? A[i] : m->E[j]) - origin);
            all.total += d / m->g[k];
            all.square += d * d / m->g[k];
            sums[j] += d / m->g[k];
        }
    return all;
}

temper_status temper_mbar_mean(const temper_mbar *m, double beta, const double *A, double *mean,
                               double *error, double *ess) {
    temper_status status = check_beta(beta);
    if (status) return status;
    for (int64_t i = 0; A && i < m->samples; i++)
        if (!isfinite(A[i]))
            return temper_fail(TEMPER_BAD_DATA, "mbar: A[%lld] is %g, must be finite", (long long)i, A[i]);
    size_t levels = (size_t)m->levels;
    double *w = temper_alloc(2 * levels + 2 * (size_t)m->K, sizeof *w);
    if (!w) return TEMPER_NO_MEMORY;
    double *sums = w + levels, here = log_sum(m, beta), total = 0;
    for (int64_t j = 0; j < m->levels; j++) {
        w[j] = exp(-beta * m->E[j] - m->c[j] - here);
        total += m->S[j] * w[j] * w[j];
    }
    if (ess) *ess = 1 / total;
    *mean = A ? A[0] : m->E[m->level_of[0]];
    *mean += weigh(m, w, A, *mean, sums).total;
    sums_of d = weigh(m, w, A, *mean, sums); /* now d = w(A − ⟨A⟩), whose sum is rounding */
    *error = sqrt(fluctuation(m, sums, d.square, sums + levels));
    temper_release(w);
    return TEMPER_OK;
}
