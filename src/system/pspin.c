/* The p-spin glass at p = 3 (B. Derrida, Phys. Rev. Lett. 45, 79 (1980); D. J. Gross and M. Mézard, Nucl.
 * Phys. B 240, 431 (1984); E. Gardner, Nucl. Phys. B 257, 747 (1985)): couplings of three, not two. The
 * mean-field theory of glasses: it freezes discontinuously at T_K = 0.6514 J, after metastable states have
 * appeared at T_d = 0.6816 J.
 *
 *     H = −Σ_{i<j<k} J_ijk s_i s_j s_k − h Σ_i s_i,    J_ijk ~ N(0, p! J² / (2 n^{p−1})) = N(0, 3 J² / n²)
 *
 * so that a configuration's energy has the variance n J²/2 for large n (p → ∞ is the random-energy model).
 * The draw of J_ijk, i < j < k, is (seed, DISORDER, 0, 0, (i·n + j)·n + k). */
#include <math.h>
#include "base/memory.h"
#include "core/pairs.h"
#include "kernel/kernel.h"
#include "temper/stream.h"

typedef struct {
    int64_t n, seed;
    double J, h;
    double *T; /* J_ijk = T[(i·n + j)·n + k], symmetric, 0 when two indices agree: rows to run along */
} pspin;

static const temper_option options[] = {
    {"n", TEMPER_INT, offsetof(pspin, n), "32", 3, 512, NULL, "sites", "number of spins; needs 8 n³ bytes"},
    {"J", TEMPER_REAL, offsetof(pspin, J), "1", 0, 1e9, NULL, "energy", "scale of the couplings"},
    {"h", TEMPER_REAL, offsetof(pspin, h), "0", -1e9, 1e9, NULL, "energy", "field"},
    {"seed", TEMPER_INT, offsetof(pspin, seed), "1", 0, 9e18, NULL, NULL, "which disorder"},
    {0}};

/* T_i[j·n + k] = J_ijk */
static const double *matrix(const pspin *m, int64_t i) { return m->T + i * m->n * m->n; }

static temper_status build(void *self) {
    pspin *m = self;
    int64_t n = m->n;
    double deviation = m->J * sqrt(3.0) / (double)n;
    temper_stream of = {(uint64_t)m->seed, 0};
    if (!(m->T = temper_alloc((size_t)(n * n * n), sizeof *m->T))) return TEMPER_NO_MEMORY;
    double *T = m->T;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++)
            for (int64_t k = j + 1; k < n; k++) {
                double J = deviation * temper_normal(of, TEMPER_FOR_DISORDER, 0, (i * n + j) * n + k);
                T[(i * n + j) * n + k] = T[(i * n + k) * n + j] = J;
                T[(j * n + i) * n + k] = T[(j * n + k) * n + i] = J;
                T[(k * n + i) * n + j] = T[(k * n + j) * n + i] = J;
            }
    return TEMPER_OK;
}

static void clear(void *self) {
    pspin *m = self;
    temper_release(m->T);
    m->T = NULL;
}

static int sites(const void *self) { return (int)((const pspin *)self)->n; }

static double energy(const void *self, const int8_t *s) {
    const pspin *m = self;
    int64_t n = m->n;
    double H = -m->h * (double)temper_spin_sum(s, (int)n);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++) {
            double sum = 0;
            for (int64_t k = j + 1; k < n; k++) sum += matrix(m, i)[j * n + k] * s[k];
            H -= sum * (s[i] * s[j]);
        }
    return H;
}

/* The cache: local fields f_i = h + Σ_{j<k} J_ijk s_j s_k, since H is linear in each spin. */
static void prime(const void *self, const int8_t *s, double *cache) {
    const pspin *m = self;
    int64_t n = m->n;
    for (int64_t i = 0; i < n; i++) {
        cache[i] = m->h;
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t k = j + 1; k < n; k++) sum += matrix(m, i)[j * n + k] * s[k];
            cache[i] += sum * s[j];
        }
    }
}

/* s_i → s_i + d changes f_j by d Σ_k J_ijk s_k: O(n²), one row at a time. J_iik = 0 keeps f_i as it was. */
static void set(const void *self, int8_t *s, double *cache, int i, int to) {
    const pspin *m = self;
    int64_t n = m->n;
    int d = to - s[i];
    for (int64_t k = 0; k < n; k++) temper_kernel()->lanes_add(cache, d * s[k], matrix(m, i) + k * n, n);
    s[i] = (int8_t)to;
}

const temper_system_type temper_system_pspin = {
    .about = {"pspin",
              "p-spin glass, p = 3, H = −Σ_{i<j<k} J_ijk s_i s_j s_k − h Σ s_i, J_ijk ~ N(0, 3J²/n²)",
              "D. J. Gross and M. Mézard, Nucl. Phys. B 240, 431 (1984)", "n=6,h=0.3", options,
              sizeof(pspin)},
    .build = build,
    .clear = clear,
    .sites = sites,
    .cached = sites,
    .energy = energy,
    .prime = prime,
    .alphabet = temper_spin_alphabet,
    .cost = temper_field_cost,
    .set = set,
    .fields = temper_field_yes};
