/* Associative memories: P patterns ξ^μ of N ±1 sites are stored as minima of an energy, M_μ = Σ_i ξ_i^μ s_i.
 *
 *   hebb            H = −Σ_{i<j} J_ij s_i s_j + b Σ s_i,   J_ij = (1/N) Σ_μ ξ_i^μ ξ_j^μ, J_ii = 0
 *                     = −(1/2N) Σ_μ M_μ² + P/2 + b Σ s_i                          (Hopfield 1982)
 *   pseudo_inverse  the same H with J_ij = (1/N) Σ_μν ξ_i^μ (C^−1)_μν ξ_j^ν: all patterns are fixed points
 *   storkey         the same H with Storkey's J: more capacity than Hebb's, learnt pattern by pattern
 *   polynomial      H = −(N/d) Σ_μ (M_μ/N)^d + b Σ s_i       F(z) = z^d of Krotov and Hopfield, NIPS 2016, scaled
 *                     to be extensive: −N/d at a pattern; d = 2 is hebb − P/2. An odd d tells ξ from −ξ
 *   exponential     H = −ln Σ_μ exp M_μ + b Σ s_i            the logarithm of F = exp of Demircigil et al., J. Stat.
 *                     Phys. 168, 288 (2017): the same order of energies, so the same dynamics at T = 0, and extensive
 *
 * b is the threshold of every neuron: it fires where Σ_j J_ij s_j > b.
 *
 * Two paths for a coupled rule (same H, other cost):
 *   fields     the matrix J and a cache of N local fields: a look costs O(1), a flip O(N)
 *   overlaps   no matrix; the cache holds a_μ = Σ_j dual_j^μ s_j, where dual = ξ for hebb (a = M): look and flip cost O(P),
 *                  Σ_j J_ij s_j = (1/N)(Σ_μ ξ_i^μ a_μ − D_i s_i),   D_i = Σ_μ ξ_i^μ dual_i^μ  removes J_ii. */
#include <stddef.h>
#include <string.h>
#include "base/elementary.h"
#include "base/memory.h"
#include "core/memories.h"
#include "core/pairs.h"
#include "data/rows.h"
#include "kernel/kernel.h"
#include "num/spins.h"

enum { HEBB, PSEUDO_INVERSE, STORKEY, POLYNOMIAL, EXPONENTIAL };
enum { AUTO, OVERLAPS, FIELDS };
enum { MATRIX_SITES = 32768, AUTO_MATRIX_SITES = 8192, AUTO_RATIO = 8 };
static const double COSH_2 = 3.7621956910836314, SINH_2 = 3.6268604078470188, DEEP = -700;

typedef struct {
    int64_t n, patterns, degree, seed;
    char *file;
    double threshold, b;
    int rule, path;
    temper_memories memories;
    double *dual; /* [n][memories.stride] of pseudo_inverse, else NULL */
    double *D;    /* [n] of the path overlaps, else NULL */
    double *J;    /* [n][stride] of the path fields, else NULL */
    int64_t stride;
} hopfield;

static const double *column(const hopfield *m, int64_t i) {
    return m->memories.columns + i * m->memories.stride;
}
static const double *dual(const hopfield *m, int64_t i) {
    return m->dual ? m->dual + i * m->memories.stride : column(m, i);
}

static temper_status read_patterns(hopfield *m) {
    temper_rows rows;
    temper_status bad = temper_rows_read(&rows, m->file, m->patterns);
    if (bad) return bad;
    if (rows.rows < m->patterns || rows.cols < 2 || rows.cols > 1000000)
        bad = temper_fail(TEMPER_BAD_DATA,
                          "hopfield: patterns=%lld, but %s holds %lld rows of %lld numbers; legal: at "
                          "least as many rows, of 2 … 1000000 numbers",
                          (long long)m->patterns, m->file, (long long)rows.rows, (long long)rows.cols);
    m->n = bad ? m->n : rows.cols;
    if (!bad) bad = temper_memories_build(&m->memories, m->n, m->patterns);
    for (int64_t k = 0; k < m->n * m->patterns && !bad; k++)
        m->memories.xi[k] = rows.x[k] > m->threshold ? 1 : -1;
    temper_rows_clear(&rows);
    return bad;
}

/* Measured with metropolis at T = 0.6, where a tenth to a quarter of the moves is accepted, in ns per look:
 * n = 2000, P = n/16: overlaps 110, fields 562; n/8: 219, 391; n/4: 382, 298. Deep in recall (T = 0.3, 1 to 9 %) fields
 * are up to ten times as fast at any P, close to T = 1 overlaps are: the ratio is a compromise. */
