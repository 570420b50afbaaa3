/* The exact density of states g(E) of the Ising torus (J = 1, h = 0), from Kaufman's partition function read as a
 * polynomial in z = e^{−2K}: ½ Σ_i Y_i = Σ_E g(E) z^{(E+2N)/2} (Beale 1996). Its coefficients have thousands of bits,
 * its factors contain cosines; modulo a prime p = 1 (mod 2n) both are 64-bit numbers, since cos(πk/n) = (w^k + w^−k)/2
 * for a 2n-th root of unity w in F_p. ⌈(N+2)/62⌉ primes determine all g ≤ 2^N. */
#include <math.h>
#include <stddef.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "num/levels.h"
#include "num/modular.h"
#include "temper/density.h"
#include "temper/parallel.h"
#include "temper/theory.h"

typedef struct {
    temper_dims dims;
    int64_t n, m; /* the extents, n even */
    int64_t N;
    int primes;
    temper_field *field; /* [primes] */
    uint64_t *digits;    /* [2N+1][primes] residues of g(2k − 2N), then Garner's digits */
    size_t limbs;        /* of a g in base 10^18 */
    double *ln_g, *E;    /* [2N+1]; impossible energies have ln g = −inf */
} density;

enum { ENERGY, FREE_ENERGY, ENTROPY, HEAT_CAPACITY };
static const char *const fields[] = {"energy", "free_energy", "entropy", "heat_capacity", NULL};

/* ---- polynomials over F_p ------------------------------------------------------------------------------------ */

typedef struct { /* work space of one prime */
    const density *a;
    const temper_field *f;
    uint64_t *P, *previous, *next; /* [4m+1] the recursion of one mode */
    uint64_t *twice;               /* [4m+1] 2 z^m (1 − z²)^m */
    uint64_t *factor, *product;    /* [4m+1], [2N+1] */
    uint64_t *sum;                 /* [2N+1] Σ Y_i */
} workspace;

/* y ← y·x, where y has degree *degree and x has degree d; y has room. From the top, so that in place works. */
static void multiply(const temper_field *f, uint64_t *y, int64_t *degree, const uint64_t *x, int64_t d) {
    for (int64_t i = *degree + d; i >= 0; i--) {
        uint64_t sum = 0;
        for (int64_t j = i > *degree ? i - *degree : 0; j <= d && j <= i; j++)
            sum = temper_field_add(f, sum, temper_field_mul(f, x[j], y[i - j]));
        y[i] = sum;
    }
    *degree += d;
}

/* out = c·z^shift·(1 + sign·z^step)^m */
static void binomial(const workspace *w, int64_t shift, int64_t step, int sign, uint64_t c, uint64_t *out) {
    const temper_field *f = w->f;
    int64_t m = w->a->m;
    memset(out, 0, (size_t)(4 * m + 1) * sizeof *out);
    c = temper_field_in(f, c);
    for (int64_t k = 0; k <= m; k++) { /* c = c_0 C(m,k) (±1)^k */
        out[shift + step * k] = c;
        c = temper_field_mul(f, c, temper_field_in(f, (uint64_t)(m - k)));
        c = temper_field_mul(f, c, temper_field_inverse(f, temper_field_in(f, (uint64_t)k + 1)));
        if (sign < 0) c = temper_field_sub(f, 0, c);
    }
}

/* P_m of mode k: P_0 = 2, P_1 = A, P_{j+1} = A P_j − S P_{j−1}, with A = (1+z²)² − 2z(1−z²) cos θ_k and
 * S = z²(1−z²)²; it is e^{mγ} + e^{−mγ} times z^m (1−z²)^m. */
static void mode(workspace *w, uint64_t cosine) {
    const temper_field *f = w->f;
    uint64_t two = temper_field_in(f, 2), c2 = temper_field_mul(f, two, cosine);
    uint64_t A[5] = {f->one, temper_field_sub(f, 0, c2), two, c2, f->one};
    size_t bytes = (size_t)(4 * w->a->m + 1) * sizeof *w->P;
    memset(w->previous, 0, bytes);
    memset(w->P, 0, bytes);
    memset(w->next, 0, bytes);
    w->previous[0] = two;
    memcpy(w->P, A, sizeof A);
    for (int64_t j = 1; j < w->a->m; j++) { /* P = P_j of degree 4j, previous = P_{j−1} */
        for (int64_t i = 0; i <= 4 * (j + 1); i++) {
            uint64_t x = 0;
            for (int64_t k = 0; k < 5 && k <= i; k++)
                x = temper_field_add(f, x, temper_field_mul(f, A[k], w->P[i - k]));
            if (i >= 2) x = temper_field_sub(f, x, w->previous[i - 2]);
            if (i >= 4) x = temper_field_add(f, x, temper_field_mul(f, two, w->previous[i - 4]));
            if (i >= 6) x = temper_field_sub(f, x, w->previous[i - 6]);
            w->next[i] = x;
        }
        uint64_t *free = w->previous;
        w->previous = w->P, w->P = w->next, w->next = free;
    }
}

