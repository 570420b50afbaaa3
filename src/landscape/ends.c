/* Eigenpairs at the ends of a spectrum: the matrix written down where it is small, else Lanczos's method in blocks (krylov.c).
 *
 * A Krylov space sees one direction of each eigenspace. So when all pairs have converged, a random vector joins the basis and the search goes on
 * for a quarter of its products: a second copy of an eigenvalue would turn up then, and take the place of the last pair. Residuals are measured in
 * the end with products of their own: what is claimed is what was seen. */
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "landscape/krylov.h"
#include "landscape/span.h"
#include "landscape/written.h"

typedef struct {
    temper_which which;
    int64_t pairs, bottom, block, most; /* products, but for those that measure residuals */
    double tolerance;
    int64_t until;  /* no sooner than after so many products */
    int64_t *index; /* [room] */
    bool converged;
} search;

/* s->index[count] ascending among values[n] descending: those at the top first, then those at the bottom. Greedy: fewer are a part of more. */
static void choose(const search *s, int64_t n, const double *value, int64_t count) {
    int64_t low = s->which == TEMPER_LARGEST    ? 0
                  : s->which == TEMPER_SMALLEST ? count
                                                : count * s->bottom / s->pairs;
    int64_t top = count - low;
    if (s->which == TEMPER_MAGNITUDE) {
        low = 0;
        for (top = 0; top + low < count;)
            if (fabs(value[top]) >= fabs(value[n - 1 - low]))
                top++;
            else
                low++;
    }
    for (int64_t i = 0; i < count; i++) s->index[i] = i < top ? i : n - count + i;
}

static double scale_of(const temper_krylov *k) { return fmax(fabs(k->theta[0]), fabs(k->theta[k->n - 1])); }

static bool enough(const temper_krylov *k, search *s) {
    if (k->n < s->pairs) return false;
    choose(s, k->n, k->theta, s->pairs);
    double bar = 0.5 * s->tolerance * scale_of(k);
    for (int64_t i = 0; i < s->pairs; i++)
        if (!(k->residual[s->index[i]] <= bar)) return false;
    return true;
}

static void thin(temper_krylov *k, search *s) {
    int64_t most = k->room - 2 * k->widest, keep = s->pairs + (k->room - s->pairs) / 3;
    if (keep > most) keep = most;
    if (keep > k->n) keep = k->n;
    choose(s, k->n, k->theta, keep);
    temper_krylov_restart(k, keep, s->index);
}

/* Grows the basis, and restarts it when it is full, until the pairs have converged, the products are spent or the space is exhausted. Leaves Ritz
 * values behind, with s->index at the wanted ones. */
static temper_status hunt(temper_krylov *k, search *s) {
    int64_t look = k->n + 1;
    for (;;) {
        const int64_t next = k->have - k->n;
        bool closed = next == 0, spent = k->products + next > s->most;
        bool full = !closed && k->room < k->dim && k->have + next > k->room;
        if (closed || full || spent || (k->n >= look && k->n >= s->pairs && k->products >= s->until)) {
            temper_status bad = temper_krylov_ritz(k);
            if (bad) return bad;
            s->converged = enough(k, s);
            if (closed || spent || (s->converged && k->products >= s->until)) return TEMPER_OK;
            if (full) thin(k, s);
            look = k->n + (k->n / 4 > 8 ? k->n / 4 : 8);
        }
        temper_status bad = temper_krylov_expand(k);
        if (bad) return bad;
    }
}

static double wanted(const temper_krylov *k, const search *s) {
    double sum = 0;
    for (int64_t i = 0; i < s->pairs; i++) sum += k->theta[s->index[i]];
    return sum;
}

/* When a second copy of an outer value is found the last of the wanted ones changes, and so does their sum. */
static temper_status hunt_copies(temper_krylov *k, search *s) {
    enum { TURNS = 8 };
    temper_status bad = hunt(k, s);
    for (int turn = 0; turn < TURNS && !bad && s->converged && k->n < k->dim; turn++) {
        double before = wanted(k, s);
        if (k->room < k->dim) thin(k, s);
        s->until = k->products + (k->products / 4 > 12 ? k->products / 4 : 12);
        (void)temper_krylov_seed(k);
        bad = hunt(k, s);
        if (!bad && fabs(wanted(k, s) - before) <= s->tolerance * scale_of(k) * (double)s->pairs) break;
    }
    return bad;
}

/* ---- what is given out ---- */

static temper_status reserve(temper_ends *out, int64_t pairs, int64_t dim) {
    out->pairs = pairs, out->dim = dim;
    out->value = temper_alloc(2 * (size_t)pairs, sizeof(double));
    out->vector = temper_alloc((size_t)pairs, (size_t)dim * sizeof(double));
    if (!out->value || !out->vector) return TEMPER_NO_MEMORY;
    out->residual = out->value + pairs;
    return TEMPER_OK;
}

void temper_ends_clear(temper_ends *ends) {
    temper_release(ends->value);
    temper_release(ends->vector);
    *ends = (temper_ends){0};
}

/* |A v − λ v|, pair by pair, by products made for it. */
static temper_status measure(temper_operator *A, temper_ends *out) {
    enum { BLOCK = 8 };
    const int64_t dim = A->dim;
    int64_t most = out->pairs < BLOCK ? out->pairs : BLOCK;
    double *image = temper_alloc((size_t)most, (size_t)dim * sizeof *image);
    temper_status bad = image ? TEMPER_OK : TEMPER_NO_MEMORY;
    for (int64_t begin = 0; begin < out->pairs && !bad; begin += BLOCK) {
        int64_t b = out->pairs - begin < BLOCK ? out->pairs - begin : BLOCK;
        const double *v = out->vector + begin * dim;
        bad = temper_operator_apply(A, b, v, image);
        for (int64_t i = 0; i < b && !bad; i++) {
            double *r = image + i * dim;
            temper_span_add(dim, -out->value[begin + i], v + i * dim, 1, r);
            out->residual[begin + i] = temper_span_norm(dim, r);
        }
    }
    temper_release(image);
    return bad;
}

