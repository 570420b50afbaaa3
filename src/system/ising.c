/* The Ising model (E. Ising, Z. Phys. 31, 253 (1925); solved in two dimensions by L. Onsager, Phys. Rev.
 * 65, 117 (1944)): magnets that point up or down on a lattice and see their nearest neighbours.
 *
 *     H = −J Σ_<ij> s_i s_j − h Σ_i s_i,        s_i = ±1
 *
 * J > 0 wants neighbours equal (ferromagnet), J < 0 opposite (antiferromagnet). The square lattice orders
 * below T_c = 2J / ln(1 + √2) = 2.2692 J, in one dimension only at T = 0. */
#include "base/memory.h"
#include "core/lattice.h"

typedef struct {
    temper_dims dims;
    double J, h;
    int boundary, n;
    temper_pairs pairs; /* neighbours, J on each; none above TEMPER_TABLE_SITES */
    double *hs;         /* h on each site, with the table */
} ising;

enum { PERIODIC, OPEN };

static const temper_option options[] = {
    {"dims", TEMPER_DIMS, offsetof(ising, dims), "16x16", 1, 2147483647, NULL, "sites",
     "extents of the lattice, 1 to 8 of them"},
    {"J", TEMPER_REAL, offsetof(ising, J), "1", -1e9, 1e9, NULL, "energy",
     "coupling of neighbours; negative: antiferromagnet"},
    {"h", TEMPER_REAL, offsetof(ising, h), "0", -1e9, 1e9, NULL, "energy", "field"},
    {"boundary", TEMPER_CHOICE, offsetof(ising, boundary), "periodic", 0, 0, "periodic|open", NULL,
     "how the lattice ends"},
    {0}};

static bool periodic(const ising *m) { return m->boundary == PERIODIC; }

static void clear(void *self) {
    ising *m = self;
    temper_pairs_clear(&m->pairs);
    temper_release(m->hs);
    m->hs = NULL;
}

static temper_status build(void *self) {
    ising *m = self;
    temper_status bad = temper_lattice_sites("ising", &m->dims, &m->n);
    if (bad || m->n > TEMPER_TABLE_SITES) return bad;
    if ((bad = temper_lattice_pairs(&m->dims, periodic(m), m->J, &m->pairs))) return bad;
    if (!(m->hs = temper_alloc((size_t)m->n, sizeof *m->hs))) return TEMPER_NO_MEMORY;
    for (int i = 0; i < m->n; i++) m->hs[i] = m->h;
    return TEMPER_OK;
}

static int sites(const void *self) { return ((const ising *)self)->n; }

/* The statistics that couple to J and h. */
static void sums(const ising *m, const int8_t *s, double *bonds, double *M) {
    *bonds = (double)temper_lattice_products(&m->dims, periodic(m), s);
    *M = (double)temper_spin_sum(s, m->n);
}

static double energy(const void *self, const int8_t *s) {
    const ising *m = self;
    double bonds, M;
    sums(m, s, &bonds, &M);
    return -m->J * bonds - m->h * M;
}

/* A flip reverses the sign of every bond at i: ΔH = 2 s_i (J Σ_j s_j + h), the sum in integers. */
static double cost(const void *self, const int8_t *s, const double *cache, int i, int to) {
    const ising *m = self;
    int sum = 0;
    (void)cache;
    if (m->pairs.start) {
        const int64_t *row = m->pairs.start + i;
        for (int64_t k = row[0]; k < row[1]; k++) sum += s[m->pairs.to[k]];
    } else {
        int32_t near[TEMPER_DEGREE_MAX];
        int count = temper_lattice_row(&m->dims, periodic(m), i, near, NULL);
        for (int k = 0; k < count; k++) sum += s[near[k]];
    }
    return (s[i] - to) * (m->J * sum + m->h);
}

static int colour(const void *self, int i) {
    const ising *m = self;
    return temper_lattice_colour(&m->dims, periodic(m), i);
}

static bool bonds(const void *self, temper_bonds *view) {
    const ising *m = self;
    *view = (temper_bonds){m->pairs.start, m->pairs.to, m->pairs.J, m->h != 0 ? m->hs : NULL};
    return m->pairs.start != NULL;
}

/* Uniform, so that a kernel may run it by arithmetic: not with an extent of 1, where site x ± 1 would be x.
 * */
static bool lattice(const void *self, temper_lattice *view) {
    const ising *m = self;
    *view = (temper_lattice){m->dims, periodic(m), true, m->J, m->h};
    for (int a = 0; a < m->dims.n; a++)
        if (m->dims.extent[a] == 1) view->uniform = false;
    return true;
}

/* The two ground states at h = 0: up and down; of an antiferromagnet the two checkerboards (unless an odd
 * ring frustrates it: then up and down too). */
static bool ordered(const void *self, int k, int8_t *s) {
    const ising *m = self;
    bool staggered = m->J < 0 && temper_lattice_colours(&m->dims, periodic(m)) == 2;
    if (k > 1) return false;
    for (int i = 0; i < m->n; i++) s[i] = (k == 1) != (staggered && colour(m, i) == 1) ? -1 : 1;
    return true;
}

/* w = (J, h) */
static int weights(const void *self) {
    (void)self;
    return 2;
}

static void slope(const void *self, const int8_t *s, double *dHdw) {
    double bonds, M;
    sums(self, s, &bonds, &M);
    dHdw[0] -= bonds;
    dHdw[1] -= M;
}

static void learn(void *self, const double *dw) {
    ising *m = self;
    m->J += dw[0];
    m->h += dw[1];
    if (!m->pairs.start) return;
    for (int64_t k = 0; k < m->pairs.start[m->n]; k++) m->pairs.J[k] = m->J;
    for (int i = 0; i < m->n; i++) m->hs[i] = m->h;
}

const temper_system_type temper_system_ising = {
    .about = {"ising", "nearest-neighbour magnet, H = −J Σ_<ij> s_i s_j − h Σ s_i, s = ±1",
              "E. Ising, Z. Phys. 31, 253 (1925); L. Onsager, Phys. Rev. 65, 117 (1944)", "dims=3x2", options,
              sizeof(ising)},
    .build = build,
    .clear = clear,
    .sites = sites,
    .energy = energy,
    .alphabet = temper_spin_alphabet,
    .cost = cost,
    .colour = colour,
    .bonds = bonds,
    .lattice = lattice,
    .ordered = ordered,
    .weights = weights,
    .slope = slope,
    .learn = learn};