/* The modes k = 0 and k = n, whose γ are linear in K:
 * [(1−z)^m ± z^m(1+z)^m] [(1+z)^m ± z^m(1−z)^m]. */
static void edge_modes(workspace *w, int sign, int64_t *degree) {
    const temper_field *f = w->f;
    for (int side = -1; side <= 1; side += 2) {
        binomial(w, 0, 1, side, 1, w->factor);
        binomial(w, w->a->m, 1, -side, 1, w->next);
        for (int64_t i = 0; i <= 2 * w->a->m; i++)
            w->factor[i] = sign > 0 ? temper_field_add(f, w->factor[i], w->next[i])
                                    : temper_field_sub(f, w->factor[i], w->next[i]);
        multiply(f, w->product, degree, w->factor, 2 * w->a->m);
    }
}

/* One of the four: modes k = first, first + 2, … below n, with cosh (sign +) or sinh (sign −). */
static void add_Y(workspace *w, uint64_t root, int64_t first, int sign) {
    const temper_field *f = w->f;
    int64_t degree = 0, last = 2 * w->a->N;
    uint64_t half = temper_field_inverse(f, temper_field_in(f, 2));
    memset(w->product, 0, (size_t)(last + 1) * sizeof *w->product);
    w->product[0] = f->one;
    if (first == 2) edge_modes(w, sign, &degree);
    for (int64_t k = first; k < w->a->n; k += 2) {
        uint64_t up = temper_field_power(f, root, (uint64_t)k), down = temper_field_inverse(f, up);
        mode(w, temper_field_mul(f, half, temper_field_add(f, up, down)));
        for (int64_t i = 0; i <= 4 * w->a->m; i++)
            w->factor[i] = sign > 0 ? temper_field_add(f, w->P[i], w->twice[i])
                                    : temper_field_sub(f, w->P[i], w->twice[i]);
        multiply(f, w->product, &degree, w->factor, 4 * w->a->m);
    }
    for (int64_t i = 0; i <= last; i++) w->sum[i] = temper_field_add(f, w->sum[i], w->product[i]);
}

/* All g modulo one prime. */
static temper_status residues(void *context, int64_t prime) {
    const density *a = context;
    const temper_field *f = &a->field[prime];
    size_t mode_size = (size_t)(4 * a->m + 1), size = (size_t)(2 * a->N + 1);
    uint64_t *block = temper_alloc(5 * mode_size + 2 * size, sizeof *block);
    if (!block) return TEMPER_NO_MEMORY;
    workspace w = {.a = a, .f = f, .P = block, .previous = block + mode_size, .next = block + 2 * mode_size};
    w.twice = block + 3 * mode_size;
    w.factor = block + 4 * mode_size;
    w.product = block + 5 * mode_size;
    w.sum = w.product + size;
    uint64_t root = temper_field_root(f, 2 * (uint64_t)a->n);
    binomial(&w, a->m, 2, -1, 2, w.twice);
    for (int sign = -1; sign <= 1; sign += 2) {
        add_Y(&w, root, 1, sign);
        add_Y(&w, root, 2, sign);
    }
    uint64_t half = temper_field_inverse(f, temper_field_in(f, 2));
    for (size_t i = 0; i < size; i++)
        a->digits[i * (size_t)a->primes + (size_t)prime] =
            temper_field_out(f, temper_field_mul(f, half, w.sum[i]));
    temper_release(block);
    return TEMPER_OK;
}

/* ---- whole numbers --------------------------------------------------------------------------------------------- */

static void limbs_of(const density *a, int64_t level, uint64_t *limbs) {
    temper_limbs_of_digits(a->primes, a->field, a->digits + level * a->primes, a->limbs, limbs);
}

static temper_status finish_level(void *context, int64_t level) {
    const density *a = context;
    uint64_t limbs[32]; /* 10^576 > 2^1024 */
    temper_garner(a->primes, a->field, a->digits + level * a->primes);
    limbs_of(a, level, limbs);
    a->ln_g[level] = temper_limbs_ln(a->limbs, limbs);
    a->E[level] = (double)(2 * level - 2 * a->N);
    return TEMPER_OK;
}