static temper_status choose_path(hopfield *m) {
    if (m->path == OVERLAPS && m->rule == STORKEY)
        return temper_fail(TEMPER_BAD_OPTION,
                           "hopfield: path=overlaps is not in the legal range for rule=storkey, whose "
                           "couplings are no sum over patterns; legal: auto, fields");
    if (m->path == FIELDS && m->rule >= POLYNOMIAL)
        return temper_fail(TEMPER_BAD_OPTION,
                           "hopfield: path=fields needs pair couplings, which rule=%s has not; legal: "
                           "auto, overlaps",
                           m->rule == POLYNOMIAL ? "polynomial" : "exponential");
    if (m->path == AUTO) {
        bool few = AUTO_RATIO * m->patterns <= m->n || m->n > AUTO_MATRIX_SITES;
        m->path = m->rule == STORKEY ? FIELDS : m->rule >= POLYNOMIAL || few ? OVERLAPS : FIELDS;
    }
    if (m->path == FIELDS && m->n > MATRIX_SITES)
        return temper_fail(TEMPER_BAD_OPTION,
                           "hopfield: n=%lld is too large for a matrix of couplings; legal: at most %d",
                           (long long)m->n, MATRIX_SITES);
    return TEMPER_OK;
}

static temper_status build_matrix(hopfield *m) {
    m->stride = (m->n + TEMPER_LANES - 1) / TEMPER_LANES * TEMPER_LANES;
    m->J = temper_alloc((size_t)(m->n * m->stride), sizeof *m->J);
    if (!m->J) return TEMPER_NO_MEMORY;
    if (m->rule == HEBB) temper_learn_hebb(&m->memories, m->J, m->stride);
    if (m->rule == PSEUDO_INVERSE) temper_learn_projection(&m->memories, m->dual, false, m->J, m->stride);
    if (m->rule == STORKEY) {
        double *work = temper_alloc((size_t)m->n, sizeof *work);
        if (!work) return TEMPER_NO_MEMORY;
        temper_learn_storkey(&m->memories, m->J, m->stride, work);
        temper_release(work);
    }
    return TEMPER_OK;
}

static temper_status build_self_terms(hopfield *m) {
    m->D = temper_alloc((size_t)m->n, sizeof *m->D);
    if (!m->D) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < m->n; i++)
        m->D[i] = temper_kernel()->lanes_dot(column(m, i), dual(m, i), m->memories.stride);
    return TEMPER_OK;
}

static temper_status build(void *self) {
    hopfield *m = self;
    temper_status bad;
    if (m->file) {
        bad = read_patterns(m);
    } else {
        bad = temper_memories_build(&m->memories, m->n, m->patterns);
        if (!bad) temper_memories_draw(&m->memories, (uint64_t)m->seed);
    }
    if (!bad) bad = choose_path(m);
    if (bad) return bad;
    temper_memories_transpose(&m->memories);
    if (m->rule == PSEUDO_INVERSE) {
        m->dual = temper_alloc((size_t)(m->n * m->memories.stride), sizeof *m->dual);
        bad = m->dual ? temper_learn_dual(&m->memories, m->dual) : TEMPER_NO_MEMORY;
    }
    if (bad || m->rule >= POLYNOMIAL) return bad;
    return m->path == FIELDS ? build_matrix(m) : build_self_terms(m);
}

static void clear(void *self) {
    hopfield *m = self;
    temper_memories_clear(&m->memories);
    temper_release(m->dual);
    temper_release(m->D);
    temper_release(m->J);
}

static int sites(const void *self) { return (int)((const hopfield *)self)->n; }
static bool has_fields(const void *self) { return ((const hopfield *)self)->path == FIELDS; }

/* fields: f_i. overlaps: a_μ. exponential: M_μ, then w_μ = exp(M_μ − max M), then Σ w. */
static int cached(const void *self) {
    const hopfield *m = self;
    if (m->path == FIELDS) return (int)m->n;
    return (int)(m->rule == EXPONENTIAL ? 2 * m->memories.stride + 1 : m->memories.stride);
}

/* x^d by squaring, the same order everywhere; libm's pow is not. */
static double power(double x, int64_t d) {
    double result = 1;
    for (; d > 0; d >>= 1, x *= x)
        if (d & 1) result *= x;
    return result;
}

static double overlap(const hopfield *m, int64_t mu, const int8_t *s) {
    return (double)temper_spins_dot(m->memories.xi + mu * m->n, s, m->n);
}

static double matrix_energy(const hopfield *m, const int8_t *s) {
    double H = 0;
    for (int64_t i = 0; i < m->n; i++) {
        double sum = 0;
        for (int64_t j = 0; j < i; j++) sum += m->J[i * m->stride + j] * s[j];
        H -= sum * s[i];
    }
    return H;
}

