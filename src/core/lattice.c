/* Regular lattices by arithmetic: rows of neighbours, colours, naive sums over bonds. */
#include "core/lattice.h"
#include "base/memory.h"
#include "base/text.h"

temper_status temper_lattice_sites(const char *thing, const temper_dims *dims, int *n) {
    int64_t product = 1;
    for (int a = 0; a < dims->n; a++) {
        if (dims->extent[a] <= INT32_MAX / product) {
            product *= dims->extent[a];
            continue;
        }
        temper_text text = {0};
        for (int b = 0; b < dims->n; b++)
            temper_text_add(&text, "%s%lld", b ? "x" : "", (long long)dims->extent[b]);
        temper_status bad =
            temper_fail(TEMPER_BAD_OPTION, "%s: dims=%s is too large: a lattice has 1 … 2147483647 sites",
                        thing, text.data ? text.data : "");
        temper_text_clear(&text);
        return bad;
    }
    *n = (int)product;
    return TEMPER_OK;
}

int temper_lattice_row(const temper_dims *dims, bool periodic, int i, int32_t to[TEMPER_DEGREE_MAX],
                       int64_t bond[TEMPER_DEGREE_MAX]) {
    int count = 0, stride = 1, d = dims->n, rest = i;
    for (int a = 0; a < d; a++) stride *= (int)dims->extent[a];
    /* Invariant: stride is the product of the extents from axis a on, rest = i modulo that stride. */
    for (int a = 0; a < d; a++) {
        int L = (int)dims->extent[a];
        stride /= L;
        int x = rest / stride;
        rest -= x * stride;
        if (L == 1) continue;
        if (periodic || x > 0) { /* backward: the bond belongs to the other end */
            to[count] = x > 0 ? i - stride : i + (L - 1) * stride;
            if (bond) bond[count] = (int64_t)to[count] * d + a;
            count++;
        }
        if (periodic || x < L - 1) {
            to[count] = x < L - 1 ? i + stride : i - (L - 1) * stride;
            if (bond) bond[count] = (int64_t)i * d + a;
            count++;
        }
    }
    return count;
}

static int64_t bonds_along(const temper_dims *dims, bool periodic, int a, int64_t n) {
    int64_t L = dims->extent[a];
    return L == 1 ? 0 : periodic ? n : n - n / L;
}

temper_status temper_lattice_pairs(const temper_dims *dims, bool periodic, double J, temper_pairs *pairs) {
    int64_t n = 1, bonds = 0, used = 0;
    for (int a = 0; a < dims->n; a++) n *= dims->extent[a];
    for (int a = 0; a < dims->n; a++) bonds += bonds_along(dims, periodic, a, n);
    pairs->n = (int)n;
    pairs->start = temper_alloc((size_t)n + 1, sizeof *pairs->start);
    pairs->to = temper_alloc((size_t)(2 * bonds), sizeof *pairs->to);
    pairs->J = temper_alloc((size_t)(2 * bonds), sizeof *pairs->J);
    if (!pairs->start || !pairs->to || !pairs->J) {
        temper_pairs_clear(pairs);
        return TEMPER_NO_MEMORY;
    }
    for (int i = 0; i < pairs->n; i++) {
        int32_t to[TEMPER_DEGREE_MAX];
        int count = temper_lattice_row(dims, periodic, i, to, NULL);
        for (int k = 0; k < count; k++) pairs->to[used++] = to[k];
        pairs->start[i + 1] = used;
    }
    for (int64_t k = 0; k < used; k++) pairs->J[k] = J;
    return TEMPER_OK;
}

int temper_lattice_colours(const temper_dims *dims, bool periodic) {
    int colours = 1;
    for (int a = 0; a < dims->n; a++) {
        if (periodic && dims->extent[a] > 1 && dims->extent[a] % 2) return 3;
        if (dims->extent[a] > 1) colours = 2;
    }
    return colours;
}

/* The colour of a site is the sum of one number per axis, modulo the number of colours. Along an axis the
 * numbers are 0, 1, 0, 1, …; a closed axis of odd length ends with 2. Neighbours differ in one of them, by
 * something that is not 0 modulo 2 or 3: … 0→1, 1→0, and around the odd ring 1→2, 2→0. A product of graphs
 * needs no more colours than its worst factor (Sabidussi, Can. J. Math. 9, 515 (1957)). */
int temper_lattice_colour(const temper_dims *dims, bool periodic, int i) {
    int sum = 0, rest = i;
    for (int a = dims->n - 1; a >= 0; a--) {
        int L = (int)dims->extent[a], x = rest % L;
        rest /= L;
        sum += periodic && L % 2 && L > 1 && x == L - 1 ? 2 : x % 2;
    }
    return sum % temper_lattice_colours(dims, periodic);
}

/* The bonds along one axis as runs of sites with a common displacement. With stride S and extent L, block b
 * holds the sites (b L + x) S + y, 0 ≤ x < L, 0 ≤ y < S: from x < L−1 one goes S further on, from x = L−1
 * back to x = 0. */
typedef struct {
    int64_t first, length, shift; /* sites first … first+length−1 are joined to those `shift` further on */
} run;

typedef struct {
    int64_t S, L, runs;
    bool wraps;
} axis;

static axis axis_of(const temper_dims *dims, bool periodic, int a) {
    axis A = {1, dims->extent[a], 1, periodic};
    for (int b = 0; b < a; b++) A.runs *= dims->extent[b];
    for (int b = a + 1; b < dims->n; b++) A.S *= dims->extent[b];
    A.runs *= A.L == 1 ? 0 : periodic ? 2 : 1;
    return A;
}

static run run_of(const axis *A, int64_t number) {
    int64_t block = A->wraps ? number / 2 : number, first = block * A->L * A->S, span = (A->L - 1) * A->S;
    return A->wraps && number % 2 ? (run){first + span, A->S, -span} : (run){first, span, A->S};
}

int64_t temper_lattice_products(const temper_dims *dims, bool periodic, const int8_t *s) {
    int64_t sum = 0;
    for (int a = 0; a < dims->n; a++) {
        axis A = axis_of(dims, periodic, a);
        for (int64_t k = 0; k < A.runs; k++) {
            run r = run_of(&A, k);
            const int8_t *from = s + r.first, *to = from + r.shift;
            for (int64_t y = 0; y < r.length; y++) sum += from[y] * to[y];
        }
    }
    return sum;
}

int64_t temper_lattice_equals(const temper_dims *dims, bool periodic, const int8_t *s) {
    int64_t sum = 0;
    for (int a = 0; a < dims->n; a++) {
        axis A = axis_of(dims, periodic, a);
        for (int64_t k = 0; k < A.runs; k++) {
            run r = run_of(&A, k);
            const int8_t *from = s + r.first, *to = from + r.shift;
            for (int64_t y = 0; y < r.length; y++) sum += from[y] == to[y];
        }
    }
    return sum;
}

double temper_lattice_weighted(const temper_dims *dims, bool periodic, const int8_t *s, const double *J) {
    double sum = 0, part = 0;
    for (int a = 0; a < dims->n; a++) {
        axis A = axis_of(dims, periodic, a);
        for (int64_t k = 0; k < A.runs; k++) {
            run r = run_of(&A, k);
            const int8_t *from = s + r.first, *to = from + r.shift;
            for (int64_t y = 0; y < r.length; y++) {
                part += J[(r.first + y) * dims->n + a] * (from[y] * to[y]);
                if (y % 4096 == 4095 || y == r.length - 1) { /* short sums round less */
                    sum += part;
                    part = 0;
                }
            }
        }
    }
    return sum;
}