static temper_status refuse(const density *a) {
    int64_t n = a->dims.extent[0], m = a->dims.extent[1];
    if (a->dims.n != 2)
        return temper_fail(TEMPER_BAD_OPTION,
                           "density: dims has %d extents, but the lattice has 2, as in 16x16", a->dims.n);
    if (n < 2 || m < 2 || n > 1024 || m > 1024 || n * m > 1024 || (n % 2 && m % 2))
        return temper_fail(
            TEMPER_BAD_OPTION,
            "density: dims=%lldx%lld; legal are extents of 2 or more, one of them even, and at most "
            "1024 sites",
            (long long)n, (long long)m);
    return TEMPER_OK;
}

static temper_status build(void *self) {
    density *a = self;
    temper_status bad = refuse(a);
    if (bad) return bad;
    bool swap = a->dims.extent[0] % 2;
    a->n = a->dims.extent[swap];
    a->m = a->dims.extent[!swap];
    a->N = a->n * a->m;
    a->primes = (int)((a->N + 2 + 61) / 62);
    a->limbs = (size_t)(a->N * 0.30103 / TEMPER_LIMB_DIGITS) + 2;
    size_t levels = (size_t)(2 * a->N + 1);
    if (!(a->field = temper_alloc((size_t)a->primes, sizeof *a->field)) ||
        !(a->digits = temper_alloc(levels * (size_t)a->primes, sizeof *a->digits)) ||
        !(a->ln_g = temper_alloc(levels, sizeof *a->ln_g)) || !(a->E = temper_alloc(levels, sizeof *a->E)))
        return TEMPER_NO_MEMORY;
    for (int k = 0; k < a->primes; k++) a->field[k] = temper_field_of(temper_prime(2 * (uint64_t)a->n, k));
    if ((bad = temper_parallel(a->primes, residues, a))) return bad;
    return temper_parallel((int64_t)levels, finish_level, a);
}

static void clear(void *self) {
    density *a = self;
    temper_release(a->field);
    temper_release(a->digits);
    temper_release(a->ln_g);
    temper_release(a->E);
}

static temper_status print(const density *a, char **text) {
    temper_text out = {0};
    for (int64_t level = 0; level <= 2 * a->N; level++) {
        uint64_t limbs[32];
        char number[32 * TEMPER_LIMB_DIGITS + 1];
        if (isinf(a->ln_g[level])) continue;
        limbs_of(a, level, limbs);
        temper_limbs_print(a->limbs, limbs, number);
        temper_text_add(&out, "%lld %s\n", (long long)(2 * level - 2 * a->N), number);
    }
    *text = temper_text_take(&out);
    return *text ? TEMPER_OK : temper_fail(TEMPER_NO_MEMORY, "density: out of memory for the text");
}

temper_status temper_density_text(int64_t n, int64_t m, char **text) {
    density a = {.dims = {2, {n, m}}};
    *text = NULL;
    temper_status bad = build(&a);
    if (!bad) bad = print(&a, text);
    clear(&a);
    return bad;
}

/* ---- the theory ------------------------------------------------------------------------------------------------ */

static temper_status at(const void *self, double T, double *values) {
    const density *a = self;
    double *p = temper_alloc((size_t)(2 * a->N + 1), sizeof *p), N = (double)a->N;
    if (!p) return TEMPER_NO_MEMORY;
    temper_thermal x = temper_levels(2 * a->N + 1, a->E, a->ln_g, T, 0, p);
    temper_release(p);
    values[ENERGY] = x.energy / N;
    values[FREE_ENERGY] = x.free_energy / N;
    values[ENTROPY] = x.entropy / N;
    values[HEAT_CAPACITY] = x.heat_capacity / N;
    return TEMPER_OK;
}

static const temper_option options[] = {{"dims", TEMPER_DIMS, offsetof(density, dims), "16x16", 2, 512, NULL,
                                         "sites",
                                         "extents of the torus, one of them even; at most 1024 sites"},
                                        {0}};

const temper_theory_type temper_theory_density = {
    .about =
        {.name = "density",
         .brief =
             "exact whole-number density of states of the Ising torus (J = 1), and the thermodynamics that "
             "follows from it",
         .reference = "Beale, Phys. Rev. Lett. 76, 78 (1996)",
         .specimen = "dims=4x4",
         .options = options,
         .size = sizeof(density)},
    .build = build,
    .clear = clear,
    .fields = fields,
    .at = at};