/* −(1/2N)(Σ_μ M_μ a_μ − Σ_i D_i), eight patterns at a time because the dual ones lie site by site. */
static double dual_energy(const hopfield *m, const int8_t *s) {
    double sum = 0;
    for (int64_t mu = 0; mu < m->patterns; mu += TEMPER_LANES) {
        double a[TEMPER_LANES] = {0};
        for (int64_t j = 0; j < m->n; j++) temper_kernel()->lanes_add(a, s[j], dual(m, j) + mu, TEMPER_LANES);
        for (int64_t k = mu; k < mu + TEMPER_LANES && k < m->patterns; k++)
            sum += overlap(m, k, s) * a[k - mu];
    }
    for (int64_t i = 0; i < m->n; i++) sum -= m->D[i];
    return -sum / (2 * (double)m->n);
}

/* ln Σ_μ exp M_μ in one pass: `sum` is in units of exp(most). */
static double exponential_energy(const hopfield *m, const int8_t *s) {
    double most = overlap(m, 0, s), sum = 1;
    for (int64_t mu = 1; mu < m->patterns; mu++) {
        double M = overlap(m, mu, s);
        if (M > most) {
            sum = 1 + sum * temper_exp(most - M);
            most = M;
        } else {
            sum += temper_exp(M - most);
        }
    }
    return -(most + temper_log(sum));
}

static double energy(const void *self, const int8_t *s) {
    const hopfield *m = self;
    double N = (double)m->n, threshold = m->b * (double)temper_spins_sum(s, m->n), sum = 0;
    if (m->path == FIELDS) return matrix_energy(m, s) + threshold;
    if (m->rule == PSEUDO_INVERSE) return dual_energy(m, s) + threshold;
    if (m->rule == EXPONENTIAL) return exponential_energy(m, s) + threshold;
    for (int64_t mu = 0; mu < m->patterns; mu++) {
        double M = overlap(m, mu, s);
        sum += m->rule == HEBB ? M * M - N : power(M / N, m->degree);
    }
    return (m->rule == HEBB ? -sum / (2 * N) : -sum * N / (double)m->degree) + threshold;
}

/* w_μ = exp(M_μ − max M) and their sum, behind the overlaps. */
static void weigh(const hopfield *m, double *cache) {
    double *M = cache, *w = cache + m->memories.stride, most = M[0], sum = 0;
    for (int64_t mu = 1; mu < m->patterns; mu++)
        if (M[mu] > most) most = M[mu];
    for (int64_t mu = 0; mu < m->patterns; mu++) {
        w[mu] = M[mu] - most > DEEP ? temper_exp(M[mu] - most) : 0;
        sum += w[mu];
    }
    cache[2 * m->memories.stride] = sum;
}

static void prime(const void *self, const int8_t *s, double *cache) {
    const hopfield *m = self;
    for (int k = 0; k < cached(m); k++) cache[k] = 0;
    for (int64_t i = 0; i < m->n; i++) {
        if (m->path == FIELDS) {
            const double *J = m->J + i * m->stride;
            for (int64_t j = 0; j < m->n; j++) cache[i] += J[j] * s[j];
            cache[i] -= m->b;
        } else {
            temper_kernel()->lanes_add(cache, s[i], dual(m, i), m->memories.stride);
        }
    }
    if (m->rule == EXPONENTIAL) weigh(m, cache);
}

/* −(N/d) Σ_μ [(x_μ + δ ξ_i^μ)^d − x_μ^d], x = M/N; the lanes beyond P hold zeros and stay zero. */
static double polynomial_cost(const hopfield *m, const double *M, int i, double change) {
    double N = (double)m->n, lane[TEMPER_LANES] = {0}, sum = 0;
    const double *xi = column(m, i);
    for (int64_t mu = 0; mu < m->memories.stride; mu += TEMPER_LANES) {
        double now[TEMPER_LANES], then[TEMPER_LANES], old[TEMPER_LANES], new[TEMPER_LANES];
        for (int l = 0; l < TEMPER_LANES; l++) {
            now[l] = M[mu + l] / N;
            then[l] = (M[mu + l] + change * xi[mu + l]) / N;
            old[l] = new[l] = 1;
        }
        /* Invariant: old·now^d and new·then^d are the powers sought. */
        for (int64_t d = m->degree; d > 0; d >>= 1)
            for (int l = 0; l < TEMPER_LANES; l++) {
                old[l] *= d & 1 ? now[l] : 1;
                new[l] *= d & 1 ? then[l] : 1;
                now[l] *= now[l];
                then[l] *= then[l];
            }
        for (int l = 0; l < TEMPER_LANES; l++) lane[l] += new[l] - old[l];
    }
    for (int l = 0; l < TEMPER_LANES; l++) sum += lane[l];
    return -sum * N / (double)m->degree;
}

