/* Places near θ at which dynamics that look for flat minima ask for a gradient, any n. Elementwise but for the sum of `steepness`,
 * which is that of dot. With T = |θ| + η, element by element (Kwon et al. 2021):
 *     steepness   Σ (T g)²
 *     climb       out = θ + a g,      climb_scaled   out = θ + a T² g
 *     scatter     out = θ + σ ξ, or (relative) θ + σ θ ξ
 *     explore     one step of Langevin dynamics about θ, and a running mean; see temper_exploration
 *
 * Here ξ is binomial: the number of ones among eight bits, less 4, over √2. Its moments are 0, 1, 0, 2.75: those of a normal to the third,
 * which is all that Langevin dynamics needs of one step (simplified weak Euler scheme: Kloeden & Platen 1992, ch. 14.1), and a byte for
 * each costs a sixth of Box and Muller. Number 64t + 16j + l is made of byte j (bits 8j … 8j + 7) of word 16t + l of (stream,
 * TEMPER_FOR_NOISE, step). */
enum { BYTES_TILE = 64 };

/* Numbers k … k+n−1; k is a multiple of the tile. xi has room for whole tiles. */
static void binomials(const temper_exploration *u, int64_t k, int64_t n, real *xi) {
    enum { WORDS = UPDATE_CHUNK / 4 };
    uint32_t word[WORDS];
    int64_t tiles = (n + BYTES_TILE - 1) / BYTES_TILE;
    temper_kernel()->words(u->stream, TEMPER_FOR_NOISE, u->step, k / 4, tiles * LANES, word);
    for (int64_t t = 0; t < tiles; t++) {
        uint32_t ones[LANES];
        for (int l = 0; l < LANES; l++) { /* of each byte, side by side */
            uint32_t w = word[t * LANES + l];
            w -= w >> 1 & 0x55555555u;
            w = (w & 0x33333333u) + (w >> 2 & 0x33333333u);
            ones[l] = (w + (w >> 4)) & 0x0F0F0F0Fu;
        }
        for (int j = 0; j < 4; j++)
            for (int l = 0; l < LANES; l++)
                xi[t * BYTES_TILE + j * LANES + l] =
                    (real)((int32_t)(ones[l] >> (8 * j) & 15u) - 4) * (real)0.70710678118654752440;
    }
}

static double steepness(int64_t n, const real *theta, const real *g, real floor) {
    const wide least = wide_all(floor);
    joiner whole = {.count = 0};
    for (int64_t k = 0; k < n; k += UPDATE_CHUNK) {
        real product[UPDATE_CHUNK];
        int64_t m = n - k < UPDATE_CHUNK ? n - k : UPDATE_CHUNK;
        for (int64_t i = 0; i < m; i += WIDE) {
            wide t = load_few(theta + k + i, m - i);
            store_few(product + i, (wide_size(t) + least) * load_few(g + k + i, m - i), m - i);
        }
        join(&whole, dot(m, product, product));
    }
    return joined(&whole);
}

static void climb(int64_t n, real a, const real *theta, const real *g, real *out) {
    const wide far = wide_all(a);
    int64_t k = 0;
    for (; k + WIDE <= n; k += WIDE)
        wide_store(out + k, wide_fma(far, wide_load(g + k), wide_load(theta + k)));
    if (k < n)
        store_some(out + k, wide_fma(far, load_some(g + k, n - k), load_some(theta + k, n - k)), n - k);
}

static void climb_scaled(int64_t n, real a, real floor, const real *theta, const real *g, real *out) {
    const wide far = wide_all(a), least = wide_all(floor);
    for (int64_t k = 0; k < n; k += WIDE) {
        wide t = load_few(theta + k, n - k), T = wide_size(t) + least;
        store_few(out + k, wide_fma(far * T * T, load_few(g + k, n - k), t), n - k);
    }
}

static void scatter(const temper_exploration *u, int64_t n, bool relative, const real *theta, real *out) {
    const wide sigma = wide_all((real)u->noise), one = wide_all(1);
    real xi[UPDATE_CHUNK];
    for (int64_t k = 0; k < n; k += UPDATE_CHUNK) {
        int64_t m = n - k < UPDATE_CHUNK ? n - k : UPDATE_CHUNK;
        binomials(u, u->from + k, m, xi);
        for (int64_t i = 0; i < m; i += WIDE) {
            wide t = load_few(theta + k + i, m - i), by = relative ? sigma * t : sigma * one;
            store_few(out + k + i, wide_fma(by, load_few(xi + i, m - i), t), m - i);
        }
    }
}

typedef struct { /* the numbers of one step in `real` */
    wide rate, pull, noise, fresh, reach;
    bool noisy, first, last;
} exploration_law;

/* WIDE elements, or the left < WIDE of the end. */
FLAT void explore_here(const exploration_law *u, const temper_places *a, const real *xi, int64_t k,
                       int64_t left) {
    wide g = load_few(a->grad + k, left), d = wide_all(0), m = d, t = d;
    if (!u->first || !u->last) t = load_few(a->theta + k, left);
    if (!u->first) d = load_few(a->place + k, left) - t, m = load_few(a->m + k, left);
    d = wide_fma(-u->rate, u->first ? g : wide_fma(u->pull, d, g), d);
    if (u->noisy) d = wide_fma(u->noise, load_few(xi, left), d);
    m = u->first ? u->fresh * d : wide_fma(u->fresh, d - m, m);
    if (u->last) {
        store_few(a->grad + k, -m * u->reach, left);
        return;
    }
    store_few(a->m + k, m, left), store_few(a->place + k, t + d, left);
}

static void explore(const temper_exploration *given, int64_t n, const temper_places *a) {
    const exploration_law u = {.rate = wide_all((real)given->rate),
                               .pull = wide_all((real)given->pull),
                               .noise = wide_all((real)given->noise),
                               .fresh = wide_all((real)given->fresh),
                               .reach = wide_all((real)(1 / given->reach)),
                               .noisy = (real)given->noise > 0,
                               .first = given->first,
                               .last = given->last};
    real xi[UPDATE_CHUNK];
    for (int64_t k = 0; k < n; k += UPDATE_CHUNK) {
        int64_t m = n - k < UPDATE_CHUNK ? n - k : UPDATE_CHUNK, i = 0;
        if (u.noisy) binomials(given, given->from + k, m, xi);
        for (; i + WIDE <= m; i += WIDE) explore_here(&u, a, xi + i, k + i, WIDE);
        if (i < m) explore_here(&u, a, xi + i, k + i, m - i);
    }
}
