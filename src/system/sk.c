/* The Sherrington–Kirkpatrick model (D. Sherrington and S. Kirkpatrick, Phys. Rev. Lett. 35, 1792 (1975)):
 * a spin glass where everyone knows everyone, the mean-field theory of Edwards and Anderson; solved by G.
 * Parisi, Phys. Rev. Lett. 43, 1754 (1979).
 *
 *     H = −Σ_{i<j} J_ij s_i s_j − h Σ_i s_i,        J_ij ~ N(J0/n, J²/n)
 *
 * At h = 0, J0 < J it freezes below T = J; the ground state has −0.7632 J per spin.
 * The draw of J_ij, i < j, is (seed, DISORDER, 0, 0, i·n + j). */
#include <math.h>
#include "base/memory.h"
#include "core/pairs.h"
#include "kernel/kernel.h"
#include "temper/stream.h"

typedef struct {
    int64_t n, seed;
    double J, J0, h;
    int64_t stride; /* doubles from row to row: n, rounded up to whole cache lines */
    double *row;    /* J_ij = row[i·stride + j], symmetric, J_ii = 0 */
} sk;

static const temper_option options[] = {
    {"n", TEMPER_INT, offsetof(sk, n), "64", 1, 32768, NULL, "sites", "number of spins; needs 8 n² bytes"},
    {"J", TEMPER_REAL, offsetof(sk, J), "1", 0, 1e9, NULL, "energy",
     "√n × standard deviation of the couplings"},
    {"J0", TEMPER_REAL, offsetof(sk, J0), "0", -1e9, 1e9, NULL, "energy", "n × mean of the couplings"},
    {"h", TEMPER_REAL, offsetof(sk, h), "0", -1e9, 1e9, NULL, "energy", "field"},
    {"seed", TEMPER_INT, offsetof(sk, seed), "1", 0, 9e18, NULL, NULL, "which disorder"},
    {0}};

static const double *row_of(const sk *m, int64_t i) { return m->row + i * m->stride; }

static temper_status build(void *self) {
    sk *m = self;
    int64_t n = m->n;
    double mean = m->J0 / (double)n, deviation = m->J / sqrt((double)n);
    temper_stream of = {(uint64_t)m->seed, 0};
    m->stride = (n + 7) / 8 * 8;
    m->row = temper_alloc((size_t)(n * m->stride), sizeof *m->row);
    if (!m->row) return TEMPER_NO_MEMORY;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++)
            m->row[i * m->stride + j] = m->row[j * m->stride + i] =
                mean + deviation * temper_normal(of, TEMPER_FOR_DISORDER, 0, i * n + j);
    return TEMPER_OK;
}

static void clear(void *self) {
    sk *m = self;
    temper_release(m->row);
    m->row = NULL;
}

static int sites(const void *self) { return (int)((const sk *)self)->n; }

static double energy(const void *self, const int8_t *s) {
    const sk *m = self;
    double H = -m->h * (double)temper_spin_sum(s, (int)m->n);
    for (int64_t i = 0; i < m->n; i++) {
        double sum = 0;
        for (int64_t j = i + 1; j < m->n; j++) sum += row_of(m, i)[j] * s[j];
        H -= sum * s[i];
    }
    return H;
}

/* The cache: local fields f_i = h + Σ_j J_ij s_j. */
static void prime(const void *self, const int8_t *s, double *cache) {
    const sk *m = self;
    for (int64_t i = 0; i < m->n; i++) {
        double sum = m->h;
        for (int64_t j = 0; j < m->n; j++) sum += row_of(m, i)[j] * s[j];
        cache[i] = sum;
    }
}

/* O(n), and only for accepted moves; J_ii = 0 keeps f_i itself as it was. */
static void set(const void *self, int8_t *s, double *cache, int i, int to) {
    const sk *m = self;
    temper_kernel()->lanes_add(cache, to - s[i], row_of(m, i), m->n);
    s[i] = (int8_t)to;
}

/* w = J_01, J_02, …, J_12, …, then h */
static int weights(const void *self) {
    int64_t n = ((const sk *)self)->n;
    return (int)(n * (n - 1) / 2 + 1);
}

static void slope(const void *self, const int8_t *s, double *dHdw) {
    const sk *m = self;
    int64_t w = 0;
    for (int64_t i = 0; i < m->n; i++)
        for (int64_t j = i + 1; j < m->n; j++) dHdw[w++] -= s[i] * s[j];
    dHdw[w] -= (double)temper_spin_sum(s, (int)m->n);
}

static void learn(void *self, const double *dw) {
    sk *m = self;
    int64_t w = 0;
    for (int64_t i = 0; i < m->n; i++)
        for (int64_t j = i + 1; j < m->n; j++, w++) {
            m->row[i * m->stride + j] += dw[w];
            m->row[j * m->stride + i] += dw[w];
        }
    m->h += dw[w];
}

const temper_system_type temper_system_sk = {
    .about = {"sk",
              "Sherrington–Kirkpatrick glass, H = −Σ_{i<j} J_ij s_i s_j − h Σ s_i, J_ij ~ N(J0/n, J²/n)",
              "D. Sherrington and S. Kirkpatrick, Phys. Rev. Lett. 35, 1792 (1975)", "n=6,J0=0.5,h=0.3",
              options, sizeof(sk)},
    .build = build,
    .clear = clear,
    .sites = sites,
    .cached = sites,
    .energy = energy,
    .prime = prime,
    .alphabet = temper_spin_alphabet,
    .cost = temper_field_cost,
    .set = set,
    .fields = temper_field_yes,
    .weights = weights,
    .slope = slope,
    .learn = learn};