static temper_status find_dense(temper_operator *A, search *s, const temper_errand *errand, temper_ends *out,
                                double *scale) {
    const int64_t n = A->dim;
    double *value = temper_alloc((size_t)(n * n + n), sizeof *value);
    if (!value) return TEMPER_NO_MEMORY;
    double *vector = value + n;
    temper_status bad = temper_operator_spectrum(A, errand, value, vector);
    if (!bad) {
        choose(s, n, value, s->pairs);
        *scale = fmax(fabs(value[0]), fabs(value[n - 1]));
        for (int64_t i = 0; i < s->pairs; i++) {
            out->value[i] = value[s->index[i]];
            memcpy(out->vector + i * n, vector + s->index[i] * n, (size_t)n * sizeof *vector);
        }
    }
    temper_release(value);
    out->method = "dense";
    return bad;
}

static temper_status find_lanczos(temper_operator *A, search *s, const temper_errand *errand,
                                  temper_ends *out, int64_t room, double *scale) {
    temper_krylov k;
    temper_status bad = temper_krylov_create(&k, A, room, s->block, errand);
    k.most = s->most;
    if (!bad) bad = hunt_copies(&k, s);
    if (!bad) {
        *scale = scale_of(&k);
        for (int64_t i = 0; i < s->pairs; i++) out->value[i] = k.theta[s->index[i]];
        temper_krylov_restart(&k, s->pairs, s->index);
        memcpy(out->vector, k.V, (size_t)(s->pairs * A->dim) * sizeof *k.V);
    }
    temper_krylov_clear(&k);
    out->method = s->block > 1 ? "block Lanczos" : "Lanczos";
    return bad;
}

/* ---- the plan ---- */

static temper_status check(const temper_operator *A, const temper_ends_plan *plan, search *s) {
    const int64_t pairs = plan->pairs ? plan->pairs : 1, n = A->dim;
    if (pairs < 1 || pairs > n)
        return temper_fail(TEMPER_BAD_OPTION, "%s: pairs=%lld is outside 1 ... %lld, the dimension", A->name,
                           (long long)pairs, (long long)n);
    if (!(plan->tolerance >= 0) || plan->block < 0 || plan->most < 0 || (int)plan->which < 0 ||
        plan->which > TEMPER_BOTH_ENDS || plan->bottom < 0 || plan->bottom > pairs)
        return temper_fail(TEMPER_BAD_OPTION,
                           "%s: tolerance, block, most and bottom (at most pairs) must not be negative",
                           A->name);
    s->bottom = plan->bottom ? plan->bottom : pairs / 2;
    s->which = plan->which, s->pairs = pairs;
    s->tolerance = plan->tolerance > 0 ? plan->tolerance : 1e-6;
    s->block = plan->block ? plan->block : pairs < 10 ? 1 : pairs < 40 ? 4 : 8;
    if (s->block > n) s->block = n;
    s->most = plan->most ? plan->most : 20 * pairs + 300;
    if (s->most < pairs + s->block)
        return temper_fail(TEMPER_BAD_OPTION, "%s: most=%lld products are too few for %lld pairs", A->name,
                           (long long)s->most, (long long)pairs);
    return TEMPER_OK;
}

/* A basis of a hundred vectors or three times the pairs, but of no more than 2 GiB while twice the pairs allow that. */
static int64_t room_for(const temper_operator *A, const search *s) {
    int64_t widest = s->block + TEMPER_KRYLOV_EXTRA, room = 3 * s->pairs + 4 * widest;
    if (room < 100) room = 100;
    int64_t fits = ((int64_t)1 << 31) / 8 / A->dim, least = 2 * s->pairs + 3 * widest;
    if (room > fits) room = fits;
    if (room < least) room = least;
    return room > A->dim ? A->dim : room;
}

temper_status temper_ends_find(temper_operator *A, const temper_ends_plan *plan, const temper_errand *errand,
                               temper_ends *out) {
    *out = (temper_ends){0};
    search s = {0};
    const int64_t before = A->products, dense = plan->dense ? plan->dense : TEMPER_WRITTEN;
    temper_status bad = check(A, plan, &s);
    if (bad) return bad;
    bool small = A->dim <= dense && (!plan->most || A->dim <= plan->most);
    int64_t room = room_for(A, &s);
    double scale = 0;
    s.index = temper_alloc((size_t)room, sizeof *s.index);
    bad = s.index ? reserve(out, s.pairs, A->dim) : TEMPER_NO_MEMORY;
    if (!bad)
        bad = small ? find_dense(A, &s, errand, out, &scale) : find_lanczos(A, &s, errand, out, room, &scale);
    temper_release(s.index);
    for (int64_t i = 0; i < s.pairs && !bad; i++) temper_span_orient(A->dim, out->vector + i * A->dim);
    if (!bad) bad = measure(A, out);
    if (bad) {
        temper_ends_clear(out);
        return bad;
    }
    out->converged = true;
    for (int64_t i = 0; i < s.pairs; i++)
        if (!(out->residual[i] <= s.tolerance * scale)) out->converged = false;
    out->products = A->products - before;
    return TEMPER_OK;
}
