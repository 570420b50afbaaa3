/* The Potts model (R. B. Potts, Proc. Camb. Phil. Soc. 48, 106 (1952); review: F. Y. Wu, Rev. Mod. Phys.
 * 54, 235 (1982)): every site has one of q colours, and equal neighbours gain J.
 *
 *     H = −J Σ_<ij> δ(s_i, s_j),        s_i = 0 … q−1
 *
 * q = 2 is the Ising model at half the coupling, since δ = (1 + s s')/2. The square lattice orders at
 * T_c = J / ln(1 + √q), continuously for q ≤ 4 and with latent heat above. */
#include "core/lattice.h"

enum { PERIODIC, OPEN, Q_MAX = 127 };

typedef struct {
    temper_dims dims;
    int64_t q;
    double J;
    int boundary, n;
    int8_t values[Q_MAX]; /* 0 … q−1 */
    temper_pairs pairs;   /* neighbours, J on each; none above TEMPER_TABLE_SITES */
} potts;

static const temper_option options[] = {
    {"dims", TEMPER_DIMS, offsetof(potts, dims), "16x16", 1, 2147483647, NULL, "sites",
     "extents of the lattice, 1 to 8 of them"},
    {"q", TEMPER_INT, offsetof(potts, q), "3", 2, Q_MAX, NULL, NULL, "number of states of a site"},
    {"J", TEMPER_REAL, offsetof(potts, J), "1", -1e9, 1e9, NULL, "energy",
     "gain of equal neighbours; negative: antiferromagnet"},
    {"boundary", TEMPER_CHOICE, offsetof(potts, boundary), "periodic", 0, 0, "periodic|open", NULL,
     "how the lattice ends"},
    {0}};

static bool periodic(const potts *m) { return m->boundary == PERIODIC; }

static temper_status build(void *self) {
    potts *m = self;
    temper_status bad = temper_lattice_sites("potts", &m->dims, &m->n);
    for (int v = 0; v < Q_MAX; v++) m->values[v] = (int8_t)v;
    if (bad || m->n > TEMPER_TABLE_SITES) return bad;
    return temper_lattice_pairs(&m->dims, periodic(m), m->J, &m->pairs);
}

static void clear(void *self) { temper_pairs_clear(&((potts *)self)->pairs); }

static int sites(const void *self) { return ((const potts *)self)->n; }

static int alphabet(const void *self, int i, const int8_t **values) {
    const potts *m = self;
    (void)i;
    *values = m->values;
    return (int)m->q;
}

static double energy(const void *self, const int8_t *s) {
    const potts *m = self;
    return -m->J * (double)temper_lattice_equals(&m->dims, periodic(m), s);
}

/* ΔH = J (equal neighbours before − equal neighbours after) */
static double cost(const void *self, const int8_t *s, const double *cache, int i, int to) {
    const potts *m = self;
    int from = s[i], lost = 0;
    (void)cache;
    if (m->pairs.start) {
        const int64_t *row = m->pairs.start + i;
        for (int64_t k = row[0]; k < row[1]; k++)
            lost += (s[m->pairs.to[k]] == from) - (s[m->pairs.to[k]] == to);
    } else {
        int32_t near[TEMPER_DEGREE_MAX];
        int count = temper_lattice_row(&m->dims, periodic(m), i, near, NULL);
        for (int k = 0; k < count; k++) lost += (s[near[k]] == from) - (s[near[k]] == to);
    }
    return m->J * lost;
}

static int colour(const void *self, int i) {
    const potts *m = self;
    return temper_lattice_colour(&m->dims, periodic(m), i);
}

static bool bonds(const void *self, temper_bonds *view) {
    const potts *m = self;
    *view = (temper_bonds){m->pairs.start, m->pairs.to, m->pairs.J, NULL};
    return m->pairs.start != NULL;
}

static bool lattice(const void *self, temper_lattice *view) {
    const potts *m = self;
    *view = (temper_lattice){m->dims, periodic(m), false, m->J, 0};
    return true;
}

/* The q ground states of the ferromagnet: all sites in state k. */
static bool ordered(const void *self, int k, int8_t *s) {
    const potts *m = self;
    if (k >= m->q) return false;
    for (int i = 0; i < m->n; i++) s[i] = (int8_t)k;
    return true;
}

const temper_system_type temper_system_potts = {
    .about = {"potts", "q colours on a lattice, H = −J Σ_<ij> δ(s_i, s_j), s = 0 … q−1",
              "R. B. Potts, Proc. Camb. Phil. Soc. 48, 106 (1952); F. Y. Wu, Rev. Mod. Phys. 54, 235 (1982)",
              "dims=3x2,q=3", options, sizeof(potts)},
    .build = build,
    .clear = clear,
    .sites = sites,
    .energy = energy,
    .alphabet = alphabet,
    .cost = cost,
    .colour = colour,
    .bonds = bonds,
    .lattice = lattice,
    .ordered = ordered};
