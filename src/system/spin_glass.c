/* The Edwards–Anderson spin glass (S. F. Edwards and P. W. Anderson, J. Phys. F 5, 965 (1975)): a lattice
 * whose couplings are drawn once, at random, and then stay. No configuration pleases all of them
 * (frustration).
 *
 *     H = −Σ_<ij> J_ij s_i s_j − h Σ_i s_i,        J_ij = ±J with equal probability   (couplings=pm)
 *                                                 J_ij ~ N(0, J²)                    (couplings=gaussian)
 *
 * The draws belong to bond numbers: (seed, DISORDER, 0, 0, i·d + a) for the bond from site i along axis a. */
#include "base/memory.h"
#include "core/lattice.h"
#include "temper/stream.h"

enum { PERIODIC, OPEN };
enum { PM, GAUSSIAN };

typedef struct {
    temper_dims dims;
    int couplings, boundary, n;
    double J, h;
    int64_t seed;
    double *bond; /* [n·d] J_ij by bond number; 0 where an open lattice or an extent of 1 has no bond */
    temper_pairs pairs; /* the same in rows */
    double *hs;         /* [n] */
} spin_glass;

static const temper_option options[] = {
    {"dims", TEMPER_DIMS, offsetof(spin_glass, dims), "8x8x8", 1, 2147483647, NULL, "sites",
     "extents of the lattice, 1 to 8 of them"},
    {"couplings", TEMPER_CHOICE, offsetof(spin_glass, couplings), "pm", 0, 0, "pm|gaussian", NULL,
     "law of the couplings: ±J, or normal with standard deviation J"},
    {"J", TEMPER_REAL, offsetof(spin_glass, J), "1", 0, 1e9, NULL, "energy", "scale of the couplings"},
    {"h", TEMPER_REAL, offsetof(spin_glass, h), "0", -1e9, 1e9, NULL, "energy", "field"},
    {"boundary", TEMPER_CHOICE, offsetof(spin_glass, boundary), "periodic", 0, 0, "periodic|open", NULL,
     "how the lattice ends"},
    {"seed", TEMPER_INT, offsetof(spin_glass, seed), "1", 0, 9e18, NULL, NULL, "which disorder"},
    {0}};

static bool periodic(const spin_glass *m) { return m->boundary == PERIODIC; }

static void clear(void *self) {
    spin_glass *m = self;
    temper_pairs_clear(&m->pairs);
    temper_release(m->bond);
    temper_release(m->hs);
    m->bond = m->hs = NULL;
}

static double draw(const spin_glass *m, int64_t number) {
    temper_stream of = {(uint64_t)m->seed, 0};
    if (m->couplings == GAUSSIAN) return m->J * temper_normal(of, TEMPER_FOR_DISORDER, 0, number);
    return temper_below(temper_word(of, TEMPER_FOR_DISORDER, 0, number), 2) ? m->J : -m->J;
}

static temper_status build(void *self) {
    spin_glass *m = self;
    temper_status bad = temper_lattice_sites("spin_glass", &m->dims, &m->n);
    if (bad || (bad = temper_lattice_pairs(&m->dims, periodic(m), 0, &m->pairs))) return bad;
    m->bond = temper_alloc((size_t)m->n * (size_t)m->dims.n, sizeof *m->bond);
    m->hs = temper_alloc((size_t)m->n, sizeof *m->hs);
    if (!m->bond || !m->hs) return TEMPER_NO_MEMORY;
    for (int i = 0; i < m->n; i++) {
        int32_t to[TEMPER_DEGREE_MAX];
        int64_t number[TEMPER_DEGREE_MAX];
        int count = temper_lattice_row(&m->dims, periodic(m), i, to, number);
        m->hs[i] = m->h;
        for (int k = 0; k < count; k++) /* each bond is met from both ends and gets the same value twice */
            m->pairs.J[m->pairs.start[i] + k] = m->bond[number[k]] = draw(m, number[k]);
    }
    return TEMPER_OK;
}

static int sites(const void *self) { return ((const spin_glass *)self)->n; }

static double energy(const void *self, const int8_t *s) {
    const spin_glass *m = self;
    return -temper_lattice_weighted(&m->dims, periodic(m), s, m->bond) -
           m->h * (double)temper_spin_sum(s, m->n);
}

/* The cache: local fields f_i = h + Σ_j J_ij s_j. */
static void prime(const void *self, const int8_t *s, double *cache) {
    const spin_glass *m = self;
    temper_pairs_fields(&m->pairs, m->hs, s, cache);
}

static void set(const void *self, int8_t *s, double *cache, int i, int to) {
    temper_pairs_set(&((const spin_glass *)self)->pairs, s, cache, i, to);
}

static int colour(const void *self, int i) {
    const spin_glass *m = self;
    return temper_lattice_colour(&m->dims, periodic(m), i);
}

static bool bonds(const void *self, temper_bonds *view) {
    const spin_glass *m = self;
    *view = (temper_bonds){m->pairs.start, m->pairs.to, m->pairs.J, m->h != 0 ? m->hs : NULL};
    return true;
}

static bool lattice(const void *self, temper_lattice *view) {
    const spin_glass *m = self;
    *view = (temper_lattice){m->dims, periodic(m), false, m->J, m->h};
    return true;
}

const temper_system_type temper_system_spin_glass = {
    .about = {"spin_glass",
              "Edwards–Anderson glass, H = −Σ_<ij> J_ij s_i s_j − h Σ s_i, J_ij = ±J or N(0, J²)",
              "S. F. Edwards and P. W. Anderson, J. Phys. F 5, 965 (1975)", "dims=3x2,couplings=gaussian",
              options, sizeof(spin_glass)},
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
    .colour = colour,
    .bonds = bonds,
    .lattice = lattice};