static double cost(const void *self, const int8_t *s, const double *cache, int i, int to) {
    const hopfield *m = self;
    double change = to - s[i];
    if (m->path == FIELDS) return -change * cache[i];
    if (change == 0) return 0;
    if (m->rule == POLYNOMIAL) return polynomial_cost(m, cache, i, change) + m->b * change;
    int64_t stride = m->memories.stride;
    if (m->rule == EXPONENTIAL) {
        /* Σ_μ w_μ exp(±2 ξ_i^μ) = (cosh 2 ± r sinh 2) Σ w, with the softmax average r of ξ_i */
        double r = temper_kernel()->lanes_dot(column(m, i), cache + stride, stride) / cache[2 * stride];
        return m->b * change - temper_log(COSH_2 + (change > 0 ? r : -r) * SINH_2);
    }
    double field = (temper_kernel()->lanes_dot(column(m, i), cache, stride) - m->D[i] * s[i]) / (double)m->n;
    return -change * (field - m->b);
}

static void set(const void *self, int8_t *s, double *cache, int i, int to) {
    const hopfield *m = self;
    double change = to - s[i];
    if (m->path == FIELDS)
        temper_kernel()->lanes_add(cache, change, m->J + (int64_t)i * m->stride, m->n);
    else
        temper_kernel()->lanes_add(cache, change, dual(m, i), m->memories.stride);
    s[i] = (int8_t)to;
    if (m->rule == EXPONENTIAL) weigh(m, cache);
}

static int patterns(const void *self, const int8_t **xi) {
    const hopfield *m = self;
    *xi = m->memories.xi;
    return (int)m->patterns;
}

static bool ordered(const void *self, int k, int8_t *s) {
    const hopfield *m = self;
    if (k < 0 || k >= m->patterns) return false;
    memcpy(s, m->memories.xi + k * m->n, (size_t)m->n);
    return true;
}

static const temper_option options[] = {
    {"n", TEMPER_INT, offsetof(hopfield, n), "500", 2, 1e6, NULL, "sites",
     "number of neurons; with file: its columns"},
    {"patterns", TEMPER_INT, offsetof(hopfield, patterns), "25", 1, 1e6, NULL, "", "how many are stored"},
    {"file", TEMPER_STRING, offsetof(hopfield, file), "", 0, 0, NULL, "",
     "patterns from the first rows of a data file (IDX images, CSV or text; gzipped or not), instead of "
     "random ones"},
    {"threshold", TEMPER_REAL, offsetof(hopfield, threshold), "0.5", -1e300, 1e300, NULL, "",
     "numbers of the file above it become +1, others -1 (127 for 8-bit images)"},
    {"rule", TEMPER_CHOICE, offsetof(hopfield, rule), "hebb", 0, 0,
     "hebb|pseudo_inverse|storkey|polynomial|exponential", "", "how patterns make the energy"},
    {"degree", TEMPER_INT, offsetof(hopfield, degree), "3", 2, 64, NULL, "", "d of rule=polynomial"},
    {"b", TEMPER_REAL, offsetof(hopfield, b), "0", -1e6, 1e6, NULL, "energy",
     "threshold of every neuron, H gains b Σ s"},
    {"path", TEMPER_CHOICE, offsetof(hopfield, path), "auto", 0, 0, "auto|overlaps|fields", "",
     "same energy, other cost: O(patterns) per look and flip, or O(1) per look and O(n) per flip"},
    {"seed", TEMPER_INT, offsetof(hopfield, seed), "1", 0, 9e18, NULL, "", "of random patterns"},
    {0}};

const temper_system_type temper_system_hopfield = {
    .about = {"hopfield",
              "associative memory, H = −Σ_{i<j} J_ij s_i s_j + b Σ s_i with J learnt from patterns, or −Σ_μ "
              "F(ξ^μ·s)",
              "J. J. Hopfield, Proc. Natl. Acad. Sci. USA 79, 2554 (1982)", "n=8,patterns=2,b=0.1", options,
              sizeof(hopfield)},
    .build = build,
    .clear = clear,
    .sites = sites,
    .cached = cached,
    .energy = energy,
    .prime = prime,
    .alphabet = temper_spin_alphabet,
    .cost = cost,
    .set = set,
    .fields = has_fields,
    .patterns = patterns,
    .ordered = ordered};
