/* The Curie–Weiss magnet (P. Curie 1895, P. Weiss, J. Phys. Theor. Appl. 6, 661 (1907)): every spin feels
 * the mean of all. The smallest model with a phase transition, and exactly solvable at every n.
 *
 *     H = −J M² / (2n) − h M,        M = Σ_i s_i
 *
 * The square contains the self term Σ_i s_i²: against −(J/n) Σ_{i<j} s_i s_j it shifts H by the constant
 * −J/2. For n → ∞, m = tanh((J m + h)/T), with T_c = J. */
#include "core/pairs.h"

typedef struct {
    int64_t n;
    double J, h;
} curie_weiss;

static const temper_option options[] = {
    {"n", TEMPER_INT, offsetof(curie_weiss, n), "64", 1, 2147483647, NULL, "sites", "number of spins"},
    {"J", TEMPER_REAL, offsetof(curie_weiss, J), "1", -1e9, 1e9, NULL, "energy", "n × coupling of each pair"},
    {"h", TEMPER_REAL, offsetof(curie_weiss, h), "0", -1e9, 1e9, NULL, "energy", "field"},
    {0}};

static int sites(const void *self) { return (int)((const curie_weiss *)self)->n; }

static int cached(const void *self) {
    (void)self;
    return 1;
}

static double of_moment(const curie_weiss *m, double M) {
    return -m->J * M * M / (2 * (double)m->n) - m->h * M;
}

static double energy(const void *self, const int8_t *s) {
    const curie_weiss *m = self;
    return of_moment(m, (double)temper_spin_sum(s, (int)m->n));
}

/* The cache: M. */
static void prime(const void *self, const int8_t *s, double *cache) {
    cache[0] = (double)temper_spin_sum(s, sites(self));
}

/* M → M + d:  ΔH = −d (J (2M + d) / (2n) + h), without the difference of two large squares. */
static double cost(const void *self, const int8_t *s, const double *cache, int i, int to) {
    const curie_weiss *m = self;
    double d = to - s[i];
    return -d * (m->J * (2 * cache[0] + d) / (2 * (double)m->n) + m->h);
}

static void set(const void *self, int8_t *s, double *cache, int i, int to) {
    (void)self;
    cache[0] += to - s[i];
    s[i] = (int8_t)to;
}

/* w = (J, h) */
static int weights(const void *self) {
    (void)self;
    return 2;
}

static void slope(const void *self, const int8_t *s, double *dHdw) {
    const curie_weiss *m = self;
    double M = (double)temper_spin_sum(s, (int)m->n);
    dHdw[0] -= M * M / (2 * (double)m->n);
    dHdw[1] -= M;
}

static void learn(void *self, const double *dw) {
    curie_weiss *m = self;
    m->J += dw[0];
    m->h += dw[1];
}

/* Up and down, the ground states at J > 0. */
static bool ordered(const void *self, int k, int8_t *s) {
    if (k > 1) return false;
    for (int i = 0; i < sites(self); i++) s[i] = k ? -1 : 1;
    return true;
}

const temper_system_type temper_system_curie_weiss = {
    .about = {"curie_weiss", "mean-field magnet, H = −J M²/(2n) − h M, M = Σ s_i, self term included",
              "P. Weiss, J. Phys. Theor. Appl. 6, 661 (1907)", "n=6,h=0.1", options, sizeof(curie_weiss)},
    .sites = sites,
    .cached = cached,
    .energy = energy,
    .prime = prime,
    .alphabet = temper_spin_alphabet,
    .cost = cost,
    .set = set,
    .ordered = ordered,
    .weights = weights,
    .slope = slope,
    .learn = learn};
